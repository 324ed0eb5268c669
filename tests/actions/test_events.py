"""Events of orders: whose feeds they reach, and that they carry no contact data (sections 13 and 17)."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import claims, consignments, desk, fulfilment, orders, payments, sellers
from app.actions.work import Call
from app.domain.access import By
from app.domain.contract import Line
from app.domain.fulfilment import Report
from app.domain.goods import AttachmentPurpose
from app.domain.happenings import EventKind
from app.domain.lifecycle import Step, Who
from app.domain.policy import ExportMethod
from app.domain.records import TrackingKind
from app.domain.remedies import ClaimRejection
from tests.actions import promising, taking
from tests.actions.looking import refusal
from tests.actions.shelf import new_lane, new_product
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
from tests.domain.build import CONTACT, one_line
from tests.market import (
    Market,
    by,
    confirmed,
    drafted,
    event_rows,
    open_market,
    order_row,
    paid,
    submitted,
    uploaded,
)
from tests.means import TestMeans


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
    milestone = await fulfilment.add_milestone(means, by(owner), order_id, means.clock.now().date(), "Packed.", [])
    await fulfilment.take_milestone_back(means, by(owner), order_id, milestone)
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
    await TAKE[Step.LABEL](market, by(owner), order_id)
    await TAKE[Step.SET_LEAD_SOURCE](market, by(owner), order_id)
    await desk.remove_note(means, by(owner), order_id, await desk.add_note(means, by(owner), order_id, "Mondays."))
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


async def every_promise(market: Market) -> None:
    """A broken promise of dispatch with all that follows, its coupon's life at another seller's, and its waiver."""
    means, operator = market.means, by(market.operator)
    late = await promising.overdue(market)
    claim_id = await promising.claim(market, late)
    await promising.approve(market, claim_id)
    await TAKE[Step.UNDO_CLAIM_DECISION](market, operator, late)
    coupon_id = await promising.approve(market, claim_id)
    other = await promising.elsewhere(market)
    user = await promising.use(other, coupon_id)
    await promising.sweep(market)
    await promising.receive(market, late)
    await promising.refund(other, user)
    await promising.sweep(market)
    await promising.receive(market, await promising.overdue(market))
    means.time.step(days=76)
    await promising.sweep(market)
    means.time.step(days=10)
    await promising.sweep(market)
    waived = await promising.overdue(market)
    for step in (Step.WAIVE, Step.WITHDRAW_WAIVER, Step.CORRECT_LEDGER):
        await TAKE[step](market, operator, waived)
    refused = await promising.claim(market, waived)
    await claims.decide(means, operator, refused, False, ClaimRejection.OTHER, "It was sent in time.", None)
    await promised_delivery(market)


async def promised_delivery(market: Market) -> None:
    """A delivery that is late until the carrier says that it was not."""
    lane_id = await new_lane(market)
    line = Line("", Decimal(3), "", product_id=await new_product(market, lane_id))
    by_lane: dict[str, Any] = {"items": (line,), "lane_id": lane_id, "carrier": None, "transport_mode": None}
    written = one_line("551.23", export_method=ExportMethod.SELF_OPERATED, dispatch_days=3, **by_lane)
    order_id = await paid(market, written)
    shipment_id = await send(market, order_id)
    due = (await order_row(market.means, order_id))["promised_at"]
    market.means.time.step(days=40)
    await promising.sweep(market)
    said = Report(TrackingKind.DELIVERED, due, "carrier", market.means.mint.id().hex)
    await fulfilment.track(market.means, Call(By.TRACKING), shipment_id, said)


async def every_argument(market: Market) -> None:
    """A dispute from its first word to its undone decision, and the papers that go with an order."""
    means, owner = market.means, market.seller.owner
    order_id = await sent(market)
    for step, who in (
        (Step.OPEN_DISPUTE, Who.BUYER),
        (Step.ANSWER_DISPUTE, Who.SALES),
        (Step.ESCALATE_DISPUTE, Who.BUYER),
        (Step.DECIDE_DISPUTE, Who.OPERATOR),
        (Step.REOPEN_DISPUTE, Who.OPERATOR),
    ):
        await TAKE[step](market, taking.call_of(market, who), order_id)
    await uploaded(means, market.buyer, AttachmentPurpose.EVIDENCE)
    await TAKE[Step.ATTACH_EVIDENCE](market, by(market.buyer), order_id)
    await TAKE[Step.LINK_CONSIGNMENT](market, by(owner), order_id)
    async with means.engine.connect() as connection:
        query = text("SELECT id FROM consignments WHERE order_id = :order")
        consignment_id = (await connection.execute(query, {"order": order_id})).scalar_one()
    await consignments.unlink(means, by(owner), order_id, consignment_id)
    contract_draft = await drafted(market)
    for _ in range(2):
        file_id = await uploaded(means, owner, AttachmentPurpose.CONTRACT)
        await orders.edit(means, by(owner), contract_draft, {"contract_file_id": file_id})
    await orders.delete_draft(means, by(owner), contract_draft)


async def test_no_event_carries_contact_data(fresh_engine: AsyncEngine) -> None:
    """Section 17: neither name, e-mail, phone nor address, in any kind of event of an order or a coupon."""
    market = await open_market(TestMeans(fresh_engine))
    await every_promise(market)
    await every_argument(market)
    await every_event(market)
    query = text("SELECT kind, to_jsonb(events)::text AS whole FROM events")
    async with market.means.engine.connect() as connection:
        rows = (await connection.execute(query)).all()
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
        EventKind.ENROLMENT_JOINED,
        EventKind.ENROLMENT_LEFT,
        EventKind.ENROLMENT_EXIT_ALLOWED,
        EventKind.ENROLMENT_REJOIN_ALLOWED,
        EventKind.SHEET_CHANGED,
        EventKind.MEMBER_REMOVED,
        EventKind.DESK_SETTINGS_CHANGED,
        EventKind.ACCESS_TOKEN_CHANGED,
        EventKind.WEBHOOK_CHANGED,
        EventKind.WEBHOOK_UNHEALTHY,
    }
    assert {kind for kind in EventKind if kind not in {row.kind for row in rows}} == of_sellers
