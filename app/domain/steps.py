"""The gate of every act on an order: the facts a trade is judged by, and the refusal when a step is not allowed."""

from datetime import datetime

from app.domain.calendar import in_time
from app.domain.claimable import can_claim
from app.domain.conditions import Facts, state_of
from app.domain.lifecycle import Step, judge, who_is
from app.domain.policy import ExportMethod, PaymentMethod
from app.domain.records import DeadlineKind, DispatchTerm, Instalment, Order, Receipt, Status
from app.domain.remedies import Coupon, CouponStatus, Dispute, DisputeOutcome
from app.domain.trade import Act, Trade


def facts_of(trade: Trade, now: datetime) -> Facts:
    """What the lifecycle's table judges this trade by, settled up to now."""
    order = trade.order
    review = trade.reviews[0] if trade.reviews else None
    return Facts(
        state=state_of(order.status, order.awaiting),
        drafted_by=order.drafted_by,
        numbered=order.number is not None,
        landed=order.landed,
        to_pay=any(instalment.missing for instalment in trade.instalments),
        unassociated=any(associable(trade, receipt) for receipt in trade.receipts),
        held=any(refundable_held(trade, receipt) for receipt in trade.receipts),
        counted=any(receipt.counted and receipt.method is PaymentMethod.TT for receipt in trade.receipts),
        amendment_open=trade.amendment is not None,
        money_for_dispatch=money_for_dispatch(order.dispatch_term, trade.instalments),
        consigned=order.export_method is not ExportMethod.YIDATONG_AGENCY or bool(trade.consignments),
        delivered=bool(trade.shipments) and all(shipment.delivered_at for shipment in trade.shipments),
        claim_open=can_claim(trade, now),
        claim=None if trade.claim is None else trade.claim.status,
        coupon_untouched=_untouched(trade.issued_coupon, now),
        waived=trade.waiver is not None,
        reviewed=review is not None,
        replied=review is not None and review.replied_at is not None,
        refundable=something_to_refund(order),
        refunded=order.refunded > 0,
        protected=order.completed_at is None or trade.deadline(DeadlineKind.PROTECTION_END) is not None,
        dispute=None if trade.dispute is None else trade.dispute.status,
        dispute_rejected=bool(trade.disputes) and rejected_by_operator(trade.disputes[-1]),
    )


def something_to_refund(order: Order) -> bool:
    """Whether there is anything to give back: the buyer's money, or a coupon that paid for all of it (DSP-1)."""
    return order.received > order.refunded or (order.received == 0 and order.coupon_posted > order.coupon_returned)


def rejected_by_operator(dispute: Dispute) -> bool:
    """Whether a dispute ended with an operator's word that nothing goes back."""
    return dispute.outcome is DisputeOutcome.REJECTED


def _untouched(coupon: Coupon | None, now: datetime) -> bool:
    """Whether an issued coupon could still be revoked: it was neither applied nor has it expired."""
    return coupon is None or (coupon.status is CouponStatus.AVAILABLE and in_time(now, coupon.expires_at))


def associable(trade: Trade, receipt: Receipt) -> int:
    """How much of a receipt waits to be associated: what landed so, and a held transfer while something is missing."""
    transfer = receipt.method is PaymentMethod.TT and receipt.currency == trade.order.currency
    missing = any(instalment.missing for instalment in trade.instalments)
    return receipt.unassociated + (receipt.held if transfer and missing else 0)


def refundable_held(trade: Trade, receipt: Receipt) -> int:
    """How much of a receipt does not count and can go back: what is held, and of a closed order what never counted."""
    return receipt.held + (receipt.unassociated if trade.order.status is Status.CLOSED else 0)


def money_for_dispatch(term: DispatchTerm | None, instalments: tuple[Instalment, ...]) -> bool:
    """Whether all that the dispatch term names is in: everything, or for the other terms the first instalment."""
    named = instalments if term is DispatchTerm.DAYS_AFTER_FULL_PAYMENT else instalments[:1]
    return bool(instalments) and all(instalment.missing == 0 for instalment in named)


def require(trade: Trade, step: Step, act: Act) -> None:
    """Refuse a step that the lifecycle does not allow this actor now."""
    refusal = judge(step, facts_of(trade, act.now), who_is(act.by, act.role))
    if refusal is not None:
        raise refusal
