"""The sequencer: gives positions to what is committed. Every process has one, and none of them leads."""

import asyncio
from collections.abc import Callable

from app.db import feed
from app.events.connections import Connections
from app.events.tasks import happened
from app.events.tunables import Tunables


class Sequencer:
    """Numbers right after the commits of its own process, and now and then what a dead process left behind."""

    def __init__(self, connections: Connections, on_numbered: Callable[[], None], tunables: Tunables) -> None:
        self._connections = connections
        self._on_numbered = on_numbered
        self._tunables = tunables
        self._committed = asyncio.Event()
        self._next_at = 0.0

    def committed(self) -> None:
        """Say that a transaction with events was committed; commits while it is busy become one turn."""
        self._committed.set()

    async def turn(self) -> None:
        """Wait for a commit or the time to check, then number batch by batch until nothing is left.

        The first commit after a pause is numbered at once; of many each waits a moment for others.
        """
        await happened(self._committed, self._tunables.check_every)
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._next_at - loop.time())
        self._next_at = loop.time() + self._tunables.gather
        self._committed.clear()
        try:
            numbered = feed.BATCH
            while numbered == feed.BATCH:
                numbered = await self._connections.at_once(feed.number_next)
                if numbered:
                    self._on_numbered()
        except BaseException:
            # the next turn must not wait for another commit
            self._committed.set()
            raise
