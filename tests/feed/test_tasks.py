"""Tasks that outlive whatever goes wrong in them."""

import asyncio
import logging

import pytest

from app.events.tasks import forever, until_first_ends
from app.events.tunables import Tunables

QUICK = Tunables(retry_after=0.001, retry_at_most=0.01)


async def test_a_task_outlives_errors_and_cancellations_from_inside(caplog: pytest.LogCaptureFixture) -> None:
    """A future that somebody else cancelled ends the turn with a CancelledError that is not meant for the task."""
    turns, done = 0, asyncio.Event()

    async def turn() -> None:
        nonlocal turns
        turns += 1
        if turns == 1:
            raise OSError("connection lost")
        if turns == 2:
            raise KeyError("a mistake")
        if turns == 3:
            lost = asyncio.get_running_loop().create_future()
            lost.cancel()
            await lost
        done.set()
        await asyncio.sleep(0)

    with caplog.at_level(logging.DEBUG):
        task = asyncio.create_task(forever("work", turn, QUICK))
        await asyncio.wait_for(done.wait(), 5)
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [(record.levelname, bool(record.exc_info)) for record in caplog.records] == [
        ("WARNING", False),
        ("ERROR", True),
        ("ERROR", True),
    ]


async def test_one_work_that_ends_ends_the_others_however_it_ends() -> None:
    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def breaks() -> None:
        await asyncio.sleep(0)
        raise OSError("connection lost")

    async def is_cancelled_inside() -> None:
        lost = asyncio.get_running_loop().create_future()
        lost.cancel()
        await lost

    async def returns() -> None:
        await asyncio.sleep(0)

    ended: list[bool] = []
    with pytest.raises(OSError, match="connection lost"):
        await until_first_ends(waits(), breaks())
    with pytest.raises(asyncio.CancelledError):
        await until_first_ends(waits(), is_cancelled_inside())
    await until_first_ends(returns(), waits())
    assert len(ended) >= 2
