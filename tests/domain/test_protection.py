"""The protection panel (DSP-4): each part through an order's life, with its instants, to the second."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.domain.access import By
from app.domain.protection import Course, Panel, Part, ProtectionState, panel
from tests.domain.build import DAY, SECOND, START

INACTIVE, SOON, ACTIVE, ENDED = ProtectionState
NEVER = Part(INACTIVE)


def day(number: int) -> datetime:
    """So many days after the first."""
    return START + number * DAY


DRAFT = Course(
    confirmed_at=None,
    dispatch_from=None,
    first_dispatched_at=None,
    dispatched_at=None,
    delivery_guaranteed=True,
    delivery_from=None,
    delivered_at=None,
    completed_at=None,
    received_by=None,
    closed_at=None,
    protected_until=None,
    days=None,
)
CONFIRMED = replace(DRAFT, confirmed_at=day(1), days=30)
PAID = replace(CONFIRMED, dispatch_from=day(2), delivery_from=day(2))
PARTLY = replace(PAID, first_dispatched_at=day(3))
DISPATCHED = replace(PARTLY, dispatched_at=day(4))
DELIVERED = replace(DISPATCHED, delivered_at=day(5))
RECEIVED = replace(DELIVERED, completed_at=day(6), received_by=By.BUYER, protected_until=day(36))
# Kept by hand from DSP-4: how each part stands at each stage of an order's life
PAYMENT, OVER = Part(ACTIVE, day(1)), Part(ENDED, day(1), day(6))
LIFE = [
    (DRAFT, day(1), NEVER, NEVER, NEVER, NEVER),
    (CONFIRMED, day(1), PAYMENT, Part(SOON), Part(SOON), Part(SOON)),
    (PAID, day(2), PAYMENT, Part(ACTIVE, day(2)), Part(SOON), Part(ACTIVE, day(2))),
    (PARTLY, day(3), PAYMENT, Part(ACTIVE, day(2)), Part(ACTIVE, day(3)), Part(ACTIVE, day(2))),
    (DISPATCHED, day(4), PAYMENT, Part(ENDED, day(2), day(4)), Part(ACTIVE, day(3)), Part(ACTIVE, day(2))),
    (DELIVERED, day(5), PAYMENT, Part(ENDED, day(2), day(4)), Part(ACTIVE, day(3)), Part(ENDED, day(2), day(5))),
    (RECEIVED, day(6), OVER, Part(ENDED, day(2), day(4)), Part(ACTIVE, day(3)), Part(ENDED, day(2), day(5))),
    (
        RECEIVED,
        day(36) + SECOND,
        OVER,
        Part(ENDED, day(2), day(4)),
        Part(ENDED, day(3), day(36) + SECOND),
        Part(ENDED, day(2), day(5)),
    ),
]


@pytest.mark.parametrize(("course", "now", "payment", "dispatch", "quality", "delivery"), LIFE)
def test_each_part_at_each_stage(
    course: Course, now: datetime, payment: Part, dispatch: Part, quality: Part, delivery: Part
) -> None:
    """DSP-4: payment until release, dispatch until all has left, quality until protection ends, delivery by promise."""
    found = panel(course, now)
    assert (found.payment, found.dispatch, found.quality, found.delivery) == (payment, dispatch, quality, delivery)


@pytest.mark.parametrize("course", [CONFIRMED, PAID, PARTLY, DISPATCHED, DELIVERED, RECEIVED])
def test_delivery_is_protected_where_it_is_guaranteed(course: Course) -> None:
    """DSP-4: without a delivery guarantee its part is inactive all along, and the others are as they are."""
    without = panel(replace(course, delivery_guaranteed=False), day(10))
    assert without.delivery == NEVER
    assert replace(without, delivery=panel(course, day(10)).delivery) == panel(course, day(10))


@pytest.mark.parametrize("course", [CONFIRMED, PAID, PARTLY, DISPATCHED, DELIVERED])
def test_closing_ends_every_part(course: Course) -> None:
    """DSP-4: what had not ended by then ends with the order, begun or not."""
    before, after = panel(course, day(7)), panel(replace(course, closed_at=day(7)), day(8))
    for name in ("payment", "dispatch", "quality", "delivery"):
        was, part = getattr(before, name), getattr(after, name)
        assert part == (was if was.state is ENDED else Part(ENDED, was.active_at, day(7)))
    assert (after.until, after.words) == (None, None)


def test_a_full_refund_after_receipt_ends_quality() -> None:
    """DSP-3, DSP-4: closed within the thirty days, nothing is left to ask for."""
    found = panel(replace(RECEIVED, closed_at=day(9)), day(10))
    assert found.quality == Part(ENDED, day(3), day(9))
    assert found.payment == OVER
    assert found.until is None


def test_protection_ends_when_its_last_good_second_has_run_out() -> None:
    """DSP-4, section 14: in time until then, whether or not a sweep has come by."""
    good = day(36) + timedelta(microseconds=999_999)
    assert panel(RECEIVED, good).quality.state is ACTIVE
    assert panel(RECEIVED, day(36) + SECOND).quality.state is ENDED


def until(found: Panel) -> tuple[datetime | None, str | None]:
    """What is said of the end."""
    return found.until, found.words


def test_protected_until() -> None:
    """DSP-4: before receipt "receipt + 30 days", after it the instant, and nothing where nothing is agreed."""
    assert until(panel(DRAFT, day(1))) == (None, None)
    assert until(panel(DELIVERED, day(5))) == (None, "receipt + 30 days")
    assert until(panel(replace(DELIVERED, days=14), day(5))) == (None, "receipt + 14 days")
    assert until(panel(RECEIVED, day(7))) == until(panel(RECEIVED, day(90))) == (day(36), None)


@pytest.mark.parametrize(("by", "ended"), [(By.BUYER, day(6)), (By.TIME, None)])
def test_the_buyers_word_is_a_delivery_and_times_is_none(by: By, ended: datetime | None) -> None:
    """DLV-5: who confirms receipt has the goods; what time received was perhaps never delivered."""
    received = replace(RECEIVED, delivered_at=None, received_by=by)
    assert panel(received, day(7)).delivery.ended_at == ended
    assert panel(replace(received, delivered_at=day(5)), day(7)).delivery.ended_at == day(5)
