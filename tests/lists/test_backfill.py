"""What lists go by is there for orders of before: the migration fills in what the product writes."""

import asyncio
from typing import Any

import asyncpg

from app.db import migrations
from app.db.engine import write_engine
from tests.databases import apart
from tests.lists.world import world
from tests.means import TestMeans

KEPT = """
SELECT o.id, o.destination, o.buyer_country, o.dispatch_due_at, o.disputed, o.claim_status, o.rated_due_at, o.waived,
    w.words,
    CASE WHEN o.id = ANY($1) THEN w.seller_words END AS seller_words
FROM orders o LEFT JOIN order_words w ON w.order_id = o.id ORDER BY o.id
"""


async def _orders(url: str) -> list[Any]:
    """Orders as the product writes them, and those of them that lose no label on the way."""
    engine = write_engine(url)
    made = await world(TestMeans(engine), 60, 3, 100)
    await engine.dispose()
    return [trade.order.id for trade in made.orders if not trade.order.labels]


async def _kept(url: str, plain: list[Any]) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(KEPT, plain)]
    finally:
        await connection.close()


def test_orders_of_before_are_listed_as_new_ones_are(fresh_database_url: str) -> None:
    """DSK-2: down and up again, every order has the columns and the words that it was written with."""
    plain = apart(lambda: asyncio.run(_orders(fresh_database_url)))
    before = apart(lambda: asyncio.run(_kept(fresh_database_url, plain)))
    apart(lambda: migrations.downgrade(fresh_database_url, "0003"))
    apart(lambda: migrations.upgrade(fresh_database_url))
    assert apart(lambda: asyncio.run(_kept(fresh_database_url, plain))) == before
    assert len(before) == 60
    assert all(row[8] for row in before)
