"""Money that arrives, is associated, counted, held, returned and released (PAY-3 to PAY-8, section 15)."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.domain import coupons, deadlines, guarantees, recoveries
from app.domain.errors import ErrorCode, Refusal
from app.domain.fees import FeeTerms
from app.domain.happenings import Change, EventKind
from app.domain.ledger import FEE, PAYMENT_FEE, WORLD, AccountKind, EntryKind, Move, seller_account
from app.domain.lifecycle import Step
from app.domain.money import Money, amount_text
from app.domain.policy import PaymentMethod
from app.domain.records import (
    Deadline,
    DeadlineKind,
    DeadlineStatus,
    Instalment,
    Receipt,
    Status,
)
from app.domain.steps import associable, money_for_dispatch, refundable_held, require
from app.domain.trade import Act, Trade

OPEN = frozenset(
    {
        Status.PENDING_PAYMENT,
        Status.PENDING_DISPATCH,
        Status.PARTIALLY_DISPATCHED,
        Status.DISPATCHED,
        Status.COMPLETED,
    }
)
REFERENCE_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Arrival:
    """The fact that money came in, from a provider, the bank feed or an operator: `amount` in minor units."""

    method: PaymentMethod
    provider: str
    reference: str
    amount: int
    currency: str
    payer: str | None
    value_date: datetime


def arrive(trade: Trade, act: Act, arrival: Arrival) -> Trade:
    """Money arrives and is recorded whatever the order's status: it counts, waits or is held, never refused (PAY-6)."""
    transfer = arrival.method is PaymentMethod.TT
    require(trade, Step.RECORD_TRANSFER if transfer else Step.RECORD_RECEIPT, act)
    payment = next((row for row in trade.payments if row.reference == arrival.reference), None)
    fee = 0
    if payment is not None and payment.currency == arrival.currency and not transfer:
        fee = min(max(arrival.amount - payment.amount, 0), payment.payment_fee)
    receipt = _received(trade, act, arrival, fee)
    if payment is not None:
        trade = trade.put("payments", replace(payment, receipt_id=receipt.id))
    trade = trade.change(landed=True)
    facts = {"method": str(arrival.method), "amount": str(Money(arrival.amount, arrival.currency))}
    usable = arrival.currency == trade.order.currency and trade.order.status in OPEN
    if usable and transfer:
        return _land(trade, act, replace(receipt, unassociated=receipt.amount), facts)
    trade = trade.record(EventKind.RECEIPT_RECORDED, act, facts=facts)
    trade = trade.post(EntryKind.PAYMENT_FEE, act, receipt.id, Move(WORLD, PAYMENT_FEE, fee, arrival.currency))
    rest = receipt.amount - fee
    counted = min(rest, _missing(trade)) if usable else 0
    receipt = replace(receipt, counted=counted, held=rest - counted)
    escrow, held = trade.account(AccountKind.ESCROW), trade.account(AccountKind.HELD)
    trade = trade.put("receipts", receipt)
    trade = trade.post(EntryKind.RECEIPT_COUNTED, act, receipt.id, Move(WORLD, escrow, counted, arrival.currency))
    trade = trade.post(EntryKind.RECEIPT_HELD, act, receipt.id, Move(WORLD, held, receipt.held, arrival.currency))
    return count(_tell_held(trade, act, receipt), act, counted)


def _received(trade: Trade, act: Act, arrival: Arrival, fee: int) -> Receipt:
    """The receipt of what arrived, before it is said what becomes of it."""
    return Receipt(
        id=act.mint.id(),
        order_id=trade.order.id,
        method=arrival.method,
        provider=arrival.provider,
        reference=arrival.reference,
        amount=arrival.amount,
        currency=arrival.currency,
        unassociated=0,
        counted=0,
        held=0,
        returned=0,
        payment_fee=fee,
        payer=arrival.payer,
        value_date=arrival.value_date,
        recorded_at=act.now,
        associated_at=None,
        recorded_by=act.by,
    )


def _land(trade: Trade, act: Act, receipt: Receipt, facts: dict[str, str]) -> Trade:
    """A transfer lands and waits to be associated (PAY-7)."""
    trade = trade.put("receipts", receipt).record(EventKind.TRANSFER_LANDED, act, facts=facts)
    # money that landed stops the clock of a discount until it is associated or sent back (ORD-11)
    trade = deadlines.pause(trade, act, DeadlineKind.UNPAID_DISCOUNT)
    waiting = trade.account(AccountKind.UNASSOCIATED)
    trade = trade.post(
        EntryKind.TRANSFER_LANDED, act, receipt.id, Move(WORLD, waiting, receipt.amount, receipt.currency)
    )
    return _await_association(trade, act, receipt)


def _await_association(trade: Trade, act: Act, receipt: Receipt) -> Trade:
    due = deadlines.transfer_waiting_due(trade.policy, act.now)
    return deadlines.start(trade, act, DeadlineKind.TRANSFER_WAITING, act.now, due, str(receipt.id))


def _tell_held(trade: Trade, act: Act, receipt: Receipt) -> Trade:
    if not receipt.held:
        return trade
    amount = str(Money(receipt.held, receipt.currency))
    return trade.record(EventKind.FUNDS_HELD, act, facts={"amount": amount, "receipt": receipt.reference})


def _missing(trade: Trade) -> int:
    return sum(instalment.missing for instalment in trade.instalments)


def _text(trade: Trade, minor: int) -> str:
    return str(Money(minor, trade.order.currency))


def count(trade: Trade, act: Act, amount: int) -> Trade:
    """Money that counts fills the instalments in order; clocks that wait for it start, and what is due is released.

    An instalment that the buyer need not pay anything of is complete without any (PAY-5).
    """
    left = amount
    trade = trade.change(received=trade.order.received + amount)
    for instalment in trade.instalments:
        part = min(left, instalment.missing)
        left -= part
        filled = replace(instalment, received=instalment.received + part)
        if filled.missing == 0 and filled.completed_at is None:
            trade = _complete(trade, act, filled)
        elif part:
            trade = trade.put("instalments", filled)
    if trade.instalments and trade.instalments[0].missing == 0 and trade.order.first_paid_at is None:
        trade = deadlines.end(trade, act, DeadlineKind.UNPAID_DISCOUNT, DeadlineStatus.MET)
        trade = trade.change(first_paid_at=act.now)
    if trade.instalments and _missing(trade) == 0 and trade.order.fully_paid_at is None:
        trade = trade.change(fully_paid_at=act.now)
    trade = begin_dispatch(trade, act)
    return release(trade, act, amount) if trade.order.status is Status.COMPLETED else trade


def _complete(trade: Trade, act: Act, filled: Instalment) -> Trade:
    """An instalment is complete: the platform pays the coupon's share of it in the same transaction (PAY-4)."""
    trade = trade.put("instalments", replace(filled, completed_at=act.now))
    facts = {"instalment": str(filled.position + 1), "amount": _text(trade, filled.amount)}
    return coupons.post_share(trade.record(EventKind.INSTALMENT_COMPLETED, act, facts=facts), act, filled)


def begin_dispatch(trade: Trade, act: Act) -> Trade:
    """Once the money its term names is complete, the order waits for dispatch and the clock runs (section 14)."""
    order = trade.order
    if order.status is not Status.PENDING_PAYMENT or not money_for_dispatch(order.dispatch_term, trade.instalments):
        return trade
    trade = trade.change(status=Status.PENDING_DISPATCH)
    due = deadlines.dispatch_due(trade.order, act.now, trade.policy)
    return guarantees.begin(deadlines.start(trade, act, DeadlineKind.DISPATCH, act.now, due), act)


def associate(trade: Trade, act: Act, receipt_id: UUID) -> Trade:
    """A transfer counts from the moment it is associated with the order (PAY-7); what is too much is held."""
    require(trade, Step.ASSOCIATE, act)
    receipt = _receipt(trade, receipt_id)
    if not associable(trade, receipt):
        raise Refusal(ErrorCode.NOT_UNASSOCIATED, "This transfer does not wait to be associated.", ("receiptId",))
    landed = receipt.unassociated
    source = trade.account(AccountKind.UNASSOCIATED if landed else AccountKind.HELD)
    kind = EntryKind.TRANSFER_ASSOCIATED if landed else EntryKind.HELD_COUNTED
    counted = min(landed or receipt.held, _missing(trade))
    excess = max(landed - counted, 0)
    held = receipt.held + excess if landed else receipt.held - counted
    associated = replace(receipt, unassociated=0, counted=receipt.counted + counted, held=held, associated_at=act.now)
    trade = trade.put("receipts", associated).post(
        kind,
        act,
        receipt.id,
        Move(source, trade.account(AccountKind.ESCROW), counted, receipt.currency),
        Move(source, trade.account(AccountKind.HELD), excess, receipt.currency),
    )
    trade = deadlines.end(trade, act, DeadlineKind.TRANSFER_WAITING, DeadlineStatus.VOID, str(receipt.id))
    facts = {"receipt": receipt.reference, "amount": _text(trade, counted)}
    trade = trade.record(EventKind.FUNDS_ASSOCIATED, act, facts=facts)
    trade = count(_tell_held(trade, act, associated) if excess else trade, act, counted)
    return _run_on(trade, act)


def _run_on(trade: Trade, act: Act) -> Trade:
    """The clock of a discount runs on when no transfer waits to be associated any more (ORD-11)."""
    if any(associable(trade, receipt) for receipt in trade.receipts):
        return trade
    return deadlines.resume(trade, act, DeadlineKind.UNPAID_DISCOUNT)


def _receipt(trade: Trade, receipt_id: UUID) -> Receipt:
    receipt = next((row for row in trade.receipts if row.id == receipt_id), None)
    if receipt is None:
        raise Refusal(ErrorCode.NOT_FOUND, "This order has no such receipt.", ("receiptId",))
    return receipt


def undo_association(trade: Trade, act: Act, receipt_id: UUID) -> Trade:
    """An operator takes a wrong association back, while nothing was dispatched or released (PAY-7)."""
    require(trade, Step.UNDO_ASSOCIATION, act)
    receipt = _receipt(trade, receipt_id)
    if not (receipt.counted and receipt.associated_at):
        raise Refusal(ErrorCode.NOT_UNASSOCIATED, "This transfer is not associated.", ("receiptId",))
    taken, escrow = receipt.counted, trade.account(AccountKind.ESCROW)
    waiting = trade.account(AccountKind.UNASSOCIATED)
    back = replace(receipt, counted=0, unassociated=receipt.unassociated + taken, associated_at=None)
    trade = trade.put("receipts", back)
    trade = trade.post(EntryKind.ASSOCIATION_UNDONE, act, receipt.id, Move(escrow, waiting, taken, receipt.currency))
    trade = _take_back(trade, act, taken)
    enough = money_for_dispatch(trade.order.dispatch_term, trade.instalments)
    short = trade.order.status is Status.PENDING_DISPATCH and not enough
    if short:
        trade = trade.change(status=Status.PENDING_PAYMENT)
    facts = {"receipt": receipt.reference, "amount": _text(trade, taken)}
    trade = trade.record(EventKind.ASSOCIATION_UNDONE, act, facts=facts)
    if short:
        # without the money there is no dispatch clock, and without the clock nothing is overdue
        overdue = trade.order.overdue_at
        trade = deadlines.end(trade, act, DeadlineKind.DISPATCH, DeadlineStatus.VOID)
        lapsed = [
            replace(row, status=DeadlineStatus.VOID, settled_at=act.now)
            for row in trade.deadlines
            if row.kind is DeadlineKind.DISPATCH and row.status is DeadlineStatus.LAPSED
        ]
        trade = trade.put("deadlines", *lapsed).change(overdue_at=None, penalty_points=0)
        if overdue is not None:
            trade = trade.record(EventKind.OVERDUE_CLEARED, act, due_at=overdue)
        trade = guarantees.withdraw(trade, act)
    return _await_association(deadlines.pause(trade, act, DeadlineKind.UNPAID_DISCOUNT), act, back)


def _take_back(trade: Trade, act: Act, amount: int) -> Trade:
    left = amount
    for instalment in reversed(trade.instalments):
        part = min(left, instalment.received)
        left -= part
        if not part:
            continue
        if instalment.completed_at is not None:
            trade = coupons.take_back_share(trade, act, instalment)
        taken = replace(instalment, received=instalment.received - part, completed_at=None)
        trade = trade.put("instalments", taken)
    first_due = trade.instalments[0].missing > 0
    return trade.change(
        received=trade.order.received - amount,
        first_paid_at=None if first_due else trade.order.first_paid_at,
        fully_paid_at=None,
    )


def refund_held(trade: Trade, act: Act, receipt_id: UUID) -> Trade:
    """Money that does not count goes back to its payer (PAY-6)."""
    require(trade, Step.REFUND_HELD, act)
    receipt = _receipt(trade, receipt_id)
    back = refundable_held(trade, receipt)
    if not back:
        raise Refusal(ErrorCode.NOTHING_HELD, "Nothing of this receipt is held.", ("receiptId",))
    landed = back - receipt.held
    returned = replace(receipt, held=0, unassociated=receipt.unassociated - landed, returned=receipt.returned + back)
    trade = trade.put("receipts", returned).post(
        EntryKind.HELD_REFUNDED,
        act,
        receipt.id,
        Move(trade.account(AccountKind.HELD), WORLD, receipt.held, receipt.currency),
        Move(trade.account(AccountKind.UNASSOCIATED), WORLD, landed, receipt.currency),
    )
    if not returned.unassociated:
        trade = deadlines.end(trade, act, DeadlineKind.TRANSFER_WAITING, DeadlineStatus.VOID, str(receipt.id))
    posted = trade.order.coupon_posted > trade.order.coupon_returned
    anything = posted or any(row.unassociated + row.counted + row.held + row.payment_fee for row in trade.receipts)
    facts = {"receipt": receipt.reference, "amount": str(Money(back, receipt.currency))}
    return _run_on(trade.change(landed=anything).record(EventKind.HELD_REFUNDED, act, facts=facts), act)


def count_held(trade: Trade, act: Act) -> Trade:
    """At confirmation, online money that came too early counts; a transfer still waits to be associated (PAY-7)."""
    for receipt in trade.receipts:
        counted = min(receipt.held, _missing(trade))
        if receipt.currency != trade.order.currency or not counted:
            continue
        if receipt.method is PaymentMethod.TT:
            trade = _await_association(deadlines.pause(trade, act, DeadlineKind.UNPAID_DISCOUNT), act, receipt)
            continue
        held = replace(receipt, held=receipt.held - counted, counted=receipt.counted + counted)
        trade = trade.put("receipts", held)
        move = Move(trade.account(AccountKind.HELD), trade.account(AccountKind.ESCROW), counted, receipt.currency)
        trade = trade.post(EntryKind.HELD_COUNTED, act, receipt.id, move)
        facts = {"receipt": receipt.reference, "amount": _text(trade, counted)}
        trade = count(trade.record(EventKind.HELD_COUNTED, act, facts=facts), act, counted)
    return trade


def release(trade: Trade, act: Act, counted: int = 0) -> Trade:
    """What stands in escrow goes to the seller, the buyer's money and the coupon's, then from it the fee and what the
    seller owes, at most what was released (PAY-8, section 15). `counted` is what of the buyer's came in just now.
    """
    order = trade.order
    due = order.received + order.coupon_posted - (order.refunded - order.refunded_after) - order.released
    if not due:
        return trade
    escrow, seller = trade.account(AccountKind.ESCROW), seller_account(order.seller_id)
    paid = counted if order.released else order.received - order.refunded
    moves = (Move(escrow, seller, part, order.currency) for part in (paid, due - paid))
    trade = trade.post(EntryKind.RELEASE, act, None, *moves)
    terms = FeeTerms(order.fee_rate or Decimal(0), order.fee_cap)
    fee = order.fee if order.released else terms.fee(order.total - order.refunded)
    charged = min(due, (fee or 0) - order.fee_charged)
    trade = trade.post(EntryKind.FEE, act, None, Move(seller, FEE, charged, order.currency))
    trade = trade.change(released=order.released + due, fee=fee, fee_charged=order.fee_charged + charged)
    trade = trade.record(EventKind.FUNDS_RELEASED, act, facts={"amount": _text(trade, due)})
    left = due - charged
    if not charged:
        return recoveries.collect(trade, act, order.currency, left)
    change = Change(
        "feeCharged",
        amount_text(order.fee_charged, order.currency),
        amount_text(order.fee_charged + charged, order.currency),
    )
    trade = trade.record(EventKind.FEE_CHARGED, act, [change], {"amount": _text(trade, charged)})
    return recoveries.collect(trade, act, order.currency, left)


def return_counted(trade: Trade, act: Act, cause: UUID) -> Trade:
    """What counted for an order that is cancelled goes back to the buyer, in full (ORD-11)."""
    order = trade.order
    back = order.received - order.refunded
    if not back:
        return trade
    move = Move(trade.account(AccountKind.ESCROW), WORLD, back, order.currency)
    trade = trade.post(EntryKind.REFUND, act, cause, move).change(refunded=order.refunded + back)
    return trade.record(EventKind.FUNDS_REFUNDED, act, facts={"amount": _text(trade, back), "full": "yes"})


def tell_waiting(trade: Trade, deadline: Deadline, act: Act) -> Trade:
    """A transfer has waited too long to be associated: both sides and the operators hear of it (PAY-7)."""
    receipt = next((row for row in trade.receipts if str(row.id) == deadline.about), None)
    waiting = 0 if receipt is None else associable(trade, receipt)
    if receipt is None or not waiting:
        return trade
    facts = {"receipt": receipt.reference, "amount": str(Money(waiting, receipt.currency))}
    return trade.record(
        EventKind.TRANSFER_WAITING, act, facts=facts, due_at=deadline.due_at, detected_at=deadline.detected_at
    )
