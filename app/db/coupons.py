"""Coupons in the database: those whose clocks have run out, locked, loaded and written."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.happenings import event_row
from app.db.rows import record_from
from app.domain.coupons import Issued
from app.domain.records import Deadline, DeadlineStatus
from app.domain.remedies import Coupon


async def lock_due(
    connection: AsyncConnection, now: datetime, limit: int, passed_over: Iterable[UUID] = ()
) -> list[UUID]:
    """Lock coupons with a clock that has run out, earliest first; locked ones and those named are left."""
    found = await connection.execute(
        text(
            "SELECT c.id FROM deadlines d JOIN coupons c ON c.id = d.coupon_id"
            " WHERE d.status = 'RUNNING' AND d.coupon_id IS NOT NULL"
            " AND d.due_at <= CAST(:now AS timestamptz) - interval '1 second'"
            " AND c.id <> ALL(:passed) ORDER BY d.due_at LIMIT :limit FOR UPDATE OF c SKIP LOCKED"
        ),
        {"now": now, "limit": limit, "passed": list(passed_over)},
    )
    return list(dict.fromkeys(found.scalars()))


async def load(connection: AsyncConnection, ids: Sequence[UUID], now: datetime) -> list[Issued]:
    """Locked coupons, with the clocks that run for them."""
    found = await connection.execute(select(t.coupons).where(t.coupons.c.id.in_(ids)).order_by(t.coupons.c.id))
    running = (
        select(t.deadlines)
        .where(t.deadlines.c.coupon_id.in_(ids), t.deadlines.c.status == DeadlineStatus.RUNNING.value)
        .order_by(t.deadlines.c.id)
    )
    clocks = [record_from(Deadline, dict(row)) for row in (await connection.execute(running)).mappings()]
    return [
        Issued(coupon, tuple(clock for clock in clocks if clock.coupon_id == coupon.id))
        for coupon in (record_from(Coupon, dict(row)) for row in found.mappings())
    ]


async def write(connection: AsyncConnection, decided: Sequence[tuple[Issued, Issued]]) -> None:
    """Write what was decided, one statement a table; events last."""
    changed = [after for before, after in decided if after is not before]
    if not changed:
        return
    states = [
        {"row_id": after.coupon.id, "status": str(after.coupon.status), "version": after.coupon.version}
        for after in changed
    ]
    await connection.execute(update(t.coupons).where(t.coupons.c.id == bindparam("row_id")), states)
    ended = [
        {
            "row_id": clock.id,
            "status": str(clock.status),
            "settled_at": clock.settled_at,
            "detected_at": clock.detected_at,
        }
        for after in changed
        for clock in after.clocks
    ]
    await connection.execute(update(t.deadlines).where(t.deadlines.c.id == bindparam("row_id")), ended)
    events = [
        event_row("COUPON", after.coupon.id, event, after.coupon.order_id)
        for after in changed
        for event in after.happenings
    ]
    if events:
        await connection.execute(insert(t.events), events)
