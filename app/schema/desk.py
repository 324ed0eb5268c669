"""What of the seller's desk clients see: private notes (DSK-3)."""

from datetime import datetime

from sqlalchemy import ColumnElement, false, true
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain.access import SELLER_SIDE
from app.reads import Node, column, one, public_id
from app.reads.visibility import Standing
from app.schema.people import Member


def _sellers_side(standing: Standing) -> ColumnElement[bool]:
    """Whoever sees the order, but for its buyer (section 13)."""
    return true() if standing.role in SELLER_SIDE else false()


@reads.reads(
    t.private_notes,
    prefix="nte",
    visible=_sellers_side,
    through=("Order", t.orders.c.id == t.private_notes.c.order_id),
)
class PrivateNote(Node):
    """What a member of the seller wrote down about an order; the buyer never sees it."""

    id: ID = column(public_id("nte", t.private_notes.c.id), "The note's id.")
    text: str = column(t.private_notes.c.text, "What was written.")
    author: Member | None = one(
        t.members.c.account_id == t.private_notes.c.author_id, description="The member who wrote it."
    )
    written_at: datetime = column(t.private_notes.c.written_at, "When it was written.")
