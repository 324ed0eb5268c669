"""Events of orders: whose feeds they reach, and that they carry no contact data (sections 13 and 17)."""

import pytest
from sqlalchemy import text

from app.actions import fulfilment, orders, payments, sellers
from app.actions.work import Call
from app.domain.access import By
from app.domain.fulfilment import Report
from app.domain.happenings import EventKind
from app.domain.lifecycle import Step, Who
from app.domain.records import TrackingKind
from tests.actions import taking
from tests.actions.looking import refusal
from tests.actions.taking import (
    TAKE,
    associated,
    card,
    land,
    partly_sent,
    received,
    requested,
    send,
    sent,
    taken_back,
)
from tests.domain.build import CONTACT
from tests.market import (
    Market,
    by,
    confirmed,
    drafted,
    event_rows,
    submitted,
)


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
        EventKind.CLOCK_MOVED,
    }
    assert {kind for kind in EventKind if kind not in {row.kind for row in rows}} == of_sellers
