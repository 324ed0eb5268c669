"""Products in the database, and what is written of them."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.rows import record_from, values_of
from app.domain.goods import Product


async def products(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Product]:
    """Those of these products that there are."""
    if not ids:
        return {}
    found = await connection.execute(select(t.products).where(t.products.c.id.in_(ids)))
    return {row["id"]: record_from(Product, dict(row)) for row in found.mappings()}


async def lock(connection: AsyncConnection, product_id: UUID, seller_id: UUID | None = None) -> Product | None:
    """A product, locked because something will be decided about it; only this seller's, if one is named."""
    query = select(t.products).where(t.products.c.id == product_id).with_for_update(key_share=True)
    own = query if seller_id is None else query.where(t.products.c.seller_id == seller_id)
    row = (await connection.execute(own)).mappings().first()
    return None if row is None else record_from(Product, dict(row))


async def add(connection: AsyncConnection, product: Product) -> None:
    """Write a new product."""
    await connection.execute(insert(t.products).values(values_of(product)))


async def save(connection: AsyncConnection, product: Product) -> None:
    """Write a product that was locked."""
    await connection.execute(update(t.products).where(t.products.c.id == product.id).values(values_of(product)))


async def has_template(connection: AsyncConnection, seller_id: UUID, template_id: UUID) -> bool:
    """Whether a freight template is this seller's."""
    own = (t.templates.c.id == template_id, t.templates.c.seller_id == seller_id)
    return (await connection.execute(select(t.templates.c.id).where(*own))).first() is not None


async def has_lane(connection: AsyncConnection, lane_id: UUID) -> bool:
    """Whether there is such a lane."""
    return (await connection.execute(select(t.lanes.c.id).where(t.lanes.c.id == lane_id))).first() is not None
