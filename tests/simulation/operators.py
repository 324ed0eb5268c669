"""The operators of the simulated market: they review claims, waive, decide disputes, take things back."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from app.actions import claims, disputes, sellers
from app.domain.errors import ErrorCode
from app.domain.lifecycle import Step, Who
from app.domain.money import Money
from app.domain.remedies import ClaimRejection, ClaimStatus, DisputeStatus
from app.domain.trade import Trade
from tests.simulation import buyers, cashiers, spenders
from tests.simulation.founding import QUOTA
from tests.simulation.timeline import Life
from tests.simulation.world import Deal, World

ROUND = timedelta(hours=17, minutes=7)
DISPUTED = "SELECT order_id FROM disputes WHERE status = 'ESCALATED' ORDER BY id"
LANDED = """
    SELECT DISTINCT o.created_at, o.id AS order_id FROM receipts r JOIN orders o ON o.id = r.order_id
    WHERE r.unassociated + r.held > 0 AND r.recorded_at < CAST(:before AS timestamptz) ORDER BY o.created_at, o.id
"""
OVERDUE = (
    "SELECT id AS order_id FROM orders WHERE overdue_at IS NOT NULL AND dispatch_guaranteed ORDER BY overdue_at, id"
)


async def rounds(world: World) -> Life:
    """An operator goes through the queues again and again, as long as anybody else is there."""
    seen: set[UUID] = set()
    quiet = 0
    while quiet < 14:
        yield ROUND
        deals = {deal.id: deal for deal in world.deals}
        landed = await world.rows(LANDED, before=world.time.now - timedelta(days=2))
        disputed, overdue = await world.rows(DISPUTED), await world.rows(OVERDUE)
        quiet = quiet + 1 if world.time.next is None and not (landed or disputed) else 0
        for row in disputed:
            await _decide(world, deals[row.order_id])
        for row in landed:
            if row.order_id in deals:
                await cashiers.match(world, deals[row.order_id])
        for row in overdue:
            if row.order_id not in seen:
                seen.add(row.order_id)
                await _overdue(world, deals[row.order_id])
        if world.deals and world.decks.draw("books", RIGHT=6, WRONG=1) == "WRONG":
            await cashiers.correct(world, world.rng.choice(world.deals))


# --- claims and waivers -----------------------------------------------------------------------------------------


async def review(world: World, deal: Deal, claim_id: UUID) -> Life:
    """A claim is reviewed after some days, decided, and perhaps the decision is taken back and made again."""
    patient = deal.temper.complaining == "WITH_CLAIM"
    yield world.hours(300, 400) if patient else world.hours(4, 90)
    way = world.decks.draw(
        "review", APPROVE=9, FACTS=2, OTHER=1, NOT_DUE=2, WAIVED=1, COMPENSATED=1, UNDO=3, UNDO_REJECTION=1
    )
    if way in ("WAIVED", "COMPENSATED"):
        await waive(world, deal, way == "COMPENSATED", "under review")
    if not await _decide_claim(world, deal, claim_id, way):
        return
    if way in ("UNDO", "UNDO_REJECTION"):
        yield world.hours(1, 20)
        undone = await world.take(
            "UNDO_CLAIM_DECISION",
            world.operator,
            lambda means, call: claims.undo_decision(means, call, claim_id, "Another order was meant."),
            *_MEANWHILE,
        )
        if undone is None or not await _decide_claim(world, deal, claim_id, "APPROVE"):
            return
    trade = await world.look(deal)
    if trade is None or trade.claim is None or trade.claim.status is not ClaimStatus.APPROVED:
        return
    if trade.claim.coupon_id is not None:
        world.time.begin(spenders.spend(world, deal, trade.claim.coupon_id))
    if (mercy := world.decks.draw("mercy", NONE=5, SOON=1, LATER=1)) != "NONE":
        yield world.hours(1, 10) if mercy == "SOON" else world.hours(24 * 20, 24 * 30)
        await waive(world, deal, True, "after issue" if mercy == "SOON" else "later")


_REJECTIONS = frozenset(str(rejection) for rejection in ClaimRejection)
# Somebody else came first: the order was closed with its claim, or its coupon is in use by now
_MEANWHILE = (ErrorCode.CLAIM_DECIDED, ErrorCode.CLAIM_NOT_DECIDED, ErrorCode.STEP_NOT_ALLOWED)


async def _decide_claim(world: World, deal: Deal, claim_id: UUID, way: str) -> bool:
    trade = await world.look(deal)
    if trade is None or not world.may(trade, Step.DECIDE_CLAIM, Who.OPERATOR):
        return False
    refused = trade.waiver is not None and not trade.waiver.compensate
    approve = way in ("APPROVE", "COMPENSATED", "UNDO") and not refused
    rejection = ClaimRejection("OTHER" if way == "UNDO_REJECTION" else way) if way in _REJECTIONS else None
    if not approve:
        rejection = ClaimRejection.WAIVED if refused else rejection or ClaimRejection.OTHER
    done = await world.take(
        "DECIDE_CLAIM",
        world.operator,
        lambda means, call: claims.decide(means, call, claim_id, approve, rejection, "By the facts.", None),
    )
    return done is not None


async def waive(world: World, deal: Deal, compensate: bool, when: str) -> None:
    """What the seller would bear is waived, if nothing was waived before."""
    trade = await world.look(deal)
    if trade is None or not world.may(trade, Step.WAIVE, Who.OPERATOR):
        return
    await world.take(
        "WAIVE",
        world.operator,
        lambda means, call: claims.waive(means, call, deal.id, compensate, "The port is closed."),
    )
    world.counts[f"waiver: {when}"] += 1


async def _overdue(world: World, deal: Deal) -> None:
    """An order that the guarantee covers is late: some are waived at once, and one waiver was a mistake."""
    way = world.decks.draw("overdue", NOTHING=14, WAIVE=1, COMPENSATE=1, MISTAKE=1)
    if way == "NOTHING":
        return
    await waive(world, deal, way == "COMPENSATE", "before a claim")
    trade = await world.look(deal)
    if way == "MISTAKE" and trade is not None and world.may(trade, Step.WITHDRAW_WAIVER, Who.OPERATOR):
        await world.take(
            "WITHDRAW_WAIVER",
            world.operator,
            lambda means, call: claims.withdraw_waiver(means, call, deal.id, "It was another port."),
        )


# --- disputes ---------------------------------------------------------------------------------------------------


async def _decide(world: World, deal: Deal) -> None:
    """An escalated dispute is decided; a rejection may be taken back and decided anew."""
    trade = await world.look(deal)
    dispute = None if trade is None else trade.dispute
    if trade is None or dispute is None or dispute.status is not DisputeStatus.ESCALATED:
        return
    left = trade.order.received - trade.order.refunded
    part = {"NOTHING": 0, "HALF": max(1, left // 2), "ALL": None}[world.decks.draw("dispute", NOTHING=3, HALF=2, ALL=2)]
    if part is not None and part > left:
        part = None
    await _refund(world, deal, dispute.id, part, trade)
    if part == 0 and world.decks.draw("reopening", NO=1, YES=1) == "YES":
        await world.take(
            "REOPEN_DISPUTE",
            world.operator,
            lambda means, call: disputes.reopen(means, call, dispute.id, "Other pictures came."),
        )


async def _refund(world: World, deal: Deal, dispute_id: UUID, part: int | None, trade: Trade) -> None:
    amount = None if part is None else Money(part, trade.order.currency)
    await world.take(
        "DECIDE_DISPUTE",
        world.operator,
        lambda means, call: disputes.decide(means, call, dispute_id, amount, "The pictures show it."),
    )


# --- quota ------------------------------------------------------------------------------------------------------


async def short_of_quota(world: World, deal: Deal) -> None:
    """The seller's quota is cut before the buyer agrees, who is told that there is no guarantee, and given back."""
    seller = deal.firm.team.id
    for limit in (0, QUOTA):
        await world.take(
            "SET_QUOTA",
            world.operator,
            partial(sellers.set_quota, seller_id=seller, limit=limit, reason="By its turnover."),
        )
        if not limit:
            await buyers.confirm(world, deal, ErrorCode.GUARANTEE_UNAVAILABLE)
