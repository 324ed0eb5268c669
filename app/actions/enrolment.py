"""Joining and leaving the on-time dispatch guarantee (ENR): the seller's row is locked, settled, then acted upon."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.actions import work
from app.actions.sellers import own_seller, require_in_person
from app.actions.settling import Batch, Timed, settle_batch
from app.actions.work import Call, Means
from app.db import driver, policies
from app.db import enrolments as stored
from app.domain import enrolment
from app.domain.access import Role
from app.domain.enrolment import Enrolment, Step
from app.domain.errors import Refusal


async def join(means: Means, call: Call) -> UUID:
    """Join: new orders promise on-time dispatch from now on (ENR-1); the id of the seller."""
    return await _take(means, call, enrolment.join)


async def leave(means: Means, call: Call) -> UUID:
    """Leave, once one has been in for long enough (ENR-2); the id of the seller."""
    return await _take(means, call, enrolment.leave)


async def _take(means: Means, call: Call, step: Step) -> UUID:
    """Take a step of the caller's own seller; what had run out is settled and stays settled even if it is refused."""
    seller_id = own_seller(require_in_person(call, frozenset({Role.OWNER})))
    async with means.engine.connect() as connection:
        await stored.lock(connection, seller_id)
        # after the lock: whoever held it may have been long about it
        now = await means.clock.read(connection)
        (before,) = await stored.load(connection, [seller_id], now)
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
    await driver.commit(connection)
    if after.happenings:
        means.feeds.committed()


SELLERS = Timed(
    "seller",
    stored.lock_due,
    stored.load,
    enrolment.settle,
    stored.write,
    lambda before: before.seller.id,
    enrolment.lag,
)


async def settle_due_sellers(means: Means, limit: int = 500, passed_over: set[UUID] | None = None) -> Batch:
    """Announce to sellers what their clocks allow by now."""
    return await settle_batch(means, SELLERS, limit, passed_over)
