"""Events as rows, written in the transaction that changed their subject."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.happenings import Change, EventKind, Happening
from app.domain.past import FIELDS, KINDS, Told

# Only what the past is told from, the latest first
_TOLD = text("""
    SELECT e.at, e.kind, (SELECT f.value->>'value' FROM jsonb_array_elements(e.data->'facts') f
        WHERE f.value->>'name' = 'deadline') AS deadline,
      ARRAY(SELECT jsonb_build_array(c.value->>'field', c.value->>'before', c.value->>'after')
        FROM jsonb_array_elements(e.data->'changes') WITH ORDINALITY AS c(value, place)
        WHERE c.value->>'field' = ANY(:fields) ORDER BY c.place) AS changes
    FROM events e WHERE e.subject = 'ORDER' AND e.subject_id = :id
      AND (e.data->'changes' <> '[]' OR e.kind = ANY(:kinds))
    ORDER BY e.version DESC LIMIT :most
""")


async def told(connection: AsyncConnection, order_id: UUID, most: int) -> list[Told]:
    """What an order's events tell of its past, oldest first; of more than `most`, the latest."""
    values = {"id": order_id, "fields": list(FIELDS), "kinds": [str(kind) for kind in KINDS], "most": most}
    rows = list(await connection.execute(_TOLD, values))
    return [
        Told(row.at, EventKind(row.kind), tuple(Change(*change) for change in row.changes), row.deadline)
        for row in reversed(rows)
    ]


def event_row(
    subject: str,
    subject_id: UUID,
    happening: Happening,
    order_id: UUID | None = None,
    listed_before: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The row of an event; `listed_before` is what an order was to lists before what it tells (see `relisting`)."""
    return {
        "subject": subject,
        "subject_id": subject_id,
        "version": happening.version,
        "kind": str(happening.kind),
        "at": happening.at,
        "due_at": happening.due_at,
        "detected_at": happening.detected_at,
        "by": str(happening.by),
        "by_account_id": happening.by_account_id,
        "order_id": order_id,
        "seller_id": happening.seller_id,
        "salesperson_id": happening.salesperson_id,
        "buyer_id": happening.buyer_id,
        "data": happening.data,
        "listed_before": listed_before,
    }
