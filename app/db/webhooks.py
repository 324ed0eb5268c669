"""Webhook endpoints in the database: kept, locked while something is decided about them, and told of."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.subjects import Subject
from app.domain.access import Actor
from app.domain.webhooks import Endpoint, WebhookState

_e = t.webhook_endpoints.c
_ENDPOINTS = Subject(t.webhook_endpoints, Endpoint, "WEBHOOK")
get, lock, add = _ENDPOINTS.get, _ENDPOINTS.lock, _ENDPOINTS.add
save, keep = _ENDPOINTS.save, _ENDPOINTS.keep


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


async def those(connection: AsyncConnection, ids: Sequence[UUID]) -> list[Endpoint]:
    """Endpoints, not locked, in the order they are named."""
    query = select(t.webhook_endpoints).where(_e.id.in_(ids))
    found = {endpoint.id: endpoint for endpoint in await _ENDPOINTS.found(connection, query)}
    return [found[id] for id in ids if id in found]


async def forget(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """Let go of endpoints that were deleted before an instant, once nothing is kept of what they were sent."""
    kept = select(1).where(t.webhook_deliveries.c.endpoint_id == _e.id).exists()
    gone = select(_e.id).where(_e.ended_at < before, ~kept).limit(limit).with_for_update(skip_locked=True)
    return (await connection.execute(delete(t.webhook_endpoints).where(_e.id.in_(gone)))).rowcount
