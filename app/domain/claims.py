"""Claims for a broken promise: the oracle that says why or why not, filing, the decision (CLM-1 to CLM-9)."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from app.domain import claimable, coupons, deadlines
from app.domain.access import By
from app.domain.calendar import last_good_second
from app.domain.claimable import Implied, facts_of, verdicts
from app.domain.errors import ErrorCode, Refusal
from app.domain.fees import in_usd
from app.domain.happenings import EventKind
from app.domain.lifecycle import Step
from app.domain.money import Money
from app.domain.policy import Policy
from app.domain.records import Deadline, DeadlineKind, DeadlineStatus, Order
from app.domain.remedies import Claim, ClaimRejection, ClaimStatus, Guarantee, Waiver
from app.domain.steps import require
from app.domain.trade import Act, Trade

TEXT_LONGEST = 4_000
REASON_LONGEST = 1_000


def compensation(total_usd: int, rate: Decimal, cap: int) -> int:
    """10 % of the agreed total in USD cents, rounded up to a whole dollar, at most USD 100 (CLM-5)."""
    dollars = -(-Fraction(rate) * total_usd // 100)
    return min(int(dollars) * 100, cap)


def amount_of(trade: Trade) -> tuple[int, int]:
    """The compensation of this order and the agreed total it is reckoned from, both in USD cents (CLM-5)."""
    total = in_usd(trade.order.total, trade.order.currency, trade.rates)
    return compensation(total, trade.policy.claim_rate, trade.policy.claim_cap_usd), total


def file(trade: Trade, act: Act, guarantee: Guarantee | None, text: str | None) -> Trade:
    """The buyer claims a broken promise; judged by the oracle, on the term in force now (CLM-1, CLM-6)."""
    require(trade, Step.FILE_CLAIM, act)
    if text is not None and len(text) > TEXT_LONGEST:
        raise Refusal(ErrorCode.TOO_LONG, f"At most {TEXT_LONGEST} characters.", ("text",))
    found = verdicts(facts_of(trade), act.now)
    verdict = next((v for v in found if v.open and guarantee in (None, v.guarantee)), None)
    if verdict is None or verdict.due is None or act.account_id is None:
        failed = next((v.failed for v in found if v.guarantee is guarantee), None)
        params = {} if failed is None else {"condition": failed.code, "fact": failed.fact or ""}
        message = "This promise cannot be claimed now; the order's claim check says why."
        raise Refusal(ErrorCode.CLAIM_NOT_POSSIBLE, message, ("guarantee",), params)
    amount, total = amount_of(trade)
    claim = Claim(
        id=act.mint.id(),
        order_id=trade.order.id,
        guarantee=verdict.guarantee,
        status=ClaimStatus.UNDER_REVIEW,
        filed_by=act.account_id,
        filed_at=act.now,
        due_at=verdict.due,
        total_usd=total,
        rate=trade.order.usd_rate or Decimal(1),
        amount=amount,
        text=text,
    )
    facts = {
        "claim": f"clm_{claim.id.hex}",
        "guarantee": str(claim.guarantee),
        "amount": str(Money(amount, "USD")),
        "promised": verdict.due.isoformat(),
    }
    for kind in (DeadlineKind.CLAIM_DISPATCH_CLOSE, DeadlineKind.CLAIM_DELIVERY_CLOSE):
        trade = deadlines.end(trade, act, kind, DeadlineStatus.VOID)
    trade = trade.put("claims", claim).record(EventKind.CLAIM_FILED, act, facts=facts, due_at=claim.due_at)
    return _decide_itself(trade, act) if trade.policy.conclusive_claims else trade


def implied(order: Order, claim: Claim, waiver: Waiver | None) -> Implied:
    """The decision the rules imply for a filed claim on the facts of now (CLM-6)."""
    dispatch = claim.guarantee is Guarantee.ON_TIME_DISPATCH
    return claimable.implied(
        claim.guarantee,
        claim.due_at,
        order.dispatched_at if dispatch else claimable.delivered_of(order),
        late=_left_late(order, claim),
        waived=waiver is not None,
        refused=waiver is not None and not waiver.compensate,
    )


def _left_late(order: Order, claim: Claim) -> bool:
    """Whether the goods were dispatched late, or not at all, by the term in force when it was filed (CLM-6, CLM-7)."""
    return claimable.left_late(order.dispatched_at, order.overdue_at, claim.filed_at)


def _decide_itself(trade: Trade, act: Act) -> Trade:
    """Policy lets conclusive cases decide themselves (CLM-6)."""
    claim = trade.claims[0]
    decision = implied(trade.order, claim, trade.waiver)
    if not decision.conclusive:
        return trade
    time = Act(By.TIME, act.now, act.mint)
    reason = "Decided by the rules on conclusive facts."
    if decision.rejection is not None:
        return _reject(trade, time, claim, decision.rejection, reason, None)
    return _approve(trade, time, claim, reason, None)


def decide(
    trade: Trade, act: Act, approve: bool, rejection: ClaimRejection | None, reason: str, note: str | None
) -> Trade:
    """An operator decides a claim, with a reason; the liability is fixed here (CLM-6, CLM-7)."""
    require(trade, Step.DECIDE_CLAIM, act)
    check_reason(reason)
    if note is not None and len(note) > TEXT_LONGEST:
        raise Refusal(ErrorCode.TOO_LONG, f"At most {TEXT_LONGEST} characters.", ("note",))
    claim = trade.claims[0]
    if not approve:
        if rejection is None or rejection is ClaimRejection.ORDER_REFUNDED:
            message = "Say why it is rejected: NOT_DUE, WAIVED, FACTS or OTHER."
            raise Refusal(ErrorCode.REQUIRED, message, ("rejection",))
        return _reject(trade, act, claim, rejection, reason, note)
    if trade.waiver is not None and not trade.waiver.compensate:
        message = "A waiver without compensation stands: reject the claim as WAIVED, or withdraw the waiver first."
        raise Refusal(ErrorCode.WAIVER_EXISTS, message, ("approve",))
    return _approve(trade, act, claim, reason, note)


def check_reason(reason: str) -> None:
    """Refuse a decision without a reason."""
    if not 0 < len(reason.strip()) <= REASON_LONGEST:
        raise Refusal(ErrorCode.REQUIRED, f"Give a reason of 1 to {REASON_LONGEST} characters.", ("reason",))


def _approve(trade: Trade, act: Act, claim: Claim, reason: str, note: str | None) -> Trade:
    late = _left_late(trade.order, claim)
    liability = claimable.liability_of(claim.guarantee, late=late, waived=trade.waiver is not None)
    before = {coupon.id for coupon in trade.coupons}
    trade = coupons.issue(trade, act, claim.id, claim.amount, liability)
    coupon = next(row for row in trade.coupons if row.id not in before)
    decided = replace(
        claim,
        status=ClaimStatus.APPROVED,
        decided_by=act.account_id,
        decided_at=act.now,
        reason=reason,
        note=note,
        liability=liability,
        coupon_id=coupon.id,
    )
    facts = {"claim": f"clm_{claim.id.hex}", "amount": str(Money(claim.amount, "USD"))}
    return trade.put("claims", decided).record(EventKind.CLAIM_APPROVED, act, facts=facts)


def _reject(trade: Trade, act: Act, claim: Claim, rejection: ClaimRejection, reason: str, note: str | None) -> Trade:
    decided = replace(
        claim,
        status=ClaimStatus.REJECTED,
        decided_by=act.account_id,
        decided_at=act.now,
        rejection=rejection,
        reason=reason,
        note=note,
    )
    facts = {"claim": f"clm_{claim.id.hex}", "rejection": str(rejection)}
    return trade.put("claims", decided).record(EventKind.CLAIM_REJECTED, act, facts=facts)


def reject_refunded(trade: Trade, act: Act) -> Trade:
    """A claim under review ends when a full refund closes the order (DSP-3)."""
    claim = trade.claim
    if claim is None or claim.status is not ClaimStatus.UNDER_REVIEW:
        return trade
    return _reject(trade, act, claim, ClaimRejection.ORDER_REFUNDED, "A full refund closed the order.", None)


def undo_decision(trade: Trade, act: Act, reason: str) -> Trade:
    """An operator takes a decision back, while its coupon was not applied; the claim is under review again."""
    require(trade, Step.UNDO_CLAIM_DECISION, act)
    check_reason(reason)
    claim, coupon = trade.claims[0], trade.issued_coupon
    if coupon is not None:
        trade = coupons.revoke(trade, act, coupon)
    open_again = replace(
        claim,
        status=ClaimStatus.UNDER_REVIEW,
        decided_by=None,
        decided_at=None,
        rejection=None,
        reason=None,
        liability=None,
        coupon_id=None,
    )
    facts = {"claim": f"clm_{claim.id.hex}", "reason": reason}
    return trade.put("claims", open_again).record(EventKind.CLAIM_DECISION_UNDONE, act, facts=facts)


def open_window(trade: Trade, act: Act) -> Trade:
    """At receipt of an order that was dispatched late the last 30 days to claim begin (section 14)."""
    order = trade.order
    if order.overdue_at is None or not order.dispatch_guaranteed or trade.claims:
        return trade
    return deadlines.start(
        trade, act, DeadlineKind.CLAIM_DISPATCH_CLOSE, act.now, window_due(trade.policy, act.now, "CLM-2")
    )


def window_due(policy: Policy, since: datetime, rule: str) -> deadlines.Due:
    """When a claim window that begins at an instant closes."""
    days = policy.claim_window_days
    due = last_good_second(policy.calendar.plus_days(since, days))
    return due, rule, {"start": since.isoformat(), "days": str(days), "zone": policy.zone}


def close_window(trade: Trade, deadline: Deadline, act: Act) -> Trade:
    """Nobody claimed in time: the window is closed (section 14)."""
    return trade.record(
        EventKind.CLAIM_WINDOW_CLOSED,
        act,
        due_at=deadline.due_at,
        detected_at=deadline.detected_at,
        facts={"deadline": str(deadline.kind)},
    )
