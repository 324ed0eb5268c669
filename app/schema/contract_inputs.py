"""What is agreed, as clients write it: lines, contact, dispatch term and the rest of a contract."""

import datetime as dates
from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry
from strawberry import ID, UNSET

from app.domain.contract import Line
from app.domain.policy import ExportMethod, Logistics, TransportMode
from app.domain.records import DispatchTerm, GuaranteeMethod, Incoterm, PaymentTerms
from app.schema.ids import key
from app.schema.scalars import CountryCode, CurrencyCode, Email


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
