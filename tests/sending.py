"""Webhooks in the tests' hands: receivers that do as they are told, and a process whose looks the test takes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import orjson
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook

from app.actions import webhooks
from app.actions.webhooks import Asked, Issued
from app.actions.work import call_of
from app.auth import Authenticator
from app.db import feed
from app.db import tables as t
from app.domain.access import Actor
from app.domain.deliveries import Terms
from app.domain.destinations import Reach
from app.domain.webhooks import Place
from app.graphql.shaping import Shaping
from app.jobs.webhooks import Sender, Sending
from app.keyring import Keyring
from app.outgoing import Outgoing
from app.posting import Poster
from tests.market import Market
from tests.means import TestMeans

KEY = "a key of the tests that webhooks are signed with"
DOCUMENT = """subscription Booked($types: [EventKind!]) {
  events(types: $types) { cursor event { kind version subject order { id number status } } }
}"""


@dataclass(frozen=True)
class Received:
    """A request as it arrived."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def said(self) -> dict[str, Any]:
        """The body, read."""
        found: dict[str, Any] = orjson.loads(self.body)
        return found

    @property
    def event(self) -> dict[str, Any]:
        """The event as the document shaped it."""
        found: dict[str, Any] = self.said["data"]["events"]["event"]
        return found

    def signed_by(self, secret: str) -> bool:
        """Whether the library of the specification makes one of the signatures with a secret, whatever the time."""
        at = datetime.fromtimestamp(int(self.headers["webhook-timestamp"]), UTC)
        right = Webhook(secret).sign(self.headers["webhook-id"], at, self.body.decode())
        return right in self.headers["webhook-signature"].split(" ")


# What a receiver does with a request: the bytes of an answer, or None for a connection that is just closed
Manner = Callable[[Received], Awaitable[bytes | None]]


def answer(status: int, text: str = "", **headers: str) -> bytes:
    """The bytes of an HTTP answer."""
    told = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Said\r\ncontent-length: {len(text)}\r\n{told}\r\n{text}".encode()


async def accepting(_: Received) -> bytes | None:
    """Accept everything."""
    return answer(204)


@dataclass
class Receiver:
    """Listens on this machine; `manner` may be changed at any time, and `received` is everything that arrived."""

    manner: Manner = accepting
    received: list[Received] = field(default_factory=list)
    accepted: list[Received] = field(default_factory=list)
    most_at_once: int = 0
    url: str = ""
    _now: int = 0
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, count: int) -> None:
        """Wait until so many requests have arrived."""
        async with asyncio.timeout(30):
            while len(self.received) < count:
                self._arrived.clear()
                await self._arrived.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            request = Received({**headers, ":line": head[0]}, body)
            self.received.append(request)
            self._arrived.set()
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            try:
                said = await self.manner(request)
            finally:
                self._now -= 1
            if said is not None:
                if said.startswith((b"HTTP/1.1 2",)):
                    self.accepted.append(request)
                writer.write(said)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving(manner: Manner = accepting, ssl: Any = None) -> AsyncIterator[Receiver]:
    """A receiver for the length of a block."""
    receiver = Receiver(manner)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=ssl)
    port = server.sockets[0].getsockname()[1]
    receiver.url = f"{'https' if ssl else 'http'}://localhost:{port}/hooks?from=assured"
    try:
        yield receiver
    finally:
        server.close()


@dataclass
class PostRoom:
    """A market, and processes that send its events; time passes when the test says so."""

    market: Market
    sending: Sending
    outgoing: Outgoing
    senders: list[Sender] = field(default_factory=list)

    @property
    def means(self) -> TestMeans:
        """The means to act."""
        return self.market.means

    def sender(self) -> Sender:
        """A sender as another process has one."""
        self.senders.append(Sender(self.sending))
        return self.senders[-1]

    async def numbered(self) -> None:
        """Give every event its position."""
        async with self.means.engine.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            while await feed.number_next(cast(Any, raw)):
                pass

    async def place(self) -> Place:
        """The end of the feed."""
        await self.numbered()
        async with self.means.engine.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            head = (await feed.bounds(cast(Any, raw))).head
        return Place(head.position, head.id)

    async def endpoint(self, url: str, who: Actor | None = None, document: str = DOCUMENT, **asked: Any) -> Issued:
        """An endpoint of the seller's owner that is told what comes from now on."""
        place = asked.pop("place", None) or await self.place()
        wanted = Asked(url, document, asked.get("operation_name"), asked.get("variables"))
        call = call_of(who or self.market.seller.owner, "webhookEndpointCreate", {}, asked.get("key"))
        return await webhooks.create(self.means, self.outgoing, call, wanted, place)

    async def sent(self, sender: Sender | None = None) -> int:
        """Look until there is nothing more to do at this instant; how many attempts were made."""
        await self.numbered()
        looking, made, idle = sender or self.sender(), 0, 0
        while idle < 2:
            begun = await looking.look()
            await looking.settled()
            made, idle = made + begun, 0 if begun else idle + 1
        return made

    async def rows(self, table: Any, **equal: Any) -> list[Any]:
        """Rows of a table, the first made first."""
        query = select(table).where(*(table.c[name] == value for name, value in equal.items())).order_by(table.c.id)
        async with self.means.engine.connect() as connection:
            return list(await connection.execute(query))

    async def deliveries(self, endpoint_id: UUID) -> list[Any]:
        """What is kept of what was to be sent, in the order of the feed."""
        found = await self.rows(t.webhook_deliveries, endpoint_id=endpoint_id)
        return sorted(found, key=lambda row: row.position or 0)

    async def row(self, endpoint_id: UUID) -> Any:
        """The row of an endpoint."""
        (found,) = await self.rows(t.webhook_endpoints, id=endpoint_id)
        return found


def sending_of(stage: Any, means: TestMeans, terms: Terms, seconds: float = 2.0, at_once: int = 16) -> Sending:
    """What senders of a stage work with; this machine may be reached."""
    shaping = Shaping(stage.operations, stage._onlook)
    recognize = Authenticator(stage.made.read_pool, ("a key of the tests that is long enough",), means.clock).again
    post = Poster(Reach(loopback=True), seconds)
    return Sending(means, shaping, post, Keyring((KEY,)), recognize, terms, at_once)


TERMS = Terms(attempts=4, pause_after=timedelta(hours=24))
