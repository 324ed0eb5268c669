"""The ranking in the database: what it is made of, and the one that is kept."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, cast, delete, func, insert, not_, select, text, true
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.punctuality import DELIVERY, fell_due, standing
from app.db.rows import values_of
from app.db.tables.base import INSTANT
from app.domain.ranking import Place, Tally

# whoever comes second waits for the first, and then finds that there is one
_CLAIM = """
    INSERT INTO delivery_rankings (day, made_at)
    SELECT CAST(:day AS date), CAST(:now AS timestamptz)
    WHERE NOT EXISTS (SELECT FROM delivery_rankings WHERE day >= CAST(:day AS date))
    ON CONFLICT DO NOTHING RETURNING day
"""


async def claim(connection: AsyncConnection, day: date, now: datetime) -> bool:
    """Whether the ranking of a day is this transaction's to make: there is none of it, nor of a later one."""
    return (await connection.execute(text(_CLAIM), {"day": day, "now": now})).first() is not None


async def tallies(connection: AsyncConnection, since: datetime, until: datetime) -> list[Tally]:
    """What fell due within a window and was kept, of each seller with something due."""
    return [Tally(*row) for row in await connection.execute(tallying(since, until))]


def tallying(since: datetime, until: datetime) -> Select[Any]:
    """How that is asked: seller by seller, so that an index of theirs leads to what fell due, and to nothing else."""
    o, s = t.orders.c, t.sellers.c
    stand = standing(DELIVERY)
    ends: list[ColumnElement[Any]] = [cast(since, INSTANT), cast(until, INSTANT)]
    counted = and_(o.seller_id == s.id, fell_due(DELIVERY, *ends), not_(stand["closed"]), not_(stand["waived"]))
    sums = (
        select(func.count().label("due"), func.count().filter(stand["in_time"]).label("kept"))
        .where(counted)
        .correlate(t.sellers)
        .lateral("sums")
    )
    return select(s.id, sums.c.kept, sums.c.due).join_from(t.sellers, sums, true()).where(sums.c.due > 0)


async def replace(connection: AsyncConnection, day: date, places: Sequence[Place]) -> None:
    """Keep the ranking of a day in place of the one before."""
    await connection.execute(delete(t.delivery_rankings).where(t.delivery_rankings.c.day < day))
    if places:
        await connection.execute(insert(t.delivery_places), [values_of(place) for place in places])
