"""Products of a market's seller, with a freight template and its lane, and what its buyer buys of them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from app.actions import orders, products
from app.db import tables as t
from app.db.rows import values_of
from app.domain.buying import Purchase
from app.domain.contract import Line
from app.domain.remedies import Claim, ClaimStatus, Coupon, CouponStatus, Guarantee, Liability
from tests.domain import shelf
from tests.domain.build import CONTACT
from tests.domain.shelf import SHEET
from tests.market import Market, by, confirmed


async def new_lane(market: Market, **columns: Any) -> UUID:
    """A platform lane, as of the domain's tests: by air, 12.00 and 3.50 a kilogram."""
    row = {**values_of(shelf.LANE), "id": market.means.mint.id(), **columns}
    async with market.means.engine.begin() as connection:
        await connection.execute(insert(t.lanes).values(row))
    return UUID(str(row["id"]))


async def new_template(market: Market, *lane_ids: UUID, seller_id: UUID | None = None) -> UUID:
    """A freight template of the seller, or of another one, that holds these lanes."""
    row = {
        "id": market.means.mint.id(),
        "seller_id": seller_id or market.seller.id,
        "name": "By air",
        "created_at": market.means.clock.now(),
    }
    async with market.means.engine.begin() as connection:
        await connection.execute(insert(t.templates).values(row))
        for lane_id in lane_ids:
            await connection.execute(insert(t.template_lanes).values({"template_id": row["id"], "lane_id": lane_id}))
    return UUID(str(row["id"]))


async def new_product(market: Market, *lane_ids: UUID, published: bool = True, **changes: Any) -> UUID:
    """A product that is sent by these lanes; on offer, if nothing else is said."""
    owner = by(market.seller.owner)
    template_id = await new_template(market, *lane_ids) if lane_ids else None
    made = await products.create(market.means, owner, {**SHEET, "template_id": template_id, **changes})
    return await products.publish(market.means, owner, made) if published else made


def wish(market: Market, lane_id: UUID, *bought: tuple[UUID, str], **changes: Any) -> Purchase:
    """What the market's buyer would buy."""
    lines = tuple(Line("", Decimal(quantity), "", product_id=product_id) for product_id, quantity in bought)
    return Purchase(lines, lane_id, {**CONTACT, "email": market.buyer.email}, **changes)


async def coupon_of(market: Market, amount: int = 30_00) -> UUID:
    """A coupon of the buyer's, of so many USD cents, as one of their orders got it."""
    means, order_id = market.means, await confirmed(market)
    now, claim_id, coupon_id = means.clock.now(), means.mint.id(), means.mint.id()
    claim = Claim(
        id=claim_id,
        order_id=order_id,
        guarantee=Guarantee.ON_TIME_DISPATCH,
        status=ClaimStatus.UNDER_REVIEW,
        filed_by=market.buyer.account_id,
        filed_at=now,
        due_at=now,
        total_usd=300_00,
        rate=Decimal(1),
        amount=amount,
    )
    coupon = Coupon(
        id=coupon_id,
        buyer_id=market.buyer.account_id,
        claim_id=claim_id,
        order_id=order_id,
        seller_id=market.seller.id,
        status=CouponStatus.AVAILABLE,
        amount=amount,
        currency="USD",
        liability=Liability.SELLER,
        issued_at=now,
        expires_at=now + timedelta(days=90),
    )
    async with means.engine.begin() as connection:
        await connection.execute(insert(t.claims).values(values_of(claim)))
        await connection.execute(insert(t.coupons).values(values_of(coupon)))
    return coupon_id


async def bought(market: Market, **changes: Any) -> UUID:
    """The id of an order that was bought now: three pieces by the lane, 61.72 in all."""
    lane_id = await new_lane(market)
    product_id = await new_product(market, lane_id)
    purchase = wish(market, lane_id, (product_id, "3"), **changes)
    return await orders.place(market.means, by(market.buyer), purchase)
