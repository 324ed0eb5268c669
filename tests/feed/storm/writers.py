"""Writers of the storm: slow, undecided, some with a transaction id long before they write, some that never ring."""

import asyncio
import json
import random
from collections.abc import Sequence
from uuid import UUID

import asyncpg

from app.db.engine import Connection
from app.events.connections import DATABASE_TROUBLE
from tests.feed import writing
from tests.feed.storm.cluster import Cluster

KINDS = ("PAID", "PAID", "DISPATCHED", "SECRET")


class _ChangedItsMindError(Exception):
    """Rolls a transaction back."""


async def transact(connection: Connection, subject_id: UUID, chance: random.Random) -> bool:
    """Write one or a few events of a subject in one transaction; False when it was rolled back."""
    try:
        async with connection.transaction():
            if chance.random() < 0.1:
                await connection.execute("SELECT pg_current_xact_id()")
                await asyncio.sleep(chance.random() * 0.1)
            for _ in range(chance.choice([1, 1, 1, 3])):
                await writing.write(connection, subject_id, chance.choice(KINDS))
                await asyncio.sleep(chance.random() * 0.02)
            if chance.random() < 0.05:
                raise _ChangedItsMindError
    except _ChangedItsMindError:
        return False
    return True


async def write_silently(url: str, subjects: Sequence[UUID], chance: random.Random, stop: asyncio.Event) -> None:
    """Write from outside of any server: nobody numbers or rings for these."""
    while not stop.is_set():
        try:
            connection = await asyncpg.connect(url, server_settings={"application_name": "storm"})
            try:
                while not stop.is_set():
                    await transact(connection, chance.choice(subjects), chance)
                    await asyncio.sleep(chance.random() * 0.15)
            finally:
                connection.terminate()
        except DATABASE_TROUBLE:
            await asyncio.sleep(0.1)


async def write_by_server(
    cluster: Cluster, subjects: Sequence[UUID], chance: random.Random, stop: asyncio.Event
) -> None:
    """Have a server write, now one and now the other; one that answers late or dies is left."""
    while not stop.is_set():
        try:
            async with asyncio.timeout(3):
                reader, writer = await asyncio.open_connection("127.0.0.1", cluster.port(chance))
            try:
                writer.write(b'"write"\n')
                for _ in range(chance.randrange(1, 100)):
                    if stop.is_set():
                        return
                    writer.write(json.dumps(str(chance.choice(subjects))).encode() + b"\n")
                    async with asyncio.timeout(3):
                        if await reader.readline() != b"done\n":
                            break
                    await asyncio.sleep(chance.random() * 0.15)
            finally:
                writer.transport.abort()
        except OSError:
            await asyncio.sleep(0.1)
