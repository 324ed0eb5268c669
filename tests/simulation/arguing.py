"""Disputes between simulated sides: accepted, rejected, countered, escalated, withdrawn, or left in silence."""

from uuid import UUID

from app.actions import disputes
from app.domain.errors import ErrorCode
from app.domain.lifecycle import Step, Who
from app.domain.money import Money
from app.domain.records import Status
from app.domain.remedies import ClaimStatus, DisputeAnswer, DisputeReason
from app.domain.trade import Trade
from tests.simulation.world import Deal, World

MANNERS = {"ACCEPT": 3, "REJECT": 2, "COUNTER": 2, "SILENT": 1, "ESCALATE": 1, "WITHDRAW": 2}


def _left(trade: Trade) -> int:
    return trade.order.received - trade.order.refunded


def complains(world: World, deal: Deal, trade: Trade) -> bool:
    """Whether the buyer applies for a refund now."""
    if not world.may(trade, Step.OPEN_DISPUTE, Who.BUYER):
        return False
    order, manner = trade.order, deal.temper.complaining
    completed = order.status is Status.COMPLETED
    reviewed = trade.claim is not None and trade.claim.status is ClaimStatus.UNDER_REVIEW
    wants = {
        "PART": order.dispatched_at is not None,
        "PARTS": order.dispatched_at is not None,
        "WHOLE": order.status in (Status.PENDING_DISPATCH, Status.PARTIALLY_DISPATCHED, Status.DISPATCHED),
        "LATER_PART": completed,
        "LATER_WHOLE": completed,
        "UNDISPATCHED": order.overdue_at is not None and order.dispatched_at is None,
        "WITH_CLAIM": reviewed,
    }
    vanished = deal.temper.dispatching == "VANISHED" and order.overdue_at is not None
    wanting = wants.get(manner, False) or vanished
    return wanting and (deal.once("complaining") or (manner == "PARTS" and deal.once("complaining again")) or vanished)


async def complain(world: World, deal: Deal, trade: Trade) -> None:
    """The buyer applies for a part, or for all."""
    part = deal.temper.complaining in ("PART", "LATER_PART")
    if deal.temper.complaining == "PARTS":
        part = "complaining again" not in deal.done
    amount = Money(max(1, _left(trade) // 3), trade.order.currency) if part and _left(trade) else None
    reason = DisputeReason(world.decks.draw("reason", NOT_DISPATCHED_ON_TIME=1, QUALITY=2, NOT_RECEIVED=1, OTHER=1))
    await world.take(
        "OPEN_DISPUTE",
        deal.buyer,
        lambda means, call: disputes.apply_for_refund(means, call, deal.id, reason, amount, "So it is."),
    )


async def seller(world: World, deal: Deal, trade: Trade) -> None:
    """The seller's word on what the buyer asks for."""
    manner = deal.temper.arguing if deal.once("answering") else world.decks.draw("seller's answer", **_SELLERS)
    if deal.temper.complaining in ("WITH_CLAIM", "LATER_WHOLE") or deal.temper.dispatching == "VANISHED":
        manner = "ACCEPT"
    await _answer(world, deal, trade, manner, by_buyer=False)


_SELLERS = {manner: many for manner, many in MANNERS.items() if manner != "WITHDRAW"}


async def buyer(world: World, deal: Deal, trade: Trade) -> None:
    """The buyer's word on what the seller offers."""
    manner = world.decks.draw("buyer's answer", **MANNERS)
    dispute = trade.dispute
    if dispute is not None and dispute.offered is None and manner in ("ACCEPT", "REJECT"):
        manner = "ESCALATE"
    await _answer(world, deal, trade, manner, by_buyer=True)


async def _answer(world: World, deal: Deal, trade: Trade, manner: str, by_buyer: bool) -> None:
    dispute = trade.dispute
    who = deal.buyer if by_buyer else deal.firm.team.sales
    if dispute is None or manner == "SILENT":
        return
    if manner in ("WITHDRAW", "ESCALATE"):
        await _leave(world, deal, dispute.id, manner, by_buyer)
        return
    named = dispute.offered if by_buyer else dispute.asked
    amount = Money(_counter(trade, named or 0), trade.order.currency) if manner == "COUNTER" else None
    if amount is not None and amount.minor == named:
        manner, amount = "ACCEPT", None
    # what was asked for may be more than is left since
    step = "ANSWER_OFFER" if by_buyer else "ANSWER_DISPUTE"
    word = DisputeAnswer(manner)
    await world.take(
        f"{step}",
        who,
        lambda means, call: disputes.answer(means, call, dispute.id, word, amount, None),
        ErrorCode.REFUND_TOO_LARGE,
    )


def _counter(trade: Trade, named: int) -> int:
    return max(1, min(_left(trade), named * 2 // 3))


async def _leave(world: World, deal: Deal, dispute_id: UUID, manner: str, by_buyer: bool) -> None:
    who = deal.buyer if by_buyer else deal.firm.team.sales
    leaving = disputes.withdraw if manner == "WITHDRAW" else disputes.escalate
    await world.take(f"{manner}_DISPUTE", who, lambda means, call: leaving(means, call, dispute_id, None))
