"""The one door for writing: who passes, in which version, once a key, at what time, and what a refusal leaves."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.actions import fulfilment, orders, payments, policies, sellers
from app.actions.work import Call, call_of
from app.domain.access import By, Scope
from app.domain.conditions import State
from app.domain.errors import ErrorCode, Refusal
from app.domain.fulfilment import Report
from app.domain.happenings import EventKind
from app.domain.lifecycle import Step, Who
from app.domain.policy import TransportMode
from app.domain.policy_changes import PolicyPatch
from app.domain.records import TrackingKind
from tests.actions import taking
from tests.actions.looking import look, where
from tests.actions.taking import (
    TAKE,
    associated,
    card,
    deposited,
    land,
    partly_sent,
    received,
    request_draft,
    requested,
    send,
    sent,
    taken_back,
)
from tests.domain.build import CONTACT, one_line
from tests.market import (
    Market,
    by,
    confirmed,
    drafted,
    event_rows,
    new_account,
    new_seller,
    open_market,
    order_row,
    submitted,
)
from tests.means import TestMeans


async def refusal(doing: Awaitable[object]) -> Refusal:
    """The refusal that something ends in."""
    with pytest.raises(Refusal) as refused:
        await doing
    return refused.value


@asynccontextmanager
async def locked(market: Market, order_id: UUID) -> AsyncIterator[AsyncConnection]:
    """Somebody else holds the order for the length of the block."""
    async with market.means.engine.begin() as connection:
        await connection.execute(text("SELECT 1 FROM orders WHERE id = :order FOR UPDATE"), {"order": order_id})
        yield connection


async def waiting(market: Market, doing: Awaitable[Any]) -> asyncio.Task[Any]:
    """The task of something, once it waits for a lock."""
    task = asyncio.ensure_future(doing)
    query = text(
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.datname = current_database() WHERE NOT granted"
    )
    async with asyncio.timeout(10), market.means.engine.connect() as connection:
        while not (await connection.execute(query)).scalar():
            assert not task.done()
            await asyncio.sleep(0.005)
    return task


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


# --- idempotency ------------------------------------------------------------------------------------------------


def keyed(market: Market, given: dict[str, Any], operation: str = "orderCancel", who: Who = Who.OWNER) -> Call:
    """A call with the key that all of these tests use."""
    actor = taking.call_of(market, who).actor
    assert actor is not None
    return call_of(actor, operation, given, "the key")


async def test_a_retry_is_answered_and_nothing_done(market: Market) -> None:
    """The same key and input: the same id, no new version, no new event."""
    order_id = await deposited(market)
    call = keyed(market, {"order": str(order_id)}, "orderDispatch")
    shipment_id = await TAKE[Step.DISPATCH](market, call, order_id)
    before = await look(market, order_id)
    assert await TAKE[Step.DISPATCH](market, call, order_id) == shipment_id
    assert await look(market, order_id) == before


async def test_another_input_or_operation_under_a_key_is_refused(market: Market) -> None:
    """A key names one request; under it nothing else is done."""
    order_id = await confirmed(market)
    await orders.set_reference(market.means, keyed(market, {"reference": "A1"}, "orderSetReference"), order_id, "A1")
    before = await look(market, order_id)
    for call in (keyed(market, {"reference": "B2"}, "orderSetReference"), keyed(market, {"reference": "A1"})):
        refused = await refusal(orders.set_reference(market.means, call, order_id, "B2"))
        assert (refused.code, refused.field) == (ErrorCode.IDEMPOTENCY_KEY_REUSED, ("idempotencyKey",))
    assert await look(market, order_id) == before


async def test_keys_are_their_users_own(market: Market) -> None:
    """Two people, and two tokens of one person, may use the same word for different requests."""
    order_id = await confirmed(market)
    token = replace(market.seller.owner, token_id=market.means.mint.id())
    calls = [
        keyed(market, {"reference": "1"}),
        keyed(market, {"reference": "2"}, who=Who.SALES),
        call_of(token, "orderCancel", {"reference": "3"}, "the key"),
    ]
    for at, call in enumerate(calls):
        await orders.set_reference(market.means, call, order_id, str(at))
    assert (await order_row(market.means, order_id))["seller_reference"] == "2"


async def test_a_refused_request_leaves_its_key_free(market: Market) -> None:
    """What was refused was not done, so the same request may be sent again when its time has come."""
    order_id = await submitted(market)
    call = keyed(market, {"amend": 1}, "orderProposeAmendment")
    step = TAKE[Step.PROPOSE_AMENDMENT]
    assert (await refusal(step(market, call, order_id))).code is ErrorCode.STEP_NOT_ALLOWED
    await orders.confirm(market.means, by(market.buyer), order_id)
    await step(market, call, order_id)


async def test_a_withdrawal_is_made_once_a_key(market: Market) -> None:
    """PAY-8: the retry of a withdrawal withdraws nothing."""
    await received(market)
    call = keyed(market, {"amount": "1.00"}, "withdrawalMake", Who.FINANCE)
    made = await sellers.withdraw(market.means, call, 1_00, "USD")
    assert await sellers.withdraw(market.means, call, 1_00, "USD") == made
    async with market.means.engine.connect() as connection:
        query = text("SELECT count(*) FROM withdrawals WHERE seller_id = :seller")
        assert (await connection.execute(query, {"seller": market.seller.id})).scalar() == 1


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

    class Broken(type(market.means.mint)):  # type: ignore[misc]
        def id(self) -> UUID:
            raise OSError("no more randomness")

    broken = replace(market, means=replace(market.means, mint=Broken()))
    with pytest.raises(OSError, match="randomness"):
        await TAKE[Step.PROPOSE_AMENDMENT](broken, by(market.seller.owner), order_id)
    assert await look(market, order_id) == before
    async with asyncio.timeout(5):
        await TAKE[Step.PROPOSE_AMENDMENT](market, by(market.seller.owner), order_id)


# --- what was agreed stays --------------------------------------------------------------------------------------


async def test_later_policy_and_rates_leave_an_agreed_order_alone(fresh_engine: AsyncEngine) -> None:
    """FEE-4: fee, auto-receipt, waiting hours and quota are those of the confirmation, to the end of the order."""
    market = await open_market(TestMeans(fresh_engine))
    agreed = await confirmed(market, one_line("50000", "JPY"))
    before = await order_row(market.means, agreed)
    market.means.time.step(hours=1)
    operator = by(market.operator)
    patch = PolicyPatch(auto_receipt_days={TransportMode.AIR: 1}, transfer_waiting_hours=1, easy_dispatch_limit_usd=1)
    await policies.change(market.means, operator, patch)
    await policies.set_rate(market.means, operator, "JPY", "USD", Decimal("0.5"))
    receipt_id = await land(market, agreed, 50_000, "JPY")
    market.means.time.step(hours=2)
    await payments.associate(market.means, by(market.seller.finance), agreed, receipt_id)
    assert await event_rows(market.means, agreed, EventKind.TRANSFER_WAITING) == []
    await send(market, agreed)
    market.means.time.step(days=14)
    order_id = await fulfilment.confirm_receipt(market.means, by(market.buyer), agreed)
    after = await order_row(market.means, order_id)
    for column in ("policy_id", "usd_rate", "fee_rate", "fee_cap", "fee"):
        assert after[column] == before[column], column
    assert (after["received_by"], after["fee_charged"]) == (By.BUYER, 1_000)
    assert before["quota_occupied"] == 334_73
    refused = await refusal(submitted(market, one_line("50000", "JPY")))
    assert refused.code is ErrorCode.EXPORT_AMOUNT_LIMIT


async def test_an_amendment_is_reckoned_at_the_rates_of_the_confirmation(fresh_engine: AsyncEngine) -> None:
    """ORD-10, GUA-2, FEE-4: a changed total occupies the quota at the pinned rate."""
    market = await open_market(TestMeans(fresh_engine))
    order_id = await confirmed(market, one_line("50000", "JPY"))
    market.means.time.step(hours=1)
    await policies.set_rate(market.means, by(market.operator), "JPY", "USD", Decimal("0.0001"))
    patch = {"items": one_line("40000", "JPY")["items"]}
    await fulfilment.propose_amendment(market.means, by(market.seller.owner), order_id, patch, None)
    await fulfilment.answer_amendment(market.means, by(market.buyer), order_id, True)
    order = await order_row(market.means, order_id)
    assert (order["total"], order["quota_occupied"], order["fee"]) == (40_000, 267_78, 800)


# --- events -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("drafter", [Who.OWNER, Who.BUYER])
async def test_a_drafts_events_name_its_drafters_side_alone(market: Market, drafter: Who) -> None:
    """Section 13: nothing of a draft reaches the other side's feed until it is offered."""
    order_id = await taken_back(market, drafter)
    call = taking.call_of(market, drafter)
    await orders.edit(market.means, call, order_id, {"notes": "Changed."})
    await orders.set_reference(market.means, call, order_id, "A1")
    await card(market, order_id, 1)
    own, other = ("seller_id", "buyer_id") if drafter is Who.OWNER else ("buyer_id", "seller_id")
    shared = {EventKind.ORDER_SUBMITTED, EventKind.ORDER_REVISED}
    events = await event_rows(market.means, order_id)
    assert {event["kind"] for event in events} > shared | {EventKind.ORDER_DRAFTED, EventKind.RECEIPT_RECORDED}
    for event in events:
        assert event[own] is not None or event["kind"] in (EventKind.ORDER_DRAFTED, EventKind.BUYER_MATCHED)
        assert (event[other] is not None) == (event["kind"] in shared), event["kind"]


async def test_from_the_offer_on_events_name_both_sides(market: Market) -> None:
    """Section 13: buyer, seller and salesperson, on every event after submission."""
    order_id = await received(market)
    events = await event_rows(market.means, order_id)
    after = events[[event["kind"] for event in events].index(EventKind.ORDER_SUBMITTED) :]
    parties = {(event["buyer_id"], event["seller_id"], event["salesperson_id"]) for event in after}
    assert parties == {(market.buyer.account_id, market.seller.id, market.seller.owner.account_id)}


async def every_event(market: Market) -> None:
    """Orders on which each event of an order's life happens."""
    means, owner, buyer, operator = market.means, market.seller.owner, market.buyer, by(market.operator)
    order_id = await partly_sent(market)
    await associated(market, order_id)
    await card(market, order_id, 1, "CHF")
    await TAKE[Step.REFUND_HELD](market, operator, order_id)
    await TAKE[Step.PROPOSE_AMENDMENT](market, by(owner), order_id)
    await fulfilment.answer_amendment(means, by(buyer), order_id, False)
    await TAKE[Step.PROPOSE_AMENDMENT](market, by(owner), order_id)
    await TAKE[Step.WITHDRAW_AMENDMENT](market, by(owner), order_id)
    means.time.step(days=9)
    patch = {"dispatch_days": 30}
    await fulfilment.propose_amendment(means, by(owner), order_id, patch, "The mould broke.")
    await fulfilment.answer_amendment(means, by(buyer), order_id, True)
    await TAKE[Step.PROPOSE_AMENDMENT](market, by(owner), order_id)
    await land(market, order_id)
    means.time.step(days=3)
    await send(market, order_id)
    await TAKE[Step.CORRECT_SHIPMENT](market, by(owner), order_id)
    async with means.engine.connect() as connection:
        query = text("SELECT id FROM shipments WHERE order_id = :order")
        shipments = list((await connection.execute(query, {"order": order_id})).scalars())
    for shipment_id in shipments:
        report = Report(TrackingKind.DELIVERED, means.clock.now(), "carrier", means.mint.id().hex, "Oakland")
        await fulfilment.track(means, Call(By.TRACKING), shipment_id, report)
    for step, who in ((Step.CONFIRM_RECEIPT, Who.BUYER), (Step.REVIEW, Who.BUYER), (Step.REPLY, Who.SALES)):
        await TAKE[step](market, taking.call_of(market, who), order_id)
    await TAKE[Step.ASSIGN](market, by(owner), order_id)
    await taken_back(market, Who.OWNER)
    early = await submitted(market)
    await card(market, early, 1)
    await orders.confirm(means, by(buyer), early)
    transfer = await associated(market, early)
    await payments.undo_association(means, operator, early, transfer)
    await orders.decline(means, by(owner), await requested(market), "Too dear.")
    await orders.cancel(means, by(owner), await confirmed(market), "Ordered twice.")
    await sent(market)
    means.time.step(days=20)
    last = await sent(market)
    means.time.step(days=20)
    await refusal(orders.confirm(means, by(buyer), last))
    short = await submitted(market)
    await sellers.set_quota(means, operator, market.seller.id, 0, "Reviewed.")
    await refusal(orders.confirm(means, by(buyer), short))
    edited = await drafted(market)
    await orders.edit(means, by(owner), edited, {"phone": "+1 415 555 0199", "recipient": "Ada Buyer"})
    for who in (Who.OWNER, Who.BUYER):
        await TAKE[Step.SET_REFERENCE](market, taking.call_of(market, who), early)


async def test_no_event_carries_contact_data(market: Market) -> None:
    """Section 17: neither name, e-mail, phone nor address, in any kind of event of an order."""
    await every_event(market)
    query = text(
        "SELECT kind, to_jsonb(events)::text AS whole FROM events WHERE seller_id = :seller"
        " OR order_id IN (SELECT id FROM orders WHERE seller_id = :seller)"
    )
    async with market.means.engine.connect() as connection:
        rows = (await connection.execute(query, {"seller": market.seller.id})).all()
        names = (await connection.execute(text("SELECT name FROM accounts"))).scalars()
        secrets = [market.buyer.email, CONTACT["recipient"], CONTACT["phone"], "+1 415 555 0199", "Market Street"]
        secrets += [CONTACT["city"], CONTACT["postal_code"], *names, "A buyer"]
    for row in rows:
        assert [secret for secret in secrets if secret in row.whole] == [], row.kind
    of_sellers = {
        EventKind.WITHDRAWAL_MADE,
        EventKind.APPLICATION_SUBMITTED,
        EventKind.APPLICATION_DECIDED,
        EventKind.SERVICE_ACTIVATED,
        EventKind.POLICY_CHANGED,
        EventKind.RATE_CHANGED,
    }
    assert {kind for kind in EventKind if kind not in {row.kind for row in rows}} == of_sellers
