"""What was told lately: bounded, and whole from where on it says."""

from dataclasses import replace

from app.events.recent import Entry, Recent
from app.events.tunables import Tunables

SMALL = Tunables(kept=5, kept_for=1000)


def entry(place: int, size: int = 1, at: float = 0.0) -> Entry:
    """What was told of an event."""
    return Entry(place, b"x" * size, False, at)


def test_what_is_recent_is_bounded_in_number_in_bytes_and_in_age() -> None:
    """The oldest goes first, and `since` says from where on nothing is missing."""
    recent = Recent(10, replace(SMALL, kept=3, kept_bytes=100, kept_for=5))
    for place in (11, 12, 14, 15):
        recent.add(entry(place, at=place))
    assert (recent.since, [each.place for each in recent.behind(10)]) == (11, [12, 14, 15])
    recent.add(entry(16, size=99, at=16))
    assert (recent.since, [each.place for each in recent.behind(14)]) == (14, [15, 16])
    recent.add(entry(17, size=500, at=17))
    assert (recent.since, [each.place for each in recent.behind(14)]) == (16, [17])
    assert recent.forget(21.5) == 22
    assert recent.forget(22) is None
    assert (recent.since, recent.behind(17)) == (17, [])


def test_what_was_told_again_is_kept_only_if_all_of_it_fits() -> None:
    """A hole in what is recent would be a loss."""
    recent = Recent(10, replace(SMALL, kept=3))
    recent.add(entry(11))
    recent.precede(2, [entry(3), entry(4), entry(9)])
    assert (recent.since, [each.place for each in recent.behind(10)]) == (10, [11])
    recent.precede(5, [entry(6), entry(9)])
    assert (recent.since, [each.place for each in recent.behind(5)]) == (5, [6, 9, 11])
