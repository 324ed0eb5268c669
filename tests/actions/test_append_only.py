"""What the database refuses of money that was really booked: a change, a loss, a balance below its bound."""

from collections.abc import Mapping
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.db import tables as t
from app.domain.ledger import EntryKind
from tests.actions.ledgers import faults
from tests.actions.looking import look
from tests.actions.taking import card, land
from tests.market import Market, completed, confirmed

LEDGER = ("entries", "moves", "statement_lines")
GUARDED = (*LEDGER, "events")
ROWS: Mapping[str, str] = {
    "entries": "order_id = :order",
    "moves": "entry_id IN (SELECT id FROM entries WHERE order_id = :order)",
    "statement_lines": "order_id = :order",
    "events": "order_id = :order",
}


async def attempt(market: Market, statement: str, **values: Any) -> int:
    """Run one statement; how many rows it took."""
    async with market.means.engine.begin() as connection:
        return (await connection.execute(text(statement), values)).rowcount


async def forbidden(market: Market, statement: str, **values: Any) -> None:
    """The database refuses the statement as one that would change what was written."""
    with pytest.raises(DBAPIError, match="append-only") as refused:
        await attempt(market, statement, **values)
    assert isinstance(refused.value.orig.__cause__, asyncpg.RestrictViolationError)  # type: ignore[union-attr]


@pytest.mark.parametrize("table", GUARDED)
async def test_what_was_booked_is_neither_deleted_nor_emptied(market: Market, table: str) -> None:
    """PAY-10, ORD-13: neither DELETE of an order's rows nor TRUNCATE, and all of them are there afterwards."""
    order_id = await completed(market)
    before = await look(market, order_id)
    assert await count(market, table, order_id) > 0
    await forbidden(market, f"DELETE FROM {table} WHERE {ROWS[table]}", order=order_id)
    await forbidden(market, f"TRUNCATE {table} CASCADE")
    assert await look(market, order_id) == before


async def count(market: Market, table: str, order_id: Any) -> int:
    """How many rows of a table an order has."""
    async with market.means.engine.connect() as connection:
        query = text(f"SELECT count(*) FROM {table} WHERE {ROWS[table]}")
        return int((await connection.execute(query, {"order": order_id})).scalar_one())


@pytest.mark.parametrize("table", GUARDED)
async def test_what_was_booked_is_not_changed(market: Market, table: str) -> None:
    """PAY-10, ORD-13: no column of an order's entries, moves, statement lines and events, an event's position apart."""
    order_id = await completed(market)
    before = await look(market, order_id)
    for column in t.metadata.tables[table].columns:
        value = "DEFAULT" if (table, column.name) == ("events", "id") else f'"{column.name}"'
        if (table, column.name) != ("events", "position"):
            await forbidden(market, f'UPDATE {table} SET "{column.name}" = {value} WHERE {ROWS[table]}', order=order_id)
    assert await look(market, order_id) == before


async def test_an_order_with_money_is_not_deleted(market: Market) -> None:
    """PAY-10: what its entries and receipts are of stays."""
    order_id = await completed(market)
    with pytest.raises(IntegrityError):
        await attempt(market, "DELETE FROM orders WHERE id = :order", order=order_id)


async def test_no_protected_balance_falls_below_zero(market: Market) -> None:
    """Section 15: unassociated, held, escrow and seller, whoever writes; what a seller owes never rises above 0."""
    order_id = await completed(market)
    other = await confirmed(market)
    await land(market, other, 10)
    await card(market, other, 10, "CHF")
    await card(market, other, 10)
    for account, owner in (
        ("ESCROW", other),
        ("HELD", other),
        ("UNASSOCIATED", other),
        ("SELLER", market.seller.id),
        ("ESCROW", order_id),
    ):
        below = "UPDATE balances SET amount = -1 WHERE account = :account AND owner_id = :owner"
        with pytest.raises(IntegrityError, match="ck_balances_protected"):
            await attempt(market, below, account=account, owner=owner)
        exact = "UPDATE balances SET amount = amount WHERE account = :account AND owner_id = :owner"
        assert await attempt(market, exact, account=account, owner=owner) == 1
    owed = (
        "INSERT INTO balances (account, owner_id, currency, amount, lines) VALUES ('RECEIVABLE', :owner, 'USD', 1, 0)"
    )
    with pytest.raises(IntegrityError, match="ck_balances_protected"):
        await attempt(market, owed, owner=market.seller.id)
    assert await faults(market.means.engine, market.seller.id) == []


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("counted = counted + 1", "ck_receipts_parts"),
        ("amount = amount - 1", "ck_receipts_parts"),
        ("counted = counted + 1, held = -1", "ck_receipts_positive"),
        ("amount = 0, counted = 0", "ck_receipts_positive"),
    ],
)
async def test_a_receipt_is_where_its_parts_say(market: Market, change: str, constraint: str) -> None:
    """PAY-6: every minor unit of a receipt is somewhere, and nowhere is less than nothing."""
    order_id = await confirmed(market)
    receipt_id = await card(market, order_id, 10)
    with pytest.raises(IntegrityError, match=constraint):
        await attempt(market, f"UPDATE receipts SET {change} WHERE id = :receipt", receipt=receipt_id)


@pytest.mark.parametrize("amount", [0, -1])
async def test_a_move_moves_something(market: Market, amount: int) -> None:
    """Section 15: a move of nothing or backwards is none."""
    order_id = await confirmed(market)
    await card(market, order_id, 1)
    move = (
        "INSERT INTO moves (entry_id, position, from_account, to_account, amount, currency)"
        " SELECT id, 9, 'WORLD', 'FEE', :amount, 'USD' FROM entries WHERE order_id = :order"
    )
    with pytest.raises(IntegrityError, match="ck_moves_amount"):
        await attempt(market, move, amount=amount, order=order_id)


async def test_a_chain_has_no_second_entry_at_a_place(market: Market) -> None:
    """PAY-10: an order's entries are one chain."""
    order_id = await confirmed(market)
    await card(market, order_id, 1)
    again = (
        "INSERT INTO entries (id, order_id, seller_id, sequence, kind, at, hash)"
        " SELECT gen_random_uuid(), order_id, seller_id, sequence, :kind, at, hash FROM entries WHERE order_id = :order"
    )
    with pytest.raises(IntegrityError, match="uq_entries_order"):
        await attempt(market, again, kind=EntryKind.RELEASE, order=order_id)


async def test_more_than_an_instalment_never_counts_for_it(market: Market) -> None:
    """ORD-4, PAY-6: an instalment holds between nothing and its amount."""
    order_id = await confirmed(market)
    for received in ("-1", "amount + 1"):
        with pytest.raises(IntegrityError, match="ck_instalments_received"):
            await attempt(
                market, f"UPDATE instalments SET received = {received} WHERE order_id = :order", order=order_id
            )
