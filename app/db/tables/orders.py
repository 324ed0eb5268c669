"""The order and what belongs to it."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
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
    column,
    func,
    literal_column,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.db.tables.base import INSTANT, QUANTITY, RATE, metadata


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
    lead_source: Named[str | None] = Column(Text)
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
    customs_title: Named[str | None] = Column(Text)
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
    # what was promised (ENR-1, DLV-3), by the lane's terms on the day, and what became of it
    dispatch_guaranteed: Named[bool] = Column(Boolean)
    delivery_guaranteed: Named[bool] = Column(Boolean)
    delivery_failed: Named[list[str]] = Column(ARRAY(Text))
    lane_id: Named[UUID | None] = Column(Uuid, ForeignKey("lanes.id"))
    transit_min: Named[int | None] = Column(Integer)
    transit_max: Named[int | None] = Column(Integer)
    transit_unit: Named[str | None] = Column(Text)
    transit_origin: Named[str | None] = Column(Text)
    promised_at: Named[datetime | None] = Column(INSTANT)
    delivery_overdue_at: Named[datetime | None] = Column(INSTANT)
    penalty_points: Named[int] = Column(Integer)
    # the platform coupon applied at confirmation, in the order's currency (PAY-4, PAY-5)
    coupon_id: Named[UUID | None] = Column(Uuid)
    coupon: Named[int] = Column(BigInteger)
    coupon_posted: Named[int] = Column(BigInteger)
    coupon_returned: Named[int] = Column(BigInteger)
    acknowledged: Named[list[str]] = Column(ARRAY(Text))
    contract_file_id: Named[UUID | None] = Column(Uuid)
    campaign: Named[str | None] = Column(Text)
    labels: Named[list[str]] = Column(ARRAY(Text))
    # sums kept beside the ledger, and proved against it (PAY-10); order currency
    received: Named[int] = Column(BigInteger)
    refunded: Named[int] = Column(BigInteger)
    refunded_after: Named[int] = Column(BigInteger)
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
    # what lists go by of its other rows, and of its buyer's account (DSK-2)
    destination: Named[str | None] = Column(Text)
    buyer_country: Named[str | None] = Column(Text)
    dispatch_due_at: Named[datetime | None] = Column(INSTANT)
    disputed: Named[bool] = Column(Boolean)
    claim_status: Named[str | None] = Column(Text)
    # by which deadline its dispatch is rated, kept when it closes, and whether it is left out (DSK-4)
    rated_due_at: Named[datetime | None] = Column(INSTANT)
    waived: Named[bool] = Column(Boolean)
    # the ledger's chain of this order
    entries: Named[int] = Column(BigInteger)
    entry_hash: Named[str | None] = Column(Text)


# What a list by the dispatch deadline takes where there is none: after every other
_NO_DEADLINE = literal_column("'9999-01-01 00:00:00+00'::timestamptz", INSTANT)
_DEADLINE: ColumnElement[datetime] = func.coalesce(column("dispatch_due_at"), _NO_DEADLINE)
_NEWEST = ("created_at", "id")
TO_DISPATCH = "status IN ('PENDING_DISPATCH', 'PARTIALLY_DISPATCHED')"
# What waits for somebody to do something: what a desk lives in all day, recent and few beside what is finished
OPEN = "status IN ('PENDING_CONFIRMATION', 'PENDING_PAYMENT', 'PENDING_DISPATCH', 'PARTIALLY_DISPATCHED', 'DISPATCHED')"
LOAN_ELIGIBLE = (
    "status IN ('PENDING_DISPATCH', 'PARTIALLY_DISPATCHED', 'DISPATCHED')"
    " AND overdue_at IS NULL AND delivery_overdue_at IS NULL AND NOT disputed"
)


def _listed(name: str, *columns: str, where: str | None = None) -> Index:
    """An index by which a seller's orders of one sort are listed as they were created."""
    return Index(f"ix_orders_{name}", "seller_id", *columns, *_NEWEST, postgresql_where=where)


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
    CheckConstraint("coupon BETWEEN 0 AND total AND coupon_posted BETWEEN 0 AND coupon", name="coupon"),
    CheckConstraint("coupon_returned BETWEEN 0 AND coupon_posted", name="coupon_returned"),
    CheckConstraint("refunded BETWEEN 0 AND received AND refunded_after BETWEEN 0 AND refunded", name="refunded"),
    # the lists: everybody's, a buyer's, a seller's, and of a seller's those of each filter (DSK-2) and tab (DSK-1)
    Index("ix_orders_created", *_NEWEST),
    Index("ix_orders_buyer", "buyer_id", *_NEWEST),
    _listed("seller"),
    _listed("salesperson", "salesperson_id"),
    _listed("status", "status"),
    _listed("destination", "destination"),
    _listed("buyer_country", "buyer_country"),
    _listed("type", "type"),
    _listed("transport_mode", "transport_mode"),
    _listed("currency", "currency"),
    _listed("export_method", "export_method"),
    _listed("lead_source", "lead_source", where="lead_source IS NOT NULL"),
    _listed("claim_status", "claim_status", where="claim_status IS NOT NULL"),
    _listed("drafted_by", "drafted_by"),
    _listed("to_dispatch", where=TO_DISPATCH),
    _listed("discounted", where="store_coupon > 0 OR coupon > 0"),
    _listed("dispatch_guaranteed", where="dispatch_guaranteed"),
    _listed("delivery_guaranteed", where="delivery_guaranteed"),
    _listed("loan_eligible", where=LOAN_ELIGIBLE),
    _listed("overdue", where="overdue_at IS NOT NULL"),
    _listed("after_sales", where="disputed OR claim_status = 'UNDER_REVIEW'"),
    # the other orders in which a seller's are listed
    Index("ix_orders_amount", "seller_id", "currency", "total", "id"),
    Index("ix_orders_changed", "seller_id", "updated_at", "id"),
    Index("ix_orders_dispatch_due", "seller_id", _DEADLINE, "id"),
    # of open ones alone: they are at one end of each order, so that a page of them would be looked for from the other
    Index("ix_orders_open_amount", "seller_id", "currency", "total", "id", postgresql_where=OPEN),
    Index("ix_orders_open_changed", "seller_id", "updated_at", "id", postgresql_where=OPEN),
    Index("ix_orders_open_dispatch_due", "seller_id", _DEADLINE, "id", postgresql_where=OPEN),
    # and those of one salesperson, whose own list that is: whom a member's id means is known when it is looked for and
    # not before, so that a page of few would be looked for among everybody's
    Index("ix_orders_salesperson_amount", "seller_id", "salesperson_id", "currency", "total", "id"),
    Index("ix_orders_salesperson_changed", "seller_id", "salesperson_id", "updated_at", "id"),
    Index("ix_orders_salesperson_dispatch_due", "seller_id", "salesperson_id", _DEADLINE, "id"),
    # what falls due and what is overdue; and of what fell due, how the promises were kept (DSK-4, DSK-5)
    Index("ix_orders_due", "seller_id", _DEADLINE, "id", postgresql_where=TO_DISPATCH),
    Index(
        "ix_orders_rated",
        "seller_id",
        "rated_due_at",
        "id",
        postgresql_where="rated_due_at IS NOT NULL",
        postgresql_include=["dispatched_at", "closed_at", "waived"],
    ),
    Index(
        "ix_orders_promised",
        "seller_id",
        "promised_at",
        postgresql_where="delivery_guaranteed AND promised_at IS NOT NULL",
        postgresql_include=["delivered_at", "completed_at", "received_by", "closed_at", "waived"],
    ),
    Index(
        "ix_orders_points", "seller_id", postgresql_where="penalty_points > 0", postgresql_include=["penalty_points"]
    ),
    Index("ix_orders_campaign", "seller_id", "campaign", postgresql_where="campaign IS NOT NULL"),
    Index("ix_orders_quota", "seller_id", postgresql_where="quota_occupied > 0", postgresql_include=["quota_occupied"]),
)
DISPATCH_DUE: ColumnElement[datetime] = func.coalesce(orders.c.dispatch_due_at, _NO_DEADLINE)


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
    product_id: Named[UUID | None] = Column(Uuid, ForeignKey("products.id"))


items = Table(
    "items",
    metadata,
    _Items,
    Index(None, "order_id", "position"),
    CheckConstraint("unit_price >= 0 AND quantity > 0 AND amount >= 0", name="amounts"),
)


class _PrivateNotes(TypedColumns):
    """What the seller's members note about an order; the buyer never sees any of it."""

    id: Named[UUID] = Column(Uuid, primary_key=True)
    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id", ondelete="CASCADE"))
    author_id: Named[UUID] = Column(Uuid, ForeignKey("accounts.id"))
    text: Named[str] = Column(Text)
    written_at: Named[datetime] = Column(INSTANT)


private_notes = Table("private_notes", metadata, _PrivateNotes, Index(None, "order_id", "id"))


class _OrderWords(TypedColumns):
    """What an order is found by: in a row of its own, because an order changes often and its words seldom do."""

    order_id: Named[UUID] = Column(Uuid, ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    words: Named[list[str]] = Column(ARRAY(Text))
    seller_words: Named[list[str]] = Column(ARRAY(Text))


order_words = Table(
    "order_words",
    metadata,
    _OrderWords,
    Index("ix_order_words_words", "words", postgresql_using="gin"),
    Index("ix_order_words_seller_words", "seller_words", postgresql_using="gin"),
)
