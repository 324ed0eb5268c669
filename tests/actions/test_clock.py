"""The movable clock on the real database: the same in every process, never back, and only for operators."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from app.actions import clock as clocks
from app.actions import work
from app.actions.work import Call, call_of
from app.clock import MovableClock, SystemClock
from app.db import tables as t
from app.db.engine import read_pool, write_engine
from app.domain.access import Actor, Role
from app.domain.clock import FARTHEST
from app.domain.errors import ErrorCode, Refusal
from app.jobs import scheduler
from app.services import ClockMoved, services
from app.settings import load
from tests.api.server import environment
from tests.jobs.test_sweeps import paid_until, raised
from tests.market import by, event_rows, new_operator, open_market
from tests.means import TestMeans

HOUR, DAY, SECOND = 3600, 86400, timedelta(seconds=1)


@pytest.fixture
async def processes(fresh_database_url: str) -> AsyncIterator[list[TestMeans]]:
    """The means of two processes on one database whose clock can be moved."""
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(2):
            pool = await read_pool(fresh_database_url, size=2)
            stack.push_async_callback(pool.close)
            engine = write_engine(fresh_database_url)
            stack.push_async_callback(engine.dispose)
            made.append(TestMeans(engine, MovableClock(pool)))
        yield made


def advancing(operator: Actor, key: str = "once", **given: Any) -> Call:
    """An operator's call to move the clock."""
    return call_of(operator, "clockAdvance", given, key)


async def advance(means: TestMeans, operator: Actor, seconds: int, key: str = "once") -> None:
    """Move the clock forward."""
    await clocks.advance(means, advancing(operator, key, by=seconds), seconds, None)


async def reading(means: TestMeans) -> datetime:
    """What a transaction of a process reads."""
    async with means.engine.connect() as connection:
        return await means.clock.read(connection)


async def test_every_process_tells_the_same_time(processes: list[TestMeans]) -> None:
    """Whoever looks next, for an act or for an answer, knows of the move; nobody else is told anything wrong before."""
    here, there = processes
    operator = await new_operator(here)
    await advance(here, operator, DAY)
    assert here.clock.ahead == timedelta(days=1)
    before = datetime.now(UTC)
    assert before + timedelta(days=1) <= await reading(there) < before + timedelta(days=1, minutes=1)
    assert there.clock.ahead == here.clock.ahead
    await clocks.advance(there, advancing(operator, "to"), None, before + timedelta(days=9))
    assert before + timedelta(days=9) <= await here.clock.learn()
    assert here.clock.ahead == there.clock.ahead
    assert abs(here.clock.real() - datetime.now(UTC)) < timedelta(minutes=1)


async def test_a_move_waits_for_acts_that_have_read_the_clock_and_acts_wait_for_the_move(
    processes: list[TestMeans],
) -> None:
    """None that began before it is over after it, and none that begins after reads the old time."""
    here, there = processes
    operator = await new_operator(here)
    async with there.engine.connect() as connection:
        await there.clock.read(connection)
        move = asyncio.create_task(advance(here, operator, DAY))
        await _waiting(connection, 1)
        later = asyncio.create_task(reading(there))
        await _waiting(connection, 2)
        assert not move.done()
        assert not later.done()
        assert there.clock.ahead == timedelta()
    await move
    assert await later > datetime.now(UTC) + timedelta(hours=23)


async def _waiting(connection: Any, wanted: int) -> None:
    """Until so many wait for the clock's table."""
    async with asyncio.timeout(20):
        query = text("SELECT count(*) FROM pg_locks WHERE relation = 'clock'::regclass AND NOT granted")
        while True:
            if (await connection.execute(query)).scalar_one() >= wanted:
                return
            await asyncio.sleep(0.01)


async def test_no_act_is_earlier_than_one_that_was_over(processes: list[TestMeans]) -> None:
    """Two processes act while the clock is moved over and over: what is begun later is later."""
    operator = await new_operator(processes[0])
    over = [datetime.min.replace(tzinfo=UTC)]
    acts = 0

    async def act(means: TestMeans) -> None:
        nonlocal acts
        while not moving.done():
            floor = over[-1]
            async with means.engine.begin() as connection:
                now = await means.clock.read(connection)
                assert now >= floor
                await asyncio.sleep(0)
            over.append(max(now, over[-1]))
            acts += 1

    async def move() -> None:
        for turn in range(30):
            await advance(processes[turn % 2], operator, HOUR, f"turn {turn}")

    moving = asyncio.create_task(move())
    await asyncio.gather(moving, *(act(means) for means in processes * 3))
    assert acts > 100
    assert [means.clock.ahead for means in processes] == [timedelta(hours=30)] * 2


async def test_a_retry_moves_nothing(processes: list[TestMeans]) -> None:
    """The same key moves the clock once, from whichever process; with another input it is refused."""
    here, there = processes
    operator = await new_operator(here)
    for means in (here, there, here):
        await advance(means, operator, HOUR)
    with pytest.raises(Refusal) as refusal:
        await advance(here, operator, HOUR + 1)
    assert refusal.value.code is ErrorCode.IDEMPOTENCY_KEY_REUSED
    assert await there.clock.learn() < datetime.now(UTC) + timedelta(seconds=HOUR + 60)
    async with here.engine.connect() as connection:
        created = (await connection.execute(select(t.idempotency_keys.c.created_at))).scalar_one()
    assert abs(created - datetime.now(UTC)) < timedelta(minutes=1)


async def test_it_stands_in_the_book(processes: list[TestMeans]) -> None:
    """Who moved it, from when to when; no refused move does."""
    here, _ = processes
    operator = await new_operator(here)
    await advance(here, operator, HOUR)
    for seconds in (0, -HOUR, FARTHEST // SECOND):
        with pytest.raises(Refusal):
            await advance(here, operator, seconds, f"refused {seconds}")
    async with here.engine.connect() as connection:
        (event,) = (await connection.execute(select(t.events))).mappings()
    assert (event["kind"], event["subject"], event["by"]) == ("CLOCK_MOVED", "POLICY", "OPERATOR")
    assert event["by_account_id"] == operator.account_id
    (change,) = event["data"]["changes"]
    assert datetime.fromisoformat(change["after"]) - datetime.fromisoformat(change["before"]) == timedelta(hours=1)
    assert event["at"] == datetime.fromisoformat(change["after"])
    assert event["data"]["facts"][-1] == {"name": "offsetSeconds", "value": "3600"}


async def test_nobody_but_an_operator_moves_it(processes: list[TestMeans]) -> None:
    """Nor an operator's token, whatever its scopes (INT-2)."""
    here, _ = processes
    market = await open_market(here)
    seller = market.seller
    for actor in (market.buyer, seller.owner, seller.sales, seller.finance):
        with pytest.raises(Refusal) as refusal:
            await advance(here, actor, HOUR)
        assert refusal.value.code is ErrorCode.FORBIDDEN
    token = replace(market.operator, token_id=uuid4())
    with pytest.raises(Refusal) as refusal:
        await advance(here, token, HOUR)
    assert refusal.value.code is ErrorCode.PERSON_NEEDED
    assert market.operator.role is Role.OPERATOR
    await advance(here, market.operator, HOUR)


async def test_real_time_cannot_be_moved(processes: list[TestMeans]) -> None:
    """A process with a database of its own refuses, and so nobody's orders jump."""
    here, _ = processes
    operator = await new_operator(here)
    real = TestMeans(here.engine, SystemClock())
    with pytest.raises(Refusal) as refusal:
        await advance(real, operator, HOUR)
    assert refusal.value.code is ErrorCode.CLOCK_FIXED
    assert await here.clock.learn() < datetime.now(UTC) + timedelta(minutes=1)


async def test_a_moved_database_is_not_served_in_real_time(
    processes: list[TestMeans], fresh_database_url: str, tmp_path: Path
) -> None:
    """By DATABASE_URL there is real time only, in which what such a database holds has yet to happen."""
    chosen = load(environment(fresh_database_url, tmp_path))
    async with services(chosen) as made:
        assert not made.clock.movable
    await advance(processes[0], await new_operator(processes[0]), DAY)
    with pytest.raises(ClockMoved, match="DATABASE_URL"):
        async with services(chosen):
            pass


async def test_what_a_move_makes_due_is_settled_at_once(processes: list[TestMeans]) -> None:
    """The sweeper of the process that moved it wakes by itself, however long its interval."""
    here, there = processes
    market = await open_market(here)
    due = (here.clock.real() + timedelta(days=10)).replace(microsecond=0)
    (order_id,) = await paid_until(market, due)
    async with scheduler.running(here, timedelta(hours=1)):
        await clocks.advance(here, advancing(market.operator), None, due - timedelta(minutes=1))
        await asyncio.sleep(0.2)
        assert await event_rows(here, order_id, "OVERDUE_RAISED") == []
        await clocks.advance(here, advancing(market.operator, "over it"), None, due + SECOND)
        await raised(market, order_id)
    (event,) = await event_rows(there, order_id, "OVERDUE_RAISED")
    assert (event["due_at"], event["at"]) == (due, due + SECOND)
    assert due + SECOND <= event["detected_at"] < due + timedelta(minutes=1)


async def test_the_other_process_acts_beyond_the_move(processes: list[TestMeans]) -> None:
    """First settle, then act: whoever acts next finds what has run out, though nobody told that process."""
    here, there = processes
    market = await open_market(here)
    due = (here.clock.real() + timedelta(days=10)).replace(microsecond=0)
    (order_id,) = await paid_until(market, due)
    await clocks.advance(here, advancing(market.operator), None, due + SECOND)
    await work.on_order(there, by(market.seller.owner), order_id, lambda trade, _: trade)
    assert len(await event_rows(there, order_id, "OVERDUE_RAISED")) == 1


async def test_a_later_deadline_rings_by_the_moved_clock(processes: list[TestMeans]) -> None:
    """After a move the timer knows how much sooner in real time a deadline comes."""
    here, _ = processes
    market = await open_market(here)
    await advance(here, market.operator, DAY)
    due = (await here.clock.learn() + 3 * SECOND).replace(microsecond=0)
    (order_id,) = await paid_until(market, due)
    async with scheduler.running(here, timedelta(hours=1)):
        assert await raised(market, order_id) - due < timedelta(seconds=10)
