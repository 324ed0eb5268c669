"""Trades loaded in part: of an order the facts that a step names, where nothing of it has run out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.driver import within
from app.db.rows import record_from
from app.db.trades.parts import COLLECTIONS, UNDECIDED, children_sql
from app.db.trades.pinned import policies
from app.domain import records as r
from app.domain.partial import part_of
from app.domain.policy import Policy
from app.domain.trade import Trade

POLICY = "policy"
# What can be named beside the collections of an order's rows and the policy that is pinned to it
_BESIDE: Mapping[str, str] = {
    "salespeople": (
        "ARRAY(SELECT m.account_id FROM members m WHERE m.seller_id = o.seller_id AND m.removed_at IS NULL)"
        " AS salespeople"
    ),
}
_LATE = (
    "EXISTS (SELECT FROM deadlines d WHERE d.order_id = o.id AND d.status = 'RUNNING'"
    " AND d.due_at <= $2::timestamptz - interval '1 second') AS late"
)


async def load_named(
    connection: AsyncConnection, ids: Sequence[UUID], now: datetime, facts: frozenset[str]
) -> list[Trade] | None:
    """The trades of locked orders with these facts and no others; None where they have to be loaded whole.

    So it is where something has run out, which is settled by facts of its own, and where no policy is pinned yet.
    Neither coupons nor what sellers owe can be named: they are locked, in one order everywhere, with a whole trade.
    """
    found = await (await within(connection)).fetch(_statement(facts), list(ids), now)
    if any(row["late"] for row in found):
        return None
    pinned: Mapping[UUID, Policy] = {}
    if POLICY in facts:
        wanted = {row["order"]["policy_id"] for row in found}
        if None in wanted:
            return None
        pinned = await policies(connection, wanted)
    return [_trade(row, facts, pinned) for row in found]


def _trade(row: Any, facts: frozenset[str], pinned: Mapping[UUID, Policy]) -> Trade:
    order = record_from(r.Order, row["order"])
    held: dict[str, Any] = dict(UNDECIDED, order=order)
    for name in facts:
        if name == POLICY:
            held[name] = pinned[row["order"]["policy_id"]]
        elif name in _BESIDE:
            held[name] = frozenset(row[name])
        else:
            _, kind, _ = COLLECTIONS[name]
            held[name] = tuple(record_from(kind, child) for child in row[name])
    return part_of(Trade, held)


@cache
def _statement(facts: frozenset[str]) -> str:
    """One for each set of facts that some step names, which are few."""
    columns = ['o AS "order"', _LATE]
    columns += [_BESIDE.get(name) or children_sql(name) for name in sorted(facts - {POLICY})]
    return f"SELECT {', '.join(columns)} FROM orders o WHERE o.id = ANY($1)"
