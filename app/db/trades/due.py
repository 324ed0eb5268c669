"""Due trades: of each the facts by which its clocks lapse, brought by one statement a table for all of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.driver import within
from app.db.rows import decoder
from app.db.trades.parts import COLLECTIONS, UNDECIDED
from app.db.trades.pinned import policies
from app.db.trades.shared import indebted, with_coupons, with_debts
from app.domain.clockwork import COLUMNS, PARTS, facts_for
from app.domain.partial import part_of
from app.domain.records import Order, Seller
from app.domain.trade import Trade

_ORDER = tuple(sorted(COLUMNS))
# What is brought for all of them together where it is among the facts
_SHARED: Mapping[str, Any] = {"coupons": (), "recoveries": (), "balances": {}}


async def load_due(connection: AsyncConnection, ids: Sequence[UUID], now: datetime) -> list[Trade]:
    """The trades of locked orders, each with the facts by which its clocks lapse at `now`, and with no others.

    The coupons they have to do with and what their sellers owe are locked with them where they are among the facts.
    """
    decoded = decoder(Order, _ORDER)
    rows = await _rows(connection, "orders", _ORDER, "id", ids)
    orders = [part_of(Order, zip(_ORDER, decoded(row), strict=True)) for row in rows]
    clocks = await _children(connection, "deadlines", ids)
    facts = {order.id: facts_for(clocks[order.id], order.id, now) for order in orders}
    children = {"deadlines": clocks}
    for name in COLLECTIONS.keys() & frozenset[str]().union(*facts.values()):
        children[name] = await _children(connection, name, [id for id, named in facts.items() if name in named])
    sellers = await _sellers(connection, {order.seller_id for order in orders})
    pinned = await policies(connection, {order.policy_id for order in orders if order.policy_id is not None})
    trades = []
    for order in orders:
        held = dict(UNDECIDED, order=order, seller=sellers[order.seller_id], deadlines=clocks[order.id])
        if order.policy_id is not None:
            held["policy"] = pinned[order.policy_id]
        for name in facts[order.id]:
            held[name] = children[name][order.id] if name in children else _SHARED[name]
        trades.append(part_of(Trade, held))
    return await _with_shared(connection, trades, facts)


async def _with_shared(
    connection: AsyncConnection, trades: Sequence[Trade], facts: Mapping[UUID, Collection[str]]
) -> list[Trade]:
    """The trades with their coupons and with what their sellers owe, where these are among their facts."""
    loaded = {trade.order.id: trade for trade in trades}
    coupons = [trade for trade in trades if "coupons" in facts[trade.order.id]]
    loaded |= {trade.order.id: trade for trade in await with_coupons(connection, coupons)}
    debts = [trade for trade in loaded.values() if "recoveries" in facts[trade.order.id]]
    owing = await indebted(connection, {trade.seller.id for trade in debts}) if debts else ()
    loaded |= {trade.order.id: trade for trade in await with_debts(connection, debts, owing)}
    return list(loaded.values())


async def _sellers(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Seller]:
    names = _names(Seller)
    decoded = decoder(Seller, names)
    rows = await _rows(connection, "sellers", names, "id", ids)
    return {seller.id: seller for seller in (Seller(*decoded(row)) for row in rows)}


async def _children(connection: AsyncConnection, name: str, ids: Collection[UUID]) -> Mapping[UUID, tuple[Any, ...]]:
    """The rows of a collection by their order, in the order in which it keeps them."""
    table, kind, key = COLLECTIONS[name]
    part = tuple(sorted(PARTS.get(name, ())))
    names = part or _names(kind)
    decoded = decoder(kind, names)
    children: dict[UUID, list[Any]] = {id: [] for id in ids}
    for row in await _rows(connection, table.name, names, "order_id", ids, key):
        child = part_of(kind, zip(part, decoded(row), strict=True)) if part else kind(*decoded(row))
        children[child.order_id].append(child)
    return {id: tuple(rows) for id, rows in children.items()}


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


async def _rows(
    connection: AsyncConnection, table: str, names: Sequence[str], key: str, ids: Collection[UUID], order: str = "id"
) -> Sequence[Any]:
    """These columns of the rows that belong to any of these."""
    columns = ", ".join(f'"{name}"' for name in names)
    query = f"SELECT {columns} FROM {table} WHERE {key} = ANY($1) ORDER BY {order}"
    return await (await within(connection)).fetch(query, list(ids))
