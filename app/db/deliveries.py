"""Deliveries in the database: taken up from the feed, leased to whoever makes an attempt, logged, and let go of.

Whatever changes what is on its way to an endpoint locks the endpoint first, so each of these sees what the others did.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, delete, false, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db import tables as t
from app.db import webhooks
from app.db.driver import look_for_all
from app.db.rows import record_from, values_of
from app.domain.deliveries import AT_ONCE, Attempt, Delivery, DeliveryState
from app.domain.webhooks import Endpoint

_d, _e = t.webhook_deliveries.c, t.webhook_endpoints.c
_WAITING = _d.state == str(DeliveryState.WAITING)

# With news in the feed, or an attempt that is due and may be made; by chance, so that none always waits for the others
_WITH_WORK = f"""
    SELECT id FROM (SELECT e.id FROM webhook_endpoints e WHERE e.state = 'ACTIVE' AND (
        EXISTS (SELECT FROM events v WHERE v.seller_id = e.seller_id AND v.position > e.position)
        OR e.seller_id IS NULL
            AND EXISTS (SELECT FROM events v WHERE v.buyer_id = e.account_id AND v.position > e.position)
        OR EXISTS (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND d.state = 'WAITING'
                AND d.next_attempt_at <= $1 AND d.position <= e.position)
            AND (e.quiet_until IS NULL OR e.quiet_until <= $1)
            AND (SELECT count(*) FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND d.state = 'WAITING'
                AND d.leased_until > $1) < {AT_ONCE})
    UNION SELECT d.endpoint_id FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
        WHERE d.event_id IS NULL AND d.state = 'WAITING' AND d.next_attempt_at <= $1 AND e.state <> 'DELETED'
            AND (d.leased_until IS NULL OR d.leased_until <= $1)
    ) AS found ORDER BY random() LIMIT $2
"""


async def endpoints_with_work(engine: AsyncEngine, now: datetime, most: int) -> list[UUID]:
    """Endpoints for which there may be something to do."""
    return [row["id"] for row in await look_for_all(engine, _WITH_WORK, now, most)]


async def number_open(connection: AsyncConnection, endpoint: Endpoint) -> int:
    """How many events that were taken up are neither accepted nor given up."""
    query = select(func.count()).where(_d.endpoint_id == endpoint.id, _WAITING, _d.position <= endpoint.position)
    return (await connection.execute(query)).scalar_one()


async def under_way(connection: AsyncConnection, endpoint: Endpoint, now: datetime) -> Sequence[int | None]:
    """The positions of the events that somebody is at, None for a test."""
    query = select(_d.position).where(_d.endpoint_id == endpoint.id, _WAITING, _d.leased_until > now)
    return (await connection.execute(query)).scalars().all()


async def number_of_tests(connection: AsyncConnection, endpoint: Endpoint) -> int:
    """How many tests wait for their attempt."""
    query = select(func.count()).where(_d.endpoint_id == endpoint.id, _WAITING, _d.event_id.is_(None))
    return (await connection.execute(query)).scalar_one()


async def take_up(connection: AsyncConnection, deliveries: Sequence[Delivery]) -> None:
    """Write what is to be delivered; what was delivered before, or was on its way, begins anew."""
    if not deliveries:
        return
    query = upsert(t.webhook_deliveries).values([values_of(each) for each in deliveries])
    anew = {
        name: query.excluded[name]
        for name in ("state", "next_attempt_at", "attempts", "lease", "leased_until", "finished_at")
    }
    await connection.execute(query.on_conflict_do_update(index_elements=["endpoint_id", "event_id"], set_=anew))


async def claim(
    connection: AsyncConnection, endpoint: Endpoint, lease: UUID, now: datetime, until: datetime, most: int
) -> list[Delivery]:
    """The next attempts at a locked endpoint, leased: of each subject the first event that waits, and tests.

    A later event of the subject is under way only when an earlier one is delivered again, which then waits for it.
    """
    other = t.webhook_deliveries.alias().c
    before = and_(
        other.endpoint_id == _d.endpoint_id,
        other.subject_id == _d.subject_id,
        other.state == str(DeliveryState.WAITING),
        or_(other.position < _d.position, and_(other.position > _d.position, other.leased_until > now)),
    )
    first = and_(_d.position <= endpoint.position, ~select(1).where(before).exists())
    sendable = first if endpoint.sends(now) else false()
    free = or_(_d.leased_until.is_(None), _d.leased_until <= now)
    due = (
        select(_d.id)
        .where(_d.endpoint_id == endpoint.id, _WAITING, _d.next_attempt_at <= now, free)
        .where(or_(_d.event_id.is_(None), sendable))
        .order_by(_d.next_attempt_at, _d.position)
        .limit(most)
    )
    leased = {"lease": lease, "leased_until": until, "attempts": _d.attempts + 1, "tries": _d.tries + 1}
    query = update(t.webhook_deliveries).where(_d.id.in_(due)).values(leased).returning(t.webhook_deliveries)
    return [record_from(Delivery, dict(row)) for row in (await connection.execute(query)).mappings()]


async def lock(connection: AsyncConnection, delivery_id: UUID) -> tuple[Endpoint, Delivery] | None:
    """A delivery with its endpoint, both locked; None when there is none."""
    query = select(t.webhook_deliveries).where(_d.id == delivery_id)
    endpoint_id = (await connection.execute(query.with_only_columns(_d.endpoint_id))).scalar()
    endpoint = None if endpoint_id is None else await webhooks.lock(connection, endpoint_id)
    row = (await connection.execute(query.with_for_update())).mappings().first()
    return None if endpoint is None or row is None else (endpoint, record_from(Delivery, dict(row)))


async def held(connection: AsyncConnection, delivery: Delivery) -> Delivery | None:
    """A delivery, locked, if its lease is still the one it was handed out with."""
    query = select(t.webhook_deliveries).where(
        _d.id == delivery.id, _WAITING, _d.lease == delivery.lease, _d.tries == delivery.tries
    )
    row = (await connection.execute(query.with_for_update())).mappings().first()
    return None if row is None else record_from(Delivery, dict(row))


async def save(connection: AsyncConnection, delivery: Delivery, attempt: Attempt | None = None) -> None:
    """Write what became of a delivery, and the attempt that was made."""
    await connection.execute(update(t.webhook_deliveries).where(_d.id == delivery.id).values(values_of(delivery)))
    if attempt is not None:
        await connection.execute(insert(t.webhook_attempts).values(values_of(attempt)))


async def let_go(connection: AsyncConnection, lease: UUID) -> None:
    """Give back what is leased and was not attempted to its end; the attempts do not count."""
    values = {"lease": None, "leased_until": None, "attempts": _d.attempts - 1}
    await connection.execute(update(t.webhook_deliveries).where(_d.lease == lease, _WAITING).values(values))


async def begin_anew(connection: AsyncConnection, endpoint: Endpoint, now: datetime) -> None:
    """Have everything that waits for an endpoint attempted now, with all attempts before it."""
    values = {"next_attempt_at": now, "attempts": 0}
    waiting = update(t.webhook_deliveries).where(_d.endpoint_id == endpoint.id, _WAITING, _d.lease.is_(None))
    await connection.execute(waiting.values(values))


async def forget(connection: AsyncConnection, now: datetime, kept: timedelta, limit: int) -> int:
    """Let go of what was accepted or given up long ago, and of what waits for an endpoint that was deleted."""
    old = select(_d.id).where(_d.finished_at < now - kept).limit(limit)
    ended = select(_e.id).where(_e.ended_at < now - kept)
    nobodys = select(_d.id).where(_d.endpoint_id.in_(ended), _WAITING).limit(limit)
    gone = 0
    for chosen in (old, nobodys):
        query = delete(t.webhook_deliveries).where(_d.id.in_(chosen.with_for_update(skip_locked=True)))
        gone += (await connection.execute(query)).rowcount
    return gone
