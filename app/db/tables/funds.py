"""The money of an order: instalments, accounts, payments and receipts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Named,
    SmallInteger,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    Uuid,
)

from app.db.tables.base import INSTANT, metadata


class _Instalments(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id", ondelete="CASCADE"))
    position: Named[int] = Column(SmallInteger)
    kind: Named[str] = Column(Text)
    amount: Named[int] = Column(BigInteger)
    currency: Named[str] = Column(Text)
    received: Named[int] = Column(BigInteger)
    completed_at: Named[datetime | None] = Column(INSTANT)
    coupon: Named[int] = Column(BigInteger)


instalments = Table(
    "instalments",
    metadata,
    _Instalments,
    UniqueConstraint("order_id", "position"),
    CheckConstraint("coupon BETWEEN 0 AND amount AND received BETWEEN 0 AND amount - coupon", name="received"),
)


class _CollectionAccounts(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id"))
    bank: Named[str] = Column(Text)
    holder: Named[str] = Column(Text)
    number: Named[str] = Column(Text, unique=True)
    bic: Named[str] = Column(Text)
    currency: Named[str] = Column(Text)


collection_accounts = Table("collection_accounts", metadata, _CollectionAccounts, Index(None, "order_id"))


class _Payments(TypedColumns):
    """A payment the buyer started: it moves no money (PAY-3)."""

    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id"))
    instalment: Named[int] = Column(SmallInteger)
    method: Named[str] = Column(Text)
    provider: Named[str] = Column(Text)
    reference: Named[str] = Column(Text, unique=True)
    amount: Named[int] = Column(BigInteger)
    currency: Named[str] = Column(Text)
    payment_fee: Named[int] = Column(BigInteger)
    started_at: Named[datetime] = Column(INSTANT)
    expires_at: Named[datetime] = Column(INSTANT)
    receipt_id: Named[UUID | None] = Column(Uuid)


payments = Table("payments", metadata, _Payments, Index(None, "order_id"))


class _Receipts(TypedColumns):
    """Money that arrived for an order; what became of every minor unit of it is in its five parts."""

    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id"))
    method: Named[str] = Column(Text)
    provider: Named[str] = Column(Text)
    reference: Named[str] = Column(Text)
    amount: Named[int] = Column(BigInteger)
    currency: Named[str] = Column(Text)
    unassociated: Named[int] = Column(BigInteger)
    counted: Named[int] = Column(BigInteger)
    held: Named[int] = Column(BigInteger)
    returned: Named[int] = Column(BigInteger)
    payment_fee: Named[int] = Column(BigInteger)
    payer: Named[str | None] = Column(Text)
    value_date: Named[datetime] = Column(INSTANT)
    recorded_at: Named[datetime] = Column(INSTANT)
    associated_at: Named[datetime | None] = Column(INSTANT)
    recorded_by: Named[str] = Column(Text)


receipts = Table(
    "receipts",
    metadata,
    _Receipts,
    UniqueConstraint("provider", "reference"),
    CheckConstraint("amount = unassociated + counted + held + returned + payment_fee", name="parts"),
    CheckConstraint("amount > 0 AND least(unassociated, counted, held, returned, payment_fee) >= 0", name="positive"),
    Index(None, "order_id"),
    Index("ix_receipts_unassociated", "recorded_at", "id", postgresql_where="unassociated > 0"),
)
