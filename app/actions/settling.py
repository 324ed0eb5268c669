"""Time as an actor on many: whatever has run out is locked, loaded, settled and written in batches.

The functions that decide are those of an act on one (`work`); only the facts they need are loaded, and set by set.
A batch is written in parts of one transaction: while the database writes one, the next is decided.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from asyncpg import (
    AdminShutdownError,
    CannotConnectNowError,
    CrashShutdownError,
    PostgresConnectionError,
    PostgresError,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.actions.work import Call, Means, on_order, write_all
from app.db import driver, trades
from app.domain import deadlines
from app.domain.access import By
from app.domain.clockwork import settle
from app.domain.partial import NotLoaded, holds
from app.domain.trade import Act, Trade

log = logging.getLogger(__name__)
T = TypeVar("T")
# What the database refuses, as the engine tells it or as its driver does
REFUSED = (DBAPIError, PostgresError)
# So many are written at once, and after so many that were decided whoever waits for the loop has a turn
PART, TURN = 200, 20
_GONE = (PostgresConnectionError, AdminShutdownError, CrashShutdownError, CannotConnectNowError)


def away(error: Exception) -> bool:
    """Whether the database refused because it goes away."""
    return isinstance(error, _GONE) or (isinstance(error, DBAPIError) and error.connection_invalidated)


@dataclass(frozen=True, slots=True)
class Batch:
    """Orders that were due together: how many, when they were looked at, and how many were settled how late."""

    due: int
    at: datetime
    settled: int
    lag: timedelta


@dataclass(frozen=True, slots=True)
class Timed(Generic[T]):
    """A kind of subject that clocks run for: how what is due is locked, loaded, settled and written."""

    noun: str
    lock_due: Callable[[AsyncConnection, datetime, int, set[UUID]], Awaitable[list[UUID]]]
    load: Callable[[AsyncConnection, list[UUID], datetime], Awaitable[list[T]]]
    settle: Callable[[T, Act], T]
    write: Callable[[AsyncConnection, list[tuple[T, T]]], Coroutine[Any, Any, None]]
    id_of: Callable[[T], UUID]
    lag: Callable[[T, datetime], timedelta]


async def settle_batch(means: Means, kind: Timed[T], limit: int, passed_over: set[UUID] | None = None) -> Batch:
    """Settle as many as `limit` subjects of a kind whose deadlines have run out.

    Those locked by somebody else are passed over: whoever holds them settles them first. One that cannot be settled,
    which is a defect, is logged and joins those `passed_over`, so that it does not keep others waiting.
    """
    passed = set() if passed_over is None else passed_over
    async with means.engine.connect() as connection:
        now = await means.clock.read(connection)
        due = await kind.lock_due(connection, now, limit, passed)
        if not due:
            return Batch(0, now, 0, timedelta())
        act = Act(By.TIME, await means.clock.read(connection), means.mint)
        loaded = await kind.load(connection, due, act.now)
        try:
            decided = await _settled(connection, kind, loaded, act, passed)
            await driver.commit(connection)
        except REFUSED as error:
            # in a batch nobody knows whose fault it was; alone it is this one's, unless the database is away
            if len(due) > 1 or away(error):
                raise
            log.exception("%s %s cannot be settled", kind.noun, due[0])
            passed.add(due[0])
            decided = []
    means.feeds.committed()
    lag = max((kind.lag(before, act.now) for before, _ in decided), default=timedelta())
    return Batch(len(due), act.now, len(decided), lag)


async def _settled(
    connection: AsyncConnection, kind: Timed[T], loaded: Sequence[T], act: Act, passed_over: set[UUID]
) -> list[tuple[T, T]]:
    """What was decided on those loaded, and written."""
    decided: list[tuple[T, T]] = []
    writing: asyncio.Task[None] | None = None
    try:
        for start in range(0, len(loaded), PART):
            part = await _decided(kind, loaded[start : start + PART], act, passed_over)
            if writing is not None:
                await writing
            writing = asyncio.create_task(kind.write(connection, part))
            decided += part
        if writing is not None:
            await writing
    finally:
        # the connection is not to be left while something runs on it
        if writing is not None:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
    return decided


async def _decided(kind: Timed[T], part: Sequence[T], act: Act, passed_over: set[UUID]) -> list[tuple[T, T]]:
    """Those of a part that time changes, before and after."""
    decided = []
    for at, before in enumerate(part):
        if at % TURN == 0:
            # so the statement that writes the part before is sent, and requests do not wait for a whole part
            await asyncio.sleep(0)
        try:
            after = kind.settle(before, act)
        except Exception:
            log.exception("%s %s cannot be settled", kind.noun, kind.id_of(before))
            passed_over.add(kind.id_of(before))
            continue
        if after is not before:
            decided.append((before, after))
    return decided


async def _load_due(connection: AsyncConnection, due: list[UUID], now: datetime) -> list[Trade]:
    """The due orders, at most one of each seller who owes something: what is collected for one is not owed for two.

    Seller after seller, because the parts they are written in lock the sellers' accounts, which all lock in one order.
    """
    seen: set[UUID] = set()
    kept = []
    for trade in sorted(await trades.load_due(connection, due, now), key=lambda trade: trade.seller.id):
        if holds(trade, "recoveries") and trades.settles_debts(trade):
            if trade.seller.id in seen:
                continue
            seen.add(trade.seller.id)
        kept.append(trade)
    return kept


async def settle_due(means: Means, limit: int = 500, passed_over: set[UUID] | None = None) -> Batch:
    """Settle the orders whose deadlines have run out, each by the facts that their lapses name."""
    lacking: list[UUID] = []

    def by_named(trade: Trade, act: Act) -> Trade:
        try:
            return settle(trade, act)
        except NotLoaded as lack:
            log.warning("order %s is settled whole: %s", trade.order.id, lack)
            lacking.append(trade.order.id)
            return trade

    orders = Timed(
        noun="order",
        lock_due=trades.lock_due,
        load=_load_due,
        settle=by_named,
        write=lambda connection, decided: write_all(connection, means, decided),
        id_of=lambda trade: trade.order.id,
        lag=deadlines.lag,
    )
    passed = set() if passed_over is None else passed_over
    batch = await settle_batch(means, orders, limit, passed)
    for order_id in lacking:
        await _settle_whole(means, order_id, passed)
    return replace(batch, settled=batch.settled + len(lacking))


async def _settle_whole(means: Means, order_id: UUID, passed_over: set[UUID]) -> None:
    """Settle an order whose lapses asked for more than they name."""
    try:
        await on_order(means, Call(By.TIME), order_id, lambda trade, act: trade)
    except Exception:
        log.exception("order %s cannot be settled", order_id)
        passed_over.add(order_id)
