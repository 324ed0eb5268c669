"""What it costs to push an event to many: the product beside a raw broadcast of the same bytes and stock Strawberry."""

import asyncio
import os
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import orjson

from app import settings
from app.auth import issue_jwt
from app.clock import SystemClock
from benchmarks.load import Target, ask
from benchmarks.processes import ROOT, Process, running

Say = Callable[[str], None]
Push = Callable[[int], Awaitable[None]]

UPDATES = """
subscription Updates($id: ID!, $after: String) { orderUpdates(orderId: $id, after: $after) {
  cursor event { kind version at facts { name value } } order { id number version status overdue buyerReference }
} }"""
REFERENCE = """
mutation Reference($input: OrderReferenceInput!) { orderSetReference(input: $input) { userErrors { message } } }"""
AN_ORDER = """
SELECT id, buyer_id FROM orders WHERE buyer_id IS NOT NULL AND status NOT IN ('DRAFT', 'CLOSED') ORDER BY id LIMIT 1
"""
STALLED = 20
SETTLING = 1.0  # seconds in which what a connect leaves behind is done


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a crowd of subscribers cost one server: seconds of CPU a delivery, KB each idle, seconds to the last."""

    cpu: float
    kilobytes: float
    last: float


@dataclass(frozen=True, slots=True)
class Fanout:
    """The rounds of every server, by its name and the size of the crowd, and of the product with some who stall."""

    rounds: dict[tuple[str, int], list[Pushed]]
    stalled: list[Pushed]

    def middle(self, name: str, crowd: int, what: Callable[[Pushed], float]) -> float:
        """The median of what a server showed."""
        return median(map(what, self.rounds[name, crowd]))

    def ratio(self, name: str, other: str, crowd: int, what: Callable[[Pushed], float]) -> float:
        """How one server compares with another: the median of the ratios within a round."""
        pairs = zip(self.rounds[name, crowd], self.rounds[other, crowd], strict=True)
        return median(what(ours) / what(theirs) for ours, theirs in pairs)


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


async def measure(
    url: str, rounds: int, say: Say, *, crowds: Sequence[int] = (1000, 5000), events: int = 10, stock: int = 1000
) -> Fanout:
    """Push to every crowd in every round, each server in turn; stock Strawberry only to a crowd of its own size."""
    order, buyer = await _order(url)
    seen: dict[tuple[str, int], list[Pushed]] = {}
    stalled: list[Pushed] = []
    async with AsyncExitStack() as stack:
        product = await stack.enter_async_context(_product(url, order, buyer, "product", "app", "serve", "--port", "0"))
        limit = await stack.enter_async_context(_broadcast(await _example(product)))
        other = await stack.enter_async_context(_product(url, order, buyer, "stock", "benchmarks.stock_push"))
        for number in range(rounds):
            for crowd in crowds:
                servers = [product, limit, *([other] if crowd == stock else [])]
                for server in servers[number % len(servers) :] + servers[: number % len(servers)]:
                    seen.setdefault((server.name, crowd), []).append(await _push(server, crowd, events))
            stalled.append(await _push(product, crowds[0], events, STALLED))
            say(f"pushed, round {number + 1} of {rounds}")
    return Fanout(seen, stalled)


async def _push(server: Server, crowd: int, events: int, stalled: int = 0) -> Pushed:
    """Gather a crowd, push some events to it, and send it home."""
    process = server.process
    async with gathered() as clients:
        before = process.resident()
        await clients.do("open", clients=crowd, stalled=stalled, **server.says)
        await asyncio.sleep(SETTLING)
        kilobytes = (process.resident() - before) / crowd / 1024
        lasts, cpu = [], process.cpu()
        for number in range(events):
            began = time.monotonic()
            await server.push(number)
            heard = await clients.do("heard", messages=server.says["prelude"] + number + 1)
            lasts.append(heard["at"] - began)
        used = process.cpu() - cpu
        await clients.do("close")
    await asyncio.sleep(SETTLING)
    return Pushed(used / (crowd * events), kilobytes, median(lasts))


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


async def _order(url: str) -> tuple[UUID, UUID]:
    """An order that its buyer may still write a reference on."""
    connection = await asyncpg.connect(url)
    try:
        (row,) = await connection.fetch(AN_ORDER)
        return row["id"], row["buyer_id"]
    finally:
        await connection.close()


@asynccontextmanager
async def _product(url: str, order: UUID, buyer: UUID, name: str, *program: str) -> AsyncIterator[Server]:
    """The product, or what takes its place: an event is a reference that the buyer writes on the order."""
    environ = {**os.environ, "MODE": "production", "DATABASE_URL": url, "JWT_SECRETS": secrets.token_hex(32)}
    token = issue_jwt(settings.load(environ), buyer, SystemClock().now(), timedelta(hours=8))
    id = f"ord_{order.hex}"
    says = {
        "prelude": 2,  # the acknowledgement and the snapshot
        "init": {"Authorization": f"Bearer {token}"},
        "subscribe": {"query": UPDATES, "variables": {"id": id}},
    }
    async with running(["-m", *program], environ) as process:

        async def push(number: int) -> None:
            variables = {"input": {"orderId": id, "reference": f"{number:04d} {secrets.token_hex(4)}"}}
            body = orjson.dumps({"query": REFERENCE, "variables": variables})
            target = Target.of(f"{process.url}/graphql", body, {"authorization": f"Bearer {token}"})
            answer = orjson.loads(await ask(target))
            if answer["data"]["orderSetReference"]["userErrors"]:
                raise ValueError(f"the reference was not written: {answer}")

        yield Server(name, process, {**says, **_address(process)}, push)


@asynccontextmanager
async def _broadcast(message: bytes) -> AsyncIterator[Server]:
    """The limit, which sends what it is given."""
    async with running(["-m", "benchmarks.broadcast"], os.environ) as process:
        target = Target.of(f"{process.url}/push", message)

        async def push(_number: int) -> None:
            await ask(target)

        yield Server("broadcast", process, {"prelude": 0, **_address(process)}, push)


async def _example(server: Server) -> bytes:
    """A message of the product, whole."""
    async with gathered() as clients:
        await clients.do("open", clients=1, **server.says)
        await server.push(0)
        text: str = (await clients.do("heard", messages=server.says["prelude"] + 1))["text"]
        return text.encode()


def _address(process: Process) -> dict[str, Any]:
    parts = urlsplit(process.url)
    return {"host": parts.hostname, "port": parts.port, "path": "/graphql"}
