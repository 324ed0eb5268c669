"""Policy and exchange rates: an operator adds versions with an effective instant; none is ever changed (FEE-4)."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.actions import work
from app.actions.work import Call, Means
from app.db import policies as stored
from app.db import tables as t
from app.db.happenings import event_row
from app.db.trades import policy_of
from app.domain import policy_changes
from app.domain.access import Actor, Role, require_person
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import Change, EventKind, Happening
from app.domain.money import DECIMALS
from app.domain.policy import Policy
from app.domain.policy_changes import PolicyPatch

RATE_MOST = Decimal(10) ** 12


def operator(call: Call) -> Actor:
    """Whoever calls, an operator; nobody else may."""
    if call.actor is None or call.actor.role is not Role.OPERATOR:
        raise Refusal(ErrorCode.FORBIDDEN, "This is for operators only.")
    return call.actor


def writer(call: Call) -> Actor:
    """Whoever calls, an operator in person: no access token changes the rules (INT-2)."""
    actor = operator(call)
    require_person(actor)
    return actor


async def current(means: Means) -> Policy:
    """The policy in force now."""
    async with means.engine.connect() as connection:
        return await stored.in_force(connection, await means.clock.read(connection))


async def preview(means: Means, call: Call, patch: PolicyPatch, effective_at: datetime | None = None) -> list[Change]:
    """What a change would make different; nothing is written."""
    operator(call)
    async with means.engine.connect() as connection:
        now = await means.clock.read(connection)
        before, after = await _next(connection, patch, means.mint.id(), effective_at or now, now)
    return policy_changes.differences(before, after)


async def change(
    means: Means, call: Call, patch: PolicyPatch, effective_at: datetime | None = None
) -> tuple[UUID, list[Change]]:
    """Add a version of policy, in force from now or from an instant ahead; its id, and what it makes different."""
    actor = writer(call)
    async with means.engine.begin() as connection:
        now = await _alone(connection, means, "policies")
        if (made := await work.recall(connection, call)) is not None:
            return made, await _changes_of(connection, made)
        before, after = await _next(connection, patch, means.mint.id(), effective_at or now, now)
        changes = policy_changes.differences(before, after)
        await work.remember(connection, call, after.id)
        await stored.add(connection, after, actor.account_id, now)
        await tell(connection, call, EventKind.POLICY_CHANGED, after.id, after.effective_at, now, changes, {})
    means.feeds.committed()
    return after.id, changes


async def _alone(connection: AsyncConnection, means: Means, table: str) -> datetime:
    """The present instant, once nobody reads the table: whoever read before did so at an earlier instant.

    So no order is confirmed under what was in force at an instant at which, a moment later, something else was.
    """
    await connection.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
    return await means.clock.read(connection)


async def _next(
    connection: AsyncConnection, patch: PolicyPatch, id: UUID, effective_at: datetime, now: datetime
) -> tuple[Policy, Policy]:
    _require_ahead(effective_at, now)
    policies = t.policies
    later = await connection.execute(
        select(policies.c.effective_at).where(policies.c.effective_at >= effective_at).order_by(policies.c.effective_at)
    )
    scheduled = later.scalars().all()
    if scheduled:
        raise Refusal(
            ErrorCode.INVALID,
            "Another version is to come in force then or later and would undo this one; choose an instant after it.",
            ("effectiveAt",),
            {"scheduled": scheduled[-1].isoformat()},
        )
    before = await stored.in_force(connection, effective_at)
    return before, policy_changes.changed(before, patch, id, effective_at)


def _require_ahead(effective_at: datetime, now: datetime) -> None:
    if effective_at < now:
        raise Refusal(
            ErrorCode.EFFECTIVE_IN_THE_PAST,
            "It can come in force now or later, never earlier: what was agreed stays agreed.",
            ("effectiveAt",),
            {"now": now.isoformat()},
        )


async def _changes_of(connection: AsyncConnection, policy_id: UUID) -> list[Change]:
    found = await connection.execute(select(t.policies).where(t.policies.c.id == policy_id))
    after = policy_of(found.mappings().one())
    earlier = (
        select(t.policies)
        .where(t.policies.c.effective_at < after.effective_at)
        .order_by(t.policies.c.effective_at.desc())
        .limit(1)
    )
    before = policy_of((await connection.execute(earlier)).mappings().one())
    return policy_changes.differences(before, after)


async def set_rate(
    means: Means, call: Call, base: str, quote: str, rate: Decimal, effective_at: datetime | None = None
) -> UUID:
    """Set how many units of `quote` one `base` is worth, from now or from an instant ahead; the rate's id."""
    actor = writer(call)
    _check_rate(base, quote, rate)
    async with means.engine.begin() as connection:
        now = await _alone(connection, means, "exchange_rates")
        if (made := await work.recall(connection, call)) is not None:
            return made
        at = effective_at or now
        _require_ahead(at, now)
        before = await _rate_at(connection, base, quote, at)
        if before is not None and before[1] == at:
            raise Refusal(ErrorCode.INVALID, "A rate of this pair comes in force at this instant.", ("effectiveAt",))
        rate_id = means.mint.id()
        await work.remember(connection, call, rate_id)
        await stored.add_rate(connection, rate_id, (base, quote), rate, at, actor.account_id, now)
        changes = [Change("rate", None if before is None else f"{before[0]:f}", f"{rate:f}")]
        facts = {"base": base, "quote": quote}
        await tell(connection, call, EventKind.RATE_CHANGED, rate_id, at, now, changes, facts)
    means.feeds.committed()
    return rate_id


def _check_rate(base: str, quote: str, rate: Decimal) -> None:
    for name, code in (("base", base), ("quote", quote)):
        if code not in DECIMALS:
            raise Refusal(ErrorCode.INVALID, f"{code} is not an ISO 4217 currency.", (name,))
    if base == quote:
        raise Refusal(ErrorCode.INVALID, "A rate is between two currencies.", ("quote",))
    if not policy_changes.is_exact(rate) or not 0 < rate <= RATE_MOST:
        message = "A rate is more than 0 and at most a million million, with at most 10 decimals."
        raise Refusal(ErrorCode.OUT_OF_RANGE, message, ("rate",))


async def _rate_at(connection: AsyncConnection, base: str, quote: str, at: datetime) -> tuple[Decimal, datetime] | None:
    rates = t.exchange_rates
    found = await connection.execute(
        select(rates.c.rate, rates.c.effective_at)
        .where(rates.c.base == base, rates.c.quote == quote, rates.c.effective_at <= at)
        .order_by(rates.c.effective_at.desc())
        .limit(1)
    )
    row = found.first()
    return None if row is None else (row.rate.normalize(), row.effective_at)


async def tell(
    connection: AsyncConnection,
    call: Call,
    kind: EventKind,
    version_id: UUID,
    effective_at: datetime,
    now: datetime,
    changes: list[Change],
    facts: dict[str, str],
) -> None:
    """An event of a version, which is a subject of its own: it happens once."""
    happening = Happening(
        kind=kind,
        version=1,
        at=now,
        by=call.by,
        by_account_id=None if call.actor is None else call.actor.account_id,
        seller_id=None,
        salesperson_id=None,
        buyer_id=None,
        changes=tuple(changes),
        facts={"effectiveAt": effective_at.isoformat(), **facts},
    )
    await connection.execute(insert(t.events).values(event_row("POLICY", version_id, happening)))
