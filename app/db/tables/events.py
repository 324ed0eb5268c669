"""Events: audit trail, outbox and feed in one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Named,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.db.tables.base import INSTANT, metadata


class _Events(TypedColumns):
    id: Named[int] = Column(BigInteger, Identity(always=True, cache=1), primary_key=True)
    position: Named[int | None] = Column(BigInteger)
    subject: Named[str] = Column(Text)
    subject_id: Named[UUID] = Column(Uuid)
    version: Named[int] = Column(BigInteger)
    kind: Named[str] = Column(Text)
    at: Named[datetime] = Column(INSTANT)
    due_at: Named[datetime | None] = Column(INSTANT)
    detected_at: Named[datetime | None] = Column(INSTANT)
    by: Named[str] = Column(Text)
    by_account_id: Named[UUID | None] = Column(Uuid)
    order_id: Named[UUID | None] = Column(Uuid)
    seller_id: Named[UUID | None] = Column(Uuid)
    salesperson_id: Named[UUID | None] = Column(Uuid)
    buyer_id: Named[UUID | None] = Column(Uuid)
    data: Named[dict[str, Any]] = Column(JSONB)
    # what the order was before to lists, as far as it is another now; null where an event of the same change tells it
    listed_before: Named[dict[str, Any] | None] = Column(JSONB(none_as_null=True))


events = Table(
    "events",
    metadata,
    _Events,
    UniqueConstraint("subject_id", "version"),
    Index("ix_events_unnumbered", "id", postgresql_where="position IS NULL"),
    Index("uq_events_position", "position", unique=True, postgresql_where="position IS NOT NULL"),
    Index("ix_events_order", "order_id", "id", postgresql_where="order_id IS NOT NULL"),
    Index("ix_events_seller", "seller_id", "position", postgresql_where="position IS NOT NULL"),
    Index("ix_events_buyer", "buyer_id", "position", postgresql_where="position IS NOT NULL"),
)


class _PastWords(TypedColumns):
    """What an order was found by until the event that made this version of it, as long as cursors reach back.

    Apart from the events, which do without names and e-mails, and kept when a draft is deleted.
    """

    order_id: Named[UUID] = Column(Uuid, primary_key=True)
    version: Named[int] = Column(BigInteger, primary_key=True, autoincrement=False)
    at: Named[datetime] = Column(INSTANT)
    words: Named[list[str]] = Column(ARRAY(Text))
    seller_words: Named[list[str]] = Column(ARRAY(Text))


past_words = Table("past_words", metadata, _PastWords, Index(None, "at"))


class _Feed(TypedColumns):
    """The one row that says how far events are numbered (head) and from where they are served (floor)."""

    one: Named[bool] = Column(Boolean, primary_key=True)
    head: Named[int] = Column(BigInteger)
    floor: Named[int] = Column(BigInteger)


feed = Table("feed", metadata, _Feed, CheckConstraint('"one"', name="one"))


class _IdempotencyKeys(TypedColumns):
    """A request's key with the hash of its input and the id of what it made, so that a retry is safe."""

    actor: Named[str] = Column(Text, primary_key=True)
    key: Named[str] = Column(Text, primary_key=True)
    operation: Named[str] = Column(Text)
    input_hash: Named[str] = Column(Text)
    result_id: Named[UUID] = Column(Uuid)
    created_at: Named[datetime] = Column(INSTANT)


idempotency_keys = Table("idempotency_keys", metadata, _IdempotencyKeys, Index(None, "created_at"))
