"""Orders by the hundred thousand: each a copy of an example, moved in time and given to other people, all by SQL.

Everything the database checks is checked. The ledger's chains, balances and statements are computed for each copy, so
that the whole adds up as if the copies had been made one by one.
"""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg

from app.db import feed
from app.db.engine import write_engine
from benchmarks import copying, examples
from benchmarks.examples import EXAMPLES
from tests.means import TestMeans

BATCH = 10_000
ORDERS_A_SELLER = 200
ORDERS_A_BUYER = 20
COMPANY = "Benchmark seller"
Connection = Any  # asyncpg's stubs know a connection's type parameter, its runtime does not
Say = Callable[[str], None]

# How far back the oldest order is, since when orders are recent, and how many of all are
HISTORY_DAYS, RECENT_DAYS, RECENT_SHARE = 400, 60, 0.4
# What runs on in a copy runs on for long, so that a database kept for months is still the same
AHEAD = "10 years"

PEOPLE = """
WITH company AS (
    INSERT INTO sellers (id, name, country, membership, service, quota_limit, sales_see_all, version, created_at)
    SELECT pg_temp.stamped(n, '7000', 'seller' || n), $1 || ' ' || lpad(n::text, 6, '0'), 'CN', 'PAID', 'ACTIVE', $3,
        true, 0, '2020-01-01' FROM generate_series(1, $2::int) AS n RETURNING id
), person AS (
    INSERT INTO accounts (id, email, email_verified, name, country, operator, created_at)
    SELECT pg_temp.stamped(n, '7001', role || n), lower(role) || '.' || n || '@sellers.benchmarks.example', true,
        initcap(role) || ' ' || n, 'CN', false, '2020-01-01'
    FROM generate_series(1, $2::int) AS n, unnest(ARRAY['OWNER', 'SALES', 'FINANCE']) AS role
), buyer AS (
    INSERT INTO accounts (id, email, email_verified, name, country, operator, created_at)
    SELECT pg_temp.stamped(n, '7002', 'buyer' || n), n || '@buyers.benchmarks.example', true, 'Buyer ' || n, 'US',
        false, '2020-01-01' FROM generate_series(1, $4::int) AS n
)
INSERT INTO members (id, seller_id, account_id, role, created_at)
SELECT pg_temp.stamped(n, '7003', role || n), pg_temp.stamped(n, '7000', 'seller' || n),
    pg_temp.stamped(n, '7001', role || n), role, '2020-01-01'
FROM generate_series(1, $2::int) AS n, unnest(ARRAY['OWNER', 'SALES', 'FINANCE']) AS role
"""

# A few sellers have many orders and most have few; all of what is random is the same in every run. `$8` names the kind
# of deadline that has run out in every copy, and is NULL where none has.
PLAN = """
CREATE TEMP TABLE plan ON COMMIT DROP AS
WITH copy AS (
    SELECT n AS copy, 1 + floor($3::int * pg_temp.random_of(n, 1) ^ 2)::int AS seller,
        1 + floor($4::int * pg_temp.random_of(n, 2))::int AS buyer, pg_temp.random_of(n, 3) AS kind,
        pg_temp.random_of(n, 4) AS moment, n / $5::float AS place
    FROM generate_series($1::bigint, $2::bigint) AS n
), placed AS (
    SELECT *, place > {old_share} AS recent, CASE
        WHEN $8::text IS NOT NULL THEN interval '5 s' + moment * interval '600 s'
        WHEN place > {old_share} THEN (1 - place) / (1 - {old_share}) * interval '{recent_days} days'
        ELSE (1 - place / {old_share}) * interval '{old_days} days' + interval '{recent_days} days'
        END AS age
    FROM copy
), chosen AS (
    SELECT placed.*, (SELECT e.id FROM unnest($6::uuid[], $7::float[], $9::float[]) AS e (id, recent, old)
        WHERE kind < CASE WHEN placed.recent THEN e.recent ELSE e.old END LIMIT 1) AS example
    FROM placed
), moved AS (
    SELECT chosen.*, o.seller_id AS example_seller, o.created_at, date_trunc('second', now() - age)
        - coalesce((SELECT d.due_at FROM example_deadlines d WHERE d.order_id = o.id AND d.kind = $8
            AND d.status = 'RUNNING'), o.updated_at) AS shift
    FROM chosen JOIN example_orders o ON o.id = chosen.example
), timed AS (
    SELECT *, (1000 * extract(epoch FROM created_at + shift))::bigint AS milliseconds FROM moved
), dated AS (
    SELECT *, milliseconds - ('x' || left(replace(example::text, '-', ''), 12))::bit(48)::bigint AS later FROM timed
)
SELECT copy, example, example_seller, shift, later,
    CASE WHEN $8::text IS NULL THEN interval '{ahead}' ELSE '0' END AS ahead,
    pg_temp.fresh(example, copy, later) AS order_id,
    lpad(milliseconds::text, 13, '0') || lpad((copy % 10000000)::text, 7, '0') AS number,
    pg_temp.stamped(seller, '7000', 'seller' || seller) AS seller_id,
    pg_temp.stamped(seller, '7001', 'OWNER' || seller) AS owner_id,
    pg_temp.stamped(seller, '7001', 'SALES' || seller) AS sales_id,
    pg_temp.stamped(buyer, '7002', 'buyer' || buyer) AS buyer_id,
    buyer || '@buyers.benchmarks.example' AS buyer_email, (SELECT head FROM feed) AS head
FROM dated
""".format(old_share=1 - RECENT_SHARE, recent_days=RECENT_DAYS, old_days=HISTORY_DAYS - RECENT_DAYS, ahead=AHEAD)
COUNTS = """
SELECT (SELECT count(*) FROM orders o JOIN sellers s ON s.id = o.seller_id WHERE s.name <> $1),
    (SELECT count(*) FROM sellers WHERE name LIKE $2 || '%'),
    (SELECT count(*) FROM accounts WHERE email LIKE '%@buyers.benchmarks.example')
"""


class NotOurs(Exception):
    """The database holds what no benchmark has put there; the message says what to do."""


async def seed(url: str, orders: int, say: Say) -> int:
    """See that a migrated database holds so many orders; how many it holds."""
    connection = await connected(url)
    try:
        await _refuse_others(connection)
        made = await _examples(url, connection)
        there, sellers, _ = await connection.fetchrow(COUNTS, examples.SELLER, COMPANY)
        if there < orders:
            if not sellers:
                companies, buyers = max(3, orders // ORDERS_A_SELLER), max(3, orders // ORDERS_A_BUYER)
                await connection.execute(PEOPLE, COMPANY, companies, examples.ROOMY, buyers)
            await _copy(connection, made, range(there, orders), None, say)
            say("vacuum and analyze")
            await connection.execute("VACUUM (ANALYZE)")
        return max(int(there), orders)
    finally:
        await connection.close()


async def add_due(url: str, kind: str, number: int, say: Say) -> None:
    """Add orders whose deadline of a kind ran out in the last ten minutes."""
    connection = await connected(url)
    try:
        made = await _examples(url, connection)
        there, _, _ = await connection.fetchrow(COUNTS, examples.SELLER, COMPANY)
        await _copy(connection, made, range(there, there + number), kind, say)
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()


async def connected(url: str) -> Connection:
    """A connection for bulk work: patient, and not waiting for the disk after each batch."""
    settings = {"jit": "off", "synchronous_commit": "off", "work_mem": "256MB", "temp_buffers": "64MB"}
    connection = await asyncpg.connect(url, server_settings=settings)
    await connection.execute(copying.FUNCTIONS)
    return connection


async def _refuse_others(connection: Connection) -> None:
    other = "SELECT name FROM sellers WHERE name <> $1 AND name NOT LIKE $2 || '%' LIMIT 1"
    found = await connection.fetchval(other, examples.SELLER, COMPANY)
    if found is not None:
        raise NotOurs(f"The database holds another seller ({found}). Name an empty one: it is filled with orders.")


async def _examples(url: str, connection: Connection) -> dict[str, UUID]:
    """The examples' ids by name, made if there are none yet, with their rows put where they are copied from."""
    query = "SELECT o.notes, o.id FROM orders o JOIN sellers s ON s.id = o.seller_id WHERE s.name = $1"
    made: dict[str, UUID] = {row["notes"]: row["id"] for row in await connection.fetch(query, examples.SELLER)}
    if not made:
        engine = write_engine(url)
        try:
            made = await examples.make(TestMeans(engine))
        finally:
            await engine.dispose()
        while await feed.number_next(connection):
            pass
    if made.keys() != {example.name for example in EXAMPLES}:
        raise NotOurs("The database was filled by another version. Start anew: `--fresh`, or an empty database.")
    for table, condition in copying.SOURCES.items():
        source = f"CREATE TEMP TABLE example_{table} AS SELECT * FROM {table} WHERE {condition}"
        await connection.execute(source, list(made.values()))
        await connection.execute(f"ANALYZE example_{table}")
    return made


async def _copy(connection: Connection, made: dict[str, UUID], numbers: range, due: str | None, say: Say) -> None:
    _, sellers, buyers = await connection.fetchrow(COUNTS, examples.SELLER, COMPANY)
    chosen = [example for example in EXAMPLES if example.due == due]
    recent = _shares([example.recent or 1 if due else example.recent for example in chosen])
    old = _shares([example.old or 1 if due else example.old for example in chosen])
    ids = [made[example.name] for example in chosen]
    began = time.monotonic()
    for start in range(numbers.start, numbers.stop, BATCH):
        stop = min(start + BATCH, numbers.stop)
        async with connection.transaction():
            plan = (start + 1, stop, sellers, buyers, numbers.stop, ids, recent, due, old)
            await connection.execute(PLAN, *plan)
            await connection.execute("ANALYZE plan")
            for statement in copying.STATEMENTS:
                await connection.execute(statement)
        done = stop - numbers.start
        rate = done / (time.monotonic() - began)
        say(f"{stop:,} of {numbers.stop:,} orders, {rate:,.0f} a second, {(numbers.stop - stop) / rate:,.0f} s to go")


def _shares(weights: list[int]) -> list[float]:
    """Up to which random number each kind is chosen."""
    return [sum(weights[: at + 1]) / sum(weights) for at in range(len(weights))]
