"""A list of orders as it can be followed: each event of an order is read with what it means to the list."""

from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

from app.db.feed import Event, Session
from app.domain.access import Viewer
from app.domain.order_lists import Counts, ListChange, TabCount, change_of
from app.events import cursors
from app.events.streams import Kinds, Topic, topic_of

# Counts at so many places are kept: where the group is, and where those are who catch up
PLACES_KEPT = 16


@dataclass(frozen=True, slots=True)
class Judged(Event):
    """An event with the tabs that its order was and is under in a list, as bits; none where it is not on the list.

    Without them it tells nothing that another event does not tell. `tabs` are those of which another count is told.
    """

    was: int | None
    now: int | None
    tabs: tuple[TabCount, ...] = ()

    @property
    def change(self) -> ListChange | None:
        """What became of the order for the list; None when it concerns it not."""
        return None if self.was is None or self.now is None else change_of(self.was, self.now)


class Judge(Protocol):
    """What tells events of a list apart, by the conditions that the list itself is read by."""

    async def page(self, session: Session, after: int, limit: int) -> list[Judged]:
        """The events behind a position that may concern the list."""

    async def counts(self, session: Session, at: int) -> Counts:
        """How many orders were under each tab at a position."""

    async def missed(self, session: Session, after: int, most: int) -> int:
        """How many events that may concern the list are behind a position; no more than `most` are counted."""


Placed: TypeAlias = dict[int, Counts]


@dataclass(frozen=True, slots=True)
class ListStream:
    """The events that change a list of orders, by position.

    Counts at a position are the same whoever asks, so those of the last places are kept and moved on by what changes;
    a place that is not among them is counted.
    """

    viewer: Viewer
    kinds: Kinds
    judge: Judge
    scope: str
    _counts: Placed = field(default_factory=dict)
    dense = False
    judged = True

    @property
    def topic(self) -> Topic:
        """Where the hub offers what may change the list: sales are told of what is taken from them, too."""
        return topic_of(replace(self.viewer, sees_all=True))

    async def read(self, session: Session, after: int, limit: int) -> list[Event]:
        """A page behind a position, with the counts that change on it."""
        page = await self.judge.page(session, after, limit)
        counts = self._counts.get(after)
        judged = list[Event]()
        at = after
        for event in page:
            was, now, position = event.was, event.now, cursors.mark_of(event).position
            if was != now and was is not None and now is not None:
                before = await self.counts(session, at) if counts is None else counts
                counts = before.moved(was, now)
                if counts.unsure:
                    counts = await self.judge.counts(session, position)
                event = replace(event, tabs=tuple(counts.told_since(before)))
            judged.append(event)
            at = position
        if counts is not None:
            self._keep(at, counts)
        return judged

    async def counts(self, session: Session, at: int) -> Counts:
        """How many orders are under each tab at a position."""
        counts = self._counts.get(at)
        if counts is None:
            counts = await self.judge.counts(session, at)
            self._keep(at, counts)
        return counts

    def _keep(self, at: int, counts: Counts) -> None:
        self._counts[at] = counts
        if len(self._counts) > PLACES_KEPT:
            del self._counts[next(iter(self._counts))]

    def place(self, event: Event) -> int:
        """The event's position."""
        return cursors.mark_of(event).position

    def shows(self, event: Event) -> bool:
        """Whether there is something to tell: that an order came or went, or what the viewer may hear of one."""
        if not isinstance(event, Judged):
            return event.subject == "ORDER"
        moved = event.was != event.now
        return event.change is not None and (moved or event.kind in self.kinds)

    def cursor(self, event: Event) -> str:
        """The cursor that resumes behind the event."""
        return cursors.list_cursor(cursors.mark_of(event), self.scope)
