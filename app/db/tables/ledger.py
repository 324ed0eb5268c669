"""The ledger (section 15): append-only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Named,
    SmallInteger,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    Uuid,
)

from app.db.tables.base import INSTANT, metadata


class _Entries(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID | None] = Column(Uuid, ForeignKey("orders.id"))
    seller_id: Named[UUID | None] = Column(Uuid, ForeignKey("sellers.id"))
    sequence: Named[int] = Column(BigInteger)
    kind: Named[str] = Column(Text)
    cause: Named[UUID | None] = Column(Uuid)
    at: Named[datetime] = Column(INSTANT)
    previous_hash: Named[str | None] = Column(Text)
    hash: Named[str] = Column(Text)


entries = Table(
    "entries",
    metadata,
    _Entries,
    Index("uq_entries_order", "order_id", "sequence", unique=True, postgresql_where="order_id IS NOT NULL"),
    Index("uq_entries_seller", "seller_id", "sequence", unique=True, postgresql_where="order_id IS NULL"),
    CheckConstraint("order_id IS NOT NULL OR seller_id IS NOT NULL", name="subject"),
)


class _Moves(TypedColumns):
    entry_id: Named[UUID] = Column(Uuid, ForeignKey("entries.id"), primary_key=True)
    position: Named[int] = Column(SmallInteger, primary_key=True)
    from_account: Named[str] = Column(Text)
    from_owner: Named[UUID | None] = Column(Uuid)
    to_account: Named[str] = Column(Text)
    to_owner: Named[UUID | None] = Column(Uuid)
    amount: Named[int] = Column(BigInteger)
    currency: Named[str] = Column(Text)


moves = Table("moves", metadata, _Moves, CheckConstraint("amount > 0", name="amount"))


class _Balances(TypedColumns):
    """What stands on each account that belongs to an order or a seller; the platform's own are sums of moves."""

    account: Named[str] = Column(Text, primary_key=True)
    owner_id: Named[UUID] = Column(Uuid, primary_key=True)
    currency: Named[str] = Column(Text, primary_key=True)
    amount: Named[int] = Column(BigInteger)
    lines: Named[int] = Column(BigInteger)
    booked_at: Named[datetime | None] = Column(INSTANT)


balances = Table(
    "balances",
    metadata,
    _Balances,
    CheckConstraint(
        "CASE account WHEN 'RECEIVABLE' THEN amount <= 0 ELSE amount >= 0 END",
        name="protected",
    ),
)


class _StatementLines(TypedColumns):
    """The seller's statement (PAY-11): one row a move of the seller's account, with the balance after it."""

    id: Named[UUID] = Column(Uuid, primary_key=True)
    seller_id: Named[UUID] = Column(Uuid, ForeignKey("sellers.id"))
    currency: Named[str] = Column(Text)
    ordinal: Named[int] = Column(BigInteger)
    entry_id: Named[UUID] = Column(Uuid, ForeignKey("entries.id"))
    order_id: Named[UUID | None] = Column(Uuid, ForeignKey("orders.id"))
    kind: Named[str] = Column(Text)
    amount: Named[int] = Column(BigInteger)
    balance: Named[int] = Column(BigInteger)
    at: Named[datetime] = Column(INSTANT)


statement_lines = Table(
    "statement_lines",
    metadata,
    _StatementLines,
    UniqueConstraint("seller_id", "currency", "ordinal"),
    Index(None, "seller_id", "currency", "at", "ordinal", "id"),
)


class _Postings(TypedColumns):
    """The view of the ledger as an order's buyer and its seller book it: a row for each of their accounts in a move."""

    id: Named[str] = Column(Text, primary_key=True)
    order_id: Named[UUID | None] = Column(Uuid)
    seller_id: Named[UUID] = Column(Uuid)
    sequence: Named[int] = Column(BigInteger)
    place: Named[int] = Column(Integer)
    side: Named[str] = Column(Text)
    account: Named[str] = Column(Text)
    counterpart: Named[str | None] = Column(Text)
    kind: Named[str] = Column(Text)
    cause: Named[UUID | None] = Column(Uuid)
    amount: Named[int] = Column(BigInteger)
    currency: Named[str] = Column(Text)
    at: Named[datetime] = Column(INSTANT)


# made by a migration, as no table is
postings = Table("postings", MetaData(), _Postings)


class _Withdrawals(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    seller_id: Named[UUID] = Column(Uuid, ForeignKey("sellers.id"))
    amount: Named[int] = Column(BigInteger)
    currency: Named[str] = Column(Text)
    route: Named[str] = Column(Text)
    requested_by: Named[UUID] = Column(Uuid, ForeignKey("accounts.id"))
    at: Named[datetime] = Column(INSTANT)
    entry_id: Named[UUID] = Column(Uuid, ForeignKey("entries.id"))


withdrawals = Table("withdrawals", metadata, _Withdrawals, Index(None, "seller_id", "id"))
