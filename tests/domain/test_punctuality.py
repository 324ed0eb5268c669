"""The rate of promises kept: which count, from when on and how long, and which are left out (DSK-4, DSK-5)."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from app.domain.calendar import Calendar
from app.domain.punctuality import Outcome, Promise, Rate, counts, outcome, promise_of, rate, ratio, since
from tests.domain.build import POLICY, SECOND
from tests.domain.test_calendar import wall

MICROSECOND = timedelta(microseconds=1)
DUE = wall("2024-07-31T23:59:59")
NOW = wall("2024-08-15T10:00:00")
CALENDAR = POLICY.calendar


def of(*promises: Promise, now: datetime = NOW, days: int = 30) -> Rate:
    """The rate of promises."""
    return rate(promises, CALENDAR, days, now)


def done(at: datetime | None, due: datetime = DUE, closed: datetime | None = None, waived: bool = False) -> Promise:
    """The promise of an order that was dispatched in full at an instant."""
    return promise_of(due, at, closed, waived)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (DUE - timedelta(days=3), Outcome.KEPT),
        (DUE, Outcome.KEPT),
        (DUE + SECOND - MICROSECOND, Outcome.KEPT),
        (DUE + SECOND, Outcome.LATE),
        (None, Outcome.LATE),
    ],
)
def test_dispatched_in_full_by_the_deadline_is_kept(at: datetime | None, expected: Outcome) -> None:
    """DSK-4, section 14: to the end of the deadline's last good second; not dispatched at all is late."""
    assert outcome(done(at), NOW) is expected
    assert of(done(at)).kept == (expected is Outcome.KEPT)
    assert of(done(at)).due == 1


@pytest.mark.parametrize(("now", "due"), [(DUE + SECOND - MICROSECOND, 0), (DUE + SECOND, 1)])
def test_an_order_counts_from_its_deadline_on(now: datetime, due: int) -> None:
    """DSK-4: before its deadline has fallen it does not count, dispatched or not."""
    for promise in (done(None), done(DUE - timedelta(days=2))):
        assert of(promise, now=now).due == due
        assert (outcome(promise, now) is Outcome.PENDING) is not bool(due)


@pytest.mark.parametrize(("now", "due"), [(wall("2024-08-30T23:59:59"), 1), (wall("2024-08-31T00:00:00"), 0)])
def test_an_order_counts_for_thirty_days(now: datetime, due: int) -> None:
    """DSK-4: a deadline of exactly 30 days ago is the last that counts."""
    assert of(done(None), now=now).due == due
    assert counts(done(None), since(CALENDAR, 30, now), now) is bool(due)


def test_a_day_back_is_a_day_of_the_calendar() -> None:
    """DSK-4, section 14: the same wall-clock time, whatever the clocks did meanwhile."""
    # between these the clocks went forward by an hour
    assert since(CALENDAR, 30, wall("2024-04-08T09:00:00")) == wall("2024-03-09T09:00:00")
    assert wall("2024-04-08T09:00:00") - wall("2024-03-09T09:00:00") == timedelta(days=30) - timedelta(hours=1)


@pytest.mark.parametrize(
    ("closed", "waived", "expected"),
    [
        (DUE - timedelta(days=1), False, Outcome.CLOSED_BEFORE),
        (DUE + SECOND - MICROSECOND, False, Outcome.CLOSED_BEFORE),
        (DUE + SECOND, False, Outcome.LATE),
        (None, True, Outcome.WAIVED),
        (DUE, True, Outcome.CLOSED_BEFORE),
    ],
)
def test_closed_before_its_deadline_or_waived_is_left_out(
    closed: datetime | None, waived: bool, expected: Outcome
) -> None:
    """DSK-4: neither kept nor late; one that closed after its deadline stays what it was."""
    promise = done(None, closed=closed, waived=waived)
    assert outcome(promise, NOW) is expected
    assert of(promise).due == (expected is Outcome.LATE)


def test_a_waived_order_is_left_out_dispatched_in_time_or_not() -> None:
    """DSK-4, ENR-3: a waiver takes an order out of both numbers."""
    assert of(done(DUE, waived=True), done(None, waived=True), done(DUE)) == Rate(1, 1, since(CALENDAR, 30, NOW))


def test_none_due_is_no_rate() -> None:
    """DSK-4: without an order that fell due there is no rate, not 100 %."""
    assert of().share is None
    assert of(done(DUE, waived=True)).share is None
    assert of(done(DUE)).share == Decimal(1)
    assert of(done(None)).share == Decimal(0)


@pytest.mark.parametrize(
    ("kept", "due", "share"),
    [(27, 28, "0.9643"), (2, 3, "0.6667"), (1, 3, "0.3333"), (1, 8, "0.1250"), (1, 16, "0.0625")],
)
def test_a_rate_is_told_to_four_places(kept: int, due: int, share: str) -> None:
    """DSK-4: rounded half up, beside the numbers that it is exactly."""
    promises = (Promise(DUE, True, False, False, kept), Promise(DUE, False, False, False, due - kept))
    found = of(*promises)
    assert (found.kept, found.due, str(found.share)) == (kept, due, share)


def test_half_a_place_is_rounded_up() -> None:
    """DSK-4: 1 of 32 is 0.03125."""
    assert ratio(1, 32) == Decimal("0.0313")


def test_the_first_policy() -> None:
    """DSK-4, DSK-5: thirty days, ninety days, ten promises."""
    named = (POLICY.dispatch_rate_days, POLICY.delivery_ranking_days, POLICY.delivery_ranking_least)
    assert named == (30, 90, 10)


def test_the_window_goes_by_policy() -> None:
    """DSK-4: of other days other orders count."""
    promises = [done(None, due=NOW - timedelta(days=days)) for days in (1, 5, 9)]
    assert [of(*promises, days=days).due for days in (1, 4, 5, 9, 30)] == [1, 1, 2, 3, 3]
    assert rate(promises, Calendar("Asia/Shanghai"), 5, NOW).due == 2
