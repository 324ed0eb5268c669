"""The simulated market: who is there, how somebody acts and looks, and what was counted of it."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.actions.work import Call, Means, call_of
from app.db import trades
from app.domain.access import Actor, By
from app.domain.errors import ErrorCode, Refusal
from app.domain.lifecycle import Step, Who, judge
from app.domain.steps import facts_of
from app.domain.trade import Act, Trade
from tests.domain.build import Counting
from tests.domain.named import settle
from tests.market import Team
from tests.means import START
from tests.simulation.decks import Decks
from tests.simulation.processes import LOST, Moment, Process, SeededMint
from tests.simulation.timeline import Timeline

T = TypeVar("T")
Doing = Callable[[Means, Call], Awaitable[T]]
LATE_MOST = 300
_MOMENTS = frozenset(str(moment) for moment in Moment)


@dataclass
class Firm:
    """A seller, the products on offer that are ready to ship, those made to order, and the lanes they go by."""

    number: int
    team: Team
    ready: list[UUID] = field(default_factory=list)
    made: list[UUID] = field(default_factory=list)
    lanes: list[UUID] = field(default_factory=list)


@dataclass(frozen=True)
class Temper:
    """How an order's people behave."""

    paying: str
    claiming: str
    complaining: str
    receiving: str
    dispatching: str
    arguing: str
    amending: str
    carrying: str


@dataclass
class Deal:
    """An order, who makes it, and how they behave."""

    number: int
    firm: Firm
    buyer: Actor
    temper: Temper
    id: UUID
    coupon_id: UUID | None = None
    done: set[str] = field(default_factory=set)

    def once(self, what: str) -> bool:
        """Whether something is done for the first time."""
        if what in self.done:
            return False
        self.done.add(what)
        return True


class World:
    """Two processes on one database, a timeline, and everybody who acts on it."""

    def __init__(self, url: str, seed: int) -> None:
        self.rng = Random(seed)
        self.time = Timeline(START)
        self.decks = Decks(self.rng)
        mint = SeededMint(Random(seed), self.time)
        self.processes = [Process(url, self.time, mint) for _ in range(2)]
        self.counts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        # refusals of somebody who was entitled to act
        self.unexpected: list[str] = []
        self.firms: list[Firm] = []
        self.buyers: list[Actor] = []
        self.operator: Actor
        self.deals: list[Deal] = []
        # of orders that spend a coupon; several may be on their way before one of them is there
        self.spending = count(1_000_000)
        self.calls = 0
        self._looking = Counting()
        self._seen: dict[UUID, Trade] = {}
        self._due: tuple[int, datetime | None] = (-1, None)

    @property
    def means(self) -> Means:
        """The first process's means, where nothing goes wrong."""
        return self.processes[0].means

    def hours(self, least: float, most: float) -> timedelta:
        """A random time of so many hours, to the second."""
        return timedelta(seconds=self.rng.randint(int(least * 3600), int(most * 3600)))

    # --- acting ---------------------------------------------------------------------------------------------------

    async def take(self, what: str, who: Actor | By, doing: Doing[T], *expected: ErrorCode) -> T | None:
        """Somebody acts through one of the processes, and perhaps something goes wrong with it; None: refused.

        Whoever loses the connection, or the answer, asks again under the same key.
        """
        self.calls += 1
        call = call_of(who, what, {"call": self.calls}, f"call {self.calls}") if isinstance(who, Actor) else Call(who)
        fault = self.decks.draw("fault", NONE=60, READING=1, COMMITTING=1, AGAIN=2, LATE=1)
        at = self.rng.randint(0, 1)
        process, other = self.processes[at], self.processes[1 - at]
        process.clock.late = timedelta(seconds=self.rng.randint(1, LATE_MOST) if fault == "LATE" else 0)
        process.dies = Moment(fault) if fault in _MOMENTS else None
        try:
            made = await self._insisting(doing, call, process, other)
            if fault == "AGAIN":
                assert await doing(other.means, call) == made, f"{what} made something else when it came again"
                self.counts["fault: asked again"] += 1
        except Refusal as refusal:
            self.refused[f"{what}: {refusal.code}"] += 1
            if fault != "LATE" and refusal.code not in expected:
                self.unexpected.append(f"{what} at {self.time.now}: {refusal.code} {refusal.message}")
            return None
        finally:
            process.dies = None
            process.clock.late = timedelta()
        self.counts["fault: late clock"] += fault == "LATE"
        self.counts[what] += 1
        return made

    async def _insisting(self, doing: Doing[T], call: Call, process: Process, other: Process) -> T:
        killed = process.killed
        moment = process.dies
        try:
            return await doing(process.means, call)
        except LOST:
            if process.killed == killed:
                raise
            self.counts[f"fault: killed {moment}"] += 1
        return await doing(other.means, call)

    @asynccontextmanager
    async def _looks(self) -> AsyncIterator[AsyncConnection]:
        """A connection to look with, which saves the round trips of a transaction."""
        async with self.processes[0].engine.connect() as connection:
            yield await connection.execution_options(isolation_level="AUTOCOMMIT")

    # --- looking --------------------------------------------------------------------------------------------------

    async def look(self, deal: Deal) -> Trade | None:
        """An order as it stands now, whether or not a sweep has come by; None when it was deleted."""
        now = self.time.now
        async with self._looks() as connection:
            version = await connection.scalar(text("SELECT version FROM orders WHERE id = :id"), {"id": deal.id})
            if version is None:
                return None
            seen = self._seen.get(deal.id)
            if seen is None or seen.order.version != version:
                (seen,) = await trades.load(connection, [deal.id], now, locked=False)
                self._seen[deal.id] = seen
        return settle(seen, Act(By.TIME, now, self._looking))

    def may(self, trade: Trade, step: Step, who: Who) -> bool:
        """Whether somebody can take a step now."""
        return judge(step, facts_of(trade, self.time.now), who) is None

    async def rows(self, query: str, **values: Any) -> list[Any]:
        """What a query finds."""
        async with self._looks() as connection:
            return list(await connection.execute(text(query), values))

    async def next_due(self) -> datetime | None:
        """The last good second of the deadline that runs out next; only who acts or sweeps changes it."""
        if self._due[0] != self.calls:
            async with self._looks() as connection:
                self._due = self.calls, await trades.next_due(connection)
        return self._due[1]

    async def close(self) -> None:
        """Give the connections back."""
        for process in self.processes:
            await process.close()
