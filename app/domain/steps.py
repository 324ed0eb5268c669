"""The gate of every act on an order: the facts a trade is judged by, and the refusal when a step is not allowed."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import cast

from app.domain.calendar import in_time
from app.domain.claimable import can_claim
from app.domain.conditions import Facts, state_of
from app.domain.lifecycle import Step, judge, who_is
from app.domain.policy import ExportMethod, PaymentMethod
from app.domain.records import DeadlineKind, DispatchTerm, Instalment, Order, Receipt, Status
from app.domain.remedies import Coupon, CouponStatus, Dispute, DisputeOutcome
from app.domain.trade import Act, Trade

_FACTS: Mapping[str, Callable[[Trade, datetime], object]] = {
    "state": lambda trade, now: state_of(trade.order.status, trade.order.awaiting),
    "drafted_by": lambda trade, now: trade.order.drafted_by,
    "numbered": lambda trade, now: trade.order.number is not None,
    "landed": lambda trade, now: trade.order.landed,
    "to_pay": lambda trade, now: any(instalment.missing for instalment in trade.instalments),
    "unassociated": lambda trade, now: any(associable(trade, receipt) for receipt in trade.receipts),
    "held": lambda trade, now: any(refundable_held(trade, receipt) for receipt in trade.receipts),
    "counted": lambda trade, now: any(row.counted and row.method is PaymentMethod.TT for row in trade.receipts),
    "amendment_open": lambda trade, now: trade.amendment is not None,
    "money_for_dispatch": lambda trade, now: money_for_dispatch(trade.order.dispatch_term, trade.instalments),
    "consigned": lambda trade, now: (
        trade.order.export_method is not ExportMethod.YIDATONG_AGENCY or bool(trade.consignments)
    ),
    "delivered": lambda trade, now: bool(trade.shipments) and all(row.delivered_at for row in trade.shipments),
    "claim_open": can_claim,
    "claim": lambda trade, now: None if trade.claim is None else trade.claim.status,
    "coupon_untouched": lambda trade, now: _untouched(trade.issued_coupon, now),
    "waived": lambda trade, now: trade.waiver is not None,
    "reviewed": lambda trade, now: bool(trade.reviews),
    "replied": lambda trade, now: bool(trade.reviews) and trade.reviews[0].replied_at is not None,
    "refundable": lambda trade, now: something_to_refund(trade.order),
    "refunded": lambda trade, now: trade.order.refunded > 0,
    "protected": lambda trade, now: (
        trade.order.completed_at is None or trade.deadline(DeadlineKind.PROTECTION_END) is not None
    ),
    "dispute": lambda trade, now: None if trade.dispute is None else trade.dispute.status,
    "dispute_rejected": lambda trade, now: bool(trade.disputes) and rejected_by_operator(trade.disputes[-1]),
}


class _FactsOf:
    """Facts that are looked up when a condition asks for them: most steps ask for few, and a lapse for hardly any."""

    __slots__ = ("_now", "_trade")

    def __init__(self, trade: Trade, now: datetime) -> None:
        self._trade, self._now = trade, now

    def __getattr__(self, name: str) -> object:
        return _FACTS[name](self._trade, self._now)


def facts_of(trade: Trade, now: datetime) -> Facts:
    """What the lifecycle's table judges this trade by, settled up to now."""
    return cast(Facts, _FactsOf(trade, now))


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
