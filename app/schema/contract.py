"""The contract of an order as clients see it: terms, lines, and where the goods go."""

import datetime as dates
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, case, or_, select, true
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain.access import By, Role
from app.domain.policy import ExportMethod, Logistics, TransportMode
from app.domain.records import DispatchTerm as DispatchTermKind
from app.domain.records import GuaranteeMethod, Incoterm, PaymentTerms, Status
from app.reads import Node, as_enum, column, many, one, public_id
from app.reads.visibility import Standing
from app.schema.attachments import Attachment
from app.schema.freight import Lane
from app.schema.money import Money, money
from app.schema.products import Product
from app.schema.scalars import CountryCode, CurrencyCode, Email, said

attribute = reads.element("attribute")


@reads.reads(attribute, part=True)
class ItemAttribute:
    """A property of a line, such as its colour or material."""

    name: str | None = column(attribute.c.value["name"].astext, "What is said of, such as Color.")
    value: str | None = column(attribute.c.value["value"].astext, "What is said, such as Black.")


@reads.reads(t.items, prefix="itm", through=("Order", t.orders.c.id == t.items.c.order_id))
class Item(Node):
    """A line of the contract."""

    id: ID = column(public_id("itm", t.items.c.id), "The line's id.")
    position: int = column(t.items.c.position + 1, "Where the line stands, from 1.")
    description: str = column(t.items.c.description, "The product, in words.")
    attributes: list[ItemAttribute] = reads.elements(t.items.c.attributes, "Properties of the product.")
    packaging: str | None = column(t.items.c.packaging, "How it is packed.")
    remark: str | None = column(t.items.c.remark, "What else was agreed of this line.")
    unit_price: Money = money(t.items.c.unit_price, t.items.c.currency, "The price of one unit.")
    quantity: Decimal = column(t.items.c.quantity, "How many units.")
    unit: str = column(t.items.c.unit, "What a unit is, such as piece or kg.")
    minimum_quantity: Decimal | None = column(t.items.c.minimum_quantity, "The least that can be ordered.")
    amount: Money = money(t.items.c.amount, t.items.c.currency, "Unit price × quantity, half-up.")
    product: Product | None = one(
        t.products.c.id == t.items.c.product_id,
        description="The product it names, as it is now; null for a line in words, and to a buyer once withdrawn.",
    )


def known_to(standing: Standing) -> ColumnElement[bool]:
    """Where the goods go is known to the side that said it, to the buyer, and to both from confirmation on."""
    if standing.role in (Role.BUYER, Role.OPERATOR):
        return true()
    return or_(t.orders.c.drafted_by == By.SELLER.value, t.orders.c.confirmed_at.is_not(None))


OF_ORDER = ("Order", t.orders.c.id == t.contacts.c.order_id)
CURRENT = and_(t.contacts.c.order_id == t.orders.c.id, t.contacts.c.version == t.orders.c.contact_version)


@reads.reads(t.contacts, through=OF_ORDER)
class Contact:
    """To whom and where the goods go."""

    recipient: str | None = column(t.contacts.c.recipient, "Who receives the goods.")
    email: Email | None = column(
        said(Email, t.contacts.c.email), "The buyer's e-mail, by which the order is bound to an account."
    )
    phone: str | None = column(t.contacts.c.phone, "The telephone number for the delivery.")
    lines: list[str] = column(t.contacts.c.lines, "Street and number, in lines.")
    city: str | None = column(t.contacts.c.city, "The city.")
    region: str | None = column(t.contacts.c.region, "The state or region.")
    postal_code: str | None = column(t.contacts.c.postal_code, "The postal code.")
    country: CountryCode | None = column(said(CountryCode, t.contacts.c.country), "The country.")


@reads.reads(t.contacts, through=OF_ORDER)
class Destination:
    """Where the goods go, as far as a price for shipping needs it."""

    country: CountryCode | None = column(said(CountryCode, t.contacts.c.country), "The country.")
    region: str | None = column(t.contacts.c.region, "The state or region.")
    city: str | None = column(t.contacts.c.city, "The city.")
    postal_code: str | None = column(t.contacts.c.postal_code, "The postal code.")


@reads.reads(t.orders, part=True)
class DispatchTerm:
    """By when the goods must be dispatched."""

    kind: DispatchTermKind | None = column(
        as_enum(DispatchTermKind, t.orders.c.dispatch_term), "What it is counted from."
    )
    days: int | None = column(t.orders.c.dispatch_days, "The calendar days, where it is counted in days.")
    date: dates.date | None = column(t.orders.c.dispatch_date, "The fixed date; its end of day is the deadline.")
    instant: datetime | None = column(t.orders.c.dispatch_instant, "The fixed instant.")


# What has not been offered yet will be judged by the seller's standing then; the notice goes by the present one
_TO_BE_OFFERED = or_(t.orders.c.status == Status.DRAFT.value, t.orders.c.awaiting == By.SELLER.value)
_SELLER_ENROLLED = (
    select(1).where(t.sellers.c.id == t.orders.c.seller_id, t.sellers.c.enrolled_at.is_not(None)).exists()
)


@reads.reads(t.orders, part=True)
class DispatchPromise:
    """Whether on-time dispatch is guaranteed, and the days that are promised (ENR-1, ORD-3)."""

    guaranteed: bool = column(
        reads.never_null(case((_TO_BE_OFFERED, _SELLER_ENROLLED), else_=t.orders.c.dispatch_guaranteed)),
        "Whether it is; before the offer is made, whether it would be.",
    )
    days: int | None = column(t.orders.c.dispatch_days, "Within how many days, where the term counts days.")


@reads.reads(t.orders, part=True)
class Contract:
    """What buyer and seller agree."""

    currency: CurrencyCode = column(
        said(CurrencyCode, t.orders.c.currency), "The currency of every amount of the contract."
    )
    items: list[Item] = many(t.items.c.order_id == t.orders.c.id, t.items.c.position, description="The lines.")
    file: Attachment | None = one(
        t.attachments.c.id == t.orders.c.contract_file_id,
        description="The contract agreed offline, where one is attached.",
    )
    products: Money = money(
        t.orders.c.products, t.orders.c.currency, "What the lines add up to, or what an attached contract says instead."
    )
    shipping_fee: Money = money(t.orders.c.shipping_fee, t.orders.c.currency, "What shipping costs.")
    shipping_discount: Money = money(
        t.orders.c.shipping_discount, t.orders.c.currency, "What is taken off the shipping fee."
    )
    store_coupon: Money = money(t.orders.c.store_coupon, t.orders.c.currency, "What the seller's coupon takes off.")
    agreed_total: Money = money(
        t.orders.c.total, t.orders.c.currency, "Products + shipping fee − shipping discount − store coupon."
    )
    payment_terms: PaymentTerms | None = column(
        as_enum(PaymentTerms, t.orders.c.payment_terms), "In how many instalments it is paid."
    )
    deposit: Money | None = money(t.orders.c.deposit, t.orders.c.currency, "The deposit, where there is one.")
    dispatch_term: DispatchTerm = reads.same_row("By when the goods must be dispatched.")
    dispatch_promise: DispatchPromise = reads.same_row("Whether on-time dispatch is guaranteed, and within how long.")
    transport_mode: TransportMode | None = column(
        as_enum(TransportMode, t.orders.c.transport_mode), "How the goods travel."
    )
    carrier: str | None = column(t.orders.c.carrier, "Who carries them.")
    lane: str | None = column(t.orders.c.lane, "The lane they take, in words.")
    freight_lane: Lane | None = one(
        t.lanes.c.id == t.orders.c.lane_id, description="The lane they take, where the contract names one by its id."
    )
    incoterm: Incoterm | None = column(as_enum(Incoterm, t.orders.c.incoterm), "The rule of Incoterms 2020.")
    incoterm_place: str | None = column(t.orders.c.incoterm_place, "The place that the rule names.")
    export_method: ExportMethod | None = column(
        as_enum(ExportMethod, t.orders.c.export_method), "Under whose customs title they leave."
    )
    customs_title: str | None = column(
        t.orders.c.customs_title, "The partner under whose customs title they leave, for market procurement."
    )
    logistics: Logistics = column(as_enum(Logistics, t.orders.c.logistics), "Whose logistics carry them.")
    guarantee_method: GuaranteeMethod = column(
        as_enum(GuaranteeMethod, t.orders.c.guarantee_method), "How long the seller's quota guarantees the order."
    )
    notes: str | None = column(t.orders.c.notes, "What else was agreed.")
    contact: Contact | None = one(
        CURRENT,
        description="To whom and where the goods go; hidden from the seller of a buyer's request until confirmation.",
        only=known_to,
    )
    destination: Destination | None = one(CURRENT, description="Where the goods go, without names and addresses.")
