"""What the database refuses to everybody: a change of the ledger or of an event."""

from uuid import uuid4

import asyncpg
import pytest

from app.db import tables
from app.db.engine import Pool

GUARDED = ("entries", "moves", "statement_lines", "events")
EVENT = """
    INSERT INTO events (subject, subject_id, version, kind, at, by, data)
    VALUES ('ORDER', $1, 1, 'ORDER_DRAFTED', now(), 'TIME', '{}')
"""
COLUMNS = [(name, column.name) for name in GUARDED for column in tables.metadata.tables[name].columns]


@pytest.mark.parametrize("table", GUARDED)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_nothing_is_deleted(pool: Pool, table: str, statement: str) -> None:
    """Neither DELETE nor TRUNCATE, even of nothing."""
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await pool.execute(statement.format(table))


@pytest.mark.parametrize(("table", "column"), [pair for pair in COLUMNS if pair != ("events", "position")])
async def test_nothing_is_changed(pool: Pool, table: str, column: str) -> None:
    """No column of any of them, a column added later included."""
    value = "DEFAULT" if (table, column) == ("events", "id") else f'"{column}"'
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await pool.execute(f'UPDATE {table} SET "{column}" = {value}')


async def test_a_table_that_leads_to_the_ledger_cannot_be_truncated(pool: Pool) -> None:
    """TRUNCATE orders CASCADE would reach the entries."""
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await pool.execute("TRUNCATE orders CASCADE")


async def test_an_event_gets_its_position_once(fresh_pool: Pool) -> None:
    """An unnumbered event may be numbered; a numbered one keeps its number."""
    await fresh_pool.execute(EVENT, uuid4())
    assert await fresh_pool.execute("UPDATE events SET position = 1") == "UPDATE 1"
    for change in ("2", "NULL", "1"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await fresh_pool.execute(f"UPDATE events SET position = {change}")
    assert await fresh_pool.fetchval("SELECT position FROM events") == 1


async def test_the_feed_begins_at_nothing(fresh_pool: Pool) -> None:
    """There is one row, and there can be no second."""
    assert [tuple(row) for row in await fresh_pool.fetch("SELECT head, floor FROM feed")] == [(0, 0)]
    for one in ("true", "false"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await fresh_pool.execute(f'INSERT INTO feed ("one", head, floor) VALUES ({one}, 0, 0)')
