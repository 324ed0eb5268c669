"""Premises looked at again for requests, all who come at the same time by one statement."""

from collections.abc import Awaitable, Callable, Sequence

from app.db.premise import Premise
from app.events.flights import Next

Look = Callable[[Sequence[Premise]], Awaitable[list[bool]]]


class Looks:
    """One look after another: whoever comes during one has part in the next, which begins after they came."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._asked: dict[Premise, None] = {}
        self._looks: Next[set[Premise]] = Next(self._taken)

    async def holds(self, premise: Premise) -> bool:
        """Whether a premise holds, by a look that began after this call."""
        self._asked[premise] = None
        return premise in await self._looks.share()

    async def _taken(self) -> set[Premise]:
        asked, self._asked = list(self._asked), {}
        return {premise for premise, holds in zip(asked, await self._look(asked), strict=True) if holds}
