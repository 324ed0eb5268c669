"""Looks at premises: who comes at the same time has part in one, and nobody in one that began before they came."""

import asyncio
from collections.abc import Sequence

import pytest

from app.db.premise import Premise
from app.looks import Looks

FIRST, SECOND, THIRD = (Premise("$1::text", (name,), name) for name in ("first", "second", "third"))


class Looked:
    """A look that ends when it is told to; what is not true by then does not hold."""

    def __init__(self) -> None:
        self.asked: list[set[Premise]] = []
        self.ended = asyncio.Queue[bool]()
        self.true = {FIRST, SECOND, THIRD}

    async def __call__(self, premises: Sequence[Premise]) -> list[bool]:
        assert len(premises) == len(set(premises))
        self.asked.append(set(premises))
        if not await self.ended.get():
            raise ConnectionError
        return [premise in self.true for premise in premises]


async def settled() -> None:
    """Let all run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_who_comes_during_a_look_shares_the_next() -> None:
    """However many they are, and however often for the same."""
    look = Looked()
    looks = Looks(look)
    first = asyncio.create_task(looks.holds(FIRST))
    await settled()
    others = [asyncio.create_task(looks.holds(each)) for each in (SECOND, THIRD, FIRST, SECOND)]
    await settled()
    assert look.asked == [{FIRST}]
    look.ended.put_nowait(True)
    assert await first
    look.true.discard(THIRD)
    await settled()
    assert look.asked == [{FIRST}, {FIRST, SECOND, THIRD}]
    look.ended.put_nowait(True)
    assert await asyncio.gather(*others) == [True, False, True, True]


async def test_what_no_longer_holds_is_found_by_whoever_came_after() -> None:
    """Also while a look is under way that saw it hold."""
    look = Looked()
    looks = Looks(look)
    before = asyncio.create_task(looks.holds(FIRST))
    await settled()
    look.ended.put_nowait(True)
    after = asyncio.create_task(looks.holds(FIRST))
    assert await before
    look.true.clear()
    look.ended.put_nowait(True)
    assert await after is False
    assert len(look.asked) == 2


async def test_a_look_that_fails_or_is_given_up_spoils_no_other() -> None:
    """Those who had part in it are told, the next ones look anew; who gives up ends nothing for the others."""
    look = Looked()
    looks = Looks(look)
    failing, leaving = (asyncio.create_task(looks.holds(each)) for each in (FIRST, SECOND))
    await settled()
    next_one = asyncio.create_task(looks.holds(THIRD))
    leaving.cancel()
    look.ended.put_nowait(False)
    with pytest.raises(ConnectionError):
        await failing
    look.ended.put_nowait(True)
    assert await next_one
    assert look.asked == [{FIRST, SECOND}, {THIRD}]


async def test_nothing_is_looked_at_for_nobody() -> None:
    """Who gave up waiting for the next look leaves it to whoever comes then, and nobody begins one of their own."""
    look = Looked()
    looks = Looks(look)

    async def twice() -> list[bool]:
        return [await looks.holds(FIRST), await looks.holds(THIRD)]

    staying = asyncio.create_task(twice())
    await settled()
    leaving = asyncio.create_task(looks.holds(SECOND))
    await settled()
    leaving.cancel()
    for _ in range(3):
        look.ended.put_nowait(True)
        await settled()
    assert await staying == [True, True]
    assert look.asked == [{FIRST}, {SECOND, THIRD}]
