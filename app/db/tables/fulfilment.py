"""What becomes of an agreed order: milestones, shipments, amendments, reviews, deadlines."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Named,
    SmallInteger,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.db.tables.base import INSTANT, QUANTITY, metadata


class _Shipments(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id"))
    position: Named[int] = Column(SmallInteger)
    transport_mode: Named[str] = Column(Text)
    carrier: Named[str] = Column(Text)
    tracking_number: Named[str] = Column(Text)
    external_reference: Named[str | None] = Column(Text)
    dispatched_at: Named[datetime] = Column(INSTANT)
    customs_cleared_at: Named[datetime | None] = Column(INSTANT)
    delivered_at: Named[datetime | None] = Column(INSTANT)


shipments = Table(
    "shipments", metadata, _Shipments, UniqueConstraint("order_id", "position"), Index(None, "tracking_number")
)


class _ShipmentItems(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id"))
    shipment_id: Named[UUID] = Column(Uuid, ForeignKey("shipments.id"))
    item_id: Named[UUID] = Column(Uuid, ForeignKey("items.id"))
    quantity: Named[Decimal] = Column(QUANTITY)


shipment_items = Table(
    "shipment_items",
    metadata,
    _ShipmentItems,
    Index(None, "order_id"),
    UniqueConstraint("shipment_id", "item_id"),
    CheckConstraint("quantity > 0", name="quantity"),
)


class _TrackingEvents(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id"))
    shipment_id: Named[UUID] = Column(Uuid, ForeignKey("shipments.id"))
    kind: Named[str] = Column(Text)
    occurred_at: Named[datetime] = Column(INSTANT)
    place: Named[str | None] = Column(Text)
    text: Named[str | None] = Column(Text)
    source: Named[str] = Column(Text)
    source_reference: Named[str] = Column(Text)
    recorded_at: Named[datetime] = Column(INSTANT)
    corrects: Named[str | None] = Column(Text)


tracking_events = Table(
    "tracking_events",
    metadata,
    _TrackingEvents,
    Index(None, "order_id"),
    UniqueConstraint("shipment_id", "source", "source_reference"),
)


class _Amendments(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id"))
    status: Named[str] = Column(Text)
    changes: Named[dict[str, Any]] = Column(JSONB)
    reason: Named[str | None] = Column(Text)
    proposed_by: Named[UUID] = Column(Uuid, ForeignKey("accounts.id"))
    proposed_at: Named[datetime] = Column(INSTANT)
    decided_at: Named[datetime | None] = Column(INSTANT)


amendments = Table(
    "amendments",
    metadata,
    _Amendments,
    Index(None, "order_id"),
    Index("uq_amendments_open", "order_id", unique=True, postgresql_where="status = 'PROPOSED'"),
)


class _Reviews(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id"), unique=True)
    product: Named[int] = Column(SmallInteger)
    dispatch_speed: Named[int] = Column(SmallInteger)
    service: Named[int] = Column(SmallInteger)
    text: Named[str | None] = Column(Text)
    reviewed_at: Named[datetime] = Column(INSTANT)
    reply: Named[str | None] = Column(Text)
    replied_at: Named[datetime | None] = Column(INSTANT)


reviews = Table(
    "reviews",
    metadata,
    _Reviews,
    CheckConstraint(
        "product BETWEEN 1 AND 5 AND dispatch_speed BETWEEN 1 AND 5 AND service BETWEEN 1 AND 5", name="scores"
    ),
)


class _Deadlines(TypedColumns):
    """Time as an actor: what will happen to which subject, and the last good second before it does."""

    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID | None] = Column(Uuid, ForeignKey("orders.id", ondelete="CASCADE"))
    kind: Named[str] = Column(Text)
    about: Named[str | None] = Column(Text)
    starts_at: Named[datetime] = Column(INSTANT)
    due_at: Named[datetime] = Column(INSTANT)
    rule: Named[str] = Column(Text)
    inputs: Named[dict[str, Any]] = Column(JSONB)
    status: Named[str] = Column(Text)
    settled_at: Named[datetime | None] = Column(INSTANT)
    detected_at: Named[datetime | None] = Column(INSTANT)
    set_at: Named[datetime | None] = Column(INSTANT)
    seconds_left: Named[int | None] = Column(Integer)
    coupon_id: Named[UUID | None] = Column(Uuid, ForeignKey("coupons.id"))
    seller_id: Named[UUID | None] = Column(Uuid, ForeignKey("sellers.id"))


deadlines = Table(
    "deadlines",
    metadata,
    _Deadlines,
    Index(None, "order_id"),
    Index("ix_deadlines_due", "due_at", "order_id", postgresql_where="status = 'RUNNING'"),
    Index("ix_deadlines_coupon_id", "coupon_id", postgresql_where="coupon_id IS NOT NULL"),
    Index("ix_deadlines_seller_id", "seller_id", postgresql_where="seller_id IS NOT NULL"),
    Index("ix_deadlines_due_seller", "due_at", postgresql_where="status = 'RUNNING' AND seller_id IS NOT NULL"),
    CheckConstraint("num_nonnulls(order_id, coupon_id, seller_id) = 1", name="subject"),
)


class _Invitations(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id", ondelete="CASCADE"))
    email: Named[str] = Column(Text)
    created_at: Named[datetime] = Column(INSTANT)


invitations = Table("invitations", metadata, _Invitations, UniqueConstraint("order_id", "email"), Index(None, "email"))


class _Milestones(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id"))
    on_date: Named[date] = Column(Date)
    text: Named[str] = Column(Text)
    added_by: Named[UUID] = Column(Uuid, ForeignKey("accounts.id"))
    added_at: Named[datetime] = Column(INSTANT)


milestones = Table("milestones", metadata, _Milestones, Index(None, "order_id", "on_date", "id"))
