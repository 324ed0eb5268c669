"""The rows an order is made of: frozen records with the names and units of their tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum, unique
from typing import Any
from uuid import UUID

from app.domain.access import By
from app.domain.goods import TransitUnit
from app.domain.partial import partial
from app.domain.policy import ExportMethod, Logistics, PaymentMethod, TransportMode
from app.domain.remedies import ClaimStatus


@unique
class Status(StrEnum):
    """Where an order stands (section 16); overdue is a flag beside it."""

    DRAFT = "DRAFT"
    PENDING_CONFIRMATION = "PENDING_CONFIRMATION"
    PENDING_PAYMENT = "PENDING_PAYMENT"
    PENDING_DISPATCH = "PENDING_DISPATCH"
    PARTIALLY_DISPATCHED = "PARTIALLY_DISPATCHED"
    DISPATCHED = "DISPATCHED"
    COMPLETED = "COMPLETED"
    CLOSED = "CLOSED"


@unique
class OrderType(StrEnum):
    """Who began the order, and how (ORD-1)."""

    SELLER_DRAFT = "SELLER_DRAFT"
    START_ORDER = "START_ORDER"
    BUY_NOW = "BUY_NOW"


@unique
class LeadSource(StrEnum):
    """Where a seller met the buyer of an order, as the seller says (DSK-2)."""

    INQUIRY = "INQUIRY"
    RFQ = "RFQ"
    CHAT = "CHAT"
    DIRECT_ORDER = "DIRECT_ORDER"
    TRADE_SHOW = "TRADE_SHOW"
    OWN_CUSTOMER = "OWN_CUSTOMER"
    OTHER = "OTHER"


@unique
class PaymentTerms(StrEnum):
    """One payment of all, or a deposit and a balance (ORD-4)."""

    FULL = "FULL"
    DEPOSIT_BALANCE = "DEPOSIT_BALANCE"


@unique
class DispatchTerm(StrEnum):
    """By when the goods must be dispatched (ORD-5)."""

    DAYS_AFTER_DEPOSIT = "DAYS_AFTER_DEPOSIT"
    DAYS_AFTER_FULL_PAYMENT = "DAYS_AFTER_FULL_PAYMENT"
    FIXED_DATE = "FIXED_DATE"
    FIXED_INSTANT = "FIXED_INSTANT"


@unique
class GuaranteeMethod(StrEnum):
    """How long the seller's quota guarantees the order (GUA-1)."""

    NONE = "NONE"
    UNTIL_DISPATCH = "UNTIL_DISPATCH"
    UNTIL_RECEIPT = "UNTIL_RECEIPT"


@unique
class Incoterm(StrEnum):
    """The eleven rules of Incoterms 2020."""

    EXW = "EXW"
    FCA = "FCA"
    CPT = "CPT"
    CIP = "CIP"
    DAP = "DAP"
    DPU = "DPU"
    DDP = "DDP"
    FAS = "FAS"
    FOB = "FOB"
    CFR = "CFR"
    CIF = "CIF"


@unique
class InstalmentKind(StrEnum):
    """Which part of the agreed total an instalment is."""

    FULL = "FULL"
    DEPOSIT = "DEPOSIT"
    BALANCE = "BALANCE"


@unique
class CloseReason(StrEnum):
    """Why an order was closed."""

    CANCELLED_BY_BUYER = "CANCELLED_BY_BUYER"
    CANCELLED_BY_SELLER = "CANCELLED_BY_SELLER"
    DECLINED_BY_BUYER = "DECLINED_BY_BUYER"
    DECLINED_BY_SELLER = "DECLINED_BY_SELLER"
    UNPAID = "UNPAID"
    REFUNDED = "REFUNDED"


@unique
class DeadlineKind(StrEnum):
    """A clock of section 14."""

    DISPATCH = "DISPATCH"
    DELIVERY = "DELIVERY"
    AUTO_RECEIPT = "AUTO_RECEIPT"
    CLAIM_DISPATCH_CLOSE = "CLAIM_DISPATCH_CLOSE"
    CLAIM_DELIVERY_CLOSE = "CLAIM_DELIVERY_CLOSE"
    PROTECTION_END = "PROTECTION_END"
    UNPAID_DISCOUNT = "UNPAID_DISCOUNT"
    DISPUTE_SILENCE = "DISPUTE_SILENCE"
    COUPON_EXPIRING = "COUPON_EXPIRING"
    COUPON_EXPIRY = "COUPON_EXPIRY"
    EXIT_ALLOWED = "EXIT_ALLOWED"
    REJOIN_ALLOWED = "REJOIN_ALLOWED"
    RECOVERY = "RECOVERY"
    APPROACH = "APPROACH"
    TRANSFER_WAITING = "TRANSFER_WAITING"


@unique
class DeadlineStatus(StrEnum):
    """What became of a deadline."""

    RUNNING = "RUNNING"
    WAITING = "WAITING"
    MET = "MET"
    LAPSED = "LAPSED"
    MOVED = "MOVED"
    VOID = "VOID"


@unique
class AmendmentStatus(StrEnum):
    """What became of a proposed amendment (ORD-10)."""

    PROPOSED = "PROPOSED"
    CONFIRMED = "CONFIRMED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"
    LAPSED = "LAPSED"


@unique
class TrackingKind(StrEnum):
    """What happened to a shipment under way (SHP-2)."""

    PICKED_UP = "PICKED_UP"
    IN_TRANSIT = "IN_TRANSIT"
    CUSTOMS_CLEARED = "CUSTOMS_CLEARED"
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY"
    DELIVERED = "DELIVERED"
    EXCEPTION = "EXCEPTION"


@unique
class ServiceStatus(StrEnum):
    """Whether a seller may make assured orders (SVC-1)."""

    INACTIVE = "INACTIVE"
    PENDING = "PENDING"
    ACTIVE = "ACTIVE"


@unique
class Membership(StrEnum):
    """What kind of member of the platform a seller is."""

    PAID = "PAID"
    FREE = "FREE"


@dataclass(frozen=True, slots=True)
class Seller:
    """A supplier company; `quota_limit` in USD cents."""

    id: UUID
    name: str
    country: str
    membership: Membership
    service: ServiceStatus
    quota_limit: int
    sales_see_all: bool
    version: int
    created_at: datetime
    enrolled_at: datetime | None = None
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Buyer:
    """A buyer's account, as far as lists of orders tell of it."""

    id: UUID
    name: str
    country: str


@partial
@dataclass(frozen=True, kw_only=True)
class Order:
    """An assured order; amounts in minor units of `currency`, `quota_occupied` in USD cents.

    From `destination` to `waived` it keeps what lists and rates go by of its other rows (see `listing`).
    """

    id: UUID
    number: str | None = None
    link: str | None = None
    version: int = 0
    status: Status = Status.DRAFT
    awaiting: By | None = None
    type: OrderType
    drafted_by: By
    seller_id: UUID
    buyer_id: UUID | None = None
    salesperson_id: UUID | None = None
    seller_reference: str | None = None
    buyer_reference: str | None = None
    lead_source: LeadSource | None = None
    currency: str
    products: int = 0
    shipping_fee: int = 0
    shipping_discount: int = 0
    store_coupon: int = 0
    total: int = 0
    payment_terms: PaymentTerms | None = None
    deposit: int | None = None
    dispatch_term: DispatchTerm | None = None
    dispatch_days: int | None = None
    dispatch_date: date | None = None
    dispatch_instant: datetime | None = None
    transport_mode: TransportMode | None = None
    carrier: str | None = None
    lane: str | None = None
    incoterm: Incoterm | None = None
    incoterm_place: str | None = None
    export_method: ExportMethod | None = None
    customs_title: str | None = None
    logistics: Logistics = Logistics.OWN
    guarantee_method: GuaranteeMethod = GuaranteeMethod.NONE
    notes: str | None = None
    contact_version: int = 0
    policy_id: UUID | None = None
    usd_rate: Decimal | None = None
    fee_rate: Decimal | None = None
    fee_cap: int | None = None
    fee: int | None = None
    quota_occupied: int = 0
    dispatch_guaranteed: bool = False
    delivery_guaranteed: bool = False
    delivery_failed: tuple[str, ...] = ()
    lane_id: UUID | None = None
    transit_min: int | None = None
    transit_max: int | None = None
    transit_unit: TransitUnit | None = None
    transit_origin: str | None = None
    promised_at: datetime | None = None
    delivery_overdue_at: datetime | None = None
    penalty_points: int = 0
    coupon_id: UUID | None = None
    coupon: int = 0
    coupon_posted: int = 0
    coupon_returned: int = 0
    acknowledged: tuple[str, ...] = ()
    contract_file_id: UUID | None = None
    campaign: str | None = None
    labels: tuple[str, ...] = ()
    received: int = 0
    refunded: int = 0
    refunded_after: int = 0
    released: int = 0
    fee_charged: int = 0
    landed: bool = False
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None = None
    confirmed_at: datetime | None = None
    first_paid_at: datetime | None = None
    fully_paid_at: datetime | None = None
    dispatched_at: datetime | None = None
    delivered_at: datetime | None = None
    completed_at: datetime | None = None
    received_by: By | None = None
    closed_at: datetime | None = None
    closed_in: Status | None = None
    close_reason: CloseReason | None = None
    close_note: str | None = None
    overdue_at: datetime | None = None
    destination: str | None = None
    buyer_country: str | None = None
    dispatch_due_at: datetime | None = None
    disputed: bool = False
    claim_status: ClaimStatus | None = None
    rated_due_at: datetime | None = None
    waived: bool = False
    entries: int = 0
    entry_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """To whom and where the goods go, one version of it."""

    id: UUID
    order_id: UUID
    version: int
    recipient: str | None = None
    email: str | None = None
    phone: str | None = None
    lines: tuple[str, ...] = ()
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


@partial
@dataclass(frozen=True)
class Item:
    """A line of the contract; `amount` = unit price × quantity, half-up."""

    id: UUID
    order_id: UUID
    position: int
    description: str
    attributes: tuple[Mapping[str, str], ...]
    packaging: str | None
    remark: str | None
    unit_price: int
    quantity: Decimal
    unit: str
    minimum_quantity: Decimal | None
    amount: int
    currency: str
    product_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Instalment:
    """A part of the agreed total, paid at once (ORD-4); `coupon` is what a platform coupon pays of it (PAY-5)."""

    id: UUID
    order_id: UUID
    position: int
    kind: InstalmentKind
    amount: int
    currency: str
    received: int
    completed_at: datetime | None
    coupon: int = 0

    @property
    def payable(self) -> int:
        """What the buyer pays of it (PAY-1)."""
        return self.amount - self.coupon

    @property
    def missing(self) -> int:
        """What has not come in yet of what the buyer pays."""
        return self.payable - self.received


@dataclass(frozen=True, slots=True)
class CollectionAccount:
    """A bank account that receives transfers for one order only (ORD-7)."""

    id: UUID
    order_id: UUID
    bank: str
    holder: str
    number: str
    bic: str
    currency: str


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment the buyer started; it moves no money (PAY-3)."""

    id: UUID
    order_id: UUID
    instalment: int
    method: PaymentMethod
    provider: str
    reference: str
    amount: int
    currency: str
    payment_fee: int
    started_at: datetime
    expires_at: datetime
    receipt_id: UUID | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money that arrived; its parts say what became of it: amount = unassociated + counted + held + returned + fee."""

    id: UUID
    order_id: UUID
    method: PaymentMethod
    provider: str
    reference: str
    amount: int
    currency: str
    unassociated: int
    counted: int
    held: int
    returned: int
    payment_fee: int
    payer: str | None
    value_date: datetime
    recorded_at: datetime
    associated_at: datetime | None
    recorded_by: By


@dataclass(frozen=True, slots=True)
class Shipment:
    """A dispatch of some or all of the goods (SHP-2)."""

    id: UUID
    order_id: UUID
    position: int
    transport_mode: TransportMode
    carrier: str
    tracking_number: str
    external_reference: str | None
    dispatched_at: datetime
    customs_cleared_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShipmentItem:
    """How much of a line a shipment carries."""

    id: UUID
    order_id: UUID
    shipment_id: UUID
    item_id: UUID
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class TrackingEvent:
    """What a carrier reported of a shipment; a source's reference counts once (SHP-2)."""

    id: UUID
    order_id: UUID
    shipment_id: UUID
    kind: TrackingKind
    occurred_at: datetime
    place: str | None
    text: str | None
    source: str
    source_reference: str
    recorded_at: datetime
    corrects: str | None = None


@dataclass(frozen=True, slots=True)
class Amendment:
    """A change of the agreed terms that takes effect when the buyer confirms it (ORD-10)."""

    id: UUID
    order_id: UUID
    status: AmendmentStatus
    changes: Mapping[str, Any]
    reason: str | None
    proposed_by: UUID
    proposed_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Review:
    """The buyer's review and the seller's reply (SHP-6)."""

    id: UUID
    order_id: UUID
    product: int
    dispatch_speed: int
    service: int
    text: str | None
    reviewed_at: datetime
    reply: str | None
    replied_at: datetime | None


@dataclass(frozen=True, slots=True)
class Note:
    """What a member of the seller notes about an order, for the seller's side alone (DSK-3)."""

    id: UUID
    order_id: UUID
    author_id: UUID
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Milestone:
    """What the seller reports of the production, and on which day it was so (SHP-7)."""

    id: UUID
    order_id: UUID
    on_date: date
    text: str
    added_by: UUID
    added_at: datetime


@partial
@dataclass(frozen=True)
class Deadline:
    """What time will do to an order, a coupon or a seller: `due_at` is the last good second before it (section 14).

    `seconds_left` is what was left when it began to wait, `set_at` when it was set: after `starts_at` where an
    amendment moved it, None where that was not kept yet.
    """

    id: UUID
    order_id: UUID | None
    kind: DeadlineKind
    about: str | None
    starts_at: datetime
    due_at: datetime
    rule: str
    inputs: Mapping[str, str]
    status: DeadlineStatus
    settled_at: datetime | None
    detected_at: datetime | None
    set_at: datetime | None = None
    seconds_left: int | None = None
    coupon_id: UUID | None = None
    seller_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """An e-mail named on a draft that no registered buyer has (ORD-2)."""

    id: UUID
    order_id: UUID
    email: str
    created_at: datetime
