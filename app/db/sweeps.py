"""Runs of the sweep, for operators to see whether it keeps up; the newest are kept."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.engine import Pool

# a run each second for almost three hours, or a day's worth of an ordinary server's: about a megabyte
KEPT = 10_000
MILLISECOND = timedelta(milliseconds=1)


async def still_due(connection: AsyncConnection, at: datetime) -> int:
    """How many orders, coupons and sellers have a deadline that had run out at an instant and is not settled."""
    found = await connection.execute(
        text(
            "SELECT count(DISTINCT coalesce(order_id, coupon_id, seller_id)) FROM deadlines WHERE status = 'RUNNING'"
            " AND due_at <= CAST(:at AS timestamptz) - interval '1 second'"
        ),
        {"at": at},
    )
    return int(found.scalar_one())


async def record(
    connection: AsyncConnection,
    id: UUID,
    started_at: datetime,
    *,
    took_ms: int,
    settled: int,
    skipped: int,
    lag: timedelta,
) -> None:
    """Keep what a run did."""
    row = {
        "id": id,
        "started_at": started_at,
        "took_ms": took_ms,
        "settled": settled,
        "skipped": skipped,
        "lag": Decimal(lag // MILLISECOND) / 1000,
    }
    await connection.execute(insert(t.sweep_runs).values(row))


async def prune(pool: Pool) -> None:
    """Forget all runs but the newest."""
    await pool.execute(
        "DELETE FROM sweep_runs WHERE id <= (SELECT id FROM sweep_runs ORDER BY id DESC OFFSET $1 LIMIT 1)", KEPT
    )
