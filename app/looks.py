"""Premises looked at again for requests, all who come at the same time by one statement."""

from collections.abc import Awaitable, Callable, Sequence

from app.db.premise import Premise
from app.events.flights import Nexts

Look = Callable[[Sequence[Premise]], Awaitable[list[bool]]]


class Looks:
    """One look after another: whoever comes during one has part in the next, which begins after they came."""

    def __init__(self) -> None:
        self._asked: dict[Premise, None] = {}
        self._looks: Nexts[None, set[Premise]] = Nexts()

    async def holds(self, premise: Premise, look: Look) -> bool:
        """Whether a premise holds, by a look that began after this call."""
        self._asked[premise] = None
        return premise in await self._looks.share(None, lambda: self._taken(look))

    async def _taken(self, look: Look) -> set[Premise]:
        asked, self._asked = list(self._asked), {}
        if not asked:  # those who came with somebody who gave up were looked at with them
            return set()
        return {premise for premise, holds in zip(asked, await look(asked), strict=True) if holds}
