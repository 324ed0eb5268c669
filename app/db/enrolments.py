"""Enrolments in the database: a seller with the clocks that run for them, locked, loaded and written (ENR-2)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.happenings import event_row
from app.db.rows import record_from, values_of
from app.domain.enrolment import Enrolment
from app.domain.records import Deadline, DeadlineStatus, Seller


async def lock(connection: AsyncConnection, seller_id: UUID) -> None:
    """Lock a seller about whom something will be decided."""
    query = select(t.sellers.c.id).where(t.sellers.c.id == seller_id)
    await connection.execute(query.with_for_update(key_share=True))


async def lock_due(
    connection: AsyncConnection, now: datetime, limit: int, passed_over: Iterable[UUID] = ()
) -> list[UUID]:
    """Lock sellers with a clock whose first second has come, earliest first; locked ones and those named are left."""
    found = await connection.execute(
        text(
            "SELECT s.id FROM deadlines d JOIN sellers s ON s.id = d.seller_id"
            " WHERE d.status = 'RUNNING' AND d.seller_id IS NOT NULL AND d.due_at <= :now"
            " AND s.id <> ALL(:passed) ORDER BY d.due_at LIMIT :limit FOR NO KEY UPDATE OF s SKIP LOCKED"
        ),
        {"now": now, "limit": limit, "passed": list(passed_over)},
    )
    return list(dict.fromkeys(found.scalars()))


async def load(connection: AsyncConnection, ids: Sequence[UUID], now: datetime) -> list[Enrolment]:
    """The enrolments of locked sellers, with the clocks that run for them."""
    sellers = await connection.execute(select(t.sellers).where(t.sellers.c.id.in_(ids)).order_by(t.sellers.c.id))
    running = (
        select(t.deadlines)
        .where(t.deadlines.c.seller_id.in_(ids), t.deadlines.c.status == DeadlineStatus.RUNNING.value)
        .order_by(t.deadlines.c.id)
    )
    clocks = [record_from(Deadline, dict(row)) for row in (await connection.execute(running)).mappings()]
    return [
        Enrolment(seller, tuple(clock for clock in clocks if clock.seller_id == seller.id))
        for seller in (record_from(Seller, dict(row)) for row in sellers.mappings())
    ]


async def write(connection: AsyncConnection, decided: Sequence[tuple[Enrolment, Enrolment]]) -> None:
    """Write what was decided, one statement a table and kind of change; events last."""
    changed = [(before, after) for before, after in decided if after is not before]
    if not changed:
        return
    sellers = [{"row_id": after.seller.id, **_stamps(after.seller)} for _, after in changed]
    await connection.execute(update(t.sellers).where(t.sellers.c.id == bindparam("row_id")), sellers)
    known = {clock.id for before, _ in changed for clock in before.clocks}
    clocks = [clock for _, after in changed for clock in after.clocks]
    if ended := [{"row_id": clock.id, **_outcome(clock)} for clock in clocks if clock.id in known]:
        await connection.execute(update(t.deadlines).where(t.deadlines.c.id == bindparam("row_id")), ended)
    if begun := [values_of(clock) for clock in clocks if clock.id not in known]:
        await connection.execute(insert(t.deadlines), begun)
    events = [event_row("SELLER", after.seller.id, event) for _, after in changed for event in after.happenings]
    await connection.execute(insert(t.events), events)


def _stamps(seller: Seller) -> dict[str, object]:
    return {"version": seller.version, "enrolled_at": seller.enrolled_at, "left_at": seller.left_at}


def _outcome(clock: Deadline) -> dict[str, object]:
    return {"status": str(clock.status), "settled_at": clock.settled_at, "detected_at": clock.detected_at}
