"""The driver's own connection under one of the engine's, for what runs so often that the way to it counts.

What runs on it is in the same transaction, whoever began that; an error of it is the driver's own.
"""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db.engine import Connection, WriteConnection, committed


async def begin(connection: AsyncConnection, along: str) -> str:
    """Begin a transaction if none is, with statements sent along; the tag of the last one, which says what it did."""
    driver = _under(connection)
    return await driver.execute(along if driver.is_in_transaction() else f"BEGIN; {along}")


async def planned(connection: AsyncConnection, statement: str, *ids: UUID | None) -> str:
    """A statement with these ids in its places ($1, $2, …), to be sent along: its plan is made once a connection."""
    return await _under(connection).planned(statement, *ids)


async def commit(connection: AsyncConnection) -> None:
    """Commit, whoever began the transaction."""
    if connection.in_transaction():
        await connection.commit()
    else:
        await committed(_under(connection))


async def within(connection: AsyncConnection) -> Connection:
    """The driver's connection, in the transaction of the engine's, which is begun if need be."""
    driver = _under(connection)
    if not driver.is_in_transaction() and not connection.in_transaction():
        await connection.begin()
    return driver


async def look_for_all(engine: AsyncEngine, query: str, *values: object) -> list[Any]:
    """All rows of a query that stands alone."""
    async with engine.connect() as connection:
        rows: list[Any] = await _under(connection).fetch(query, *values)
        return rows


async def look(engine: AsyncEngine, query: str, *values: object) -> Any:
    """The first row of a query that stands alone: without a transaction, which would be two more round trips."""
    async with engine.connect() as connection:
        return await _under(connection).fetchrow(query, *values)


def _under(connection: AsyncConnection) -> WriteConnection:
    assert connection.sync_connection is not None
    driver: WriteConnection = connection.sync_connection.connection.driver_connection  # type: ignore[assignment]
    return driver
