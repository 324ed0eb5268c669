"""Trades written: what differs from what was loaded, with the entries and events of it, by one statement."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.changes import Change, deletion, has_keys, insertion, make, updates
from app.db.happenings import event_row
from app.db.ledger import postings
from app.db.trades.listing import Decided, listed, past_words
from app.db.trades.parts import COLLECTIONS, SHARED
from app.domain import goods
from app.domain.partial import holds
from app.domain.relisting import Past, bearer, past, whole
from app.domain.trade import Trade

_TABLES = {**{name: table for name, (table, _, _) in COLLECTIONS.items()}, **SHARED}


async def write(
    connection: AsyncConnection,
    decided: Decided,
    offered: Sequence[goods.Attachment] = (),
    along: Sequence[Change] = (),
) -> None:
    """Write what was decided: each pair is a trade as loaded (None: a new one) and as it shall be.

    One statement, however many trades; before it another where rows must make room for new ones. `offered` are the
    files that a new one was given, and that were there before it; what else belongs to the decision goes `along`.
    """
    decided, found = await listed(connection, decided)
    room: list[Change] = []
    changes = [*along, *_orders(decided), *found]
    for name, (before, after) in _moved(decided).items():
        table = _TABLES[name]
        gone, changed, new = _rows(table, before + list(offered) if name == "attachments" else before, after)
        room += gone
        (room if new and has_keys(table) else changes).extend(changed)
        changes += new
    changes += await postings(connection, [entry for _, after in decided for entry in after.posted])
    await make(connection, room)
    await make(connection, [*changes, *_events(decided)])


async def remove(connection: AsyncConnection, trade: Trade) -> None:
    """Delete an order with all its rows, but its events; the last of them tells that it is gone."""
    events = insertion(t.events, list(_order_events(trade, whole(trade))))
    await make(connection, [deletion(t.orders, [trade.order.id]), *past_words([trade]), events])


def _moved(decided: Decided) -> dict[str, tuple[list[Any], list[Any]]]:
    """The rows of each table before and after, of those trades in which they are others now."""
    moved: dict[str, tuple[list[Any], list[Any]]] = {}
    for before, after in decided:
        had = {} if before is None else vars(before)
        for name, rows in vars(after).items():
            if name in _TABLES and rows is not (old := had.get(name, ())):
                was, now = moved.setdefault(name, ([], []))
                was += old
                now += rows
    return dict(sorted(moved.items()))


def _orders(decided: Decided) -> Iterator[Change]:
    if new := [after.order for before, after in decided if before is None]:
        yield insertion(t.orders, new)
    yield from updates(t.orders, [(before.order, after.order) for before, after in decided if before is not None])
    contacts = [
        after.contact
        for before, after in decided
        if before is None or (holds(after, "contact") and before.contact.version != after.contact.version)
    ]
    if contacts:
        yield insertion(t.contacts, contacts)


def _rows(table: Table[Any], before: list[Any], after: list[Any]) -> tuple[list[Change], list[Change], list[Change]]:
    """What goes, what changes and what is new among the rows of a table."""
    old = {row.id: row for row in before}
    kept = {row.id for row in after}
    gone = [row.id for row in before if row.id not in kept]
    new = [row for row in after if row.id not in old]
    return (
        [deletion(table, gone)] if gone else [],
        updates(table, [(old[row.id], row) for row in after if row.id in old]),
        [insertion(table, new)] if new else [],
    )


def _events(decided: Decided) -> Iterator[Change]:
    rows = [row for before, after in decided for row in _order_events(after, past(before, after))]
    rows += [
        event_row("COUPON", coupon_id, happening, trade.order.id)
        for _, trade in decided
        for coupon_id, happening in trade.coupon_happenings
    ]
    if rows:
        yield insertion(t.events, rows)


def _order_events(trade: Trade, told: Past) -> Iterator[dict[str, Any]]:
    """The events of an order; one of them says what the order was before to lists."""
    tells = bearer(trade.happenings)
    for happening in trade.happenings:
        listed_before = told if happening is tells else None
        yield event_row("ORDER", trade.order.id, happening, trade.order.id, listed_before)
