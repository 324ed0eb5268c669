"""The PostgreSQL server that is measured on: its databases, and the CPU it uses where it runs on this machine."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
import psutil

from benchmarks.processes import cpu_of
from tests.databases import renamed


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server; `pid` is its first process, or None where it runs elsewhere."""

    pid: int | None

    def cpu(self) -> float | None:
        """Seconds of CPU that all its processes have used so far."""
        return None if self.pid is None else cpu_of(psutil.Process(self.pid))


async def found(url: str) -> Postgres:
    """The server of a database."""
    connection = await asyncpg.connect(url)
    try:
        parent = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()")).parent()
    except psutil.NoSuchProcess:
        return Postgres(None)
    finally:
        await connection.close()
    return Postgres(parent.pid if parent is not None and parent.name() == "postgres" else None)


async def created(url: str, database: str) -> str:
    """The URL of a database beside another one, made if there is none."""
    connection = await asyncpg.connect(url)
    try:
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", database):
            await connection.execute(f'CREATE DATABASE "{database}"')
    finally:
        await connection.close()
    return renamed(url, database)


def libpq(url: str) -> Mapping[str, str]:
    """The database as the variables that libpq's and Node's clients read."""
    parts = urlsplit(url)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    known = {
        "PGHOST": parts.hostname or asked.get("host", "localhost"),
        "PGPORT": str(parts.port or asked.get("port", 5432)),
        "PGUSER": unquote(parts.username or asked.get("user", "postgres")),
        "PGPASSWORD": unquote(parts.password or asked.get("password", "")),
        "PGDATABASE": parts.path.strip("/"),
        "PGOPTIONS": "-c jit=off -c timezone=UTC",
    }
    return {name: value for name, value in known.items() if value}


@asynccontextmanager
async def copied(url: str, suffix: str = "copy") -> AsyncIterator[str]:
    """The URL of a copy of a database that nobody is connected to; dropped at the end of the block."""
    name = urlsplit(url).path.strip("/")
    copy = f"{name}_{suffix}"
    admin = renamed(url, "template1")
    await _run(admin, f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
    await _run(admin, f'CREATE DATABASE "{copy}" TEMPLATE "{name}" STRATEGY FILE_COPY')
    try:
        yield renamed(url, copy)
    finally:
        await _run(admin, f'DROP DATABASE "{copy}" WITH (FORCE)')


async def _run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
