"""Budgets in the database: what each token or account may still spend, shared by all processes."""

from dataclasses import dataclass
from uuid import UUID

from app.db.engine import Pool

# One statement, so that processes that ask at once take turns at the row. It is of real time, which nobody moves.
_TAKE = """
INSERT INTO budgets AS b (payer, level, granted, counted_at)
VALUES ($1, $2::float8 - least($4::float8, $2::float8), least($4::float8, $2::float8), clock_timestamp())
ON CONFLICT (payer) DO UPDATE SET (level, granted, counted_at) = (
    SELECT r.level - r.granted, r.granted, r.at FROM (
        SELECT l.level, CASE WHEN l.level >= $5::float8 THEN least($4::float8, l.level) ELSE 0 END AS granted, l.at
        FROM (SELECT least($2::float8, b.level + $6::float8
                + $3::float8 * greatest(0, extract(epoch FROM n.at - b.counted_at))) AS level, n.at
            FROM (SELECT clock_timestamp() AS at) n) l
    ) r)
RETURNING granted, level
"""
_FORGET = "DELETE FROM budgets WHERE counted_at < now() - interval '30 days'"


@dataclass(frozen=True, slots=True)
class Rate:
    """How much fits into a budget, and how much comes back a second."""

    size: int
    restore: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What was granted, and what is left."""

    granted: float
    left: float


async def take(pool: Pool, payer: UUID, rate: Rate, *, least: float, wanted: float, back: float) -> Taken:
    """Give back what was not spent, and take what is wanted or what is left of it; nothing if it is less than `least`.

    A payer who is new has a full budget, which holds the least.
    """
    ((granted, left),) = await pool.fetch(_TAKE, payer, rate.size, rate.restore, wanted, least, back)
    return Taken(granted, left)


async def forget_unused(pool: Pool) -> None:
    """Forget the budgets that nobody has spent of for long: they are full, as those of new payers are."""
    await pool.execute(_FORGET)
