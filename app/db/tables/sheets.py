"""Lists of orders that members of a seller asked for as a file."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Named, Table, Text, TypedColumns, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.db.tables.base import INSTANT, metadata


class _Sheets(TypedColumns):
    """Who asked for what, how far it is, and who writes it until when; `parts` are contents in the storage."""

    id: Named[UUID] = Column(Uuid, primary_key=True)
    version: Named[int] = Column(BigInteger)
    seller_id: Named[UUID] = Column(Uuid, ForeignKey("sellers.id"))
    account_id: Named[UUID] = Column(Uuid, ForeignKey("accounts.id"))
    token_id: Named[UUID | None] = Column(Uuid, ForeignKey("access_tokens.id"))
    format: Named[str] = Column(Text)
    order_ids: Named[list[UUID] | None] = Column(ARRAY(Uuid))
    filter: Named[dict[str, Any] | None] = Column(JSONB(none_as_null=True))
    state: Named[str] = Column(Text)
    total: Named[int | None] = Column(Integer)
    rows: Named[int] = Column(Integer)
    cursor: Named[str | None] = Column(Text)
    parts: Named[list[UUID]] = Column(ARRAY(Uuid))
    size: Named[int | None] = Column(BigInteger)
    requested_at: Named[datetime] = Column(INSTANT)
    finished_at: Named[datetime | None] = Column(INSTANT)
    expires_at: Named[datetime | None] = Column(INSTANT)
    writer_id: Named[UUID | None] = Column(Uuid)
    leased_until: Named[datetime | None] = Column(INSTANT)
    failure: Named[str | None] = Column(Text)


OPEN = "state IN ('WAITING', 'RUNNING')"
sheets = Table(
    "sheets",
    metadata,
    _Sheets,
    Index(None, "account_id", "id"),
    Index("ix_sheets_open", "id", postgresql_where=OPEN),
    Index("ix_sheets_kept", "expires_at", postgresql_where="state = 'READY'"),
)
