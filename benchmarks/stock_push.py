"""The product's own subscriptions under Strawberry's own WebSocket handler, each subscriber executed alone.

`python -m benchmarks.stock_push` serves it at /graphql, and the product's mutations at the same address.
"""

import asyncio
from contextlib import suppress
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL

from app import settings
from app.auth import Authenticator
from app.graphql.schema import schema
from app.graphql.sessions import bearer
from app.links import Links
from app.main import build
from app.resolvers.context import Onlooker
from app.runtime import Kit
from app.serving import Server, address, listening
from tests.means import NOWHERE


async def _nobody(_payment: object) -> None:
    """Nobody answers a started payment."""


class Handler(GraphQL[Any, None]):
    """Strawberry's handler, with the product's context of a subscription."""

    services: Any

    async def on_ws_connect(self, context: Any) -> Any:
        """Authenticate as the product does."""
        made = self.services
        token = bearer((context["connection_params"] or {}).get("Authorization"))
        session = await Authenticator(made.read_pool, made.settings.jwt_secrets, made.clock)(token)
        context["viewer"] = session.actor.viewer if session.actor else None
        return await super().on_ws_connect(context)


class Looking(dict[str, Any]):
    """Strawberry's context, which is a dictionary, as the product's resolvers know theirs."""

    def __getattr__(self, name: str) -> Any:
        return getattr(Onlooker(self["kit"], self["viewer"], self["kit"].clock.now()), name)


class Application:
    """The product, but for its WebSockets."""

    def __init__(self) -> None:
        self._product = build(settings.load())
        self._handler = Handler(schema)
        self._handler.get_context = self._context  # type: ignore[method-assign]

    async def _context(self, request: Any, response: Any) -> Any:
        made = self._product.state.services
        self._handler.services = made
        means = (made.engine, made.clock, made.mint, made.feeds, made.reader, made.storage)
        kit = Kit(*means, Links(made.settings.jwt_secrets), "", _nobody, made.settings.access_token_lifetime, NOWHERE)
        return Looking(kit=kit, viewer=None, request=request, response=response)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, to whom it concerns."""
        await (self._handler if scope["type"] == "websocket" else self._product)(scope, receive, send)


def main() -> None:
    """Serve on a free port, and say which."""
    with listening("127.0.0.1", 0) as listener, suppress(KeyboardInterrupt, asyncio.CancelledError):
        config = uvicorn.Config(
            Application(),
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            lifespan="on",
            log_level="warning",
            server_header=False,
        )
        Server(config, f"Serving {address(listener)}").run(sockets=[listener])


if __name__ == "__main__":
    main()
