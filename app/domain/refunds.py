"""Refunds of what counted: cumulative, and full when they reach all that the buyer paid (DSP-3, PAY-9, section 15)."""

from uuid import UUID

from app.domain import claims, coupons, orders, recoveries
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.ledger import FEE, SUBSIDY, WORLD, AccountKind, EntryKind, Move, receivable_account, seller_account
from app.domain.money import Money
from app.domain.records import CloseReason, Order, Status
from app.domain.remedies import RecoveryCause
from app.domain.steps import something_to_refund
from app.domain.trade import Act, Trade


def refundable(order: Order) -> int:
    """What the buyer paid and has not got back, in minor units."""
    return order.received - order.refunded


def refund(trade: Trade, act: Act, amount: int, cause: UUID) -> Trade:
    """Money goes back to the buyer, from escrow, or after release from the seller; the last of it closes the order.

    Refuses more than was paid and not yet returned (DSP-3).
    """
    order = trade.order
    left = refundable(order)
    if not something_to_refund(order):
        raise Refusal(ErrorCode.NOTHING_TO_REFUND, "Nothing has counted for this order that could be refunded.")
    if not 0 <= amount <= left:
        message = f"At most {Money(left, order.currency)} can be refunded: what was paid and not yet returned."
        raise Refusal(ErrorCode.REFUND_TOO_LARGE, message, ("amount",), {"most": str(Money(left, order.currency))})
    full = amount == left
    released = order.status is Status.COMPLETED
    trade = (_after_release if released else _before_release)(trade, act, amount, full, cause)
    trade = trade.change(
        refunded=order.refunded + amount,
        refunded_after=order.refunded_after + (amount if released else 0),
        coupon_returned=order.coupon_posted if full else order.coupon_returned,
    )
    facts = {"amount": str(Money(amount, order.currency)), "full": "yes" if full else "no"}
    trade = trade.record(EventKind.FUNDS_REFUNDED, act, facts=facts)
    return _close(trade, act) if full else trade


def _before_release(trade: Trade, act: Act, amount: int, full: bool, cause: UUID) -> Trade:
    escrow, currency = trade.account(AccountKind.ESCROW), trade.order.currency
    coupon = trade.order.coupon_posted - trade.order.coupon_returned if full else 0
    back = Move(escrow, WORLD, amount, currency)
    return trade.post(EntryKind.REFUND, act, cause, back, Move(escrow, SUBSIDY, coupon, currency))


def _after_release(trade: Trade, act: Act, amount: int, full: bool, cause: UUID) -> Trade:
    """The seller pays it; what the balance cannot bear the platform advances, and the seller owes it."""
    order, currency = trade.order, trade.order.currency
    seller, owes = seller_account(order.seller_id), receivable_account(order.seller_id)
    fee = order.fee_charged if full and trade.policy.refund_returns_fee else 0
    coupon = order.coupon_posted - order.coupon_returned if full else 0
    there = recoveries.balance(trade, currency) + fee
    paid = min(there, amount)
    returned = min(there - paid, coupon)
    advanced = amount - paid + coupon - returned
    trade = trade.post(
        EntryKind.REFUND,
        act,
        cause,
        Move(FEE, seller, fee, currency),
        Move(seller, WORLD, paid, currency),
        Move(owes, WORLD, amount - paid, currency),
        Move(seller, SUBSIDY, returned, currency),
        Move(owes, SUBSIDY, coupon - returned, currency),
    )
    trade = trade.change(fee_charged=order.fee_charged - fee)
    if not advanced:
        return trade
    return recoveries.owe(trade, act, RecoveryCause.REFUND_ADVANCED, advanced, currency)


def _close(trade: Trade, act: Act) -> Trade:
    """A full refund closes the order, whatever remained unpaid; the coupon and a claim under review end with it."""
    trade = claims.reject_refunded(trade, act)
    trade = orders.close(trade, act, CloseReason.REFUNDED, "All that was paid went back.", EventKind.ORDER_CLOSED)
    return coupons.give_back(trade, act)
