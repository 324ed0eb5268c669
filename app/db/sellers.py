"""Sellers in the database, and what is written of them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.happenings import event_row
from app.db.rows import record_from, values_of
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import Happening
from app.domain.policy import ExportMethod
from app.domain.records import Seller
from app.domain.remedies import Collection, Recovery
from app.domain.sellers import Application, Tail


async def get(connection: AsyncConnection, seller_id: UUID, lock: bool = False) -> Seller | None:
    """A seller, locked if something will be decided about them."""
    query = select(t.sellers).where(t.sellers.c.id == seller_id)
    found = (await connection.execute(query.with_for_update(key_share=True) if lock else query)).mappings().first()
    return None if found is None else record_from(Seller, dict(found))


async def of_member(connection: AsyncConnection, account_id: UUID) -> Seller:
    """The seller of a member, who stays one until this is committed; a refusal when they are no member any more."""
    s, m = t.sellers, t.members
    query = select(s).join(m, m.c.seller_id == s.c.id).where(m.c.account_id == account_id, m.c.removed_at.is_(None))
    found = (await connection.execute(query.with_for_update(read=True, of=m))).mappings().first()
    if found is None:
        raise Refusal(ErrorCode.FORBIDDEN, "You are no member of this company any more.")
    return record_from(Seller, dict(found))


async def save(connection: AsyncConnection, seller: Seller, happenings: Sequence[Happening]) -> None:
    """Write a seller that was locked, and what happened to them."""
    values = values_of(seller)
    await connection.execute(update(t.sellers).where(t.sellers.c.id == seller.id).values(values))
    rows = [event_row("SELLER", seller.id, happening) for happening in happenings]
    if rows:
        await connection.execute(insert(t.events), rows)


async def application(connection: AsyncConnection, application_id: UUID) -> Application | None:
    """An application; whoever decides it locks its seller first."""
    found = await connection.execute(select(t.applications).where(t.applications.c.id == application_id))
    row = found.mappings().first()
    return None if row is None else record_from(Application, dict(row))


async def balance(connection: AsyncConnection, seller_id: UUID, currency: str) -> int:
    """What the seller may withdraw in a currency, locked until the transaction ends."""
    found = await connection.execute(
        text(
            "SELECT amount FROM balances WHERE account = 'SELLER' AND owner_id = :seller AND currency = :currency"
            " FOR UPDATE"
        ),
        {"seller": seller_id, "currency": currency},
    )
    return int(found.scalar() or 0)


async def released_methods(connection: AsyncConnection, seller_id: UUID) -> list[ExportMethod]:
    """The export methods of the orders whose money was released to the seller."""
    o = t.orders.c
    query = select(o.export_method).where(o.seller_id == seller_id, o.released > 0).distinct()
    return [ExportMethod(method) for method in (await connection.execute(query)).scalars() if method is not None]


async def tail(connection: AsyncConnection, seller_id: UUID) -> Tail:
    """Where the chain of the seller's own entries ends."""
    found = await connection.execute(
        select(t.entries.c.sequence, t.entries.c.hash)
        .where(t.entries.c.seller_id == seller_id, t.entries.c.order_id.is_(None))
        .order_by(t.entries.c.sequence.desc())
        .limit(1)
    )
    row = found.first()
    return Tail() if row is None else Tail(row.sequence, row.hash)


async def owed(connection: AsyncConnection, seller_id: UUID, currency: str) -> tuple[Recovery, ...]:
    """What the seller owes in a currency, oldest first, locked until the transaction ends."""
    r = t.recoveries.c
    query = (
        select(t.recoveries)
        .where(r.seller_id == seller_id, r.currency == currency, r.status.in_(["OWED", "PARTLY_COLLECTED"]))
        .order_by(r.id)
        .with_for_update()
    )
    found = [record_from(Recovery, dict(row)) for row in (await connection.execute(query)).mappings()]
    return tuple(sorted(found, key=lambda row: (row.owed_at, row.id)))


async def collect(
    connection: AsyncConnection, recoveries: Sequence[Recovery], collections: Sequence[Collection]
) -> None:
    """Write what was collected of locked recoveries."""
    for recovery in recoveries:
        collected = {"status": str(recovery.status), "collected": recovery.collected}
        await connection.execute(update(t.recoveries).where(t.recoveries.c.id == recovery.id).values(collected))
    if collections:
        await connection.execute(insert(t.collections), [values_of(row) for row in collections])
