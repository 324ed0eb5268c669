"""The database dies under an open feed and comes back: everything heals by itself, and nothing is lost."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import asyncpg
import psutil
import pytest

from app.db import embedded, migrations
from app.events.connections import DATABASE_TROUBLE
from app.events.feeds import Feeds
from app.events.tunables import Tunables
from tests.feed import writing
from tests.feed.writing import OPERATOR, Subject

ONE = Subject()


class OwnServer:
    """A PostgreSQL of this test alone, so that it may be killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.handles = [embedded.start(folder)]
        self.url = self.handles[0].url

    def crash(self) -> None:
        """End it at once, as a lost machine would, and wait until it is gone."""
        pid = int((self.folder / "postmaster.pid").read_text().splitlines()[0])
        process = psutil.Process(pid)
        os.kill(pid, signal.SIGQUIT)
        process.wait(30)

    def start_again(self) -> None:
        """Start it on the same data at the same address."""
        self.handles.append(embedded.start(self.folder))
        assert self.handles[-1].url == self.url


@pytest.fixture
def server() -> Iterator[OwnServer]:
    folder = Path(tempfile.mkdtemp(prefix="assured-restart-"))
    own = OwnServer(folder / "postgres")
    try:
        yield own
    finally:
        for handle in own.handles:
            handle.stop()
        shutil.rmtree(folder)


async def write(url: str) -> None:
    """Write an event as soon as the database lets one."""
    while True:
        try:
            connection = await asyncpg.connect(url)
            try:
                await writing.write(connection, ONE.id)
                return
            finally:
                connection.terminate()
        except DATABASE_TROUBLE:
            await asyncio.sleep(0.05)


async def test_a_feed_outlives_its_database(server: OwnServer) -> None:
    await asyncio.to_thread(migrations.upgrade, server.url)
    connection = await asyncpg.connect(server.url)
    await writing.make_subjects(connection, [ONE])
    await connection.close()
    feeds = Feeds(server.url, writing.visible_kinds, tunables=Tunables())
    async with (
        feeds.running(),
        feeds.follow_feed(OPERATOR) as follower,
        feeds.follow_order(OPERATOR, ONE.id, 0) as order,
    ):
        for version in (1, 2, 3):
            waiting = asyncio.gather(anext(follower), anext(order))
            if version > 1:
                await asyncio.to_thread(server.crash)
                feeds.committed()
                await asyncio.sleep(1)
                await asyncio.to_thread(server.start_again)
            await write(server.url)
            feeds.committed()
            assert [event.version for event in await asyncio.wait_for(waiting, 60)] == [version] * 2
            await writing.until(partial(lambda least: feeds.doorbell.lives >= least, version), within=60)


async def test_a_feed_may_start_before_its_database(server: OwnServer) -> None:
    await asyncio.to_thread(migrations.upgrade, server.url)
    await asyncio.to_thread(server.crash)
    feeds = Feeds(server.url, writing.visible_kinds)
    async with feeds.running():
        with pytest.raises(DATABASE_TROUBLE):
            await feeds.start_cursor()
        await asyncio.to_thread(server.start_again)
        await writing.until(lambda: feeds.doorbell.lives >= 1, within=60)
        assert await feeds.start_cursor() == "f.0.0"
