"""What must hold at the end of a simulated market, and what was seen in it."""

from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID

from app.actions import ledger
from app.db import trades
from app.domain import finding
from app.domain.finding import OrderWords
from app.domain.lifecycle import Step, Who, judge
from app.domain.records import DeadlineStatus, Status
from app.domain.steps import facts_of
from app.domain.trade import Trade
from tests.actions.ledgers import faults
from tests.simulation.world import World

PARTIES = (Who.BUYER, Who.OWNER, Who.SALES, Who.FINANCE)
# What leads an order on; one's own notes and papers do not
ASIDE = frozenset(
    {
        *(Step.ASSIGN, Step.LABEL, Step.NOTE, Step.SET_REFERENCE, Step.SET_LEAD_SOURCE),
        *(Step.ADD_MILESTONE, Step.ATTACH_PROOF, Step.ATTACH_EVIDENCE),
    }
)
ENDED = (Status.COMPLETED, Status.CLOSED)
BATCH = 200
# What must find nothing at the end
NEVER = {
    "ended with something in escrow": """
        SELECT o.id FROM orders o JOIN balances b ON b.owner_id = o.id AND b.account = 'ESCROW'
        WHERE o.status IN ('COMPLETED', 'CLOSED') AND b.amount <> 0
    """,
    "ended and occupies quota": "SELECT id FROM orders WHERE status IN ('COMPLETED', 'CLOSED') AND quota_occupied <> 0",
    "has versions without an event, or two of one": """
        SELECT subject_id AS id FROM events GROUP BY subject_id
        HAVING count(*) <> max(version) OR count(DISTINCT version) <> count(*)
    """,
    "is a coupon whose use is not what its seller owes": """
        SELECT c.id FROM coupons c LEFT JOIN recoveries r ON r.coupon_id = c.id AND r.status <> 'REVERSED'
        GROUP BY c.id HAVING coalesce(sum(r.amount), 0) <> CASE WHEN c.liability = 'SELLER' THEN c.used ELSE 0 END
    """,
    "is a coupon that two orders used, or one that does not know of it": """
        SELECT c.id FROM coupons c LEFT JOIN orders o ON o.coupon_id = c.id AND o.coupon_posted > o.coupon_returned
        GROUP BY c.id HAVING coalesce(sum(o.coupon_posted - o.coupon_returned), 0) <> c.used OR count(o.id) > 1
    """,
    "was refunded more than was paid": "SELECT id FROM orders WHERE refunded > received OR released < 0",
    "is listed by what its rows do not say": """
        SELECT o.id FROM orders o LEFT JOIN contacts c ON c.order_id = o.id AND c.version = o.contact_version
        LEFT JOIN accounts a ON a.id = o.buyer_id LEFT JOIN claims x ON x.order_id = o.id
        LEFT JOIN deadlines d ON d.order_id = o.id AND d.kind = 'DISPATCH' AND d.status NOT IN ('MOVED', 'VOID')
        WHERE (o.destination, o.buyer_country, o.dispatch_due_at, o.claim_status)
            IS DISTINCT FROM (c.country, a.country, d.due_at, x.status)
        OR o.disputed <> EXISTS (SELECT FROM disputes p WHERE p.order_id = o.id AND p.status <> 'RESOLVED')
    """,
    "is rated by what its rows do not say": """
        SELECT o.id FROM orders o LEFT JOIN deadlines d ON d.order_id = o.id AND d.kind = 'DISPATCH'
            AND (d.status NOT IN ('MOVED', 'VOID') OR d.status = 'VOID' AND d.settled_at = o.closed_at)
        WHERE o.rated_due_at IS DISTINCT FROM d.due_at
        OR o.waived <> EXISTS (SELECT FROM waivers w WHERE w.order_id = o.id AND w.withdrawn_at IS NULL)
    """,
    "was there before it was begun": """
        SELECT id FROM (SELECT DISTINCT ON (subject_id) subject_id AS id, listed_before FROM events
            WHERE subject = 'ORDER' AND listed_before IS NOT NULL ORDER BY subject_id, version) AS began
        WHERE listed_before <> '{"id": null}'
    """,
    "has a clock that runs after its end": """
        SELECT d.order_id AS id FROM deadlines d JOIN orders o ON o.id = d.order_id
        WHERE o.status = 'CLOSED' AND d.status IN ('RUNNING', 'WAITING')
    """,
}
OUTCOMES = {
    "claim": "SELECT status || coalesce(' ' || rejection, '') || coalesce(' by ' || liability, '') FROM claims",
    "claimed": "SELECT guarantee FROM claims",
    "coupon": "SELECT status FROM coupons",
    "dispute": "SELECT outcome FROM disputes WHERE status = 'RESOLVED'",
    "recovery": "SELECT cause || ' ' || status FROM recoveries",
    "collected": """
        SELECT CASE WHEN c.amount < r.amount THEN 'in part' ELSE 'whole' END
        FROM collections c JOIN recoveries r ON r.id = c.recovery_id
    """,
    "order": "SELECT status || coalesce(' ' || close_reason, '') FROM orders",
    "deadline": "SELECT kind || ' ' || status FROM deadlines",
    "entry": "SELECT kind FROM entries",
    "event": "SELECT kind FROM events",
}


async def wrong(world: World) -> list[str]:
    """Everything that does not hold: the ledger proven twice over, nothing left behind, nothing stuck."""
    found = [*world.unexpected, *(await ledger.check(world.means)).faults]
    for firm in world.firms:
        found += await faults(world.means.engine, firm.team.id)
    for what, query in NEVER.items():
        found += [f"{row.id} {what}" for row in await world.rows(query)]
    rows = await world.rows("SELECT order_id, words, seller_words FROM order_words")
    words = {row.order_id: OrderWords(row.order_id, tuple(row.words), tuple(row.seller_words)) for row in rows}
    async for trade in _orders(world):
        # an order with no step open to a party and no clock running is stuck (section 16)
        if _is_stuck(world, trade):
            found.append(f"{trade.order.id} is stuck in {trade.order.status}")
        if words.get(trade.order.id) != _found_by(trade):
            found.append(f"{trade.order.id} is found by other words than it has")
    return found


async def _orders(world: World) -> AsyncIterator[Trade]:
    """Every order there is, as it is at the end."""
    ids: list[UUID] = [row.id for row in await world.rows("SELECT id FROM orders ORDER BY id")]
    for first in range(0, len(ids), BATCH):
        async with world.means.engine.connect() as connection:
            loaded = await trades.load(connection, ids[first : first + BATCH], world.time.now, locked=False)
        for trade in loaded:
            yield trade


def _found_by(trade: Trade) -> OrderWords:
    buyer_id = trade.order.buyer_id
    return finding.of(trade, None if buyer_id is None else trade.buyers[buyer_id])


def _is_stuck(world: World, trade: Trade) -> bool:
    if trade.order.status in ENDED or any(row.status is DeadlineStatus.RUNNING for row in trade.deadlines):
        return False
    facts = facts_of(trade, world.time.now)
    return not any(judge(step, facts, who) is None for step in Step if step not in ASIDE for who in PARTIES)


async def seen(world: World) -> Counter[str]:
    """How often each step was taken, and each outcome came about."""
    counts = Counter(world.counts)
    for noun, query in OUTCOMES.items():
        for (outcome,) in await world.rows(query):
            counts[f"{noun}: {outcome}"] += 1
    return counts


async def history(world: World) -> list[str]:
    """What happened to whom and when, in the order of time, without ids."""
    names = {deal.id: f"order {deal.number}" for deal in world.deals}
    names |= {firm.team.id: f"seller {firm.number}" for firm in world.firms}
    coupons = {row.id: row.order_id for row in await world.rows("SELECT id, order_id FROM coupons")}
    rows = await world.rows("SELECT subject_id, version, at, due_at, kind, by FROM events")
    told = sorted(
        (row.at, names.get(coupons.get(row.subject_id, row.subject_id), "a draft"), row.version, row.kind, row.by)
        for row in rows
    )
    return [" ".join(map(str, event)) for event in told]
