"""What it costs to push an event to many: the product beside a raw broadcast of the same bytes and stock Strawberry."""

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app import settings
from app.auth import issue_jwt
from app.clock import SystemClock
from benchmarks.crowds import SETTLING, Push, Server, address, gathered
from benchmarks.load import Target, ask
from benchmarks.processes import Process, running
from benchmarks.product import environment
from benchmarks.storms import Storm, storm

Say = Callable[[str], None]

UPDATES = """
subscription Updates($id: ID!, $after: String) { orderUpdates(orderId: $id, after: $after) {
  cursor event { kind version at facts { name value } } order { id number version status overdue buyerReference }
} }"""
REFERENCE = """
mutation Reference($input: OrderReferenceInput!) { orderSetReference(input: $input) { userErrors { message } } }"""
AN_ORDER = """
SELECT id, buyer_id FROM orders WHERE buyer_id IS NOT NULL AND status NOT IN ('DRAFT', 'CLOSED') ORDER BY id LIMIT 1
"""
SERVE = ("app", "serve", "--port", "0")
STALLED = 20


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a crowd of subscribers cost one server: seconds of CPU a delivery, KB each idle, seconds to the last."""

    cpu: float
    kilobytes: float
    last: float


@dataclass(frozen=True, slots=True)
class Fanout:
    """The rounds of every server, by its name and the size of the crowd, and of the product with some who stall.

    `storms` are the product's too, by the size of the crowd.
    """

    rounds: dict[tuple[str, int], list[Pushed]]
    stalled: list[Pushed]
    storms: dict[int, list[Storm]]

    def middle(self, name: str, crowd: int, what: Callable[[Pushed], float]) -> float:
        """The median of what a server showed."""
        return median(map(what, self.rounds[name, crowd]))

    def ratio(self, name: str, other: str, crowd: int, what: Callable[[Pushed], float]) -> float:
        """How one server compares with another: the median of the ratios within a round."""
        pairs = zip(self.rounds[name, crowd], self.rounds[other, crowd], strict=True)
        return median(what(ours) / what(theirs) for ours, theirs in pairs)

    def idle(self, name: str) -> float:
        """KB of each idle subscriber: of a server's first crowd, before it has memory left over from another."""
        crowd = min(crowd for _, crowd in self.rounds)
        return self.rounds[name, crowd][0].kilobytes

    def hindered(self, what: Callable[[Pushed], float]) -> float:
        """How the product with some who stall compares with itself: the median of the ratios within a round."""
        crowd = min(crowd for _, crowd in self.rounds)
        pairs = zip(self.stalled, self.rounds["product", crowd], strict=True)
        return median(what(hindered) / what(free) for hindered, free in pairs)


# Another server that pushes such a message of the product
Other = Callable[[bytes], AbstractAsyncContextManager[Server]]


async def measure(
    url: str,
    rounds: int,
    say: Say,
    *,
    others: Sequence[Other] = (),
    crowds: Sequence[int] = (1000, 5000),
    events: int = 10,
    stock: int = 1000,
) -> Fanout:
    """Push to every crowd in every round, each server in turn; stock Strawberry only to a crowd of its own size.

    Who pushes does not write: the events are committed by another process, as half of them are with two.
    """
    order, environ, token = await _at(url)
    seen: dict[tuple[str, int], list[Pushed]] = {}
    stalled: list[Pushed] = []
    storms: dict[int, list[Storm]] = {}
    async with AsyncExitStack() as stack:
        writer = await stack.enter_async_context(running(["-m", *SERVE], environ))
        says, push = _says(order, token), _writing(writer, order, token)
        product = await stack.enter_async_context(_pushing("product", environ, says, push, *SERVE))
        alone = await stack.enter_async_context(_pushing("stock", environ, says, push, "benchmarks.stock_push"))
        message = await _example(product)
        limit = await stack.enter_async_context(_broadcast(message))
        more = [await stack.enter_async_context(other(message)) for other in others]
        for number in range(rounds):
            for crowd in crowds:
                servers = [product, limit, *more, *([alone] if crowd == stock else [])]
                for server in servers[number % len(servers) :] + servers[: number % len(servers)]:
                    seen.setdefault((server.name, crowd), []).append(await _push(server, crowd, events))
                storms.setdefault(crowd, []).append(await storm(product, crowd))
            stalled.append(await _push(product, crowds[0], events, STALLED))
            say(f"pushed, round {number + 1} of {rounds}")
    return Fanout(seen, stalled, storms)


def serving(url: str, name: str) -> Other:
    """The product on another database as one more server, which pushes what is written there."""

    @asynccontextmanager
    async def served(_message: bytes) -> AsyncIterator[Server]:
        order, environ, token = await _at(url)
        async with running(["-m", *SERVE], environ) as writer:
            says, push = _says(order, token), _writing(writer, order, token)
            async with _pushing(name, environ, says, push, *SERVE) as server:
                yield server

    return served


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
        used = process.cpu_since(cpu)
        await clients.do("close")
    await asyncio.sleep(SETTLING)
    return Pushed(used / (crowd * events), kilobytes, median(lasts))


async def _at(url: str) -> tuple[UUID, Mapping[str, str], str]:
    """An order of a database, what a server there is told, and a token of the order's buyer."""
    order, buyer = await _order(url)
    environ = environment(url)
    return order, environ, issue_jwt(settings.load(environ), buyer, SystemClock().now(), timedelta(hours=8))


async def _order(url: str) -> tuple[UUID, UUID]:
    """An order that its buyer may still write a reference on."""
    connection = await asyncpg.connect(url)
    try:
        (row,) = await connection.fetch(AN_ORDER)
        return row["id"], row["buyer_id"]
    finally:
        await connection.close()


def _says(order: UUID, token: str) -> dict[str, Any]:
    """What a subscriber says; the acknowledgement and the snapshot come before the first event."""
    subscribe = {"query": UPDATES, "variables": {"id": f"ord_{order.hex}"}}
    return {"prelude": 2, "init": {"Authorization": f"Bearer {token}"}, "subscribe": subscribe}


def _writing(writer: Process, order: UUID, token: str) -> Push:
    """An event is a reference that the buyer writes on the order, on a server that nobody listens to."""

    async def push(number: int) -> None:
        given = {"orderId": f"ord_{order.hex}", "reference": f"{number:04d} {secrets.token_hex(4)}"}
        body = orjson.dumps({"query": REFERENCE, "variables": {"input": given}})
        answer = orjson.loads(await ask(Target.of(f"{writer.url}/graphql", body, {"authorization": f"Bearer {token}"})))
        if answer["data"]["orderSetReference"]["userErrors"]:
            raise ValueError(f"the reference was not written: {answer}")

    return push


@asynccontextmanager
async def _pushing(
    name: str, environ: Mapping[str, str], says: dict[str, Any], push: Push, *program: str
) -> AsyncIterator[Server]:
    """A server of subscriptions."""
    async with running(["-m", *program], environ) as process:
        yield Server(name, process, {**says, **address(process)}, push)


@asynccontextmanager
async def _broadcast(message: bytes) -> AsyncIterator[Server]:
    """The limit, which sends what it is given."""
    async with running(["-m", "benchmarks.broadcast"], os.environ) as process:
        target = Target.of(f"{process.url}/push", message)

        async def push(_number: int) -> None:
            await ask(target)

        yield Server("broadcast", process, {"prelude": 0, **address(process)}, push)


async def _example(server: Server) -> bytes:
    """A message of the product, whole."""
    async with gathered() as clients:
        await clients.do("open", clients=1, **server.says)
        await server.push(0)
        text: str = (await clients.do("heard", messages=server.says["prelude"] + 1))["text"]
        return text.encode()
