"""What a test sees of the database: all that a step on an order could have changed."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.db import tables as t
from app.domain.access import By
from app.domain.conditions import State, state_of
from app.domain.errors import Refusal
from app.domain.records import Status
from tests.market import Market

COUNTS = text(
    " UNION ALL ".join(f"SELECT '{name}' AS name, count(*) AS rows FROM {name}" for name in t.metadata.tables)
)


@dataclass(frozen=True)
class Seen:
    """All that a step could have changed: the number of every table's rows, and the order's row."""

    counts: Mapping[str, int]
    order: Mapping[str, Any] | None

    @property
    def state(self) -> State:
        """The column of the table the order stands in."""
        assert self.order is not None
        awaiting = self.order["awaiting"]
        return state_of(Status(self.order["status"]), By(awaiting) if awaiting else None)


async def look(market: Market, order_id: UUID) -> Seen:
    """What the database holds now."""
    async with market.means.engine.connect() as connection:
        counts = {row.name: row.rows for row in await connection.execute(COUNTS)}
        found = await connection.execute(t.orders.select().where(t.orders.c.id == order_id))
        row = found.mappings().first()
    return Seen(counts, None if row is None else dict(row))


async def where(market: Market, order_id: UUID) -> State:
    """The column of the table an order stands in."""
    return (await look(market, order_id)).state


async def entry_kinds(market: Market, order_id: UUID, after: int = 0) -> list[str]:
    """The kinds of the order's entries after a place in its chain."""
    query = text("SELECT kind FROM entries WHERE order_id = :order AND sequence > :after ORDER BY sequence")
    async with market.means.engine.connect() as connection:
        return list((await connection.execute(query, {"order": order_id, "after": after})).scalars())


async def refusal(doing: Awaitable[object]) -> Refusal:
    """The refusal that something ends in."""
    with pytest.raises(Refusal) as refused:
        await doing
    return refused.value
