"""Members removed on the real database: their orders are handed over in batches, and none is left behind (DSK-3)."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import members, orders
from app.actions.members import hand_over
from app.db import tables as t
from app.domain.access import Actor, Role
from app.domain.errors import ErrorCode
from app.domain.happenings import EventKind
from app.jobs.scheduler import Sweeper
from tests.actions.looking import refusal
from tests.actions.racing import waiting
from tests.actions.test_work import locked
from tests.domain.build import terms
from tests.market import Market, by, drafted, event_rows, new_account, open_market, order_row, row_of, submitted
from tests.means import TestMeans


@pytest.fixture
async def market(fresh_engine: AsyncEngine) -> Market:
    """A market of this test alone: whoever hands over takes whatever is left behind."""
    return await open_market(TestMeans(fresh_engine))


async def member_of(market: Market, actor: Actor) -> UUID:
    """The id of somebody's place in the company."""
    async with market.means.engine.connect() as connection:
        query = select(t.members.c.id).where(t.members.c.account_id == actor.account_id)
        return (await connection.execute(query)).scalar_one()


async def assigned(market: Market, actor: Actor, number: int) -> list[UUID]:
    """Orders of somebody's."""
    made = [await drafted(market) for _ in range(number)]
    for order_id in made:
        await orders.assign(market.means, by(market.seller.owner), order_id, actor.account_id)
    return made


async def remove(market: Market, actor: Actor, successor: Actor | None = None) -> UUID:
    """The owner removes somebody; the id of the handover."""
    to = None if successor is None else await member_of(market, successor)
    return await members.remove(market.means, by(market.seller.owner), await member_of(market, actor), to)


async def finish(market: Market) -> int:
    """Hand over until there is nothing more to do; how many batches that took."""
    batches = 0
    while await hand_over(market.means, set(), batch=3):
        batches += 1
    return batches


async def salespeople(market: Market, ids: list[UUID]) -> set[UUID | None]:
    """Whose these orders are."""
    return {(await order_row(market.means, order_id))["salesperson_id"] for order_id in ids}


async def test_all_orders_are_handed_over_in_batches(market: Market) -> None:
    """DSK-3: whatever their state; nobody else's; one event each; then the handover is finished."""
    sales, finance = market.seller.sales, market.seller.finance
    mine = await assigned(market, sales, 7)
    await orders.submit(market.means, by(market.seller.owner), mine[0])
    other = await drafted(market)
    handover = await remove(market, sales, finance)
    assert (await row_of(market.means, t.handovers, handover))["finished_at"] is None
    assert await finish(market) == 3
    assert await salespeople(market, mine) == {finance.account_id}
    assert await salespeople(market, [other]) == {market.seller.owner.account_id}
    assert (await row_of(market.means, t.handovers, handover))["finished_at"] == market.means.clock.now()
    for order_id in mine:
        last = (await event_rows(market.means, order_id, EventKind.SALESPERSON_ASSIGNED))[-1]
        assert (last["by"], last["salesperson_id"]) == ("TIME", finance.account_id)
    assert await finish(market) == 0


async def test_a_request_taken_back_by_its_buyer_is_handed_over_too(market: Market) -> None:
    """DSK-3: what the seller does not see at present comes back, and then it is their successor's."""
    draft = {**terms(), "email": market.buyer.email}
    order_id = await orders.draft(market.means, by(market.buyer), draft, market.seller.id)
    await orders.submit(market.means, by(market.buyer), order_id)
    await orders.assign(market.means, by(market.seller.owner), order_id, market.seller.sales.account_id)
    await orders.revise(market.means, by(market.buyer), order_id)
    await remove(market, market.seller.sales)
    await finish(market)
    assert await salespeople(market, [order_id]) == {market.seller.owner.account_id}


async def test_who_takes_over_and_goes_as_well_passes_on_what_was_on_its_way(market: Market) -> None:
    """DSK-3: to their own successor, and so is what they had themselves."""
    sales, finance = market.seller.sales, market.seller.finance
    mine, theirs = await assigned(market, sales, 5), await assigned(market, finance, 2)
    await remove(market, sales, finance)
    await hand_over(market.means, set(), batch=2)
    assert len(await salespeople(market, mine)) == 2
    third = await new_account(market.means, Role.SALES, market.seller.id)
    await remove(market, finance, third)
    await finish(market)
    assert await salespeople(market, [*mine, *theirs]) == {third.account_id}
    async with market.means.engine.connect() as connection:
        left = await connection.execute(text("SELECT count(*) FROM handovers WHERE finished_at IS NULL"))
        assert left.scalar() == 0


async def test_an_order_that_is_given_to_them_meanwhile_is_not_left_behind(market: Market) -> None:
    """DSK-3: the removal waits for whoever gives them an order, and afterwards nobody does."""
    sales, owner = market.seller.sales, market.seller.owner
    order_id = await drafted(market)
    async with locked(market, order_id):
        # it holds the member's place, and waits for the order
        giving = await waiting(market, orders.assign(market.means, by(owner), order_id, sales.account_id))
        removing = asyncio.ensure_future(remove(market, sales))
        assert await asyncio.wait([removing], timeout=0.2) == (set(), {removing})
    await giving
    await removing
    await finish(market)
    assert await salespeople(market, [order_id]) == {owner.account_id}
    refused = await refusal(orders.assign(market.means, by(owner), order_id, sales.account_id))
    assert (refused.code, refused.field) == (ErrorCode.NOT_FOUND, ("salespersonId",))


async def test_who_is_removed_drafts_nothing_more(market: Market) -> None:
    """DSK-3: not even with a request that was on its way."""
    await remove(market, market.seller.sales)
    contract = {**terms(), "email": market.buyer.email}
    refused = await refusal(orders.draft(market.means, by(market.seller.sales), contract, None))
    assert refused.code is ErrorCode.FORBIDDEN


async def test_two_who_hand_over_at_once_hand_over_once(market: Market) -> None:
    """DSK-3: each order has one event, whoever was first."""
    mine = await assigned(market, market.seller.sales, 6)
    await remove(market, market.seller.sales)
    await asyncio.gather(*(hand_over(market.means, set()) for _ in range(4)))
    await finish(market)
    for order_id in mine:
        events = await event_rows(market.means, order_id, EventKind.SALESPERSON_ASSIGNED)
        assert [event["by"] for event in events] == ["SELLER", "TIME"]


async def test_who_removes_members(market: Market) -> None:
    """DSK-3, INT-2: the owner in person, and only of the own company; nothing is written otherwise."""
    seller = market.seller
    member = await member_of(market, seller.finance)
    for actor in (seller.sales, seller.finance, market.buyer, market.operator):
        assert (await refusal(members.remove(market.means, by(actor), member, None))).code is ErrorCode.FORBIDDEN
    program = by(replace(seller.owner, token_id=uuid4()))
    assert (await refusal(members.remove(market.means, program, member, None))).code is ErrorCode.PERSON_NEEDED
    stranger = (await open_market(market.means)).seller.owner
    assert (await refusal(members.remove(market.means, by(stranger), member, None))).code is ErrorCode.NOT_FOUND
    assert (await row_of(market.means, t.members, member))["removed_at"] is None
    assert await event_rows(market.means, seller.id) == []


async def test_a_retry_removes_nobody_else(market: Market) -> None:
    """DSK-3: under the same key the same handover is answered."""
    call = replace(by(market.seller.owner), operation="memberRemove", key="remove", digest="them")
    member = await member_of(market, market.seller.sales)
    made = await members.remove(market.means, call, member, None)
    assert await members.remove(market.means, call, member, None) == made
    assert len(await event_rows(market.means, market.seller.id, EventKind.MEMBER_REMOVED)) == 1


async def test_the_sweep_hands_over_a_batch_at_a_look(market: Market) -> None:
    """DSK-3: and what fails is passed over for a while, so that it holds up nothing else."""
    mine = await assigned(market, market.seller.sales, 2)
    broken = await submitted(market)
    await orders.assign(market.means, by(market.seller.owner), broken, market.seller.sales.account_id)
    async with market.means.engine.begin() as connection:
        await connection.execute(text("UPDATE orders SET contact_version = 99 WHERE id = :id"), {"id": broken})
    await remove(market, market.seller.sales)
    sweeper = Sweeper(market.means, timedelta(seconds=1))
    for _ in range(3):
        await sweeper.look()
    assert await salespeople(market, mine) == {market.seller.owner.account_id}
    assert await salespeople(market, [broken]) == {market.seller.sales.account_id}
    async with market.means.engine.begin() as connection:
        await connection.execute(text("UPDATE orders SET contact_version = 1 WHERE id = :id"), {"id": broken})
        left = await connection.execute(text("SELECT count(*) FROM handovers WHERE finished_at IS NULL"))
        assert left.scalar() == 1
    await Sweeper(market.means, timedelta(seconds=1)).look()
    assert await salespeople(market, [broken]) == {market.seller.owner.account_id}
