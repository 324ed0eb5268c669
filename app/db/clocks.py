"""Clocks of subjects other than orders: who is due, what runs for whom, and what became of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.rows import record_from
from app.domain.records import Deadline, DeadlineStatus


async def lock_due(
    connection: AsyncConnection, subject: Column[UUID | None], before: datetime, limit: int, passed_over: Iterable[UUID]
) -> list[UUID]:
    """Lock the subjects of a column of deadlines with a clock due at `before` at the latest, earliest first.

    Locked ones and those named are left.
    """
    (key,) = subject.foreign_keys
    table = key.column.table.name
    found = await connection.execute(
        text(
            f"SELECT s.id FROM deadlines d JOIN {table} s ON s.id = d.{subject.name}"
            f" WHERE d.status = 'RUNNING' AND d.{subject.name} IS NOT NULL AND d.due_at <= :before"
            " AND s.id <> ALL(:passed) ORDER BY d.due_at LIMIT :limit FOR NO KEY UPDATE OF s SKIP LOCKED"
        ),
        {"before": before, "limit": limit, "passed": list(passed_over)},
    )
    return list(dict.fromkeys(found.scalars()))


async def running(
    connection: AsyncConnection, subject: Column[UUID | None], ids: Sequence[UUID]
) -> dict[UUID, tuple[Deadline, ...]]:
    """The clocks that run for each of these subjects."""
    query = (
        select(t.deadlines)
        .where(subject.in_(ids), t.deadlines.c.status == DeadlineStatus.RUNNING.value)
        .order_by(t.deadlines.c.id)
    )
    clocks: dict[UUID, tuple[Deadline, ...]] = dict.fromkeys(ids, ())
    for row in (await connection.execute(query)).mappings():
        clocks[row[subject.name]] += (record_from(Deadline, dict(row)),)
    return clocks


async def end(connection: AsyncConnection, clocks: Iterable[Deadline]) -> None:
    """Write what became of clocks that were loaded."""
    ended = [
        {
            "row_id": clock.id,
            "status": str(clock.status),
            "settled_at": clock.settled_at,
            "detected_at": clock.detected_at,
        }
        for clock in clocks
    ]
    if ended:
        await connection.execute(update(t.deadlines).where(t.deadlines.c.id == bindparam("row_id")), ended)
