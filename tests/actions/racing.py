"""Fifty at once through two pools, as two processes see one market: who won, and how the others were refused."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import text

from app.domain.errors import ErrorCode, Refusal
from tests.market import Market

CROWD = 50
Act = Callable[[Market], Awaitable[object]]
Outcome = object | ErrorCode


async def at_once(doors: Sequence[Market], *acts: Act, times: int = CROWD) -> list[list[Outcome]]:
    """What each act ended in, all together done so many times, in turn through each door."""

    async def one(number: int) -> Outcome:
        try:
            return await acts[number % len(acts)](doors[number // len(acts) % len(doors)])
        except Refusal as refusal:
            return refusal.code

    outcomes = await asyncio.gather(*(one(number) for number in range(times)))
    return [outcomes[first :: len(acts)] for first in range(len(acts))]


def won(outcomes: Sequence[Outcome]) -> int:
    """How many were not refused."""
    return sum(not isinstance(outcome, ErrorCode) for outcome in outcomes)


def codes(outcomes: Sequence[Outcome]) -> set[ErrorCode]:
    """How the others were refused."""
    return {outcome for outcome in outcomes if isinstance(outcome, ErrorCode)}


async def waiting(market: Market, doing: Awaitable[Any]) -> asyncio.Task[Any]:
    """The task of something, once it waits for a lock."""
    task = asyncio.ensure_future(doing)
    query = text(
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.datname = current_database() WHERE NOT granted"
    )
    async with asyncio.timeout(10), market.means.engine.connect() as connection:
        while not (await connection.execute(query)).scalar():
            assert not task.done()
            await asyncio.sleep(0.005)
    return task
