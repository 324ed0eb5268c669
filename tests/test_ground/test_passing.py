"""Connections of the engine for writing: passed from one transaction to the next, with nothing of the last one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db import driver
from app.db.engine import write_engine

PID = "SELECT pg_backend_pid()"


@asynccontextmanager
async def writing(url: str, size: int = 1) -> AsyncIterator[AsyncEngine]:
    """An engine of so many connections."""
    made = write_engine(url, size=size, name="test-passing")
    try:
        yield made
    finally:
        await made.dispose()


async def pid(connection: AsyncConnection) -> int:
    """Which session it is."""
    return int(await (await driver.within(connection)).fetchval(PID))


async def test_a_connection_is_passed_on_without_the_pool(postgres_url: str) -> None:
    taken = 0

    def count(*_: object) -> None:
        nonlocal taken
        taken += 1

    async with writing(postgres_url) as made:
        event.listen(made.sync_engine, "checkout", count)
        seen = set()
        for _ in range(3):
            async with made.connect() as connection:
                seen.add(await pid(connection))
                await driver.commit(connection)
        assert len(seen) == taken == 1
        await made.dispose()
        async with made.connect() as connection:
            assert await pid(connection) not in seen


async def test_what_was_left_open_is_rolled_back_before_the_next(postgres_url: str) -> None:
    async with writing(postgres_url) as made:
        async with made.connect() as connection:
            await driver.begin(connection, "CREATE TEMPORARY TABLE left_behind ()")
        with pytest.raises(ZeroDivisionError):
            async with made.connect() as connection:
                await driver.begin(connection, "CREATE TEMPORARY TABLE left_behind ()")
                raise ZeroDivisionError
        async with made.connect() as connection:
            await connection.execute(text("CREATE TEMPORARY TABLE left_behind ()"))
        async with made.connect() as connection:
            assert await connection.scalar(text("SELECT to_regclass('left_behind')")) is None


async def test_a_connection_with_options_of_its_own_is_not_passed_on(postgres_url: str) -> None:
    async with writing(postgres_url) as made:
        async with made.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
        async with made.connect() as connection:
            assert "isolation_level" not in connection.sync_connection.get_execution_options()  # type: ignore[union-attr]


async def test_whoever_waits_has_turns_and_is_given_up_on(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[int] = []
    async with writing(postgres_url) as made:

        async def use(at: int) -> None:
            async with made.connect() as connection:
                await driver.begin(connection, "SELECT 1")
                await driver.commit(connection)
                order.append(at)

        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            for at in range(6):
                group.create_task(use(at))
        assert order == list(range(6))
        monkeypatch.setattr(made, "_patience", 0.01)
        async with made.connect():
            with pytest.raises(TimeoutError):
                await use(6)
        await use(7)
        assert order[-1] == 7
