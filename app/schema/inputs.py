"""What mutations are given."""

import datetime as dates
from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry
from strawberry import ID, UNSET

from app.domain.contract import Line
from app.domain.policy import ExportMethod, Logistics, PaymentMethod, TransportMode, WithdrawalRoute
from app.domain.records import DispatchTerm, GuaranteeMethod, Incoterm, PaymentTerms, TrackingKind
from app.schema.ids import key
from app.schema.money import MoneyInput
from app.schema.scalars import CountryCode, CurrencyCode, Email

KEY = (
    "A key of your own for this request, at most 200 characters: with it a retry does nothing twice, for a day at "
    "least (INT-3)."
)
VERSION = "Refuse if the order is no longer at this version; the answer then shows it as it is now."
ORDER = "The order's id."


def _optional(description: str) -> Any:
    return strawberry.field(default=UNSET, description=description)


@strawberry.input(description="A property of a line.")
class ItemAttributeInput:
    """A property of a line."""

    name: str = strawberry.field(description="What is said of, such as Color.")
    value: str = strawberry.field(description="What is said, such as Black.")


@strawberry.input(description="A line of the contract; its amounts are in the contract's currency.")
class ItemInput:
    """A line of the contract."""

    product_id: ID | None = strawberry.field(
        default=None,
        description="A product of the order's seller, in the contract's currency; it says what you leave out.",
    )
    description: str | None = strawberry.field(
        default=None, description="The product, in words; needed where no product is named."
    )
    quantity: Decimal = strawberry.field(description="How many units, with at most 3 decimals.")
    unit: str | None = strawberry.field(
        default=None, description="What a unit is, such as piece or kg; needed where no product is named."
    )
    unit_price: Decimal | None = strawberry.field(
        default=None,
        description="The price of one unit; of a product the published one if left out, and always in a buyer's "
        "request. Where none is published, a request leaves it to the seller.",
    )
    attributes: list[ItemAttributeInput] = strawberry.field(
        default_factory=list, description="Properties such as colour and material."
    )
    packaging: str | None = strawberry.field(default=None, description="How it is packed.")
    remark: str | None = strawberry.field(default=None, description="What else is agreed of this line.")
    minimum_quantity: Decimal | None = strawberry.field(default=None, description="The least that can be ordered.")

    def line(self) -> Line:
        """The line the domain knows."""
        return Line(
            description=self.description or "",
            quantity=self.quantity,
            unit=self.unit or "",
            unit_price=self.unit_price,
            attributes=tuple({"name": each.name, "value": each.value} for each in self.attributes),
            packaging=self.packaging,
            remark=self.remark,
            minimum_quantity=self.minimum_quantity,
            product_id=None
            if self.product_id is None
            else key("prd", self.product_id, "contract", "items", "productId"),
        )


@strawberry.input(description="To whom and where the goods go. What is left out stays; null empties.")
class ContactInput:
    """To whom and where the goods go."""

    recipient: str | None = _optional("Who receives the goods.")
    email: Email | None = _optional("The buyer's e-mail.")
    phone: str | None = _optional("The telephone number for the delivery.")
    lines: list[str] | None = _optional("Street and number, in at most 5 lines.")
    city: str | None = _optional("The city.")
    region: str | None = _optional("The state or region.")
    postal_code: str | None = _optional("The postal code.")
    country: CountryCode | None = _optional("The country.")


@strawberry.input(description="By when the goods must be dispatched: a kind, and the one value it needs.")
class DispatchTermInput:
    """By when the goods must be dispatched."""

    kind: DispatchTerm = strawberry.field(description="What it is counted from.")
    days: int | None = strawberry.field(default=None, description="The calendar days, for a kind counted in days.")
    date: dates.date | None = strawberry.field(default=None, description="The date, for FIXED_DATE.")
    instant: datetime | None = strawberry.field(
        default=None, description="The instant, a whole second, for FIXED_INSTANT."
    )


@strawberry.input(
    description="The contract, or the parts of it to write. What is left out stays; null empties. "
    "Amounts are in the contract's currency."
)
class ContractInput:
    """The contract, or the parts of it to write."""

    contact: ContactInput | None = _optional("To whom and where the goods go.")
    items: list[ItemInput] | None = _optional("The lines, all of them.")
    currency: CurrencyCode | None = _optional("The currency; another one needs the items again.")
    products: Decimal | None = _optional("What the products cost together, where an attached contract has the lines.")
    shipping_fee: Decimal | None = _optional("What shipping costs.")
    shipping_discount: Decimal | None = _optional("What is taken off the shipping fee.")
    store_coupon: Decimal | None = _optional("What the seller's coupon takes off.")
    payment_terms: PaymentTerms | None = _optional("In how many instalments it is paid.")
    deposit: Decimal | None = _optional("The deposit, for DEPOSIT_BALANCE; the balance is the rest.")
    dispatch_term: DispatchTermInput | None = _optional("By when the goods must be dispatched.")
    transport_mode: TransportMode | None = _optional("How the goods travel.")
    carrier: str | None = _optional("Who carries them; this or the lane is needed.")
    lane: str | None = _optional("The lane they take, in words; it takes the place of one named by its id.")
    lane_id: ID | None = _optional(
        "The lane they take, by its id: its name, carrier and mode are written with it. Ready goods need one of their "
        "freight template."
    )
    incoterm: Incoterm | None = _optional("The rule of Incoterms 2020.")
    incoterm_place: str | None = _optional("The place that the rule names.")
    export_method: ExportMethod | None = _optional("Under whose customs title they leave.")
    customs_title: str | None = _optional("The partner under whose title they leave, for MARKET_PROCUREMENT.")
    logistics: Logistics | None = _optional("Whose logistics carry them.")
    guarantee_method: GuaranteeMethod | None = _optional("How long the seller's quota guarantees the order.")
    notes: str | None = _optional("What else is agreed.")
    contract_file_id: ID | None = _optional(
        "A contract agreed offline, sent to `/files` before as CONTRACT: it can stand in place of lines. A seller's "
        "own draft only."
    )

    def patch(self) -> dict[str, Any]:
        """The parts that were given, by the domain's names."""
        given = _given(self)
        contact = given.pop("contact", UNSET)
        if contact is not UNSET:
            given |= dict.fromkeys(ContactInput.__dataclass_fields__) if contact is None else _given(contact)
        term = given.pop("dispatch_term", UNSET)
        if term is not UNSET:
            given |= {
                "dispatch_term": term and term.kind,
                "dispatch_days": term and term.days,
                "dispatch_date": term and term.date,
                "dispatch_instant": term and term.instant,
            }
        if given.get("items") is not None:
            given["items"] = tuple(item.line() for item in given["items"])
        if given.get("lane_id") is not None:
            given["lane_id"] = key("lan", given["lane_id"], "contract", "laneId")
        if given.get("contract_file_id") is not None:
            given["contract_file_id"] = key("fil", given["contract_file_id"], "contract", "contractFileId")
        if given.get("lines") is not None:
            given["lines"] = tuple(given["lines"])
        return given


def _given(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__ if getattr(value, name) is not UNSET}


@strawberry.input(description="A new draft.")
class OrderDraftInput:
    """A new draft."""

    idempotency_key: str = strawberry.field(description=KEY)
    contract: ContractInput = strawberry.field(description="What is written so far.")
    seller_id: ID | None = strawberry.field(
        default=None, description="Of whom a buyer asks; a seller drafts their own orders."
    )


@strawberry.input(description="Other words for a draft, or the completion of a buyer's request.")
class OrderEditInput:
    """Other words for a draft."""

    order_id: ID = strawberry.field(description=ORDER)
    contract: ContractInput = strawberry.field(description="The parts to write.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A step on an order that needs nothing else.")
class OrderStepInput:
    """A step on an order."""

    order_id: ID = strawberry.field(description=ORDER)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="The buyer's agreement to an offer.")
class OrderConfirmInput:
    """The buyer's agreement to an offer."""

    order_id: ID = strawberry.field(description=ORDER)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
    coupon_id: ID | None = strawberry.field(
        default=None, description="A platform coupon to apply; it can be applied now and not later."
    )


@strawberry.input(description="A step on an order that needs a reason.")
class OrderReasonInput:
    """A step on an order that needs a reason."""

    order_id: ID = strawberry.field(description=ORDER)
    reason: str = strawberry.field(description="Why, in at most 1,000 characters; the other side reads it.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="To whom an order is assigned.")
class OrderAssignInput:
    """To whom an order is assigned."""

    order_id: ID = strawberry.field(description=ORDER)
    member_id: ID | None = strawberry.field(description="The member of your company; null: nobody.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Your own number of an order.")
class OrderReferenceInput:
    """Your own number of an order."""

    order_id: ID = strawberry.field(description=ORDER)
    reference: str | None = strawberry.field(description="At most 100 characters; null takes it away.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="The start of a payment.")
class PaymentStartInput:
    """The start of a payment."""

    idempotency_key: str = strawberry.field(description=KEY)
    order_id: ID = strawberry.field(description=ORDER)
    method: PaymentMethod = strawberry.field(description="One of the methods that `nextPayment` offers.")
    instalment: int | None = strawberry.field(
        default=None, description="Which instalment, from 1; it must be the first that is not complete."
    )
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="Money that arrived, as an operator states it.")
class ReceiptRecordInput:
    """Money that arrived, as an operator states it."""

    order_id: ID = strawberry.field(description=ORDER)
    method: PaymentMethod = strawberry.field(description="How it was paid; a TT waits to be associated.")
    reference: str = strawberry.field(description="The reference of the statement; it counts once.")
    amount: MoneyInput = strawberry.field(description="What arrived.")
    payer: str | None = strawberry.field(default=None, description="Who paid.")
    value_date: datetime | None = strawberry.field(default=None, description="When it was paid; now if left out.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A receipt to act on.")
class ReceiptStepInput:
    """A receipt to act on."""

    receipt_id: ID = strawberry.field(description="The receipt's id.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="How much of a line is dispatched.")
class DispatchItemInput:
    """How much of a line is dispatched."""

    item_id: ID = strawberry.field(description="The line's id.")
    quantity: Decimal = strawberry.field(description="How many units of it.")


@strawberry.input(description="A dispatch of some or all of the goods.")
class ShipmentDispatchInput:
    """A dispatch of some or all of the goods."""

    idempotency_key: str = strawberry.field(description=KEY)
    order_id: ID = strawberry.field(description=ORDER)
    carrier: str = strawberry.field(description="Who carries it.")
    tracking_number: str = strawberry.field(description="The carrier's number.")
    transport_mode: TransportMode | None = strawberry.field(
        default=None, description="How it travels; as the contract says if left out."
    )
    external_reference: str | None = strawberry.field(default=None, description="Your own number of it.")
    items: list[DispatchItemInput] | None = strawberry.field(
        default=None, description="What it carries; everything that is left if left out."
    )
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="What was wrong of a shipment, put right; what is left out stays.")
class ShipmentCorrectInput:
    """What was wrong of a shipment, put right."""

    shipment_id: ID = strawberry.field(description="The shipment's id.")
    carrier: str | None = strawberry.field(default=None, description="Who carries it.")
    tracking_number: str | None = strawberry.field(default=None, description="The carrier's number.")
    external_reference: str | None = strawberry.field(default=None, description="Your own number of it.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What a carrier reports of a shipment; the same report counts once.")
class TrackingRecordInput:
    """What a carrier reports of a shipment."""

    shipment_id: ID = strawberry.field(description="The shipment's id.")
    kind: TrackingKind = strawberry.field(description="What happened.")
    occurred_at: datetime = strawberry.field(description="When it happened: between dispatch and now.")
    source: str = strawberry.field(description="Who reports it, such as DHL.")
    reference: str = strawberry.field(description="The source's own id of the report.")
    place: str | None = strawberry.field(default=None, description="Where it happened.")
    text: str | None = strawberry.field(default=None, description="The carrier's words.")
    corrects: str | None = strawberry.field(
        default=None, description="The source's own id of another report of this shipment, which stands no more."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Other terms, proposed to the buyer.")
class AmendmentProposeInput:
    """Other terms, proposed to the buyer."""

    idempotency_key: str = strawberry.field(description=KEY)
    order_id: ID = strawberry.field(description=ORDER)
    contract: ContractInput = strawberry.field(description="The terms to change.")
    reason: str | None = strawberry.field(default=None, description="Why, for the buyer to read.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="The buyer's answer to a proposed amendment.")
class AmendmentAnswerInput:
    """The buyer's answer to a proposed amendment."""

    order_id: ID = strawberry.field(description=ORDER)
    accept: bool = strawberry.field(description="Whether the terms shall be as proposed.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="The buyer's review; scores from 1 to 5.")
class ReviewWriteInput:
    """The buyer's review."""

    order_id: ID = strawberry.field(description=ORDER)
    product: int = strawberry.field(description="The product.")
    dispatch_speed: int = strawberry.field(description="The speed of dispatch.")
    service: int = strawberry.field(description="The service.")
    text: str | None = strawberry.field(default=None, description="More, in words.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="The seller's reply to the review.")
class ReviewReplyInput:
    """The seller's reply to the review."""

    order_id: ID = strawberry.field(description=ORDER)
    text: str = strawberry.field(description="The reply.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="The verification of an enterprise.")
class VerificationInput:
    """The verification of an enterprise."""

    registered_name: str = strawberry.field(description="The name it is registered under.")
    registration_number: str = strawberry.field(description="Its registration number.")
    country: CountryCode = strawberry.field(description="Where it is registered.")
    address: str = strawberry.field(description="Its registered address.")
    legal_representative: str = strawberry.field(description="Who represents it.")


@strawberry.input(description="An application for the trade-assurance service.")
class ServiceApplyInput:
    """An application for the trade-assurance service."""

    verification: VerificationInput | None = strawberry.field(
        default=None, description="The enterprise; needed from a FREE member, a PAID one is active at once."
    )
    documents: list[ID] = strawberry.field(
        default_factory=list, description="Documents that verify it, sent to `/files` before; at most 20."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Joining the on-time dispatch guarantee.")
class EnrolmentJoinInput:
    """Joining the on-time dispatch guarantee."""

    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="How a seller's desk is set up.")
class DeskSettingsChangeInput:
    """How a seller's desk is set up."""

    sales_see_all: bool = strawberry.field(
        description="Whether sales see all orders of the company, or those that are assigned to them."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Leaving the on-time dispatch guarantee.")
class EnrolmentLeaveInput:
    """Leaving the on-time dispatch guarantee."""

    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="An operator's decision on an application.")
class ApplicationDecideInput:
    """An operator's decision on an application."""

    application_id: ID = strawberry.field(description="The application's id.")
    approve: bool = strawberry.field(description="Whether the service is opened.")
    reason: str = strawberry.field(description="Why; the seller reads it.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A seller's guarantee quota.")
class QuotaSetInput:
    """A seller's guarantee quota."""

    seller_id: ID = strawberry.field(description="The seller's id.")
    limit: Decimal = strawberry.field(description="The limit, in USD.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A withdrawal from the balance.")
class WithdrawalMakeInput:
    """A withdrawal from the balance."""

    idempotency_key: str = strawberry.field(description=KEY)
    amount: MoneyInput = strawberry.field(description="How much.")
    route: WithdrawalRoute | None = strawberry.field(
        default=None,
        description="To whose account: one that the export methods of the seller's released orders lead to. It can be "
        "left out where they all lead to the same.",
    )


@strawberry.input(description="An exchange rate from an instant on.")
class RateSetInput:
    """An exchange rate from an instant on."""

    base: CurrencyCode = strawberry.field(description="The currency that is valued: one unit of it.")
    quote: CurrencyCode = strawberry.field(description="The currency it is valued in.")
    rate: Decimal = strawberry.field(description="Units of `quote` for one `base`, with at most 10 decimals.")
    effective_at: datetime | None = strawberry.field(
        default=None, description="From when on; now if left out. Never in the past: agreed orders keep their rates."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
