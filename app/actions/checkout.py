"""What a buyer would pay, and when the goods would arrive: read for a quote, storing nothing (DLV-2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.actions.work import Means
from app.db import freight, goods, policies, sellers
from app.db import tables as t
from app.db.rows import record_from
from app.domain import checkout
from app.domain.access import Actor, Role
from app.domain.checkout import Basket, Quote
from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import Product
from app.domain.money import minor_units
from app.domain.remedies import Coupon


@dataclass(frozen=True, slots=True)
class Asked:
    """What a buyer asks a quote for: quantities of products, by id."""

    lines: Sequence[tuple[UUID, Decimal]]
    destination: str
    lane_id: UUID | None = None
    store_coupon: Decimal = Decimal(0)
    coupon_id: UUID | None = None


async def quote(means: Means, actor: Actor, asked: Asked) -> Quote:
    """The quote for a buyer at this moment."""
    if actor.role is not Role.BUYER:
        raise Refusal(ErrorCode.FORBIDDEN, "This is for buyers: a seller sees their prices on their products.")
    async with means.engine.connect() as connection:
        now = await means.clock.read(connection)
        basket = await _basket(connection, actor, asked)
        policy = await policies.in_force(connection, now)
        rates = await policies.rates_in_force(connection, now, [basket.goods[0][0].currency])
    return checkout.quote(basket, policy, rates, now)


async def _basket(connection: AsyncConnection, actor: Actor, asked: Asked) -> Basket:
    bought = await _goods(connection, asked)
    first = bought[0][0]
    seller = await sellers.get(connection, first.seller_id)
    if seller is None:
        raise LookupError(f"product {first.id} has no seller")
    templates = {product.template_id for product, _ in bought if product.template_id is not None}
    country = await connection.execute(select(t.accounts.c.country).where(t.accounts.c.id == actor.account_id))
    return Basket(
        seller=seller,
        goods=bought,
        lanes=await freight.lanes_of(connection, templates) if templates else {},
        destination=asked.destination,
        account_id=actor.account_id,
        country=country.scalar_one(),
        lane_id=asked.lane_id,
        store_coupon=_minor(asked.store_coupon, first.currency),
        coupon_id=asked.coupon_id,
        coupons=await _coupons(connection, asked.coupon_id),
    )


async def _goods(connection: AsyncConnection, asked: Asked) -> tuple[tuple[Product, Decimal], ...]:
    if not 0 < len(asked.lines) <= checkout.LINES_MOST:
        raise Refusal(ErrorCode.TOO_MANY, f"Name 1 to {checkout.LINES_MOST} products.", ("lines",))
    found = await goods.products(connection, [product_id for product_id, _ in asked.lines])
    for at, (product_id, _) in enumerate(asked.lines):
        if product_id not in found:
            where = ("lines", at, "productId")
            raise Refusal(ErrorCode.PRODUCT_NOT_ON_OFFER, "This product is not on offer.", where)
    return tuple((found[product_id], quantity) for product_id, quantity in asked.lines)


def _minor(amount: Decimal, currency: str) -> int:
    try:
        minor = minor_units(amount, currency)
    except ValueError as error:
        message = f"{amount} {currency} is not an amount: {error}."
        raise Refusal(ErrorCode.INVALID, message, ("storeCoupon",)) from None
    if minor < 0:
        raise Refusal(ErrorCode.OUT_OF_RANGE, "A coupon takes off something; it is not negative.", ("storeCoupon",))
    return minor


async def _coupons(connection: AsyncConnection, coupon_id: UUID | None) -> tuple[Coupon, ...]:
    if coupon_id is None:
        return ()
    found = await connection.execute(select(t.coupons).where(t.coupons.c.id == coupon_id))
    return tuple(record_from(Coupon, dict(row)) for row in found.mappings())
