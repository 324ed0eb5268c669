"""What sets the orders of one seller apart: colleagues, destinations and the names of products, by chance.

The copies that fill a database are alike in what a desk is narrowed by; this is for a database that is thrown away.
"""

from typing import Any
from uuid import UUID

import asyncpg

from app.domain import finding

COUNTRIES = ("US", "US", "US", "DE", "GB", "AU", "BR", "KE")
PRODUCTS = (
    "碳纤维手机壳",
    "Carbon phone case, black",
    "手机支架",
    "USB-C cable, 2 m",
    "不锈钢保温杯",
    "Bamboo cup, 350 ml",
    "钢化玻璃膜",
    "Trekking poles, a pair",
)
COLLEAGUES = 3
# An order's random number is the same in every run
DRAWN = """
CREATE TEMP TABLE drawn AS
SELECT id, ('x' || left(md5('varied' || row_number() OVER (ORDER BY created_at, id)), 7))::bit(28)::int AS n
FROM orders WHERE seller_id = $1
"""
PEOPLE = """
WITH person AS (
    INSERT INTO accounts (id, email, email_verified, name, country, operator, created_at)
    SELECT md5('colleague' || n)::uuid, 'colleague.' || n || '@sellers.benchmarks.example', true, 'Colleague ' || n,
        'CN', false, '2020-01-01' FROM generate_series(1, $2::int) AS n RETURNING id
)
INSERT INTO members (id, seller_id, account_id, role, created_at)
SELECT md5(id::text)::uuid, $1, id, 'SALES', '2020-01-01' FROM person
"""
ORDERS = """
WITH sales AS (SELECT array_agg(account_id ORDER BY id) AS ids FROM members WHERE seller_id = $1 AND role = 'SALES')
UPDATE orders o SET destination = ($2::text[])[1 + d.n % cardinality($2::text[])],
    salesperson_id = ids[1 + d.n / 64 % cardinality(ids)]
FROM drawn d, sales WHERE d.id = o.id
"""
CONTACTS = """
UPDATE contacts c SET country = o.destination FROM drawn d JOIN orders o ON o.id = d.id WHERE c.order_id = o.id
"""
NAMED = "CREATE TEMP TABLE named (n int, name text, words text[], seller_words text[])"
ITEMS = """
UPDATE items i SET description = named.name
FROM drawn d JOIN named ON named.n = d.n / 4096 % $1::int WHERE i.order_id = d.id AND i.position = 0
"""
WORDS = """
UPDATE order_words w SET words = w.words || named.words, seller_words = w.seller_words || named.seller_words
FROM drawn d JOIN named ON named.n = d.n / 4096 % $1::int WHERE w.order_id = d.id
"""


async def vary(url: str, seller: UUID) -> None:
    """Give the seller colleagues, and each of its orders one of them, a destination and a product by chance."""
    connection: Any = await asyncpg.connect(url)
    try:
        await connection.execute(PEOPLE, seller, COLLEAGUES)
        await connection.execute(DRAWN, seller)
        await connection.execute(NAMED)
        await connection.copy_records_to_table("named", records=[_named(n, seller) for n in range(len(PRODUCTS))])
        await connection.execute("ANALYZE drawn")
        await connection.execute(ORDERS, seller, list(COUNTRIES))
        await connection.execute(CONTACTS)
        for statement in (ITEMS, WORDS):
            await connection.execute(statement, len(PRODUCTS))
        await connection.execute("VACUUM (ANALYZE) accounts, members, orders, contacts, items, order_words")
    finally:
        await connection.close()


def _named(n: int, seller: UUID) -> tuple[int, str, list[str], list[str]]:
    words = sorted(set(finding.words(PRODUCTS[n])))
    return n, PRODUCTS[n], words, [finding.seller_word(seller, word) for word in words]
