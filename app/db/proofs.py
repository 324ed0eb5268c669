"""What the proof of the ledger reads: orders in batches with all their money, and sums over everything."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db import driver
from app.db.rows import record_from
from app.domain.disclosure import CauseKind
from app.domain.ledger import Account, AccountKind, Entry, EntryKind, Move
from app.domain.money import Money
from app.domain.proof import Booked
from app.domain.records import Receipt

_ORDERS = """
    SELECT o.id, o.number, o.seller_id, o.status, o.currency, o.received, o.refunded, o.released, o.fee_charged,
        o.refunded_after, o.coupon_posted, o.coupon_returned, o.entries, o.entry_hash,
        (SELECT coalesce(sum(i.received), 0)::bigint FROM instalments i WHERE i.order_id = o.id) AS instalments_received
    FROM orders o WHERE {} ORDER BY o.id LIMIT :limit
"""
_ENTRIES = """
    SELECT e AS entry, ARRAY(SELECT m FROM moves m WHERE m.entry_id = e.id ORDER BY m.position) AS moves
    FROM entries e WHERE {} ORDER BY e.sequence
"""
_SIDES = """
    SELECT entry_id, from_account AS account, from_owner AS owner, currency, -amount AS amount FROM moves
    UNION ALL SELECT entry_id, to_account, to_owner, currency, amount FROM moves
"""
# Each answers what is wrong, and nothing when all is right
_WRONG: Mapping[str, str] = {
    "the balance of {account} {owner} is {has}, and its moves add up to {should}": f"""
        SELECT coalesce(b.account, s.account) AS account, coalesce(b.owner_id, s.owner) AS owner,
            coalesce(b.currency, s.currency) AS currency, coalesce(b.amount, 0) AS has, coalesce(s.amount, 0) AS should
        FROM balances b FULL JOIN (
            SELECT account, owner, currency, sum(amount) AS amount FROM ({_SIDES}) x
            WHERE owner IS NOT NULL GROUP BY 1, 2, 3
        ) s ON (s.account, s.owner, s.currency) = (b.account, b.owner_id, b.currency)
        WHERE coalesce(b.amount, 0) <> coalesce(s.amount, 0)
    """,
    "{account} {owner} stands at {amount}": """
        SELECT account, owner_id AS owner, amount, currency FROM balances
        WHERE CASE account WHEN 'RECEIVABLE' THEN amount > 0 ELSE amount < 0 END
    """,
    "the statement of seller {seller} in {currency} is wrong at line {ordinal}": """
        SELECT seller_id AS seller, currency, min(ordinal) AS ordinal FROM (
            SELECT seller_id, currency, ordinal, balance,
                sum(amount) OVER own AS should, row_number() OVER own AS place
            FROM statement_lines WINDOW own AS (PARTITION BY seller_id, currency ORDER BY ordinal)
        ) x WHERE balance <> should OR ordinal <> place OR balance < 0 GROUP BY 1, 2
    """,
    "the statement of seller {seller} in {currency} goes back in time at line {ordinal}": """
        SELECT seller_id AS seller, currency, min(ordinal) AS ordinal FROM (
            SELECT seller_id, currency, ordinal, at < lag(at) OVER own AS back
            FROM statement_lines WINDOW own AS (PARTITION BY seller_id, currency ORDER BY ordinal)
        ) x WHERE back GROUP BY 1, 2
    """,
    "the statement of seller {seller} in {currency} has {lines} lines and counts {counted}": """
        SELECT coalesce(b.owner_id, l.seller_id) AS seller, coalesce(b.currency, l.currency) AS currency,
            coalesce(l.lines, 0) AS lines, coalesce(b.lines, 0) AS counted
        FROM (SELECT * FROM balances WHERE account = 'SELLER') b FULL JOIN (
            SELECT seller_id, currency, count(*) AS lines FROM statement_lines GROUP BY 1, 2
        ) l ON (l.seller_id, l.currency) = (b.owner_id, b.currency)
        WHERE coalesce(l.lines, 0) <> coalesce(b.lines, 0)
    """,
    "the statement has {has} for entry {entry}, and its moves {should}": f"""
        SELECT coalesce(l.entry_id, s.entry_id) AS entry, coalesce(l.currency, s.currency) AS currency,
            coalesce(l.amount, 0) AS has, coalesce(s.amount, 0) AS should
        FROM (
            SELECT entry_id, seller_id, currency, sum(amount) AS amount, count(*) AS lines FROM statement_lines
            GROUP BY 1, 2, 3
        ) l FULL JOIN (
            SELECT entry_id, owner, currency, sum(amount) AS amount, count(*) AS lines FROM ({_SIDES}) x
            WHERE account = 'SELLER' GROUP BY 1, 2, 3
        ) s ON (s.entry_id, s.owner, s.currency) = (l.entry_id, l.seller_id, l.currency)
        WHERE (l.amount, l.lines) IS DISTINCT FROM (s.amount, s.lines)
    """,
    "withdrawal {withdrawal} of {has} has entries of {should}": """
        SELECT w.id AS withdrawal, w.amount AS has, w.currency, coalesce(sum(m.amount), 0) AS should
        FROM withdrawals w LEFT JOIN moves m ON m.entry_id = w.entry_id AND m.from_account = 'SELLER'
            AND m.from_owner = w.seller_id AND m.to_account = 'WORLD' AND m.currency = w.currency
        GROUP BY w.id HAVING w.amount <> coalesce(sum(m.amount), 0)
    """,
    "seller {seller} owes {has}, and the recoveries add up to {should}": """
        SELECT coalesce(b.owner_id, r.seller_id) AS seller, coalesce(b.currency, r.currency) AS currency,
            -coalesce(b.amount, 0) AS has, coalesce(r.owed, 0) AS should
        FROM (SELECT * FROM balances WHERE account = 'RECEIVABLE') b FULL JOIN (
            SELECT seller_id, currency, sum(amount - collected) AS owed FROM recoveries
            WHERE status <> 'REVERSED' GROUP BY 1, 2
        ) r ON (r.seller_id, r.currency) = (b.owner_id, b.currency)
        WHERE -coalesce(b.amount, 0) <> coalesce(r.owed, 0)
    """,
    "entry {entry} is of an order or a seller that is not there": """
        SELECT e.id AS entry FROM entries e LEFT JOIN orders o ON o.id = e.order_id
            LEFT JOIN sellers s ON s.id = e.seller_id
        WHERE (e.order_id IS NOT NULL AND o.id IS NULL) OR s.id IS NULL OR o.seller_id <> e.seller_id
    """,
}
# The platform's own accounts are sums of moves, the others stand in their balances
_TOTALS = f"""
    SELECT account, currency, sum(amount)::bigint AS amount FROM (
        SELECT account, currency, amount FROM ({_SIDES}) x WHERE owner IS NULL
        UNION ALL SELECT account, currency, amount FROM balances
    ) y GROUP BY 1, 2 ORDER BY 2, 1
"""


_CAUSES = """
    SELECT 'RECEIPT' AS kind, id FROM receipts WHERE order_id = :id
    UNION ALL SELECT 'DISPUTE', id FROM disputes WHERE order_id = :id
    UNION ALL SELECT 'CLAIM', id FROM claims WHERE order_id = :id
    UNION ALL SELECT 'RECOVERY', r.id FROM recoveries r WHERE r.order_id = :id
        OR r.id IN (SELECT c.recovery_id FROM collections c WHERE c.order_id = :id)
    UNION ALL SELECT 'COLLECTION', c.id FROM collections c WHERE c.order_id = :id
        OR c.recovery_id IN (SELECT r.id FROM recoveries r WHERE r.order_id = :id)
    UNION ALL SELECT 'COUPON', c.id FROM coupons c WHERE c.order_id = :id OR c.reserved_order_id = :id
        OR c.id = (SELECT o.coupon_id FROM orders o WHERE o.id = :id)
"""


@asynccontextmanager
async def snapshot(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One view of the whole database, that takes as long as it takes and changes nothing."""
    async with moment(engine) as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield connection


@asynccontextmanager
async def moment(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One view of the database for a few reads that belong together."""
    async with engine.connect() as connection:
        await driver.begin(connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield connection


async def find_order(connection: AsyncConnection, named: str) -> list[Booked]:
    """The order with this number or id."""
    try:
        values: dict[str, Any] = {"id": UUID(named.removeprefix("ord_")), "number": None}
    except ValueError:
        values = {"id": None, "number": named}
    where = text(_ORDERS.format("o.id = CAST(:id AS uuid) OR o.number = CAST(:number AS text)"))
    rows = (await connection.execute(where, {**values, "limit": 1})).mappings()
    return [record_from(Booked, dict(row)) for row in rows]


async def orders_after(connection: AsyncConnection, after: UUID, limit: int) -> list[Booked]:
    """The next orders by id."""
    query = text(_ORDERS.format("o.id > :after"))
    rows = (await connection.execute(query, {"after": after, "limit": limit})).mappings()
    return [record_from(Booked, dict(row)) for row in rows]


async def chains(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, list[Entry]]:
    """The entries of orders, in the order of their chains."""
    found: dict[UUID, list[Entry]] = defaultdict(list)
    for entry in await _entries(connection, "e.order_id = ANY(:ids)", ids=list(ids)):
        if entry.order_id is not None:
            found[entry.order_id].append(entry)
    return found


async def sellers_chains(connection: AsyncConnection) -> dict[UUID, list[Entry]]:
    """The entries of sellers that belong to no order, in the order of their chains."""
    found: dict[UUID, list[Entry]] = defaultdict(list)
    for entry in await _entries(connection, "e.order_id IS NULL"):
        if entry.seller_id is not None:
            found[entry.seller_id].append(entry)
    return found


async def _entries(connection: AsyncConnection, where: str, **values: Any) -> list[Entry]:
    rows = await connection.execute(text(_ENTRIES.format(where)), values)
    return [_entry(row.entry, row.moves) for row in rows]


def _entry(row: Mapping[str, Any], moves: Sequence[Mapping[str, Any]]) -> Entry:
    return Entry(
        id=row["id"],
        order_id=row["order_id"],
        seller_id=row["seller_id"],
        sequence=row["sequence"],
        kind=EntryKind(row["kind"]),
        cause=row["cause"],
        at=row["at"],
        moves=tuple(
            Move(
                Account(AccountKind(move["from_account"]), move["from_owner"]),
                Account(AccountKind(move["to_account"]), move["to_owner"]),
                move["amount"],
                move["currency"],
            )
            for move in moves
        ),
        previous_hash=row["previous_hash"],
        hash=row["hash"],
    )


async def causes(connection: AsyncConnection, order_id: UUID) -> dict[UUID, CauseKind]:
    """What entries of an order can point to, by id."""
    rows = await connection.execute(text(_CAUSES), {"id": order_id})
    return {row.id: CauseKind(row.kind) for row in rows}


async def receipts(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, list[Receipt]]:
    """The receipts of orders."""
    query = text("SELECT * FROM receipts WHERE order_id = ANY(:ids) ORDER BY id")
    found: dict[UUID, list[Receipt]] = defaultdict(list)
    for row in (await connection.execute(query, {"ids": list(ids)})).mappings():
        found[row["order_id"]].append(record_from(Receipt, dict(row)))
    return found


async def balances(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, dict[tuple[AccountKind, str], int]]:
    """What stands on the accounts of orders."""
    query = text("SELECT account, owner_id, currency, amount FROM balances WHERE owner_id = ANY(:ids)")
    found: dict[UUID, dict[tuple[AccountKind, str], int]] = defaultdict(dict)
    for row in await connection.execute(query, {"ids": list(ids)}):
        found[row.owner_id][AccountKind(row.account), row.currency] = row.amount
    return found


async def wrong(connection: AsyncConnection) -> list[str]:
    """What does not add up across orders: balances, statements, withdrawals."""
    faults = []
    for said, query in _WRONG.items():
        rows = await connection.execute(text(query))
        faults += [said.format(**_readable(row)) for row in rows.mappings()]
    return faults


def _readable(row: RowMapping) -> dict[str, Any]:
    """A row whose amounts are written as people write them."""
    amounts = {name: Money(int(row[name]), row["currency"]) for name in ("has", "should", "amount") if name in row}
    return {**row, **amounts}


async def totals(connection: AsyncConnection) -> dict[tuple[AccountKind, str], int]:
    """What stands on all accounts of a kind, by currency."""
    rows = await connection.execute(text(_TOTALS))
    return {(AccountKind(row.account), row.currency): row.amount for row in rows}
