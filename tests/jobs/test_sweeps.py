"""Sweeps on the real database: each deadline lapses once, in time, and downtime is caught up with."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import settling
from app.clock import SystemClock
from app.db import trades
from app.domain import clockwork
from app.domain.records import DispatchTerm
from app.jobs import scheduler
from app.jobs.sweeps import sweep
from tests.domain.build import one_line
from tests.figures import Recorder
from tests.market import Market, confirmed, dispatched, event_rows, open_market, order_row, paid, transfer
from tests.means import START, TestMeans

SECOND = timedelta(seconds=1)
DUE = START + timedelta(minutes=10)


@pytest.fixture
async def market(fresh_engine: AsyncEngine) -> Market:
    """A market of this test alone: a sweep takes whatever is due."""
    return await open_market(TestMeans(fresh_engine))


def fixed(due: datetime) -> dict[str, Any]:
    """A contract to be dispatched by an instant."""
    term: dict[str, Any] = {"dispatch_term": DispatchTerm.FIXED_INSTANT, "dispatch_instant": due, "dispatch_days": None}
    return one_line("50.00", **term)


async def paid_until(market: Market, due: datetime = DUE, orders: int = 1) -> list[UUID]:
    """Orders with their money in, whose dispatch is due at an instant."""
    return [await paid(market, fixed(due)) for _ in range(orders)]


async def overdue(market: Market, order_id: UUID) -> int:
    """How often an order was said to be overdue."""
    return len(await event_rows(market.means, order_id, "OVERDUE_RAISED"))


async def test_the_last_good_second_is_still_good(market: Market) -> None:
    """Nothing lapses until the whole second has passed (section 14)."""
    (order_id,) = await paid_until(market)
    market.means.time.at = DUE + SECOND - timedelta(microseconds=1)
    assert await sweep(market.means) == 0
    market.means.time.at = DUE + SECOND
    assert await sweep(market.means) == 1
    assert await overdue(market, order_id) == 1
    assert await sweep(market.means) == 0
    assert (await order_row(market.means, order_id))["overdue_at"] == DUE


async def test_many_due_at_once_are_taken_in_batches(market: Market) -> None:
    """More orders than fit into a batch, earliest first, and the bell rings once a batch."""
    order_ids = await paid_until(market, orders=7)
    market.means.time.step(hours=1)
    rings = market.means.feeds.rings
    assert await sweep(market.means, batch=3) == 7
    assert market.means.feeds.rings == rings + 3
    assert [await overdue(market, order_id) for order_id in order_ids] == [1] * 7


async def test_a_batch_is_written_in_parts_of_one_transaction(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last part is not a whole one; the bell rings once, and each order has its event."""
    monkeypatch.setattr(settling, "PART", 3)
    order_ids = await paid_until(market, orders=7)
    market.means.time.step(hours=1)
    rings = market.means.feeds.rings
    assert await sweep(market.means) == 7
    assert market.means.feeds.rings == rings + 1
    assert [await overdue(market, order_id) for order_id in order_ids] == [1] * 7


async def test_sweepers_at_once_raise_one_event(market: Market) -> None:
    """Four sweepers, one event an order, whoever is first."""
    order_ids = await paid_until(market, orders=8)
    market.means.time.step(hours=1)
    counts = await asyncio.gather(*(sweep(market.means, batch=2) for _ in range(4)))
    while await sweep(market.means):
        pass
    assert sum(counts) >= 8
    for order_id in order_ids:
        assert await overdue(market, order_id) == 1
        versions = [event["version"] for event in await event_rows(market.means, order_id)]
        assert versions == list(range(1, len(versions) + 1))


async def test_downtime_is_caught_up_with(market: Market) -> None:
    """The event has the true instant, when it was detected, and everything between in order."""
    (order_id,) = await paid_until(market)
    (sent,) = [await dispatched(market, fixed(DUE))]
    market.means.time.at = START + timedelta(days=40)
    assert await sweep(market.means) == 2
    (event,) = await event_rows(market.means, order_id, "OVERDUE_RAISED")
    assert (event["due_at"], event["at"]) == (DUE, DUE + SECOND)
    assert event["detected_at"] == market.means.time.at
    assert event["by"] == "TIME"
    assert await overdue(market, sent) == 0
    order = await order_row(market.means, sent)
    assert (order["status"], order["received_by"]) == ("COMPLETED", "TIME")
    (received,) = await event_rows(market.means, sent, "RECEIVED_AUTOMATICALLY")
    assert order["completed_at"] == received["due_at"] + SECOND < received["detected_at"]
    kinds = [event["kind"] for event in await event_rows(market.means, sent)]
    assert kinds.index("DEADLINE_APPROACHING") < kinds.index("RECEIVED_AUTOMATICALLY") < kinds.index("FUNDS_RELEASED")


async def test_a_transfer_that_waits_is_announced(market: Market) -> None:
    """After 48 hours both sides hear of it (PAY-7)."""
    order_id = await confirmed(market, one_line("50.00"))
    await transfer(market, order_id, 50_00)
    market.means.time.step(hours=48, seconds=1)
    assert await sweep(market.means) == 1
    assert len(await event_rows(market.means, order_id, "TRANSFER_WAITING")) == 1


async def test_a_locked_order_is_passed_over_and_others_take_its_place(market: Market) -> None:
    """Whoever holds an order settles it themselves; a batch is filled with the next ones."""
    first, *others = await paid_until(market, orders=5)
    market.means.time.step(hours=1)
    async with market.means.engine.begin() as connection:
        assert await trades.lock(connection, first)
        assert await sweep(market.means, batch=2) == 4
    assert await overdue(market, first) == 0
    assert [await overdue(market, order_id) for order_id in others] == [1] * 4
    assert await sweep(market.means) == 1
    assert await overdue(market, first) == 1


@pytest.mark.parametrize(("batch", "part"), [(1, 10), (10, 10), (10, 1)])
async def test_an_order_the_database_refuses_leaves_only_itself_behind(
    market: Market, batch: int, part: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others of its batch, also of parts before it, are settled, the log names it, and put right it follows."""
    monkeypatch.setattr(settling, "PART", part)
    bad, *good = await paid_until(market, orders=4)
    market.means.time.step(hours=1)
    constraint = f"ALTER TABLE orders ADD CONSTRAINT odd CHECK (id <> '{bad}' OR overdue_at IS NULL)"
    await execute(market, constraint)
    passed: set[UUID] = set()
    assert await sweep(market.means, passed, batch) == 4
    assert passed == {bad}
    assert str(bad) in caplog.text
    assert [await overdue(market, order_id) for order_id in good] == [1] * 3
    await execute(market, "ALTER TABLE orders DROP CONSTRAINT odd")
    assert await sweep(market.means, passed) == 0
    assert await sweep(market.means) == 1
    assert await overdue(market, bad) == 1


async def test_a_defect_in_the_rules_leaves_only_its_order_behind(
    market: Market, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception while one order is judged is logged with its id."""
    bad, good = await paid_until(market, orders=2)
    market.means.time.step(hours=1)
    settle = clockwork.settle

    def failing(trade: Any, act: Any) -> Any:
        if trade.order.id == bad:
            raise KeyError("a defect")
        return settle(trade, act)

    monkeypatch.setattr("app.actions.settling.settle", failing)
    passed: set[UUID] = set()
    assert await sweep(market.means, passed) == 2
    assert passed == {bad}
    assert str(bad) in caplog.text
    assert (await overdue(market, bad), await overdue(market, good)) == (0, 1)


async def execute(market: Market, statement: str) -> None:
    """Run one statement."""
    async with market.means.engine.begin() as connection:
        await connection.execute(text(statement))


@pytest.fixture
async def real(fresh_engine: AsyncEngine) -> AsyncIterator[Market]:
    """A market on the real clock."""
    yield await open_market(TestMeans(fresh_engine, SystemClock()))


async def raised(market: Market, order_id: UUID, within: float = 20) -> datetime:
    """The database's instant at which an order's overdue event was seen."""
    async with asyncio.timeout(within):
        while True:
            if await overdue(market, order_id):
                return market.means.clock.now()
            await asyncio.sleep(0.02)


async def test_an_order_turns_overdue_within_seconds(real: Market, figures: Recorder) -> None:
    """The timer wakes at the deadline, also at one that was set after it began to wait, however long the interval."""
    async with scheduler.running(real.means, timedelta(hours=1)):
        await asyncio.sleep(0.2)
        due = (real.means.clock.now() + 3 * SECOND).replace(microsecond=0)
        (order_id,) = await paid_until(real, due)
    async with scheduler.running(real.means, timedelta(hours=1)):
        lag = await raised(real, order_id) - (due + SECOND)
    assert timedelta() <= lag < 10 * SECOND
    figures("lag of a known deadline", f"{lag.total_seconds():.3f} s")


async def test_a_deadline_that_another_process_sets_is_noticed(real: Market, figures: Recorder) -> None:
    """The interval finds what no timer was set for."""
    async with scheduler.running(real.means, SECOND):
        await asyncio.sleep(0.2)
        due = (real.means.clock.now() + 2 * SECOND).replace(microsecond=0)
        (order_id,) = await paid_until(real, due)
        lag = await raised(real, order_id) - (due + SECOND)
    assert timedelta() <= lag < 10 * SECOND
    figures("lag of a deadline set elsewhere", f"{lag.total_seconds():.3f} s")


async def test_a_sweep_that_fails_is_logged_and_comes_again(
    real: Market, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A database that is away for a moment delays the event and loses nothing."""
    failures = iter([OSError("away"), OSError("away")])
    lock_due = trades.lock_due

    async def failing(*arguments: Any) -> Any:
        if (failure := next(failures, None)) is not None:
            raise failure
        return await lock_due(*arguments)

    monkeypatch.setattr(trades, "lock_due", failing)
    due = (real.means.clock.now() + SECOND).replace(microsecond=0)
    (order_id,) = await paid_until(real, due)
    with caplog.at_level(logging.WARNING):
        async with scheduler.running(real.means, timedelta(seconds=0.2)):
            await raised(real, order_id)
    assert "the sweep of deadlines failed" in caplog.text
    assert await overdue(real, order_id) == 1


async def test_the_sweeper_leaves_nothing_running(real: Market) -> None:
    """After the block no task and no timer of it is left."""
    before = asyncio.all_tasks()
    async with scheduler.running(real.means, timedelta(seconds=0.05)):
        await asyncio.sleep(0.2)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
