"""What a late seller owes: what was used of a coupon, no more and no less, and what they are told of it."""

from decimal import Decimal

from app.domain import funds
from app.domain.happenings import EventKind
from app.domain.lifecycle import Who
from app.domain.remedies import RecoveryStatus
from app.domain.trade import Trade
from tests.domain.build import DAY, HOUR, SECOND, START, act, associate, last_receipt, one_line, pay, terms, transfer
from tests.domain.promising import compensated, coupon, paid_with, reckoned, using
from tests.domain.test_remedies import received


def owed(trade: Trade) -> list[tuple[RecoveryStatus, int]]:
    """What the seller owed at any time, and what became of it."""
    return [(row.status, row.amount) for row in trade.recoveries]


def in_two_shares(late: Trade) -> Trade:
    """An order whose deposit of 20.00 the coupon pays alone, and 10.00 of its balance."""
    return using(coupon(late), terms(deposit=Decimal("20.00"), store_coupon=Decimal(0)))


def test_only_what_was_used_is_owed() -> None:
    """COU-4: of a coupon of 100.00 that paid an order of 60.00, 60.00 are recovered; the rest is nobody's."""
    late = compensated(one_line("1000.00"))
    assert coupon(late).amount == 100_00
    assert owed(reckoned(late, using(coupon(late), one_line("60.00")))) == [(RecoveryStatus.OWED, 60_00)]


def test_a_further_share_is_owed_in_addition() -> None:
    """COU-4: the first instalment used 20.00, the second 10.00 more."""
    late = compensated()
    user = in_two_shares(late)
    first = reckoned(late, user)
    assert owed(first) == [(RecoveryStatus.OWED, 20_00)]
    both = reckoned(first, pay(user, at=START + HOUR), START + HOUR + 2 * SECOND)
    assert owed(both) == [(RecoveryStatus.OWED, 20_00), (RecoveryStatus.OWED, 10_00)]


def test_a_share_taken_back_reverses_what_stood() -> None:
    """COU-4: less was used than stands owed, so what stood is reversed and the rest owed anew."""
    late = compensated()
    whole = associate(transfer(in_two_shares(late)))
    late = reckoned(late, whole)
    assert sum(row.owed for row in late.recoveries) == 30_00
    back = funds.undo_association(whole, act(Who.OPERATOR, START + HOUR), last_receipt(whole).id)
    late = reckoned(late, back, START + HOUR + 2 * SECOND)
    assert owed(late)[-1] == (RecoveryStatus.OWED, 20_00)
    assert {status for status, _ in owed(late)[:-1]} == {RecoveryStatus.REVERSED}


def test_the_seller_is_told_from_where_and_never_where_it_was_used() -> None:
    """COU-5: what was collected names the order it came from; no event of the late order names the other one."""
    late = compensated()
    user = paid_with(coupon(late))
    late = received(reckoned(late, user, has=0), START + DAY)
    assert [(row.order_id, row.amount) for row in late.collections] == [(late.order.id, 30_00)]
    told = [event for event in late.happenings if event.kind in (EventKind.RECOVERY_OWED, EventKind.RECOVERY_COLLECTED)]
    assert [sorted(event.facts) for event in told] == [["amount", "cause", "recovery"]] * 2
    assert not [value for event in late.happenings for value in event.facts.values() if user.order.id.hex in value]
