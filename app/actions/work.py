"""The one door to an order for writing: locked, visible to the actor, settled first, then acted upon.

Every write is the same sentence: lock, read the clock, load, settle what has run out, decide, write, commit, ring.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.actions.debts import pursue
from app.clock import Clock
from app.db import changes, driver, trades
from app.db.changes import Change
from app.db.trades import NOTHING_ELSE, Asked
from app.domain.access import Actor, By, Scope, missing_scope, party_of
from app.domain.clockwork import settle
from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import Attachment
from app.domain.partial import NotLoaded, holds
from app.domain.trade import Act, Kept, Mint, Trade

log = logging.getLogger(__name__)


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
        """Whose idempotency keys these are."""
        return str(self.by if self.actor is None else self.actor.keeper)


def call_of(
    actor: Actor, operation: str, given: Mapping[str, Any], key: str | None = None, version: int | None = None
) -> Call:
    """The call of an actor's mutation; where it may be retried, its input is remembered by its hash."""
    digest = ""
    if key is not None:
        said = orjson.dumps(given, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
        digest = hashlib.sha256(said).hexdigest()
    return Call(actor.by, actor, operation, key, digest, version)


def require_scope(actor: Actor, scope: Scope) -> None:
    """Refuse a token that was not given this scope."""
    if (refusal := missing_scope(actor.scopes, scope)) is not None:
        raise refusal


def scoped(call: Call, scope: Scope) -> None:
    """Refuse a call by a token that was not given this scope; time and providers come without a token."""
    if call.actor is not None:
        require_scope(call.actor, scope)


# What an attempt came to: the trade as it shall be, the id of what was made, and what is kept of the call
Decision = tuple[Trade, UUID, list[Change]]

KEY_LONGEST = 200
_RECALL = "SELECT operation, input_hash, result_id FROM idempotency_keys WHERE actor = $1 AND key = $2"
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 20))"
_KEPT = {"actor": "text", "key": "text", "operation": "text", "input_hash": "text", "result_id": "uuid"}
_KEEP = (
    "INSERT INTO idempotency_keys (actor, key, operation, input_hash, result_id, created_at)"
    f" SELECT actor, key, operation, input_hash, result_id, now() FROM {changes.rowset(_KEPT)}"
)
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
    order's own rows, or of them, `unseen` what is told of an order the actor may not see where the call named something
    else. A step that asks for more than it names is taken anew, before anything is written, by the whole order.
    """

    async def decide(connection: AsyncConnection, settled: Trade, act: Act, used: bool) -> Decision:
        if used and (made := await recall(connection, call)) is not None:
            return settled, made, []
        try:
            require_key(call)
            expect(call, settled)
            after = step(settled, act)
        except Refusal:
            # a retry may be refused for what its first try has done
            if (made := await recall(connection, call)) is None:
                raise
            return settled, made, []
        made = result(after)
        return after, made, keeping(call, made)

    async def judge(connection: AsyncConnection, before: Trade, now: datetime, used: bool) -> UUID:
        act = call.act(now, means.mint)
        # of what was loaded in part nothing has run out
        settled = settle(before, act) if asked.facts is None or holds(before, "deadlines") else before
        try:
            after, made, along = await decide(connection, settled, act, used)
        except Refusal as refusal:
            kept = refusal.trade if isinstance(refusal, Kept) else settled
            await _write(connection, means, before, kept)
            raise
        await _write(connection, means, before, after, along)
        return made

    async def take(used: bool) -> UUID:
        async with means.engine.connect() as connection:
            before, now = await enter(connection, means, call, order_id, asked, unseen)
            try:
                return await judge(connection, before, now, used)
            except NotLoaded as lack:
                if asked.facts is None:
                    raise
                log.warning("%s is judged by the whole order: %s", call.operation, lack)
            (before,) = await trades.load(connection, [order_id], now, replace(asked, facts=None))
            return await judge(connection, before, now, used)

    try:
        return await take(used=False)
    except asyncpg.UniqueViolationError as error:
        if not _of_key(error):
            raise
        return await take(used=True)


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
    if not await trades.lock(connection, order_id, quota=asked.quota, member_id=asked.member_id, **own):
        raise unseen or Refusal(ErrorCode.NOT_FOUND, NOT_FOUND, ("orderId",))
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


async def _write(
    connection: AsyncConnection, means: Means, before: Trade, after: Trade, along: Sequence[Change] = ()
) -> None:
    if after is before and not along:
        return  # what was locked is let go with the connection, and with it what was written to lock it
    await write_all(connection, means, [(before, after)], along)
    await driver.commit(connection)
    if after.happenings:
        means.feeds.committed()


async def write_all(
    connection: AsyncConnection, means: Means, decided: Sequence[tuple[Trade, Trade]], along: Sequence[Change] = ()
) -> None:
    """Write what was decided on orders, and what follows of it for others."""
    await trades.write(connection, decided, along=along)
    await pursue(connection, means.mint, [after for _, after in decided])


def require_key(call: Call) -> None:
    """Refuse a key that is none."""
    if call.key is not None and not 0 < len(call.key) <= KEY_LONGEST:
        raise Refusal(ErrorCode.INVALID, f"An idempotency key has 1 to {KEY_LONGEST} characters.", ("idempotencyKey",))


async def claim(connection: AsyncConnection, call: Call) -> UUID | None:
    """As `recall`, for what has no row of its own to lock yet: another call with the same key waits for this one.

    It comes first in its transaction, so that nobody waits for it who holds what it will wait for.
    """
    require_key(call)
    if call.key is not None:
        await (await driver.within(connection)).execute(_ALONE, call.keeper, call.key)
    return await recall(connection, call)


async def recall(connection: AsyncConnection, call: Call) -> UUID | None:
    """What this call's key made before, if it was used; another input under the same key is refused."""
    require_key(call)
    if call.key is None:
        return None
    row = await (await driver.within(connection)).fetchrow(_RECALL, call.keeper, call.key)
    if row is None:
        return None
    if (row["operation"], row["input_hash"]) != (call.operation, call.digest):
        raise _reused()
    made: UUID = row["result_id"]
    return made


def _of_key(error: asyncpg.UniqueViolationError) -> bool:
    """Whether it was a call's key that was there before."""
    return error.table_name == "idempotency_keys"


def _reused() -> Refusal:
    return Refusal(
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
        "This key was used for another request; use a fresh key for each new request.",
        ("idempotencyKey",),
    )


def keeping(call: Call, made: UUID) -> list[Change]:
    """What keeps what a call made under its key; another call with the same key waits for it, and then fails.

    A key ages in real time, as clients retry in it, however far the domain's clock was moved.
    """
    if call.key is None:
        return []
    row = {"actor": call.keeper, "key": call.key, "operation": call.operation, "input_hash": call.digest}
    return [Change(_KEEP, [{**row, "result_id": made}])]


async def remember(connection: AsyncConnection, call: Call, made: UUID) -> None:
    """Keep what this call made under its key; waits for another call with the same key, and then refuses."""
    for change in keeping(call, made):
        unless_used = f"{change.statement} ON CONFLICT DO NOTHING RETURNING key"
        try:
            await changes.make(connection, [Change(unless_used, change.rows, "kept", strict=True)])
        except changes.Missing:
            raise _reused() from None


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
        await trades.write(connection, [(None, trade)], offered, keeping(call, trade.order.id))
    except asyncpg.UniqueViolationError as error:
        if not _of_key(error):
            raise
        # somebody with the same key was quicker: what they made is the answer, if they asked for the same
        await connection.rollback()
        if (made := await recall(connection, call)) is None:
            raise
        return made
    if step is not None:
        before, now = await enter(connection, means, call, trade.order.id, Asked(quota=True, coupon_id=coupon_id))
        await trades.write(connection, [(before, step(before, call.act(now, means.mint)))])
    await driver.commit(connection)
    means.feeds.committed()
    return trade.order.id
