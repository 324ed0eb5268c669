"""What a group was told last, kept for a while for those who come back."""

from collections import deque
from typing import NamedTuple

from app.events.tunables import Tunables


class Entry(NamedTuple):
    """What was told of the event at a place, and when."""

    place: int
    payload: bytes
    parting: bool
    told_at: float


class Recent:
    """Everything that was told behind `since`, up to now; the oldest is given up first."""

    __slots__ = ("_bytes", "_entries", "_tunables", "since")

    def __init__(self, since: int, tunables: Tunables) -> None:
        self.since = since
        self._tunables = tunables
        self._entries: deque[Entry] | None = None
        self._bytes = 0

    def add(self, entry: Entry) -> None:
        """Keep the newest."""
        if self._entries is None:
            self._entries = deque()
        self._entries.append(entry)
        self._bytes += len(entry.payload)
        while len(self._entries) > 1 and self._too_much(self._entries):
            self._give_up(self._entries)

    def precede(self, since: int, entries: list[Entry]) -> None:
        """Keep what was told again of everything between a place and `since`, if there is room for all of it."""
        kept = self._entries or deque()
        size = sum(len(entry.payload) for entry in entries)
        if len(kept) + len(entries) > self._tunables.kept or self._bytes + size > self._tunables.kept_bytes:
            return
        kept.extendleft(reversed(entries))
        self._entries, self._bytes, self.since = kept, self._bytes + size, since

    def behind(self, place: int) -> list[Entry]:
        """What was told behind a place that is no older than `since`, the first to be told first."""
        return [entry for entry in self._entries or () if entry.place > place]

    def forget(self, now: float) -> float | None:
        """Give up what is too old; when to come again, or None when nothing is left."""
        while self._entries:
            fresh_until = self._entries[0].told_at + self._tunables.kept_for
            if fresh_until > now:
                return fresh_until
            self._give_up(self._entries)
        self._entries = None
        return None

    def _too_much(self, entries: deque[Entry]) -> bool:
        return len(entries) > self._tunables.kept or self._bytes > self._tunables.kept_bytes

    def _give_up(self, entries: deque[Entry]) -> None:
        oldest = entries.popleft()
        self._bytes -= len(oldest.payload)
        self.since = oldest.place
