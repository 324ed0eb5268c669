"""The feed in a storm: every subscriber gets every event of theirs once, each order's in version order.

16 writers with delays and rollbacks, two server processes, faulty rings, kills, freezes, terminated backends, and
clients that are cut, some before their first event, and resume by cursor.
"""

import asyncio
import random
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import asyncpg

from app.db import feed
from app.db.engine import Connection
from tests.feed import writing
from tests.feed.storm import judge
from tests.feed.storm.clients import Client
from tests.feed.storm.cluster import Cluster
from tests.feed.storm.judge import Fact
from tests.feed.storm.writers import write_by_server, write_silently
from tests.feed.writing import OPERATOR, Subject, buyer_of, sales_of, seller_of
from tests.figures import Recorder
from tests.sizes import size

SELLERS = [UUID(int=100 + n) for n in range(3)]
BUYERS = [UUID(int=200 + n) for n in range(4)]
SALES = UUID(int=300)
SUBJECTS = [
    Subject(UUID(int=1000 + n), SELLERS[n % 3], SALES if n % 2 else None, BUYERS[n % 4] if n != 5 else None)
    for n in range(12)
]
IDS = [subject.id for subject in SUBJECTS]
NOISE = ("Traceback", "never retrieved", "was destroyed", "never awaited", "Unclosed", "unclosed")


def make_clients() -> list[Client]:
    """Every sort of subscriber, patient and not, quick and slow."""
    one, two, three = SUBJECTS[1], SUBJECTS[2], SUBJECTS[3]
    clients = []
    for patient in (True, False):
        for slow in (False, True):
            manner = f"{'patient' if patient else 'hasty'} {'slow' if slow else 'quick'}"
            for name, viewer in [
                *(("operator", OPERATOR), ("buyer one", buyer_of(one)), ("buyer two", buyer_of(two))),
                *(("seller", seller_of(one)), ("sales", sales_of(three))),
            ]:
                clients.append(Client(f"{manner} {name}", viewer, patient=patient, dawdles=slow))
            kinds = frozenset({"DISPATCHED", "SECRET"})
            clients.append(Client(f"{manner} kinds", OPERATOR, kinds=kinds, patient=patient, dawdles=slow))
            for name, subject in (("one", one), ("two", two)):
                viewer = buyer_of(subject)
                clients.append(Client(f"{manner} order {name}", viewer, subject.id, patient=patient, dawdles=slow))
    return clients


async def blow(url: str, cluster: Cluster, clients: list[Client], seconds: float) -> list[Fact]:
    """Let the storm blow for a while, then wait for the calm, and return what the table holds."""
    chance, stop = random.Random(), asyncio.Event()
    reading = [asyncio.create_task(client.follow(cluster, chance)) for client in clients]
    working = [asyncio.create_task(write_silently(url, IDS, chance, stop)) for _ in range(8)]
    working += [asyncio.create_task(write_by_server(cluster, IDS, chance, stop)) for _ in range(8)]
    working += [asyncio.create_task(cluster.storm(chance, stop))]
    try:
        done, _ = await asyncio.wait([*working, *reading], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        stop.set()
        await asyncio.gather(*working)
        events = await settled(url)
        await calm(clients, events)
        for task in reading:
            assert not task.done(), task.result()
        return events
    finally:
        stop.set()
        for task in (*working, *reading):
            task.cancel()
        await asyncio.gather(*working, *reading, return_exceptions=True)


async def settled(url: str) -> list[Fact]:
    """All events, once everything is numbered."""
    connection = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(10):
            while True:
                if not await connection.fetchval(feed.UNNUMBERED):
                    return await judge.facts(connection)
                await asyncio.sleep(0.1)
    finally:
        await connection.close()


async def calm(clients: list[Client], events: list[Fact]) -> None:
    """Wait until every client has its last event, or none has got any for long; then see that no more comes."""
    last = {client.name: judge.expected(client, events)[-1] for client in clients}
    for client in clients:
        client.dawdles = False

    def arrived() -> bool:
        return all(client.got and client.got[-1] == last[client.name] for client in clients)

    before = -1
    while not arrived() and before < sum(len(client.got) for client in clients):
        before = sum(len(client.got) for client in clients)
        with suppress(TimeoutError):
            await writing.until(arrived, within=10)
    await asyncio.sleep(1.5)


async def check_table(connection: Connection, events: list[Fact]) -> None:
    """Positions without a gap, every order's versions in order along them."""
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    assert (await feed.bounds(connection)).head.position == len(events)
    for subject in SUBJECTS:
        versions = [event.version for event in events if event.subject_id == subject.id]
        assert versions == list(range(1, len(versions) + 1))
        assert versions[-1:] == [await feed.last_version(connection, subject.id)]


async def test_every_subscriber_gets_every_event_once_and_in_order(
    fresh_database_url: str, tmp_path: Path, figures: Recorder
) -> None:
    connection = await asyncpg.connect(fresh_database_url)
    await writing.make_subjects(connection, SUBJECTS)
    await connection.close()
    cluster, clients = Cluster(fresh_database_url, tmp_path), make_clients()
    async with cluster.running():
        events = await blow(fresh_database_url, cluster, clients, seconds=size("seconds of storm"))
    connection = await asyncpg.connect(fresh_database_url)
    await check_table(connection, events)
    await connection.close()

    wrong = [fault for client in clients for fault in judge.faults(client, events)]
    assert not wrong, "\n".join(wrong)

    # the storm was one
    assert min(cluster.faults[kind] for kind in ("kill", "freeze", "deafen", "cut_off")) > 0, cluster.faults
    assert sum(client.cut_before_first for client in clients) > 0
    assert sum(client.overflows for client in clients) > 0
    logs = "".join(server.log.read_text() for server in cluster.servers)
    assert not [noise for noise in NOISE if noise in logs], logs[-5000:]
    figures("events", len(events))
    figures("subscribers", f"{len(clients)}, exact {len(clients)}")
    figures("deliveries", sum(len(client.got) for client in clients))
    figures("connects", sum(len(client.connects) for client in clients))
    figures("cut before the first event", sum(client.cut_before_first for client in clients))
    figures("kills, freezes, listeners and all backends terminated", " ".join(f"{v}" for v in cluster.faults.values()))
