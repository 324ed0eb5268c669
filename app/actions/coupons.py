"""What time does to platform coupons."""

import logging
from datetime import timedelta
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from app.actions.work import Batch, Means
from app.db import coupons as stored
from app.domain import coupons
from app.domain.access import By
from app.domain.coupons import Issued
from app.domain.trade import Act

log = logging.getLogger(__name__)


async def settle_due_coupons(means: Means, limit: int = 500, passed_over: set[UUID] | None = None) -> Batch:
    """Announce and expire as many as `limit` coupons whose clocks have run out (COU-2).

    As with orders: one that is locked is passed over, and one that cannot be settled is logged and `passed_over`.
    """
    passed = set() if passed_over is None else passed_over
    async with means.engine.connect() as connection:
        now = await means.clock.read(connection)
        due = await stored.lock_due(connection, now, limit, passed)
        if not due:
            return Batch(0, now, 0, timedelta())
        act = Act(By.TIME, await means.clock.read(connection), means.mint)
        decided = [(before, _settled(before, act, passed)) for before in await stored.load(connection, due)]
        try:
            await stored.write(connection, decided)
            await connection.commit()
        except DBAPIError as error:
            # in a batch nobody knows whose fault it was; alone it is this one's, unless the database is away
            if len(due) > 1 or error.connection_invalidated:
                raise
            log.exception("coupon %s cannot be settled", due[0])
            passed.add(due[0])
            decided = []
    means.feeds.committed()
    lag = max((coupons.lag(before, act.now) for before, _ in decided), default=timedelta())
    return Batch(len(due), act.now, len(decided), lag)


def _settled(before: Issued, act: Act, passed_over: set[UUID]) -> Issued:
    try:
        return coupons.settle(before, act)
    except Exception:
        log.exception("coupon %s cannot be settled", before.coupon.id)
        passed_over.add(before.coupon.id)
        return before
