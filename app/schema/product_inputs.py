"""What mutations about products are given, and what buys them at once."""

from decimal import Decimal
from typing import Any

import strawberry
from strawberry import ID, UNSET

from app.domain.buying import Purchase
from app.domain.contract import Line
from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import CargoClass
from app.domain.money import Money, minor_units
from app.domain.policy import ExportMethod
from app.domain.products import Tier
from app.schema.contract_inputs import ContactInput, ContractInput, ItemAttributeInput
from app.schema.ids import key
from app.schema.inputs import KEY
from app.schema.money import MoneyInput
from app.schema.scalars import CurrencyCode

PRODUCT = "The product's id."
PRODUCT_VERSION = "Refuse if the product is no longer at this version."
PRICES = "Prices by ascending quantity, the first from the minimum quantity on, at most 10; none: a price on request."
DAYS = "Within how many days of payment it leaves; what is ready to ship says so, at most 30."


def _optional(description: str) -> Any:
    return strawberry.field(default=UNSET, description=description)


@strawberry.input(description="The price of a unit from a quantity on, in the product's currency.")
class PriceTierInput:
    """The price of a unit from a quantity on."""

    from_quantity: Decimal = strawberry.field(description="From how many units on.")
    unit_price: Decimal = strawberry.field(description="What a unit costs then, more than 0.")


@strawberry.input(description="A new product; it is not on offer until it is published.")
class ProductCreateInput:
    """A new product."""

    idempotency_key: str = strawberry.field(description=KEY)
    name: str = strawberry.field(description="What it is, in at most 200 characters.")
    unit: str = strawberry.field(description="What a unit is, such as piece or kg.")
    unit_grams: int = strawberry.field(description="What a unit weighs, packed, in grams.")
    currency: CurrencyCode = strawberry.field(description="The currency of its prices.")
    minimum_quantity: Decimal = strawberry.field(default=Decimal(1), description="The least that can be ordered.")
    prices: list[PriceTierInput] = strawberry.field(default_factory=list, description=PRICES)
    cargo_class: CargoClass = strawberry.field(default=CargoClass.GENERAL, description="What kind of goods it is.")
    description: str | None = strawberry.field(
        default=None, description="More of it, in words, in at most 10,000 characters."
    )
    ready_to_ship: bool = strawberry.field(default=False, description="Whether it lies ready.")
    small_fast: bool = strawberry.field(
        default=False, description="Whether it is meant for small orders that leave fast."
    )
    dispatch_days: int | None = strawberry.field(default=None, description=DAYS)
    template_id: ID | None = strawberry.field(
        default=None, description="The freight template whose lanes it is sent by."
    )


@strawberry.input(description="Other words for a product. What is left out stays; null empties.")
class ProductUpdateInput:
    """Other words for a product."""

    product_id: ID = strawberry.field(description=PRODUCT)
    name: str | None = _optional("What it is, in at most 200 characters.")
    unit: str | None = _optional("What a unit is, such as piece or kg.")
    unit_grams: int | None = _optional("What a unit weighs, packed, in grams.")
    currency: CurrencyCode | None = _optional("The currency of its prices; another one needs the prices again.")
    minimum_quantity: Decimal | None = _optional("The least that can be ordered; the first price begins there.")
    prices: list[PriceTierInput] | None = _optional(PRICES)
    cargo_class: CargoClass | None = _optional("What kind of goods it is.")
    description: str | None = _optional("More of it, in words, in at most 10,000 characters.")
    ready_to_ship: bool | None = _optional("Whether it lies ready.")
    small_fast: bool | None = _optional("Whether it is meant for small orders that leave fast.")
    dispatch_days: int | None = _optional(DAYS)
    template_id: ID | None = _optional("The freight template whose lanes it is sent by.")
    expected_version: int | None = strawberry.field(default=None, description=PRODUCT_VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


def product_patch(given: ProductCreateInput | ProductUpdateInput) -> dict[str, Any]:
    """The parts of a product that were given, by the domain's names."""
    names = set(given.__dataclass_fields__) - {"idempotency_key", "product_id", "expected_version"}
    patch = {name: getattr(given, name) for name in names if getattr(given, name) is not UNSET}
    if "prices" in patch:
        prices = patch.pop("prices")
        patch["tiers"] = None if prices is None else tuple(Tier(row.from_quantity, row.unit_price) for row in prices)
    if patch.get("template_id") is not None:
        patch["template_id"] = key("tpl", patch["template_id"], "templateId")
    return patch


@strawberry.input(description="A product to act on.")
class ProductStepInput:
    """A product to act on."""

    product_id: ID = strawberry.field(description=PRODUCT)
    expected_version: int | None = strawberry.field(default=None, description=PRODUCT_VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What the agent's review of a product found.")
class ProductReviewInput:
    """What the agent's review of a product found."""

    product_id: ID = strawberry.field(description=PRODUCT)
    passed: bool = strawberry.field(description="Whether it may be exported by the agent.")
    expected_version: int | None = strawberry.field(default=None, description=PRODUCT_VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="How much of a product is bought.")
class PurchaseLineInput:
    """How much of a product is bought."""

    product_id: ID = strawberry.field(description=PRODUCT)
    quantity: Decimal = strawberry.field(description="How many units, with at most 3 decimals.")
    attributes: list[ItemAttributeInput] = strawberry.field(
        default_factory=list, description="Properties such as colour and material."
    )
    remark: str | None = strawberry.field(default=None, description="What else the seller should know of this line.")

    def line(self) -> Line:
        """The line the domain knows: the product says the rest of it."""
        return Line(
            description="",
            quantity=self.quantity,
            unit="",
            attributes=tuple({"name": each.name, "value": each.value} for each in self.attributes),
            remark=self.remark,
            product_id=key("prd", self.product_id, "lines", "productId"),
        )


@strawberry.input(description="What is bought at once, of one seller: at published prices, by a lane of its products.")
class OrderPlaceInput:
    """What is bought at once."""

    idempotency_key: str = strawberry.field(description=KEY)
    lines: list[PurchaseLineInput] = strawberry.field(description="The products, each ready to ship; at most 100.")
    lane_id: ID = strawberry.field(description="The lane they take; every product's freight template holds it.")
    contact: ContactInput = strawberry.field(
        description="To whom and where the goods go; the e-mail is your account's if left out."
    )
    export_method: ExportMethod = strawberry.field(
        default=ExportMethod.SELF_OPERATED, description="Under whose customs title they leave."
    )
    notes: str | None = strawberry.field(default=None, description="What else the seller should know.")
    coupon_id: ID | None = strawberry.field(
        default=None, description="A platform coupon of yours to pay with; one order takes one, at its placing (COU-1)."
    )
    expected_total: MoneyInput | None = strawberry.field(
        default=None, description="Refuse if the agreed total is another one by now."
    )

    def purchase(self) -> Purchase:
        """The purchase the domain knows."""
        contact = ContractInput(contact=self.contact).patch()
        shown = None
        if self.expected_total is not None:
            amount, currency = self.expected_total.amount, self.expected_total.currency_code
            try:
                shown = Money(minor_units(amount, currency), currency)
            except ValueError as error:
                message = f"{amount} {currency} is not an amount: {error}."
                raise Refusal(ErrorCode.INVALID, message, ("expectedTotal",)) from None
        return Purchase(
            lines=tuple(line.line() for line in self.lines),
            lane_id=key("lan", self.lane_id, "laneId"),
            contact=contact,
            export_method=self.export_method,
            notes=self.notes,
            total=shown,
            coupon_id=None if self.coupon_id is None else key("cpn", self.coupon_id, "couponId"),
        )
