"""Tasks that are there only while there is work."""

import asyncio
from collections.abc import Awaitable, Callable


class Shift:
    """Work that is begun when somebody wakes it and ends when there is none left; `failed` is told why it could not.

    Whoever wakes it while it works need do no more: the work looks again before it ends, and awaits nothing after.
    """

    __slots__ = ("_failed", "_task", "_work")

    def __init__(self, work: Callable[[], Awaitable[None]], failed: Callable[[Exception], None]) -> None:
        self._work = work
        self._failed = failed
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """See to it that the work is done."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def cancel(self) -> None:
        """Stop in the middle."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        try:
            await self._work()
        except Exception as error:
            self._failed(error)
        finally:
            self._task = None
