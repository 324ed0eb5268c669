"""The platform's calendar: days on its wall clock, ends of days, last good seconds, nights too short or too long."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.calendar import Calendar, in_time, last_good_second

PLATFORM = Calendar("America/Los_Angeles")
ZONES = [
    *("America/Los_Angeles", "UTC", "Asia/Shanghai", "Europe/Berlin", "Asia/Kathmandu", "America/Sao_Paulo"),
    *("Asia/Beirut", "Africa/Cairo", "America/Havana", "Australia/Lord_Howe", "Pacific/Chatham", "America/St_Johns"),
]
DUE = datetime(2021, 3, 27, 6, 59, 59, tzinfo=UTC)

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
instants = st.timedeltas(timedelta(0), timedelta(days=13_500)).map(lambda since: _EPOCH + since)
zones = st.sampled_from(ZONES)
days = st.integers(1, 365)


def wall(text: str, zone: str = "America/Los_Angeles", fold: int = 0) -> datetime:
    """An instant from what the platform's wall clock shows."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("after", "good"),
    [
        (timedelta(days=-1), True),
        (timedelta(0), True),
        (timedelta(microseconds=999_999), True),
        (timedelta(seconds=1), False),
        (timedelta(seconds=1, microseconds=1), False),
    ],
)
def test_the_last_good_second_is_good_to_its_end(after: timedelta, good: bool) -> None:
    """Section 14: something at t is in time when t < dueAt + 1 s."""
    assert in_time(DUE + after, DUE) is good


def test_a_fraction_of_a_second_is_dropped() -> None:
    """Section 14: a computed deadline is a whole second."""
    assert last_good_second(DUE.replace(microsecond=999_999)) == DUE


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        ("2021-03-20T00:00:00", 7, "2021-03-26T23:59:59"),
        ("2021-03-20T00:00:01", 7, "2021-03-27T23:59:59"),
        ("2021-03-20T00:00:00.999999", 7, "2021-03-26T23:59:59"),
        ("2021-03-19T23:59:59", 7, "2021-03-26T23:59:59"),
        ("2021-03-13T12:00:00", 1, "2021-03-14T23:59:59"),
        ("2021-03-14T00:00:00", 1, "2021-03-14T23:59:59"),
        ("2021-11-06T12:00:00", 1, "2021-11-07T23:59:59"),
        ("2021-11-07T00:00:00", 1, "2021-11-07T23:59:59"),
        ("2024-02-28T12:00:00", 1, "2024-02-29T23:59:59"),
        ("2023-02-28T12:00:00", 1, "2023-03-01T23:59:59"),
        ("2024-02-29T12:00:00", 365, "2025-02-28T23:59:59"),
        ("2020-12-31T18:00:00", 1, "2021-01-01T23:59:59"),
    ],
)
def test_within_n_days(start: str, count: int, due: str) -> None:
    """SHP-1: the end of the day of (start + N days - 1 s); midnight and the second after it are a day apart."""
    assert PLATFORM.days_after(wall(start), count) == wall(due)


def test_the_worked_example_in_utc() -> None:
    """SHP-1: T = 2021-03-20 00:00:00 PDT and N = 7 give 2021-03-27 06:59:59 UTC."""
    start = datetime(2021, 3, 20, 7, 0, tzinfo=UTC)
    assert PLATFORM.days_after(start, 7) == DUE
    assert PLATFORM.days_after(start + timedelta(seconds=1), 7) == DUE + timedelta(days=1)


@pytest.mark.parametrize(
    ("start", "count", "then"),
    [
        ("2021-03-13T02:30:00", 1, "2021-03-14T03:30:00"),
        ("2021-03-12T02:30:00", 2, "2021-03-14T03:30:00"),
        ("2021-03-14T03:30:00", 1, "2021-03-15T03:30:00"),
        ("2021-11-06T01:30:00", 1, "2021-11-07T01:30:00"),
        ("2021-11-06T12:00:00", 1, "2021-11-07T12:00:00"),
        ("2023-02-14T10:00:00", 15, "2023-03-01T10:00:00"),
        ("2024-02-14T10:00:00", 15, "2024-02-29T10:00:00"),
        ("2024-02-29T10:00:00", 0, "2024-02-29T10:00:00"),
    ],
)
def test_the_same_wall_clock_time_days_later(start: str, count: int, then: str) -> None:
    """Section 14: a time that does not exist moves on by the gap, one that comes twice is the first."""
    assert PLATFORM.plus_days(wall(start), count) == wall(then)


def test_a_start_in_the_second_of_two_equal_hours() -> None:
    """Section 14: counted from the second 01:30 of one autumn night, the first 01:30 of the next one is meant."""
    start = wall("2021-11-07T01:30:00", fold=1)
    assert start == datetime(2021, 11, 7, 9, 30, tzinfo=UTC)
    assert PLATFORM.plus_days(start, 364) == datetime(2022, 11, 6, 8, 30, tzinfo=UTC)
    assert PLATFORM.plus_days(start, 0) == start


@pytest.mark.parametrize(
    ("day", "hours"), [("2021-03-14", 23), ("2021-11-07", 25), ("2024-02-29", 24), ("2021-12-31", 24)]
)
def test_a_day_has_the_hours_its_clocks_give_it(day: str, hours: int) -> None:
    """Section 14: from one end of a day to the next there are 23 hours in spring and 25 in autumn."""
    here = date.fromisoformat(day)
    before = PLATFORM.end_of(here - timedelta(days=1))
    assert PLATFORM.end_of(here) - before == timedelta(hours=hours)
    assert PLATFORM.date_of(before) == here - timedelta(days=1)
    assert PLATFORM.date_of(before + timedelta(seconds=1)) == here


@given(instants, days, zones)
@example(datetime(2018, 11, 3, 3, 0, tzinfo=UTC), 1, "America/Sao_Paulo")
@example(datetime(2018, 11, 3, 3, 0, 30, tzinfo=UTC), 1, "America/Sao_Paulo")
def test_within_n_days_is_the_end_of_a_day(start: datetime, count: int, zone: str) -> None:
    """SHP-1, section 0: whatever the zone does, what its wall clock showed at the start decides, and UTC is given."""
    shown = start.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    day = (shown + timedelta(days=count) - timedelta(seconds=1)).date()
    due = Calendar(zone).days_after(start, count)
    assert due.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == datetime.combine(day, time(23, 59, 59))
    assert due.tzinfo is UTC
    assert due > start


@given(instants, days, zones, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_more_days_and_later_starts_are_never_earlier(start: datetime, count: int, zone: str, wait: timedelta) -> None:
    """SHP-1: the deadline grows with N, by a day each, and never falls when the money comes later."""
    calendar = Calendar(zone)
    due, next_due = calendar.days_after(start, count), calendar.days_after(start, count + 1)
    assert calendar.date_of(next_due) - calendar.date_of(due) == timedelta(days=1)
    assert due < next_due
    assert calendar.days_after(start + wait, count) >= due


@given(instants, days, zones)
@example(datetime(2021, 11, 7, 9, 30, tzinfo=UTC), 364, "America/Los_Angeles")
def test_days_later_shows_the_same_time_where_there_is_one(start: datetime, count: int, zone: str) -> None:
    """Section 14: t + N days shows t's time, or a gap later; of two equal times it is the first."""
    there = ZoneInfo(zone)
    shown = start.astimezone(there).replace(tzinfo=None) + timedelta(days=count)
    then = Calendar(zone).plus_days(start, count)
    moved = then.astimezone(there).replace(tzinfo=None) - shown
    exists = shown.replace(tzinfo=there).astimezone(UTC).astimezone(there).replace(tzinfo=None) == shown
    assert moved == timedelta(0) if exists else timedelta(0) < moved <= timedelta(hours=1)
    assert then.astimezone(there).fold == 0
