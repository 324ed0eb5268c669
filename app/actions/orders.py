"""What people do to an order until it is agreed or called off."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.actions import work
from app.actions.work import Call, Means
from app.db import files, freight, goods, policies, sellers, trades
from app.db.driver import look
from app.db.trades import Asked
from app.domain import buying, contract, drafts, lanes, orders
from app.domain.access import Actor, By, Scope
from app.domain.buying import Purchase
from app.domain.errors import ErrorCode, Refusal
from app.domain.exports import Acknowledgement
from app.domain.records import Seller


async def draft(means: Means, call: Call, patch: contract.Patch, seller_id: UUID | None) -> UUID:
    """Begin an order: a seller's own draft, or a buyer's request to a seller (ORD-1)."""
    actor = _acting(call)
    async with means.engine.connect() as connection:
        seller = await _seller_of(connection, actor, seller_id)
        now = await means.clock.read(connection)
        policy = await policies.in_force(connection, now)
        currency = str(patch.get("currency") or "USD")
        rates = await policies.rates_in_force(connection, now, [currency])
        products = await goods.products(connection, buying.named(patch))
        offered = tuple(await files.waiting(connection, _files_of(patch)))
        named = await freight.lanes(connection, lanes.asked(patch))
        return await work.new_order(
            means,
            call,
            lambda act: drafts.draft(act, seller, policy, rates, patch, products, offered, named),
            connection,
            offered=offered,
        )


async def place(means: Means, call: Call, purchase: Purchase) -> UUID:
    """Buy now: the order is drafted and placed in one act, and agreed by it (ORD-1)."""
    actor = _acting(call)
    if actor.by is not By.BUYER:
        raise Refusal(ErrorCode.FORBIDDEN, "Buyers buy; a seller offers an order of their own.")
    async with means.engine.connect() as connection:
        products = await goods.products(connection, buying.bought(purchase))
        first = next((products[line.product_id] for line in purchase.lines if line.product_id in products), None)
        seller = None if first is None else await sellers.get(connection, first.seller_id)
        if first is None or seller is None:
            code = ErrorCode.PRODUCT_NOT_ON_OFFER if purchase.lines else ErrorCode.REQUIRED
            raise Refusal(code, "Name at least one product that is on offer.", ("lines",))
        if not await goods.has_lane(connection, purchase.lane_id):
            raise Refusal(ErrorCode.LANE_NOT_OFFERED, "There is no such lane.", ("laneId",))
        now = await means.clock.read(connection)
        policy = await policies.in_force(connection, now)
        rates = await policies.rates_in_force(connection, now, [first.currency])
        return await work.new_order(
            means,
            call,
            lambda act: drafts.purchase(act, seller, policy, rates, purchase, products),
            connection,
            lambda trade, act: buying.expect(orders.submit(trade, act, purchase.coupon_id), purchase.total),
            purchase.coupon_id,
        )


def _acting(call: Call) -> Actor:
    actor = call.actor
    if actor is None:
        raise Refusal(ErrorCode.FORBIDDEN, "Only a person or a token can do this.")
    work.require_scope(actor, Scope.ORDERS_WRITE)
    return actor


async def _seller_of(connection: AsyncConnection, actor: Actor, seller_id: UUID | None) -> Seller:
    if actor.by is By.OPERATOR:
        raise Refusal(ErrorCode.FORBIDDEN, "Buyers and sellers draft orders; operators do not.")
    if actor.by is By.SELLER:
        if not actor.drafts:
            raise Refusal(ErrorCode.FORBIDDEN, "Owners and sales draft orders; finance does not.")
        return await sellers.of_member(connection, actor.account_id)
    seller = None if seller_id is None else await sellers.get(connection, seller_id)
    if seller is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such seller.", ("sellerId",))
    return seller


async def edit(means: Means, call: Call, order_id: UUID, patch: contract.Patch) -> UUID:
    """Write on at a draft, or complete a buyer's request."""
    _acting(call)
    currencies = [str(patch["currency"])] if patch.get("currency") else []
    return await work.on_order(
        means,
        call,
        order_id,
        lambda trade, act: drafts.edit(trade, act, patch),
        asked=Asked(
            currencies=currencies, products=buying.named(patch), lanes=lanes.asked(patch), files=_files_of(patch)
        ),
    )


def _files_of(patch: contract.Patch) -> list[UUID]:
    file_id = patch.get("contract_file_id")
    return [] if file_id is None else [file_id]


async def match_buyer(means: Means, call: Call, order_id: UUID) -> bool:
    """Find the registered buyer of the draft's e-mail; False: none, and an invitation was recorded (ORD-2)."""
    _acting(call)
    await work.on_order(means, call, order_id, drafts.match_buyer)
    # asked of the row and not of the step, which a retry under the same key does not take again
    row = await look(means.engine, "SELECT buyer_id FROM orders WHERE id = $1", order_id)
    return row is not None and row["buyer_id"] is not None


async def submit(means: Means, call: Call, order_id: UUID, acknowledged: Collection[Acknowledgement] = ()) -> UUID:
    """Make the offer to the other side (ORD-7), with what must be acknowledged (ORD-6)."""
    _acting(call)
    return await work.on_order(
        means,
        call,
        order_id,
        lambda trade, act: orders.submit(trade, act, acknowledged=acknowledged),
        asked=Asked(quota=True),
    )


async def revise(means: Means, call: Call, order_id: UUID) -> UUID:
    """Take one's own offer back."""
    _acting(call)
    return await work.on_order(means, call, order_id, orders.revise)


async def confirm(means: Means, call: Call, order_id: UUID, coupon_id: UUID | None = None) -> UUID:
    """Agree to the contract, and apply a platform coupon to it (ORD-8, COU-1)."""
    _acting(call)
    return await work.on_order(
        means,
        call,
        order_id,
        lambda trade, act: orders.confirm(trade, act, coupon_id),
        asked=Asked(quota=True, coupon_id=coupon_id),
    )


async def cancel(means: Means, call: Call, order_id: UUID, reason: str) -> UUID:
    """Call the order off before money has landed (ORD-11)."""
    _acting(call)
    return await work.on_order(means, call, order_id, lambda trade, act: orders.cancel(trade, act, reason))


async def decline(means: Means, call: Call, order_id: UUID, reason: str) -> UUID:
    """Say no to what awaits one's confirmation."""
    _acting(call)
    return await work.on_order(means, call, order_id, lambda trade, act: orders.decline(trade, act, reason))


async def assign(means: Means, call: Call, order_id: UUID, salesperson_id: UUID | None) -> UUID:
    """Give the order to a salesperson, or to nobody."""
    _acting(call)
    return await work.on_order(
        means,
        call,
        order_id,
        lambda trade, act: orders.assign(trade, act, salesperson_id),
        asked=Asked(member_id=salesperson_id, facts=frozenset({"salespeople"})),
    )


async def set_reference(means: Means, call: Call, order_id: UUID, reference: str | None) -> UUID:
    """Keep one's own reference to the order."""
    _acting(call)
    return await work.on_order(
        means,
        call,
        order_id,
        lambda trade, act: orders.set_reference(trade, act, reference),
        asked=Asked(facts=frozenset()),
    )


async def delete_draft(means: Means, call: Call, order_id: UUID) -> UUID:
    """Delete a draft that was never submitted; its events stay, and no order is left to show with them."""
    _acting(call)
    async with means.engine.begin() as connection:
        if (made := await work.claim(connection, call)) is not None:
            return made
        trade, now = await work.enter(connection, means, call, order_id)
        work.expect(call, trade)
        gone = drafts.delete(trade, call.act(now, means.mint))
        await work.remember(connection, call, order_id)
        await trades.remove(connection, gone)
    means.feeds.committed()
    return order_id
