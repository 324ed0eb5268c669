"""Retention raises the floor from which cursors are served, and deletes nothing."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import orders
from app.db import keys
from app.db.engine import Pool
from app.db.feed import number_next
from app.jobs import retention
from tests.market import by, drafted, open_market
from tests.means import StepClock, TestMeans

MONTH = timedelta(days=30)


async def test_the_floor_rises_above_what_is_too_old_and_the_events_stay(
    fresh_engine: AsyncEngine, fresh_pool: Pool
) -> None:
    means = TestMeans(fresh_engine)
    market = await open_market(means)
    await drafted(market)
    old = await _numbered(fresh_pool)
    means.time.step(days=31)
    await drafted(market)
    new = await _numbered(fresh_pool)
    async with retention.running(fresh_pool, means.clock, MONTH):
        assert await fresh_pool.fetchval("SELECT floor FROM feed") == old
        assert await fresh_pool.fetchval("SELECT count(*) FROM events") == new
    means.time.step(days=-10)
    async with retention.running(fresh_pool, means.clock, MONTH):
        assert await fresh_pool.fetchval("SELECT floor FROM feed") == old


async def test_what_orders_were_found_by_is_forgotten_with_the_cursors(
    fresh_engine: AsyncEngine, fresh_pool: Pool
) -> None:
    """DSK-2: words of before, names and e-mails among them, are kept no longer than somebody may ask for them."""
    means = TestMeans(fresh_engine)
    market = await open_market(means)
    order_id = await drafted(market)
    await orders.delete_draft(means, by(market.seller.owner), order_id)
    kept = "SELECT count(*) FROM past_words WHERE order_id = $1 AND words @> ARRAY[$2]"
    means.time.step(days=30)
    async with retention.running(fresh_pool, means.clock, MONTH):
        # until the buyer was matched, and until the draft was deleted
        assert await fresh_pool.fetchval(kept, order_id, market.buyer.email) == 2
    means.time.step(hours=2)
    async with retention.running(fresh_pool, means.clock, MONTH):
        assert await fresh_pool.fetchval("SELECT count(*) FROM past_words") == 0


class Moved(StepClock):
    """A clock whose domain was moved two months ahead."""

    ahead = 2 * MONTH

    def now(self) -> datetime:
        """The domain's present instant."""
        return self.real() + self.ahead


async def test_cursors_age_in_real_time(fresh_engine: AsyncEngine, fresh_pool: Pool) -> None:
    """A move of the domain's clock takes no client's cursor away."""
    await drafted(await open_market(TestMeans(fresh_engine)))
    await _numbered(fresh_pool)
    async with retention.running(fresh_pool, Moved(), MONTH):
        assert await fresh_pool.fetchval("SELECT floor FROM feed") == 0


async def test_keys_are_kept_for_a_day_at_least_and_not_for_ever(fresh_engine: AsyncEngine, fresh_pool: Pool) -> None:
    """INT-3: in real time, more of them than one batch holds; what marks a beginning is no client's key."""
    add = """
        INSERT INTO idempotency_keys (actor, key, operation, input_hash, result_id, created_at)
        SELECT $1, n::text, $2, '', gen_random_uuid(), now() - $3::interval FROM generate_series(1, $4) AS n
    """
    for actor, operation, age, count in (
        ("young", "orderDraft", timedelta(hours=24, minutes=1), 10),
        ("old", "orderDraft", timedelta(hours=48, minutes=1), 2_500),
        ("beginning", keys.SEED, timedelta(days=400), 1),
    ):
        await fresh_pool.execute(add, actor, operation, age, count)
    async with retention.running(fresh_pool, Moved(), MONTH):
        left = await fresh_pool.fetch("SELECT actor, count(*) FROM idempotency_keys GROUP BY actor ORDER BY actor")
    assert [tuple(row) for row in left] == [("beginning", 1), ("young", 10)]
    assert await keys.forget_old(fresh_pool) == 0


async def _numbered(pool: Pool) -> int:
    """How far the feed goes once everything is numbered."""
    async with pool.acquire() as connection:
        while await number_next(connection):
            pass
        head: int = await connection.fetchval("SELECT head FROM feed")
        return head
