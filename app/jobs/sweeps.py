"""The sweep: the actor who comes when nobody else does, and settles what has run out."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from uuid import UUID

from app.actions.coupons import settle_due_coupons
from app.actions.enrolment import settle_due_sellers
from app.actions.settling import REFUSED, Batch, away, settle_due
from app.actions.work import Means
from app.db import sweeps

log = logging.getLogger(__name__)
BATCH = 1_000


Settler = Callable[[Means, int, set[UUID]], Awaitable[Batch]]
# What settles a batch of each kind of subject that has deadlines
SETTLERS: Sequence[Settler] = (settle_due, settle_due_coupons, settle_due_sellers)


async def sweep(means: Means, passed_over: set[UUID] | None = None, batch: int = BATCH) -> int:
    """Settle everything that has run out and nobody holds, in batches; how many orders and sellers that were."""
    passed = set() if passed_over is None else passed_over
    async with _recorded(means) as batches:
        for settler in SETTLERS:
            async for done in _settled(settler, means, passed, batch):
                batches.append(done)
        return sum(each.due for each in batches)


async def _settled(settler: Settler, means: Means, passed: set[UUID], size: int) -> AsyncIterator[Batch]:
    """Batch after batch, until nothing of this kind is due."""
    while True:
        try:
            done = await settler(means, size, passed)
        except REFUSED as error:
            if size == 1 or away(error):
                raise
            # one fails the whole batch: one by one, so that only that one is left behind
            log.warning("a batch of %d could not be settled together: %s", size, getattr(error, "orig", error))
            size = 1
            continue
        if not done.due:
            return
        yield done


@asynccontextmanager
async def _recorded(means: Means) -> AsyncIterator[list[Batch]]:
    """Keep what a run did, however it ends, if it settled anything."""
    began, batches = monotonic(), list[Batch]()
    try:
        yield batches
    finally:
        settled = sum(each.settled for each in batches)
        if settled:
            async with means.engine.begin() as connection:
                await sweeps.record(
                    connection,
                    means.mint.id(),
                    batches[0].at,
                    took_ms=round((monotonic() - began) * 1000),
                    settled=settled,
                    skipped=await sweeps.still_due(connection, batches[-1].at),
                    lag=max(each.lag for each in batches),
                )
