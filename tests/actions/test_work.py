"""The one door for writing: who passes, in which version, at what time, and what a refusal leaves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.actions import fulfilment, orders, sellers
from app.actions.work import call_of
from app.domain.access import Scope
from app.domain.conditions import State
from app.domain.errors import ErrorCode
from app.domain.happenings import EventKind
from app.domain.lifecycle import Step, Who
from app.mint import SystemMint
from tests.actions import taking
from tests.actions.looking import look, refusal, where
from tests.actions.racing import waiting
from tests.actions.taking import (
    TAKE,
    deposited,
    request_draft,
    send,
    sent,
)
from tests.market import (
    Market,
    by,
    confirmed,
    drafted,
    event_rows,
    new_account,
    new_seller,
    order_row,
    submitted,
)


@asynccontextmanager
async def locked(market: Market, order_id: UUID) -> AsyncIterator[AsyncConnection]:
    """Somebody else holds the order for the length of the block."""
    async with market.means.engine.begin() as connection:
        await connection.execute(text("SELECT 1 FROM orders WHERE id = :order FOR UPDATE"), {"order": order_id})
        yield connection


# --- who passes -------------------------------------------------------------------------------------------------


async def test_a_stranger_is_told_nothing_and_waits_for_nobody(market: Market) -> None:
    """Section 13: NOT_FOUND at once, also while the order is held by somebody, as for an order that does not exist."""
    order_id = await confirmed(market)
    other = await new_seller(market.means)
    strangers = [await new_account(market.means), other.owner, other.sales, other.finance]
    messages = set()
    async with locked(market, order_id), asyncio.timeout(5):
        for stranger in strangers:
            for asked in (order_id, market.means.mint.id()):
                refused = await refusal(orders.cancel(market.means, by(stranger), asked, "Mine."))
                assert refused.code is ErrorCode.NOT_FOUND
                messages.add((refused.message, refused.field, tuple(refused.params)))
    assert len(messages) == 1


async def test_a_salesperson_sees_their_own_unless_all_see_all(market: Market) -> None:
    """Section 13: sales see their own orders, or all by the seller's setting."""
    order_id = await confirmed(market)
    alone = replace(market.seller.sales, sales_see_all=False)
    assert (await refusal(orders.set_reference(market.means, by(alone), order_id, "A1"))).code is ErrorCode.NOT_FOUND
    await orders.assign(market.means, by(market.seller.owner), order_id, alone.account_id)
    assert await orders.set_reference(market.means, by(alone), order_id, "A1") == order_id


async def test_a_draft_is_its_drafters_alone(market: Market) -> None:
    """Section 16: the buyer named on a seller's draft cannot touch it, nor a seller the request not yet sent."""
    sellers_own, buyers_own = await drafted(market), await request_draft(market)
    for actor, order_id in (
        (market.buyer, sellers_own),
        *((member, buyers_own) for member in (market.seller.owner, market.seller.sales, market.seller.finance)),
    ):
        doing = orders.set_reference(market.means, by(actor), order_id, "A1")
        assert (await refusal(doing)).code is ErrorCode.NOT_FOUND


@pytest.mark.parametrize(
    ("scope", "step", "who"),
    [
        (Scope.ORDERS_WRITE, Step.CANCEL, Who.BUYER),
        (Scope.ORDERS_WRITE, Step.START_PAYMENT, Who.BUYER),
        (Scope.ORDERS_WRITE, Step.PROPOSE_AMENDMENT, Who.OWNER),
        (Scope.SHIPMENTS_WRITE, Step.DISPATCH, Who.SALES),
        (Scope.CLAIMS_WRITE, Step.OPEN_DISPUTE, Who.BUYER),
        (Scope.FINANCE_WRITE, Step.ASSOCIATE, Who.FINANCE),
    ],
)
async def test_a_token_does_what_its_scopes_allow(market: Market, scope: Scope, step: Step, who: Who) -> None:
    """Section 0: a token sees what its maker's role sees, cut by its scopes."""
    order_id = await confirmed(market)
    call = taking.call_of(market, who)
    assert call.actor is not None
    cut = by(replace(call.actor, scopes=call.actor.scopes - {scope}))
    refused = await refusal(TAKE[step](market, cut, order_id))
    assert (refused.code, refused.params) == (ErrorCode.SCOPE_MISSING, {"scope": scope})


# --- expected version -------------------------------------------------------------------------------------------


async def test_an_expected_version_is_the_one_decided_upon(market: Market) -> None:
    """A step decided upon another version is refused with both numbers; upon this one it is taken."""
    order_id = await submitted(market)
    version = (await order_row(market.means, order_id))["version"]
    stale = replace(by(market.buyer), expected_version=version - 1)
    refused = await refusal(orders.confirm(market.means, stale, order_id))
    assert refused.code is ErrorCode.VERSION_CONFLICT
    assert refused.params == {"expected": str(version - 1), "current": str(version)}
    assert await where(market, order_id) is State.CONF_BUYER
    await orders.confirm(market.means, replace(by(market.buyer), expected_version=version), order_id)


async def test_time_makes_versions_too(market: Market) -> None:
    """Section 16: what runs out is settled first, so whoever looked before it is told to look again."""
    order_id = await sent(market)
    version = (await order_row(market.means, order_id))["version"]
    market.means.time.step(days=30)
    call = replace(by(market.buyer), expected_version=version)
    refused = await refusal(fulfilment.confirm_receipt(market.means, call, order_id))
    assert refused.code is ErrorCode.VERSION_CONFLICT
    assert await where(market, order_id) is State.COMPLETED


async def test_a_draft_is_deleted_in_the_version_that_was_looked_at(market: Market) -> None:
    """A draft that was written on since is not deleted; a retry of the deletion is told the same."""
    order_id = await drafted(market)
    version = (await order_row(market.means, order_id))["version"]
    stale = replace(by(market.seller.owner), expected_version=version - 1)
    assert (await refusal(orders.delete_draft(market.means, stale, order_id))).code is ErrorCode.VERSION_CONFLICT
    call = call_of(market.seller.owner, "orderDelete", {"orderId": "one"}, "delete-1", version)
    assert await orders.delete_draft(market.means, call, order_id) == order_id
    assert await orders.delete_draft(market.means, call, order_id) == order_id
    assert (await look(market, order_id)).order is None


# --- time -------------------------------------------------------------------------------------------------------


async def test_the_clock_is_read_after_the_lock(market: Market) -> None:
    """Section 14: a step that waited for the order happens when it got it, and by then a deadline has run out."""
    order_id = await deposited(market)
    async with locked(market, order_id):
        task = await waiting(market, send(market, order_id))
        late = market.means.time.step(days=9)
    await task
    order = await order_row(market.means, order_id)
    assert order["dispatched_at"] == late
    assert order["overdue_at"] is not None
    kinds = [event["kind"] for event in await event_rows(market.means, order_id)]
    assert kinds.index(EventKind.OVERDUE_RAISED) < kinds.index(EventKind.GOODS_DISPATCHED)


async def test_a_quota_that_shrank_while_one_waited_is_the_one_that_counts(market: Market) -> None:
    """GUA-2: the quota is judged under the seller's lock, as whoever held it left it."""
    order_id = await submitted(market)
    async with market.means.engine.begin() as connection:
        shrink = text("UPDATE sellers SET quota_limit = 100 WHERE id = :seller")
        await connection.execute(shrink, {"seller": market.seller.id})
        task = await waiting(market, orders.confirm(market.means, by(market.buyer), order_id))
    assert (await refusal(task)).code is ErrorCode.GUARANTEE_UNAVAILABLE


# --- refusals that leave something ------------------------------------------------------------------------------


async def test_a_short_quota_is_told_to_the_seller_with_its_numbers(market: Market) -> None:
    """GUA-2: the buyer is told GUARANTEE_UNAVAILABLE and no number; the seller's event has them."""
    order_id = await submitted(market)
    await sellers.set_quota(market.means, by(market.operator), market.seller.id, 500_00, "Reviewed.")
    rings = market.means.feeds.rings
    refused = await refusal(orders.confirm(market.means, by(market.buyer), order_id))
    assert (refused.code, refused.params) == (ErrorCode.GUARANTEE_UNAVAILABLE, {})
    assert not any(letter.isdigit() for letter in refused.message)
    (short,) = await event_rows(market.means, order_id, EventKind.QUOTA_SHORT)
    assert {fact["name"]: fact["value"] for fact in short["data"]["facts"]} == {
        "limit": "500.00 USD",
        "occupied": "0.00 USD",
        "needed": "551.23 USD",
    }
    order = await order_row(market.means, order_id)
    assert order["version"] == short["version"]
    assert order["quota_occupied"] == 0
    assert await where(market, order_id) is State.CONF_BUYER
    assert market.means.feeds.rings == rings + 1


async def test_an_error_writes_nothing_and_lets_go(market: Market) -> None:
    """Whatever breaks in the middle of a step is undone, and the order is free for the next."""
    order_id = await confirmed(market)
    before = await look(market, order_id)

    class Broken(SystemMint):
        def id(self) -> UUID:
            raise OSError("no more randomness")

    broken = replace(market, means=replace(market.means, mint=Broken()))
    with pytest.raises(OSError, match="randomness"):
        await TAKE[Step.PROPOSE_AMENDMENT](broken, by(market.seller.owner), order_id)
    assert await look(market, order_id) == before
    async with asyncio.timeout(5):
        await TAKE[Step.PROPOSE_AMENDMENT](market, by(market.seller.owner), order_id)
