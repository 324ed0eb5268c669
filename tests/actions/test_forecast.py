"""What is forecast is what happens, instant for instant, unless a named condition came first (section 14)."""

from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions.coupons import settle_due_coupons
from app.actions.settling import settle_due
from app.db import tables as t
from app.db import trades
from app.db.engine import Pool
from app.domain import claims, forecast
from app.domain.access import Actor, By
from app.domain.calendar import SECOND
from app.domain.cancelling import Cancelling
from app.domain.claimable import facts_of, verdicts
from app.domain.errors import Refusal
from app.domain.forecast import Transition
from app.domain.money import Money
from app.domain.records import DeadlineKind
from app.domain.remedies import Guarantee
from app.domain.stakes import Stake, StakeKind
from app.domain.trade import Act, Trade
from app.graphql.schema import schema
from app.reads import Reader
from tests.actions.courses import Story, begun, scene
from tests.domain.build import MINT
from tests.market import Market, event_rows, order_row
from tests.means import TestMeans
from tests.sizes import size
from tests.test_statements import Context

ORDERS = size("orders whose future is told")
MICROSECOND = timedelta(microseconds=1)
# What time tells when a clock lapses, and by nothing else
LAPSES = {str(kind) for kind in forecast.EVENTS.values()} - {"ORDER_CLOSED", "DISPUTE_ESCALATED"}
NEXT = """query Next($id: ID!) { node(id: $id) { ... on Order { whatHappensNext {
  clock about at secondsLeft follows rule policyVersion event cancelledBy atStake { kind whom amount { amount } points }
} } } }"""


async def sweep(market: Market) -> None:
    """All that is due is settled, what it causes elsewhere too."""
    passed: set[UUID] = set()
    while (await settle_due(market.means, passed_over=passed)).settled:
        assert not passed
    while (await settle_due_coupons(market.means, passed_over=passed)).settled:
        assert not passed


async def looked_at(market: Market, order_id: UUID) -> Trade:
    """The order as the database has it."""
    async with market.means.engine.connect() as connection:
        return (await trades.load(connection, [order_id], market.means.clock.now(), locked=False))[0]


async def told(market: Market, reader: Reader, order_id: UUID, actor: Actor) -> list[dict[str, Any]]:
    """What somebody is told of the future."""
    context = Context(actor.viewer, market.means.clock.now(), reader)
    answer = await schema.execute(NEXT, {"id": f"ord_{order_id.hex}"}, context)
    assert answer.errors is None
    assert answer.data is not None
    found: list[dict[str, Any]] = answer.data["node"]["whatHappensNext"]
    return found


def key(each: Transition) -> tuple[Any, ...]:
    """What is told of a transition apart from what it costs."""
    return (each.at, str(each.event), str(each.clock.about if each.clock.kind is DeadlineKind.APPROACH else ""))


def happened(row: RowMapping) -> tuple[Any, ...]:
    """The same, of an event."""
    facts = {fact["name"]: fact["value"] for fact in row["data"]["facts"]}
    return (row["at"], row["kind"], facts.get("deadline", "") if row["kind"] == "DEADLINE_APPROACHING" else "")


async def collected(market: Market) -> int:
    """All that was ever collected from the seller."""
    r = t.recoveries.c
    query = select(func.coalesce(func.sum(r.collected), 0)).where(r.seller_id == market.seller.id)
    async with market.means.engine.connect() as connection:
        return int((await connection.execute(query)).scalar_one())


async def coupon_status(market: Market, coupon_id: UUID | None) -> str | None:
    """Where a coupon stands."""
    async with market.means.engine.connect() as connection:
        return (await connection.execute(select(t.coupons.c.status).where(t.coupons.c.id == coupon_id))).scalar()


async def watch(story: Story, reader: Reader, seen: Counter[str]) -> None:
    """The clock goes past each instant forecast, and nobody acts."""
    market, order_id = story.market, story.order_id
    clock = market.means.time
    ahead = [each for each in _forecast(await looked_at(market, order_id), clock.now()) if each.at is not None]
    for at in sorted({each.at for each in ahead if each.at is not None}):
        now = [each for each in ahead if each.at == at]
        clock.at = at - MICROSECOND
        before, rows = await _look(market, order_id), len(await event_rows(market.means, order_id))
        await sweep(market)
        assert len(await event_rows(market.means, order_id)) == rows
        clock.at = at
        unswept = await told(market, reader, order_id, market.operator)
        await sweep(market)
        assert await told(market, reader, order_id, market.operator) == unswept
        fresh = (await event_rows(market.means, order_id))[rows:]
        expected = {key(each) for each in now}
        assert {happened(row) for row in fresh if row["kind"] in LAPSES | {str(each.event) for each in now}} == expected
        for each in now:
            seen[str(each.clock.kind)] += 1
            await _check_stakes(story, each, before, await _look(market, order_id), seen)


async def _look(market: Market, order_id: UUID) -> dict[str, Any]:
    row = dict(await order_row(market.means, order_id))
    return {**row, "collected": await collected(market)}


def _forecast(trade: Trade, now: datetime) -> tuple[Transition, ...]:
    return forecast.forecast(forecast.course_of(trade), now)


async def _check_stakes(
    story: Story, each: Transition, before: dict[str, Any], after: dict[str, Any], seen: Counter[str]
) -> None:
    """What was said to be at stake is what it cost, each figure read from the rows."""
    stakes = {stake.kind: stake for stake in each.stakes}
    seen.update(str(kind) for kind in stakes)
    amounts = {kind: 0 if stake.amount is None else stake.amount.minor for kind, stake in stakes.items()}
    if each.clock.kind is DeadlineKind.DISPATCH:
        points = stakes[StakeKind.PENALTY_POINTS].points if StakeKind.PENALTY_POINTS in stakes else 0
        assert after["penalty_points"] == points
    if each.clock.kind is DeadlineKind.AUTO_RECEIPT:
        assert after["released"] - before["released"] == amounts.get(StakeKind.RELEASE, 0)
        assert after["fee_charged"] - before["fee_charged"] == amounts.get(StakeKind.FEE, 0)
        assert after["collected"] - before["collected"] == amounts.get(StakeKind.RECOVERY, 0)
    if each.clock.kind is DeadlineKind.UNPAID_DISCOUNT:
        assert after["refunded"] - before["refunded"] == amounts.get(StakeKind.REFUND, 0)
        status = {StakeKind.COUPON_RETURNED: "AVAILABLE", StakeKind.COUPON_LOST: "EXPIRED"}
        for kind in status.keys() & stakes:
            assert await coupon_status(story.market, story.coupon_id) == status[kind]
            assert amounts[kind] == before["coupon"]
    if each.clock.kind is DeadlineKind.PROTECTION_END:
        assert amounts.get(StakeKind.REFUND_RIGHT_LOST, 0) == after["received"] - after["refunded"]
    if each.clock.kind in CLAIMS:
        await _check_claim(story, each, stakes)


CLAIMS = {
    DeadlineKind.DISPATCH: (Guarantee.ON_TIME_DISPATCH, StakeKind.COMPENSATION),
    DeadlineKind.DELIVERY: (Guarantee.ON_TIME_DELIVERY, StakeKind.COMPENSATION),
    DeadlineKind.CLAIM_DISPATCH_CLOSE: (Guarantee.ON_TIME_DISPATCH, StakeKind.CLAIM_LOST),
    DeadlineKind.CLAIM_DELIVERY_CLOSE: (Guarantee.ON_TIME_DELIVERY, StakeKind.CLAIM_LOST),
}


async def _check_claim(story: Story, each: Transition, stakes: dict[StakeKind, Stake]) -> None:
    """What can be claimed, or no more, brings what was told, and would be borne by whom was told (CLM-5, CLM-7)."""
    assert each.at is not None
    guarantee, kind = CLAIMS[each.clock.kind]
    trade = await looked_at(story.market, story.order_id)
    open_at = {
        at: any(v.open for v in verdicts(facts_of(trade), at) if v.guarantee is guarantee)
        for at in (each.at - SECOND, each.at)
    }
    opens = kind is StakeKind.COMPENSATION
    assert open_at == {each.at - SECOND: kind in stakes and not opens, each.at: kind in stakes and opens}
    if kind not in stakes:
        return
    amount = claims.amount_of(trade)[0]
    assert stakes[kind].amount == Money(amount, "USD")
    if opens:
        buyer, operator = Act(By.BUYER, each.at, MINT, story.market.buyer), Act(By.OPERATOR, each.at, MINT)
        filed = claims.file(trade, buyer, guarantee, None)
        decided = filed if trade.policy.conclusive_claims else claims.decide(filed, operator, True, None, "Late.", None)
        assert str(decided.claims[0].liability) == str(stakes[kind].whom)


# What chance seldom does: a coupon used and not yet recovered, one never paid for, money that came in part
DIRECT = (["confirm", "pay", "pay", "pay", "send"], ["confirm"], ["confirm", "part"], ["confirm", "land"])


async def test_what_is_forecast_happens(engine: AsyncEngine, pool: Pool) -> None:
    """Nobody acts: each event comes at its instant and not before, at the cost told; sweeps change no answer."""
    seen: Counter[str] = Counter()
    for number in range(ORDERS):
        rng = Random(number)
        story = await begun(await scene(TestMeans(engine)), rng, discounted=True if number < len(DIRECT) else None)
        for way in DIRECT[number] if number < len(DIRECT) else ():
            await getattr(story, way)()
            await sweep(story.market)
        for _ in range(0 if number < len(DIRECT) else rng.randint(1, 12)):
            await story.step()
        await sweep(story.market)
        await watch(story, Reader(pool), seen)
    assert set(seen) >= {"DISPATCH", "DELIVERY", "AUTO_RECEIPT", "PROTECTION_END", "APPROACH", "UNPAID_DISCOUNT"}, seen
    assert set(seen) >= {"CLAIM_DISPATCH_CLOSE", "CLAIM_DELIVERY_CLOSE", "DISPUTE_SILENCE"}, seen
    assert set(seen) >= {"COMPENSATION", "PENALTY_POINTS", "RELEASE", "FEE", "CLAIM_LOST", "REFUND_RIGHT_LOST"}, seen
    assert set(seen) >= {"RECOVERY", "REFUND", "COUPON_RETURNED"}, seen


CANCELS: dict[Cancelling, set[str]] = {
    Cancelling.DISPATCHED_IN_FULL: {"GOODS_DISPATCHED"},
    Cancelling.DELIVERED: {"GOODS_DELIVERED"},
    Cancelling.TERMS_AMENDED: {"AMENDMENT_CONFIRMED"},
    Cancelling.MONEY_TAKEN_BACK: {"ASSOCIATION_UNDONE"},
    Cancelling.RECEIPT_CONFIRMED: {"RECEIPT_CONFIRMED"},
    Cancelling.DISPUTE_OPENED: {"DISPUTE_OPENED"},
    Cancelling.DISPUTE_ANSWERED: {"DISPUTE_ANSWERED"},
    Cancelling.DISPUTE_ENDED: {"DISPUTE_RESOLVED", "DISPUTE_ESCALATED"},
    Cancelling.CLAIM_FILED: {"CLAIM_FILED"},
    Cancelling.FIRST_INSTALMENT_COMPLETE: {"INSTALMENT_COMPLETED"},
    Cancelling.FULLY_PAID: {"INSTALMENT_COMPLETED"},
    Cancelling.TRANSFER_LANDED: {"TRANSFER_LANDED"},
    Cancelling.TRANSFER_DEALT_WITH: {"FUNDS_ASSOCIATED", "HELD_REFUNDED"},
    Cancelling.ORDER_CLOSED: {"ORDER_CANCELLED", "ORDER_CLOSED"},
}


def _cancelled(each: Transition, rows: list[RowMapping]) -> bool:
    kinds = {kind for condition in each.cancelled_by for kind in CANCELS[condition]}
    return any(
        row["kind"] in kinds
        and (row["kind"] != "GOODS_DISPATCHED" or {"name": "complete", "value": "yes"} in row["data"]["facts"])
        for row in rows
        if each.at is not None and row["at"] < each.at
    )


async def test_what_does_not_happen_was_cancelled_by_what_was_named(engine: AsyncEngine) -> None:
    """People act on: each transition comes as forecast, or something that it named came before it."""
    assert set(CANCELS) == set(Cancelling)
    kept, cancelled = Counter[str](), Counter[str]()
    for number in range(ORDERS):
        rng = Random(10_000 + number)
        story = await begun(await scene(TestMeans(engine)), rng)
        for _ in range(rng.randint(1, 9)):
            await story.step()
        market, order_id = story.market, story.order_id
        await sweep(market)
        known = len(await event_rows(market.means, order_id))
        ahead = [
            each
            for each in _forecast(await looked_at(market, order_id), market.means.clock.now())
            if each.at is not None and each.clock.follows is None
        ]
        for _ in range(rng.randint(1, 6)):
            await story.step()
        market.means.time.at = max([market.means.clock.now(), *(each.at for each in ahead if each.at is not None)])
        await sweep(market)
        rows = (await event_rows(market.means, order_id))[known:]
        came = {happened(row) for row in rows}
        for each in ahead:
            if key(each) in came:
                kept[str(each.clock.kind)] += 1
            else:
                assert _cancelled(each, rows), (number, each, [(row["kind"], row["at"]) for row in rows])
                cancelled[str(each.clock.kind)] += 1
    kinds = {"DISPATCH", "AUTO_RECEIPT", "APPROACH"}
    assert set(kept) >= kinds, kept
    assert set(cancelled) >= kinds, cancelled


_PAID, _LATE = ["confirm", "pay", "pay", "pay", "pay"], ["overdue", "send"]
NAMED: dict[Cancelling, tuple[DeadlineKind, list[str], str]] = {
    Cancelling.DISPATCHED_IN_FULL: (DeadlineKind.DISPATCH, _PAID, "send"),
    Cancelling.DELIVERED: (DeadlineKind.DELIVERY, [*_PAID, "send"], "track"),
    Cancelling.TERMS_AMENDED: (DeadlineKind.DISPATCH, _PAID, "revise"),
    Cancelling.MONEY_TAKEN_BACK: (DeadlineKind.DISPATCH, ["confirm", "whole"], "undo"),
    Cancelling.RECEIPT_CONFIRMED: (DeadlineKind.AUTO_RECEIPT, [*_PAID, "send"], "receive"),
    Cancelling.DISPUTE_OPENED: (DeadlineKind.AUTO_RECEIPT, [*_PAID, "send"], "dispute"),
    Cancelling.DISPUTE_ANSWERED: (DeadlineKind.DISPUTE_SILENCE, [*_PAID, "dispute"], "counter"),
    Cancelling.DISPUTE_ENDED: (DeadlineKind.DISPUTE_SILENCE, [*_PAID, "dispute"], "withdraw"),
    Cancelling.CLAIM_FILED: (DeadlineKind.CLAIM_DISPATCH_CLOSE, [*_PAID, *_LATE, "receive"], "claim"),
    Cancelling.FIRST_INSTALMENT_COMPLETE: (DeadlineKind.UNPAID_DISCOUNT, ["confirm"], "all"),
    Cancelling.FULLY_PAID: (DeadlineKind.TRANSFER_WAITING, ["early", "confirm"], "all"),
    Cancelling.TRANSFER_LANDED: (DeadlineKind.UNPAID_DISCOUNT, ["confirm"], "land"),
    Cancelling.TRANSFER_DEALT_WITH: (DeadlineKind.TRANSFER_WAITING, ["confirm", "land"], "associate"),
    Cancelling.ORDER_CLOSED: (DeadlineKind.UNPAID_DISCOUNT, ["confirm"], "cancel"),
}


@pytest.mark.parametrize("condition", list(Cancelling))
async def test_each_named_condition_cancels(engine: AsyncEngine, condition: Cancelling) -> None:
    """Section 14, ends or waits: what is named with a clock keeps it from lapsing at the instant that was forecast."""
    kind, ways, last = NAMED[condition]
    promised = condition in (Cancelling.DELIVERED, Cancelling.CLAIM_FILED)
    story = await begun(await scene(TestMeans(engine)), Random(3), discounted=True, guaranteed=promised)
    market, order_id = story.market, story.order_id
    for way in ways:
        with suppress(Refusal):
            await getattr(story, way)()
    await sweep(market)
    ahead = _forecast(await looked_at(market, order_id), market.means.clock.now())
    (cancelled,) = [each for each in ahead if each.clock.kind is kind and each.clock.follows is None]
    assert cancelled.at is not None
    assert condition in cancelled.cancelled_by
    market.means.time.step(seconds=1)
    await getattr(story, last)()
    market.means.time.at = cancelled.at
    await sweep(market)
    assert key(cancelled) not in {happened(row) for row in await event_rows(market.means, order_id)}
