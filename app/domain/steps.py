"""The gate of every act on an order: the facts a trade is judged by, and the refusal when a step is not allowed."""

from app.domain.conditions import Facts, state_of
from app.domain.lifecycle import Step, judge, who_is
from app.domain.policy import PaymentMethod
from app.domain.records import DispatchTerm, Instalment, Receipt
from app.domain.trade import Act, Trade


def facts_of(trade: Trade) -> Facts:
    """What the lifecycle's table judges this trade by."""
    order = trade.order
    review = trade.reviews[0] if trade.reviews else None
    return Facts(
        state=state_of(order.status, order.awaiting),
        drafted_by=order.drafted_by,
        numbered=order.number is not None,
        landed=order.landed,
        to_pay=any(instalment.missing for instalment in trade.instalments),
        unassociated=any(associable(trade, receipt) for receipt in trade.receipts),
        held=any(receipt.held for receipt in trade.receipts),
        counted=any(receipt.counted and receipt.method is PaymentMethod.TT for receipt in trade.receipts),
        amendment_open=trade.amendment is not None,
        money_for_dispatch=money_for_dispatch(order.dispatch_term, trade.instalments),
        delivered=bool(trade.shipments) and all(shipment.delivered_at for shipment in trade.shipments),
        reviewed=review is not None,
        replied=review is not None and review.replied_at is not None,
    )


def associable(trade: Trade, receipt: Receipt) -> int:
    """How much of a receipt waits to be associated: what landed so, and a held transfer while something is missing."""
    transfer = receipt.method is PaymentMethod.TT and receipt.currency == trade.order.currency
    missing = any(instalment.missing for instalment in trade.instalments)
    return receipt.unassociated + (receipt.held if transfer and missing else 0)


def money_for_dispatch(term: DispatchTerm | None, instalments: tuple[Instalment, ...]) -> bool:
    """Whether all that the dispatch term names is in: everything, or for the other terms the first instalment."""
    named = instalments if term is DispatchTerm.DAYS_AFTER_FULL_PAYMENT else instalments[:1]
    return bool(instalments) and all(instalment.missing == 0 for instalment in named)


def require(trade: Trade, step: Step, act: Act) -> None:
    """Refuse a step that the lifecycle does not allow this actor now."""
    refusal = judge(step, facts_of(trade), who_is(act.by, act.role))
    if refusal is not None:
        raise refusal
