"""A follower: one subscriber's bounded window on a stream, from a cursor through what was missed to what is new."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from app.db.feed import Event
from app.events.connections import DATABASE_TROUBLE
from app.events.streams import Stream
from app.events.tunables import Tunables

log = logging.getLogger(__name__)

Read = Callable[[int, int], Awaitable[list[Event]]]


class FeedInterruptedError(Exception):
    """The stream ends here through no fault of its client, who resumes it by cursor, perhaps at another server."""


class Follower:
    """Behind, it reads the table page by page; live, it is offered what the tail reads, and holds a bounded queue.

    The rule that keeps it whole: leave the state `behind` FIRST, then read. What is committed before the read is on the
    page, what the tail offers after is in the queue, what is in both is told apart by its place. A queue that overflows
    is emptied and the follower is behind again. `read` is the stream's page reader, by place and limit. Whoever asks
    only for what is `ready` is told by `stirred` when to ask again.
    """

    __slots__ = (
        *("cursor", "overflows", "_stream", "_at", "_read", "_tunables", "_behind", "_page", "_live", "_ended"),
        *("_stirred", "_waiting"),
    )

    def __init__(
        self,
        stream: Stream,
        at: int,
        cursor: str,
        read: Read,
        tunables: Tunables,
        stirred: Callable[[], None] | None = None,
    ) -> None:
        self.cursor = cursor
        self.overflows = 0
        self._stream = stream
        self._at = at
        self._read = read
        self._tunables = tunables
        self._behind = True
        self._page: deque[Event] = deque()
        self._live: deque[Event] = deque()
        self._ended: Exception | None = None
        self._stirred = stirred
        self._waiting: asyncio.Event | None = None

    def offer(self, event: Event) -> None:
        """Take an event the tail has read, unless the table will be read later than now anyway."""
        if self._behind or not (self._stream.dense or self._stream.shows(event)):
            return
        if self._stream.judged:
            self.fall_behind()
            return
        if len(self._live) >= self._tunables.queue:
            self.overflows += 1
            self.fall_behind()
            return
        self._live.append(event)
        self._stir()

    def fall_behind(self) -> None:
        """Go back to the table from wherever the subscriber is."""
        self._live.clear()
        self._behind = True
        self._stir()

    def end(self, reason: Exception) -> None:
        """End the stream; its subscriber is told why."""
        self._ended = reason
        self._stir()

    def _stir(self) -> None:
        if self._waiting is not None:
            self._waiting.set()
        if self._stirred is not None:
            self._stirred()

    def __aiter__(self) -> "Follower":
        return self

    async def __anext__(self) -> Event:
        """The next event of the stream; it waits for it without a database connection, and never ends by itself."""
        waiting = self._waiting = self._waiting or asyncio.Event()
        while True:
            waiting.clear()
            event = await self.ready()
            if event is not None:
                return event
            await waiting.wait()

    async def ready(self) -> Event | None:
        """The next event if there is one by now, or None; what comes after that stirs."""
        while True:
            if self._ended is not None:
                raise self._ended
            event = self._take()
            if event is not None:
                return event
            if not self._behind:
                # nothing was awaited since the queue was found empty, so no offer is missed
                return None
            await self._catch_up()

    def _take(self) -> Event | None:
        """The next event at hand that the subscriber has not had and may see."""
        while queue := self._page or self._live:
            event = queue.popleft()
            place = self._stream.place(event)
            if place <= self._at:
                continue
            if self._stream.dense and queue is self._live and place != self._at + 1:
                self.fall_behind()
                return None
            self._at, self.cursor = place, self._stream.cursor(event)
            if self._stream.shows(event):
                return event
        return None

    async def _catch_up(self) -> None:
        """Read the next page from the table; a full one means that there may be more."""
        self._behind = False
        try:
            page = await patiently(lambda: self._read(self._at, self._tunables.page), self._tunables)
        except BaseException:
            # whoever waited with a timeout may come back, and has had nothing of this page
            self.fall_behind()
            raise
        self._page.extend(page)
        if len(page) >= self._tunables.page:
            self.fall_behind()


async def patiently(read: Callable[[], Awaitable[list[Event]]], tunables: Tunables) -> list[Event]:
    """Read a page, however often it takes while the database is away for a while."""
    try:
        async with asyncio.timeout(tunables.give_up_after):
            while True:
                try:
                    return await read()
                except DATABASE_TROUBLE as error:
                    log.debug("a subscriber's page could not be read: %r", error)
                    await asyncio.sleep(tunables.retry_after)
    except TimeoutError:
        raise FeedInterruptedError("the events cannot be read at present") from None
