"""The promise of delivery in the database: kept, broken by a sweep, cleared by late tracking, moved by an amendment."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import fulfilment, orders, settling
from app.actions.work import Call
from app.db import tables as t
from app.domain.access import By
from app.domain.contract import Line
from app.domain.fulfilment import Parcel, Report
from app.domain.policy import ExportMethod
from app.domain.records import TrackingKind
from tests.actions.shelf import new_lane, new_product
from tests.domain.build import one_line
from tests.market import Market, by, confirmed, event_rows, open_market, order_row, paid
from tests.means import TestMeans

SECOND = timedelta(seconds=1)
CARRIER = Call(By.TRACKING)


@pytest.fixture
async def market(fresh_engine: AsyncEngine) -> Market:
    """A market of this test alone, whose seller has joined long ago."""
    made = await open_market(TestMeans(fresh_engine))
    joined = made.means.clock.now() - timedelta(days=100)
    async with made.means.engine.begin() as connection:
        mine = t.sellers.c.id == made.seller.id
        await connection.execute(update(t.sellers).where(mine).values(enrolled_at=joined))
    return made


async def promised(market: Market, *others: UUID) -> UUID:
    """A paid order of ready goods by a guaranteed lane of their template, which holds the others, too."""
    lane_id = await new_lane(market)
    product_id = await new_product(market, lane_id, *others)
    terms: dict[str, Any] = one_line("551.23", export_method=ExportMethod.SELF_OPERATED, dispatch_days=3)
    line = Line("", terms["items"][0].quantity * 3, "", product_id=product_id)
    written = {**terms, "items": (line,), "lane_id": lane_id, "carrier": None, "transport_mode": None}
    return await paid(market, written)


async def clocks(market: Market, order_id: UUID, kind: str) -> list[str]:
    """What became of the deadlines of a kind."""
    d = t.deadlines.c
    query = select(d.status).where(d.order_id == order_id, d.kind == kind).order_by(d.id)
    async with market.means.engine.connect() as connection:
        return list((await connection.execute(query)).scalars())


async def sent(market: Market, order_id: UUID) -> UUID:
    """Everything leaves; the shipment."""
    return await fulfilment.dispatch(market.means, by(market.seller.owner), order_id, Parcel("DHL", "JD 1"))


async def test_a_sweep_breaks_the_promise_once(market: Market) -> None:
    """DLV-5, section 14: a second after the promised date, however often somebody looks; before it, nothing."""
    order_id = await promised(market)
    await sent(market, order_id)
    row = await order_row(market.means, order_id)
    assert (row["delivery_guaranteed"], row["delivery_failed"]) == (True, [])
    due = row["promised_at"]
    market.means.time.at = due
    await settling.settle_due(market.means)
    assert (await order_row(market.means, order_id))["delivery_overdue_at"] is None
    market.means.time.at = due + SECOND
    for _ in range(3):
        await settling.settle_due(market.means)
    (raised,) = await event_rows(market.means, order_id, "DELIVERY_OVERDUE_RAISED")
    assert (raised["by"], raised["at"], raised["due_at"]) == ("TIME", due + SECOND, due)
    assert (await order_row(market.means, order_id))["delivery_overdue_at"] == due
    assert await clocks(market, order_id, "DELIVERY") == ["LAPSED"]
    assert await clocks(market, order_id, "CLAIM_DELIVERY_CLOSE") == ["RUNNING"]


async def test_tracking_that_comes_late(market: Market) -> None:
    """DLV-5: a report of a delivery in time clears the flag, also when the order was received automatically since."""
    order_id = await promised(market)
    shipment_id = await sent(market, order_id)
    due = (await order_row(market.means, order_id))["promised_at"]
    market.means.time.at = due + timedelta(days=20)
    await settling.settle_due(market.means)
    row = await order_row(market.means, order_id)
    assert (row["status"], row["received_by"], row["delivery_overdue_at"]) == ("COMPLETED", "TIME", due)
    said = Report(TrackingKind.DELIVERED, due, "carrier", "1")
    await fulfilment.track(market.means, CARRIER, shipment_id, said)
    row = await order_row(market.means, order_id)
    assert (row["delivered_at"], row["delivery_overdue_at"]) == (due, None)
    assert await clocks(market, order_id, "DELIVERY") == ["MET"]
    assert await clocks(market, order_id, "CLAIM_DELIVERY_CLOSE") == ["VOID"]
    taken_back = Report(TrackingKind.EXCEPTION, due, "carrier", "2", corrects="1")
    await fulfilment.track(market.means, CARRIER, shipment_id, taken_back)
    await settling.settle_due(market.means)
    assert (await order_row(market.means, order_id))["delivery_overdue_at"] == due
    assert await clocks(market, order_id, "CLAIM_DELIVERY_CLOSE") == ["VOID", "RUNNING"]


async def test_a_lane_proposed_and_confirmed(market: Market) -> None:
    """ORD-10, DLV-4: the lane that an open amendment names is known again when the buyer answers."""
    slow = await new_lane(market, max_days=20, guaranteed=False, name="Slow")
    order_id = await promised(market, slow)
    before = (await order_row(market.means, order_id))["promised_at"]
    owner = by(market.seller.owner)
    await fulfilment.propose_amendment(market.means, owner, order_id, {"lane_id": slow}, None)
    await fulfilment.answer_amendment(market.means, by(market.buyer), order_id, True)
    row = await order_row(market.means, order_id)
    assert (row["lane_id"], row["lane"], row["transit_max"], row["delivery_guaranteed"]) == (
        slow,
        "Slow",
        20,
        True,
    )
    assert row["promised_at"] > before
    assert await clocks(market, order_id, "DELIVERY") == ["MOVED", "RUNNING"]


async def test_a_draft_that_names_a_lane(market: Market) -> None:
    """ORD-3: written and changed by the draft's own steps, and read back with it."""
    first, second = await new_lane(market, name="First"), await new_lane(market, name="Second")
    written = {**one_line("10.00"), "email": market.buyer.email, "lane_id": first, "carrier": None}
    order_id = await orders.draft(market.means, by(market.seller.owner), written, None)
    assert (await order_row(market.means, order_id))["lane"] == "First"
    await orders.edit(market.means, by(market.seller.owner), order_id, {"lane_id": second})
    row = await order_row(market.means, order_id)
    assert (row["lane_id"], row["lane"]) == (second, "Second")


async def test_products_that_an_amendment_proposes(market: Market) -> None:
    """DLV-3, ORD-10: they are known again when the buyer answers, and what failed for want of them is judged anew."""
    lane_id = await new_lane(market)
    product_id = await new_product(market, lane_id)
    terms = one_line("10.00", export_method=ExportMethod.SELF_OPERATED, dispatch_days=3)
    order_id = await confirmed(market, {**terms, "lane_id": lane_id, "carrier": None, "transport_mode": None})
    assert (await order_row(market.means, order_id))["delivery_failed"] == ["READY_TO_SHIP"]
    line = Line("", terms["items"][0].quantity * 3, "", product_id=product_id)
    await fulfilment.propose_amendment(market.means, by(market.seller.owner), order_id, {"items": (line,)}, None)
    await fulfilment.answer_amendment(market.means, by(market.buyer), order_id, True)
    row = await order_row(market.means, order_id)
    assert (row["delivery_guaranteed"], row["delivery_failed"]) == (True, [])
