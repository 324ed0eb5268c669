"""The servers of the storm, and what happens to them."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from tests.nursery import Child, run

OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
# the injector's own query speaks of notifying, too
NOT_ME = " AND pid <> pg_backend_pid()"
LISTENERS = " AND (query ILIKE '%pg_notify%' OR query ILIKE 'LISTEN%')"


class Server:
    """One server process, started anew whenever it was killed."""

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self.log = log
        self.port = 0
        self.process: Child | None = None

    async def start(self) -> None:
        """Start the process and learn its port."""
        with self.log.open("ab") as log:
            self.process = await run("tests.feed.storm.server", self.url, environ=os.environ, stderr=log.fileno())
        async with asyncio.timeout(30):
            self.port = int(await self.process.stdout.readline())

    async def signal(self, number: signal.Signals) -> None:
        """Send a signal; wait for the end if it is one that ends."""
        assert self.process is not None
        self.process.send_signal(number)
        if number in (signal.SIGKILL, signal.SIGTERM):
            async with asyncio.timeout(10):
                await self.process.wait()


class Cluster:
    """Two servers on one database."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.servers = [Server(url, folder / f"server-{n}.log") for n in range(2)]
        self.faults: Counter[str] = Counter()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the servers for the length of a block."""
        try:
            await asyncio.gather(*(server.start() for server in self.servers))
            yield
            for server in self.servers:
                await server.signal(signal.SIGTERM)
        finally:
            for server in self.servers:
                if server.process is not None and server.process.returncode is None:
                    server.process.kill()
                    await server.process.wait()

    def port(self, chance: random.Random) -> int:
        """The port of one of the servers."""
        return chance.choice(self.servers).port

    async def storm(self, chance: random.Random, stop: asyncio.Event) -> None:
        """Let one misfortune follow another, each kind as often as the others."""
        while True:
            for fault in chance.sample([self.kill, self.freeze, self.deafen, self.cut_off], 4):
                await asyncio.sleep(chance.uniform(0.5, 3))
                if stop.is_set():
                    return
                # a server that has just come back may have no backend to terminate yet
                self.faults[fault.__name__] += bool(await fault(chance))

    async def kill(self, chance: random.Random) -> int:
        """Kill a server without warning and start it again a little later; how many that were."""
        server = chance.choice(self.servers)
        await server.signal(signal.SIGKILL)
        await asyncio.sleep(chance.random() * 2)
        await server.start()
        return 1

    async def freeze(self, chance: random.Random) -> int:
        """Stop a server for two seconds, whatever it holds; how many that were."""
        server = chance.choice(self.servers)
        await server.signal(signal.SIGSTOP)
        await asyncio.sleep(2)
        await server.signal(signal.SIGCONT)
        return 1

    async def deafen(self, _: random.Random) -> int:
        """Terminate the backends that listen and notify; how many that were."""
        return await self._terminate(OTHERS + NOT_ME + LISTENERS)

    async def cut_off(self, _: random.Random) -> int:
        """Terminate every backend; how many that were."""
        return await self._terminate(OTHERS + NOT_ME)

    async def _terminate(self, query: str) -> int:
        connection = await asyncpg.connect(self.url)
        try:
            return len(await connection.fetch(query))
        finally:
            await connection.close()
