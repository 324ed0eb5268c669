"""Connections to PostgreSQL: an engine for what writes, and a pool without ceremony for what reads."""

from typing import TYPE_CHECKING, Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Connection, Pool = asyncpg.Connection, asyncpg.Pool

# Planning of our statements is cheaper than compiling them, and every instant is written and read in UTC.
SERVER_SETTINGS = {"jit": "off", "timezone": "UTC"}


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


def write_engine(url: str, *, size: int = 10, statement_seconds: float = 30, name: str = "assured") -> AsyncEngine:
    """The engine of transactions that change something; READ COMMITTED, one connection a transaction."""
    dsn = plain_url(url)
    settings = server_settings(statement_seconds, name)

    async def connect(*_: object, **__: object) -> Connection:
        return await asyncpg.connect(dsn, server_settings=settings, timeout=10)

    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        pool_size=size,
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,  # an error's text goes to the log, and names and addresses do not
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(dbapi_connection: Any, _record: object, _proxy: object) -> None:
    """Let the pool open a new connection in place of one that the server has closed, without a round trip."""
    if dbapi_connection.driver_connection.is_closed():
        raise DisconnectionError("the server closed this connection")


class ReadConnection(Connection):
    """A connection that goes back to the pool as it is: reading leaves nothing behind that needs a reset."""

    async def reset(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the signature it overrides
        """End a transaction that was left open, and otherwise save the round trip."""
        if self.is_in_transaction():
            await super().reset(timeout=timeout)


async def read_pool(
    url: str, *, size: int = 10, statements: int = 1024, statement_seconds: float = 10, name: str = "assured-read"
) -> Pool:
    """The pool of queries; a json column arrives as the bytes PostgreSQL made, ready to be sent on."""
    return await asyncpg.create_pool(
        plain_url(url),
        min_size=1,
        max_size=size,
        connection_class=ReadConnection,
        statement_cache_size=statements,
        max_cached_statement_lifetime=0,
        max_inactive_connection_lifetime=300,
        server_settings=server_settings(statement_seconds, name),
        timeout=10,
        init=_json_as_bytes,
    )


async def _json_as_bytes(connection: Any) -> None:
    await connection.set_type_codec("json", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary")
