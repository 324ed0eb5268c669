"""One order of each kind, made through the product's own actions: what the bulk of the orders is copied from."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.actions import fulfilment, orders, work
from app.actions.work import Call
from app.db import tables as t
from app.domain.access import By
from app.domain.fulfilment import Parcel, Report
from app.domain.records import PaymentTerms, TrackingKind
from tests.domain.build import line, terms
from tests.market import Market, by, confirmed, drafted, open_market, pay, submitted
from tests.means import StepClock, TestMeans

SELLER = "Seller of the examples"
ROOMY = 10**12  # USD cents of quota, so that no number of orders fills it
AFAR = datetime(2100, 3, 1, 17, tzinfo=UTC)  # the examples' own deadlines never run out

Written = Mapping[str, Any]
Make = Callable[[Market, Written], Awaitable[UUID]]


@dataclass(frozen=True, slots=True)
class Example:
    """A kind of order: how one is made, and its share among old orders, among recent ones and among those due."""

    name: str
    make: Make
    old: int = 0
    recent: int = 0
    due: str | None = None
    currency: str = "USD"
    full: bool = False


def written(example: Example) -> Written:
    """A contract of three lines, paid at once or in two instalments; its notes name the example."""
    known = terms(example.currency, notes=example.name)
    more = line("3", "40", packaging="Bags of 10", remark="Logo on the back.", minimum_quantity=Decimal(10))
    once: Written = {"payment_terms": PaymentTerms.FULL, "deposit": None} if example.full else {}
    return {**known, "items": (*known["items"], more), **once}


async def later(market: Market, order_id: UUID, **ahead: float) -> UUID:
    """Let time pass, and the order's deadlines with it."""
    market.means.time.step(**ahead)
    return await work.on_order(market.means, Call(By.TIME), order_id, lambda trade, act: trade)


async def deposited(market: Market, given: Written) -> UUID:
    """The first instalment is in."""
    order_id = await confirmed(market, given)
    market.means.time.step(hours=3)
    await pay(market, order_id)
    return order_id


async def cancelled(market: Market, given: Written) -> UUID:
    """Called off by the buyer before any money."""
    order_id = await confirmed(market, given)
    market.means.time.step(hours=20)
    return await orders.cancel(market.means, by(market.buyer), order_id, "Ordered twice.")


async def paid(market: Market, given: Written) -> UUID:
    """Every instalment is in, and a day later nothing is dispatched."""
    order_id = await deposited(market, given)
    if given["payment_terms"] is not PaymentTerms.FULL:
        await pay(market, order_id)
    return await later(market, order_id, days=1)


async def partly(market: Market, given: Written) -> UUID:
    """Some of the first line is on its way."""
    order_id = await paid(market, given)
    items = select(t.items.c.id).where(t.items.c.order_id == order_id, t.items.c.position == 0)
    async with market.means.engine.connect() as connection:
        item = (await connection.execute(items)).scalar_one()
    parcel = Parcel("DHL", "JD014600003", quantities={item: Decimal(2)})
    await fulfilment.dispatch(market.means, by(market.seller.sales), order_id, parcel)
    return order_id


async def announced(market: Market, given: Written) -> UUID:
    """Paid, and the approach of the dispatch deadline was announced."""
    return await later(market, await paid(market, given), days=5, hours=20)


async def overdue(market: Market, given: Written) -> UUID:
    """Paid, and not dispatched in time."""
    return await later(market, await paid(market, given), days=9)


async def _send(market: Market, order_id: UUID) -> UUID:
    market.means.time.step(hours=5)
    parcel = Parcel("DHL", "JD014600004", external_reference="WH-7")
    shipment = await fulfilment.dispatch(market.means, by(market.seller.sales), order_id, parcel)
    for hours, kind, place in ((4, TrackingKind.PICKED_UP, "Ningbo"), (30, TrackingKind.CUSTOMS_CLEARED, "Oakland")):
        market.means.time.step(hours=hours)
        report = Report(kind, market.means.clock.now(), "carrier", f"scan-{hours}", place, "As scanned.")
        await fulfilment.track(market.means, Call(By.TRACKING), shipment, report)
    return order_id


async def dispatched(market: Market, given: Written) -> UUID:
    """Everything on its way, with two tracking events."""
    return await _send(market, await paid(market, given))


async def dispatched_late(market: Market, given: Written) -> UUID:
    """Everything on its way, after the deadline."""
    return await _send(market, await overdue(market, given))


async def arriving(market: Market, given: Written) -> UUID:
    """Dispatched, and the approach of the automatic receipt was announced."""
    return await later(market, await dispatched(market, given), days=13)


async def received(market: Market, given: Written) -> UUID:
    """The buyer has confirmed receipt, and the money is released."""
    order_id = await later(market, await dispatched(market, given), days=6)
    return await fulfilment.confirm_receipt(market.means, by(market.buyer), order_id)


async def received_automatically(market: Market, given: Written) -> UUID:
    """Nobody said otherwise in time: received automatically."""
    return await later(market, await dispatched(market, given), days=16)


async def reviewed(market: Market, given: Written) -> UUID:
    """Received, reviewed and replied to."""
    order_id = await received(market, given)
    market.means.time.step(days=1)
    await fulfilment.review(market.means, by(market.buyer), order_id, 5, 4, 5, "Exactly as ordered.")
    return await fulfilment.reply(market.means, by(market.seller.sales), order_id, "Thank you, until next time.")


EXAMPLES = (
    Example("draft", drafted, recent=6),
    Example("offer", submitted, recent=9),
    Example("agreed", confirmed, recent=11),
    Example("agreed in EUR", confirmed, recent=3, currency="EUR"),
    Example("deposit in", deposited, recent=12),
    Example("paid", paid, recent=12, full=True),
    Example("partly dispatched", partly, recent=5),
    Example("overdue", overdue, recent=4),
    Example("dispatched", dispatched, recent=14),
    Example("dispatched in JPY", dispatched, recent=4, currency="JPY", full=True),
    Example("dispatched late", dispatched_late, recent=2),
    Example("received", received, old=35, recent=8),
    Example("received in KWD", received, old=8, recent=2, currency="KWD"),
    Example("received automatically", received_automatically, old=22, recent=3),
    Example("reviewed", reviewed, old=20, recent=3),
    Example("cancelled", cancelled, old=15, recent=2),
    Example("dispatch due", announced, due="DISPATCH"),
    Example("receipt due", arriving, due="AUTO_RECEIPT"),
)


async def make(means: TestMeans) -> dict[str, UUID]:
    """Make every example in a market of its own; their ids by name."""
    market = await open_market(means, name=SELLER, quota_limit=ROOMY)
    made = {}
    for example in EXAMPLES:
        apart = replace(market, means=replace(means, clock=StepClock(AFAR)))
        made[example.name] = await example.make(apart, written(example))
    return made
