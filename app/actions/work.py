"""The one door to an order for writing: locked, visible to the actor, settled first, then acted upon.

Every write is the same sentence: lock, read the clock, load, settle what has run out, decide, write, commit, ring.
"""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.clock import Clock
from app.db import tables as t
from app.db import trades
from app.db.trades import NOTHING_ELSE, Asked
from app.domain import deadlines
from app.domain.access import Actor, By, Scope, missing_scope, party_of
from app.domain.clockwork import settle
from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import Attachment
from app.domain.trade import Act, Kept, Mint, Trade


class Bell(Protocol):
    """What is told after each commit that there are events to number and to push."""

    def committed(self) -> None:
        """Something was committed; cannot fail."""


class Means(Protocol):
    """What actions need of the outside: where to write, the time, fresh ids, and whom to tell."""

    @property
    def engine(self) -> AsyncEngine:
        """The engine for writing."""

    @property
    def clock(self) -> Clock:
        """The clock."""

    @property
    def mint(self) -> Mint:
        """Fresh ids and numbers."""

    @property
    def feeds(self) -> Bell:
        """The feed that new events go to."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to act: by whom (an actor, or a source without an account), and what makes its retry safe."""

    by: By
    actor: Actor | None = None
    operation: str = ""
    key: str | None = None
    digest: str = ""
    expected_version: int | None = None

    def act(self, now: datetime, mint: Mint) -> Act:
        """The act of this call at an instant."""
        return Act(self.by, now, mint, self.actor)

    @property
    def keeper(self) -> str:
        """Whose idempotency keys these are: a token's own, else the account's."""
        if self.actor is None:
            return str(self.by)
        return str(self.actor.token_id or self.actor.account_id)


def call_of(
    actor: Actor, operation: str, given: Mapping[str, Any], key: str | None = None, version: int | None = None
) -> Call:
    """The call of an actor's mutation; its input is remembered by its hash."""
    said = orjson.dumps(given, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return Call(actor.by, actor, operation, key, hashlib.sha256(said).hexdigest(), version)


def require_scope(actor: Actor, scope: Scope) -> None:
    """Refuse a token that was not given this scope."""
    if (refusal := missing_scope(actor.scopes, scope)) is not None:
        raise refusal


log = logging.getLogger(__name__)
T = TypeVar("T")

KEY_LONGEST = 200
NOT_FOUND = "There is no such order, or you may not see it."


async def on_order(
    means: Means,
    call: Call,
    order_id: UUID,
    step: Callable[[Trade, Act], Trade],
    result: Callable[[Trade], UUID] = lambda trade: trade.order.id,
    asked: Asked = NOTHING_ELSE,
    unseen: Refusal | None = None,
) -> UUID:
    """Take a step on an order; the id of what it made.

    What had run out is settled and stays settled even if the step is refused. `asked` is what the step needs beside the
    order's own rows, `unseen` what is told of an order the actor may not see where the call named something else.
    """
    async with means.engine.connect() as connection:
        before, now = await enter(connection, means, call, order_id, asked, unseen)
        act = call.act(now, means.mint)
        settled = settle(before, act)
        try:
            made = await recall(connection, call)
            if made is None:
                expect(call, settled)
                after = step(settled, act)
                made = result(after)
                await remember(connection, call, made)
            else:
                after = settled
        except Refusal as refusal:
            kept = refusal.trade if isinstance(refusal, Kept) else settled
            await _write(connection, means, before, kept)
            raise
        await _write(connection, means, before, after)
    return made


async def enter(
    connection: AsyncConnection,
    means: Means,
    call: Call,
    order_id: UUID,
    asked: Asked = NOTHING_ELSE,
    unseen: Refusal | None = None,
) -> tuple[Trade, datetime]:
    """The order, locked and loaded, and the present instant; NOT_FOUND for whoever may not see it."""
    actor = call.actor
    own = {}
    if actor is not None and actor.by is By.BUYER:
        own = {"buyer_id": actor.account_id}
    elif actor is not None and actor.by is By.SELLER and actor.seller_id is not None:
        own = {"seller_id": actor.seller_id}
    if not await trades.lock(connection, order_id, **own):
        raise unseen or Refusal(ErrorCode.NOT_FOUND, NOT_FOUND, ("orderId",))
    if asked.quota:
        await trades.lock_quota(connection, order_id)
    # after the lock: whoever held it may have been long about it
    now = await means.clock.read(connection)
    trade = (await trades.load(connection, [order_id], now, asked))[0]
    if actor is not None and party_of(actor.viewer, trade.seen) is None:
        raise unseen or Refusal(ErrorCode.NOT_FOUND, NOT_FOUND, ("orderId",))
    return trade, now


def expect(call: Call, trade: Trade) -> None:
    """Refuse a call that was decided upon another version of the order."""
    expected, current = call.expected_version, trade.order.version
    if expected is not None and expected != current:
        raise Refusal(
            ErrorCode.VERSION_CONFLICT,
            f"The order is at version {current} by now; look at it again before you decide.",
            ("expectedVersion",),
            {"expected": str(expected), "current": str(current)},
        )


async def _write(connection: AsyncConnection, means: Means, before: Trade, after: Trade) -> None:
    if after is not before:
        await trades.write(connection, [(before, after)])
    await connection.commit()
    if after.happenings:
        means.feeds.committed()


async def recall(connection: AsyncConnection, call: Call) -> UUID | None:
    """What this call's key made before, if it was used; another input under the same key is refused."""
    if call.key is None:
        return None
    if not 0 < len(call.key) <= KEY_LONGEST:
        raise Refusal(ErrorCode.INVALID, f"An idempotency key has 1 to {KEY_LONGEST} characters.", ("idempotencyKey",))
    keys = t.idempotency_keys
    found = await connection.execute(
        select(keys.c.operation, keys.c.input_hash, keys.c.result_id).where(
            keys.c.actor == call.keeper, keys.c.key == call.key
        )
    )
    row = found.first()
    if row is None:
        return None
    if (row.operation, row.input_hash) != (call.operation, call.digest):
        raise _reused()
    made: UUID = row.result_id
    return made


def _reused() -> Refusal:
    return Refusal(
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
        "This key was used for another request; use a fresh key for each new request.",
        ("idempotencyKey",),
    )


async def remember(connection: AsyncConnection, call: Call, made: UUID) -> None:
    """Keep what this call made under its key; waits for another call with the same key, and then refuses.

    A key ages in real time, as clients retry in it, however far the domain's clock was moved.
    """
    if call.key is None:
        return
    row = {
        "actor": call.keeper,
        "key": call.key,
        "operation": call.operation,
        "input_hash": call.digest,
        "result_id": made,
        "created_at": func.now(),
    }
    kept = await connection.execute(
        insert(t.idempotency_keys).values(row).on_conflict_do_nothing().returning(t.idempotency_keys.c.key)
    )
    if kept.first() is None:
        raise _reused()


async def new_order(
    means: Means,
    call: Call,
    draft: Callable[[Act], Trade],
    connection: AsyncConnection,
    step: Callable[[Trade, Act], Trade] | None = None,
    coupon_id: UUID | None = None,
    offered: Sequence[Attachment] = (),
) -> UUID:
    """Write a new order within a transaction that the caller began and this commits; the id of the order.

    A `step` is taken on it at once, as if somebody came back for it: both are written, or neither.
    `offered` are the uploaded files that the draft was given.
    """
    made = await recall(connection, call)
    if made is not None:
        return made
    act = call.act(await means.clock.read(connection), means.mint)
    trade = draft(act)
    try:
        await remember(connection, call, trade.order.id)
    except Refusal:
        # somebody with the same key was quicker: what they made is the answer, if they asked for the same
        made = await recall(connection, call)
        if made is None:
            raise
        return made
    await trades.write(connection, [(None, trade)], offered)
    if step is not None:
        before, now = await enter(connection, means, call, trade.order.id, Asked(quota=True, coupon_id=coupon_id))
        await trades.write(connection, [(before, step(before, call.act(now, means.mint)))])
    await connection.commit()
    means.feeds.committed()
    return trade.order.id


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
    write: Callable[[AsyncConnection, list[tuple[T, T]]], Awaitable[None]]
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
        settled = [(before, _settled(kind, before, act, passed)) for before in loaded]
        decided = [(before, after) for before, after in settled if after is not before]
        try:
            await kind.write(connection, decided)
            await connection.commit()
        except DBAPIError as error:
            # in a batch nobody knows whose fault it was; alone it is this one's, unless the database is away
            if len(due) > 1 or error.connection_invalidated:
                raise
            log.exception("%s %s cannot be settled", kind.noun, due[0])
            passed.add(due[0])
            decided = []
    means.feeds.committed()
    lag = max((kind.lag(before, act.now) for before, _ in decided), default=timedelta())
    return Batch(len(due), act.now, len(decided), lag)


def _settled(kind: Timed[T], before: T, act: Act, passed_over: set[UUID]) -> T:
    try:
        return kind.settle(before, act)
    except Exception:
        log.exception("%s %s cannot be settled", kind.noun, kind.id_of(before))
        passed_over.add(kind.id_of(before))
        return before


async def _load_due(connection: AsyncConnection, due: list[UUID], now: datetime) -> list[Trade]:
    """The due orders, at most one of each seller who owes something: what is collected for one is not owed for two."""
    seen: set[UUID] = set()
    kept = []
    for trade in await trades.load(connection, due, now):
        if trades.settles_debts(trade):
            if trade.seller.id in seen:
                continue
            seen.add(trade.seller.id)
        kept.append(trade)
    return kept


async def settle_due(means: Means, limit: int = 500, passed_over: set[UUID] | None = None) -> Batch:
    """Settle the orders whose deadlines have run out."""
    orders = Timed(
        noun="order",
        lock_due=trades.lock_due,
        load=_load_due,
        settle=settle,
        write=trades.write,
        id_of=lambda trade: trade.order.id,
        lag=deadlines.lag,
    )
    return await settle_batch(means, orders, limit, passed_over)
