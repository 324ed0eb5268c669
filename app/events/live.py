"""A subscription as its resolver describes it: where it begins, and what each event of its stream is told as."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.db.feed import Event
from app.events.feeds import Feeds
from app.events.streams import Stream

Message = TypeVar("Message")


@dataclass(frozen=True, slots=True)
class Told(Generic[Message]):
    """What an event is told as; a parting is for those who were told of the event before it, and for nobody else."""

    message: Message
    parting: bool = False


@dataclass(frozen=True, slots=True)
class Live(Generic[Message]):
    """The source of a subscription: iterated by one subscriber, or read by a group for all of its members.

    `at` is the place behind which it begins and `opening` makes what is said first; `resume` gives a cursor's place or
    refuses it. What `tell` makes of an event depends on nothing but the event and the viewer.
    """

    feeds: Feeds
    stream: Stream
    at: int
    cursor: str
    opening: Callable[[], Awaitable[Message]] | None
    tell: Callable[[Event], Told[Message] | None]
    resume: Callable[[str], Awaitable[int]]
    refresh: Callable[[], Awaitable[None]]

    async def __aiter__(self) -> AsyncGenerator[Message, None]:
        """What one subscriber is told."""
        with self.feeds.follow(self.stream, self.at, self.cursor) as follower:
            if self.opening is not None:
                await self.refresh()
                yield await self.opening()
            shown = True
            async for event in follower:
                told = self.tell(event)
                if told is None or (told.parting and not shown):
                    continue
                await self.refresh()
                yield told.message
                shown = not told.parting
