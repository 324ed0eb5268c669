"""How far the domain's time is ahead of real time: one row, which only grows.

Every reader shares the table's lock until its transaction ends, and who moves the clock has the table to himself.
"""

from datetime import timedelta

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.driver import within
from app.db.engine import Pool
from app.db.premise import Premise

_AHEAD = "SELECT ahead_seconds FROM clock"


async def read(connection: AsyncConnection) -> timedelta:
    """The offset, which stays as it is until the transaction ends."""
    return timedelta(seconds=await (await within(connection)).fetchval(_AHEAD))


def premise(ahead: timedelta) -> Premise:
    """That the offset is this."""
    return Premise("(SELECT ahead_seconds::text FROM clock)", (), str(int(ahead.total_seconds())))


async def glance(pool: Pool) -> timedelta:
    """The offset at this moment."""
    return timedelta(seconds=await pool.fetchval(_AHEAD))


async def seize(connection: AsyncConnection) -> timedelta:
    """The offset, once nobody else's transaction rests on it; others wait to read it until this one ends."""
    await connection.execute(text("LOCK TABLE clock IN ACCESS EXCLUSIVE MODE"))
    return await read(connection)


async def move(connection: AsyncConnection, ahead: timedelta) -> None:
    """Set an offset that is greater than the one that was seized."""
    seconds = int(ahead.total_seconds())
    await connection.execute(update(t.clock).where(t.clock.c.ahead_seconds < seconds).values(ahead_seconds=seconds))
