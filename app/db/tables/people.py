"""Who: accounts, sellers, their members, tokens and applications."""

from datetime import datetime
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
from sqlalchemy.dialects.postgresql import ARRAY

from app.db.tables.base import INSTANT, metadata


class _Accounts(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    email: Named[str] = Column(Text, unique=True)
    email_verified: Named[bool] = Column(Boolean)
    name: Named[str] = Column(Text)
    country: Named[str] = Column(Text)
    operator: Named[bool] = Column(Boolean)
    disabled_at: Named[datetime | None] = Column(INSTANT)
    created_at: Named[datetime] = Column(INSTANT)


accounts = Table("accounts", metadata, _Accounts)


class _Sellers(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    name: Named[str] = Column(Text)
    country: Named[str] = Column(Text)
    membership: Named[str] = Column(Text)
    service: Named[str] = Column(Text)
    quota_limit: Named[int] = Column(BigInteger)
    sales_see_all: Named[bool] = Column(Boolean)
    version: Named[int] = Column(BigInteger)
    created_at: Named[datetime] = Column(INSTANT)
    # the on-time dispatch guarantee (ENR-1): since when the seller is in it, or since when out again
    enrolled_at: Named[datetime | None] = Column(INSTANT)
    left_at: Named[datetime | None] = Column(INSTANT)


sellers = Table(
    "sellers",
    metadata,
    _Sellers,
    CheckConstraint("quota_limit >= 0", name="quota_limit"),
    CheckConstraint("enrolled_at IS NULL OR left_at IS NULL", name="enrolment"),
)


class _Members(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    seller_id: Named[UUID] = Column(Uuid, ForeignKey("sellers.id"))
    account_id: Named[UUID] = Column(Uuid, ForeignKey("accounts.id"), unique=True)
    role: Named[str] = Column(Text)
    removed_at: Named[datetime | None] = Column(INSTANT)
    created_at: Named[datetime] = Column(INSTANT)


members = Table("members", metadata, _Members, Index(None, "seller_id"))


class _Handovers(TypedColumns):
    """The orders of a removed member on their way to a colleague; finished when nothing is left behind."""

    id: Named[UUID] = Column(Uuid, primary_key=True)
    seller_id: Named[UUID] = Column(Uuid, ForeignKey("sellers.id"))
    from_id: Named[UUID] = Column(Uuid, ForeignKey("accounts.id"))
    to_id: Named[UUID] = Column(Uuid, ForeignKey("accounts.id"))
    began_at: Named[datetime] = Column(INSTANT)
    finished_at: Named[datetime | None] = Column(INSTANT)


handovers = Table(
    "handovers",
    metadata,
    _Handovers,
    Index(None, "seller_id", "id"),
    Index("ix_handovers_open", "id", postgresql_where="finished_at IS NULL"),
)


class _AccessTokens(TypedColumns):
    """A token by its hash; after a rotation the text before it is known as well, until an instant."""

    id: Named[UUID] = Column(Uuid, primary_key=True)
    version: Named[int] = Column(BigInteger)
    account_id: Named[UUID] = Column(Uuid, ForeignKey("accounts.id"))
    seller_id: Named[UUID | None] = Column(Uuid, ForeignKey("sellers.id"))
    label: Named[str] = Column(Text)
    hash: Named[str] = Column(Text, unique=True)
    beginning: Named[str | None] = Column(Text)
    previous_hash: Named[str | None] = Column(Text, unique=True)
    previous_until: Named[datetime | None] = Column(INSTANT)
    scopes: Named[list[str]] = Column(ARRAY(Text))
    expires_at: Named[datetime] = Column(INSTANT)
    revoked_at: Named[datetime | None] = Column(INSTANT)
    created_at: Named[datetime] = Column(INSTANT)
    last_used_at: Named[datetime | None] = Column(INSTANT)


access_tokens = Table(
    "access_tokens", metadata, _AccessTokens, Index(None, "account_id", "id"), Index(None, "seller_id", "id")
)


class _Applications(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    seller_id: Named[UUID] = Column(Uuid, ForeignKey("sellers.id"))
    status: Named[str] = Column(Text)
    registered_name: Named[str] = Column(Text)
    registration_number: Named[str] = Column(Text)
    country: Named[str] = Column(Text)
    address: Named[str] = Column(Text)
    legal_representative: Named[str] = Column(Text)
    submitted_by: Named[UUID] = Column(Uuid, ForeignKey("accounts.id"))
    submitted_at: Named[datetime] = Column(INSTANT)
    decided_by: Named[UUID | None] = Column(Uuid, ForeignKey("accounts.id"))
    decided_at: Named[datetime | None] = Column(INSTANT)
    reason: Named[str | None] = Column(Text)


applications = Table(
    "applications",
    metadata,
    _Applications,
    Index(None, "seller_id", "submitted_at"),
    Index("ix_applications_pending", "submitted_at", "id", postgresql_where="status = 'PENDING'"),
    Index("uq_applications_pending", "seller_id", unique=True, postgresql_where="status = 'PENDING'"),
)
