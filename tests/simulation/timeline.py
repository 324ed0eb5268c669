"""The course of simulated time: everybody's next act in one heap, and whoever is first acts first."""

import heapq
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from itertools import count

# What somebody does, act by act; between two acts they say how long they wait
Life = AsyncIterator[timedelta]


class Timeline:
    """The present instant, and who acts next; one at a time, so that a seed tells the whole history."""

    def __init__(self, start: datetime) -> None:
        self.now = start
        self._waiting: list[tuple[datetime, int, Life]] = []
        self._turns = count()

    def begin(self, life: Life, after: timedelta = timedelta()) -> None:
        """Somebody begins to act."""
        heapq.heappush(self._waiting, (self.now + after, next(self._turns), life))

    @property
    def next(self) -> datetime | None:
        """When somebody acts next."""
        return self._waiting[0][0] if self._waiting else None

    def move(self, at: datetime) -> None:
        """Time goes on, and never back."""
        self.now = max(self.now, at)

    async def turn(self) -> None:
        """Whoever is first acts, and waits again or is done."""
        at, _, life = heapq.heappop(self._waiting)
        self.move(at)
        pause = await anext(life, None)
        if pause is not None:
            self.begin(life, pause)

    async def run(self, before: Callable[[], Awaitable[bool]], until: datetime | None = None) -> None:
        """Everybody acts until nobody waits; `before` each turn something else may be first, and says so."""
        while until is None or self.next is None or self.next <= until:
            if await before():
                continue
            if not self._waiting:
                return
            await self.turn()
