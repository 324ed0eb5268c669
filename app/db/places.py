"""Places for so many connections, each empty or with one that its last holder left there; others wait."""

import asyncio
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Places(Generic[T]):
    """Given out to so many holders at once; the others wait, and are served in turn."""

    def __init__(self, most: int) -> None:
        self.free: list[T | None] = [None] * most
        self._waiting: deque[asyncio.Future[T | None]] = deque()

    async def take(self) -> T | None:
        """What stands at a place that is the caller's until it is given back."""
        if self.free:
            return self.free.pop()
        turn: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give(turn.result())
            raise

    def give(self, kept: T | None) -> bool:
        """Let whoever waits longest have the place, with what stands at it; False when nobody waits."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(kept)
                return True
        # empty ones are taken last
        self.free.insert(0 if kept is None else len(self.free), kept)
        return False
