"""Events as rows, written in the transaction that changed their subject."""

from typing import Any
from uuid import UUID

from app.domain.happenings import Happening


def event_row(subject: str, subject_id: UUID, happening: Happening, order_id: UUID | None = None) -> dict[str, Any]:
    """The row of an event."""
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
    }
