"""The sweep: the actor who comes when nobody else does, and settles what has run out."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from app.actions.work import Batch, Means, settle_due
from app.db import sweeps

log = logging.getLogger(__name__)
BATCH = 500


async def sweep(means: Means, passed_over: set[UUID] | None = None, batch: int = BATCH) -> int:
    """Settle everything that has run out and nobody holds, in batches; how many orders that were."""
    passed = set() if passed_over is None else passed_over
    size = batch
    async with _recorded(means) as batches:
        while True:
            try:
                done = await settle_due(means, size, passed)
            except DBAPIError as error:
                if size == 1 or error.connection_invalidated:
                    raise
                # one order fails the whole batch: one by one, so that only that one is left behind
                log.warning("a batch of %d could not be settled together: %s", size, error.orig)
                size = 1
                continue
            if not done.due:
                return sum(each.due for each in batches)
            batches.append(done)


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
