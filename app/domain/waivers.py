"""Waivers (CLM-8): an event outside anyone's control, and nothing is recovered from the seller."""

from dataclasses import replace

from app.domain import fulfilment, recoveries
from app.domain.calendar import SECOND
from app.domain.claims import check_reason
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.lifecycle import Step
from app.domain.remedies import ClaimStatus, Liability, Waiver
from app.domain.steps import require
from app.domain.trade import Act, Trade


def grant(trade: Trade, act: Act, compensate: bool, reason: str) -> Trade:
    """An operator waives what the seller would bear, at any stage; after approval it only moves the liability (CLM-8).

    `compensate` says whether the buyer still gets the coupon, at the platform's expense, or the claim is refused.
    """
    require(trade, Step.WAIVE, act)
    check_reason(reason)
    if act.account_id is None:
        raise LookupError("a waiver is an operator's word")
    waiver = Waiver(act.mint.id(), trade.order.id, compensate, reason, act.account_id, act.now)
    facts = {"waiver": f"wvr_{waiver.id.hex}", "compensate": "yes" if compensate else "no"}
    trade = trade.put("waivers", waiver).change(penalty_points=0).record(EventKind.WAIVER_GRANTED, act, facts=facts)
    claim = trade.claim
    if claim is None or claim.status is not ClaimStatus.APPROVED or claim.liability is Liability.PLATFORM:
        return trade
    trade = trade.put("claims", replace(claim, liability=Liability.PLATFORM))
    coupon = trade.issued_coupon
    if coupon is None:
        return trade
    trade = trade.put("coupons", replace(coupon, liability=Liability.PLATFORM))
    return recoveries.reckon_soon(trade, act, trade.order.id, coupon.id)


def withdraw(trade: Trade, act: Act, reason: str) -> Trade:
    """An operator takes a waiver back, while no claim was decided under it; an overdue costs again what it did."""
    require(trade, Step.WITHDRAW_WAIVER, act)
    check_reason(reason)
    waiver = trade.waiver
    if waiver is None:
        raise Refusal(ErrorCode.WAIVER_NOT_STANDING, "No waiver stands for this order.")
    trade = trade.put("waivers", replace(waiver, withdrawn_at=act.now))
    if trade.order.overdue_at is not None:
        trade = trade.change(penalty_points=fulfilment.points(trade, trade.order.overdue_at + SECOND))
    return trade.record(EventKind.WAIVER_WITHDRAWN, act, facts={"waiver": f"wvr_{waiver.id.hex}", "reason": reason})
