"""What dispatching orders now would make of the rate (DSK-4)."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from app.domain.punctuality import Promise
from app.domain.supposing import Effect, Facts, Supposed, effect, horizon, supposed
from tests.domain.build import POLICY, SECOND
from tests.domain.test_calendar import wall

NOW = wall("2024-08-15T10:00:00")
PAST, SOON, LATER = (wall(f"2024-08-{day}T23:59:59") for day in (14, 15, 17))
MICROSECOND = timedelta(microseconds=1)


def facts(
    due: datetime | None, dispatched: datetime | None = None, closed: datetime | None = None, waived: bool = False
) -> Facts:
    """An order's facts."""
    return Facts(UUID(int=1), due, dispatched, closed, waived)


def alike(due: datetime, kept: int, late: int) -> list[Promise]:
    """So many other orders, kept and not dispatched."""
    return [Promise(due, True, False, False, kept), Promise(due, False, False, False, late)]


def of(others: list[Promise], *chosen: Facts) -> Supposed:
    """What is supposed of some orders among others."""
    return supposed(others, chosen, POLICY.calendar, POLICY.dispatch_rate_days, NOW)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (facts(SOON), Effect.IN_TIME),
        (facts(NOW - SECOND + MICROSECOND), Effect.IN_TIME),
        (facts(NOW - SECOND), Effect.TOO_LATE),
        (facts(PAST), Effect.TOO_LATE),
        (facts(PAST, closed=NOW), Effect.TOO_LATE),
        (facts(SOON, dispatched=PAST), Effect.DISPATCHED),
        (facts(PAST, dispatched=NOW), Effect.DISPATCHED),
        (facts(SOON, closed=PAST), Effect.LEFT_OUT),
        (facts(PAST, waived=True), Effect.LEFT_OUT),
        (facts(None), Effect.NO_DEADLINE),
    ],
)
def test_what_dispatching_an_order_now_would_do(order: Facts, expected: Effect) -> None:
    """DSK-4: in time to the deadline's last second; whose deadline has passed stays late."""
    assert effect(order, NOW) is expected


def test_what_is_in_time_counts_from_its_deadline_on() -> None:
    """DSK-4: the rate of now stays; the rate of then has them kept, or late if nobody dispatches them."""
    found = of(alike(PAST, 24, 1), facts(SOON), facts(SOON), facts(LATER))
    assert (found.now.kept, found.now.due) == (24, 25)
    assert found.at == LATER + SECOND
    assert (found.then.kept, found.then.due, found.then.share) == (27, 28, Decimal("0.9643"))
    assert (found.otherwise.kept, found.otherwise.due) == (24, 28)
    assert found.effects == (Effect.IN_TIME,) * 3


def test_an_order_that_is_late_stays_late() -> None:
    """DSK-4: dispatching it changes neither the rate of now nor that of then."""
    found = of(alike(PAST, 3, 0), facts(PAST))
    assert found.at == NOW
    assert found.now == found.then == found.otherwise
    assert (found.now.kept, found.now.due) == (3, 4)


def test_what_nobody_names_stays_as_it_is() -> None:
    """DSK-4: another order that falls due until then counts as it stands: dispatched, or late."""
    found = of(alike(SOON, 1, 2), facts(LATER))
    assert (found.now.kept, found.now.due) == (0, 0)
    assert (found.then.kept, found.then.due) == (2, 4)
    assert (found.otherwise.kept, found.otherwise.due) == (1, 4)


def test_the_window_moves_on_until_then() -> None:
    """DSK-4: what is 30 days past by then counts no more."""
    old = wall("2024-07-17T12:00:00")
    found = of(alike(old, 5, 5), facts(LATER))
    assert (found.now.kept, found.now.due) == (5, 10)
    assert (found.then.kept, found.then.due) == (1, 1)


def test_what_changes_nothing_is_not_waited_for() -> None:
    """DSK-4: only orders that would be in time say when the rate of then is."""
    assert horizon([facts(None), facts(LATER, waived=True), facts(LATER, dispatched=PAST)], NOW) == NOW
    assert horizon([facts(SOON), facts(LATER, closed=PAST)], NOW) == SOON + SECOND
