"""The feed's own few database connections, held for one statement at a time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import asyncpg

from app.db.engine import plain_url, server_settings
from app.db.feed import Session
from app.events.tunables import Tunables

Result = TypeVar("Result")
Call = Callable[[Session], Awaitable[Result]]

# What a restart, a terminated backend or a broken network looks like from here.
DATABASE_TROUBLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


class Connections:
    """A small pool in which sequencer and tail never queue behind subscribers that catch up."""

    def __init__(self, dsn: str, tunables: Tunables) -> None:
        self._dsn = dsn
        self._tunables = tunables
        self._pool: asyncpg.Pool | None = None
        self._turns = asyncio.Semaphore(tunables.connections - 2)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Have the pool for the length of a block; nothing connects before it is needed, so no database is needed."""
        pool = await asyncpg.create_pool(
            plain_url(self._dsn),
            min_size=0,
            max_size=self._tunables.connections,
            timeout=self._tunables.connect_within,
            command_timeout=self._tunables.answer_within,
            server_settings=server_settings(self._tunables.answer_within, "assured-feed"),
            reset=_nothing,
        )
        self._pool = pool
        try:
            yield
        finally:
            self._pool = None
            # a close that does not come to its end terminates what is left
            with suppress(*DATABASE_TROUBLE):
                async with asyncio.timeout(self._tunables.hang_up_within):
                    await pool.close()

    async def at_once(self, call: Call[Result]) -> Result:
        """Make one call of the process's own tasks."""
        if self._pool is None:
            raise asyncpg.InterfaceError("the feed is not running")
        async with self._pool.acquire(timeout=self._tunables.answer_within) as session:
            try:
                return await call(session)
            except DATABASE_TROUBLE:
                # a connection that failed may still call itself open: let nobody else try it
                with suppress(asyncpg.InterfaceError):
                    session.terminate()
                raise

    async def in_turn(self, call: Call[Result]) -> Result:
        """Make one call on behalf of a subscriber, when it is its turn."""
        async with self._turns:
            return await self.at_once(call)


async def _nothing(connection: Any) -> None:
    """Reset nothing between uses: no call sets anything for the session, and a RESET is one more round trip."""
