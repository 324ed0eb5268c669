"""How Alembic reaches the database: over asyncpg, one transaction, one migrating process at a time."""

import asyncio
from contextlib import ExitStack

from alembic import context
from sqlalchemy import Connection, text

from app import settings
from app.db import embedded, tables
from app.db.engine import write_engine

LOCK = 7_305_801_422  # any number that no other program on the same database locks


def migrate(connection: Connection) -> None:
    """Run the migrations that were asked for, after whoever is at it already."""
    context.configure(connection=connection, target_metadata=tables.metadata, compare_server_default=True)
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        context.run_migrations()


async def connect_and_migrate(url: str) -> None:
    """Migrate the database at this URL."""
    engine = write_engine(url, statement_seconds=0, name="assured-migrate")
    try:
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


def main() -> None:
    """Migrate the database of the caller, of the settings, or the embedded one."""
    with ExitStack() as stack:
        url = context.config.attributes.get("url")
        if url is None:
            chosen = settings.load()
            url = chosen.database_url or stack.enter_context(embedded.running(chosen.postgres_folder))
        asyncio.run(connect_and_migrate(url))


main()
