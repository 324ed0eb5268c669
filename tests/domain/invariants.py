"""What must hold of every order at every moment, worked out from its rows apart from the code that made them."""

from collections import Counter
from decimal import Decimal

from app.domain.conditions import State, state_of
from app.domain.happenings import EventKind
from app.domain.ledger import (
    FEE,
    ORDER_ACCOUNTS,
    PAYMENT_FEE,
    WORLD,
    Account,
    AccountKind,
    Balances,
    chain_faults,
    deltas,
    receivable_account,
    seller_account,
)
from app.domain.money import minor_units
from app.domain.records import DeadlineKind, DeadlineStatus, Status
from app.domain.remedies import DisputeStatus, RecoveryCause
from app.domain.trade import Trade

PROTECTED = (*ORDER_ACCOUNTS, AccountKind.SELLER)


def check(trade: Trade) -> None:
    """Everything below."""
    money_is_where_its_receipts_say(trade)
    no_protected_account_was_ever_below_zero(trade)
    columns_agree_with_rows(trade)
    events_count_the_versions(trade)
    clocks_fit_the_status(trade)


def owed(trade: Trade) -> Balances:
    """PAY-10: what each account must hold, from receipts, released sums and fees alone."""
    order, expected = trade.order, Counter[tuple[Account, str]]()
    for row in trade.receipts:
        assert row.amount == row.unassociated + row.counted + row.held + row.returned + row.payment_fee
        assert min(row.unassociated, row.counted, row.held, row.returned, row.payment_fee) >= 0
        expected[WORLD, row.currency] -= row.amount - row.returned
        expected[trade.account(AccountKind.UNASSOCIATED), row.currency] += row.unassociated
        expected[trade.account(AccountKind.HELD), row.currency] += row.held
        expected[PAYMENT_FEE, row.currency] += row.payment_fee
        expected[trade.account(AccountKind.ESCROW), row.currency] += row.counted
    before = order.refunded - order.refunded_after
    advanced = sum(row.owed for row in trade.recoveries if row.cause is RecoveryCause.REFUND_ADVANCED)
    expected[WORLD, order.currency] += order.refunded
    expected[trade.account(AccountKind.ESCROW), order.currency] -= order.released + before
    left = order.released - order.fee_charged - order.refunded_after
    expected[seller_account(order.seller_id), order.currency] += left + advanced
    expected[receivable_account(order.seller_id), order.currency] -= advanced
    expected[FEE, order.currency] += order.fee_charged
    expected.update(corrected(trade))
    return expected


def corrected(trade: Trade) -> Balances:
    """Section 15: what operators have moved by hand, as the order's events tell it."""
    moved: Balances = Counter()
    told = [event.facts["moves"] for event in trade.happenings if event.kind is EventKind.LEDGER_CORRECTED]
    for shift in (shift for moves in told for shift in moves.split(", ")):
        source, target, amount, currency = shift.split()
        minor = minor_units(Decimal(amount), currency)
        moved[_correctable(trade, source), currency] -= minor
        moved[_correctable(trade, target), currency] += minor
    return moved


def _correctable(trade: Trade, name: str) -> Account:
    kind = AccountKind(name)
    return Account(kind, trade.order.seller_id if kind is AccountKind.SELLER else None)


def money_is_where_its_receipts_say(trade: Trade) -> None:
    """PAY-10, section 15: sums are zero per currency, each account holds what was worked out, the chain is whole."""
    actual = deltas(trade.posted)
    for currency in {currency for _, currency in actual}:
        assert sum(amount for (_, of), amount in actual.items() if of == currency) == 0
    assert {key: amount for key, amount in actual.items() if amount} == {
        key: amount for key, amount in owed(trade).items() if amount
    }
    assert chain_faults(trade.posted) == []
    last = trade.posted[-1] if trade.posted else None
    assert (trade.order.entries, trade.order.entry_hash) == (len(trade.posted), last and last.hash)
    if trade.order.status is Status.COMPLETED:
        assert actual[trade.account(AccountKind.ESCROW), trade.order.currency] == 0


def no_protected_account_was_ever_below_zero(trade: Trade) -> None:
    """Section 15: unassociated, held, escrow and seller are never below 0, whatever entry one stops after."""
    running: Balances = Counter()
    for entry in trade.posted:
        running.update(deltas([entry]))
        assert all(amount >= 0 for (account, _), amount in running.items() if account.kind in PROTECTED)


def columns_agree_with_rows(trade: Trade) -> None:
    """PAY-1, ORD-4, GUA-2: the order's sums are those of its rows."""
    order = trade.order
    assert order.products == sum(item.amount for item in trade.items)
    assert order.total == order.products + order.shipping_fee - order.shipping_discount - order.store_coupon
    assert order.received == sum(row.received for row in trade.instalments) == sum(r.counted for r in trade.receipts)
    assert 0 <= order.fee_charged <= order.released <= order.received
    assert 0 <= order.refunded_after <= order.refunded <= order.received
    assert all((row.missing == 0) == (row.completed_at is not None) for row in trade.instalments)
    assert order.landed == any(row.amount > row.returned for row in trade.receipts)
    if trade.instalments:
        assert sum(row.amount for row in trade.instalments) == order.total
        first, every = trade.instalments[0], trade.instalments
        assert (order.first_paid_at is not None) == (first.missing == 0)
        assert (order.fully_paid_at is not None) == all(row.missing == 0 for row in every)
    if order.status in (Status.COMPLETED, Status.CLOSED):
        assert order.quota_occupied == 0


def events_count_the_versions(trade: Trade) -> None:
    """ORD-13: every version of the order is an event, without a gap, and no change of status is left untold."""
    assert [event.version for event in trade.happenings] == list(range(1, trade.order.version + 1))
    assert all(getattr(trade.order, name) == before for name, before in trade.untold.items())


def clocks_fit_the_status(trade: Trade) -> None:
    """Section 14: which clocks may run in which state, and never two of a kind."""
    # a coupon's clocks are its own, and what is due on another order waits for that one's lock
    running = [d for d in trade.deadlines if d.status is DeadlineStatus.RUNNING and d.order_id == trade.order.id]
    assert len({(row.kind, row.about) for row in running}) == len(running)
    state = state_of(trade.order.status, trade.order.awaiting)
    kinds = Counter(row.kind for row in running)
    assert kinds[DeadlineKind.AUTO_RECEIPT] == (state is State.DISPATCHED and trade.dispute is None)
    silent = trade.dispute is not None and trade.dispute.status is not DisputeStatus.ESCALATED
    assert kinds[DeadlineKind.DISPUTE_SILENCE] == silent
    lapsed = [row for row in trade.deadlines if row.status is DeadlineStatus.LAPSED]
    overdue = [row for row in lapsed if row.kind is DeadlineKind.DISPATCH]
    if state in (State.DISPATCH, State.PARTLY):
        assert kinds[DeadlineKind.DISPATCH] + len(overdue) == 1
    else:
        assert not kinds[DeadlineKind.DISPATCH]
    assert [row.due_at for row in overdue] == ([trade.order.overdue_at] if trade.order.overdue_at else [])
    waiting = {str(row.id) for row in trade.receipts if row.unassociated}
    told = {row.about for row in (*running, *lapsed) if row.kind is DeadlineKind.TRANSFER_WAITING}
    assert waiting <= told
    assert all(row.due_at.microsecond == 0 for row in trade.deadlines)
    going = (DeadlineStatus.RUNNING, DeadlineStatus.WAITING)
    assert all((row.settled_at is None) == (row.status in going) for row in trade.deadlines)
    if state is State.CLOSED:
        # what its coupon's use means for the seller is still reckoned
        assert set(kinds) <= {DeadlineKind.RECOVERY}
