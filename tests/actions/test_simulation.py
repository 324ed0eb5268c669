"""Simulating and then doing gives the same figures, and a simulation leaves nothing behind."""

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import claims, fulfilment, orders, payments
from app.actions.settling import settle_due
from app.actions.simulation import Supposition, simulate
from app.db import tables as t
from app.domain.errors import ErrorCode, Refusal
from app.domain.fulfilment import Parcel, Report
from app.domain.money import Money
from app.domain.policy import PaymentMethod
from app.domain.records import TrackingKind
from app.domain.simulation import ActKind, Planned
from app.domain.trade import Trade
from tests.actions.courses import CARRIER, Story, begun, scene
from tests.actions.looking import COUNTS
from tests.actions.taking import arrival
from tests.market import PROVIDER, Market, by, order_row
from tests.means import TestMeans
from tests.sizes import size

ORDERS = size("orders that are simulated first")
FIGURES = (
    *("status", "total", "coupon", "received", "refunded", "released", "fee", "fee_cap", "fee_rate", "fee_charged"),
    *("quota_occupied", "penalty_points", "dispatch_guaranteed", "delivery_guaranteed", "delivery_failed", "usd_rate"),
    *("promised_at", "overdue_at", "delivery_overdue_at", "dispatched_at", "delivered_at", "completed_at"),
    *("first_paid_at", "fully_paid_at", "coupon_posted", "coupon_returned", "policy_id", "campaign", "closed_at"),
)


def simulated_figures(trade: Trade) -> dict[str, Any]:
    """What a simulation says."""
    figures = {name: getattr(trade.order, name) for name in FIGURES}
    clocks = sorted(
        (str(row.kind), row.about or "", row.due_at, str(row.status))
        for row in trade.deadlines
        if row.order_id == trade.order.id and row.kind not in ("TRANSFER_WAITING", "RECOVERY")
    )
    filed = [(str(claim.guarantee), claim.amount, claim.total_usd, str(claim.status)) for claim in trade.claims]
    return {**figures, "delivery_failed": list(figures["delivery_failed"]), "clocks": clocks, "claims": filed}


async def done_figures(market: Market, order_id: UUID) -> dict[str, Any]:
    """What the database says after it was done."""
    row = await order_row(market.means, order_id)
    d, c = t.deadlines.c, t.claims.c
    clocks = select(d.kind, d.about, d.due_at, d.status).where(
        d.order_id == order_id, d.kind.not_in(["TRANSFER_WAITING", "RECOVERY"])
    )
    filed = select(c.guarantee, c.amount, c.total_usd, c.status).where(c.order_id == order_id)
    async with market.means.engine.connect() as connection:
        told = sorted((row.kind, row.about or "", row.due_at, row.status) for row in await connection.execute(clocks))
        claimed = [tuple(row) for row in await connection.execute(filed)]
    figures = {name: row[name] for name in FIGURES}
    return {**figures, "delivery_failed": list(row["delivery_failed"]), "clocks": told, "claims": claimed}


async def do(story: Story, planned: Planned) -> None:
    """The same act through its action."""
    market, order_id = story.market, story.order_id
    means, owner, buyer = market.means, by(market.seller.owner), by(market.buyer)
    if planned.kind is ActKind.SUBMITTED:
        await orders.submit(means, owner, order_id)
    elif planned.kind is ActKind.CONFIRMED:
        await orders.confirm(means, buyer, order_id, story.coupon_id)
    elif planned.kind is ActKind.PAID:
        assert planned.amount is not None
        coming = arrival(market, PaymentMethod.VISA, planned.amount.minor, planned.amount.currency)
        await payments.arrive(means, PROVIDER, order_id, coming)
    elif planned.kind is ActKind.DISPATCHED:
        await fulfilment.dispatch(means, owner, order_id, Parcel("DHL", "JD1"))
    elif planned.kind is ActKind.DELIVERED:
        await _deliver(story)
    elif planned.kind is ActKind.RECEIVED:
        await fulfilment.confirm_receipt(means, buyer, order_id)
    elif planned.kind is ActKind.CLAIM_FILED:
        await claims.file(means, buyer, order_id, planned.guarantee, None)


async def _deliver(story: Story) -> None:
    s = t.shipments.c
    query = select(s.id).where(s.order_id == story.order_id, s.delivered_at.is_(None)).order_by(s.position)
    async with story.market.means.engine.connect() as connection:
        under_way = list((await connection.execute(query)).scalars())
    if not under_way:
        raise Refusal(ErrorCode.STEP_NOT_ALLOWED, "Nothing is on its way.")
    for shipment_id in under_way:
        now = story.market.means.clock.now()
        said = Report(TrackingKind.DELIVERED, now, "carrier", story.market.means.mint.id().hex)
        await fulfilment.track(story.market.means, CARRIER, shipment_id, said)


ONWARD = (
    *(ActKind.CONFIRMED, ActKind.PAID, ActKind.DISPATCHED, ActKind.CLAIM_FILED, ActKind.DELIVERED),
    *(ActKind.RECEIVED, ActKind.CLAIM_FILED),
)
ONWARD_FROM = {"PENDING_CONFIRMATION": 0, "PENDING_PAYMENT": 1, "PENDING_DISPATCH": 2, "PARTIALLY_DISPATCHED": 2}


async def plan(story: Story) -> tuple[Planned, ...]:
    """Random acts from now on, more often ones that lead on, days or weeks apart."""
    rng, at = story.rng, story.market.means.clock.now()
    row = await order_row(story.market.means, story.order_id)
    onward = list(ONWARD[ONWARD_FROM.get(row["status"], 3) :])
    acts = []
    for _ in range(rng.randint(1, 8)):
        at += timedelta(seconds=rng.choice([0, 1, 3_600, 86_400, 9 * 86_400, 20 * 86_400, 31 * 86_400]))
        kind = onward.pop(0) if onward and rng.random() < 0.7 else rng.choice(list(ActKind))
        amount = Money(rng.choice([1, row["total"] // 2 or 1, *[row["total"]] * 4, row["total"] + 5]), row["currency"])
        acts.append(Planned(kind, at, amount if kind is ActKind.PAID else None))
    return tuple(acts)


async def _rows(market: Market) -> dict[str, int]:
    async with market.means.engine.connect() as connection:
        return {row.name: row.rows for row in await connection.execute(COUNTS)}


async def test_simulating_and_then_doing_give_equal_figures(fresh_engine: AsyncEngine) -> None:
    """Every figure after every act, and the same refusals, as when it is done at the same instants."""
    seen: Counter[str] = Counter()
    for number in range(ORDERS):
        rng = Random(number)
        story = await begun(await scene(TestMeans(fresh_engine)), rng)
        for _ in range(rng.choice([0, 0, 0, 1, 2, 4, 6, 9])):
            await story.step()
        market = story.market
        acts = await plan(story)
        before = await _rows(market)
        asked = Supposition(story.order_id, {}, story.coupon_id, acts)
        foretold = await simulate(market.means, rng.choice([market.buyer, market.operator]), asked)
        assert await _rows(market) == before
        while (await settle_due(market.means)).settled:
            pass
        assert simulated_figures(foretold[0].trade) == await done_figures(market, story.order_id)
        for stood in foretold[1:]:
            assert stood.planned is not None
            market.means.time.at = stood.at
            code = None
            try:
                await do(story, stood.planned)
            except Refusal as refused:
                code = refused.code
            while (await settle_due(market.means)).settled:
                pass
            assert (number, None if stood.refusal is None else stood.refusal.code) == (number, code)
            assert simulated_figures(stood.trade) == await done_figures(market, story.order_id), number
            seen[f"{stood.planned.kind} {'refused' if code else 'done'}"] += 1
    assert set(seen) >= {f"{kind} done" for kind in set(ActKind) - {ActKind.SUBMITTED}}, seen
    assert set(seen) >= {"CONFIRMED refused", "DISPATCHED refused", "CLAIM_FILED refused"}, seen
