"""Trades written: what differs from what was loaded, with the entries and events of it."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.happenings import event_row
from app.db.ledger import post
from app.db.rows import changed_values, values_of
from app.db.trades.parts import COLLECTIONS, SHARED, WRITTEN
from app.domain import goods
from app.domain.trade import Trade


async def write(
    connection: AsyncConnection,
    decided: Sequence[tuple[Trade | None, Trade]],
    offered: Sequence[goods.Attachment] = (),
) -> None:
    """Write what was decided: each pair is a trade as loaded (None: a new one) and as it shall be.

    One statement a table and kind of change, however many trades; events last, so that they follow their facts.
    `offered` are the files that a new one was given, and that were there before it.
    """
    await _write_orders(connection, decided)
    for name in WRITTEN:
        await _write_rows(
            connection,
            SHARED[name] if name in SHARED else COLLECTIONS[name][0],
            [row for before, _ in decided if before is not None for row in getattr(before, name)]
            + (list(offered) if name == "attachments" else []),
            [row for _, after in decided for row in getattr(after, name)],
        )
    await post(connection, [entry for _, after in decided for entry in after.posted])
    await _write_events(connection, [after for _, after in decided])


async def _write_orders(connection: AsyncConnection, decided: Sequence[tuple[Trade | None, Trade]]) -> None:
    new = [values_of(after.order) for before, after in decided if before is None]
    if new:
        await connection.execute(insert(t.orders), new)
    changed = [(before.order, after.order) for before, after in decided if before is not None]
    await _update(connection, t.orders, changed)
    contacts = [
        values_of(after.contact)
        for before, after in decided
        if before is None or before.contact.version != after.contact.version
    ]
    if contacts:
        await connection.execute(insert(t.contacts), contacts)


async def _write_rows(connection: AsyncConnection, table: Table[Any], before: list[Any], after: list[Any]) -> None:
    if before == after:
        return
    old = {row.id: row for row in before}
    kept = {row.id for row in after}
    gone = [row.id for row in before if row.id not in kept]
    if gone:
        await connection.execute(delete(table).where(table.c.id.in_(gone)))
    await _update(connection, table, [(old[row.id], row) for row in after if row.id in old])
    new = [values_of(row) for row in after if row.id not in old]
    if new:
        await connection.execute(insert(table), new)


async def _update(connection: AsyncConnection, table: Table[Any], pairs: Iterable[tuple[Any, Any]]) -> None:
    """Write only the columns that changed; rows in which the same ones did go together."""
    together: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for before, after in pairs:
        if before is not after and (values := changed_values(before, after)):
            together.setdefault(tuple(values), []).append({"row_id": after.id, **values})
    for names, rows in together.items():
        statement = update(table).where(table.c.id == bindparam("row_id"))
        await connection.execute(statement.values({name: bindparam(name) for name in names}), rows)


async def _write_events(connection: AsyncConnection, trades: Sequence[Trade]) -> None:
    rows = [
        event_row("ORDER", trade.order.id, happening, trade.order.id)
        for trade in trades
        for happening in trade.happenings
    ]
    rows += [
        event_row("COUPON", coupon_id, happening, trade.order.id)
        for trade in trades
        for coupon_id, happening in trade.coupon_happenings
    ]
    if rows:
        await connection.execute(insert(t.events), rows)
