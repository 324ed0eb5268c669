"""Disputes about a refund: opened by the buyer, argued between the sides, decided by operators (DSP-1, DSP-2)."""

from dataclasses import replace
from typing import NoReturn
from uuid import UUID

from app.domain import deadlines, refunds
from app.domain.access import By
from app.domain.calendar import last_good_second
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.lifecycle import Step
from app.domain.money import Money
from app.domain.records import Deadline, DeadlineKind, DeadlineStatus, Status
from app.domain.remedies import (
    Dispute,
    DisputeAnswer,
    DisputeOutcome,
    DisputeReason,
    DisputeStatus,
    DisputeStep,
    DisputeStepKind,
)
from app.domain.steps import require
from app.domain.trade import Act, Trade

TEXT_LONGEST = 2_000
DISPUTES_MOST = 50
STEPS_MOST = 50

_SILENCE = DeadlineKind.DISPUTE_SILENCE


def apply_for_refund(trade: Trade, act: Act, reason: DisputeReason, amount: Money | None, text: str | None) -> Trade:
    """The buyer opens a dispute about a part of what they paid, or about all of it: `amount` None (DSP-1)."""
    require(trade, Step.OPEN_DISPUTE, act)
    if len(trade.disputes) >= DISPUTES_MOST:
        raise Refusal(ErrorCode.TOO_MANY, f"At most {DISPUTES_MOST} disputes an order.")
    text = _words(text, needed=reason is DisputeReason.OTHER)
    order = trade.order
    assert act.account_id is not None  # buyers have accounts
    dispute = Dispute(
        id=act.mint.id(),
        order_id=order.id,
        status=DisputeStatus.AWAITING_SELLER,
        reason=reason,
        asked=refunds.refundable(order) if amount is None else _within(trade, amount, 1),
        offered=None,
        currency=order.currency,
        opened_by=act.account_id,
        opened_at=act.now,
    )
    trade = _step(trade, act, dispute, DisputeStepKind.OPENED, dispute.asked, text)
    facts = {**_name(dispute), "reason": str(reason), "asked": _text(trade, dispute.asked)}
    trade = _await_word(trade.record(EventKind.DISPUTE_OPENED, act, facts=facts), act)
    return deadlines.pause(trade, act, DeadlineKind.AUTO_RECEIPT)


def answer(
    trade: Trade, act: Act, dispute_id: UUID, word: DisputeAnswer, amount: Money | None, text: str | None
) -> Trade:
    """The side whose word is awaited accepts what was named last, rejects it, or names another amount (DSP-2)."""
    by_side = answer_offer if act.by is By.BUYER else answer_request
    return by_side(trade, act, dispute_id, word, amount, text)


def answer_request(
    trade: Trade, act: Act, dispute_id: UUID, word: DisputeAnswer, amount: Money | None, text: str | None
) -> Trade:
    """The seller's word on what the buyer asks for."""
    require(trade, Step.ANSWER_DISPUTE, act)
    dispute = _open(trade, dispute_id)
    return _answer(trade, act, dispute, word, dispute.asked, amount, text)


def answer_offer(
    trade: Trade, act: Act, dispute_id: UUID, word: DisputeAnswer, amount: Money | None, text: str | None
) -> Trade:
    """The buyer's word on what the seller offers, if they offer anything."""
    require(trade, Step.ANSWER_OFFER, act)
    dispute = _open(trade, dispute_id)
    if word is not DisputeAnswer.COUNTER and dispute.offered is None:
        raise Refusal(
            ErrorCode.STEP_NOT_ALLOWED,
            "The seller offers nothing that could be accepted or rejected; ask for an amount, escalate or withdraw.",
            ("answer",),
        )
    return _answer(trade, act, dispute, word, dispute.offered or 0, amount, text)


def _answer(
    trade: Trade, act: Act, dispute: Dispute, word: DisputeAnswer, named: int, amount: Money | None, text: str | None
) -> Trade:
    if (amount is None) is (word is DisputeAnswer.COUNTER):
        raise Refusal(ErrorCode.REQUIRED, "Name an amount with COUNTER, and only then.", ("amount",))
    text = _words(text)
    if word is DisputeAnswer.ACCEPT:
        trade = _step(trade, act, dispute, DisputeStepKind.ACCEPTED, named, text)
        return _resolve(_told(trade, act, dispute, word), act, dispute, named)
    _check_patience(trade, dispute)
    if amount is not None:
        trade = _counter(trade, act, dispute, amount, text)
    else:
        # an offer that was turned down stands no more; what was asked and turned down can still be agreed on
        rejected = replace(dispute, status=_other(act), offered=None)
        trade = _step(trade, act, rejected, DisputeStepKind.REJECTED, None, text)
    trade = deadlines.end(trade, act, _SILENCE, DeadlineStatus.MET)
    return _await_word(_told(trade, act, dispute, word), act)


def _counter(trade: Trade, act: Act, dispute: Dispute, amount: Money, text: str | None) -> Trade:
    """Another amount than the other side named, more or less."""
    by_buyer, named = act.by is By.BUYER, _within(trade, amount, 1)
    if named == (dispute.offered if by_buyer else dispute.asked):
        raise Refusal(ErrorCode.OUT_OF_RANGE, "The other side names the same amount; accept it.", ("amount",))
    named_so = replace(dispute, asked=named) if by_buyer else replace(dispute, offered=named)
    countered = replace(named_so, status=_other(act))
    return _step(trade, act, countered, DisputeStepKind.COUNTERED, named, text)


def escalate(trade: Trade, act: Act, dispute_id: UUID, text: str | None = None) -> Trade:
    """Either side hands the dispute to the operators (DSP-2)."""
    require(trade, Step.ESCALATE_DISPUTE, act)
    dispute = _open(trade, dispute_id)
    trade = deadlines.end(trade, act, _SILENCE, DeadlineStatus.VOID)
    return _escalate(trade, act, dispute, _words(text))


def escalate_silent(trade: Trade, deadline: Deadline, act: Act) -> Trade:
    """The side whose word was awaited stayed silent too long: the operators decide (DSP-2)."""
    require(trade, Step.ESCALATE_DISPUTE, act)
    dispute = trade.dispute or _not_open()
    return _escalate(trade, act, dispute, None, deadline)


def _escalate(trade: Trade, act: Act, dispute: Dispute, text: str | None, deadline: Deadline | None = None) -> Trade:
    escalated = replace(dispute, status=DisputeStatus.ESCALATED)
    trade = _step(trade, act, escalated, DisputeStepKind.ESCALATED, None, text)
    return trade.record(
        EventKind.DISPUTE_ESCALATED,
        act,
        facts={**_name(dispute), "awaited": "BUYER" if dispute.status is DisputeStatus.AWAITING_BUYER else "SELLER"},
        due_at=deadline.due_at if deadline else None,
        detected_at=deadline.detected_at if deadline else None,
    )


def withdraw(trade: Trade, act: Act, dispute_id: UUID, text: str | None = None) -> Trade:
    """The buyer takes the dispute back (DSP-2)."""
    require(trade, Step.WITHDRAW_DISPUTE, act)
    dispute = _open(trade, dispute_id)
    trade = _step(trade, act, dispute, DisputeStepKind.WITHDRAWN, None, _words(text))
    return _end(trade, act, dispute, DisputeOutcome.WITHDRAWN, 0, DeadlineStatus.VOID)


def decide(trade: Trade, act: Act, dispute_id: UUID, amount: Money | None, reason: str) -> Trade:
    """An operator decides, with a reason: nothing goes back, a part, or with `amount` None all of it (DSP-2)."""
    require(trade, Step.DECIDE_DISPUTE, act)
    dispute = replace(_open(trade, dispute_id), decided_by=act.account_id)
    left = refunds.refundable(trade.order)
    decided = left if amount is None else _within(trade, amount, 0)
    trade = _step(trade, act, dispute, DisputeStepKind.DECIDED, decided, _words(reason, needed=True, field="reason"))
    if amount is not None and not decided:
        return _end(trade, act, dispute, DisputeOutcome.REJECTED, 0, DeadlineStatus.VOID)
    return _resolve(trade, act, dispute, decided)


def reopen(trade: Trade, act: Act, dispute_id: UUID, reason: str) -> Trade:
    """An operator takes a rejection back: it moved no money, and it is still the last word on the order."""
    require(trade, Step.REOPEN_DISPUTE, act)
    dispute = trade.disputes[-1]
    if dispute.id != dispute_id:
        _not_open()
    again = replace(
        dispute, status=DisputeStatus.ESCALATED, resolved_at=None, outcome=None, refunded=None, decided_by=None
    )
    trade = _step(trade, act, again, DisputeStepKind.REOPENED, None, _words(reason, needed=True, field="reason"))
    trade = trade.record(EventKind.DISPUTE_REOPENED, act, facts=_name(dispute))
    return deadlines.pause(trade, act, DeadlineKind.AUTO_RECEIPT)


def _resolve(trade: Trade, act: Act, dispute: Dispute, amount: int) -> Trade:
    """What was agreed or decided goes back; all that was left of what the buyer paid is a full refund (DSP-3)."""
    full = amount == refunds.refundable(trade.order)
    outcome = DisputeOutcome.FULL if full else DisputeOutcome.PARTIAL
    trade = refunds.refund(_resolved(trade, act, dispute, outcome, amount, DeadlineStatus.MET), act, amount, dispute.id)
    return _resume(trade, act)


def _end(
    trade: Trade, act: Act, dispute: Dispute, outcome: DisputeOutcome, amount: int, silence: DeadlineStatus
) -> Trade:
    return _resume(_resolved(trade, act, dispute, outcome, amount, silence), act)


def _resolved(
    trade: Trade, act: Act, dispute: Dispute, outcome: DisputeOutcome, amount: int, silence: DeadlineStatus
) -> Trade:
    resolved = replace(dispute, status=DisputeStatus.RESOLVED, resolved_at=act.now, outcome=outcome, refunded=amount)
    trade = deadlines.end(trade.put("disputes", resolved), act, _SILENCE, silence)
    facts = {**_name(dispute), "outcome": str(outcome), "refunded": _text(trade, amount)}
    return trade.record(EventKind.DISPUTE_RESOLVED, act, facts=facts)


def _resume(trade: Trade, act: Act) -> Trade:
    """What was left of the automatic receipt runs on (section 14)."""
    if trade.order.status is not Status.DISPATCHED:
        return trade
    return deadlines.resume(trade, act, DeadlineKind.AUTO_RECEIPT)


def _step(
    trade: Trade, act: Act, dispute: Dispute, kind: DisputeStepKind, amount: int | None, text: str | None
) -> Trade:
    """The trade with the dispute as it is now, and the act that made it so."""
    row = DisputeStep(act.mint.id(), trade.order.id, dispute.id, kind, act.by, act.account_id, amount, text, act.now)
    return trade.put("disputes", dispute).put("dispute_steps", row)


def _await_word(trade: Trade, act: Act) -> Trade:
    """Somebody's word is awaited; whoever stays silent too long leaves the dispute to the operators (DSP-2)."""
    policy, dispute = trade.policy, trade.dispute or _not_open()
    due_at = last_good_second(policy.calendar.plus_days(act.now, policy.dispute_silence_days))
    inputs = {"start": act.now.isoformat(), "days": str(policy.dispute_silence_days), "zone": policy.zone}
    return deadlines.start(trade, act, _SILENCE, act.now, (due_at, "DSP-2", inputs), str(dispute.id))


def _told(trade: Trade, act: Act, before: Dispute, word: DisputeAnswer) -> Trade:
    after = next(row for row in trade.disputes if row.id == before.id)
    facts = {**_name(after), "answer": str(word), "asked": _text(trade, after.asked)}
    if after.offered is not None:
        facts["offered"] = _text(trade, after.offered)
    return trade.record(EventKind.DISPUTE_ANSWERED, act, facts=facts)


def _open(trade: Trade, dispute_id: UUID) -> Dispute:
    dispute = trade.dispute
    return dispute if dispute is not None and dispute.id == dispute_id else _not_open()


def _not_open() -> NoReturn:
    raise Refusal(ErrorCode.DISPUTE_NOT_OPEN, "This dispute has ended, or another one is open by now.", ("disputeId",))


def _other(act: Act) -> DisputeStatus:
    return DisputeStatus.AWAITING_SELLER if act.by is By.BUYER else DisputeStatus.AWAITING_BUYER


def _check_patience(trade: Trade, dispute: Dispute) -> None:
    """Offers do not go back and forth for ever: what two sides cannot agree on operators decide."""
    steps = sum(step.dispute_id == dispute.id for step in trade.dispute_steps)
    if steps >= STEPS_MOST:
        message = f"After {STEPS_MOST} words a dispute is accepted, withdrawn or escalated."
        raise Refusal(ErrorCode.TOO_MANY, message, ("answer",))


def _within(trade: Trade, amount: Money, least: int) -> int:
    """The minor units of an amount between the least and all that can be refunded (DSP-3)."""
    currency, left = trade.order.currency, refunds.refundable(trade.order)
    if amount.currency != currency:
        raise Refusal(ErrorCode.INVALID, f"Name an amount in {currency}, the order's currency.", ("amount",))
    if amount.minor > left:
        most = _text(trade, left)
        message = f"At most {most} can be refunded: what was paid and not yet returned."
        raise Refusal(ErrorCode.REFUND_TOO_LARGE, message, ("amount",), {"most": most})
    if amount.minor < least:
        raise Refusal(ErrorCode.OUT_OF_RANGE, f"At least {_text(trade, least)}.", ("amount",))
    return amount.minor


def _words(text: str | None, needed: bool = False, field: str = "text") -> str | None:
    if text is not None and len(text) > TEXT_LONGEST:
        raise Refusal(ErrorCode.TOO_LONG, f"At most {TEXT_LONGEST} characters.", (field,))
    if needed and not (text and text.strip()):
        raise Refusal(ErrorCode.REQUIRED, "Say why.", (field,))
    return text


def _name(dispute: Dispute) -> dict[str, str]:
    return {"dispute": f"dsp_{dispute.id.hex}"}


def _text(trade: Trade, minor: int) -> str:
    return str(Money(minor, trade.order.currency))
