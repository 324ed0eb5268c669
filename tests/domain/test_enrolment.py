"""Enrolment: joining, leaving and their dates (ENR-1, ENR-2), what is covered, and what late dispatch costs (ENR-3)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import enrolment, funds, orders
from app.domain.enrolment import Enrolment
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.lifecycle import Who
from app.domain.records import DeadlineKind, DeadlineStatus, GuaranteeMethod, Seller, ServiceStatus
from app.domain.trade import Trade
from tests.domain.build import (
    DAY,
    HOUR,
    POLICY,
    SECOND,
    SELLER,
    START,
    act,
    answer,
    answered_request,
    associate,
    confirmed,
    later,
    one_line,
    paid,
    propose,
    requested,
    submitted,
    transfer,
)

MICROSECOND = timedelta(microseconds=1)
LA = ZoneInfo("America/Los_Angeles")
EXIT, REJOIN = DeadlineKind.EXIT_ALLOWED, DeadlineKind.REJOIN_ALLOWED
NEVER = Enrolment(SELLER)
ENROLLED = replace(SELLER, enrolled_at=START - 40 * DAY)


def joined(at: datetime = START, before: Enrolment = NEVER) -> Enrolment:
    """A seller who joined at an instant."""
    return enrolment.join(before, act(Who.OWNER, at), POLICY)


def left(at: datetime, before: Enrolment) -> Enrolment:
    """The seller after leaving at an instant, what had come by then settled first."""
    return enrolment.leave(enrolment.settle(before, act(Who.TIME, at)), act(Who.OWNER, at), POLICY)


def rejoined(at: datetime, before: Enrolment) -> Enrolment:
    """The seller after joining again at an instant, what had come by then settled first."""
    return joined(at, enrolment.settle(before, act(Who.TIME, at)))


def due(standing: Enrolment, kind: DeadlineKind) -> datetime:
    """The instant a running clock names."""
    clock = standing.clock(kind)
    assert clock is not None
    return clock.due_at


def possible_from(at: datetime, before: Enrolment, step: str) -> str:
    """From which date a refusal says that leaving or joining will be possible."""
    with pytest.raises(Refusal) as refused:
        (left if step == "leave" else rejoined)(at, before)
    assert refused.value.code is ErrorCode.ENROLMENT_NOT_POSSIBLE
    assert refused.value.params["date"] in refused.value.message
    return refused.value.params["date"]


# --- ENR-1: joining ---------------------------------------------------------------------------------------------


def test_joining_starts_the_promise_and_a_clock() -> None:
    """ENR-1, ENR-2: the seller is covered from that instant, and hears from when on leaving is possible."""
    after = joined()
    assert (after.seller.enrolled_at, after.seller.left_at, after.seller.version) == (START, None, SELLER.version + 1)
    (event,) = after.happenings
    assert (event.kind, event.version, event.due_at) == (EventKind.ENROLMENT_JOINED, 2, due(after, EXIT))
    assert (event.seller_id, event.buyer_id) == (SELLER.id, None)
    clock = after.clock(EXIT)
    assert clock is not None
    assert (clock.seller_id, clock.order_id, clock.rule) == (SELLER.id, None, "ENR-2")
    assert clock.inputs == {"start": START.isoformat(), "days": "30", "zone": "America/Los_Angeles"}


@pytest.mark.parametrize("service", [ServiceStatus.INACTIVE, ServiceStatus.PENDING])
def test_only_an_active_seller_joins(service: ServiceStatus) -> None:
    """ENR-1, SVC-3: without the service there is nothing to upgrade."""
    with pytest.raises(Refusal) as refused:
        joined(before=Enrolment(replace(SELLER, service=service)))
    assert refused.value.code is ErrorCode.SERVICE_NOT_ACTIVE


def test_nobody_joins_twice_or_leaves_what_they_never_joined() -> None:
    """ENR-1, ENR-2: each step has its side."""
    with pytest.raises(Refusal) as refused:
        joined(START + DAY, joined())
    assert refused.value.code is ErrorCode.STEP_NOT_ALLOWED
    with pytest.raises(Refusal) as refused:
        left(START, NEVER)
    assert refused.value.code is ErrorCode.STEP_NOT_ALLOWED


@pytest.mark.parametrize(
    ("seller", "at", "covered"),
    [
        (SELLER, START, False),
        (replace(SELLER, enrolled_at=START), START - MICROSECOND, False),
        (replace(SELLER, enrolled_at=START), START, True),
        (replace(SELLER, left_at=START), START - MICROSECOND, True),
        (replace(SELLER, left_at=START), START, False),
        (replace(SELLER, enrolled_at=START), None, True),
        (replace(SELLER, left_at=START), None, False),
    ],
)
def test_who_is_covered_when(seller: Seller, at: datetime | None, covered: bool) -> None:
    """ENR-1: from joining on until leaving, to the instant, whoever comes to look later."""
    assert enrolment.covers(seller, at) is covered


# --- ENR-2: the dates -------------------------------------------------------------------------------------------

# An instant on the platform's wall clock, its date + 30, and the first second of that date in UTC
DATES = [
    # within winter, within summer
    (datetime(2023, 12, 1, 12, 0, tzinfo=LA), "2023-12-31", datetime(2023, 12, 31, 8, 0, tzinfo=UTC)),
    (datetime(2024, 5, 6, 10, 0, tzinfo=LA), "2024-06-05", datetime(2024, 6, 5, 7, 0, tzinfo=UTC)),
    # the night the clocks go forward, and the day after it
    (datetime(2024, 2, 9, 10, 0, tzinfo=LA), "2024-03-10", datetime(2024, 3, 10, 8, 0, tzinfo=UTC)),
    (datetime(2024, 2, 10, 10, 0, tzinfo=LA), "2024-03-11", datetime(2024, 3, 11, 7, 0, tzinfo=UTC)),
    # the night they go back, and the day after it
    (datetime(2024, 10, 4, 10, 0, tzinfo=LA), "2024-11-03", datetime(2024, 11, 3, 7, 0, tzinfo=UTC)),
    (datetime(2024, 10, 5, 10, 0, tzinfo=LA), "2024-11-04", datetime(2024, 11, 4, 8, 0, tzinfo=UTC)),
    # over 29 February, and on to it
    (datetime(2024, 2, 1, 10, 0, tzinfo=LA), "2024-03-02", datetime(2024, 3, 2, 8, 0, tzinfo=UTC)),
    (datetime(2024, 1, 30, 10, 0, tzinfo=LA), "2024-02-29", datetime(2024, 2, 29, 8, 0, tzinfo=UTC)),
    # the last second of a date and the first of the next
    (datetime(2024, 5, 6, 23, 59, 59, tzinfo=LA), "2024-06-05", datetime(2024, 6, 5, 7, 0, tzinfo=UTC)),
    (datetime(2024, 5, 7, 0, 0, 0, tzinfo=LA), "2024-06-06", datetime(2024, 6, 6, 7, 0, tzinfo=UTC)),
]


@pytest.mark.parametrize(("wall", "day", "first"), DATES)
def test_the_date_of_leaving(wall: datetime, day: str, first: datetime) -> None:
    """ENR-2: 00:00:00 of the date of joining + 30 is the first good second; before it the refusal names the date."""
    enrolled = joined(wall)
    assert due(enrolled, EXIT) == first
    assert possible_from(first - MICROSECOND, enrolled, "leave") == day
    assert possible_from(wall + SECOND, enrolled, "leave") == day
    after = left(first, enrolled)
    assert (after.seller.enrolled_at, after.seller.left_at) == (None, first)


@pytest.mark.parametrize(("wall", "day", "first"), DATES)
def test_the_date_of_rejoining(wall: datetime, day: str, first: datetime) -> None:
    """ENR-2: 00:00:00 of the date of exit + 30 is the first good second; before it the refusal names the date."""
    out = left(wall, joined(wall - 100 * DAY))
    assert due(out, REJOIN) == first
    assert possible_from(first - MICROSECOND, out, "rejoin") == day
    after = rejoined(first, out)
    assert (after.seller.enrolled_at, after.seller.left_at) == (first, None)
    assert due(after, EXIT) > first


def test_a_midnight_that_does_not_exist() -> None:
    """Section 14: where clocks go forward at midnight, the date's first second is the one after the gap."""
    policy = replace(POLICY, zone="America/Santiago")
    enrolled = enrolment.join(NEVER, act(Who.OWNER, datetime(2024, 8, 9, 15, 0, tzinfo=UTC)), policy)
    assert due(enrolled, EXIT) == datetime(2024, 9, 8, 4, 0, tzinfo=UTC)
    assert policy.calendar.date_of(due(enrolled, EXIT)).isoformat() == "2024-09-08"


ZONES = ["America/Los_Angeles", "America/Santiago", "America/Havana", "Asia/Beirut", "Asia/Kathmandu", "UTC"]


@given(
    at=st.integers(0, 37 * 365 * 24 * 3600).map(lambda ahead: datetime(2000, 1, 1, tzinfo=UTC) + ahead * SECOND),
    zone=st.sampled_from(ZONES),
    days=st.integers(1, 365),
)
def test_the_first_good_second_begins_its_date(at: datetime, zone: str, days: int) -> None:
    """ENR-2: wherever and whenever, it lies on the date + so many days, and a second earlier does not."""
    enrolled = enrolment.join(NEVER, act(Who.OWNER, at), replace(POLICY, zone=zone, enrolment_days=days))
    first, here = due(enrolled, EXIT), ZoneInfo(zone)
    assert first.astimezone(here).date() == at.astimezone(here).date() + timedelta(days=days)
    assert (first - SECOND).astimezone(here).date() < first.astimezone(here).date()
    left(first, enrolled)
    with pytest.raises(Refusal):
        left(first - MICROSECOND, enrolled)


def test_the_length_and_the_zone_are_those_of_joining() -> None:
    """ENR-2, FEE-4: later policy moves no clock that runs, nor the date that a refusal names."""
    shorter = replace(POLICY, enrolment_days=5, zone="Asia/Tokyo")
    enrolled = joined()
    with pytest.raises(Refusal) as refused:
        enrolment.leave(enrolled, act(Who.OWNER, START + 10 * DAY), shorter)
    assert refused.value.params["date"] == "2024-06-05"
    assert due(enrolment.join(NEVER, act(Who.OWNER), shorter), EXIT) == datetime(2024, 5, 11, 15, 0, tzinfo=UTC)


def test_what_becomes_possible_is_announced_once() -> None:
    """Section 14: at its own instant, with when it was noticed, and never again."""
    enrolled = joined()
    first = due(enrolled, EXIT)
    assert enrolment.settle(enrolled, act(Who.TIME, first - MICROSECOND)) is enrolled
    late = first + 3 * HOUR
    told = enrolment.settle(enrolled, act(Who.TIME, late))
    event = told.happenings[-1]
    assert (event.kind, event.version) == (EventKind.ENROLMENT_EXIT_ALLOWED, 3)
    assert (event.at, event.due_at, event.detected_at, event.by) == (first, first, late, "TIME")
    assert [clock.status for clock in told.clocks] == [DeadlineStatus.LAPSED]
    assert enrolment.settle(told, act(Who.TIME, late + DAY)) is told
    assert told.seller.enrolled_at == START
    out = left(late, told)
    back = due(out, REJOIN)
    again = enrolment.settle(out, act(Who.TIME, back))
    assert again.happenings[-1].kind is EventKind.ENROLMENT_REJOIN_ALLOWED
    assert again.seller.left_at == late


def test_how_late_an_announcement_is() -> None:
    """Section 18: the lag is from the first good second on, and 0 before it."""
    enrolled = joined()
    first = due(enrolled, EXIT)
    assert enrolment.lag(enrolled, first - SECOND) == timedelta()
    assert enrolment.lag(enrolled, first + 5 * SECOND) == 5 * SECOND
    told = enrolment.settle(enrolled, act(Who.TIME, first))
    assert enrolment.lag(told, first + DAY) == timedelta()


# --- ENR-1: what is covered -------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", list(GuaranteeMethod))
def test_what_an_enrolled_seller_offers_is_covered(method: GuaranteeMethod) -> None:
    """ENR-1: all new orders, guarantee method NONE included; nobody else's."""
    written = one_line("50.00", guarantee_method=method)
    assert submitted(written, seller=ENROLLED).order.dispatch_guaranteed
    assert not submitted(written).order.dispatch_guaranteed


def test_what_was_offered_is_what_is_judged() -> None:
    """ENR-1, ENR-2: joining or leaving between offer, confirmation and payment changes nothing of an order."""
    offered = submitted(seller=ENROLLED)
    outside = replace(offered, seller=replace(SELLER, left_at=START))
    assert orders.confirm(outside, act(Who.BUYER)).order.dispatch_guaranteed
    offered = submitted()
    inside = replace(offered, seller=replace(SELLER, enrolled_at=START))
    assert not orders.confirm(inside, act(Who.BUYER)).order.dispatch_guaranteed


def test_an_offer_of_before_the_instant_of_joining_is_not_covered() -> None:
    """ENR-1: to the microsecond."""
    assert not submitted(seller=replace(SELLER, enrolled_at=START + MICROSECOND)).order.dispatch_guaranteed
    assert submitted(seller=replace(SELLER, enrolled_at=START)).order.dispatch_guaranteed


def with_seller(trade: Trade, seller: Seller) -> Trade:
    """The trade as it is loaded once the seller is another in some respect."""
    return replace(trade, seller=seller)


def test_a_request_is_covered_once_the_seller_completes_it() -> None:
    """ENR-1: the buyer's words are no offer; what the seller completes is, as they then stand."""
    assert not with_seller(requested(), ENROLLED).order.dispatch_guaranteed
    asked = orders.submit(with_seller(at_state_request(), ENROLLED), act(Who.BUYER))
    assert not asked.order.dispatch_guaranteed
    taken_back = orders.revise(answered_request(), act(Who.OWNER))
    completed = orders.submit(with_seller(taken_back, ENROLLED), act(Who.OWNER))
    assert completed.order.dispatch_guaranteed


def at_state_request() -> Trade:
    """A buyer's draft of a request, taken back."""
    return orders.revise(requested(), act(Who.BUYER))


def test_an_offer_taken_back_is_judged_anew() -> None:
    """ENR-1: it promises nothing meanwhile, and then what the seller's standing is."""
    taken_back = orders.revise(submitted(seller=ENROLLED), act(Who.OWNER))
    assert not taken_back.order.dispatch_guaranteed
    assert orders.submit(taken_back, act(Who.OWNER)).order.dispatch_guaranteed
    outside = with_seller(taken_back, replace(SELLER, left_at=START))
    assert not orders.submit(outside, act(Who.OWNER)).order.dispatch_guaranteed


# --- ENR-3: penalty points --------------------------------------------------------------------------------------


def test_late_dispatch_costs_points_outside_the_guarantee() -> None:
    """ENR-3: as many as policy says, once the last good second has passed."""
    policy = replace(POLICY, penalty_points=3)
    order = paid(policy=policy)
    deadline = order.deadline(DeadlineKind.DISPATCH)
    assert deadline is not None
    assert later(order, deadline.due_at).order.penalty_points == 0
    assert later(order, deadline.due_at + SECOND).order.penalty_points == 3


def test_late_dispatch_costs_an_enrolled_seller_no_points() -> None:
    """ENR-3: being enrolled when it turns overdue is what counts, not when it was offered or when it is noticed."""
    order = paid()
    deadline = order.deadline(DeadlineKind.DISPATCH)
    assert deadline is not None
    overdue = deadline.due_at + SECOND
    for seller, points in (
        (ENROLLED, 0),
        (replace(SELLER, enrolled_at=overdue), 0),
        (replace(SELLER, enrolled_at=overdue + MICROSECOND), 1),
        (replace(SELLER, left_at=overdue), 1),
        (replace(SELLER, left_at=overdue + MICROSECOND), 0),
    ):
        found = later(with_seller(order, seller), overdue + 5 * DAY)
        assert found.order.overdue_at == deadline.due_at
        assert found.order.penalty_points == points, seller


def test_an_amendment_that_clears_the_overdue_takes_the_points_back() -> None:
    """ENR-3, ORD-10: nothing is late under the new term, until that has passed as well."""
    order = paid()
    deadline = order.deadline(DeadlineKind.DISPATCH)
    assert deadline is not None
    late = deadline.due_at + HOUR
    amended = answer(propose(later(order, late), late, dispatch_days=20), late)
    assert (amended.order.overdue_at, amended.order.penalty_points) == (None, 0)
    moved = amended.deadline(DeadlineKind.DISPATCH)
    assert moved is not None
    assert later(amended, moved.due_at + SECOND).order.penalty_points == 1


def test_money_that_goes_back_takes_the_points_back() -> None:
    """ENR-3, PAY-7: without the money there is no clock, and without the clock nothing is overdue."""
    order = associate(transfer(confirmed(one_line("50.00"))))
    deadline = order.deadline(DeadlineKind.DISPATCH)
    assert deadline is not None
    late = deadline.due_at + HOUR
    found = later(order, late)
    assert found.order.penalty_points == 1
    undone = funds.undo_association(found, act(Who.OPERATOR, late), found.receipts[-1].id)
    assert (undone.order.overdue_at, undone.order.penalty_points) == (None, 0)
