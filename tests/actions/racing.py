"""Fifty at once through two pools, as two processes see one market: who won, and how the others were refused."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

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
