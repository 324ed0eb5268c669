"""The connections: what each session asks of the server, and what happens when the server goes away."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.db import driver
from app.db.engine import Pool, plain_url, read_pool, write_engine
from app.db.lanes import Lanes

# each session is waited for until it is gone
END_SESSIONS = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = $1"


@asynccontextmanager
async def reading(url: str, **options: float) -> AsyncIterator[Pool]:
    """A pool of one connection."""
    pool = await read_pool(url, size=1, name="test-read", **options)  # type: ignore[arg-type]
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def writing(url: str, **options: float) -> AsyncIterator[AsyncEngine]:
    """An engine of one connection."""
    engine = write_engine(url, size=1, name="test-write", **options)
    try:
        yield engine
    finally:
        await engine.dispose()


async def terminate(url: str, name: str) -> None:
    """End the sessions of an application, as a restart of the server does."""
    connection = await asyncpg.connect(url)
    try:
        ended = await connection.fetch(END_SESSIONS, name)
        assert [row[0] for row in ended] == [True]
    finally:
        await connection.close()


async def test_json_arrives_as_the_bytes_that_postgresql_made(postgres_url: str) -> None:
    """Ready to be sent on: neither decoded nor in another order, spaces included."""
    async with reading(postgres_url) as pool:
        made = await pool.fetchval("""SELECT '{"b": 1,  "a":"é"}'::json""")
        assert made == '{"b": 1,  "a":"é"}'.encode()
        assert await pool.fetchval("SELECT $1::json ->> 'x'", b'{"x":"y"}') == "y"


async def test_sessions_are_in_utc_without_jit(postgres_url: str) -> None:
    """For reading and for writing alike."""
    query = "SELECT current_setting('timezone') || current_setting('jit') || current_setting('statement_timeout')"
    async with reading(postgres_url, statement_seconds=3) as pool:
        assert await pool.fetchval(query) == "UTCoff3s"
    async with writing(postgres_url, statement_seconds=4) as engine, engine.connect() as connection:
        assert await connection.scalar(text(query)) == "UTCoff4s"


async def test_a_statement_that_runs_too_long_is_ended(postgres_url: str) -> None:
    """By the server, so that its work ends as well; the connection stays good."""
    async with reading(postgres_url, statement_seconds=0.5) as pool:
        with pytest.raises(asyncpg.QueryCanceledError):
            await pool.fetchval("SELECT pg_sleep(5)")
        assert await pool.fetchval("SELECT 1") == 1
    async with writing(postgres_url, statement_seconds=0.5) as engine:
        with pytest.raises(DBAPIError, match="statement timeout"):
            async with engine.begin() as connection:
                await connection.execute(text("SELECT pg_sleep(5)"))
        async with engine.begin() as connection:
            assert await connection.scalar(text("SELECT 1")) == 1


async def test_reading_goes_on_after_the_server_ended_its_sessions(postgres_url: str) -> None:
    """The pool replaces them by itself."""
    async with reading(postgres_url) as pool:
        assert await pool.fetchval("SELECT 1") == 1
        await terminate(postgres_url, "test-read")
        assert await pool.fetchval("SELECT 2") == 2


async def test_writing_goes_on_after_the_server_ended_its_sessions(postgres_url: str) -> None:
    """The first transaction after a restart of the database is not lost, and no round trip is spent on asking."""
    async with writing(postgres_url) as engine:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT 1"))
        await terminate(postgres_url, "test-write")
        async with engine.begin() as connection:
            assert await connection.scalar(text("SELECT 2")) == 2


@pytest.mark.parametrize("mixed", [False, True])
async def test_the_driver_begins_and_commits_for_both(postgres_url: str, mixed: bool) -> None:
    """What runs on the driver and what runs on the engine is one transaction, whoever began and ends it."""
    table = f"both_{mixed}".lower()
    async with writing(postgres_url) as engine:
        for ending in (driver.commit, AsyncConnection.rollback):
            async with engine.connect() as connection:
                assert await driver.begin(connection, f"CREATE TABLE IF NOT EXISTS {table} (n int)") == "CREATE TABLE"
                if mixed:
                    await connection.execute(text(f"INSERT INTO {table} VALUES (1)"))
                await (await driver.within(connection)).execute(f"INSERT INTO {table} VALUES (2)")
                await ending(connection)
        found = await driver.look(engine, f"SELECT array_agg(n ORDER BY n) FROM {table}")
        assert found[0] == ([1, 2] if mixed else [2])
        await driver.look(engine, f"DROP TABLE {table}")


async def test_what_is_sent_along_is_planned_once_a_connection(postgres_url: str) -> None:
    """Its ids are written out, one that is lacking as NULL; a transaction that failed takes no plan with it."""
    statement = "SELECT FROM (VALUES ($1::uuid)) AS given (id) WHERE id = 'ff000000-0000-0000-0000-000000000001'"
    found = {UUID("ff000000-0000-0000-0000-000000000001"): "SELECT 1", UUID(int=1): "SELECT 0", None: "SELECT 0"}
    async with writing(postgres_url) as engine:
        for id, tag in found.items():
            async with engine.connect() as connection:
                assert await driver.begin(connection, await driver.planned(connection, statement, id)) == tag
                with pytest.raises(asyncpg.DivisionByZeroError):
                    await (await driver.within(connection)).execute("SELECT 1 / 0")
        kept = await driver.look(engine, "SELECT count(*) FROM pg_prepared_statements WHERE statement = $1", statement)
    assert kept[0] == 1


async def by_engine(connection: AsyncConnection) -> None:
    """A table in a transaction that the engine began."""
    await connection.execute(text("CREATE TABLE lost (n int)"))


async def by_driver(connection: AsyncConnection) -> None:
    """A table in a transaction that the driver began."""
    await driver.begin(connection, "CREATE TABLE lost (n int)")


@pytest.mark.parametrize("write", [by_engine, by_driver])
async def test_what_a_lost_connection_wrote_is_not_said_to_be_committed(
    postgres_url: str, write: Callable[[AsyncConnection], Awaitable[None]]
) -> None:
    """The commit fails, whoever began the transaction."""
    async with writing(postgres_url) as engine:
        with pytest.raises((DBAPIError, asyncpg.InterfaceError, asyncpg.PostgresError)):
            async with engine.connect() as connection:
                await write(connection)
                await terminate(postgres_url, "test-write")
                await driver.commit(connection)
        found = await driver.look(engine, "SELECT to_regclass('lost') IS NULL")
        assert found[0] is True


@pytest.mark.parametrize("write", [by_engine, by_driver])
async def test_what_had_failed_is_not_said_to_be_committed(
    postgres_url: str, write: Callable[[AsyncConnection], Awaitable[None]]
) -> None:
    """PostgreSQL answers such a COMMIT with ROLLBACK, which is an error here."""
    async with writing(postgres_url) as engine, engine.connect() as connection:
        await write(connection)
        with pytest.raises(asyncpg.UndefinedTableError):
            await (await driver.within(connection)).execute("SELECT FROM nowhere")
        with pytest.raises(asyncpg.InFailedSQLTransactionError):
            await driver.commit(connection)


async def test_what_nobody_ended_is_rolled_back(postgres_url: str) -> None:
    """A transaction that the driver began ends with the use of its connection, and so does one that failed."""
    async with writing(postgres_url) as engine:
        with pytest.raises(asyncpg.UndefinedTableError):
            async with engine.connect() as connection:
                await driver.begin(connection, "CREATE TABLE nobodys (n int)")
                await (await driver.within(connection)).execute("SELECT FROM nowhere")
        async with engine.connect() as connection:
            await driver.begin(connection, "CREATE TABLE nobodys (n int)")
        async with engine.begin() as connection:
            assert await connection.scalar(text("SELECT to_regclass('nobodys')")) is None


async def test_a_statement_that_stands_alone_is_no_transaction(postgres_url: str) -> None:
    """Beside it the driver begins one as soon as it is asked for one."""
    async with writing(postgres_url) as engine:
        assert (await driver.look(engine, "SELECT $1::int AS n", 7))["n"] == 7
        async with engine.connect() as connection:
            assert (await driver.within(connection)).is_in_transaction()


async def test_returning_a_connection_costs_no_round_trip(postgres_url: str) -> None:
    """What it prepared stays prepared; a transaction left open is ended all the same."""
    async with reading(postgres_url) as pool:
        async with pool.acquire() as connection:
            await connection.execute("PREPARE kept AS SELECT 7; SET application_name = 'changed'")
        async with pool.acquire() as connection:
            assert await connection.fetchval("EXECUTE kept") == 7
            await connection.execute("BEGIN")
        async with pool.acquire() as connection:
            assert not connection.is_in_transaction()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_every_usual_spelling_of_the_url_is_understood(scheme: str) -> None:
    """And one of another database is refused with what to write."""
    assert plain_url(f"{scheme}://u@h/d?sslmode=require") == "postgresql://u@h/d?sslmode=require"
    with pytest.raises(ValueError, match="postgresql://"):
        plain_url("mysql://h/d")


# --- what is broken off between plan and run --------------------------------------------------------------------

UNDER_WAY = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state <> 'idle'"
TOO_LARGE = 2**40


async def under_way(url: str, name: str) -> int:
    """How many statements of an application its server takes to be under way."""
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(UNDER_WAY, name))
    finally:
        await connection.close()


async def by_fetch(pool: Pool) -> None:
    """Rows are asked for with a value that does not fit."""
    await pool.fetch("SELECT $1::int4", TOO_LARGE)


async def by_execute(pool: Pool) -> None:
    """Something is done with one."""
    await pool.execute("SELECT $1::int4", TOO_LARGE)


async def by_lanes(pool: Pool) -> None:
    """The way of all reads."""
    await Lanes(pool).fetch("SELECT $1::int4", TOO_LARGE)


@pytest.mark.parametrize("ask", [by_fetch, by_execute, by_lanes])
async def test_a_read_that_never_ran_is_not_taken_to_be_under_way(
    postgres_url: str, ask: Callable[[Pool], Awaitable[None]]
) -> None:
    """Its statement was prepared: the server would end it when its time is over, and then heed nobody else."""
    async with reading(postgres_url) as pool:
        with pytest.raises(asyncpg.DataError):
            await ask(pool)
        assert await under_way(postgres_url, "test-read") == 0
        assert await pool.fetchval("SELECT 1") == 1


async def look(engine: AsyncEngine) -> None:
    """A query that stands alone, with a value that does not fit."""
    await driver.look(engine, "SELECT $1::int4", TOO_LARGE)


async def plan(engine: AsyncEngine) -> None:
    """A plan is made, and whoever wanted it thinks better of it."""
    async with engine.connect() as connection:
        await driver.planned(connection, "SELECT 1")


@pytest.mark.parametrize(("ask", "fails"), [(look, True), (plan, False)])
async def test_what_was_only_prepared_is_not_taken_to_be_under_way(
    postgres_url: str, ask: Callable[[AsyncEngine], Awaitable[None]], fails: bool
) -> None:
    """On a connection that writes it is the same."""
    async with writing(postgres_url) as engine:
        with pytest.raises(asyncpg.DataError) if fails else nullcontext():
            await ask(engine)
        assert await under_way(postgres_url, "test-write") == 0
        assert (await driver.look(engine, "SELECT 1"))[0] == 1
