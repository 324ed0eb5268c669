"""Broken promises and their remedies: claims, waivers, coupons, recoveries, disputes."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Named,
    Table,
    Text,
    TypedColumns,
    Uuid,
)

from app.db.tables.base import INSTANT, RATE, metadata


class _Claims(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id"), unique=True)
    guarantee: Named[str] = Column(Text)
    status: Named[str] = Column(Text)
    filed_by: Named[UUID] = Column(Uuid, ForeignKey("accounts.id"))
    filed_at: Named[datetime] = Column(INSTANT)
    due_at: Named[datetime] = Column(INSTANT)
    total_usd: Named[int] = Column(BigInteger)
    rate: Named[Decimal] = Column(RATE)
    amount: Named[int] = Column(BigInteger)
    text: Named[str | None] = Column(Text)
    decided_by: Named[UUID | None] = Column(Uuid, ForeignKey("accounts.id"))
    decided_at: Named[datetime | None] = Column(INSTANT)
    rejection: Named[str | None] = Column(Text)
    reason: Named[str | None] = Column(Text)
    note: Named[str | None] = Column(Text)
    liability: Named[str | None] = Column(Text)
    coupon_id: Named[UUID | None] = Column(Uuid)


claims = Table(
    "claims",
    metadata,
    _Claims,
    Index("ix_claims_review", "filed_at", "id", postgresql_where="status = 'UNDER_REVIEW'"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("(status = 'UNDER_REVIEW') = (decided_at IS NULL)", name="decided"),
    CheckConstraint("(status = 'APPROVED') = (coupon_id IS NOT NULL AND liability IS NOT NULL)", name="approved"),
)


class _Waivers(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id"))
    compensate: Named[bool] = Column(Boolean)
    reason: Named[str] = Column(Text)
    granted_by: Named[UUID] = Column(Uuid, ForeignKey("accounts.id"))
    granted_at: Named[datetime] = Column(INSTANT)
    withdrawn_at: Named[datetime | None] = Column(INSTANT)


waivers = Table(
    "waivers",
    metadata,
    _Waivers,
    Index(None, "order_id"),
    Index("uq_waivers_standing", "order_id", unique=True, postgresql_where="withdrawn_at IS NULL"),
)


class _Coupons(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    buyer_id: Named[UUID] = Column(Uuid, ForeignKey("accounts.id"))
    claim_id: Named[UUID] = Column(Uuid, ForeignKey("claims.id"))
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id"))
    seller_id: Named[UUID] = Column(Uuid, ForeignKey("sellers.id"))
    status: Named[str] = Column(Text)
    amount: Named[int] = Column(BigInteger)
    currency: Named[str] = Column(Text)
    liability: Named[str] = Column(Text)
    issued_at: Named[datetime] = Column(INSTANT)
    expires_at: Named[datetime] = Column(INSTANT)
    reserved_order_id: Named[UUID | None] = Column(Uuid, ForeignKey("orders.id"))
    reserved_at: Named[datetime | None] = Column(INSTANT)
    used: Named[int] = Column(BigInteger)
    used_at: Named[datetime | None] = Column(INSTANT)
    version: Named[int] = Column(BigInteger)


coupons = Table(
    "coupons",
    metadata,
    _Coupons,
    CheckConstraint("amount > 0 AND used BETWEEN 0 AND amount", name="used"),
    CheckConstraint(
        "(status IN ('RESERVED', 'USED')) = (reserved_order_id IS NOT NULL AND reserved_at IS NOT NULL)",
        name="reserved",
    ),
    CheckConstraint("(status = 'USED') = (used_at IS NOT NULL)", name="used_at"),
    Index(None, "buyer_id", "id"),
    Index(None, "order_id"),
    Index(
        "ix_coupons_exposed",
        "seller_id",
        "expires_at",
        postgresql_where="status IN ('AVAILABLE', 'RESERVED') AND liability = 'SELLER'",
    ),
    Index("uq_coupons_reserved", "reserved_order_id", unique=True, postgresql_where="reserved_order_id IS NOT NULL"),
)


class _Recoveries(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    seller_id: Named[UUID] = Column(Uuid, ForeignKey("sellers.id"))
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id"))
    cause: Named[str] = Column(Text)
    coupon_id: Named[UUID | None] = Column(Uuid, ForeignKey("coupons.id"))
    status: Named[str] = Column(Text)
    amount: Named[int] = Column(BigInteger)
    collected: Named[int] = Column(BigInteger)
    currency: Named[str] = Column(Text)
    owed_at: Named[datetime] = Column(INSTANT)
    reversed_at: Named[datetime | None] = Column(INSTANT)


recoveries = Table(
    "recoveries",
    metadata,
    _Recoveries,
    CheckConstraint("amount > 0 AND collected BETWEEN 0 AND amount", name="collected"),
    Index(None, "seller_id", "id"),
    Index(None, "order_id"),
    Index(
        "ix_recoveries_owed",
        "seller_id",
        "currency",
        "id",
        postgresql_where="status IN ('OWED', 'PARTLY_COLLECTED')",
    ),
)


class _Collections(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    recovery_id: Named[UUID] = Column(Uuid, ForeignKey("recoveries.id"))
    order_id: Named[UUID | None] = Column(Uuid, ForeignKey("orders.id"))
    amount: Named[int] = Column(BigInteger)
    currency: Named[str] = Column(Text)
    at: Named[datetime] = Column(INSTANT)


collections = Table(
    "collections",
    metadata,
    _Collections,
    Index(None, "recovery_id", "id"),
    CheckConstraint("amount > 0", name="amount"),
)


class _Disputes(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id"))
    status: Named[str] = Column(Text)
    reason: Named[str] = Column(Text)
    asked: Named[int] = Column(BigInteger)
    offered: Named[int | None] = Column(BigInteger)
    currency: Named[str] = Column(Text)
    opened_by: Named[UUID] = Column(Uuid, ForeignKey("accounts.id"))
    opened_at: Named[datetime] = Column(INSTANT)
    resolved_at: Named[datetime | None] = Column(INSTANT)
    outcome: Named[str | None] = Column(Text)
    refunded: Named[int | None] = Column(BigInteger)
    decided_by: Named[UUID | None] = Column(Uuid, ForeignKey("accounts.id"))


disputes = Table(
    "disputes",
    metadata,
    _Disputes,
    Index(None, "order_id"),
    Index("uq_disputes_open", "order_id", unique=True, postgresql_where="status <> 'RESOLVED'"),
    Index("ix_disputes_escalated", "opened_at", "id", postgresql_where="status = 'ESCALATED'"),
    CheckConstraint("(status = 'RESOLVED') = (resolved_at IS NOT NULL AND outcome IS NOT NULL)", name="resolved"),
)


class _DisputeSteps(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id"))
    dispute_id: Named[UUID] = Column(Uuid, ForeignKey("disputes.id"))
    kind: Named[str] = Column(Text)
    by: Named[str] = Column(Text)
    account_id: Named[UUID | None] = Column(Uuid, ForeignKey("accounts.id"))
    amount: Named[int | None] = Column(BigInteger)
    text: Named[str | None] = Column(Text)
    at: Named[datetime] = Column(INSTANT)


dispute_steps = Table("dispute_steps", metadata, _DisputeSteps, Index(None, "order_id"), Index(None, "dispute_id"))
