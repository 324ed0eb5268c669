"""What a seller owes the platform, how it is collected, and what takes it away again (COU-4, COU-5, section 15)."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from app.domain import deadlines
from app.domain.access import By
from app.domain.calendar import SECOND, last_good_second
from app.domain.happenings import EventKind
from app.domain.ledger import SUBSIDY, EntryKind, Move, deltas, receivable_account, seller_account
from app.domain.money import Money
from app.domain.records import Deadline, DeadlineKind
from app.domain.remedies import Collection, Liability, Recovery, RecoveryCause, RecoveryStatus
from app.domain.trade import Act, Trade

# What coupons are in, and so what is owed for them (COU-4)
CURRENCY = "USD"


def reckon_soon(trade: Trade, act: Act, order_id: UUID, coupon_id: UUID) -> Trade:
    """The trade with a row due at once for the late order: what a coupon costs it is settled under its own lock."""
    return trade.put("deadlines", due_at_once(act, order_id, coupon_id))


def due_at_once(act: Act, order_id: UUID, coupon_id: UUID | None) -> Deadline:
    """The row by which what a late order's seller owes is reckoned, and collected from what is there."""
    due = last_good_second(act.now) - SECOND
    inputs = {} if coupon_id is None else {"coupon": f"cpn_{coupon_id.hex}"}
    clock = due, "COU-4", inputs
    return deadlines.running(act, DeadlineKind.RECOVERY, act.now, clock, inputs.get("coupon"), order_id=order_id)


def reckon(trade: Trade, deadline: Deadline, act: Act) -> Trade:
    """What the late seller owes becomes what was used of the coupon at their expense, no more and no less (COU-4)."""
    coupon, since = trade.issued_coupon, deadline.starts_at
    act = Act(By.TIME, deadline.detected_at or act.now, act.mint)
    # a coupon whose decision was taken back is nobody's any more, and its use had been taken back before
    target = coupon.used if coupon is not None and coupon.liability is Liability.SELLER else 0
    standing = [
        row
        for row in trade.recoveries
        if row.order_id == trade.order.id
        and row.cause is RecoveryCause.COUPON_USED
        and row.status is not RecoveryStatus.REVERSED
    ]
    if coupon is not None and coupon.used_at is not None:
        since = max(since, coupon.used_at)
    # one of an earlier use is taken back with it: a later use makes a new one (PAY-9)
    again = any(coupon is None or coupon.used_at is None or row.owed_at < coupon.used_at for row in standing)
    owed = sum(row.amount for row in standing)
    if again or target < owed:
        for row in standing:
            trade = _reverse(trade, act, row)
        owed = 0
    if coupon is not None and target > owed:
        trade = owe(trade, act, RecoveryCause.COUPON_USED, target - owed, coupon.currency, coupon.id, since)
        trade = trade.post(
            EntryKind.RECOVERY_OWED,
            act,
            trade.recoveries[-1].id,
            Move(receivable_account(trade.seller.id), SUBSIDY, target - owed, coupon.currency),
        )
    return collect(trade, act, CURRENCY, balance(trade, CURRENCY))


def owe(
    trade: Trade,
    act: Act,
    cause: RecoveryCause,
    amount: int,
    currency: str,
    coupon_id: UUID | None = None,
    since: datetime | None = None,
) -> Trade:
    """The trade with one more thing its seller owes, by default since now; whoever calls posts the entry for it."""
    recovery = Recovery(
        id=act.mint.id(),
        seller_id=trade.seller.id,
        order_id=trade.order.id,
        cause=cause,
        coupon_id=coupon_id,
        status=RecoveryStatus.OWED,
        amount=amount,
        collected=0,
        currency=currency,
        owed_at=since or act.now,
    )
    return _told(trade.put("recoveries", recovery), act, EventKind.RECOVERY_OWED, recovery, amount)


def balance(trade: Trade, currency: str) -> int:
    """What stands on the seller's account now, this act's own moves included."""
    moved = deltas(trade.posted)[seller_account(trade.seller.id), currency]
    return trade.balances.get(currency, 0) + moved


def collect(trade: Trade, act: Act, currency: str, most: int) -> Trade:
    """Recoveries are collected oldest first, from a release or the balance, at most what is there (section 15)."""
    for recovery in sorted(trade.recoveries, key=lambda row: (row.owed_at, row.id)):
        part = min(most, recovery.owed) if recovery.currency == currency else 0
        if part <= 0:
            continue
        most -= part
        collected = taken(recovery, part)
        paid = Collection(act.mint.id(), recovery.id, trade.order.id, part, currency, act.now)
        trade = trade.put("recoveries", collected).put("collections", paid)
        seller = seller_account(trade.seller.id)
        move = Move(seller, receivable_account(trade.seller.id), part, currency)
        trade = trade.post(EntryKind.RECOVERY_COLLECTED, act, recovery.id, move)
        trade = _told(trade, act, EventKind.RECOVERY_COLLECTED, recovery, part)
    return trade


def taken(recovery: Recovery, part: int) -> Recovery:
    """The recovery with this much more of it collected."""
    collected = recovery.collected + part
    whole = collected == recovery.amount
    return replace(
        recovery,
        collected=collected,
        status=RecoveryStatus.COLLECTED if whole else RecoveryStatus.PARTLY_COLLECTED,
    )


def _reverse(trade: Trade, act: Act, recovery: Recovery) -> Trade:
    """What was owed is owed no more, and what was collected goes back to the seller (COU-4, PAY-9, CLM-8)."""
    seller, receivable = seller_account(trade.seller.id), receivable_account(trade.seller.id)
    trade = trade.post(
        EntryKind.RECOVERY_REVERSED,
        act,
        recovery.id,
        Move(SUBSIDY, receivable, recovery.owed, recovery.currency),
        Move(SUBSIDY, seller, recovery.collected, recovery.currency),
    )
    reversed_ = replace(recovery, status=RecoveryStatus.REVERSED, reversed_at=act.now)
    return _told(trade.put("recoveries", reversed_), act, EventKind.RECOVERY_REVERSED, recovery, recovery.amount)


def _told(trade: Trade, act: Act, kind: EventKind, recovery: Recovery, amount: int) -> Trade:
    facts = {
        "recovery": f"rcv_{recovery.id.hex}",
        "amount": str(Money(amount, recovery.currency)),
        "cause": str(recovery.cause),
    }
    return trade.record(kind, act, facts=facts)
