"""Subjects of events with a row of their own: read, locked, and written together with what is told of them."""

from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.happenings import event_row
from app.db.rows import record_from, values_of
from app.domain.happenings import Happening


class Identified(Protocol):
    """A record with a public id of its own."""

    @property
    def id(self) -> UUID:
        """The key of its row."""


Record = TypeVar("Record", bound=Identified)


class Subject(Generic[Record]):
    """The rows of one table as records; events tell of them under a name."""

    def __init__(self, table: Table[Any], kind: type[Record], name: str) -> None:
        self._table = table
        self._kind = kind
        self._name = name

    async def get(self, connection: AsyncConnection, id: UUID) -> Record | None:
        """A record, not locked."""
        return next(iter(await self.found(connection, select(self._table).where(self._table.c.id == id))), None)

    async def lock(self, connection: AsyncConnection, id: UUID, wait: bool = True) -> Record | None:
        """A record, locked; None when there is none, and when it is locked and nobody waits."""
        query = select(self._table).where(self._table.c.id == id).with_for_update(skip_locked=not wait)
        return next(iter(await self.found(connection, query)), None)

    async def found(self, connection: AsyncConnection, query: Any) -> list[Record]:
        """The records of whole rows, in the order of the query."""
        return [record_from(self._kind, dict(row)) for row in (await connection.execute(query)).mappings()]

    async def add(self, connection: AsyncConnection, told: tuple[Record, Happening]) -> None:
        """Write a new record, and the event that says so."""
        record, happening = told
        await connection.execute(insert(self._table).values(values_of(record)))
        await connection.execute(insert(t.events), [event_row(self._name, record.id, happening)])

    async def save(self, connection: AsyncConnection, *told: tuple[Record, Happening]) -> None:
        """Write what became of locked records, and the events that say so."""
        for record, _ in told:
            await self.keep(connection, record)
        if told:
            rows = [event_row(self._name, record.id, happening) for record, happening in told]
            await connection.execute(insert(t.events), rows)

    async def keep(self, connection: AsyncConnection, record: Record) -> None:
        """Write what became of a locked record that nobody is told of."""
        await connection.execute(update(self._table).where(self._table.c.id == record.id).values(values_of(record)))
