"""Joining and leaving the on-time dispatch guarantee (ENR): the seller's row is locked, settled, then acted upon."""

import logging
from datetime import timedelta
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.actions import work
from app.actions.sellers import own_seller, require
from app.actions.work import Batch, Call, Means
from app.db import enrolments as stored
from app.db import policies
from app.domain import enrolment
from app.domain.access import By, Role, Scope
from app.domain.enrolment import Enrolment, Step
from app.domain.errors import Refusal
from app.domain.trade import Act

log = logging.getLogger(__name__)


async def join(means: Means, call: Call) -> UUID:
    """Join: new orders promise on-time dispatch from now on (ENR-1); the id of the seller."""
    return await _take(means, call, enrolment.join)


async def leave(means: Means, call: Call) -> UUID:
    """Leave, once one has been in for long enough (ENR-2); the id of the seller."""
    return await _take(means, call, enrolment.leave)


async def _take(means: Means, call: Call, step: Step) -> UUID:
    """Take a step of the caller's own seller; what had run out is settled and stays settled even if it is refused."""
    seller_id = own_seller(require(call, frozenset({Role.OWNER}), Scope.ORDERS_WRITE))
    async with means.engine.connect() as connection:
        await stored.lock(connection, seller_id)
        # after the lock: whoever held it may have been long about it
        now = await means.clock.read(connection)
        (before,) = await stored.load(connection, [seller_id])
        act = call.act(now, means.mint)
        after = settled = enrolment.settle(before, act)
        try:
            if await work.recall(connection, call) is None:
                after = step(settled, act, await policies.in_force(connection, now))
                await work.remember(connection, call, seller_id)
        except Refusal:
            await _write(connection, means, before, settled)
            raise
        await _write(connection, means, before, after)
    return seller_id


async def _write(connection: AsyncConnection, means: Means, before: Enrolment, after: Enrolment) -> None:
    await stored.write(connection, [(before, after)])
    await connection.commit()
    if after.happenings:
        means.feeds.committed()


async def settle_due_sellers(means: Means, limit: int = 500, passed_over: set[UUID] | None = None) -> Batch:
    """Announce to as many as `limit` sellers what their clocks allow by now.

    As with orders: who is locked is passed over, and who cannot be settled is logged and joins those `passed_over`.
    """
    passed = set() if passed_over is None else passed_over
    async with means.engine.connect() as connection:
        now = await means.clock.read(connection)
        due = await stored.lock_due(connection, now, limit, passed)
        if not due:
            return Batch(0, now, 0, timedelta())
        act = Act(By.TIME, await means.clock.read(connection), means.mint)
        loaded = await stored.load(connection, due)
        decided = [(before, after) for before in loaded if (after := _settled(before, act, passed)) is not before]
        try:
            await stored.write(connection, decided)
            await connection.commit()
        except DBAPIError as error:
            # in a batch nobody knows whose fault it was; alone it is this one's, unless the database is away
            if len(due) > 1 or error.connection_invalidated:
                raise
            log.exception("seller %s cannot be settled", due[0])
            passed.add(due[0])
            decided = []
    means.feeds.committed()
    lag = max((enrolment.lag(before, act.now) for before, _ in decided), default=timedelta())
    return Batch(len(due), act.now, len(decided), lag)


def _settled(before: Enrolment, act: Act, passed_over: set[UUID]) -> Enrolment:
    try:
        return enrolment.settle(before, act)
    except Exception:
        log.exception("seller %s cannot be settled", before.seller.id)
        passed_over.add(before.seller.id)
        return before
