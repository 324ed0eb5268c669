"""Orders locked: one that somebody acts upon, and those whose deadlines have run out.

Their keys stay free: whoever writes a row that only refers to an order need not wait for it.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.driver import begin, planned

_OWN = "FROM orders WHERE id = $1 AND ($2::uuid IS NULL OR seller_id = $2) AND ($3::uuid IS NULL OR buyer_id = $3)"
_ORDER = f"SELECT {_OWN} FOR NO KEY UPDATE"
_SELLER = f"SELECT FROM sellers WHERE id = (SELECT seller_id {_OWN}) FOR NO KEY UPDATE"
_MEMBER = "SELECT FROM members WHERE account_id = $1 FOR SHARE"


async def lock(
    connection: AsyncConnection,
    order_id: UUID,
    seller_id: UUID | None = None,
    buyer_id: UUID | None = None,
    quota: bool = False,
    member_id: UUID | None = None,
) -> bool:
    """Lock an order that is this seller's or this buyer's (or anybody's); False when there is none.

    With `quota` the seller's row as well, so that nobody else occupies the quota that is judged; before it the place of
    the member with this account, so that nobody removes who is given an order.
    """
    statements = [] if member_id is None else [await planned(connection, _MEMBER, member_id)]
    locks = (_ORDER, _SELLER) if quota else (_ORDER,)
    statements += [await planned(connection, each, order_id, seller_id, buyer_id) for each in locks]
    return await begin(connection, "; ".join(statements)) != "SELECT 0"


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
            " AND o.id <> ALL(:passed) ORDER BY d.due_at LIMIT :limit FOR NO KEY UPDATE OF o SKIP LOCKED"
        ),
        {"now": now, "limit": limit, "passed": list(passed_over)},
    )
    return list(dict.fromkeys(found.scalars()))


async def next_due(connection: AsyncConnection) -> datetime | None:
    """The last good second of the deadline that runs out next."""
    found = await connection.execute(text("SELECT min(due_at) FROM deadlines WHERE status = 'RUNNING'"))
    due: datetime | None = found.scalar()
    return due
