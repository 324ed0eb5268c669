"""The sweep: the actor who comes when nobody else does, and settles what has run out."""

import logging
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from app.actions.work import Means, settle_due

log = logging.getLogger(__name__)
BATCH = 500


async def sweep(means: Means, passed_over: set[UUID] | None = None, batch: int = BATCH) -> int:
    """Settle everything that has run out and nobody holds, in batches; how many orders that were."""
    passed = set() if passed_over is None else passed_over
    size, total = batch, 0
    while True:
        try:
            settled = await settle_due(means, size, passed)
        except DBAPIError as error:
            if size == 1 or error.connection_invalidated:
                raise
            # one order fails the whole batch: one by one, so that only that one is left behind
            log.warning("a batch of %d could not be settled together: %s", size, error.orig)
            size = 1
            continue
        if not settled:
            return total
        total += settled
