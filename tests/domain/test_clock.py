"""A move of the domain's clock: forward, by whole seconds, and not too far."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.clock import FARTHEST, moved
from app.domain.errors import ErrorCode, Refusal

REAL = datetime(2024, 5, 6, 9, 0, 0, 250_000, UTC)
AHEAD = timedelta(days=3)
NOW = REAL + AHEAD
SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)


def refused(by: int | None, to: datetime | None) -> ErrorCode:
    """The code with which a move is refused."""
    with pytest.raises(Refusal) as refusal:
        moved(AHEAD, REAL, by, to)
    return refusal.value.code


def test_by_seconds() -> None:
    """It adds to what it was moved before."""
    assert moved(AHEAD, REAL, 1, None) == AHEAD + SECOND


@pytest.mark.parametrize("on", [TICK, SECOND - TICK, SECOND, timedelta(days=40, microseconds=1)])
def test_to_an_instant_it_is_reached_and_passed_by_less_than_a_second(on: timedelta) -> None:
    """The offset is whole seconds, so the instant is not always met."""
    after = moved(AHEAD, REAL, None, NOW + on)
    assert after % SECOND == timedelta()
    assert NOW + on <= REAL + after < NOW + on + SECOND


def test_never_back_and_never_nowhere() -> None:
    """Not to the past, not to the present, not by less than a second."""
    assert refused(0, None) is ErrorCode.CLOCK_BACKWARDS
    assert refused(-1, None) is ErrorCode.CLOCK_BACKWARDS
    assert refused(None, NOW) is ErrorCode.CLOCK_BACKWARDS
    assert refused(None, NOW - TICK) is ErrorCode.CLOCK_BACKWARDS
    assert refused(None, REAL) is ErrorCode.CLOCK_BACKWARDS
    assert refused(None, datetime(1000, 1, 1, tzinfo=UTC)) is ErrorCode.CLOCK_BACKWARDS


def test_not_too_far() -> None:
    """Ten years ahead of real time, however many moves it takes."""
    left = (FARTHEST - AHEAD) // SECOND
    assert moved(AHEAD, REAL, left, None) == FARTHEST
    assert refused(left + 1, None) is ErrorCode.OUT_OF_RANGE
    assert moved(AHEAD, REAL, None, REAL + FARTHEST) == FARTHEST
    assert refused(None, REAL + FARTHEST + TICK) is ErrorCode.OUT_OF_RANGE
    assert refused(2**31 - 1, None) is ErrorCode.OUT_OF_RANGE
    assert refused(None, datetime(9998, 12, 31, tzinfo=UTC)) is ErrorCode.OUT_OF_RANGE


def test_one_way_to_say_it() -> None:
    """Neither nothing nor both."""
    assert refused(None, None) is ErrorCode.REQUIRED
    assert refused(1, NOW + SECOND) is ErrorCode.REQUIRED
