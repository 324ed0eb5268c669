"""Lanes: connections of a pool that one read after another takes over as they are, as long as there are reads.

Taking a connection from the pool and giving it back costs as much as a short statement. A few connections are left to
the pool's other users whatever there is to read.
"""

import asyncio
from typing import Any

import asyncpg

from app.db.engine import Pool
from app.db.places import Places

LEFT = 2
IDLE = 0.1  # seconds without a read, after which the pool has its connections back


class Lanes:
    """Places for so many connections; an empty place is filled by the pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        places = pool.get_max_size() - LEFT
        self._keeps = places > 0
        self._places: Places[Any] = Places(max(1, places))
        self._last = 0.0
        self._watching = False
        self._resting: set[asyncio.Task[None]] = set()

    async def fetch(self, sql: str, *arguments: Any) -> list[Any]:
        """The rows of one statement."""
        lane = await self._places.take()
        kept = None
        try:
            connection: Any = lane if _open(lane) else await self._pool.acquire()
            try:
                rows: list[Any] = await connection.fetch(sql, *arguments)
                kept = connection if self._keeps else None
            finally:
                if kept is None:
                    await self._pool.release(connection)  # which looks what state it was left in
        finally:
            self._give(kept)
        return rows

    async def fetchrow(self, sql: str, *arguments: Any) -> Any:
        """The first row of one statement, None when it has none."""
        rows = await self.fetch(sql, *arguments)
        return rows[0] if rows else None

    def _give(self, lane: Any) -> None:
        if self._places.give(lane):
            return
        loop = asyncio.get_running_loop()
        self._last = loop.time()
        if lane is not None and not self._watching:
            self._watching = True
            loop.call_later(IDLE, self._look)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        left = self._last + IDLE - loop.time()
        if left > 0:
            loop.call_later(left, self._look)
            return
        self._watching = False
        for at, lane in enumerate(self._places.free):
            if lane is not None:
                self._places.free[at] = None
                task = loop.create_task(self._pool.release(lane))
                self._resting.add(task)
                task.add_done_callback(self._resting.discard)


def _open(lane: Any) -> bool:
    """Whether a place has a connection that can be used; the pool takes back by itself what was closed."""
    try:
        return lane is not None and not lane.is_closed()
    except asyncpg.InterfaceError:
        return False
