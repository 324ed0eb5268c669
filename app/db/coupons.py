"""Coupons in the database: those whose clocks have run out, locked, loaded and written."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import clocks
from app.db import tables as t
from app.db.happenings import event_row
from app.db.rows import record_from
from app.domain.calendar import SECOND
from app.domain.coupons import Issued
from app.domain.remedies import Coupon


async def lock_due(
    connection: AsyncConnection, now: datetime, limit: int, passed_over: Iterable[UUID] = ()
) -> list[UUID]:
    """Lock coupons with a clock whose last good second has run out, earliest first."""
    return await clocks.lock_due(connection, t.deadlines.c.coupon_id, now - SECOND, limit, passed_over)


async def load(connection: AsyncConnection, ids: Sequence[UUID], now: datetime) -> list[Issued]:
    """Locked coupons, with the clocks that run for them."""
    found = await connection.execute(select(t.coupons).where(t.coupons.c.id.in_(ids)).order_by(t.coupons.c.id))
    ticking = await clocks.running(connection, t.deadlines.c.coupon_id, ids)
    return [Issued(record_from(Coupon, dict(row)), ticking[row["id"]]) for row in found.mappings()]


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
    await clocks.end(connection, (clock for after in changed for clock in after.clocks))
    events = [
        event_row("COUPON", after.coupon.id, event, after.coupon.order_id)
        for after in changed
        for event in after.happenings
    ]
    if events:
        await connection.execute(insert(t.events), events)
