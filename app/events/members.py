"""The members of a group: each a cursor and where its messages go, and nothing that waits in memory."""

from typing import TYPE_CHECKING, Protocol

from app.events.recent import Entry

if TYPE_CHECKING:
    from app.events.groups import Group


class Sink(Protocol):
    """Where the messages of one member go."""

    def take(self, payload: bytes) -> bool:
        """Send a message at once; False when that is not possible, and then the member is told when it is."""

    def ended(self, reason: Exception) -> None:
        """Hear that there will be no more, and why."""


class Member:
    """One subscriber. `at` is the only thing that decides what it has had; `live` says that it is told what comes.

    `first` is the message that it begins with, as long as it could not be sent.
    """

    __slots__ = ("_group", "at", "first", "live", "shown", "sink")

    def __init__(self, group: "Group", sink: Sink, at: int, first: bytes | None) -> None:
        self._group = group
        self.sink = sink
        self.at = at
        self.first = first
        self.live = False
        self.shown = True

    def begin(self) -> bool:
        """Send the first message, unless that was done; whether others may follow."""
        if self.first is None:
            return True
        if not self.sink.take(self.first):
            return False
        self.first = None
        return True

    def tell(self, entry: Entry) -> bool:
        """Send what was told of an event, unless the member has had it; False when that is not possible now."""
        if entry.place <= self.at:
            return True
        if not (entry.parting and not self.shown):
            if not self.sink.take(entry.payload):
                return False
            self.shown = not entry.parting
        self.at = entry.place
        return True

    def resume(self) -> None:
        """Go on after a message that could not be sent."""
        if not self.live:
            self._group.resume(self)

    def leave(self) -> None:
        """Be told no more."""
        self._group.leave(self)
