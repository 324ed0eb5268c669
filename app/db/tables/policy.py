"""Policy versions and exchange rates."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Named, Table, Text, TypedColumns, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from app.db.tables.base import INSTANT, RATE, metadata


class _Policies(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    effective_at: Named[datetime] = Column(INSTANT, unique=True)
    document: Named[dict[str, Any]] = Column(JSONB)
    created_by: Named[UUID | None] = Column(Uuid, ForeignKey("accounts.id"))
    created_at: Named[datetime] = Column(INSTANT)


policies = Table("policies", metadata, _Policies)


class _ExchangeRates(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    base: Named[str] = Column(Text)
    quote: Named[str] = Column(Text)
    rate: Named[Decimal] = Column(RATE)
    effective_at: Named[datetime] = Column(INSTANT)
    created_by: Named[UUID | None] = Column(Uuid, ForeignKey("accounts.id"))
    created_at: Named[datetime] = Column(INSTANT)


exchange_rates = Table(
    "exchange_rates",
    metadata,
    _ExchangeRates,
    UniqueConstraint("base", "quote", "effective_at"),
    CheckConstraint("rate > 0", name="rate"),
)
