"""What is sold and how it travels: products, lanes, freight templates, consignments, attachments."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Named,
    Table,
    Text,
    TypedColumns,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.db.tables.base import INSTANT, QUANTITY, metadata


class _Lanes(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    provider: Named[str] = Column(Text)
    seller_id: Named[UUID | None] = Column(Uuid, ForeignKey("sellers.id"))
    name: Named[str] = Column(Text)
    carrier: Named[str] = Column(Text)
    cargo_class: Named[str] = Column(Text)
    mode: Named[str] = Column(Text)
    origin: Named[str] = Column(Text)
    destinations: Named[list[str]] = Column(ARRAY(Text))
    min_days: Named[int] = Column(Integer)
    max_days: Named[int] = Column(Integer)
    unit: Named[str] = Column(Text)
    base_price: Named[int] = Column(BigInteger)
    kilo_price: Named[int] = Column(BigInteger)
    guaranteed: Named[bool] = Column(Boolean)
    recommended: Named[bool] = Column(Boolean)
    demonstration: Named[bool] = Column(Boolean)
    retired_at: Named[datetime | None] = Column(INSTANT)
    created_at: Named[datetime] = Column(INSTANT)


lanes = Table(
    "lanes",
    metadata,
    _Lanes,
    Index(None, "seller_id"),
    CheckConstraint("min_days BETWEEN 0 AND max_days", name="days"),
    CheckConstraint("base_price >= 0 AND kilo_price >= 0", name="prices"),
    CheckConstraint("(provider = 'SELLER_OWN') = (seller_id IS NOT NULL)", name="owner"),
    CheckConstraint("provider <> 'SELLER_OWN' OR NOT guaranteed", name="guaranteed"),
)


class _Templates(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    seller_id: Named[UUID] = Column(Uuid, ForeignKey("sellers.id"))
    name: Named[str] = Column(Text)
    created_at: Named[datetime] = Column(INSTANT)


templates = Table("templates", metadata, _Templates, Index(None, "seller_id", "id"))


class _TemplateLanes(TypedColumns):
    template_id: Named[UUID] = Column(Uuid, ForeignKey("templates.id", ondelete="CASCADE"), primary_key=True)
    lane_id: Named[UUID] = Column(Uuid, ForeignKey("lanes.id"), primary_key=True)


template_lanes = Table("template_lanes", metadata, _TemplateLanes, Index(None, "lane_id"))


class _Products(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    seller_id: Named[UUID] = Column(Uuid, ForeignKey("sellers.id"))
    name: Named[str] = Column(Text)
    description: Named[str | None] = Column(Text)
    currency: Named[str] = Column(Text)
    unit: Named[str] = Column(Text)
    minimum_quantity: Named[Decimal] = Column(QUANTITY)
    tiers: Named[list[dict[str, Any]]] = Column(JSONB)
    cargo_class: Named[str] = Column(Text)
    unit_grams: Named[int] = Column(Integer)
    ready_to_ship: Named[bool] = Column(Boolean)
    small_fast: Named[bool] = Column(Boolean)
    dispatch_days: Named[int | None] = Column(Integer)
    published: Named[bool] = Column(Boolean)
    agency_reviewed: Named[bool] = Column(Boolean)
    template_id: Named[UUID | None] = Column(Uuid, ForeignKey("templates.id"))
    version: Named[int] = Column(BigInteger)
    created_at: Named[datetime] = Column(INSTANT)
    updated_at: Named[datetime] = Column(INSTANT)


products = Table(
    "products",
    metadata,
    _Products,
    Index(None, "seller_id", "id"),
    Index(None, "template_id"),
    CheckConstraint("NOT ready_to_ship OR dispatch_days IS NOT NULL", name="ready"),
)


class _Consignments(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id"))
    number: Named[str] = Column(Text, unique=True)
    customs_cleared_at: Named[datetime | None] = Column(INSTANT)
    linked_by: Named[UUID] = Column(Uuid, ForeignKey("accounts.id"))
    linked_at: Named[datetime] = Column(INSTANT)


consignments = Table("consignments", metadata, _Consignments, Index(None, "order_id"))


WAITING = "order_id IS NULL AND about IS NULL"


class _Attachments(TypedColumns):
    """Uploaded files; those of no order and about nothing wait to be used, and a deleted draft leaves its own so."""

    id: Named[UUID] = Column(Uuid, primary_key=True)
    purpose: Named[str] = Column(Text)
    order_id: Named[UUID | None] = Column(Uuid, ForeignKey("orders.id", ondelete="SET NULL"))
    seller_id: Named[UUID | None] = Column(Uuid, ForeignKey("sellers.id"))
    about: Named[UUID | None] = Column(Uuid)
    by: Named[str] = Column(Text)
    uploaded_by: Named[UUID] = Column(Uuid, ForeignKey("accounts.id"))
    name: Named[str] = Column(Text)
    media_type: Named[str] = Column(Text)
    size: Named[int] = Column(BigInteger)
    sha256: Named[str] = Column(Text)
    uploaded_at: Named[datetime] = Column(INSTANT)


attachments = Table(
    "attachments",
    metadata,
    _Attachments,
    Index(None, "order_id"),
    Index(None, "seller_id", "id"),
    Index(None, "about"),
    Index("ix_attachments_waiting", "uploaded_by", "uploaded_at", postgresql_where=WAITING),
)
