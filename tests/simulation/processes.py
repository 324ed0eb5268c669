"""Two processes on one database, and what goes wrong with them: connections killed, clocks that are late."""

from datetime import datetime, timedelta
from enum import StrEnum, unique
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.util import await_only

from app.clock import SystemClock
from app.db.engine import write_engine
from tests.means import SteadyMint, TestMeans
from tests.simulation.timeline import Timeline

# How a client sees that the connection of its transaction was killed
LOST = (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


@unique
class Moment(StrEnum):
    """When in a transaction its connection is killed: when it has its locks, or when all is written."""

    READING = "READING"
    COMMITTING = "COMMITTING"


class SeededMint(SteadyMint):
    """A mint whose ids follow from a seed and the instant, so that ties are broken the same way each time."""

    def __init__(self, rng: Random, time: Timeline) -> None:
        self._rng, self._time, self._made = rng, time, 0

    def id(self) -> UUID:
        """A UUIDv7 of the simulated instant."""
        self._made += 1
        milliseconds = int(self._time.now.timestamp() * 1000)
        tail = (self._made & 0xFFFFFFFF) << 20 | self._rng.getrandbits(20)
        return UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | tail)


class ProcessClock(SystemClock):
    """A process's clock: the timeline's, or some way behind it."""

    def __init__(self, process: "Process", time: Timeline) -> None:
        self._process, self._time = process, time
        self.late = timedelta()

    def real(self) -> datetime:
        """What this process takes for the present instant."""
        return self._time.now - self.late

    async def read(self, connection: AsyncConnection) -> datetime:
        """The present instant for a transaction, which may lose its connection here."""
        await self._process.reading(connection)
        return self.now()


class Process:
    """One process: its own pool and clock, one database and one mint with the other."""

    def __init__(self, url: str, time: Timeline, mint: SteadyMint) -> None:
        self.engine = write_engine(url, size=4)
        self._killer = write_engine(url, size=1)
        self.clock = ProcessClock(self, time)
        self.means = TestMeans(self.engine, self.clock, mint)
        self.dies: Moment | None = None
        self.killed = 0
        event.listen(self.engine.sync_engine, "commit", self._committing)

    async def reading(self, connection: AsyncConnection) -> None:
        """Kill the connection of a transaction that has its locks, if this is the moment."""
        if self.dies is Moment.READING:
            raw = await connection.get_raw_connection()
            await self._kill(raw.driver_connection)

    def _committing(self, connection: Any) -> None:
        if self.dies is Moment.COMMITTING:
            await_only(self._kill(connection.connection.driver_connection))

    async def _kill(self, driver: Any) -> None:
        self.dies = None
        self.killed += 1
        async with self._killer.connect() as connection:
            await connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": driver.get_server_pid()})

    async def close(self) -> None:
        """Give the connections back."""
        await self.engine.dispose()
        await self._killer.dispose()
