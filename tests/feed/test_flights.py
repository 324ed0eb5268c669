"""Calls made once for many: whose result everybody gets, and when it was begun."""

import asyncio
import random

import pytest

from app.events.flights import Flights, Next, Nexts


class Work:
    """A call that takes a while, answers when it began, and knows whether others ran beside it."""

    def __init__(self, seed: int = 0) -> None:
        self.chance = random.Random(seed)
        self.time = 0
        self.running = 0
        self.most = 0
        self.calls = 0
        self.fails = False

    def tick(self) -> int:
        """A later moment."""
        self.time += 1
        return self.time

    async def call(self) -> int:
        """The moment at which it began."""
        began = self.tick()
        self.calls += 1
        self.running += 1
        self.most = max(self.most, self.running)
        for _ in range(self.chance.choice([0, 1, 5])):
            await asyncio.sleep(0)
        self.running -= 1
        if self.fails:
            raise OSError("away")
        return began


async def test_whoever_comes_while_one_is_under_way_shares_the_next() -> None:
    """Never two at once, never one that began before the asking, and far fewer than were asked for."""
    work = Work(1)
    following = Next(work.call)

    async def ask() -> None:
        for _ in range(work.chance.randrange(40)):
            await asyncio.sleep(0)
        asked = work.tick()
        assert await following.share() > asked

    await asyncio.gather(*(ask() for _ in range(300)))
    assert work.most == 1
    assert work.calls < 45


async def test_calls_for_different_things_do_not_wait_for_one_another_and_nothing_is_kept() -> None:
    """One call for each thing that is asked for at once, failures included; afterwards nothing is remembered."""
    work, nexts = Work(), Nexts[str, int]()
    first = await asyncio.gather(*(nexts.share(key, work.call) for key in "abc" * 50))
    assert (work.calls, work.most, len(set(first))) == (3, 3, 3)
    work.fails = True
    failed = await asyncio.gather(*(nexts.share(key, work.call) for key in "ab" * 50), return_exceptions=True)
    assert work.calls == 5
    assert all(isinstance(each, OSError) for each in failed)
    assert nexts._waited == {}


async def test_a_failure_is_everybodys_and_the_next_call_is_a_new_one() -> None:
    """Those who share hear of it; nobody after them does."""
    work = Work()
    following = Next(work.call)
    work.fails = True
    outcomes = await asyncio.gather(*(following.share() for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OSError] * 3
    work.fails = False
    assert await following.share() > 0
    assert work.calls == 2


async def test_what_is_under_way_is_shared_by_key() -> None:
    """Those who want the same at once get it from one call, the others from theirs; later ones from a new one."""
    work = Work()
    flights: Flights[str, int] = Flights()
    asked = ["a", "b", "a", "a", "b"]
    first = await asyncio.gather(*(flights.share(key, work.call) for key in asked))
    assert first == [1, 2, 1, 1, 2]
    assert await flights.share("a", work.call) == 3


async def test_who_gives_up_ends_nothing_for_the_others() -> None:
    """The call goes on for those who still wait."""
    gate = asyncio.Event()

    async def call() -> str:
        await gate.wait()
        return "done"

    following, flights = Next(call), Flights[str, str]()
    first, second = [asyncio.create_task(following.share()) for _ in range(2)]
    third, fourth = [asyncio.create_task(flights.share("key", call)) for _ in range(2)]
    await asyncio.sleep(0)
    for task in (first, third):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    gate.set()
    assert [await second, await fourth] == ["done", "done"]
