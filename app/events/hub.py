"""The hub: hands each event that the process's one tail reads to those who follow it."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.db import feed
from app.db.feed import Event, Mark
from app.events import cursors
from app.events.connections import Connections
from app.events.follower import FeedInterruptedError, Follower
from app.events.streams import Topic, topics_of
from app.events.tasks import happened
from app.events.tunables import Tunables

log = logging.getLogger(__name__)

SHUT = "the server shuts down"


class Hub:
    """The followers of one process, by topic."""

    def __init__(self) -> None:
        self._followers: dict[Topic, set[Follower]] = {}
        self._rung: set[Callable[[], None]] = set()
        self._closed = False

    def join(self, topic: Topic, follower: Follower) -> None:
        """Offer a topic's events to a follower from now on."""
        if self._closed:
            raise FeedInterruptedError(SHUT)
        self._followers.setdefault(topic, set()).add(follower)

    def leave(self, topic: Topic, follower: Follower) -> None:
        """Offer it nothing more."""
        followers = self._followers[topic]
        followers.discard(follower)
        if not followers:
            del self._followers[topic]

    @contextmanager
    def joined(self, topic: Topic, follower: Follower) -> Iterator[None]:
        """Offer a topic's events to a follower for the length of a block."""
        self.join(topic, follower)
        try:
            yield
        finally:
            self.leave(topic, follower)

    @contextmanager
    def followed(self, ring: Callable[[], None]) -> Iterator[None]:
        """Call back whenever there are new events, for the length of a block."""
        self._rung.add(ring)
        try:
            yield
        finally:
            self._rung.discard(ring)

    def ring(self) -> None:
        """Call back all who follow that there is something new."""
        for ring in self._rung:
            ring()

    def __iter__(self) -> Iterator[Follower]:
        for followers in self._followers.values():
            yield from followers

    def close(self) -> None:
        """End every stream, and let none begin that nobody would serve."""
        self._closed = True
        for follower in self:
            follower.end(FeedInterruptedError(SHUT))

    def offer(self, event: Event) -> None:
        """Offer an event to all who follow one of its topics."""
        for topic in topics_of(event):
            for follower in self._followers.get(topic, ()):
                follower.offer(event)


class Tail:
    """Reads each event of the whole feed once for its process, whatever the number of followers.

    It starts at the head. Whoever joined before that is sent to the table, so it does not matter who was first.
    """

    def __init__(self, connections: Connections, hub: Hub, tunables: Tunables) -> None:
        self._connections = connections
        self._hub = hub
        self._tunables = tunables
        self._mark: Mark | None = None
        self._look = asyncio.Event()

    def look(self) -> None:
        """Say that there may be something new."""
        self._look.set()

    async def turn(self) -> None:
        """Read until there is no more, then wait for a ring or the time to look again."""
        while await self._read_page():
            pass
        await happened(self._look, self._tunables.look_every)

    async def _read_page(self) -> bool:
        """Read one page and offer it; whether there may be more."""
        self._look.clear()
        mark = self._mark or await self._start()
        page = await self._connections.at_once(lambda session: feed.read_from(session, mark, self._tunables.page))
        fresh = page
        if mark.id:
            if not page or page[0].id != mark.id:
                self._rewound(mark)
                return True
            fresh = page[1:]
        for event in fresh:
            self._hub.offer(event)
        if fresh:
            self._hub.ring()
            self._mark = cursors.mark_of(fresh[-1])
        return len(fresh) >= self._tunables.page

    async def _start(self) -> Mark:
        """Begin at the head; what lies before it every follower reads for itself, and later than this."""
        self._mark = (await self._connections.at_once(feed.bounds)).head
        for follower in self._hub:
            follower.fall_behind()
        return self._mark

    def _rewound(self, mark: Mark) -> None:
        """Begin anew when the event last read is gone: the database was restored, and every cursor with it."""
        log.error(
            "event %d is no longer at position %d: the database was put back; streams end", mark.id, mark.position
        )
        self._mark = None
        for follower in self._hub:
            follower.end(cursors.rewound())
