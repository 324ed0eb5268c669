"""Databases for the tests: one server for all, one migrated template, copies of it for whoever asks."""

import asyncio
import re
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from app.db import migrations

# The server of the tests may lose everything when the machine stops, and is so much faster for it.
CARELESS = {"fsync": "off", "full_page_writes": "off", "autovacuum_naptime": "10s"}
T = TypeVar("T")


def apart(job: Callable[[], T]) -> T:
    """Do something in a thread of its own, so that it may run an event loop beside the tests'."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(job).result()


def renamed(url: str, database: str) -> str:
    """The URL of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def administer(url: str, *statements: str) -> None:
    """Run statements one after another, each outside a transaction."""

    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    apart(lambda: asyncio.run(run()))


def make_template(admin_url: str, run: str) -> str:
    """Make the migrated database that the others are copied from, unless another worker of this run has done it."""
    name = f"{_prefix(run)}_template"

    async def made() -> None:
        connection = await asyncpg.connect(admin_url)
        try:
            await connection.execute("SELECT pg_advisory_lock($1)", zlib.crc32(run.encode()))
            if await connection.fetchval("SELECT datallowconn FROM pg_database WHERE datname = $1", name) is False:
                return
            await connection.execute(f"DROP DATABASE IF EXISTS {name}")
            await connection.execute(f"CREATE DATABASE {name}")
            await asyncio.to_thread(migrations.upgrade, renamed(admin_url, name))
            # nobody may be connected to a database while it is copied
            await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        finally:
            await connection.close()

    apart(lambda: asyncio.run(made()))
    return name


@contextmanager
def copy_of(template: str, admin_url: str) -> Iterator[str]:
    """The URL of a fresh copy of the template, which is dropped afterwards with whoever is still connected."""
    name = f"{template.removesuffix('_template')}_{uuid4().hex[:12]}"
    administer(admin_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    try:
        yield renamed(admin_url, name)
    finally:
        administer(admin_url, f"DROP DATABASE {name} WITH (FORCE)")


def drop_all(admin_url: str, run: str) -> None:
    """Drop what a run has left on a server that outlives it."""

    async def dropped() -> None:
        connection = await asyncpg.connect(admin_url)
        try:
            query = "SELECT datname FROM pg_database WHERE starts_with(datname, $1)"
            for row in await connection.fetch(query, _prefix(run)):
                await connection.execute(f"DROP DATABASE {row['datname']} WITH (FORCE)")
        finally:
            await connection.close()

    apart(lambda: asyncio.run(dropped()))


def _prefix(run: str) -> str:
    return re.sub(r"[^a-z0-9]", "_", run.lower())
