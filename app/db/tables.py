"""Every table of the product, typed; a row has the same names as the domain's dataclass of the same noun.

Money is BIGINT minor units beside an ISO 4217 code; instants are timestamptz in UTC; ids are UUIDv7.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Named,
    Numeric,
    SmallInteger,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

INSTANT = DateTime(timezone=True)
RATE = Numeric(30, 10)
QUANTITY = Numeric(18, 3)


# --- who --------------------------------------------------------------------------------------------------------


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


sellers = Table("sellers", metadata, _Sellers, CheckConstraint("quota_limit >= 0", name="quota_limit"))


class _Members(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    seller_id: Named[UUID] = Column(Uuid, ForeignKey("sellers.id"))
    account_id: Named[UUID] = Column(Uuid, ForeignKey("accounts.id"), unique=True)
    role: Named[str] = Column(Text)
    removed_at: Named[datetime | None] = Column(INSTANT)
    created_at: Named[datetime] = Column(INSTANT)


members = Table("members", metadata, _Members, Index(None, "seller_id"))


class _AccessTokens(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    account_id: Named[UUID] = Column(Uuid, ForeignKey("accounts.id"))
    label: Named[str] = Column(Text)
    hash: Named[str] = Column(Text, unique=True)
    scopes: Named[list[str]] = Column(ARRAY(Text))
    expires_at: Named[datetime] = Column(INSTANT)
    revoked_at: Named[datetime | None] = Column(INSTANT)
    created_at: Named[datetime] = Column(INSTANT)


access_tokens = Table("access_tokens", metadata, _AccessTokens, Index(None, "account_id"))


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


# --- policy -----------------------------------------------------------------------------------------------------


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


# --- the order and what belongs to it ---------------------------------------------------------------------------


class _Orders(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    number: Named[str | None] = Column(Text, unique=True)
    link: Named[str | None] = Column(Text, unique=True)
    version: Named[int] = Column(BigInteger)
    status: Named[str] = Column(Text)
    awaiting: Named[str | None] = Column(Text)
    type: Named[str] = Column(Text)
    drafted_by: Named[str] = Column(Text)
    seller_id: Named[UUID] = Column(Uuid, ForeignKey("sellers.id"))
    buyer_id: Named[UUID | None] = Column(Uuid, ForeignKey("accounts.id"))
    salesperson_id: Named[UUID | None] = Column(Uuid, ForeignKey("accounts.id"))
    seller_reference: Named[str | None] = Column(Text)
    buyer_reference: Named[str | None] = Column(Text)
    # the contract's terms
    currency: Named[str] = Column(Text)
    products: Named[int] = Column(BigInteger)
    shipping_fee: Named[int] = Column(BigInteger)
    shipping_discount: Named[int] = Column(BigInteger)
    store_coupon: Named[int] = Column(BigInteger)
    total: Named[int] = Column(BigInteger)
    payment_terms: Named[str | None] = Column(Text)
    deposit: Named[int | None] = Column(BigInteger)
    dispatch_term: Named[str | None] = Column(Text)
    dispatch_days: Named[int | None] = Column(Integer)
    dispatch_date: Named[date | None] = Column(Date)
    dispatch_instant: Named[datetime | None] = Column(INSTANT)
    transport_mode: Named[str | None] = Column(Text)
    carrier: Named[str | None] = Column(Text)
    lane: Named[str | None] = Column(Text)
    incoterm: Named[str | None] = Column(Text)
    incoterm_place: Named[str | None] = Column(Text)
    export_method: Named[str | None] = Column(Text)
    logistics: Named[str] = Column(Text)
    guarantee_method: Named[str] = Column(Text)
    notes: Named[str | None] = Column(Text)
    contact_version: Named[int] = Column(Integer)
    # pinned at confirmation (FEE-4)
    policy_id: Named[UUID | None] = Column(Uuid, ForeignKey("policies.id"))
    usd_rate: Named[Decimal | None] = Column(RATE)
    fee_rate: Named[Decimal | None] = Column(RATE)
    fee_cap: Named[int | None] = Column(BigInteger)
    fee: Named[int | None] = Column(BigInteger)
    quota_occupied: Named[int] = Column(BigInteger)
    # sums kept beside the ledger, and proved against it (PAY-10); order currency
    received: Named[int] = Column(BigInteger)
    refunded: Named[int] = Column(BigInteger)
    released: Named[int] = Column(BigInteger)
    fee_charged: Named[int] = Column(BigInteger)
    landed: Named[bool] = Column(Boolean)
    # stamps
    created_at: Named[datetime] = Column(INSTANT)
    updated_at: Named[datetime] = Column(INSTANT)
    submitted_at: Named[datetime | None] = Column(INSTANT)
    confirmed_at: Named[datetime | None] = Column(INSTANT)
    first_paid_at: Named[datetime | None] = Column(INSTANT)
    fully_paid_at: Named[datetime | None] = Column(INSTANT)
    dispatched_at: Named[datetime | None] = Column(INSTANT)
    delivered_at: Named[datetime | None] = Column(INSTANT)
    completed_at: Named[datetime | None] = Column(INSTANT)
    received_by: Named[str | None] = Column(Text)
    closed_at: Named[datetime | None] = Column(INSTANT)
    closed_in: Named[str | None] = Column(Text)
    close_reason: Named[str | None] = Column(Text)
    close_note: Named[str | None] = Column(Text)
    overdue_at: Named[datetime | None] = Column(INSTANT)
    # the ledger's chain of this order
    entries: Named[int] = Column(BigInteger)
    entry_hash: Named[str | None] = Column(Text)


orders = Table(
    "orders",
    metadata,
    _Orders,
    CheckConstraint("total = products + shipping_fee - shipping_discount - store_coupon", name="total"),
    CheckConstraint("total >= 0 AND products >= 0 AND shipping_fee >= 0", name="amounts"),
    CheckConstraint(
        "deposit IS NULL OR deposit BETWEEN 1 AND total - 1 OR status IN ('DRAFT', 'PENDING_CONFIRMATION', 'CLOSED')",
        name="deposit",
    ),
    CheckConstraint("(status = 'PENDING_CONFIRMATION') = (awaiting IS NOT NULL)", name="awaiting"),
    CheckConstraint("(status = 'DRAFT') OR number IS NOT NULL", name="number"),
    CheckConstraint("(status = 'CLOSED') = (closed_at IS NOT NULL)", name="closed"),
    CheckConstraint("quota_occupied >= 0", name="quota"),
    Index("ix_orders_seller", "seller_id", "id"),
    Index("ix_orders_salesperson", "seller_id", "salesperson_id", "id"),
    Index("ix_orders_buyer", "buyer_id", "id"),
    Index("ix_orders_quota", "seller_id", postgresql_where="quota_occupied > 0", postgresql_include=["quota_occupied"]),
)


class _Contacts(TypedColumns):
    """Personal data of an order, one row a version, so that it can be erased without touching an event."""

    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id", ondelete="CASCADE"))
    version: Named[int] = Column(Integer)
    recipient: Named[str | None] = Column(Text)
    email: Named[str | None] = Column(Text)
    phone: Named[str | None] = Column(Text)
    lines: Named[list[str]] = Column(ARRAY(Text))
    city: Named[str | None] = Column(Text)
    region: Named[str | None] = Column(Text)
    postal_code: Named[str | None] = Column(Text)
    country: Named[str | None] = Column(Text)


contacts = Table("contacts", metadata, _Contacts, UniqueConstraint("order_id", "version"))


class _Items(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id", ondelete="CASCADE"))
    position: Named[int] = Column(SmallInteger)
    description: Named[str] = Column(Text)
    attributes: Named[list[dict[str, str]]] = Column(JSONB)
    packaging: Named[str | None] = Column(Text)
    remark: Named[str | None] = Column(Text)
    unit_price: Named[int] = Column(BigInteger)
    quantity: Named[Decimal] = Column(QUANTITY)
    unit: Named[str] = Column(Text)
    minimum_quantity: Named[Decimal | None] = Column(QUANTITY)
    amount: Named[int] = Column(BigInteger)
    currency: Named[str] = Column(Text)


items = Table(
    "items",
    metadata,
    _Items,
    Index(None, "order_id", "position"),
    CheckConstraint("unit_price >= 0 AND quantity > 0 AND amount >= 0", name="amounts"),
)


class _Instalments(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id", ondelete="CASCADE"))
    position: Named[int] = Column(SmallInteger)
    kind: Named[str] = Column(Text)
    amount: Named[int] = Column(BigInteger)
    currency: Named[str] = Column(Text)
    received: Named[int] = Column(BigInteger)
    completed_at: Named[datetime | None] = Column(INSTANT)


instalments = Table(
    "instalments",
    metadata,
    _Instalments,
    UniqueConstraint("order_id", "position"),
    CheckConstraint("received BETWEEN 0 AND amount", name="received"),
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


shipments = Table("shipments", metadata, _Shipments, UniqueConstraint("order_id", "position"))


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
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id", ondelete="CASCADE"))
    kind: Named[str] = Column(Text)
    about: Named[str | None] = Column(Text)
    starts_at: Named[datetime] = Column(INSTANT)
    due_at: Named[datetime] = Column(INSTANT)
    rule: Named[str] = Column(Text)
    inputs: Named[dict[str, Any]] = Column(JSONB)
    status: Named[str] = Column(Text)
    settled_at: Named[datetime | None] = Column(INSTANT)
    detected_at: Named[datetime | None] = Column(INSTANT)


deadlines = Table(
    "deadlines",
    metadata,
    _Deadlines,
    Index(None, "order_id"),
    Index("ix_deadlines_due", "due_at", "order_id", postgresql_where="status = 'RUNNING'"),
)


class _Invitations(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id", ondelete="CASCADE"))
    email: Named[str] = Column(Text)
    created_at: Named[datetime] = Column(INSTANT)


invitations = Table("invitations", metadata, _Invitations, UniqueConstraint("order_id", "email"), Index(None, "email"))


# --- the ledger (section 15): append-only -----------------------------------------------------------------------


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
    "statement_lines", metadata, _StatementLines, UniqueConstraint("seller_id", "currency", "ordinal")
)


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


# --- events: audit trail, outbox and feed in one ----------------------------------------------------------------


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


events = Table(
    "events",
    metadata,
    _Events,
    UniqueConstraint("subject_id", "version"),
    Index("ix_events_unnumbered", "id", postgresql_where="position IS NULL"),
    Index("uq_events_position", "position", unique=True, postgresql_where="position IS NOT NULL"),
    Index("ix_events_seller", "seller_id", "position", postgresql_where="position IS NOT NULL"),
    Index("ix_events_buyer", "buyer_id", "position", postgresql_where="position IS NOT NULL"),
)


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
