"""The doorbell: tells every process that there is something new to read, and nothing more.

A ring carries no data, and whoever waits for it also looks by himself, so a ring lost, doubled or late does no harm.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Protocol
from uuid import uuid4

from broadcaster import Broadcast
from broadcaster import Event as Message

from app.events.tasks import happened, until_first_ends
from app.events.tunables import Tunables

CHANNEL = "assured_feed"
RING, BEAT = "ring", "beat"


class DeafError(ConnectionError):
    """The doorbell no longer hears its own rings."""


class Subscriber(Protocol):
    """Whom broadcaster hands the messages of a channel to."""

    async def get(self) -> Message: ...


class Doorbell:
    """One channel, one subscriber and one serial publisher, alive from one `life` to the next.

    The publisher's beat is a ring with the process's own name; one that does not come back ends the life.
    """

    def __init__(self, url: str, on_ring: Callable[[], None], tunables: Tunables) -> None:
        self._url = url
        self._on_ring = on_ring
        self._tunables = tunables
        self._name = uuid4().hex
        self._wanted = asyncio.Event()
        self._heard_at = 0.0
        self.lives = 0

    def ring(self) -> None:
        """Ask the publisher for a ring; rings asked for while it is busy become one."""
        self._wanted.set()

    async def life(self) -> None:
        """Connect, listen and publish until something fails; then hang up and raise it."""
        broadcast = Broadcast(self._url)
        async with asyncio.timeout(self._tunables.connect_within):
            await broadcast.connect()
        subscription = broadcast.subscribe(CHANNEL)
        try:
            subscriber = await self._subscribed(subscription)
            self.lives += 1
            self._heard_at = asyncio.get_running_loop().time()
            # somebody may have rung while nobody listened, and what was to be rung may have been lost
            self._on_ring()
            self._wanted.set()
            await until_first_ends(self._listen(subscriber), self._publish(broadcast))
        finally:
            # the other way round the subscription would say farewell on a connection that may be dead
            await self._give_up(broadcast.disconnect())
            await self._give_up(subscription.__aexit__(None, None, None))

    async def _subscribed(self, subscription: AbstractAsyncContextManager[Subscriber]) -> Subscriber:
        async with asyncio.timeout(self._tunables.connect_within):
            try:
                return await subscription.__aenter__()
            except KeyError as error:  # broadcaster trips over the channel that it could not listen to
                raise error.__context__ or error from None

    async def _listen(self, subscriber: Subscriber) -> None:
        """Pass on the rings of other processes; one's own only prove that the line is alive."""
        while True:
            kind, _, name = (await subscriber.get()).message.partition(" ")
            if name == self._name:
                self._heard_at = asyncio.get_running_loop().time()
            elif kind != BEAT:
                self._on_ring()

    async def _publish(self, broadcast: Broadcast) -> None:
        """Ring when asked to, beat when not, one after the other."""
        loop = asyncio.get_running_loop()
        while True:
            kind = RING if await happened(self._wanted, self._tunables.beat_every) else BEAT
            self._wanted.clear()
            async with asyncio.timeout(self._tunables.answer_within):
                await self._send(broadcast, f"{kind} {self._name}")
            if loop.time() - self._heard_at > self._tunables.deaf_after:
                raise DeafError(f"own rings unheard for {loop.time() - self._heard_at:.1f} s")

    async def _send(self, broadcast: Broadcast, message: str) -> None:
        await broadcast.publish(CHANNEL, message)

    async def _give_up(self, farewell: Awaitable[object]) -> None:
        """Part from a life that may already be dead: briefly, whatever comes of it."""
        with suppress(Exception):
            async with asyncio.timeout(self._tunables.hang_up_within):
                await farewell
