"""Products on offer, and what buyers buy of them at once."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.domain import drafts, orders, products
from app.domain.buying import Purchase
from app.domain.contract import Line
from app.domain.goods import Lane, Product
from app.domain.lifecycle import Who
from app.domain.products import Tier
from app.domain.remedies import Coupon, CouponStatus, Liability
from app.domain.trade import Trade
from tests.domain.build import BUYER_ID, CONTACT, DAY, MINT, POLICY, RATES, SELLER, START, act
from tests.domain.sent import lane

# 10.74 up to 99 pieces and 9.00 from 100 on, 1.5 kg each, on its way within three days
SHEET: Mapping[str, Any] = {
    "name": "Carbon fibre phone case",
    "currency": "USD",
    "unit": "piece",
    "unit_grams": 1_500,
    "minimum_quantity": Decimal(3),
    "tiers": (Tier(Decimal(3), Decimal("10.74")), Tier(Decimal(100), Decimal("9.00"))),
    "ready_to_ship": True,
    "dispatch_days": 3,
}
LANE = lane(name="Ningbo air line", carrier="Cainiao", recommended=True, demonstration=True, created_at=START)


def on_offer(**changes: Any) -> Product:
    """A product of the seller that is on offer; `changes` replace what its seller writes, `published` beside it."""
    published = changes.pop("published", True)
    made = products.create(SELLER, act(Who.OWNER), {**SHEET, **changes})
    return products.publish(made, SELLER, act(Who.OWNER)) if published else made


def lines(*bought: tuple[Product, str]) -> tuple[Line, ...]:
    """Lines that say nothing but the product and how much of it."""
    return tuple(Line("", Decimal(quantity), "", product_id=product.id) for product, quantity in bought)


def coupon(amount: int) -> Coupon:
    """A coupon of the buyer's, of so many USD cents."""
    return Coupon(
        id=MINT.id(),
        buyer_id=BUYER_ID,
        claim_id=MINT.id(),
        order_id=MINT.id(),
        seller_id=SELLER.id,
        status=CouponStatus.AVAILABLE,
        amount=amount,
        currency="USD",
        liability=Liability.SELLER,
        issued_at=START,
        expires_at=START + 90 * DAY,
    )


def placed_with(amount: int) -> Trade:
    """Three pieces bought now, 61.72 in all, with a coupon of so many cents."""
    held = coupon(amount)
    return orders.submit(replace(purchase((on_offer(), "3")), coupons=(held,)), act(Who.BUYER), held.id)


def purchase(*bought: tuple[Product, str], lane: Lane = LANE, **changes: Any) -> Trade:
    """The draft of a purchase, loaded anew: with its products, their lanes and the chosen one."""
    shelf = {product.id: product for product, _ in bought}
    wished = Purchase(lines(*bought), lane.id, {**CONTACT, **changes.pop("contact", {})}, **changes)
    trade = drafts.purchase(act(Who.BUYER), SELLER, POLICY, RATES, wished, shelf)
    return replace(
        trade,
        lane=lane,
        product_lanes=dict.fromkeys(shelf, frozenset({lane.id})),
        registered_buyer=BUYER_ID,
        buyer_country="US",
        happenings=(),
    )
