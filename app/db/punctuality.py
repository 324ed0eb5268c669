"""Promises as orders keep them, read by index: those of a seller that fall due in a while, those alike as one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Interval,
    and_,
    case,
    cast,
    false,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.domain.access import By, Seen
from app.domain.punctuality import Promise
from app.domain.records import Status
from app.domain.supposing import Facts

o = t.orders.c
SECOND: ColumnElement[Any] = literal_column("interval '1 second'", Interval)
DAY: ColumnElement[Any] = literal_column("interval '1 day'", Interval)


@dataclass(frozen=True)
class Kind:
    """A kind of promise: when it falls due, when what was promised was done, and which orders have it."""

    due: ColumnElement[Any]
    done: ColumnElement[Any]
    having: ColumnElement[bool]


DISPATCH = Kind(o.rated_due_at, o.dispatched_at, true())
# the earlier of what carriers report and what the buyer says; automatic receipt says nothing (DLV-5)
DELIVERY = Kind(
    o.promised_at,
    func.least(o.delivered_at, case((o.received_by == By.BUYER.value, o.completed_at))),
    and_(o.delivery_guaranteed, o.promised_at.is_not(None)),
)


def fell_due(kind: Kind, since: ColumnElement[Any], until: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the last good second of a promise lies within a window, and has run out at its end."""
    return and_(kind.having, kind.due >= since, kind.due <= until - SECOND)


def standing(kind: Kind) -> dict[str, ColumnElement[Any]]:
    """How promises stand: those of one instant that stand alike are one to the rate."""
    in_time, closed = (func.coalesce(at < kind.due + SECOND, false()) for at in (kind.done, o.closed_at))
    return {"due_at": kind.due, "in_time": in_time, "closed": closed, "waived": o.waived}


def days_before(now: ColumnElement[Any], days: ColumnElement[Any], zone: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same wall-clock time so many days before an instant: `Calendar.plus_days`, for the database to look by.

    Of a time that occurs twice PostgreSQL takes the second, and the calendar the first; so the offset of a day earlier
    is tried first.
    """
    wall = func.timezone(zone, now) - func.make_interval(0, 0, 0, days)
    second = func.timezone(zone, wall)
    offset = func.timezone(zone, second - DAY) - func.timezone("UTC", second - DAY)
    first = func.timezone("UTC", wall - offset)
    after_a_change = and_(func.timezone(zone, first) != wall, func.timezone(zone, second) == wall)
    return cast(case((after_a_change, second), else_=first), DateTime(timezone=True))


async def promises(
    connection: AsyncConnection, kind: Kind, seller_id: UUID, since: datetime, until: datetime, but: Sequence[UUID]
) -> list[Promise]:
    """A seller's promises that fall due within a window, but for those of some orders."""
    window = and_(kind.having, kind.due >= since, kind.due <= until)
    columns = standing(kind)
    query = (
        select(*(column.label(name) for name, column in columns.items()), func.count().label("count"))
        .where(o.seller_id == seller_id, window, o.id.not_in(but))
        .group_by(*columns.values())
    )
    return [Promise(**row) for row in (await connection.execute(query)).mappings()]


async def facts(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, tuple[Facts, Seen]]:
    """What of orders says how punctual their dispatch is, and who may see them."""
    columns = (o.seller_id, o.buyer_id, o.salesperson_id, o.drafted_by, o.status)
    query = select(o.id, o.rated_due_at, o.dispatched_at, o.closed_at, o.waived, *columns).where(o.id.in_(ids))
    return {
        row.id: (
            Facts(row.id, row.rated_due_at, row.dispatched_at, row.closed_at, row.waived),
            Seen(row.seller_id, row.buyer_id, row.salesperson_id, By(row.drafted_by), row.status == Status.DRAFT),
        )
        for row in await connection.execute(query)
    }
