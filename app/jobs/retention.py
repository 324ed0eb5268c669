"""Retention: how far back a cursor of the feed is served. The events themselves stay for ever."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from app.clock import Clock
from app.db.engine import Pool
from app.db.feed import raise_floor
from app.events.connections import DATABASE_TROUBLE
from app.jobs.scheduler import LATE_IS_FINE

log = logging.getLogger(__name__)
EVERY = timedelta(hours=1)


@asynccontextmanager
async def running(pool: Pool, clock: Clock, retention: timedelta) -> AsyncIterator[None]:
    """Raise the feed's floor now and every hour, for the length of a block."""

    async def raise_now() -> None:
        try:
            async with pool.acquire() as connection:
                await raise_floor(connection, clock.now() - retention)
        except DATABASE_TROUBLE:
            log.warning("the feed's floor was not raised; it is tried again in an hour", exc_info=True)

    timer = AsyncIOScheduler(timezone=UTC)
    timer.add_job(raise_now, IntervalTrigger(seconds=EVERY.total_seconds()), **LATE_IS_FINE)
    timer.start()
    await raise_now()
    try:
        yield
    finally:
        timer.shutdown(wait=False)
        await asyncio.sleep(0)  # the timer stops in a callback of the loop
