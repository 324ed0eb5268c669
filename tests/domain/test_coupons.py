"""Platform coupons: when they are good, what they take off, the clocks that wait for them, and the days to pay."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from app.domain import coupons, disputes, funds, orders
from app.domain.coupons import Issued
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.lifecycle import Who
from app.domain.records import CloseReason, Deadline, DeadlineKind, DeadlineStatus, DispatchTerm, PaymentTerms, Status
from app.domain.remedies import Coupon, CouponStatus, DisputeOutcome, DisputeReason
from app.domain.trade import Trade
from tests.domain import build, disputing
from tests.domain.build import (
    BUYER_ID,
    DAY,
    HOUR,
    SECOND,
    START,
    act,
    answer,
    associate,
    confirmed,
    last_receipt,
    later,
    one_line,
    pay,
    propose,
    terms,
    transfer,
)
from tests.domain.promising import books, compensated, coupon, due, in_hand, paid_with, using

JUST_IN_TIME = SECOND - timedelta(microseconds=1)
# Issued on the 6th of May 2024 at 10:00 in Los Angeles: 90 days later is the 4th of August, whose end is this
EXPIRES = datetime(2024, 8, 5, 6, 59, 59, tzinfo=UTC)


def issued(amount: int = 30_00) -> Coupon:
    """A coupon that is worth so much."""
    return replace(coupon(compensated()), amount=amount)


def refused(code: ErrorCode, take: Callable[[], object]) -> Refusal:
    """The refusal of an act, which is of this code."""
    with pytest.raises(Refusal) as found:
        take()
    assert found.value.code is code
    return found.value


def kinds(trade: Trade) -> list[EventKind]:
    """What has happened to the coupons of an order."""
    return [event.kind for _, event in trade.coupon_happenings]


def clocks(trade: Trade) -> tuple[Deadline, ...]:
    """The clocks of the coupon that an order issued."""
    return tuple(row for row in trade.deadlines if row.coupon_id is not None)


# --- when it is good --------------------------------------------------------------------------------------------


def test_it_is_good_until_the_end_of_day_90_to_the_second() -> None:
    """COU-1, section 14, section 18: on day 90 it can be applied, on day 91 it cannot."""
    given = issued()
    assert given.expires_at == EXPIRES
    assert in_hand(using(given, at=EXPIRES + JUST_IN_TIME)).status is CouponStatus.RESERVED
    refused(ErrorCode.COUPON_EXPIRED, lambda: using(given, at=EXPIRES + SECOND))


def test_it_is_warned_of_and_expires_by_clocks_of_its_own() -> None:
    """COU-2, section 14: announced 7 days before, once, then expired; each told at the instant it is due."""
    trade = compensated()
    before = Issued(coupon(trade), clocks(trade))
    warned_at = EXPIRES - 7 * DAY
    assert coupons.settle(before, act(Who.TIME, warned_at + JUST_IN_TIME)) == before
    warned = coupons.settle(before, act(Who.TIME, warned_at + SECOND))
    assert [event.kind for event in warned.happenings] == [EventKind.COUPON_EXPIRING]
    assert warned.coupon.status is CouponStatus.AVAILABLE
    assert coupons.settle(warned, act(Who.TIME, EXPIRES + JUST_IN_TIME)) == warned
    over = coupons.settle(before, act(Who.TIME, EXPIRES + DAY))
    assert [event.kind for event in over.happenings] == [EventKind.COUPON_EXPIRING, EventKind.COUPON_EXPIRED]
    assert [event.at for event in over.happenings] == [warned_at + SECOND, EXPIRES + SECOND]
    assert (over.coupon.status, over.coupon.version) == (CouponStatus.EXPIRED, before.coupon.version + 2)
    assert coupons.settle(over, act(Who.TIME, EXPIRES + 2 * DAY)) == over


@pytest.mark.parametrize("status", [CouponStatus.RESERVED, CouponStatus.USED, CouponStatus.REVOKED])
def test_one_that_is_not_available_neither_warns_nor_expires(status: CouponStatus) -> None:
    """Section 14: reserved in time it does not expire."""
    trade = compensated()
    over = coupons.settle(Issued(replace(coupon(trade), status=status), clocks(trade)), act(Who.TIME, EXPIRES + DAY))
    assert (over.coupon.status, over.happenings) == (status, ())
    assert {clock.status for clock in over.clocks} == {DeadlineStatus.LAPSED}


def test_given_back_after_its_time_it_is_expired_at_once() -> None:
    """PAY-9, section 14: a full refund within the last good second returns it, one second later it does not."""
    user = paid_with(issued())
    for at, status, told in (
        (EXPIRES + JUST_IN_TIME, CouponStatus.AVAILABLE, EventKind.COUPON_GIVEN_BACK),
        (EXPIRES + SECOND, CouponStatus.EXPIRED, EventKind.COUPON_EXPIRED),
    ):
        back = disputing.refunded(user, at)
        assert (in_hand(back).status, kinds(back)[-1]) == (status, told)
        assert (in_hand(back).reserved_order_id, in_hand(back).used_at) == (None, None)


def test_given_back_by_a_lapse_that_is_seen_after_its_time_it_expires_when_that_ran_out() -> None:
    """ORD-11, section 14: its own clock may have run out while it was reserved, and then nobody comes again for it."""
    user = using(issued())
    for seen, told in (
        (EXPIRES + JUST_IN_TIME, [EventKind.COUPON_GIVEN_BACK]),
        (EXPIRES + SECOND, [EventKind.COUPON_GIVEN_BACK, EventKind.COUPON_EXPIRED]),
    ):
        late = later(user, seen)
        events = [event for _, event in late.coupon_happenings[-len(told) :]]
        assert (late.order.close_reason, [event.kind for event in events]) == (CloseReason.UNPAID, told)
        assert events[0].at < EXPIRES - DAY
    assert (in_hand(late).status, events[-1].at) == (CouponStatus.EXPIRED, EXPIRES + SECOND)


def test_cancelling_gives_it_back() -> None:
    """ORD-11: until money has landed."""
    trade = orders.cancel(using(issued()), act(Who.BUYER), "Ordered twice.")
    assert (in_hand(trade).status, kinds(trade)[-1]) == (CouponStatus.AVAILABLE, EventKind.COUPON_GIVEN_BACK)


@pytest.mark.parametrize("status", [CouponStatus.RESERVED, CouponStatus.USED, CouponStatus.REVOKED])
def test_it_is_good_for_one_order(status: CouponStatus) -> None:
    """COU-1, COU-3: whoever comes second is told."""
    refusal = refused(ErrorCode.COUPON_NOT_AVAILABLE, lambda: using(replace(issued(), status=status)))
    assert refusal.params == {"status": str(status)}


def test_somebody_else_s_coupon_does_not_exist() -> None:
    """Section 13: it is its owner's own."""
    refused(ErrorCode.NOT_FOUND, lambda: using(replace(issued(), buyer_id=UUID(int=7))))
    offered = build.submitted()
    refused(ErrorCode.NOT_FOUND, lambda: orders.confirm(offered, act(Who.BUYER), UUID(int=7)))


def test_it_is_for_orders_in_dollars() -> None:
    """COU-1: in USD, for orders in USD."""
    refusal = refused(ErrorCode.COUPON_CURRENCY, lambda: using(issued(), one_line("551.23", "EUR")))
    assert refusal.params == {"currency": "USD"}


def test_it_can_be_used_with_the_late_seller_too() -> None:
    """COU-1: on any assured order with any seller."""
    trade = using(issued(), seller=build.SELLER)
    assert (trade.order.coupon, trade.order.buyer_id) == (30_00, BUYER_ID)


# --- what it takes off ------------------------------------------------------------------------------------------


def test_it_stacks_with_the_store_coupon() -> None:
    """COU-2: the seller's lowers the agreed total, the platform's what is payable."""
    trade = using(issued(), one_line("600.00", store_coupon=Decimal("48.77")))
    assert (trade.order.total, trade.order.coupon, trade.instalments[0].missing) == (551_23, 30_00, 521_23)


def test_larger_than_the_first_instalment_it_pays_that_and_some_of_the_next() -> None:
    """PAY-5, section 18: a deposit of 20.00 is complete at confirmation, without a receipt, and the clocks start."""
    trade = using(issued(), terms(deposit=Decimal("20.00"), store_coupon=Decimal(0)))
    assert [(row.coupon, row.missing) for row in trade.instalments] == [(20_00, 0), (10_00, 551_23 - 30_00)]
    assert (trade.order.status, trade.order.first_paid_at, trade.receipts) == (Status.PENDING_DISPATCH, START, ())
    assert due(trade) > START
    assert books(trade) == {"subsidy": -20_00, "escrow": 20_00}
    assert (in_hand(trade).status, in_hand(trade).used) == (CouponStatus.USED, 20_00)
    whole = pay(trade)
    assert books(whole) == {"world": 30_00 - 551_23, "subsidy": -30_00, "escrow": 551_23}
    assert (in_hand(whole).used, in_hand(whole).used_at) == (30_00, START)


def test_larger_than_the_order_it_pays_all_of_it_and_the_rest_is_forfeited() -> None:
    """COU-1, PAY-5, section 18: payable 0 is complete at confirmation; only what was used is recovered."""
    trade = using(issued(100_00), one_line("60.00", dispatch_term=DispatchTerm.DAYS_AFTER_FULL_PAYMENT))
    assert (trade.order.coupon, trade.order.received, trade.order.fully_paid_at) == (60_00, 0, START)
    assert (trade.order.status, books(trade)) == (Status.PENDING_DISPATCH, {"subsidy": -60_00, "escrow": 60_00})
    assert in_hand(trade).used == 60_00
    assert [row for row in trade.deadlines if row.kind is DeadlineKind.RECOVERY]
    assert not [row for row in trade.deadlines if row.kind is DeadlineKind.UNPAID_DISCOUNT and not row.settled_at]


def test_an_order_paid_by_its_coupon_alone_can_be_refunded() -> None:
    """PAY-9: the buyer gets the coupon back, and nobody any money."""
    trade = using(issued(100_00), one_line("60.00"))
    trade = disputes.apply_for_refund(trade, act(Who.BUYER), DisputeReason.QUALITY, None, "Brittle.")
    trade = disputing.decided(disputing.escalated(trade), None)
    assert (trade.order.status, books(trade)) == (Status.CLOSED, {})
    assert (in_hand(trade).status, in_hand(trade).used) == (CouponStatus.AVAILABLE, 0)


def test_an_amended_total_takes_another_part_of_it() -> None:
    """ORD-10, PAY-5: of a smaller total less is due; one that the coupon pays alone is complete as it is confirmed."""
    trade = using(issued(100_00))
    smaller = answer(propose(trade, items=(build.line("120.00"),)))
    assert (smaller.order.coupon, smaller.instalments[0].missing) == (100_00, 20_00)
    least = answer(propose(trade, items=(build.line("60.00"),)))
    assert (least.order.coupon, least.order.status) == (60_00, Status.PENDING_DISPATCH)
    assert books(least) == {"subsidy": -60_00, "escrow": 60_00}


def test_an_undone_association_takes_the_coupon_s_share_back() -> None:
    """PAY-7: the money waits again, the platform's share returns, and the coupon is reserved as before."""
    trade = associate(transfer(using(issued()), 521_23))
    trade = funds.undo_association(trade, act(Who.OPERATOR), last_receipt(trade).id)
    assert books(trade) == {"world": -521_23, "unassociated": 521_23}
    assert (in_hand(trade).status, in_hand(trade).used, trade.order.coupon_posted) == (CouponStatus.RESERVED, 0, 0)
    again = associate(trade)
    assert books(again) == {"world": -521_23, "subsidy": -30_00, "escrow": 551_23}


def test_a_coupon_that_still_pays_another_instalment_stays_used() -> None:
    """PAY-5, PAY-7: of two shares the second is taken back; its last event says what it is used for now."""
    written = one_line(
        "300.00",
        payment_terms=PaymentTerms.DEPOSIT_BALANCE,
        deposit=Decimal("10.00"),
        dispatch_term=DispatchTerm.DAYS_AFTER_FULL_PAYMENT,
    )
    trade = associate(transfer(using(issued(), written), 270_00))
    assert (in_hand(trade).status, in_hand(trade).used) == (CouponStatus.USED, 30_00)
    trade = funds.undo_association(trade, act(Who.OPERATOR), last_receipt(trade).id)
    assert (in_hand(trade).status, in_hand(trade).used) == (CouponStatus.USED, 10_00)
    told = [(event.kind, event.facts["amount"]) for _, event in trade.coupon_happenings[-3:]]
    assert told == [(EventKind.COUPON_USED, f"{amount} USD") for amount in ("10.00", "30.00", "10.00")]


# --- money that does not count ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: pay(disputing.refunded(paid_with(issued())), 521_23),
        lambda: pay(build.submitted(), 100),
        lambda: pay(paid_with(issued()), 100),
        lambda: pay(using(issued()), 521_23, currency="EUR"),
    ],
    ids=["after CLOSED", "before confirmation", "in excess", "another currency"],
)
def test_money_that_does_not_count_is_held(make: Callable[[], Trade]) -> None:
    """PAY-6, section 18: never absorbed, never refused; it posts no coupon."""
    trade = make()
    receipt = last_receipt(trade)
    assert (receipt.held, receipt.counted) == (receipt.amount, 0)
    assert books(trade)["held"] == receipt.amount
    assert books(trade).get("subsidy", 0) in (0, -30_00)


# --- the days to pay --------------------------------------------------------------------------------------------


def discount_clock(trade: Trade) -> Deadline:
    """The clock of a discounted order, whatever became of it."""
    (row,) = [row for row in trade.deadlines if row.kind is DeadlineKind.UNPAID_DISCOUNT]
    return row


@pytest.mark.parametrize(
    "make", [lambda: using(issued()), lambda: confirmed(one_line("99.00", store_coupon=Decimal(9)))]
)
def test_seven_days_to_pay_to_the_second(make: Callable[[], Trade]) -> None:
    """ORD-11, section 18: paid within the last good second it stands, one second later it is cancelled."""
    trade = make()
    end = discount_clock(trade).due_at
    assert end == START + 7 * DAY
    paid = pay(later(trade, end + JUST_IN_TIME), at=end + JUST_IN_TIME)
    assert (paid.order.status, discount_clock(paid).status) == (Status.PENDING_DISPATCH, DeadlineStatus.MET)
    off = later(trade, end + SECOND)
    assert (off.order.status, off.order.close_reason) == (Status.CLOSED, CloseReason.UNPAID)
    assert all(row.status is CouponStatus.AVAILABLE for row in off.coupons)


def test_only_a_discounted_order_has_days_to_pay() -> None:
    """ORD-11: an order without a discount waits."""
    trade = confirmed(one_line("551.23"))
    assert not [row for row in trade.deadlines if row.kind is DeadlineKind.UNPAID_DISCOUNT]


def test_what_counted_of_an_instalment_goes_back() -> None:
    """ORD-11: a part of the first instalment came in, the days ran out: all of it returns, and the coupon too."""
    trade = later(pay(using(issued()), 100_00), START + 8 * DAY)
    assert (trade.order.status, books(trade), trade.order.refunded) == (Status.CLOSED, {}, 100_00)
    assert in_hand(trade).status is CouponStatus.AVAILABLE


def test_a_dispute_about_a_part_ends_with_the_cancellation() -> None:
    """ORD-11, DSP-2: everything goes back, so nothing is left to argue about."""
    trade = disputing.asked(pay(using(issued()), 100_00))
    trade = later(trade, START + 8 * DAY)
    assert (trade.order.status, trade.dispute) == (Status.CLOSED, None)
    assert (trade.disputes[0].outcome, trade.disputes[0].refunded) == (DisputeOutcome.FULL, 100_00)


def test_the_clock_waits_while_a_transfer_is_not_associated() -> None:
    """ORD-11, section 18: landed with a day to go, associated a month later, a day is left for the rest."""
    trade = transfer(using(issued()), 100_00, START + 6 * DAY)
    assert discount_clock(trade).status is DeadlineStatus.WAITING
    trade = associate(later(trade, START + 30 * DAY), START + 30 * DAY)
    assert (discount_clock(trade).status, discount_clock(trade).due_at) == (
        DeadlineStatus.RUNNING,
        START + 31 * DAY,
    )
    assert later(trade, START + 31 * DAY + SECOND).order.status is Status.CLOSED


def test_it_waits_until_the_last_of_them_is_associated() -> None:
    """ORD-11: of two transfers that landed, one is not enough."""
    trade = transfer(transfer(using(issued()), 100_00), 50_00)
    trade = associate(trade)
    assert discount_clock(trade).status is DeadlineStatus.WAITING
    trade = funds.associate(trade, act(Who.FINANCE), trade.receipts[0].id)
    assert discount_clock(trade).status is DeadlineStatus.RUNNING


def test_it_waits_again_when_an_association_is_undone() -> None:
    """ORD-11, PAY-7: the money is unassociated once more."""
    trade = associate(transfer(using(issued()), 100_00))
    trade = funds.undo_association(trade, act(Who.OPERATOR), last_receipt(trade).id)
    assert discount_clock(trade).status is DeadlineStatus.WAITING
    assert later(trade, START + 30 * DAY).order.status is Status.PENDING_PAYMENT


def test_a_transfer_ahead_of_the_confirmation_makes_it_wait_too() -> None:
    """ORD-11, PAY-6: held since before; refunded to its payer, the clock runs on."""
    trade = using(issued(), before=lambda offered: transfer(offered, 100_00))
    assert discount_clock(trade).status is DeadlineStatus.WAITING
    back = funds.refund_held(trade, act(Who.OPERATOR, START + DAY), last_receipt(trade).id)
    assert (discount_clock(back).status, discount_clock(back).due_at) == (DeadlineStatus.RUNNING, START + 8 * DAY)
    assert discount_clock(associate(trade)).status is DeadlineStatus.RUNNING


def test_an_amendment_that_brings_a_discount_starts_the_days_and_one_without_ends_them() -> None:
    """ORD-10, ORD-11: from the confirmation of the amended terms."""
    trade = confirmed(one_line("551.23"))
    at = START + 2 * DAY
    cheaper = answer(propose(trade, at, store_coupon=Decimal(9)), at)
    assert discount_clock(cheaper).due_at == at + 7 * DAY
    dearer = answer(propose(cheaper, at + HOUR, store_coupon=Decimal(0)), at + HOUR)
    assert discount_clock(dearer).status is DeadlineStatus.VOID
    assert later(dearer, START + 40 * DAY).order.status is Status.PENDING_PAYMENT
