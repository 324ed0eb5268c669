"""What the figures stand on: versions, cores, and how much data there was."""

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

import asyncpg

from benchmarks.databases import Databases
from benchmarks.node import Node

LIBRARIES = ("strawberry-graphql", "graphql-core", "starlette", "uvicorn", "uvloop", "asyncpg", "sqlalchemy", "orjson")
TABLES = ("orders", "items", "instalments", "receipts", "shipments", "deadlines", "entries", "moves", "events")


@dataclass(frozen=True, slots=True)
class Ground:
    """Where and on what a run was made."""

    day: str
    python: str
    cores: int
    postgres: str
    libraries: tuple[tuple[str, str], ...]
    rivals: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, int], ...]
    gigabytes: float
    shared_buffers: str
    sellers: int
    largest: int
    tenth: int
    hundredth: int

    @property
    def orders(self) -> int:
        """How many orders there were."""
        return dict(self.rows)["orders"]


async def survey(data: Databases, rivals: Node | None) -> Ground:
    """Look at the databases and at this process."""
    tenth, hundredth = await _orders(data.tenth), await _orders(data.hundredth)
    connection = await asyncpg.connect(data.whole)
    try:
        counts = [(table, await connection.fetchval(f"SELECT count(*) FROM {table}")) for table in TABLES]
        by_seller = await connection.fetch("SELECT count(*) AS n FROM orders GROUP BY seller_id ORDER BY 1 DESC")
        return Ground(
            day=datetime.now(UTC).date().isoformat(),
            python=platform.python_version(),
            cores=os.cpu_count() or 1,
            postgres=(await connection.fetchval("SHOW server_version")).split()[0],
            libraries=tuple((name, version(name)) for name in LIBRARIES),
            rivals=() if rivals is None else rivals.versions(),
            rows=tuple(counts),
            gigabytes=await connection.fetchval("SELECT pg_database_size(current_database())") / 1e9,
            shared_buffers=await connection.fetchval("SHOW shared_buffers"),
            sellers=len(by_seller),
            largest=by_seller[0]["n"],
            tenth=tenth,
            hundredth=hundredth,
        )
    finally:
        await connection.close()


async def _orders(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        count: int = await connection.fetchval("SELECT count(*) FROM orders")
        return count
    finally:
        await connection.close()
