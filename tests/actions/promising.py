"""Broken promises on the real database: overdue orders of an enrolled seller, their claims, coupons and recoveries."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select, update

from app.actions import claims, coupons, disputes, fulfilment, orders, settling
from app.db import tables as t
from app.domain.conditions import State
from app.domain.fulfilment import Parcel
from app.domain.remedies import DisputeReason
from tests.domain.build import one_line
from tests.market import Market, by, confirmed, new_seller, pay, row_of, submitted

Terms = Mapping[str, Any]


async def enrol(market: Market) -> None:
    """The market's seller has been enrolled for a long time."""
    since = market.means.clock.real().replace(year=2020)
    async with market.means.engine.begin() as connection:
        await connection.execute(update(t.sellers).values(enrolled_at=since).where(t.sellers.c.id == market.seller.id))


async def settle(market: Market, order_id: UUID) -> None:
    """What has run out for an order is settled, by an act that changes nothing else of note."""
    await orders.set_reference(market.means, by(market.seller.owner), order_id, market.means.mint.id().hex)


async def sweep(market: Market) -> None:
    """Everything that is due is settled."""
    while (await settling.settle_due(market.means)).settled:
        pass
    while (await coupons.settle_due_coupons(market.means)).settled:
        pass


async def promised(market: Market, written: Terms | None = None) -> UUID:
    """A paid order whose seller has promised to dispatch it on time: by default of 300.00."""
    await enrol(market)
    order_id = await confirmed(market, one_line("300.00") if written is None else written)
    await pay(market, order_id)
    return order_id


async def send(market: Market, order_id: UUID, some: bool = False) -> None:
    """What is left leaves, or half of the first line."""
    quantities = None
    if some:
        items = t.items.c
        query = select(items.id, items.quantity).where(items.order_id == order_id).order_by(items.position).limit(1)
        async with market.means.engine.connect() as connection:
            quantities = {row.id: row.quantity / 2 for row in await connection.execute(query)}
    parcel = Parcel("DHL", "JD0001", quantities=quantities)
    await fulfilment.dispatch(market.means, by(market.seller.owner), order_id, parcel)


async def overdue(market: Market, written: Terms | None = None) -> UUID:
    """An order whose dispatch deadline has passed with nothing sent; the clock is nine days on."""
    order_id = await promised(market, written)
    market.means.time.step(days=9)
    await settle(market, order_id)
    return order_id


async def broken(market: Market, state: State) -> UUID:
    """An order in a state whose dispatch is overdue, or was late."""
    order_id = await promised(market)
    if state is State.PARTLY:
        await send(market, order_id, some=True)
    market.means.time.step(days=9)
    await settle(market, order_id)
    if state in (State.DISPATCHED, State.COMPLETED):
        await send(market, order_id)
    if state is State.COMPLETED:
        await fulfilment.confirm_receipt(market.means, by(market.buyer), order_id)
    return order_id


async def claim(market: Market, order_id: UUID) -> UUID:
    """The buyer claims; the id of the claim."""
    return await claims.file(market.means, by(market.buyer), order_id, None, None)


async def approve(market: Market, claim_id: UUID) -> UUID:
    """An operator approves; the id of the coupon."""
    await claims.decide(market.means, by(market.operator), claim_id, True, None, "The facts are plain.", None)
    coupon_id: UUID = (await row_of(market.means, t.claims, claim_id))["coupon_id"]
    return coupon_id


async def compensated(market: Market, written: Terms | None = None) -> tuple[UUID, UUID]:
    """A late order whose claim was approved, and its coupon: by default worth 30.00."""
    order_id = await overdue(market, written)
    return order_id, await approve(market, await claim(market, order_id))


async def waive(market: Market, order_id: UUID, compensate: bool = True) -> UUID:
    """An operator waives what the seller would bear."""
    return await claims.waive(market.means, by(market.operator), order_id, compensate, "The port was closed.")


async def refund(market: Market, order_id: UUID) -> None:
    """The buyer gets all of it back, which closes the order."""
    means, buyer = market.means, by(market.buyer)
    dispute = await disputes.apply_for_refund(means, buyer, order_id, DisputeReason.QUALITY, None, "Brittle.")
    await disputes.escalate(means, buyer, dispute, None)
    await disputes.decide(means, by(market.operator), dispute, None, "The pictures show it.")


async def elsewhere(market: Market) -> Market:
    """The same buyer and operator at another seller's."""
    return replace(market, seller=await new_seller(market.means))


async def confirm_with(market: Market, coupon_id: UUID, written: Terms | None = None) -> UUID:
    """An order of this market's seller is confirmed with the coupon: by default of 551.23."""
    order_id = await submitted(market, one_line("551.23") if written is None else written)
    return await orders.confirm(market.means, by(market.buyer), order_id, coupon_id)


async def use(market: Market, coupon_id: UUID, written: Terms | None = None) -> UUID:
    """The same, and its first instalment is paid."""
    order_id = await confirm_with(market, coupon_id, written)
    await pay(market, order_id)
    return order_id


async def receive(market: Market, order_id: UUID) -> None:
    """Everything leaves, and the buyer says that it came."""
    await send(market, order_id)
    await fulfilment.confirm_receipt(market.means, by(market.buyer), order_id)


async def coupon_row(market: Market, coupon_id: UUID) -> RowMapping:
    """The coupon's row."""
    return await row_of(market.means, t.coupons, coupon_id)


async def recoveries(market: Market) -> list[RowMapping]:
    """What the market's seller owes and owed, oldest first."""
    r = t.recoveries.c
    query = select(t.recoveries).where(r.seller_id == market.seller.id).order_by(r.owed_at, r.id)
    async with market.means.engine.connect() as connection:
        return list((await connection.execute(query)).mappings())


async def balances(market: Market, order_id: UUID | None = None) -> dict[str, int]:
    """What stands on the seller's accounts, or on an order's, in USD cents; zeroes left out."""
    b = t.balances.c
    query = select(b.account, b.amount).where(b.owner_id == (order_id or market.seller.id), b.amount != 0)
    async with market.means.engine.connect() as connection:
        return {row.account: row.amount for row in await connection.execute(query)}
