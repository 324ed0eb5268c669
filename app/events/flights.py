"""Calls made once for all who want the same at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


class Flights(Generic[Key, Result]):
    """Calls under way, by what they are for. Who gives up waiting ends nothing for the others."""

    def __init__(self) -> None:
        self._flying: dict[Key, asyncio.Future[Result]] = {}

    async def share(self, key: Key, call: Callable[[], Awaitable[Result]]) -> Result:
        """The result of the call that is under way, or of one begun now: for what does not grow old in a moment."""
        flight = self._flying.get(key)
        if flight is None:
            flight = self._flying[key] = asyncio.ensure_future(call())
            flight.add_done_callback(lambda done: self._landed(key, done))
        return await asyncio.shield(flight)

    def _landed(self, key: Key, flight: "asyncio.Future[Result]") -> None:
        del self._flying[key]
        _heard(flight)


class Next(Generic[Result]):
    """One call after another: whoever comes while one is under way shares the next, which begins after they came."""

    __slots__ = ("_call", "_last", "_next")

    def __init__(self, call: Callable[[], Awaitable[Result]]) -> None:
        self._call = call
        self._last: asyncio.Future[Result] | None = None
        self._next: asyncio.Future[Result] | None = None

    async def share(self) -> Result:
        """The result of a call that began after this one."""
        if self._next is None:
            self._next = asyncio.ensure_future(self._fly(self._last))
            self._next.add_done_callback(_heard)
        return await asyncio.shield(self._next)

    async def _fly(self, before: "asyncio.Future[Result] | None") -> Result:
        if before is not None and not before.done():
            await asyncio.wait([before])
        self._last, self._next = self._next, None
        return await self._call()

    def cancel(self) -> None:
        """Give up what is under way."""
        for flight in (self._last, self._next):
            if flight is not None:
                flight.cancel()


class Nexts(Generic[Key, Result]):
    """A `Next` for each thing that somebody waits for, kept no longer than that."""

    __slots__ = ("_waited",)

    def __init__(self) -> None:
        self._waited: dict[Key, _Waited[Result]] = {}

    async def share(self, key: Key, call: Callable[[], Awaitable[Result]]) -> Result:
        """The result of a call for this that began after this one."""
        waited = self._waited.get(key)
        if waited is None:
            waited = self._waited[key] = _Waited(Next(call))
        waited.by += 1
        try:
            return await waited.calls.share()
        finally:
            waited.by -= 1
            if not waited.by:
                del self._waited[key]


@dataclass(slots=True)
class _Waited(Generic[Result]):
    """Calls, and how many wait for their results."""

    calls: Next[Result]
    by: int = 0


def _heard(flight: "asyncio.Future[Any]") -> None:
    """Look at the outcome of a flight, which may have nobody left to do so."""
    if not flight.cancelled():
        flight.exception()
