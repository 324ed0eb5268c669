"""Many orders of a few sellers, copied by SQL from some that the product wrote, common and rare values among them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from app.db import tables as t
from tests.lists.world import World

# One seller has three of ten orders; of the newest tenth many are not finished, of the others none
NEW = 0.1
LARGE = 0.3
RARE = 0.006
# What of a copy is its own; `r1`, `r2` … are random, `n` its number, `age` how old it is, `rare` whether it is so
OWN: Mapping[str, str] = {
    "id": "md5(n::text)::uuid",
    "number": "CASE WHEN o.number IS NOT NULL THEN lpad(n::text, 20, '0') END",
    "link": "NULL",
    "seller_id": "CASE WHEN r1 < {large} THEN $1::uuid ELSE $2::uuid END",
    "created_at": "now() - age",
    "updated_at": "now() - age + r2 * interval '20 days'",
    "dispatch_due_at": "CASE WHEN o.dispatch_due_at IS NOT NULL THEN now() - age + r3 * interval '9 days' END",
    "rated_due_at": "CASE WHEN o.dispatch_due_at IS NOT NULL THEN now() - age + r3 * interval '9 days' END",
    "promised_at": "CASE WHEN r17 < 0.5 OR r14 < {rare} THEN now() - age + r3 * interval '19 days' END",
    "destination": "CASE WHEN r4 < {rare} THEN 'NZ' ELSE o.destination END",
    "buyer_country": "CASE WHEN r5 < {rare} THEN 'NZ' ELSE o.buyer_country END",
    "transport_mode": "CASE WHEN r6 < {rare} THEN 'MULTIMODAL' ELSE 'SEA' END",
    "export_method": "CASE WHEN r7 < {rare} THEN 'EASY_DISPATCH' ELSE 'SELF_OPERATED' END",
    "currency": "CASE WHEN r8 < {rare} THEN 'KWD' ELSE 'USD' END",
    "overdue_at": "CASE WHEN r9 < {rare} THEN now() END",
    "delivery_overdue_at": "CASE WHEN r18 < {rare} THEN now() END",
    "lead_source": "CASE WHEN r19 < {rare} THEN 'TRADE_SHOW' WHEN r19 < 0.8 THEN 'INQUIRY' END",
    "disputed": "r10 < {rare}",
    "claim_status": "CASE WHEN r11 < {rare} THEN 'UNDER_REVIEW' END",
    "coupon": "CASE WHEN r12 < {rare} AND o.total > 0 THEN 1 ELSE 0 END",
    "dispatch_guaranteed": "r13 < {rare}",
    "delivery_guaranteed": "r14 < {rare}",
    "salesperson_id": "CASE WHEN r15 < {rare} THEN $3::uuid ELSE $4::uuid END",
    "total": "o.total",
}
WORDS = "array_remove(ARRAY['everything', CASE WHEN r16 < {rare} THEN 'seldom' END, lpad(n::text, 20, '0')], NULL)"


@dataclass(frozen=True)
class Crowd:
    """Whose orders they are."""

    seller_id: UUID
    salesperson_id: UUID
    number: str


# Of a primary key or a constraint an index stays: it checks what is written
INDEXES = """
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS made FROM pg_index i
WHERE i.indrelid IN ('orders'::regclass, 'order_words'::regclass)
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""


@asynccontextmanager
async def _indexed_at_once(connection: Any) -> AsyncIterator[None]:
    """Take the indexes of what is filled away, and make them anew when it is full: row by row they cost most of it."""
    indexes = await connection.fetch(INDEXES)
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['name']}")
    yield
    await connection.execute("SET maintenance_work_mem = '512MB'")
    for index in indexes:
        await connection.execute(index["made"])


async def crowd(world: World, url: str, orders: int) -> Crowd:
    """Fill the database with so many orders of the world's sellers."""
    large, small = world.sellers
    columns = [column.name for column in t.orders.columns]
    own = {name: text.format(large=LARGE, rare=RARE) for name, text in OWN.items()}
    values = ", ".join(own.get(name, f'o."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    drawn = ", ".join(f"random() AS r{at}" for at in range(1, 20))
    words = WORDS.format(rare=RARE)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT setseed(0.5)")
        await connection.execute(
            f"""CREATE TEMP TABLE plan AS SELECT n, age, {drawn}, examples[1 + n % cardinality(examples)] AS example
            FROM (SELECT n, ({orders} - n) * interval '3 minutes' AS age,
                CASE WHEN n > {orders} * (1 - {NEW}) THEN example.any ELSE example.finished END AS examples
                FROM generate_series(1, {orders}) AS n, (SELECT array_agg(id ORDER BY id) AS "any",
                array_agg(id ORDER BY id) FILTER (WHERE status IN ('COMPLETED', 'CLOSED')) AS finished FROM orders)
                AS example) AS chosen"""
        )
        async with _indexed_at_once(connection):
            await connection.execute(
                f"""INSERT INTO orders ({names}) SELECT {values} FROM plan JOIN orders o ON o.id = example""",
                large.id,
                small.id,
                large.sales.account_id,
                large.owner.account_id,
            )
            await connection.execute(
                f"""INSERT INTO order_words (order_id, words, seller_words)
                SELECT o.id, w.words, ARRAY(SELECT right(replace(o.seller_id::text, '-', ''), 12) || ' ' || word
                FROM unnest(w.words) AS word) FROM plan JOIN orders o ON o.id = {own["id"]}
                CROSS JOIN LATERAL (SELECT {words} AS words) AS w"""
            )
        number = await connection.fetchval(
            "SELECT max(number) FROM orders WHERE seller_id = $1 AND status = 'COMPLETED'", large.id
        )
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    return Crowd(large.id, large.sales.account_id, number)
