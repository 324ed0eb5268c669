"""Disputes about a refund, from the buyer's application to the operators' decision (DSP-1, DSP-2)."""

from collections.abc import Callable
from uuid import UUID

from app.actions import work
from app.actions.work import Call, Means
from app.db.driver import look
from app.domain import disputes
from app.domain.errors import ErrorCode, Refusal
from app.domain.lifecycle import Step, scope_of
from app.domain.money import Money
from app.domain.remedies import DisputeAnswer, DisputeReason
from app.domain.trade import Act, Trade


async def apply_for_refund(
    means: Means, call: Call, order_id: UUID, reason: DisputeReason, amount: Money | None, text: str | None
) -> UUID:
    """The buyer applies for a refund of a part, or of everything (DSP-1); the id of the dispute."""
    work.scoped(call, scope_of(Step.OPEN_DISPUTE))
    return await work.on_order(
        means,
        call,
        order_id,
        lambda trade, act: disputes.apply_for_refund(trade, act, reason, amount, text),
        lambda trade: trade.disputes[-1].id,
    )


async def order_of_dispute(means: Means, dispute_id: UUID) -> UUID:
    """The order of a dispute; NOT_FOUND when there is none."""
    found = await look(means.engine, "SELECT order_id FROM disputes WHERE id = $1", dispute_id)
    if found is None:
        raise _unseen()
    order_id: UUID = found["order_id"]
    return order_id


def _unseen() -> Refusal:
    """The same answer for a dispute that does not exist and for one of an order the actor may not see."""
    return Refusal(ErrorCode.NOT_FOUND, "There is no such dispute, or you may not see it.", ("disputeId",))


async def _on_dispute(
    means: Means, call: Call, dispute_id: UUID, step: Step, decide: Callable[[Trade, Act], Trade]
) -> UUID:
    work.scoped(call, scope_of(step))
    order_id = await order_of_dispute(means, dispute_id)
    return await work.on_order(means, call, order_id, decide, lambda _: dispute_id, unseen=_unseen())


async def answer(
    means: Means, call: Call, dispute_id: UUID, word: DisputeAnswer, amount: Money | None, text: str | None
) -> UUID:
    """The side whose word is awaited accepts, rejects or names another amount (DSP-2)."""
    return await _on_dispute(
        means,
        call,
        dispute_id,
        Step.ANSWER_DISPUTE,
        lambda trade, act: disputes.answer(trade, act, dispute_id, word, amount, text),
    )


async def escalate(means: Means, call: Call, dispute_id: UUID, text: str | None) -> UUID:
    """Either side hands the dispute to the operators (DSP-2)."""
    return await _on_dispute(
        means,
        call,
        dispute_id,
        Step.ESCALATE_DISPUTE,
        lambda trade, act: disputes.escalate(trade, act, dispute_id, text),
    )


async def withdraw(means: Means, call: Call, dispute_id: UUID, text: str | None) -> UUID:
    """The buyer takes the dispute back (DSP-2)."""
    return await _on_dispute(
        means,
        call,
        dispute_id,
        Step.WITHDRAW_DISPUTE,
        lambda trade, act: disputes.withdraw(trade, act, dispute_id, text),
    )


async def decide(means: Means, call: Call, dispute_id: UUID, amount: Money | None, reason: str) -> UUID:
    """An operator decides what goes back (DSP-2)."""
    return await _on_dispute(
        means,
        call,
        dispute_id,
        Step.DECIDE_DISPUTE,
        lambda trade, act: disputes.decide(trade, act, dispute_id, amount, reason),
    )


async def reopen(means: Means, call: Call, dispute_id: UUID, reason: str) -> UUID:
    """An operator takes a rejection back, which moved no money."""
    return await _on_dispute(
        means,
        call,
        dispute_id,
        Step.REOPEN_DISPUTE,
        lambda trade, act: disputes.reopen(trade, act, dispute_id, reason),
    )
