"""Claims and waivers: filed by buyers, decided and waived by operators (CLM)."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from app.actions import work
from app.actions.work import Call, Means
from app.db.driver import look
from app.domain import claims, waivers
from app.domain.access import Scope
from app.domain.errors import ErrorCode, Refusal
from app.domain.remedies import ClaimRejection, Guarantee
from app.domain.trade import Trade

OnClaim = Callable[[Call, UUID], Awaitable[UUID]]


def _unseen() -> Refusal:
    # a fresh one each time: an exception that is raised again keeps the frames of every time before
    return Refusal(ErrorCode.NOT_FOUND, "There is no such claim, or you may not see it.", ("claimId",))


def _require_scope(call: Call) -> None:
    if call.actor is None:
        raise Refusal(ErrorCode.FORBIDDEN, "Only a person or a token can do this.")
    work.require_scope(call.actor, Scope.CLAIMS_WRITE)


def _claim_id(trade: Trade) -> UUID:
    return trade.claims[0].id


async def file(means: Means, call: Call, order_id: UUID, guarantee: Guarantee | None, text: str | None) -> UUID:
    """Claim a broken promise (CLM-1); the id of the claim."""
    _require_scope(call)
    return await work.on_order(
        means, call, order_id, lambda trade, act: claims.file(trade, act, guarantee, text), _claim_id
    )


async def order_of_claim(means: Means, claim_id: UUID) -> UUID:
    """The order that a claim is about; NOT_FOUND when there is no such claim."""
    found = await look(means.engine, "SELECT order_id FROM claims WHERE id = $1", claim_id)
    if found is None:
        raise _unseen()
    order_id: UUID = found["order_id"]
    return order_id


async def decide(
    means: Means,
    call: Call,
    claim_id: UUID,
    approve: bool,
    rejection: ClaimRejection | None,
    reason: str,
    note: str | None,
) -> UUID:
    """Decide a claim (CLM-6); the id of the claim."""
    _require_scope(call)
    return await work.on_order(
        means,
        call,
        await order_of_claim(means, claim_id),
        lambda trade, act: claims.decide(trade, act, approve, rejection, reason, note),
        _claim_id,
        unseen=_unseen(),
    )


async def undo_decision(means: Means, call: Call, claim_id: UUID, reason: str) -> UUID:
    """Take a decision back while nothing came of it; the id of the claim."""
    _require_scope(call)
    return await work.on_order(
        means,
        call,
        await order_of_claim(means, claim_id),
        lambda trade, act: claims.undo_decision(trade, act, reason),
        _claim_id,
        unseen=_unseen(),
    )


async def waive(means: Means, call: Call, order_id: UUID, compensate: bool, reason: str) -> UUID:
    """Waive what the seller would bear (CLM-8); the id of the waiver."""
    _require_scope(call)
    return await work.on_order(
        means,
        call,
        order_id,
        lambda trade, act: waivers.grant(trade, act, compensate, reason),
        lambda trade: trade.waivers[-1].id,
    )


async def withdraw_waiver(means: Means, call: Call, order_id: UUID, reason: str) -> UUID:
    """Take a waiver back while no claim was decided under it; the id of the order."""
    _require_scope(call)
    return await work.on_order(means, call, order_id, lambda trade, act: waivers.withdraw(trade, act, reason))
