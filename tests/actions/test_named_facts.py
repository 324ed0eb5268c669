"""The sweep loads of an order what its lapses name: they come out as if all of it were there."""

import logging
from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions.settling import settle_due
from app.db import trades
from app.domain import clockwork
from app.domain.access import By
from app.domain.records import DeadlineKind
from app.domain.trade import Act
from tests.actions.courses import Scene, begun, scene
from tests.domain.named import lapsed, same, settled
from tests.market import Market, event_rows, open_market, paid
from tests.means import TestMeans
from tests.sizes import size

ORDERS = size("orders settled by named facts")


async def compared(market: Market, seen: Counter[DeadlineKind]) -> None:
    """What is due now, each loaded both ways and settled, and nothing of it written."""
    act = Act(By.TIME, market.means.clock.now(), market.means.mint)
    async with market.means.engine.connect() as connection:
        for order_id in await trades.lock_due(connection, act.now, 1_000):
            (whole,) = await trades.load(connection, [order_id], act.now)
            (part,) = await trades.load_due(connection, [order_id], act.now)
            assert same(part, whole)
            seen.update(lapsed(whole, settled(whole, part, act)))
        await connection.rollback()


async def wandered(stage: Scene, rng: Random, seen: Counter[DeadlineKind]) -> None:
    """An order on a random way, its lapses looked at whenever some are due; a discounted one may be forgotten."""
    story = await begun(stage, rng, discounted=rng.random() < 0.5)
    forgotten = story.coupon_id is not None and rng.random() < 0.4
    for _ in range(1 if forgotten else rng.randint(4, 14)):
        await story.step()
        if rng.random() < 0.3:
            await compared(story.market, seen)
            await settle_due(story.market.means)


async def test_lapses_come_out_the_same_by_the_facts_they_name(fresh_engine: AsyncEngine) -> None:
    """Orders of every kind, looked at in time and long after: each kind of lapse, coupons and debts among them."""
    stage = await scene(TestMeans(fresh_engine))
    seen: Counter[DeadlineKind] = Counter()
    for number in range(ORDERS):
        await wandered(stage, Random(number), seen)
        if number % 10 == 9:
            stage.market.means.time.step(days=100)
            await compared(stage.market, seen)
            while (await settle_due(stage.market.means)).due:
                pass
    assert seen.keys() == clockwork.LAPSES.keys()


async def test_a_lapse_that_names_too_little_is_settled_by_all(
    fresh_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is judged by what was not loaded: the order is loaded whole, and the log says so."""
    market = await open_market(TestMeans(fresh_engine))
    short = {kind: replace(lapse, facts=frozenset()) for kind, lapse in clockwork.LAPSES.items()}
    monkeypatch.setattr(clockwork, "LAPSES", short)
    order_id = await paid(market)
    market.means.time.step(days=30)
    with caplog.at_level(logging.WARNING):
        assert (await settle_due(market.means)).settled == 1
    assert "settled whole" in caplog.text
    assert len(await event_rows(market.means, order_id, "OVERDUE_RAISED")) == 1
