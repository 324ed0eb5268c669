"""The endpoint under test: called in place, or behind a real server on a free port."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from app.domain.access import Actor
from app.graphql.endpoint import GraphQLEndpoint
from app.graphql.limits import Limits
from app.graphql.protocols import HttpProtocol, WebSocketProtocol
from tests.transport.probe import Context, Seen, authenticate, schema
from tests.transport.talking import say, told, until

URL = "http://testserver/graphql"
RESPONSE_JSON = "application/graphql-response+json"


def endpoint(seen: Seen | None = None, limits: Limits | None = None, **changed: Any) -> GraphQLEndpoint:
    """An endpoint over the probe schema, with introspection on."""
    seen = seen or Seen()

    async def context_for(actor: Actor | None) -> Context:
        return Context(actor, seen)

    given = GraphQLEndpoint(
        schema=schema,
        limits=limits or Limits(),
        authenticate=authenticate,
        context_for=context_for,
        now=lambda: datetime.now(UTC),
        introspection=True,
    )
    return replace(given, **changed)


def client(given: GraphQLEndpoint | None = None) -> httpx.AsyncClient:
    """A client that calls an endpoint without a server in between."""
    app = Starlette(routes=(given or endpoint()).routes())
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver")


async def ask(query: str, given: GraphQLEndpoint | None = None, **body: Any) -> httpx.Response:
    """POST one operation as a current client does."""
    async with client(given) as http:
        return await http.post("/graphql", json={"query": query, **body}, headers={"accept": RESPONSE_JSON})


def codes(response: httpx.Response) -> list[str]:
    """The codes of a response's errors."""
    return [error["extensions"]["code"] for error in response.json()["errors"]]


class _Server(uvicorn.Server):
    """A server that leaves the signals to the test run."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True)
class Served:
    """A server that listens."""

    port: int

    @property
    def url(self) -> str:
        """Where HTTP requests go."""
        return f"http://127.0.0.1:{self.port}/graphql"

    def socket(self, protocol: str | None = "graphql-transport-ws", **options: Any) -> connect:
        """A WebSocket to it."""
        names = [Subprotocol(protocol)] if protocol else None
        options = {"close_timeout": 1, "compression": None, **options}
        return connect(f"ws://127.0.0.1:{self.port}/graphql", subprotocols=names, **options)

    @contextlib.asynccontextmanager
    async def opened(self, token: str | None = "good", **options: Any) -> AsyncIterator[ClientConnection]:
        """A WebSocket that has been acknowledged."""
        async with self.socket(**options) as socket:
            payload = {"Authorization": f"Bearer {token}"} if token else {}
            await say(socket, type="connection_init", payload=payload)
            assert await told(socket) == {"type": "connection_ack"}
            yield socket


@contextlib.asynccontextmanager
async def serving(given: GraphQLEndpoint, **protocols: Any) -> AsyncIterator[Served]:
    """Serve an endpoint over TCP while the block runs, by our own protocols unless others are named."""
    config = uvicorn.Config(
        Starlette(routes=given.routes()),
        port=0,
        **{"http": HttpProtocol, "ws": WebSocketProtocol, "ws_per_message_deflate": False, **protocols},
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=3,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    try:
        yield Served(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        await task
