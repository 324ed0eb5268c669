"""The real server as a process of its own: started, asked, stopped, and killed."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from app import settings
from app.settings import Settings
from tests.nursery import Child, run

PROVIDER = "testpay"
PROVIDER_SECRET = "the-test-payment-provider-signs-with-this-key"
WEBHOOK_KEY = "the-tests-sign-their-outgoing-webhooks-with-this-key"
BANK_SECRET = "the-test-bank-feed-signs-its-statements-with-this"
PATIENCE = 30.0


def environment(database_url: str, folder: Path) -> dict[str, str]:
    """The settings of a server under test."""
    return {
        "MODE": "development",
        "DATABASE_URL": database_url,
        "DATA_FOLDER": str(folder),
        "PORT": "0",
        "JWT_SECRETS": "the-tests-sign-their-bearer-tokens-with-this-key",
        "PAYMENT_SECRETS": f"{PROVIDER}={PROVIDER_SECRET}",
        "BANK_FEED_SECRET": BANK_SECRET,
        "WEBHOOK_KEYS": WEBHOOK_KEY,
    }


class Server:
    """One server process on a database, or a worker; after a kill it may be started again, on another port."""

    def __init__(self, given: Mapping[str, str], command: str = "serve") -> None:
        self.given = dict(given)
        self.command = command
        self.settings: Settings = settings.load(given)
        self.log: list[str] = []
        self.url = ""
        self._process: Child | None = None
        self._reading: asyncio.Task[None] | None = None
        self._said = asyncio.Event()

    @property
    def graphql(self) -> str:
        """Where GraphQL is asked."""
        return f"{self.url}/graphql"

    @property
    def socket(self) -> str:
        """Where WebSockets are opened."""
        return self.graphql.replace("http", "ws", 1)

    async def start(self) -> None:
        """Start the process and wait until it has said that it is there."""
        self._said.clear()
        self._process = await run("app", self.command, environ=self.given)
        self._reading = asyncio.create_task(self._read(self._process))
        async with asyncio.timeout(PATIENCE):
            await self._said.wait()
        assert self.url, f"the process did not start:\n{self.story}"

    async def _read(self, process: Child) -> None:
        async for line in process.stdout:
            self.log.append(line.decode().rstrip())
            if found := re.match(r"Serving (http://\S+)|(Working),", self.log[-1]):
                self.url = found[1] or found[2]
                self._said.set()
        self._said.set()

    @property
    def story(self) -> str:
        """What the process has written."""
        return "\n".join(self.log)

    async def kill(self) -> None:
        """End the process without warning."""
        await self.end(signal.SIGKILL)

    async def stop(self) -> None:
        """Stop the process as an operator does; it must end cleanly, and have had nothing to complain of."""
        code = await self.end()
        assert code == 0, f"the process ended with {code}:\n{self.story}"
        complaints = [line for line in self.log if not line.startswith(("Serving ", "Open ", "Working,"))]
        assert not complaints, f"the process complained:\n{self.story}"

    async def end(self, how: signal.Signals = signal.SIGTERM) -> int | None:
        """Send a signal and wait for the end; the exit code."""
        assert self._process is not None and self._reading is not None
        self._process.send_signal(how)
        async with asyncio.timeout(PATIENCE):
            await self._process.wait()
            await self._reading
        self.url = ""
        return self._process.returncode

    @property
    def runs(self) -> bool:
        """Whether there is a process."""
        return self._process is not None and self._process.returncode is None


@asynccontextmanager
async def serving(database_url: str, folder: Path, command: str = "serve", **changed: str) -> AsyncIterator[Server]:
    """A server, or a worker, for the length of a block."""
    server = Server({**environment(database_url, folder), **changed}, command)
    try:
        await server.start()
        yield server
        await server.stop()
    finally:
        if server.runs:
            await server.kill()
