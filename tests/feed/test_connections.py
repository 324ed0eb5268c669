"""The feed's few connections: nobody starves, and none that failed is used again."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.db.feed import Session
from app.events.connections import Connections
from app.events.tunables import Tunables
from tests.feed.writing import until

FEW = Tunables(connections=4, answer_within=30)


@pytest.fixture
async def connections(postgres_url: str) -> AsyncIterator[Connections]:
    made = Connections(postgres_url, FEW)
    async with made.open():
        yield made


async def backend(session: Session) -> int:
    """The server's number of the process behind a connection."""
    pid: int = await session.fetchval("SELECT pg_backend_pid()")
    return pid


async def test_subscribers_never_hold_the_last_two_connections(connections: Connections) -> None:
    busy, goes_on = 0, asyncio.Event()

    async def slow(session: Session) -> int:
        nonlocal busy
        busy += 1
        await goes_on.wait()
        return await backend(session)

    subscribers = [asyncio.create_task(connections.in_turn(slow)) for _ in range(20)]
    await until(lambda: busy == FEW.connections - 2)
    own = await asyncio.gather(connections.at_once(backend), connections.at_once(backend))
    assert busy == FEW.connections - 2
    goes_on.set()
    theirs = await asyncio.gather(*subscribers)
    assert len({*own, *theirs}) <= FEW.connections


async def test_a_connection_that_failed_is_not_used_again(connections: Connections) -> None:
    async def fails(session: Session) -> None:
        failed.append(await backend(session))
        raise asyncpg.InternalClientError("cannot switch to state 12; another operation is in progress")

    failed: list[int] = []
    before = await connections.at_once(backend)
    with pytest.raises(asyncpg.InternalClientError):
        await connections.at_once(fails)
    assert failed == [before]
    assert await connections.at_once(backend) != before


async def test_outside_of_its_block_nothing_is_read(postgres_url: str) -> None:
    with pytest.raises(asyncpg.InterfaceError, match="not running"):
        await Connections(postgres_url, FEW).at_once(backend)
