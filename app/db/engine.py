"""Connections to PostgreSQL: an engine for what writes, and a pool without ceremony for what reads."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import Connection as SyncConnection
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import PoolResetState

from app.db.passing import PassingEngine

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Connection, Pool = asyncpg.Connection, asyncpg.Pool

# Planning of our statements is cheaper than compiling them, and every instant is written and read in UTC.
SERVER_SETTINGS = {"jit": "off", "timezone": "UTC"}
# Left to itself the server plans an order's load anew each time, which takes it longer than to run it.
WRITE_SETTINGS = {"plan_cache_mode": "force_generic_plan"}
# A page of a table lies in memory or on flash, where any is as near as the next; and a request has one process, because
# others take longer to start than what it asks for takes to read.
READ_SETTINGS = {"random_page_cost": "1.1", "max_parallel_workers_per_gather": "0"}
# What a connection that writes keeps prepared: each shape of a decision is a statement of its own
STATEMENTS = 256
# Seconds that somebody waits for one of them
PATIENCE = 10
# What it takes the server to keep a statement is a hundred times its text: a whole page is, an exorbitant one is not
LONGEST_KEPT = 65_536


def server_settings(statement_seconds: float, name: str) -> dict[str, str]:
    """What each session asks of the server; a statement that runs too long is ended there."""
    return {
        **SERVER_SETTINGS,
        "application_name": name,
        "statement_timeout": str(int(statement_seconds * 1000)),
        "idle_in_transaction_session_timeout": str(int(statement_seconds * 1000)),
    }


def plain_url(url: str) -> str:
    """The URL as asyncpg and libpq write it, whichever of the usual ways it was written in."""
    scheme, separator, rest = url.partition("://")
    known = {"postgres", "postgresql", "postgresql+asyncpg"}
    if not separator or scheme not in known:
        raise ValueError(f"a PostgreSQL URL begins with postgresql://, not {scheme or 'nothing'}://")
    return f"postgresql://{rest}"


class MendedConnection(Connection):
    """A connection that is mended before somebody else gets it, if something was broken off between plan and run.

    The driver ends what it runs with a Sync, and what it prepares without. Left like that, by a value that fits no type
    or by whoever gave up, the server takes the statement to be under way: when its time is over it fails in silence,
    and after that heeds nothing but a Sync.
    """

    broken_off = False

    async def _execute(self, *given: Any, **named: Any) -> Any:
        """Run what fetches rows, for every way that the driver has."""
        self.broken_off = True
        found = await super()._execute(*given, **named)  # type: ignore[misc]
        self.broken_off = False
        return found

    async def mend(self) -> None:
        """Ask for nothing, which ends with a Sync, if one may be missing."""
        if self.broken_off:
            self.broken_off = False
            await self.execute("SELECT")


class WriteConnection(MendedConnection):
    """A connection that keeps planned what is sent along with other statements, which has no parameters of its own."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._planned: dict[str, Any] = {}

    async def planned(self, statement: str, *ids: UUID | None) -> str:
        """What runs a statement with these ids by its plan, which is made here the first time."""
        kept = self._planned.get(statement)
        if kept is None:
            self.broken_off = True
            kept = self._planned[statement] = await self.prepare(statement)
        said = ", ".join("NULL" if id is None else f"'{id.hex}'" for id in ids)
        return f"EXECUTE {kept.get_name()}({said})"


def write_engine(url: str, *, size: int = 10, statement_seconds: float = 30, name: str = "assured") -> AsyncEngine:
    """The engine of transactions that change something; READ COMMITTED, one connection a transaction.

    Transactions are begun and ended on the driver's connection, which may do so by itself (see `driver`).
    """
    dsn = plain_url(url)
    settings = {**server_settings(statement_seconds, name), **WRITE_SETTINGS}

    async def connect(*_: object, **__: object) -> WriteConnection:
        # a statement of ours is prepared once a connection, however long it is
        return await asyncpg.connect(
            dsn,
            connection_class=WriteConnection,
            server_settings=settings,
            timeout=10,
            statement_cache_size=STATEMENTS,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=0,
        )

    made = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        pool_size=size,
        max_overflow=0,
        pool_timeout=PATIENCE,
        isolation_level="AUTOCOMMIT",  # what the listeners begin and end is the transaction
        json_deserializer=orjson.loads,
        hide_parameters=True,  # an error's text goes to the log, and names and addresses do not
    )
    engine = PassingEngine(made.sync_engine, size, PATIENCE)
    event.listen(engine.sync_engine, "checkout", _refuse_unfit)
    event.listen(engine.sync_engine, "begin", _begin)
    event.listen(engine.sync_engine, "commit", _commit)
    event.listen(engine.sync_engine, "rollback", _roll_back)
    event.listen(engine.sync_engine, "reset", _reset)
    return engine


def _refuse_unfit(dbapi_connection: Any, _record: object, _proxy: object) -> None:
    """Let the pool open a new connection in place of one that is lost, without a round trip."""
    driver = dbapi_connection.driver_connection
    if driver.is_closed() or driver.is_in_transaction():
        raise DisconnectionError("the server closed this connection, or whoever used it was cut off")


def _begin(connection: SyncConnection) -> None:
    """Begin a transaction, unless the driver has, or whoever works with the connection asked for none."""
    dbapi_connection: Any = connection.connection.dbapi_connection
    asked = connection.get_execution_options().get("isolation_level")
    if asked is None and not dbapi_connection.driver_connection.is_in_transaction():
        dbapi_connection.run_async(lambda driver: driver.execute("BEGIN"))


def _commit(connection: SyncConnection) -> None:
    """Commit; on a connection that was lost this is an error, or what was written would seem to be there."""
    dbapi_connection: Any = connection.connection.dbapi_connection
    driver = dbapi_connection.driver_connection
    if driver.is_in_transaction() or driver.is_closed():
        dbapi_connection.run_async(committed)


async def committed(driver: Connection) -> None:
    """Commit, or fail: of a transaction in which a statement failed, PostgreSQL ends a COMMIT without an error."""
    ended = await driver.execute("COMMIT")
    if ended != "COMMIT":
        raise asyncpg.InFailedSQLTransactionError(f"the transaction had failed before: COMMIT ended in {ended}")


def _roll_back(connection: SyncConnection) -> None:
    if not connection.invalidated:  # of a connection that was lost there is nothing left to undo
        _undo(connection.connection.dbapi_connection)


def _undo(dbapi_connection: Any) -> None:
    driver = dbapi_connection.driver_connection
    if driver.is_in_transaction() and not driver.is_closed():
        dbapi_connection.run_async(lambda driver: driver.execute("ROLLBACK"))


def _reset(dbapi_connection: Any, _record: object, state: PoolResetState) -> None:
    """Roll back what was begun by the driver and ended by nobody, before somebody else gets the connection."""
    if state.asyncio_safe and not state.terminate_only:
        _undo(dbapi_connection)
        if not dbapi_connection.driver_connection.is_closed():
            dbapi_connection.run_async(MendedConnection.mend)


class ReadConnection(MendedConnection):
    """A connection that goes back to the pool as it is: reading leaves nothing behind that needs a reset."""

    async def reset(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the signature it overrides
        """End a transaction that was left open, and otherwise save the round trip."""
        if self.is_in_transaction():
            await super().reset(timeout=timeout)
        await self.mend()


async def read_pool(
    url: str, *, size: int = 10, statements: int = 256, statement_seconds: float = 10, name: str = "assured-read"
) -> Pool:
    """The pool of queries; a json column arrives as the bytes PostgreSQL made, ready to be sent on."""
    return await asyncpg.create_pool(
        plain_url(url),
        min_size=1,
        max_size=size,
        connection_class=ReadConnection,
        statement_cache_size=statements,
        max_cached_statement_lifetime=0,
        max_cacheable_statement_size=LONGEST_KEPT,
        max_inactive_connection_lifetime=300,
        server_settings={**server_settings(statement_seconds, name), **READ_SETTINGS},
        timeout=10,
        init=_json_as_bytes,
    )


async def _json_as_bytes(connection: Any) -> None:
    await connection.set_type_codec("json", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary")
