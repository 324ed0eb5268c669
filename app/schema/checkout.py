"""The buyer's checkout quote as clients see it."""

from datetime import date, datetime
from decimal import Decimal

import strawberry
from strawberry import ID

from app.domain import checkout
from app.domain.freight import DeliveryCondition
from app.domain.goods import TransitUnit
from app.domain.money import Money as Amount
from app.reads import ref
from app.schema.freight import Lane
from app.schema.funds import MethodOnOffer
from app.schema.money import Money, money_of
from app.schema.products import Product
from app.schema.scalars import CountryCode, CurrencyCode


@strawberry.input(description="How much of a product.")
class CheckoutLineInput:
    """How much of a product."""

    product_id: ID = strawberry.field(description="The product's id.")
    quantity: Decimal = strawberry.field(description="How many units, with at most 3 decimals.")


@strawberry.input(description="What a buyer asks a quote for.")
class CheckoutQuoteInput:
    """What a buyer asks a quote for."""

    lines: list[CheckoutLineInput] = strawberry.field(description="The products, up to 100, all of one seller.")
    destination: CountryCode = strawberry.field(description="The country they go to.")
    lane_id: ID | None = strawberry.field(
        default=None, description="The lane they take; if left out, the cheapest guaranteed one."
    )
    store_coupon: Decimal = strawberry.field(
        default=Decimal(0), description="What the seller's coupon takes off, in the products' currency."
    )
    coupon_id: ID | None = strawberry.field(default=None, description="One of your platform coupons.")


@strawberry.type(description="A line of a quote.")
class CheckoutLine:
    """A line of a quote."""

    product: Product | None = strawberry.field(description="The product.")
    quantity: Decimal = strawberry.field(description="How many units.")
    unit_price: Money = strawberry.field(description="The published price of one, from this quantity on.")
    amount: Money = strawberry.field(description="Unit price × quantity, half-up.")


@strawberry.type(description="A lane by which all of the goods can be sent.")
class LaneChoice:
    """A lane by which all of the goods can be sent."""

    lane: Lane | None = strawberry.field(description="The lane.")
    price: Money = strawberry.field(description="What it costs for all of it.")
    earliest: date = strawberry.field(description="The first date of the estimated window, if ordered and paid now.")
    latest: date = strawberry.field(description="The last date of the estimated window.")
    guaranteed_by: datetime | None = strawberry.field(
        description="The last good second of the promised date, if ordered and paid now; null: no promise."
    )
    failed: list[DeliveryCondition] = strawberry.field(description="Why delivery is not guaranteed; empty when it is.")


@strawberry.type(description="The way of the goods: payment, dispatch, receipt.")
class Timeline:
    """The way of the goods."""

    dispatch_days: int = strawberry.field(description="Within how many calendar days of payment they are dispatched.")
    dispatch_by: datetime = strawberry.field(description="The last good second for dispatch, if paid now.")
    origin: CountryCode = strawberry.field(description="The country from which they leave.")
    min_days: int = strawberry.field(description="The least days in transit.")
    max_days: int = strawberry.field(description="The most days in transit.")
    unit: TransitUnit = strawberry.field(description="Which days they are.")
    destination: CountryCode = strawberry.field(description="The country they go to.")


@strawberry.type(description="What an order would cost now, and when it would arrive; nothing is stored.")
class CheckoutQuote:
    """What an order would cost now, and when it would arrive."""

    currency: CurrencyCode = strawberry.field(description="The currency of the products, and of every sum.")
    lines: list[CheckoutLine] = strawberry.field(description="The products at their published prices.")
    products: Money = strawberry.field(description="What the products cost.")
    shipping: Money | None = strawberry.field(description="What the chosen lane costs; null: no lane goes there.")
    store_coupon: Money = strawberry.field(description="What the seller's coupon takes off.")
    total: Money = strawberry.field(description="What would be agreed: products + shipping − store coupon.")
    coupon: Money = strawberry.field(description="What the platform coupon pays of it.")
    payable: Money = strawberry.field(description="What the buyer pays: the total without the platform coupon.")
    methods: list[MethodOnOffer] = strawberry.field(description="How it can be paid, each with its fee on top.")
    order_now_guaranteed_by: datetime | None = strawberry.field(
        description="The date by which delivery is guaranteed if ordered and paid now; null: no promise."
    )
    chosen: LaneChoice | None = strawberry.field(description="The chosen lane, or the default.")
    lanes: list[LaneChoice] = strawberry.field(description="Every lane, cheapest first.")
    timeline: Timeline | None = strawberry.field(description="The way of the goods by the chosen lane.")


def quote_of(found: checkout.Quote, destination: CountryCode) -> CheckoutQuote:
    """The domain's quote as clients see it."""

    def sum_of(minor: int) -> Money:
        return money_of(Amount(minor, found.currency))

    chosen = found.chosen
    return CheckoutQuote(
        currency=CurrencyCode(found.currency),
        lines=[
            CheckoutLine(
                product=ref(Product, line.product.id),
                quantity=line.quantity,
                unit_price=sum_of(line.unit_price),
                amount=sum_of(line.amount),
            )
            for line in found.lines
        ],
        products=sum_of(found.products),
        shipping=None if chosen is None else sum_of(chosen.price),
        store_coupon=sum_of(found.store_coupon),
        total=sum_of(found.total),
        coupon=sum_of(found.coupon),
        payable=sum_of(found.payable),
        methods=[MethodOnOffer(method=method, payment_fee=sum_of(fee)) for method, fee in found.methods.items()],
        order_now_guaranteed_by=None if chosen is None else chosen.choice.guaranteed_by,
        chosen=None if chosen is None else _choice(chosen, found.currency),
        lanes=[_choice(offer, found.currency) for offer in found.offers],
        timeline=None if chosen is None else _timeline(found, chosen, destination),
    )


def _choice(offer: checkout.Offer, currency: str) -> LaneChoice:
    choice = offer.choice
    return LaneChoice(
        lane=ref(Lane, choice.lane.id),
        price=money_of(Amount(offer.price, currency)),
        earliest=choice.earliest,
        latest=choice.latest,
        guaranteed_by=choice.guaranteed_by,
        failed=list(choice.failed),
    )


def _timeline(found: checkout.Quote, chosen: checkout.Offer, destination: CountryCode) -> Timeline:
    lane = chosen.choice.lane
    return Timeline(
        dispatch_days=found.dispatch_days,
        dispatch_by=found.dispatch_by,
        origin=CountryCode(lane.origin),
        min_days=lane.min_days,
        max_days=lane.max_days,
        unit=lane.unit,
        destination=destination,
    )
