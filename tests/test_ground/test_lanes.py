"""Lanes: connections used again without the pool's ceremony, and given back when there is nothing to read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from app.db.engine import Pool, read_pool
from app.db.lanes import LEFT, Lanes
from tests.transport.talking import until

PID = "SELECT pg_backend_pid()"
BUSY = """SELECT count(*) FROM pg_stat_activity
WHERE application_name = 'test-lanes' AND query LIKE 'SELECT pg_sleep%' AND state = 'active'"""


@asynccontextmanager
async def lanes_of(url: str, size: int = LEFT + 1) -> AsyncIterator[tuple[Lanes, Pool]]:
    """Lanes of a pool of this size."""
    pool = await read_pool(url, size=size, name="test-lanes")
    try:
        yield Lanes(pool), pool
    finally:
        async with asyncio.timeout(10):
            await pool.close()


async def until_busy(pool: Pool, reads: int) -> None:
    """Wait until so many reads are under way."""
    async with asyncio.timeout(10):
        while await pool.fetchval(BUSY) < reads:
            pass


async def test_reads_take_over_the_connection_of_the_read_before(postgres_url: str) -> None:
    async with lanes_of(postgres_url) as (lanes, pool):
        first = await lanes.fetch(PID)
        assert [await lanes.fetch(PID) for _ in range(5)] == [first] * 5
        assert pool.get_size() - pool.get_idle_size() == 1


async def test_an_idle_connection_is_the_pools_again(postgres_url: str) -> None:
    async with lanes_of(postgres_url) as (lanes, pool):
        await lanes.fetch(PID)
        await until(lambda: pool.get_idle_size() == pool.get_size())
        assert len(await lanes.fetch(PID)) == 1


async def test_whoever_waits_is_served_in_turn_and_the_pool_has_connections_left(postgres_url: str) -> None:
    async with lanes_of(postgres_url) as (lanes, pool):
        order: list[int] = []

        async def read(at: int) -> None:
            await lanes.fetch("SELECT pg_sleep(0.02)")
            order.append(at)

        tasks = [asyncio.create_task(read(at)) for at in range(6)]
        await until_busy(pool, 1)
        assert await pool.fetchval("SELECT 1") == 1
        assert len(order) < 6
        await asyncio.gather(*tasks)
        assert order == list(range(6))


async def test_a_read_that_is_given_up_blocks_nobody(postgres_url: str) -> None:
    async with lanes_of(postgres_url) as (lanes, pool):
        under_way = asyncio.create_task(lanes.fetch("SELECT pg_sleep(60)"))
        waiting = asyncio.create_task(lanes.fetch(PID))
        last = asyncio.create_task(lanes.fetch(PID))
        await until_busy(pool, 1)
        waiting.cancel()
        under_way.cancel()
        async with asyncio.timeout(10):
            assert len(await last) == 1
            assert len(await lanes.fetch(PID)) == 1
        assert waiting.cancelled()


async def test_a_turn_that_came_too_late_is_passed_on(postgres_url: str) -> None:
    async with lanes_of(postgres_url) as (lanes, _):
        lane = lanes._places.free.pop()
        waiting = [asyncio.create_task(lanes.fetch(PID)) for _ in range(2)]
        await asyncio.sleep(0)
        lanes._give(lane)
        waiting[0].cancel()
        async with asyncio.timeout(10):
            assert len(await waiting[1]) == 1
            assert len(await lanes.fetch(PID)) == 1


async def test_an_error_leaves_the_connection_fit_or_gone(postgres_url: str) -> None:
    async with lanes_of(postgres_url) as (lanes, pool):
        with pytest.raises(asyncpg.DivisionByZeroError):
            await lanes.fetch("SELECT 1 / $1::int", 0)
        ((pid,),) = await lanes.fetch(PID)
        # the session of an idle lane ends, as with a restart of the server
        await pool.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
        async with asyncio.timeout(10):
            while True:
                try:
                    ((other,),) = await lanes.fetch(PID)
                    break
                except (asyncpg.PostgresError, asyncpg.InterfaceError):
                    continue
        assert other != pid


async def test_a_small_pool_keeps_its_connections(postgres_url: str) -> None:
    async with lanes_of(postgres_url, size=1) as (lanes, pool):
        await lanes.fetch(PID)
        assert pool.get_idle_size() == pool.get_size() == 1
