"""Orders locked: one that somebody acts upon, and those whose deadlines have run out."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def lock(
    connection: AsyncConnection, order_id: UUID, seller_id: UUID | None = None, buyer_id: UUID | None = None
) -> bool:
    """Lock an order that is this seller's or this buyer's (or anybody's); False when there is none."""
    found = await connection.execute(
        text(
            "SELECT 1 FROM orders WHERE id = :id AND (CAST(:seller AS uuid) IS NULL OR seller_id = :seller)"
            " AND (CAST(:buyer AS uuid) IS NULL OR buyer_id = :buyer) FOR UPDATE"
        ),
        {"id": order_id, "seller": seller_id, "buyer": buyer_id},
    )
    return found.first() is not None


async def lock_due(
    connection: AsyncConnection, now: datetime, limit: int, passed_over: Iterable[UUID] = ()
) -> list[UUID]:
    """Lock orders with a deadline whose last good second has run out, earliest first.

    Locked ones are passed over, and so are those named; others come in their place.
    """
    found = await connection.execute(
        text(
            "SELECT o.id FROM deadlines d JOIN orders o ON o.id = d.order_id"
            " WHERE d.status = 'RUNNING' AND d.due_at <= CAST(:now AS timestamptz) - interval '1 second'"
            " AND o.id <> ALL(:passed) ORDER BY d.due_at LIMIT :limit FOR UPDATE OF o SKIP LOCKED"
        ),
        {"now": now, "limit": limit, "passed": list(passed_over)},
    )
    return list(dict.fromkeys(found.scalars()))


async def next_due(connection: AsyncConnection) -> datetime | None:
    """The last good second of the deadline that runs out next."""
    found = await connection.execute(text("SELECT min(due_at) FROM deadlines WHERE status = 'RUNNING'"))
    due: datetime | None = found.scalar()
    return due


async def lock_quota(connection: AsyncConnection, order_id: UUID) -> None:
    """Lock the seller's row of a locked order, so that nobody else occupies the quota that is judged."""
    await connection.execute(
        text("SELECT 1 FROM sellers WHERE id = (SELECT seller_id FROM orders WHERE id = :id) FOR NO KEY UPDATE"),
        {"id": order_id},
    )
