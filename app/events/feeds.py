"""The feeds of one process: everything that numbers, rings, reads and hands out events, behind one object."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from app.db import feed
from app.db.engine import plain_url
from app.db.feed import Event, Mark, Session
from app.domain.access import Role, Viewer
from app.domain.happenings import untold
from app.domain.order_lists import Counts
from app.events import cursors
from app.events.connections import Connections
from app.events.doorbell import Doorbell
from app.events.flights import Flights
from app.events.follower import Follower, patiently
from app.events.hub import Hub, Tail
from app.events.lists import Judge, ListStream
from app.events.sequencer import Sequencer
from app.events.streams import FeedStream, Kinds, OrderStream, Stream
from app.events.tasks import forever
from app.events.tunables import Tunables


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a viewer's feed; `end_cursor` resumes behind it, also as a subscription."""

    events: list[Event]
    end_cursor: str
    has_next: bool


class Feeds:
    """Made once in a process; `visible_kinds` says which kinds of event a role may see (section 13).

    `broadcast_url` is a broadcaster address, by default the database's own.
    """

    def __init__(
        self,
        dsn: str,
        visible_kinds: Callable[[Role], Kinds],
        broadcast_url: str | None = None,
        tunables: Tunables | None = None,
        doorbell: type[Doorbell] = Doorbell,
    ) -> None:
        self.tunables = tunables or Tunables()
        self.hub = Hub()
        self._visible_kinds = visible_kinds
        self._connections = Connections(dsn, self.tunables)
        self._marks: Flights[str, Mark] = Flights()
        self._tail = Tail(self._connections, self.hub, self.tunables)
        self.doorbell = doorbell(broadcast_url or plain_url(dsn), self._tail.look, self.tunables)
        self._sequencer = Sequencer(self._connections, self._numbered, self.tunables)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run sequencer, doorbell and tail for the length of a block; none of them ends before it, whatever fails."""
        turns = {"sequencer": self._sequencer.turn, "doorbell": self.doorbell.life, "tail": self._tail.turn}
        async with self._connections.open():
            tasks = [
                asyncio.create_task(forever(name, turn, self.tunables), name=f"feed {name}")
                for name, turn in turns.items()
            ]
            try:
                yield
            finally:
                self.hub.close()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    def committed(self) -> None:
        """Say that a transaction with events was committed: they are numbered and rung for soon. It cannot fail."""
        self._sequencer.committed()

    def _numbered(self) -> None:
        """Tell this process at once and the others by a ring."""
        self._tail.look()
        self.doorbell.ring()

    async def start_cursor(self) -> str:
        """The cursor of the feed's head: behind it is only what comes from now on."""
        return cursors.feed_cursor((await self._connections.in_turn(feed.bounds)).head)

    @asynccontextmanager
    async def follow_feed(
        self, viewer: Viewer, after: str | None = None, kinds: Kinds | None = None
    ) -> AsyncIterator[Follower]:
        """Follow a viewer's feed from a cursor, or from now; `cursor` of what is given is where it starts."""
        mark = await self.mark(after)
        with self.follow(self.feed_of(viewer, kinds), mark.position, cursors.feed_cursor(mark)) as follower:
            yield follower

    @asynccontextmanager
    async def follow_order(self, viewer: Viewer, order_id: UUID, after: int) -> AsyncIterator[Follower]:
        """Follow the events of one order behind a version; whether the viewer may see the order is decided before."""
        last = await self._connections.in_turn(lambda session: feed.last_version(session, order_id))
        cursors.check_order(after, last)
        with self.follow(self.order_of(viewer, order_id), after, cursors.order_cursor(after)) as follower:
            yield follower

    @contextmanager
    def follow(self, stream: Stream, at: int, cursor: str) -> Iterator[Follower]:
        """Follow a stream from a place that it has had; the follower joins the hub first and then reads what was."""
        follower = self.follower(stream, at, cursor)
        with self.hub.joined(stream.topic, follower):
            yield follower

    def follower(self, stream: Stream, at: int, cursor: str, stirred: Callable[[], None] | None = None) -> Follower:
        """A follower of a stream; it still has to join the hub."""
        return Follower(stream, at, cursor, partial(self.read, stream), self.tunables, stirred)

    async def read(self, stream: Stream, after: int, limit: int) -> list[Event]:
        """A page of a stream behind a place, in turn with all others who read pages."""
        return await self._connections.in_turn(partial(stream.read, after=after, limit=limit))

    async def recall(self, stream: Stream, after: int) -> list[Event]:
        """A page of what somebody missed, however often it takes to read it."""
        return await patiently(lambda: self.read(stream, after, self.tunables.recalled), self.tunables)

    def feed_of(self, viewer: Viewer, kinds: Kinds | None = None) -> FeedStream:
        """The stream of all that a viewer may see, or of these kinds of it."""
        return FeedStream(viewer, self._kinds(viewer, kinds))

    def order_of(self, viewer: Viewer, order_id: UUID) -> OrderStream:
        """The stream of one order's events, of the kinds that a viewer may see."""
        return OrderStream(order_id, self._kinds(viewer, None))

    def list_of(self, viewer: Viewer, judge: Judge, scope: str) -> ListStream:
        """The stream of what changes a list of orders; `scope` says in its cursors which list it is, and whose."""
        return ListStream(viewer, self._kinds(viewer, None), judge, scope)

    async def list_mark(self, stream: ListStream, after: str | None) -> Mark:
        """The place a list's cursor names, if what was missed since can be told again, or the head."""
        if after is None:
            return await self.mark(None)
        # a cursor says which list it is of, and of whom, so those with the same one ask the same
        place = cursors.feed_cursor(cursors.parse_list(after, stream.scope))
        return await self._marks.share(after, lambda: self._told_again(stream, place))

    async def _told_again(self, stream: ListStream, place: str) -> Mark:
        mark, most = await self.mark(place), self.tunables.relisted
        missed = partial(stream.judge.missed, after=mark.position, most=most + 1)
        cursors.check_missed(await self._connections.in_turn(missed), most)
        return mark

    async def list_counts(self, stream: ListStream, at: int) -> Counts:
        """How many orders of a list are under each tab at a position."""
        return await self._connections.in_turn(partial(stream.counts, at=at))

    async def page(self, viewer: Viewer, after: str | None, first: int, kinds: Kinds | None = None) -> Page:
        """The first events of a viewer's feed behind a cursor, or of all that is served.

        Where the wanted kinds are rare a page may hold fewer events than asked for, even none, and yet have a next.
        """
        mark = await self.mark(after) if after else (await self._connections.in_turn(feed.bounds)).floor
        visible, shown = self._kinds(viewer, kinds), list[Event]()
        limit = self.tunables.page if kinds is not None else min(first + 1, self.tunables.page)
        for _ in range(self.tunables.pages_a_query):
            read = partial(feed.read_feed, viewer=viewer, after=mark.position, limit=limit)
            events = await self._connections.in_turn(read)
            for event in events:
                if event.kind in visible:
                    if len(shown) == first:
                        return Page(shown, cursors.feed_cursor(mark), True)
                    shown.append(event)
                mark = cursors.mark_of(event)
            if len(events) < limit:
                return Page(shown, cursors.feed_cursor(mark), False)
        return Page(shown, cursors.feed_cursor(mark), True)

    async def mark(self, after: str | None) -> Mark:
        """The place a cursor names, if it is served, or the head; those who ask for the same at once ask as one."""
        if after is None:
            return (await self._connections.in_turn(feed.bounds)).head
        return await self._marks.share(
            after, lambda: self._connections.in_turn(lambda session: self._served(session, after))
        )

    async def _served(self, session: Session, cursor: str) -> Mark:
        """The place a cursor names, if it is served."""
        mark = cursors.parse_feed(cursor)
        cursors.check_feed(mark, await feed.bounds(session, mark.position))
        return mark

    def _kinds(self, viewer: Viewer, wanted: Kinds | None) -> Kinds:
        """The kinds a viewer may see, cut by those wanted."""
        visible = self._visible_kinds(viewer.role) - untold(viewer.scopes)
        return visible if wanted is None else visible & wanted
