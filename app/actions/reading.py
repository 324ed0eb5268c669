"""Reads that the domain has a say in, beside what the read engine brings."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.actions import work
from app.actions.work import Means
from app.db import tables as t
from app.db import trades
from app.db.trades import Asked
from app.domain import amendments, buying, contract, lanes
from app.domain.access import Actor, By, Seen, Viewer, party_of
from app.domain.amendments import Effect
from app.domain.clockwork import settle
from app.domain.errors import ErrorCode, Refusal
from app.domain.records import Status
from app.domain.trade import Act


@dataclass(frozen=True, slots=True)
class Linked:
    """What is behind an order link."""

    order_id: UUID
    seller_name: str
    email: str | None


async def order_of_link(engine: AsyncEngine, link: str) -> Linked | None:
    """The order of a link's secret (ORD-7)."""
    orders, contacts, sellers = t.orders, t.contacts, t.sellers
    current = and_(contacts.c.order_id == orders.c.id, contacts.c.version == orders.c.contact_version)
    query = (
        select(orders.c.id, sellers.c.name, contacts.c.email)
        .join_from(orders, sellers, sellers.c.id == orders.c.seller_id)
        .join(contacts, current)
        .where(orders.c.link == link)
    )
    async with engine.connect() as connection:
        row = (await connection.execute(query)).first()
    return None if row is None else Linked(row.id, row.name, row.email)


async def amendment_effect(
    means: Means, actor: Actor, order_id: UUID, patch: contract.Patch | None
) -> tuple[Effect, str] | None:
    """What confirming an amendment now would do, and the order's currency; nothing is locked or written (ORD-10).

    None when there is nothing to confirm: no terms are given and no amendment is open.
    """
    async with means.engine.connect() as connection:
        now = await means.clock.read(connection)
        products, asked = buying.named(patch or {}), lanes.asked(patch or {})
        found = await trades.load(connection, [order_id], now, Asked(quota=True, products=products, lanes=asked))
    if not found or party_of(actor.viewer, found[0].seen) is None:
        raise Refusal(ErrorCode.NOT_FOUND, work.NOT_FOUND, ("orderId",))
    act = Act(actor.by, now, means.mint, actor)
    trade = settle(found[0], act)
    if patch is not None:
        return amendments.effect(trade, act, patch, proposed=False), trade.order.currency
    if trade.amendment is None:
        return None
    return amendments.effect(trade, act, contract.from_json(trade.amendment.changes)), trade.order.currency


async def visible_version(engine: AsyncEngine, viewer: Viewer, order_id: UUID) -> int | None:
    """The version an order is at, or None when there is none that this viewer may see."""
    async with engine.connect() as connection:
        return await version_for(connection, viewer, order_id)


async def version_for(connection: AsyncConnection, viewer: Viewer, order_id: UUID) -> int | None:
    """The same, within a view of the database that somebody else has opened."""
    orders = t.orders.c
    query = select(
        orders.version, orders.seller_id, orders.buyer_id, orders.salesperson_id, orders.drafted_by, orders.status
    ).where(orders.id == order_id)
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    seen = Seen(
        seller_id=row.seller_id,
        buyer_id=row.buyer_id,
        salesperson_id=row.salesperson_id,
        drafted_by=By(row.drafted_by),
        draft=row.status == Status.DRAFT,
    )
    return None if party_of(viewer, seen) is None else int(row.version)
