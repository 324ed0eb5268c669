"""When the sweep comes: APScheduler as a timer and nothing else, since the deadlines themselves are rows.

The timer rings at the nearest deadline, and at least every interval, because any process may set a nearer one. Whoever
learns that the clock was moved rings, too.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from app.actions import ranking
from app.actions.members import hand_over
from app.actions.work import Means
from app.db import trades
from app.domain.calendar import SECOND, in_time
from app.events.tasks import forever, happened
from app.events.tunables import Tunables
from app.jobs.sweeps import sweep

# a late ring is a ring: nothing that was due is ever left out for being late
LATE_IS_FINE: dict[str, Any] = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
# an order that could not be settled is tried again after so many looks
FORGIVEN_AFTER = 60


class Sweeper:
    """Looks for deadlines when the timer rings, one look at a time."""

    def __init__(self, means: Means, every: timedelta) -> None:
        self._means = means
        self._every = every
        self._rung = asyncio.Event()
        self._passed_over: set[UUID] = set()
        # what could not be handed over may still fall due, so it is no deadline's to pass over
        self._left: set[UUID] = set()
        self._looks = 0
        self._ranks_at = datetime.min.replace(tzinfo=UTC)
        self._timer = AsyncIOScheduler(timezone=UTC)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Sweep for the length of a block; a sweep that fails is logged and comes again."""
        self._rung.set()
        self._timer.add_job(self._ring, IntervalTrigger(seconds=self._every.total_seconds()), **LATE_IS_FINE)
        self._timer.start()
        task = asyncio.create_task(forever("the sweep of deadlines", self._turn, Tunables()), name="sweeper")
        try:
            with self._means.clock.followed(self._rung.set):
                yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self._timer.shutdown(wait=False)
            await asyncio.sleep(0)  # the timer stops in a callback of the loop

    async def _ring(self) -> None:
        self._rung.set()

    async def _turn(self) -> None:
        # should the timer itself be stuck, the sweep still comes
        await happened(self._rung, 10 * self._every.total_seconds())
        self._rung.clear()
        await self.look()

    async def look(self) -> None:
        """Settle what has run out, rank sellers once a day, and have the timer ring at the nearest deadline left."""
        self._looks += 1
        if self._looks % FORGIVEN_AFTER == 0:
            self._passed_over.clear()
            self._left.clear()
        now, nearest = await self._nearest()
        if nearest is not None and not in_time(now, nearest):
            await sweep(self._means, self._passed_over)
            now, nearest = await self._nearest()
        if await hand_over(self._means, self._left):
            # a batch at a time, so that no deadline waits for the orders of whoever had many
            self._rung.set()
        if nearest is not None and in_time(now, nearest):
            # the timer knows real time only; after a move somebody rings anyway
            at = DateTrigger(nearest + SECOND - self._means.clock.ahead)
            self._timer.add_job(self._ring, at, id="nearest", replace_existing=True, **LATE_IS_FINE)
        if now >= self._ranks_at:
            self._ranks_at = await ranking.make(self._means)

    async def _nearest(self) -> tuple[datetime, datetime | None]:
        """The present instant, and the last good second of the deadline that runs out next."""
        async with self._means.engine.connect() as connection:
            return await self._means.clock.read(connection), await trades.next_due(connection)


def running(means: Means, every: timedelta) -> AbstractAsyncContextManager[None]:
    """Sweep for the length of a block, looking at least so often."""
    return Sweeper(means, every).running()
