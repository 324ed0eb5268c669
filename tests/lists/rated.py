"""Orders whose promises fell due, were kept, broken, waived or ended by closing, and what the rates make of them."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain.access import Actor, By, Role, Seen, party_of
from app.domain.records import Deadline, DeadlineKind, DeadlineStatus, Status
from app.domain.remedies import Waiver
from app.domain.trade import Trade
from tests.lists.world import World, order

ZONE = ZoneInfo("America/Los_Angeles")
SECOND, MICROSECOND = timedelta(seconds=1), timedelta(microseconds=1)
OPEN = (Status.PENDING_DISPATCH, Status.PARTIALLY_DISPATCHED)
SENT = (Status.DISPATCHED, Status.COMPLETED)


def rated_order(made: World, chance: random.Random, at: int) -> Trade:
    """An order of a list, and if it is agreed with a dispatch deadline and what became of it."""
    trade = replace(order(made, chance, at), deadlines=())
    if trade.order.confirmed_at is None or trade.order.status is Status.PENDING_PAYMENT:
        return trade
    start = trade.order.updated_at
    due = (start + timedelta(days=chance.randint(0, 20), minutes=chance.choice([0, 0, 17]))).replace(microsecond=0)
    dispatched = _around(due, chance) if trade.order.status in SENT or chance.random() < 0.3 else None
    if trade.order.status in OPEN:
        dispatched = None
    trade = trade.change(dispatched_at=dispatched)
    if trade.order.status is Status.CLOSED:
        trade = trade.change(closed_at=_around(due, chance))
    trade = _with_clock(made, trade, start, due, chance)
    trade = _with_delivery(trade, due + timedelta(days=chance.randint(1, 15)), chance)
    for withdrawn in chance.choice([(), (), (), (None,), (start,), (start, None)]):
        waiver = Waiver(
            made.means.mint.id(), trade.order.id, True, "A flood.", made.operator.account_id, start, withdrawn
        )
        trade = trade.put("waivers", waiver)
    return trade


def _around(due: datetime, chance: random.Random) -> datetime:
    """An instant that is in time by much or by little, or late so."""
    beside = [-SECOND, timedelta(0), SECOND - MICROSECOND, SECOND, timedelta(days=-2), timedelta(days=2)]
    return due + chance.choice(beside)


def _with_clock(made: World, trade: Trade, start: datetime, due: datetime, chance: random.Random) -> Trade:
    """The trade with a dispatch clock that ended as it does, and perhaps with one that was moved away before."""
    row = trade.order
    void = row.closed_at is not None and row.closed_at < due + SECOND and row.dispatched_at is None
    status, settled = (DeadlineStatus.VOID, row.closed_at) if void else (DeadlineStatus.LAPSED, start)
    clock = Deadline(
        made.means.mint.id(), row.id, DeadlineKind.DISPATCH, None, start, due, "SHP-1", {}, status, settled, None
    )
    if chance.random() < 0.3:
        moved = replace(
            clock,
            id=made.means.mint.id(),
            due_at=due - timedelta(days=1),
            status=DeadlineStatus.MOVED,
            settled_at=start,
        )
        trade = trade.put("deadlines", moved)
    return trade.put("deadlines", clock).change(rated_due_at=due if void else None)


def _with_delivery(trade: Trade, promised: datetime, chance: random.Random) -> Trade:
    """The trade with a promise of delivery, if it has one, and how it arrived."""
    status = trade.order.status
    received = status is Status.COMPLETED
    return trade.change(
        delivery_guaranteed=chance.random() < 0.6,
        promised_at=promised if chance.random() < 0.9 else None,
        delivered_at=_around(promised, chance) if status in SENT and chance.random() < 0.7 else None,
        completed_at=_around(promised, chance) if received else None,
        received_by=chance.choice([By.BUYER, By.TIME]) if received else None,
    )


# --- in plain Python --------------------------------------------------------------------------------------------


def days_ago(now: datetime, days: int) -> datetime:
    """The same time of the wall clock so many days ago."""
    wall = now.astimezone(ZONE).replace(tzinfo=None) - timedelta(days=days)
    return wall.replace(tzinfo=ZONE, fold=0).astimezone(UTC)


def due_of(trade: Trade) -> datetime | None:
    """The dispatch deadline that an order is judged by."""
    for row in trade.deadlines:
        ended = row.status is DeadlineStatus.VOID and row.settled_at == trade.order.closed_at
        if row.kind is DeadlineKind.DISPATCH and (ended or row.status in (DeadlineStatus.LAPSED, DeadlineStatus.MET)):
            return row.due_at
    return None


def before(at: datetime | None, due: datetime) -> bool:
    """Whether something happened before a deadline's last second had run out."""
    return at is not None and (at - due) < SECOND


def waived(trade: Trade) -> bool:
    """Whether a waiver stands."""
    return any(waiver.withdrawn_at is None for waiver in trade.waivers)


class Figures:
    """The figures of a seller at an instant, worked out order by order."""

    def __init__(self, orders: list[Trade], seller_id: UUID, now: datetime) -> None:
        self.orders = [trade for trade in orders if trade.order.seller_id == seller_id]
        self.now = now

    def rate(self, promises: Iterator[tuple[Trade, datetime, datetime | None]], days: int) -> tuple[int, int]:
        """How many were kept, of how many that fell due."""
        start, kept, due = days_ago(self.now, days), 0, 0
        for trade, deadline, done in promises:
            fell = start <= deadline and self.now - deadline >= SECOND
            if fell and not before(trade.order.closed_at, deadline) and not waived(trade):
                due += 1
                kept += before(done, deadline)
        return kept, due

    def dispatch(self, days: int = 30) -> tuple[int, int]:
        """The rate of dispatch on time."""
        return self.rate(self._dispatches(), days)

    def delivery(self, days: int = 90) -> tuple[int, int]:
        """The rate of delivery on time."""
        return self.rate(self._deliveries(), days)

    def _dispatches(self) -> Iterator[tuple[Trade, datetime, datetime | None]]:
        for trade in self.orders:
            if (due := due_of(trade)) is not None:
                yield trade, due, trade.order.dispatched_at

    def _deliveries(self) -> Iterator[tuple[Trade, datetime, datetime | None]]:
        for trade in self.orders:
            row = trade.order
            if row.delivery_guaranteed and row.promised_at is not None:
                said = [row.delivered_at, row.completed_at if row.received_by is By.BUYER else None]
                yield trade, row.promised_at, min((at for at in said if at is not None), default=None)

    def contributions(self, actor: Actor) -> list[dict[str, Any]]:
        """What each order adds that fell due in the window and that somebody sees, latest deadline first."""
        found = []
        for trade, due, done in self._dispatches():
            if sees(actor, trade) and days_ago(self.now, 30) <= due and self.now - due >= SECOND:
                outcome = "KEPT" if before(done, due) else "LATE"
                if waived(trade):
                    outcome = "WAIVED"
                if before(trade.order.closed_at, due):
                    outcome = "CLOSED_BEFORE"
                found.append((due, trade.order.id, outcome))
        found.sort(reverse=True, key=lambda row: row[:2])
        return [{"orderId": f"ord_{id.hex}", "outcome": outcome} for _, id, outcome in found]

    def counts(self, actor: Actor, ceiling: int) -> list[dict[str, Any]]:
        """How many orders that somebody sees ask for something to be done."""
        seen = [trade for trade in self.orders if sees(actor, trade)]
        ahead = [due_of(trade) for trade in seen if trade.order.status in OPEN]
        left = [due - self.now for due in ahead if due is not None]
        found = {
            "OVERDUE": sum(each <= -SECOND for each in left),
            "DUE_WITHIN_24_HOURS": sum(-SECOND < each <= timedelta(hours=24) for each in left),
            "DUE_WITHIN_72_HOURS": sum(-SECOND < each <= timedelta(hours=72) for each in left),
            "OPEN_CLAIMS": sum(any(claim.decided_at is None for claim in trade.claims) for trade in seen),
        }
        return [
            {"figure": name, "count": min(count, ceiling), "atLeast": count > ceiling} for name, count in found.items()
        ]


def sees(actor: Actor, trade: Trade) -> bool:
    """Whether somebody sees an order."""
    row = trade.order
    seen = Seen(row.seller_id, row.buyer_id, row.salesperson_id, row.drafted_by, row.status is Status.DRAFT)
    return party_of(actor.viewer, seen) is not None


def told(actor: Actor, seller_id: UUID) -> bool:
    """Whether somebody is told a seller's figures."""
    return actor.role is Role.OPERATOR or (actor.role is not Role.BUYER and actor.seller_id == seller_id)


def ranked(sellers: dict[UUID, tuple[int, int]], least: int) -> list[tuple[int, UUID, int, int]]:
    """Place, seller, kept and due: of everybody with enough due, as many places down as are strictly better."""
    enough = {id: (kept, due) for id, (kept, due) in sellers.items() if due >= least}
    places = [
        (1 + sum(Fraction(*other) > Fraction(kept, due) for other in enough.values()), id, kept, due)
        for id, (kept, due) in enough.items()
    ]
    return sorted(places, key=lambda row: (row[0], -row[3], row[1]))
