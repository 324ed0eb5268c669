"""The clocks: the one place where the product asks what time it is.

Orders live in the domain's time, which an operator of the embedded default can move ahead. Tokens, sessions,
signatures, idempotency keys and cursors live in real time, which nobody moves.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import clock as stored
from app.db.engine import Pool
from app.db.premise import Premise


class Clock(Protocol):
    """Something that says what time it is, really and for the domain."""

    @property
    def movable(self) -> bool:
        """Whether an operator may move the domain's time."""

    @property
    def ahead(self) -> timedelta:
        """How far the domain's time is ahead of real time, as this process last learnt."""

    def real(self) -> datetime:
        """The real present instant, in UTC."""

    def now(self) -> datetime:
        """The domain's present instant, in UTC, as this process last learnt: to be shown, not to be acted upon."""

    async def read(self, connection: AsyncConnection) -> datetime:
        """The domain's present instant for what a transaction does; nobody moves the clock until it has ended."""

    async def learn(self) -> datetime:
        """The domain's present instant, after looking how far it was moved."""

    @property
    def premise(self) -> Premise | None:
        """What `now` rests on in the database, for a statement to look at."""

    def followed(self, moved: Callable[[], None]) -> AbstractContextManager[None]:
        """Be told, for the length of a block, that the clock was found moved."""


class SystemClock:
    """The clock of the machine: the domain's time is real time."""

    movable = False
    ahead = timedelta()

    @property
    def premise(self) -> Premise | None:
        """Real time rests on nothing."""
        return None

    def real(self) -> datetime:
        """The real present instant, in UTC."""
        return datetime.now(UTC)

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return self.real()

    async def read(self, connection: AsyncConnection) -> datetime:
        """The present instant, in UTC."""
        return self.now()

    async def learn(self) -> datetime:
        """The present instant, in UTC."""
        return self.now()

    def followed(self, moved: Callable[[], None]) -> AbstractContextManager[None]:
        """Nobody moves it, so nobody is told."""
        return nullcontext()


class MovableClock(SystemClock):
    """A clock whose offset is a row of the database, so that every process on it tells the same time.

    A transaction that has read the offset shares the table's lock until it ends, and a move waits for all of them
    alone. So everything done before a move was done at an earlier instant than everything done after it.
    """

    movable = True

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._followers: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The domain's present instant, as this process last learnt."""
        return self.real() + self.ahead

    @property
    def premise(self) -> Premise:
        """How far it was moved, as this process last learnt."""
        return stored.premise(self.ahead)

    async def read(self, connection: AsyncConnection) -> datetime:
        """The domain's present instant for what a transaction does."""
        self._learnt(await stored.read(connection))
        return self.now()

    async def learn(self) -> datetime:
        """The domain's present instant, after looking how far it was moved."""
        self._learnt(await stored.glance(self._pool))
        return self.now()

    @contextmanager
    def followed(self, moved: Callable[[], None]) -> Iterator[None]:
        """Tell somebody of every move that this process learns of, for the length of a block."""
        self._followers.append(moved)
        try:
            yield
        finally:
            self._followers.remove(moved)

    def _learnt(self, ahead: timedelta) -> None:
        # two readings may come back in the other order, and time does not
        if ahead > self.ahead:
            self.ahead = ahead
            for moved in self._followers:
                moved()
