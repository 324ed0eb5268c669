"""Enrolments in the database: a seller with the clocks that run for them, locked, loaded and written (ENR-2)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import clocks
from app.db import tables as t
from app.db.happenings import event_row
from app.db.rows import record_from, values_of
from app.domain.enrolment import Enrolment
from app.domain.records import Seller


async def lock(connection: AsyncConnection, seller_id: UUID) -> None:
    """Lock a seller about whom something will be decided."""
    query = select(t.sellers.c.id).where(t.sellers.c.id == seller_id)
    await connection.execute(query.with_for_update(key_share=True))


async def lock_due(
    connection: AsyncConnection, now: datetime, limit: int, passed_over: Iterable[UUID] = ()
) -> list[UUID]:
    """Lock sellers with a clock whose first good second has come, earliest first."""
    return await clocks.lock_due(connection, t.deadlines.c.seller_id, now, limit, passed_over)


async def load(connection: AsyncConnection, ids: Sequence[UUID], now: datetime) -> list[Enrolment]:
    """The enrolments of locked sellers, with the clocks that run for them."""
    found = await connection.execute(select(t.sellers).where(t.sellers.c.id.in_(ids)).order_by(t.sellers.c.id))
    ticking = await clocks.running(connection, t.deadlines.c.seller_id, ids)
    return [Enrolment(record_from(Seller, dict(row)), ticking[row["id"]]) for row in found.mappings()]


async def write(connection: AsyncConnection, decided: Sequence[tuple[Enrolment, Enrolment]]) -> None:
    """Write what was decided, one statement a table and kind of change; events last."""
    changed = [(before, after) for before, after in decided if after is not before]
    if not changed:
        return
    sellers = [{"row_id": after.seller.id, **_stamps(after.seller)} for _, after in changed]
    await connection.execute(update(t.sellers).where(t.sellers.c.id == bindparam("row_id")), sellers)
    known = {clock.id for before, _ in changed for clock in before.clocks}
    rows = [clock for _, after in changed for clock in after.clocks]
    await clocks.end(connection, (clock for clock in rows if clock.id in known))
    if begun := [values_of(clock) for clock in rows if clock.id not in known]:
        await connection.execute(insert(t.deadlines), begun)
    events = [event_row("SELLER", after.seller.id, event) for _, after in changed for event in after.happenings]
    await connection.execute(insert(t.events), events)


def _stamps(seller: Seller) -> dict[str, object]:
    return {"version": seller.version, "enrolled_at": seller.enrolled_at, "left_at": seller.left_at}
