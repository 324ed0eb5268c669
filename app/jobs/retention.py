"""Retention: how far back a cursor of the feed is served, and how long runs, files, budgets and logs are kept.

The events themselves stay for ever. Cursors age in real time: no move of the domain's clock takes one away.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from app.actions import deliveries
from app.actions.files import Keeping, forget_unused
from app.actions.sheets import forget_old
from app.clock import Clock
from app.db import budgets, keys, sweeps
from app.db.engine import Pool
from app.db.feed import raise_floor
from app.events.connections import DATABASE_TROUBLE
from app.jobs.scheduler import LATE_IS_FINE

log = logging.getLogger(__name__)
EVERY = timedelta(hours=1)


@asynccontextmanager
async def running(
    pool: Pool,
    clock: Clock,
    retention: timedelta,
    keeping: Keeping | None = None,
    deliveries_kept: timedelta | None = None,
) -> AsyncIterator[None]:
    """Raise the feed's floor and let go of what was kept long enough, now and every hour, for a block's length."""

    async def look() -> None:
        try:
            async with pool.acquire() as connection:
                await raise_floor(connection, clock.real() - retention)
            await sweeps.prune(pool)
            await budgets.forget_unused(pool)
            await keys.forget_old(pool)
            if keeping is not None:
                await forget_unused(keeping)
                await forget_old(keeping)
            if keeping is not None and deliveries_kept is not None:
                await deliveries.forget_old(keeping, deliveries_kept)
        except DATABASE_TROUBLE:
            log.warning(
                "old cursors, runs of the sweep, files and deliveries are not let go of; it is tried again in an hour",
                exc_info=True,
            )

    timer = AsyncIOScheduler(timezone=UTC)
    timer.add_job(look, IntervalTrigger(seconds=EVERY.total_seconds()), **LATE_IS_FINE)
    timer.start()
    await look()
    try:
        yield
    finally:
        timer.shutdown(wait=False)
        await asyncio.sleep(0)  # the timer stops in a callback of the loop
