"""The tables of the small market that the engine is tried on."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    MetaData,
    Named,
    Numeric,
    SmallInteger,
    Table,
    Text,
    TypedColumns,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData()
INSTANT = DateTime(timezone=True)


class _Traders(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    name: Named[str] = Column(Text)
    quota: Named[int] = Column(BigInteger)
    rating: Named[Decimal | None] = Column(Numeric(6, 3))


class _People(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    name: Named[str] = Column(Text)
    email: Named[str] = Column(Text)


class _Deals(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    number: Named[str | None] = Column(Text, unique=True)
    seller_id: Named[UUID] = Column(Uuid, ForeignKey("market_traders.id"))
    buyer_id: Named[UUID | None] = Column(Uuid, ForeignKey("market_people.id"))
    salesperson_id: Named[UUID | None] = Column(Uuid, ForeignKey("market_people.id"))
    drafted_by: Named[str] = Column(Text)
    status: Named[str] = Column(Text)
    currency: Named[str] = Column(Text)
    total: Named[int] = Column(BigInteger)
    fee: Named[int | None] = Column(BigInteger)
    note: Named[str | None] = Column(Text)
    urgent: Named[bool] = Column(Boolean)
    due: Named[date | None] = Column(Date)
    paid_at: Named[datetime | None] = Column(INSTANT)
    created_at: Named[datetime] = Column(INSTANT)


class _Lines(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    deal_id: Named[UUID] = Column(Uuid, ForeignKey("market_deals.id"))
    position: Named[int] = Column(SmallInteger)
    text: Named[str] = Column(Text)
    attributes: Named[list[dict[str, str]]] = Column(JSONB)
    tags: Named[list[str]] = Column(ARRAY(Text))
    quantity: Named[Decimal] = Column(Numeric(18, 3))
    amount: Named[int] = Column(BigInteger)


class _Happenings(TypedColumns):
    id: Named[int] = Column(BigInteger, Identity(always=False), primary_key=True)
    deal_id: Named[UUID] = Column(Uuid, ForeignKey("market_deals.id"))
    kind: Named[str] = Column(Text)
    at: Named[datetime] = Column(INSTANT)
    data: Named[dict[str, Any]] = Column(JSONB)
    by_trader: Named[UUID | None] = Column(Uuid)
    by_person: Named[UUID | None] = Column(Uuid)


class _Payouts(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    trader_id: Named[UUID] = Column(Uuid, ForeignKey("market_traders.id"))
    amount: Named[int] = Column(BigInteger)
    currency: Named[str] = Column(Text)


traders = Table("market_traders", metadata, _Traders)
people = Table("market_people", metadata, _People)
deals = Table("market_deals", metadata, _Deals)
lines = Table("market_lines", metadata, _Lines)
happenings = Table("market_happenings", metadata, _Happenings)
payouts = Table("market_payouts", metadata, _Payouts)
