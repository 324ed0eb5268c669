"""The migrations: from nothing and back, equal to the tables, and safe for several at once."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from app.db import migrations, tables
from app.db.engine import write_engine
from tests.databases import apart, copy_of

CATALOGUE = """
    SELECT 'column', table_name, column_name, data_type || is_nullable || coalesce(column_default, '') || is_identity
    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> 'alembic_version'
    UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
    UNION ALL SELECT 'index', tablename, indexname, indexdef
    FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    ORDER BY 1, 2, 3
"""
VIEW = """
    SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'postings'::regclass ORDER BY attnum
"""
LEFT = """
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""
Rows = list[tuple[object, ...]]


@pytest.fixture
def empty_url(admin_url: str) -> Iterator[str]:
    """A database without a table."""
    with copy_of("template1", admin_url) as url:
        yield url


def ask(url: str, query: str) -> Rows:
    """The rows of a query."""

    async def rows() -> Rows:
        engine = write_engine(url)
        async with engine.connect() as connection:
            found = [tuple(row) for row in await connection.execute(text(query))]
        await engine.dispose()
        return found

    return apart(lambda: asyncio.run(rows()))


def create_all(url: str) -> None:
    """Make the tables without the migrations."""

    async def made() -> None:
        engine = write_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(tables.metadata.create_all)
        await engine.dispose()

    apart(lambda: asyncio.run(made()))


def test_migrations_make_what_the_tables_declare(empty_url: str, fresh_database_url: str) -> None:
    """Columns, constraints and indexes are the same, CHECKs included, which Alembic does not compare."""
    create_all(empty_url)
    declared, migrated = ask(empty_url, CATALOGUE), ask(fresh_database_url, CATALOGUE)
    assert len(declared) > 300
    assert migrated == declared


def test_the_view_has_the_columns_that_are_declared_of_it(fresh_database_url: str) -> None:
    """No table is made of it, so nothing else compares them."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    declared = [(column.name, column.type.compile(dialect).lower()) for column in tables.postings.columns]
    assert ask(fresh_database_url, VIEW) == declared


def test_alembic_check_is_clean(fresh_database_url: str) -> None:
    """Alembic itself finds nothing to add."""
    apart(lambda: command.check(migrations.config(fresh_database_url)))


def test_alembic_check_finds_a_column_that_no_migration_makes(fresh_database_url: str) -> None:
    """The check above can fail."""
    ask_nothing(fresh_database_url, "ALTER TABLE orders DROP COLUMN notes")
    with pytest.raises(CommandError, match="notes"):
        apart(lambda: command.check(migrations.config(fresh_database_url)))


def test_a_token_goes_on_with_what_its_scopes_took_in(empty_url: str) -> None:
    """INT-4: what reading and writing orders took in is named by scopes of its own since."""
    account = "00000000-0000-7000-8000-000000000001"
    apart(lambda: migrations.upgrade(empty_url, "0004"))
    ask_nothing(
        empty_url,
        "INSERT INTO accounts (id, email, email_verified, name, country, operator, created_at)"
        f" VALUES ('{account}', 'a@example.com', true, 'A', 'CN', false, now())",
    )
    for number, scopes in enumerate(("ORDERS_READ", "ORDERS_READ,ORDERS_WRITE,SHIPMENTS_WRITE", "FINANCE_READ"), 3):
        ask_nothing(
            empty_url,
            "INSERT INTO access_tokens (id, account_id, label, hash, scopes, expires_at, created_at) VALUES"
            f" ('{account[:-1]}{number}', '{account}', 'ERP', '{number}', '{{{scopes}}}', now(), now())",
        )
    apart(lambda: migrations.upgrade(empty_url))
    wider = ["CLAIMS_READ", "CLAIMS_WRITE", "ORDERS_READ", "ORDERS_WRITE", "SHIPMENTS_READ", "SHIPMENTS_WRITE"]
    found = [row[0] for row in ask(empty_url, "SELECT scopes FROM access_tokens ORDER BY id")]
    assert found == [["CLAIMS_READ", "ORDERS_READ", "SHIPMENTS_READ"], wider, ["FINANCE_READ"]]


def test_up_from_nothing_down_one_and_up_again(empty_url: str) -> None:
    """Each migration undoes just what it did, down to an empty database."""
    apart(lambda: migrations.upgrade(empty_url))
    first = ask(empty_url, CATALOGUE)
    apart(lambda: migrations.downgrade(empty_url))
    apart(lambda: migrations.upgrade(empty_url))
    assert ask(empty_url, CATALOGUE) == first
    apart(lambda: migrations.downgrade(empty_url, "base"))
    assert set(ask(empty_url, LEFT)) == {("alembic_version",), ("alembic_version_pkc",)}


def test_several_processes_may_migrate_at_once(empty_url: str) -> None:
    """Whoever comes second waits for the first and finds nothing left to do."""
    program = "import sys; from app.db import migrations; migrations.upgrade(sys.argv[1])"
    starting = [subprocess.Popen([sys.executable, "-c", program, empty_url], cwd=migrations.ROOT) for _ in range(4)]
    assert [process.wait(60) for process in starting] == [0, 0, 0, 0]
    assert ask(empty_url, "SELECT head, floor FROM feed") == [(0, 0)]


def test_a_revision_that_does_not_exist_is_named(empty_url: str) -> None:
    """The message says which revision was asked for."""
    with pytest.raises(migrations.MigrationError, match="9999"):
        apart(lambda: migrations.upgrade(empty_url, "9999"))


def ask_nothing(url: str, statement: str) -> None:
    """Run one statement."""

    async def run() -> None:
        engine = write_engine(url)
        async with engine.begin() as connection:
            await connection.execute(text(statement))
        await engine.dispose()

    apart(lambda: asyncio.run(run()))
