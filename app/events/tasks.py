"""Tasks that outlive whatever goes wrong in them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

from app.events.connections import DATABASE_TROUBLE
from app.events.tunables import Tunables

log = logging.getLogger(__name__)


async def forever(name: str, turn: Callable[[], Awaitable[None]], tunables: Tunables) -> None:
    """Take one turn after another until cancelled; a turn that fails is logged and comes again after a pause."""
    loop, failures = asyncio.get_running_loop(), 0
    while True:
        began = loop.time()
        try:
            await turn()
            failures = 0
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # somebody cancelled what the turn waited for, not the task: were this to end it, nobody would notice
            failures = await _pause(name, error, failures, began, tunables)
        except Exception as error:
            failures = await _pause(name, error, failures, began, tunables)


async def _pause(name: str, error: BaseException, failures: int, began: float, tunables: Tunables) -> int:
    """Log trouble once in a row and mistakes always, wait longer after each, and return how many there were."""
    if asyncio.get_running_loop().time() - began > tunables.retry_at_most:
        failures = 0
    if isinstance(error, DATABASE_TROUBLE):
        log.log(logging.DEBUG if failures else logging.WARNING, "%s failed and starts again: %r", name, error)
    else:
        log.error("%s made a mistake and starts again", name, exc_info=error)
    await asyncio.sleep(min(tunables.retry_after * 2**failures, tunables.retry_at_most))
    return min(failures + 1, 10)


async def happened(event: asyncio.Event, within: float) -> bool:
    """Wait for an event, at most so long; whether it came."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            await event.wait()
    return event.is_set()


async def until_first_ends(*works: Coroutine[Any, Any, None]) -> None:
    """Run works side by side until one of them ends in whatever way, then end the others and raise what it raised.

    A TaskGroup would go on with the rest when one of them is cancelled from inside.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
