"""Two processes on one database, and what goes wrong with them: connections killed, clocks that are late."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum, unique
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.clock import SystemClock
from app.db import driver
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

    async def reading(self, connection: AsyncConnection) -> None:
        """Kill the connection of a transaction that has its locks, if this is the moment."""
        if self.dies is Moment.READING:
            await self._kill(connection)

    async def committing(self, connection: AsyncConnection) -> None:
        """Kill the connection of a transaction that has written everything, if it is this process's and the moment."""
        if self.dies is Moment.COMMITTING and connection.engine is self.engine:
            await self._kill(connection)

    async def _kill(self, lost: AsyncConnection) -> None:
        self.dies = None
        self.killed += 1
        backend: Any = (await lost.get_raw_connection()).driver_connection
        async with self._killer.connect() as connection:
            await connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": backend.get_server_pid()})

    async def close(self) -> None:
        """Give the connections back."""
        await self.engine.dispose()
        await self._killer.dispose()


@contextmanager
def dying(processes: Sequence[Process]) -> Iterator[None]:
    """Have each process asked, before it commits, whether this is its moment."""
    commit = driver.commit

    async def asked(connection: AsyncConnection) -> None:
        for process in processes:
            await process.committing(connection)
        await commit(connection)

    with patch.object(driver, "commit", asked):
        yield
