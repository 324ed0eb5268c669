"""Cursors: what they look like, and why one is refused."""

import pytest

from app.db.feed import Bounds, Mark
from app.domain.errors import ErrorCode, Refusal
from app.events import cursors

BOUNDS = Bounds(head=Mark(90, 190), floor=Mark(40, 140), id_there=160)


@pytest.mark.parametrize("mark", [Mark(0, 0), Mark(1, 1), Mark(60, 160), Mark(10**17, 10**18 - 1)])
def test_a_feed_cursor_says_its_place(mark: Mark) -> None:
    assert cursors.parse_feed(cursors.feed_cursor(mark)) == mark


def test_cursors_are_readable() -> None:
    assert cursors.feed_cursor(Mark(60, 160)) == "f.60.160"
    assert cursors.order_cursor(7) == "o.7"
    assert cursors.parse_order("o.7") == 7


WRONG = ["", "f", "f.1", "f.1.", "f.1.2.3", "f.-1.2", "f.+1.2", "f.01.2", "f.1.2 ", " f.1.2", "f.1.2\n", "F.1.2"]
WRONG += ["f.1e3.2", "f.١.٢", "f.1_0.2", "f.9999999999999999999.1", "o.1.2", "x.1", "\x00", "f.1.2" * 1000]


@pytest.mark.parametrize("text", [*WRONG, "o.7"])
def test_what_is_no_feed_cursor_is_invalid(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        cursors.parse_feed(text)
    assert (refused.value.code, refused.value.field) == (ErrorCode.CURSOR_INVALID, ("after",))


@pytest.mark.parametrize("text", [*WRONG, "o", "o.", "o.-1", "o.07", "o.1.2", "o.9999999999999999999", "f.1.2"])
def test_what_is_no_order_cursor_is_invalid(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        cursors.parse_order(text)
    assert refused.value.code is ErrorCode.CURSOR_INVALID


@pytest.mark.parametrize(
    ("mark", "code"),
    [
        (Mark(39, 139), ErrorCode.CURSOR_EXPIRED),
        (Mark(0, 0), ErrorCode.CURSOR_EXPIRED),
        (Mark(60, 161), ErrorCode.CURSOR_UNKNOWN),
        (Mark(60, 0), ErrorCode.CURSOR_UNKNOWN),
        (Mark(91, 160), ErrorCode.CURSOR_UNKNOWN),
    ],
)
def test_a_place_that_is_not_served_is_refused(mark: Mark, code: ErrorCode) -> None:
    with pytest.raises(Refusal) as refused:
        cursors.check_feed(mark, BOUNDS)
    assert refused.value.code is code


def test_places_between_floor_and_head_are_served() -> None:
    cursors.check_feed(Mark(60, 160), BOUNDS)
    cursors.check_feed(Mark(40, 140), BOUNDS._replace(id_there=140))
    cursors.check_feed(Mark(90, 190), BOUNDS._replace(id_there=190))
    cursors.check_feed(Mark(0, 0), Bounds(Mark(0, 0), Mark(0, 0), 0))


def test_a_version_the_order_never_had_is_unknown() -> None:
    cursors.check_order(7, 7)
    with pytest.raises(Refusal) as refused:
        cursors.check_order(8, 7)
    assert refused.value.code is ErrorCode.CURSOR_UNKNOWN
