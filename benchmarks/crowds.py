"""Crowds of clients, and the servers that push to them."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from benchmarks.processes import ROOT, Process

Push = Callable[[int], Awaitable[None]]

SETTLING = 1.0  # seconds in which what a connect leaves behind is done


class Crowd:
    """The clients, in a process of their own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def do(self, what: str, **said: Any) -> dict[str, Any]:
        """Give one command and wait for its answer."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(orjson.dumps({"do": what, **said}) + b"\n")
        answer: dict[str, Any] = orjson.loads(await self._process.stdout.readline())
        return answer


@dataclass(frozen=True, slots=True)
class Server:
    """A server that pushes: what its subscribers say first, and how it is brought to push once more."""

    name: str
    process: Process
    says: dict[str, Any]
    push: Push


@asynccontextmanager
async def gathered() -> AsyncIterator[Crowd]:
    """A process for clients."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.listeners"), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield Crowd(process)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def address(process: Process) -> dict[str, Any]:
    """Where a server's WebSockets are opened."""
    parts = urlsplit(process.url)
    return {"host": parts.hostname, "port": parts.port, "path": "/graphql"}
