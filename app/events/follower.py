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
    is emptied and the follower is behind again. `read` is the stream's page reader, by place and limit.
    """

    def __init__(self, stream: Stream, at: int, cursor: str, read: Read, tunables: Tunables) -> None:
        self.cursor = cursor
        self.overflows = 0
        self._stream = stream
        self._at = at
        self._read = read
        self._tunables = tunables
        self._behind = True
        self._page: deque[Event] = deque()
        self._live: deque[Event] = deque()
        self._stirred = asyncio.Event()
        self._ended: Exception | None = None

    def offer(self, event: Event) -> None:
        """Take an event the tail has read, unless the table will be read later than now anyway."""
        if self._behind or not (self._stream.dense or self._stream.shows(event)):
            return
        if len(self._live) >= self._tunables.queue:
            self.overflows += 1
            self.fall_behind()
            return
        self._live.append(event)
        self._stirred.set()

    def fall_behind(self) -> None:
        """Go back to the table from wherever the subscriber is."""
        self._live.clear()
        self._behind = True
        self._stirred.set()

    def end(self, reason: Exception) -> None:
        """End the stream; its subscriber is told why."""
        self._ended = reason
        self._stirred.set()

    def __aiter__(self) -> "Follower":
        return self

    async def __anext__(self) -> Event:
        """The next event of the stream; it waits for it without a database connection, and never ends by itself."""
        while True:
            if self._ended is not None:
                raise self._ended
            event = self._take()
            if event is not None:
                return event
            if self._behind:
                await self._catch_up()
            else:
                # nothing was awaited since the queue was found empty, so no offer is missed
                self._stirred.clear()
                await self._stirred.wait()

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
            page = await self._read_patiently()
        except BaseException:
            # whoever waited with a timeout may come back, and has had nothing of this page
            self.fall_behind()
            raise
        self._page.extend(page)
        if len(page) >= self._tunables.page:
            self.fall_behind()

    async def _read_patiently(self) -> list[Event]:
        """Read a page, however often it takes while the database is away for a while."""
        try:
            async with asyncio.timeout(self._tunables.give_up_after):
                while True:
                    try:
                        return await self._read(self._at, self._tunables.page)
                    except DATABASE_TROUBLE as error:
                        log.debug("a subscriber's page could not be read: %r", error)
                        await asyncio.sleep(self._tunables.retry_after)
        except TimeoutError:
            raise FeedInterruptedError("the events cannot be read at present") from None
