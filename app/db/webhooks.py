"""Webhook endpoints in the database: kept, locked while something is decided about them, and told of."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.happenings import event_row
from app.db.rows import record_from, values_of
from app.domain.access import Actor
from app.domain.webhooks import Endpoint, Told, WebhookState

_e = t.webhook_endpoints.c


async def number(connection: AsyncConnection, actor: Actor) -> int:
    """How many endpoints an actor or their company has; the next one waits until this transaction ends."""
    owner = select(t.accounts.c.id).where(t.accounts.c.id == actor.account_id)
    own: ColumnElement[bool] = _e.account_id == actor.account_id
    if actor.seller_id is not None:
        owner = select(t.sellers.c.id).where(t.sellers.c.id == actor.seller_id)
        own = _e.seller_id == actor.seller_id
    await connection.execute(owner.with_for_update(key_share=True))
    found = await connection.execute(select(func.count()).where(own, _e.state != str(WebhookState.DELETED)))
    return found.scalar_one()


async def get(connection: AsyncConnection, endpoint_id: UUID) -> Endpoint | None:
    """An endpoint, not locked."""
    return next(iter(await those(connection, [endpoint_id])), None)


async def those(connection: AsyncConnection, ids: Sequence[UUID]) -> list[Endpoint]:
    """Endpoints, not locked, in the order they are named."""
    rows = (await connection.execute(select(t.webhook_endpoints).where(_e.id.in_(ids)))).mappings()
    found = {row["id"]: record_from(Endpoint, dict(row)) for row in rows}
    return [found[id] for id in ids if id in found]


async def lock(connection: AsyncConnection, endpoint_id: UUID, wait: bool = True) -> Endpoint | None:
    """An endpoint, locked; None when there is none, and when it is locked and nobody waits."""
    query = select(t.webhook_endpoints).where(_e.id == endpoint_id).with_for_update(skip_locked=not wait)
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else record_from(Endpoint, dict(row))


async def add(connection: AsyncConnection, told: Told) -> None:
    """Write a new endpoint."""
    endpoint, happening = told
    await connection.execute(insert(t.webhook_endpoints).values(values_of(endpoint)))
    await connection.execute(insert(t.events), [event_row("WEBHOOK", endpoint.id, happening)])


async def save(connection: AsyncConnection, told: Told) -> None:
    """Write what became of a locked endpoint."""
    endpoint, happening = told
    await keep(connection, endpoint)
    await connection.execute(insert(t.events), [event_row("WEBHOOK", endpoint.id, happening)])


async def keep(connection: AsyncConnection, endpoint: Endpoint) -> None:
    """Write how far a locked endpoint is and how it does, which nobody is told of."""
    await connection.execute(update(t.webhook_endpoints).where(_e.id == endpoint.id).values(values_of(endpoint)))


async def forget(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """Let go of endpoints that were deleted before an instant, once nothing is kept of what they were sent."""
    kept = select(1).where(t.webhook_deliveries.c.endpoint_id == _e.id).exists()
    gone = select(_e.id).where(_e.ended_at < before, ~kept).limit(limit).with_for_update(skip_locked=True)
    return (await connection.execute(delete(t.webhook_endpoints).where(_e.id.in_(gone)))).rowcount
