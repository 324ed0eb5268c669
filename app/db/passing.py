"""Connections of an engine that one transaction after another takes over as they are.

Taking one from SQLAlchemy's pool and giving it back takes two greenlets and a task, as long as a short statement.
"""

import asyncio
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.util.concurrency import greenlet_spawn

from app.db.places import Places


class PassedConnection(AsyncConnection):
    """A connection at a place of its engine, left there for the next one unless something was left open in it."""

    __slots__ = ("_placed",)

    def __init__(self, async_engine: AsyncEngine, sync_connection: Connection | None = None) -> None:
        super().__init__(async_engine, sync_connection)
        self._placed = False

    async def start(self, is_ctxmanager: bool = False) -> AsyncConnection:
        """Take over the connection of whoever was here before, or one of the pool."""
        assert isinstance(self.engine, PassingEngine)
        kept = await self.engine.take()
        self._placed = True
        try:
            if kept is not None and _lost(kept):
                kept = await greenlet_spawn(kept.close)
            if kept is None:
                await super().start(is_ctxmanager)
            else:
                self.sync_connection = kept
        except BaseException:
            self._leave(None)
            raise
        return self

    async def close(self) -> None:
        """Give it back to the pool, which looks what state it was left in."""
        try:
            await super().close()
        finally:
            self._leave(None)

    async def __aexit__(
        self, type_: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave it for the next one, or close it."""
        kept = self.sync_connection
        if type_ is None and kept is not None and self._placed and _as_it_was(kept):
            self.sync_connection = None
            self._leave(kept)
        else:
            await super().__aexit__(type_, value, traceback)

    def _leave(self, kept: Connection | None) -> None:
        if self._placed:
            self._placed = False
            assert isinstance(self.engine, PassingEngine)
            self.engine.places.give(kept)


class PassingEngine(AsyncEngine):
    """An engine with as many places as its pool has connections; who finds none free waits so many seconds."""

    __slots__ = ("_patience", "places")

    _connection_cls = PassedConnection

    def __init__(self, sync_engine: Engine, most: int, patience: float) -> None:
        super().__init__(sync_engine)
        self.places: Places[Connection] = Places(most)
        self._patience = patience

    async def take(self) -> Connection | None:
        """The connection at a free place, if it has one."""
        if self.places.free:
            return self.places.free.pop()
        async with asyncio.timeout(self._patience):
            return await self.places.take()

    async def dispose(self, close: bool = True) -> None:
        """Close what nobody uses."""
        for at, kept in enumerate(self.places.free):
            if kept is not None:
                self.places.free[at] = None
                await greenlet_spawn(kept.close)
        await super().dispose(close)


def _driver(kept: Connection) -> Any:
    return kept.connection.driver_connection


def _lost(kept: Connection) -> bool:
    driver = _driver(kept)
    return bool(driver.is_closed() or driver.is_in_transaction())


def _as_it_was(kept: Connection) -> bool:
    """Whether whoever used a connection has left nothing behind in it."""
    return not (
        kept.closed
        or kept.invalidated
        or kept.in_transaction()
        or _lost(kept)
        or _driver(kept).broken_off
        or kept.get_execution_options() != kept.engine.get_execution_options()
    )
