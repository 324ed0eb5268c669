"""What an order only has to do with, locked with it in one order everywhere: coupons, and what its seller owes."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, and_, any_, bindparam, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.rows import record_from
from app.domain.partial import changed
from app.domain.records import DeadlineKind
from app.domain.recoveries import CURRENCY
from app.domain.remedies import Coupon, Recovery
from app.domain.trade import Trade

_OPEN = ("OWED", "PARTLY_COLLECTED")


def _among(column: Any, ids: Collection[UUID]) -> Any:
    """One statement however many they are."""
    return column == any_(bindparam(None, list(ids), ARRAY(Uuid)))


def _locking(query: Any, locked: bool) -> Any:
    return query.with_for_update() if locked else query


async def with_coupons(
    connection: AsyncConnection, loaded: Sequence[Trade], asked: UUID | None = None, locked: bool = True
) -> list[Trade]:
    """The trades with the coupons applied to them, issued for them, or asked for."""
    wanted = {
        trade.order.id: {
            id for id in (trade.order.coupon_id, asked, *(claim.coupon_id for claim in trade.claims)) if id is not None
        }
        for trade in loaded
    }
    ids = set[UUID]().union(*wanted.values())
    if not ids:
        return list(loaded)
    query = _locking(select(t.coupons).where(_among(t.coupons.c.id, ids)).order_by(t.coupons.c.id), locked)
    coupons = {row["id"]: record_from(Coupon, dict(row)) for row in (await connection.execute(query)).mappings()}
    return [
        changed(trade, {"coupons": tuple(coupons[id] for id in sorted(wanted[trade.order.id] & coupons.keys()))})
        for trade in loaded
    ]


async def indebted(connection: AsyncConnection, seller_ids: Collection[UUID]) -> set[UUID]:
    """Those of these sellers who owe something."""
    r = t.recoveries.c
    query = select(r.seller_id).distinct().where(_among(r.seller_id, seller_ids), r.status.in_(_OPEN))
    return set((await connection.execute(query)).scalars())


def settles_debts(trade: Trade) -> bool:
    """Whether money may move between what the seller of this trade owes and has."""
    due = trade.deadline(DeadlineKind.RECOVERY)
    return due is not None or trade.order.released > 0 or bool(trade.recoveries)


async def with_debts(
    connection: AsyncConnection, loaded: Sequence[Trade], indebted: Collection[UUID], locked: bool = True
) -> list[Trade]:
    """The trades with what their sellers owe and have, where money may move between the two (COU-4)."""
    concerned = {trade.seller.id for trade in loaded if trade.seller.id in indebted or settles_debts(trade)}
    if not concerned:
        return list(loaded)
    r = t.recoveries.c
    own = _among(r.order_id, [trade.order.id for trade in loaded])
    owed = and_(_among(r.seller_id, concerned), r.status.in_(_OPEN))
    query = _locking(select(t.recoveries).where(or_(own, owed)).order_by(r.id), locked)
    recoveries: dict[UUID, list[Recovery]] = defaultdict(list)
    for row in (await connection.execute(query)).mappings():
        recoveries[row["seller_id"]].append(record_from(Recovery, dict(row)))
    if locked:
        await _found_balances(connection, concerned)
    b = t.balances.c
    accounts = (
        select(b.owner_id, b.account, b.currency, b.amount)
        .where(_among(b.owner_id, concerned), b.account.in_(["RECEIVABLE", "SELLER"]))
        .order_by(b.owner_id, b.account, b.currency)
    )
    balances: dict[UUID, dict[str, int]] = defaultdict(dict)
    for account in await connection.execute(_locking(accounts, locked)):
        if account.account == "SELLER":
            balances[account.owner_id][account.currency] = account.amount
    return [
        changed(trade, {"recoveries": tuple(recoveries[trade.seller.id]), "balances": balances[trade.seller.id]})
        for trade in loaded
    ]


async def _found_balances(connection: AsyncConnection, seller_ids: Collection[UUID]) -> None:
    """Give these sellers' accounts a row to lock: money that arrives meanwhile waits for it, and then sees the debt."""
    rows = [
        {"account": "SELLER", "owner_id": id, "currency": CURRENCY, "amount": 0, "lines": 0}
        for id in sorted(seller_ids)
    ]
    await connection.execute(insert(t.balances).on_conflict_do_nothing(), rows)
