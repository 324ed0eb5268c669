"""A follower alone, against a table in memory: whatever the pace, every event once and in order."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest

from app.db.feed import Event
from app.domain.access import Role, Viewer
from app.events.follower import FeedInterruptedError, Follower
from app.events.streams import FeedStream, OrderStream, Stream
from app.events.tunables import Tunables
from tests.feed.writing import KINDS, OPERATOR, event
from tests.sizes import size

SMALL = Tunables(queue=8, page=7, retry_after=0.001)
FEED = FeedStream(OPERATOR, KINDS - {"SECRET"})
ORDER = OrderStream(UUID(int=1), KINDS - {"SECRET"})


class FakeTable:
    """A table of events whose reads take a while, as a database's do."""

    def __init__(self, stream: Stream, chance: random.Random) -> None:
        self.stream = stream
        self.chance = chance
        self.rows: list[Event] = []
        self.failures: list[Exception] = []

    async def read(self, after: int, limit: int) -> list[Event]:
        """What was there at one moment of the call."""
        await self.naps()
        if self.failures:
            raise self.failures.pop()
        page = [row for row in self.rows if self.stream.place(row) > after][:limit]
        await self.naps()
        return page

    async def naps(self) -> None:
        """Let others go first, now and then several times."""
        for _ in range(self.chance.choice([0, 1, 1, 2, 9])):
            await asyncio.sleep(0)


async def grow(table: FakeTable, follower: Follower, count: int) -> None:
    """Commit events and then offer them, a little later and in bursts, as the tail does."""
    position = table.stream.place(table.rows[-1]) if table.rows else 0
    waiting: list[Event] = []
    for _ in range(count):
        position += 1 if table.stream.dense else table.chance.choice([1, 1, 2, 5])
        row = event(position, kind=table.chance.choice(["PAID", "PAID", "SECRET"]))
        table.rows.append(row)
        waiting.append(row)
        if table.chance.random() < 0.3:
            await table.naps()
            for ready in waiting:
                follower.offer(ready)
            waiting = []
    await table.naps()
    for ready in waiting:
        follower.offer(ready)


async def take(follower: AsyncIterator[Event], count: int, naps: FakeTable) -> list[Event]:
    """Take so many events at an uneven pace."""
    taken: list[Event] = []
    while len(taken) < count:
        taken.append(await anext(follower))
        await naps.naps()
    return taken


async def follow(stream: Stream, seed: int) -> int:
    """Let a table grow under a follower and compare; returns how often its queue overflowed."""
    table = FakeTable(stream, random.Random(seed))
    early = table.chance.choice([0, 3, 40])
    nobody = Follower(stream, 0, "", table.read, SMALL)
    await grow(table, nobody, early)
    at = stream.place(table.rows[early // 2]) if early else 0
    follower = Follower(stream, at, "", table.read, SMALL)
    table.failures = [OSError("connection lost")] * table.chance.choice([0, 0, 2])
    growing = asyncio.create_task(grow(table, follower, 120))
    chosen = table.chance.randrange(60)
    first = await asyncio.wait_for(take(follower, min(chosen, 5), table), 60)
    await growing
    expected = [row for row in table.rows if stream.place(row) > at and row.kind == "PAID"]
    rest = await asyncio.wait_for(take(follower, len(expected) - len(first), table), 60)
    assert first + rest == expected
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(follower), 0.002)
    return follower.overflows


@pytest.mark.parametrize("stream", [FEED, ORDER], ids=["feed", "order"])
async def test_slow_and_fast_readers_get_everything_once(stream: Stream) -> None:
    seeds = size("seeds of a follower")
    overflows = sum([await follow(stream, seed) for seed in range(seeds)])
    assert overflows > seeds / 10, "the queue hardly ever overflowed: the test has lost its point"


async def test_an_event_offered_while_the_table_is_read_is_not_lost() -> None:
    """The state is left before the read: what is committed after the read's snapshot comes through the queue."""
    rows = [event(1), event(2)]
    reading, goes_on = asyncio.Event(), asyncio.Event()

    async def read(after: int, limit: int) -> list[Event]:
        page = [row for row in rows if row.version > after]
        reading.set()
        await goes_on.wait()
        return page

    follower = Follower(FEED, 0, "", read, SMALL)
    first = asyncio.create_task(anext(follower))
    await reading.wait()
    rows.append(event(3))
    follower.offer(rows[-1])
    goes_on.set()
    assert [await first, await anext(follower), await anext(follower)] == rows


async def test_who_gives_up_waiting_may_come_back() -> None:
    """A wait that was cut short in the middle of a read has taken nothing from the stream."""
    table, cut = FakeTable(FEED, random.Random(3)), 0
    follower = Follower(FEED, 0, "", table.read, SMALL)
    table.rows = [event(n) for n in range(1, 101)]
    got: list[Event] = []
    async with asyncio.timeout(30):
        while len(got) < 100:
            wait = asyncio.ensure_future(anext(follower))
            for _ in range(table.chance.randrange(12)):
                await asyncio.sleep(0)
            wait.cancel()
            try:
                got.append(await wait)
            except asyncio.CancelledError:
                cut += 1
    assert got == table.rows
    assert cut > 10


async def test_a_leap_of_versions_sends_the_follower_to_the_table() -> None:
    table = FakeTable(ORDER, random.Random(1))
    follower = Follower(ORDER, 0, "", table.read, SMALL)
    table.rows = [event(1)]
    assert await anext(follower) == table.rows[0]
    table.rows += [event(2), event(3)]
    follower.offer(table.rows[2])
    assert [await anext(follower), await anext(follower)] == table.rows[1:]


async def test_the_cursor_is_that_of_the_last_event_taken() -> None:
    table = FakeTable(FEED, random.Random(1))
    table.rows = [event(5), event(7)]
    follower = Follower(FEED, 3, "f.3.1003", table.read, SMALL)
    assert follower.cursor == "f.3.1003"
    await anext(follower)
    assert follower.cursor == "f.5.1005"


async def test_a_table_that_stays_away_ends_the_stream() -> None:
    table = FakeTable(FEED, random.Random(1))
    table.failures = [OSError("connection lost")] * 10_000
    with pytest.raises(FeedInterruptedError):
        await anext(Follower(FEED, 0, "", table.read, replace(SMALL, give_up_after=0.05)))


async def test_a_mistake_is_not_taken_for_trouble_with_the_database() -> None:
    table = FakeTable(FEED, random.Random(1))
    table.failures = [ValueError("a mistake")]
    with pytest.raises(ValueError, match="a mistake"):
        await anext(Follower(FEED, 0, "", table.read, SMALL))


async def test_an_ended_stream_says_why_even_while_it_waits() -> None:
    table = FakeTable(FEED, random.Random(1))
    follower = Follower(FEED, 0, "", table.read, SMALL)
    waiting = asyncio.create_task(anext(follower))
    for _ in range(50):
        await asyncio.sleep(0)
    follower.end(FeedInterruptedError("enough"))
    with pytest.raises(FeedInterruptedError, match="enough"):
        await waiting


async def test_memory_is_bounded() -> None:
    table = FakeTable(FEED, random.Random(1))
    follower = Follower(FEED, 0, "", table.read, SMALL)
    table.rows = [event(n) for n in range(1, 10_001)]
    await anext(follower)
    held = 0
    for row in table.rows:
        follower.offer(row)
        held = max(held, len(follower._live) + len(follower._page))
    assert held <= SMALL.queue + SMALL.page


def test_a_viewer_without_the_right_to_read_follows_nothing() -> None:
    assert FeedStream(Viewer(Role.OPERATOR, UUID(int=1), reads=False), KINDS).topic == ("nobody",)
