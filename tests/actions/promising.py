"""Orders of sellers who promised on-time dispatch, brought to where the promise is broken, claimed and compensated."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from app.actions import claims, orders, work
from app.db import tables as t
from app.domain.remedies import Guarantee
from tests.actions.taking import card, deposited
from tests.domain.build import one_line
from tests.market import LONG_AGO, Market, by, new_seller, order_row, submitted

LATE_TOTAL = 300_00
COUPON = 30_00


async def enrolled(market: Market) -> Market:
    """The market with another seller, who is in the on-time dispatch guarantee."""
    return replace(market, seller=await new_seller(market.means, enrolled_at=LONG_AGO))


async def overdue(market: Market) -> UUID:
    """A guaranteed order of 300.00, paid, whose dispatch deadline has passed with nothing sent."""
    order_id = await deposited(market, one_line("300.00"))
    market.means.time.step(days=9)
    await work.settle_due(market.means)
    assert (await order_row(market.means, order_id))["overdue_at"] is not None
    return order_id


async def claim(market: Market, order_id: UUID) -> UUID:
    """The buyer claims the late dispatch; the id of the claim."""
    return await claims.file(market.means, by(market.buyer), order_id, Guarantee.ON_TIME_DISPATCH, None)


async def approve(market: Market, claim_id: UUID) -> UUID:
    """An operator approves a claim; the id of the coupon."""
    await claims.decide(market.means, by(market.operator), claim_id, True, None, "It was late.", None)
    async with market.means.engine.connect() as connection:
        found = await connection.execute(select(t.claims.c.coupon_id).where(t.claims.c.id == claim_id))
    coupon_id = found.scalar_one()
    assert coupon_id is not None
    return coupon_id


async def compensated(market: Market) -> tuple[UUID, UUID]:
    """A late order of an enrolled seller, claimed and approved; its id and the coupon's, worth 30.00."""
    late = await overdue(market)
    return late, await approve(market, await claim(market, late))


async def agreed_with(market: Market, coupon_id: UUID) -> UUID:
    """An order of 551.23 paid at once that the buyer agreed to with a coupon."""
    order_id = await submitted(market, one_line("551.23"))
    return await orders.confirm(market.means, by(market.buyer), order_id, coupon_id)


async def used(market: Market, coupon_id: UUID) -> UUID:
    """An order of 551.23 whose buyer paid 521.23 and the platform the rest."""
    order_id = await agreed_with(market, coupon_id)
    await card(market, order_id, 521_23)
    return order_id
