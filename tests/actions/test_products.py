"""Products and buying through the database: who writes them, what is placed, and what a retry answers (ORD-1)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.actions import fulfilment, orders, products
from app.actions.work import Call, call_of
from app.db import tables as t
from app.domain.access import Actor, Scope
from app.domain.contract import Line
from app.domain.errors import ErrorCode, Refusal
from app.domain.money import Money
from app.domain.products import Tier
from tests.actions.looking import look, refusal
from tests.actions.shelf import bought, coupon_of, new_lane, new_product, new_template, wish
from tests.actions.taking import REQUEST
from tests.domain.build import terms
from tests.domain.shelf import SHEET
from tests.market import Market, by, confirmed, event_rows, new_account, new_seller, order_row, pay, row_of


async def product_row(market: Market, product_id: UUID) -> Any:
    """A product's row."""
    return await row_of(market.means, t.products, product_id)


async def lines_of(market: Market, order_id: UUID) -> list[tuple[UUID | None, int, Decimal]]:
    """The order's lines: product, unit price and quantity."""
    items = t.items.c
    query = select(items.product_id, items.unit_price, items.quantity).where(items.order_id == order_id)
    async with market.means.engine.connect() as connection:
        rows = await connection.execute(query.order_by(items.position))
        return [(row.product_id, row.unit_price, row.quantity) for row in rows]


# --- who writes products ----------------------------------------------------------------------------------------

ACTS: dict[str, Callable[[Market, Call, UUID], Awaitable[UUID]]] = {
    "create": lambda market, call, _: products.create(market.means, call, SHEET),
    "change": lambda market, call, product_id: products.change(market.means, call, product_id, {"name": "Case"}),
    "publish": lambda market, call, product_id: products.publish(market.means, call, product_id),
    "withdraw": lambda market, call, product_id: products.withdraw(market.means, call, product_id),
    "review": lambda market, call, product_id: products.review(market.means, call, product_id, True),
}


@pytest.mark.parametrize("name", ACTS)
async def test_who_writes_products(market: Market, name: str) -> None:
    """ORD-1, FEE-3: the seller's owner and sales write them, operators review them, nobody else does either."""
    team = market.seller
    may = {market.operator} if name == "review" else {team.owner, team.sales}
    for actor in (team.owner, team.sales, team.finance, market.buyer, market.operator):
        product_id = await new_product(market, published=name == "withdraw")
        before = await product_row(market, product_id)
        if actor in may:
            await ACTS[name](market, by(actor), product_id)
            assert name == "create" or (await product_row(market, product_id))["version"] == before["version"] + 1
        else:
            assert (await refusal(ACTS[name](market, by(actor), product_id))).code is ErrorCode.FORBIDDEN
            assert await product_row(market, product_id) == before
    for actor in may:
        reading = replace(actor, scopes=frozenset({Scope.ORDERS_READ}))
        assert (await refusal(ACTS[name](market, by(reading), product_id))).code is ErrorCode.SCOPE_MISSING


@pytest.mark.parametrize("name", ["change", "publish", "withdraw"])
async def test_another_sellers_product_does_not_exist(market: Market, name: str) -> None:
    """Section 13: whoever may not write it is told the same as of none."""
    product_id = await new_product(market, published=name == "withdraw")
    stranger = (await new_seller(market.means)).owner
    for known in (product_id, market.means.mint.id()):
        found = await refusal(ACTS[name](market, by(stranger), known))
        assert (found.code, found.field) == (ErrorCode.NOT_FOUND, ("productId",))


async def test_a_product_is_changed_at_the_version_that_was_looked_at(market: Market) -> None:
    """Two who write at once: the second is told."""
    product_id = await new_product(market, published=False)
    expecting = replace(by(market.seller.owner), expected_version=1)
    await products.change(market.means, expecting, product_id, {"tiers": (Tier(Decimal(3), Decimal(5)),)})
    found = await refusal(products.change(market.means, expecting, product_id, {"name": "Case"}))
    assert (found.code, found.params) == (ErrorCode.VERSION_CONFLICT, {"expected": "1", "current": "2"})
    row = await product_row(market, product_id)
    assert (row["name"], row["tiers"]) == (SHEET["name"], [{"from": "3", "price": "500"}])


async def test_a_product_is_made_once_a_key(market: Market) -> None:
    """A retry answers what was made; another input under the key is refused."""
    call = call_of(market.seller.owner, "productCreate", {"name": "Case"}, "the key")
    made = await products.create(market.means, call, SHEET)
    assert await products.create(market.means, call, SHEET) == made
    other = call_of(market.seller.owner, "productCreate", {"name": "Cover"}, "the key")
    assert (await refusal(products.create(market.means, other, SHEET))).code is ErrorCode.IDEMPOTENCY_KEY_REUSED


async def test_a_product_is_sent_by_a_template_of_its_own_seller(market: Market) -> None:
    """DLV-1: another company's template does not exist."""
    theirs = await new_template(market, seller_id=(await new_seller(market.means)).id)
    owner = by(market.seller.owner)
    for template_id in (theirs, market.means.mint.id()):
        found = await refusal(products.create(market.means, owner, {**SHEET, "template_id": template_id}))
        assert (found.code, found.field) == (ErrorCode.NOT_FOUND, ("templateId",))


async def test_a_product_goes_on_offer_with_an_active_seller(market: Market) -> None:
    """SVC-3."""
    closed = replace(market, seller=await new_seller(market.means, service="INACTIVE"))
    product_id = await new_product(closed, published=False)
    found = await refusal(products.publish(market.means, by(closed.seller.owner), product_id))
    assert found.code is ErrorCode.SERVICE_NOT_ACTIVE


# --- lines that name products -----------------------------------------------------------------------------------


async def test_a_request_names_products_and_is_completed(market: Market) -> None:
    """ORD-1, ORD-8: the buyer's lines take what is published, the seller's words replace them."""
    product_id = await new_product(market)
    named = Line("", Decimal(100), "", product_id=product_id)
    patch = {**REQUEST, "email": market.buyer.email, "items": (named,)}
    order_id = await orders.draft(market.means, by(market.buyer), patch, market.seller.id)
    assert await lines_of(market, order_id) == [(product_id, 9_00, Decimal(100))]
    few = {"items": (replace(named, quantity=Decimal(3)),)}
    await orders.edit(market.means, by(market.buyer), order_id, few)
    assert await lines_of(market, order_id) == [(product_id, 10_74, Decimal(3))]
    await orders.submit(market.means, by(market.buyer), order_id)
    dearer = {"items": (replace(named, unit_price=Decimal(12)),)}
    await orders.edit(market.means, by(market.seller.owner), order_id, dearer)
    assert await lines_of(market, order_id) == [(product_id, 12_00, Decimal(100))]


async def test_an_amendment_names_products(market: Market) -> None:
    """ORD-10: what the product said when it was proposed is agreed, though it says something else by then."""
    product_id = await new_product(market, ready_to_ship=False)
    order_id = await confirmed(market, terms())
    named = {"items": (Line("", Decimal(100), "", product_id=product_id),)}
    owner = by(market.seller.owner)
    await fulfilment.propose_amendment(market.means, owner, order_id, named, None)
    await products.change(market.means, owner, product_id, {"tiers": ()})
    await fulfilment.answer_amendment(market.means, by(market.buyer), order_id, True)
    assert await lines_of(market, order_id) == [(product_id, 9_00, Decimal(100))]


# --- buying now -------------------------------------------------------------------------------------------------


async def test_placing_makes_an_agreed_order(market: Market) -> None:
    """ORD-1, ORD-7: from nothing to waiting for payment in one act, with number, link, accounts and instalment."""
    order_id = await bought(market)
    row = await order_row(market.means, order_id)
    assert (row["type"], row["status"], row["total"]) == ("BUY_NOW", "PENDING_PAYMENT", 61_72)
    assert row["number"] and row["link"] and row["policy_id"] and row["confirmed_at"]
    kinds = [event["kind"] for event in await event_rows(market.means, order_id)]
    assert kinds[:3] == ["ORDER_DRAFTED", "ORDER_SUBMITTED", "ORDER_CONFIRMED"]
    versions = [event["version"] for event in await event_rows(market.means, order_id)]
    assert versions == list(range(1, row["version"] + 1))
    async with market.means.engine.connect() as connection:
        for table, count in ((t.instalments, 1), (t.collection_accounts, 2), (t.items, 1)):
            found = (await connection.execute(select(table.c.id).where(table.c.order_id == order_id))).all()
            assert len(found) >= count, table.name
    await pay(market, order_id)
    assert (await order_row(market.means, order_id))["status"] == "PENDING_DISPATCH"


async def test_placing_under_one_key_places_once(market: Market) -> None:
    """Also when the product is off offer by the time of the retry."""
    lane_id = await new_lane(market)
    product_id = await new_product(market, lane_id)
    purchase = wish(market, lane_id, (product_id, "3"))
    call = call_of(market.buyer, "orderPlace", {"lines": 1}, "the key")
    order_id = await orders.place(market.means, call, purchase)
    await products.withdraw(market.means, by(market.seller.owner), product_id)
    before = await look(market, order_id)
    assert await orders.place(market.means, call, purchase) == order_id
    assert await look(market, order_id) == before
    other = call_of(market.buyer, "orderPlace", {"lines": 2}, "the key")
    assert (await refusal(orders.place(market.means, other, purchase))).code is ErrorCode.IDEMPOTENCY_KEY_REUSED


async def _nobodys(market: Market, lane_id: UUID) -> UUID:
    return market.means.mint.id()


async def _elsewhere(market: Market, lane_id: UUID) -> UUID:
    other = replace(market, seller=await new_seller(market.means))
    return await new_product(other, lane_id)


REFUSED: dict[str, tuple[Callable[[Market, UUID], Awaitable[UUID]], ErrorCode, tuple[str | int, ...]]] = {
    "none": (_nobodys, ErrorCode.PRODUCT_NOT_ON_OFFER, ("contract", "items", 1, "productId")),
    "another seller's": (_elsewhere, ErrorCode.PRODUCT_NOT_ON_OFFER, ("contract", "items", 1, "productId")),
    "not published": (
        lambda market, lane_id: new_product(market, lane_id, published=False),
        ErrorCode.PRODUCT_NOT_ON_OFFER,
        ("contract", "items", 1, "productId"),
    ),
    "made to order": (
        lambda market, lane_id: new_product(market, lane_id, ready_to_ship=False),
        ErrorCode.PRODUCT_NOT_ON_OFFER,
        ("contract", "items", 1, "productId"),
    ),
    "price not published": (
        lambda market, lane_id: new_product(market, lane_id, tiers=()),
        ErrorCode.PRODUCT_NOT_ON_OFFER,
        ("contract", "items", 1, "productId"),
    ),
    "lane not offered": (lambda market, _: new_product(market), ErrorCode.LANE_NOT_OFFERED, ("contract", "laneId")),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_bought_leaves_nothing(market: Market, name: str) -> None:
    """ORD-1: one item that is not ready, not priced or not sent by the lane is enough; nothing of it is written."""
    make, code, field = REFUSED[name]
    lane_id = await new_lane(market)
    good, bad = await new_product(market, lane_id), await make(market, lane_id)
    before = await look(market, market.means.mint.id())
    call = call_of(market.buyer, "orderPlace", {}, f"the key {market.means.mint.id()}")
    found = await refusal(orders.place(market.means, call, wish(market, lane_id, (good, "3"), (bad, "3"))))
    assert (found.code, found.field) == (code, field)
    assert await look(market, market.means.mint.id()) == before
    # under the same key the right one is placed, because nothing was made
    assert await orders.place(market.means, call, wish(market, lane_id, (good, "3")))


@pytest.mark.parametrize("lane", [{"retired_at": "now"}, {"destinations": ["DE"]}, {"cargo_class": "BATTERY"}])
async def test_a_lane_that_does_not_take_it_there_is_refused(market: Market, lane: dict[str, Any]) -> None:
    """DLV-1: retired, not to the buyer's country, or for other goods."""
    columns = {name: market.means.clock.now() if value == "now" else value for name, value in lane.items()}
    lane_id = await new_lane(market, **columns)
    product_id = await new_product(market, lane_id)
    found = await refusal(orders.place(market.means, by(market.buyer), wish(market, lane_id, (product_id, "3"))))
    assert found.code is ErrorCode.LANE_NOT_OFFERED


async def test_nobody_buys_by_a_lane_that_is_none(market: Market) -> None:
    """DLV-1."""
    product_id = await new_product(market, await new_lane(market))
    none = market.means.mint.id()
    found = await refusal(orders.place(market.means, by(market.buyer), wish(market, none, (product_id, "3"))))
    assert found.code is ErrorCode.LANE_NOT_OFFERED


async def test_the_total_is_what_the_buyer_was_shown(market: Market) -> None:
    """ORD-1: after a change of price the buyer is asked again, and no order is made."""
    lane_id = await new_lane(market)
    product_id = await new_product(market, lane_id)
    shown = wish(market, lane_id, (product_id, "3"), total=Money(61_72, "USD"))
    dearer = {"tiers": (Tier(Decimal(3), Decimal("11.00")),)}
    await products.change(market.means, by(market.seller.owner), product_id, dearer)
    found = await refusal(orders.place(market.means, by(market.buyer), shown))
    assert (found.field, found.params["total"]) == (("expectedTotal",), "62.50 USD")
    await products.change(market.means, by(market.seller.owner), product_id, {"tiers": SHEET["tiers"]})
    assert await orders.place(market.means, by(market.buyer), shown)


async def test_only_buyers_with_a_verified_email_buy(market: Market) -> None:
    """ORD-1, ORD-8."""
    lane_id = await new_lane(market)
    product_id = await new_product(market, lane_id)
    unverified = await new_account(market.means, email_verified=False)
    doers: list[Actor] = [unverified, market.seller.owner, market.seller.finance, market.operator]
    for actor in doers:
        bought_by = wish(replace(market, buyer=actor), lane_id, (product_id, "3"))
        assert (await refusal(orders.place(market.means, by(actor), bought_by))).code is ErrorCode.FORBIDDEN
    assert (await refusal(orders.place(market.means, by(market.buyer), wish(market, lane_id)))).field == ("lines",)


async def test_a_coupon_is_applied_at_placing(market: Market) -> None:
    """COU-1, PAY-5: reserved for what is placed and taken off its first instalment; refused, it stays available."""
    lane_id, coupon_id = await new_lane(market), await coupon_of(market)
    product_id = await new_product(market, lane_id)
    paying = wish(market, lane_id, (product_id, "3"), coupon_id=coupon_id)
    refused = await refusal(orders.place(market.means, by(market.buyer), replace(paying, total=Money(1, "USD"))))
    assert refused.field == ("expectedTotal",)
    assert (await row_of(market.means, t.coupons, coupon_id))["status"] == "AVAILABLE"
    order_id = await orders.place(market.means, by(market.buyer), paying)
    row = await order_row(market.means, order_id)
    assert (row["total"], row["coupon"], row["coupon_id"]) == (61_72, 30_00, coupon_id)
    coupon = await row_of(market.means, t.coupons, coupon_id)
    assert (coupon["status"], coupon["reserved_order_id"]) == ("RESERVED", order_id)
    again = await refusal(orders.place(market.means, by(market.buyer), paying))
    assert (again.code, again.field) == (ErrorCode.COUPON_NOT_AVAILABLE, ("couponId",))


async def test_of_many_requests_under_one_key_one_order_is_placed(market: Market) -> None:
    """Sent together they are answered with the same order."""
    lane_id = await new_lane(market)
    purchase = wish(market, lane_id, (await new_product(market, lane_id), "3"))
    call = call_of(market.buyer, "orderPlace", {"lines": 1}, "the key")
    placed = await asyncio.gather(*(orders.place(market.means, call, purchase) for _ in range(8)))
    query = select(t.orders.c.id).where(t.orders.c.buyer_id == market.buyer.account_id)
    async with market.means.engine.connect() as connection:
        assert list((await connection.execute(query)).scalars()) == list(set(placed))


async def test_a_price_changed_meanwhile_is_refused_or_agreed_whole(market: Market) -> None:
    """ORD-1: whoever places while the seller changes the price pays the one or the other, never a mixture."""
    lane_id = await new_lane(market)
    product_id = await new_product(market, lane_id)
    purchase, owner = wish(market, lane_id, (product_id, "3")), by(market.seller.owner)

    async def repriced(price: str) -> None:
        await products.change(market.means, owner, product_id, {"tiers": (Tier(Decimal(3), Decimal(price)),)})

    async def placed() -> int | None:
        try:
            order_id = await orders.place(market.means, by(market.buyer), purchase)
        except Refusal as refused:
            assert refused.code is ErrorCode.PRODUCT_NOT_ON_OFFER
            return None
        ((_, price, _),) = await lines_of(market, order_id)
        total = int((await order_row(market.means, order_id))["total"])
        assert total == 3 * price + 29_50
        return price

    doing = [repriced(f"{10 + at}.00") if at % 2 else placed() for at in range(20)]
    prices = {price for price in await asyncio.gather(*doing) if price is not None}
    assert prices <= {10_74, *(1_000 + 100 * at for at in range(1, 20, 2))}
