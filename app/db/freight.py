"""Lanes and freight templates in the database, and what is written of them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.rows import record_from, values_of
from app.domain.goods import Lane, Template


async def lanes(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Lane]:
    """Those of these lanes that there are."""
    if not ids:
        return {}
    found = await connection.execute(select(t.lanes).where(t.lanes.c.id.in_(ids)))
    return {row["id"]: record_from(Lane, dict(row)) for row in found.mappings()}


async def open_to(connection: AsyncConnection, seller_id: UUID, ids: Collection[UUID]) -> dict[UUID, Lane]:
    """Those of these lanes that are run and that a seller may switch on: not those of other sellers."""
    return {
        id: lane
        for id, lane in (await lanes(connection, ids)).items()
        if lane.retired_at is None and lane.seller_id in (None, seller_id)
    }


async def lock_lane(connection: AsyncConnection, lane_id: UUID) -> Lane | None:
    """A lane, locked because something will be decided about it."""
    found = await connection.execute(select(t.lanes).where(t.lanes.c.id == lane_id).with_for_update(key_share=True))
    row = found.mappings().first()
    return None if row is None else record_from(Lane, dict(row))


async def add_lane(connection: AsyncConnection, lane: Lane) -> None:
    """Write a new lane."""
    await connection.execute(insert(t.lanes).values(values_of(lane)))


async def save_lane(connection: AsyncConnection, lane: Lane) -> None:
    """Write a lane that was locked."""
    await connection.execute(update(t.lanes).where(t.lanes.c.id == lane.id).values(values_of(lane)))


async def count_lanes(connection: AsyncConnection, seller_id: UUID | None) -> int:
    """How many lanes are run: a seller's own, or those of the platform and the couriers."""
    own = and_(t.lanes.c.seller_id.is_not_distinct_from(seller_id), t.lanes.c.retired_at.is_(None))
    return int((await connection.execute(select(func.count()).select_from(t.lanes).where(own))).scalar_one())


async def count_templates(connection: AsyncConnection, seller_id: UUID) -> int:
    """How many freight templates a seller has."""
    query = select(func.count()).select_from(t.templates).where(t.templates.c.seller_id == seller_id)
    return int((await connection.execute(query)).scalar_one())


async def lock_template(
    connection: AsyncConnection, template_id: UUID, seller_id: UUID
) -> tuple[Template, frozenset[UUID]] | None:
    """A seller's freight template, locked, and its lanes."""
    own = and_(t.templates.c.id == template_id, t.templates.c.seller_id == seller_id)
    row = (await connection.execute(select(t.templates).where(own).with_for_update(key_share=True))).mappings().first()
    if row is None:
        return None
    held = select(t.template_lanes.c.lane_id).where(t.template_lanes.c.template_id == template_id)
    return record_from(Template, dict(row)), frozenset((await connection.execute(held)).scalars())


async def save_template(connection: AsyncConnection, template: Template, lane_ids: Collection[UUID]) -> None:
    """Write a template, new or locked, with just these lanes."""
    named = upsert(t.templates).values(values_of(template))
    await connection.execute(named.on_conflict_do_update(index_elements=["id"], set_={"name": template.name}))
    bound = t.template_lanes.c
    gone = and_(bound.template_id == template.id, bound.lane_id.not_in(lane_ids))
    await connection.execute(delete(t.template_lanes).where(gone))
    rows = [{"template_id": template.id, "lane_id": lane_id} for lane_id in lane_ids]
    if rows:
        await connection.execute(upsert(t.template_lanes).on_conflict_do_nothing(), rows)


async def bind(
    connection: AsyncConnection, seller_id: UUID, template_id: UUID | None, product_ids: Sequence[UUID], now: datetime
) -> set[UUID]:
    """Bind a seller's products to a template, or to none; those of the named that the seller has."""
    own = and_(t.products.c.id.in_(product_ids), t.products.c.seller_id == seller_id)
    # locked in one order everywhere, so that no two of these wait for each other
    await connection.execute(select(t.products.c.id).where(own).order_by(t.products.c.id).with_for_update())
    values = {"template_id": template_id, "version": t.products.c.version + 1, "updated_at": now}
    bound = await connection.execute(update(t.products).where(own).values(values).returning(t.products.c.id))
    return set(bound.scalars())


async def lanes_of(connection: AsyncConnection, templates: Collection[UUID]) -> dict[UUID, dict[UUID, Lane]]:
    """The lanes of each of these templates."""
    query = (
        select(t.template_lanes.c.template_id, t.lanes)
        .join_from(t.template_lanes, t.lanes, t.lanes.c.id == t.template_lanes.c.lane_id)
        .where(t.template_lanes.c.template_id.in_(templates))
    )
    found: dict[UUID, dict[UUID, Lane]] = {template_id: {} for template_id in templates}
    for row in (await connection.execute(query)).mappings():
        found[row["template_id"]][row["id"]] = record_from(Lane, dict(row))
    return found
