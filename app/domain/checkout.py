"""The buyer's checkout quote: what ready goods would cost and when they would arrive, storing nothing (DLV-2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from app.domain import coupons, enrolment, freight
from app.domain.errors import ErrorCode, Refusal, refuse_all
from app.domain.fees import Rates, in_usd, methods_on_offer, rate_of
from app.domain.freight import Choice, Parcel
from app.domain.goods import Lane, Product
from app.domain.money import LARGEST_MINOR, convert, half_up, times
from app.domain.policy import PaymentMethod, Policy
from app.domain.products import unit_price
from app.domain.records import Seller
from app.domain.remedies import Coupon

LINES_MOST = 100


@dataclass(frozen=True, slots=True)
class Basket:
    """What a buyer has chosen so far: how much of which products of one seller, to which country, by which lane.

    `lanes` are those of each product's freight template, `account_id` and `country` are the buyer's, `store_coupon` is
    in minor units.
    """

    seller: Seller
    goods: tuple[tuple[Product, Decimal], ...]
    lanes: Mapping[UUID, Mapping[UUID, Lane]]
    destination: str
    account_id: UUID
    country: str
    lane_id: UUID | None = None
    store_coupon: int = 0
    coupon_id: UUID | None = None
    coupons: tuple[Coupon, ...] = ()


@dataclass(frozen=True, slots=True)
class Priced:
    """A line of the quote at its published price."""

    product: Product
    quantity: Decimal
    unit_price: int
    amount: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A lane on offer, with its price in the quote's currency."""

    choice: Choice
    price: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What would be agreed and paid now, in minor units of `currency`; `chosen` is None where no lane goes there."""

    currency: str
    lines: tuple[Priced, ...]
    products: int
    store_coupon: int
    total: int
    coupon: int
    payable: int
    dispatch_days: int
    dispatch_by: datetime
    offers: tuple[Offer, ...]
    chosen: Offer | None
    methods: Mapping[PaymentMethod, int] = field(default_factory=dict)


def quote(basket: Basket, policy: Policy, rates: Rates, now: datetime) -> Quote:
    """The quote of a basket if it were placed and paid now: its total, what is payable, lanes and methods (PAY-1)."""
    lines, currency = _lines(basket), basket.goods[0][0].currency
    days = max(product.dispatch_days or 0 for product, _ in basket.goods)
    dispatch_by = policy.calendar.days_after(now, days)
    offers = _offers(basket, policy, rates, now, dispatch_by, currency)
    chosen = _chosen(basket, offers)
    products = sum(line.amount for line in lines)
    total = products + (chosen.price if chosen else 0) - basket.store_coupon
    if not 0 <= total <= LARGEST_MINOR:
        message = "The store coupon is larger than products and shipping together, or the total is too large."
        raise Refusal(ErrorCode.OUT_OF_RANGE, message, ("storeCoupon",))
    coupon = _coupon(basket, currency, total, now)
    payable = total - coupon
    rules = methods_on_offer(policy, currency, basket.country, in_usd(payable, currency, rates))
    return Quote(
        currency=currency,
        lines=lines,
        products=products,
        store_coupon=basket.store_coupon,
        total=total,
        coupon=coupon,
        payable=payable,
        dispatch_days=days,
        dispatch_by=dispatch_by,
        offers=offers,
        chosen=chosen,
        methods={rule.method: times(payable, rule.fee_rate) for rule in rules} if payable else {},
    )


def _lines(basket: Basket) -> tuple[Priced, ...]:
    if not 0 < len(basket.goods) <= LINES_MOST:
        raise Refusal(ErrorCode.TOO_MANY, f"Name 1 to {LINES_MOST} products.", ("lines",))
    found = [_priced(basket, at) for at in range(len(basket.goods))]
    refuse_all([line for line in found if isinstance(line, Refusal)])
    return tuple(line for line in found if isinstance(line, Priced))


def _priced(basket: Basket, at: int) -> Priced | Refusal:
    """A line at its published price, or why there is none: only what is ready to ship can be bought at once (ORD-1)."""
    product, quantity = basket.goods[at]
    first, where = basket.goods[0][0], ("lines", at, "productId")
    price = unit_price(product, quantity)
    if not product.published or not product.ready_to_ship:
        return Refusal(ErrorCode.PRODUCT_NOT_ON_OFFER, "This product cannot be bought at once.", where)
    if (product.seller_id, product.currency) != (first.seller_id, first.currency):
        return Refusal(ErrorCode.INVALID, "A quote is of one seller's products in one currency.", where)
    if price is None or quantity < product.minimum_quantity:
        message = f"This product is sold from {product.minimum_quantity.normalize():f} {product.unit} on."
        return Refusal(ErrorCode.OUT_OF_RANGE, message, ("lines", at, "quantity"))
    return Priced(product, quantity, price, half_up(price * Fraction(quantity)))


def _offers(
    basket: Basket, policy: Policy, rates: Rates, now: datetime, dispatch_by: datetime, currency: str
) -> tuple[Offer, ...]:
    """Every lane by which all of the goods can be sent, cheapest first (DLV-2)."""
    held = [basket.lanes.get(product.template_id, {}) if product.template_id else {} for product, _ in basket.goods]
    common = [lane for id, lane in held[0].items() if all(id in lanes for lanes in held)]
    classes = frozenset(product.cargo_class for product, _ in basket.goods)
    parcel = Parcel(basket.destination, classes, freight.weight(basket.goods), dispatch_by)
    choices = freight.choices(common, parcel, policy, now, enrolled=enrolment.covers(basket.seller), ready=True)
    rate = rate_of(rates, "USD", currency)
    return tuple(Offer(choice, convert(choice.price, "USD", currency, rate)) for choice in choices)


def _chosen(basket: Basket, offers: tuple[Offer, ...]) -> Offer | None:
    if basket.lane_id is None:
        default = freight.default_choice(offer.choice for offer in offers)
        return next((offer for offer in offers if offer.choice is default), None)
    chosen = next((offer for offer in offers if offer.choice.lane.id == basket.lane_id), None)
    if chosen is None:
        message = f"Not all of these goods are sent to {basket.destination} by this lane; choose one of those quoted."
        raise Refusal(ErrorCode.LANE_NOT_OFFERED, message, ("laneId",))
    return chosen


def _coupon(basket: Basket, currency: str, total: int, now: datetime) -> int:
    """What the platform coupon takes off: at most what is due, and only in its own currency (COU-1)."""
    if basket.coupon_id is None:
        return 0
    coupon = next((coupon for coupon in basket.coupons if coupon.id == basket.coupon_id), None)
    refusal = coupons.refusal_for(coupon, basket.account_id, currency, now)
    if refusal is not None or coupon is None:
        raise refusal or LookupError(basket.coupon_id)
    return coupons.offset_of(coupon, total)
