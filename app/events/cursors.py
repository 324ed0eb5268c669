"""Cursors a person can read: `f.<position>.<event>` in the feed, `o.<version>` in the events of one order.

`l.<position>.<event>.<list>` is one of the feed that says of which list of orders it is, and whose.
"""

import re

from app.db.feed import Bounds, Event, Mark
from app.domain.errors import ErrorCode, Refusal

# eighteen digits always fit a bigint
_NUMBER = "(0|[1-9][0-9]{0,17})"
_FEED = re.compile(rf"f\.{_NUMBER}\.{_NUMBER}")
_ORDER = re.compile(rf"o\.{_NUMBER}")
_LIST = re.compile(rf"l\.{_NUMBER}\.{_NUMBER}\.([0-9a-f]{{16}})")
_FIELD = ("after",)


def feed_cursor(mark: Mark) -> str:
    """The cursor of a place in the feed."""
    return f"f.{mark.position}.{mark.id}"


def mark_of(event: Event) -> Mark:
    """The place of a numbered event."""
    if event.position is None:
        raise ValueError(f"event {event.id} has no position yet")
    return Mark(event.position, event.id)


def event_cursor(event: Event) -> str:
    """The feed cursor of a numbered event."""
    return feed_cursor(mark_of(event))


def order_cursor(version: int) -> str:
    """The cursor of an order's version."""
    return f"o.{version}"


def list_cursor(mark: Mark, scope: str) -> str:
    """The cursor of a place in the feed as a list of orders sees it."""
    return f"l.{mark.position}.{mark.id}.{scope}"


def parse_list(text: str, scope: str) -> Mark:
    """The place a list's cursor names; that of another list, or of what the viewer no longer sees, is none."""
    found = _LIST.fullmatch(text)
    if found is None:
        raise _invalid("a list", "l.<position>.<event>.<list>")
    if found[3] != scope:
        message = "This cursor is of another list, or you see other orders than you did; start anew."
        raise Refusal(ErrorCode.CURSOR_UNKNOWN, message, _FIELD)
    return Mark(int(found[1]), int(found[2]))


def parse_feed(text: str) -> Mark:
    """The place a feed cursor names."""
    found = _FEED.fullmatch(text)
    if found is None:
        raise _invalid("the feed", "f.<position>.<event>")
    return Mark(int(found[1]), int(found[2]))


def parse_order(text: str) -> int:
    """The version an order's cursor names."""
    found = _ORDER.fullmatch(text)
    if found is None:
        raise _invalid("an order's updates", "o.<version>")
    return int(found[1])


def check_feed(mark: Mark, bounds: Bounds) -> None:
    """Refuse a place that is no longer served, or that this feed never had: a restored backup has other events."""
    if mark.position > bounds.head.position:
        raise _unknown()
    if mark.position < bounds.floor.position:
        raise Refusal(ErrorCode.CURSOR_EXPIRED, "This cursor is older than the feed reaches back.", _FIELD)
    if mark.id != bounds.id_there:
        raise _unknown()


def check_order(version: int, last: int) -> None:
    """Refuse a version the order never had."""
    if version > last:
        raise _unknown()


def check_missed(missed: int, most: int) -> None:
    """Refuse to tell again more than it takes to begin anew."""
    if missed > most:
        message = "More has changed since this cursor than is told again; start anew."
        raise Refusal(ErrorCode.CURSOR_EXPIRED, message, _FIELD, {"most": str(most)})


def rewound() -> Refusal:
    """The refusal of every cursor at once: the database was put back to an earlier state."""
    return _unknown()


def _invalid(of: str, form: str) -> Refusal:
    return Refusal(ErrorCode.CURSOR_INVALID, f"A cursor of {of} looks like {form}.", _FIELD, {"form": form})


def _unknown() -> Refusal:
    return Refusal(ErrorCode.CURSOR_UNKNOWN, "This cursor names an event that is not there; start anew.", _FIELD)
