"""Runs of the sweep are on record: what was due, what was settled, what was left, and how late."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db import sweeps, trades
from app.db import tables as t
from app.db.engine import Pool
from app.jobs import retention
from app.jobs.sweeps import sweep
from tests.jobs.test_sweeps import DUE, SECOND, execute, paid_until
from tests.market import Market, open_market
from tests.means import TestMeans


@pytest.fixture
async def market(fresh_engine: AsyncEngine) -> Market:
    """A market of this test alone: a sweep takes whatever is due."""
    return await open_market(TestMeans(fresh_engine))


async def runs(market: Market) -> list[RowMapping]:
    """The runs on record, oldest first."""
    async with market.means.engine.connect() as connection:
        found = await connection.execute(select(t.sweep_runs).order_by(t.sweep_runs.c.id))
        return list(found.mappings())


def told(run: RowMapping) -> tuple[datetime, int, int, Decimal]:
    """What a run says, but how long it took."""
    return run["started_at"], run["settled"], run["skipped"], run["lag"]


async def test_a_run_says_what_it_settled_and_how_late(market: Market) -> None:
    """The lag is the oldest's, from the end of its last good second; batches of one run are one row."""
    await paid_until(market, DUE, orders=2)
    await paid_until(market, DUE + 2 * SECOND, orders=3)
    at = market.means.time.at = DUE + SECOND + timedelta(seconds=5, microseconds=250_900)
    await sweep(market.means, batch=2)
    (run,) = await runs(market)
    assert told(run) == (at, 5, 0, Decimal("5.250"))
    assert 0 <= run["took_ms"] < 60_000


async def test_an_idle_look_leaves_no_row(market: Market) -> None:
    """Nor does one that finds everything held by others."""
    (order_id,) = await paid_until(market)
    await sweep(market.means)
    market.means.time.at = DUE + SECOND
    async with market.means.engine.begin() as connection:
        assert await trades.lock(connection, order_id)
        await sweep(market.means)
    assert await runs(market) == []
    await sweep(market.means)
    await sweep(market.means)
    assert len(await runs(market)) == 1


@pytest.mark.parametrize("batch", [1, 10])
async def test_what_was_left_is_counted_as_skipped(market: Market, batch: int) -> None:
    """An order that somebody holds, and one that cannot be settled; the next run tells of what it found then."""
    held, bad, *good = await paid_until(market, orders=5)
    at = market.means.time.at = DUE + 2 * SECOND
    await execute(market, f"ALTER TABLE orders ADD CONSTRAINT odd CHECK (id <> '{bad}' OR overdue_at IS NULL)")
    async with market.means.engine.begin() as connection:
        assert await trades.lock(connection, held)
        await sweep(market.means, batch=batch)
    await sweep(market.means, batch=batch)
    first, second = await runs(market)
    assert told(first) == (at, len(good), 2, Decimal(1))
    assert told(second) == (at, 1, 1, Decimal(1))


async def test_a_run_that_fails_midway_tells_of_what_it_settled(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is committed is settled, whatever comes after."""
    await paid_until(market, orders=4)
    market.means.time.at = DUE + SECOND
    lock_due, turns = trades.lock_due, iter([True, False])

    async def failing(*arguments: Any) -> Any:
        if not next(turns):
            raise OSError("away")
        return await lock_due(*arguments)

    monkeypatch.setattr(trades, "lock_due", failing)
    with pytest.raises(OSError, match="away"):
        await sweep(market.means, batch=2)
    (run,) = await runs(market)
    assert (run["settled"], run["skipped"]) == (2, 2)


async def test_only_the_newest_are_kept(market: Market, fresh_pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every look of the retention; as many as are allowed lose none."""
    monkeypatch.setattr(sweeps, "KEPT", 3)
    for turn in range(5):
        await paid_until(market, DUE + turn * timedelta(days=1))
        market.means.time.at = DUE + turn * timedelta(days=1) + SECOND
        await sweep(market.means)
    before = await runs(market)
    async with retention.running(fresh_pool, market.means.clock, timedelta(days=3650)):
        assert await runs(market) == before[2:]
    async with retention.running(fresh_pool, market.means.clock, timedelta(days=3650)):
        assert await runs(market) == before[2:]
