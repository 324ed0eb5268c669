"""The services: everything impure that a process has, made once and closed together."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.clock import Clock, MovableClock, SystemClock
from app.db import embedded, migrations
from app.db.clock import glance
from app.db.engine import Pool, read_pool, write_engine
from app.domain.happenings import KINDS_FOR
from app.domain.trade import Mint
from app.events.feeds import Feeds
from app.mint import SystemMint
from app.reads import Reader
from app.settings import Settings
from app.storage import LocalStorage, Storage

DATABASE_TROUBLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, DBAPIError)


class DatabaseUnreachable(Exception):
    """The database does not answer as it should; the message says what to look at."""


class ClockMoved(Exception):
    """The database holds what in real time has yet to happen; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Services:
    """What a process works with."""

    settings: Settings
    database_url: str
    engine: AsyncEngine
    read_pool: Pool
    reader: Reader
    feeds: Feeds
    clock: Clock
    mint: Mint
    storage: Storage


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The database's URL; the embedded one runs at least as long as the block."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    with embedded.running(settings.postgres_folder) as url:
        yield url


def migrated(url: str, revision: str = "head") -> None:
    """Bring the database up to a revision; processes that start together wait for one another."""
    with reaching(url):
        migrations.upgrade(url, revision)


@asynccontextmanager
async def services(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Services]:
    """Make the services, and close them whatever happens."""
    async with AsyncExitStack() as stack:
        url = stack.enter_context(database(settings))
        seconds = settings.statement_timeout.total_seconds()
        with reaching(url):
            pool = await read_pool(url, size=settings.connections, statement_seconds=seconds)
        stack.push_async_callback(pool.close)
        if not settings.embedded:
            await _require_real_time(pool)
        engine = write_engine(url, size=settings.connections, statement_seconds=seconds)
        stack.push_async_callback(engine.dispose)
        feeds = Feeds(url, KINDS_FOR.__getitem__, settings.broadcast_url)
        clock = clock or (MovableClock(pool) if settings.embedded else SystemClock())
        storage = LocalStorage(settings.storage_folder)
        yield Services(settings, url, engine, pool, Reader(pool), feeds, clock, SystemMint(), storage)


async def _require_real_time(pool: Pool) -> None:
    """Refuse a database that was moved ahead while it was an embedded one: in real time, what it holds is to come."""
    with suppress(asyncpg.UndefinedTableError):  # not migrated yet
        if ahead := await glance(pool):
            raise ClockMoved(
                f"The clock of this database was moved {ahead} ahead while it was an embedded one, and with "
                "DATABASE_URL there is real time only.\nUnset DATABASE_URL to go on with it, or name another database."
            )


@contextmanager
def reaching(url: str) -> Iterator[None]:
    """Say of a database that cannot be reached where it was looked for, without its password."""
    try:
        yield
    except (*DATABASE_TROUBLE, ValueError) as error:
        parts = urlsplit(url)
        user = f"{parts.username}@" if parts.username else ""
        where = f"{user}{parts.hostname or 'localhost'}:{parts.port or 5432}{parts.path}"
        reason = str(getattr(error, "orig", error)) or type(error).__name__
        raise DatabaseUnreachable(
            f"The database {where} cannot be used: {reason}.\n"
            "Check that PostgreSQL runs there and what DATABASE_URL says."
        ) from error
