"""GraphQL over WebSocket: the protocol graphql-transport-ws, one `Socket` per connection."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from app.domain.errors import Refusal
from app.graphql import messages
from app.graphql.errors import Unauthenticated, log
from app.graphql.limits import Limits
from app.graphql.messages import PROTOCOL, Close, CloseCode, Complete, Init, Message, Ping, Subscribe
from app.graphql.operations import Operations
from app.graphql.origins import Origins
from app.graphql.outlet import Outlet
from app.graphql.running import Running
from app.graphql.sessions import Authenticate, ContextFor, Session, bearer
from app.graphql.subscriptions import Subscriptions
from app.graphql.vigil import Vigil, Watch


@dataclass(frozen=True, slots=True)
class WebSocketTransport:
    """The WebSocket side of the endpoint, as an ASGI application."""

    operations: Operations
    subscriptions: Subscriptions
    vigil: Vigil
    limits: Limits
    authenticate: Authenticate
    context_for: ContextFor
    origins: Origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until either side ends it."""
        websocket = WebSocket(scope, receive, send)
        if not self.origins.welcome(websocket.headers):
            await websocket.close()  # before it is accepted: the handshake is answered 403
            return
        spoken = PROTOCOL in websocket.scope["subprotocols"]
        await websocket.accept(PROTOCOL if spoken else None)
        socket = Socket(self, websocket)
        if not spoken:
            await socket.outlet.close(Close(CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, f"Only {PROTOCOL} is spoken here"))
            return
        await socket.serve()


class Socket:
    """One connection, in one task: first who it is, then its operations."""

    __slots__ = ("_closing", "_running", "_transport", "_watch", "_websocket", "outlet")

    def __init__(self, transport: WebSocketTransport, websocket: WebSocket) -> None:
        self.outlet = Outlet(websocket, transport.limits.send_timeout, self._drained)
        self._transport = transport
        self._websocket = websocket
        self._running: Running | None = None
        self._watch: Watch | None = None
        self._closing: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        """Listen until the socket is closed, from whichever side: then there is no more to hear."""
        try:
            await self._converse()
        except Close as close:
            await self.outlet.close(close)
        except Exception as error:
            log.error("a WebSocket failed", exc_info=error)
            await self.outlet.close(Close(CloseCode.TRY_AGAIN_LATER, "Something went wrong on our side"))
        finally:
            self.outlet.finish()
            if self._watch is not None:
                self._watch.stop()
            if self._running is not None:
                await self._running.stop_all()

    async def _converse(self) -> None:
        session = await self._introduce()
        if session is None:
            return
        transport = self._transport
        running = self._running = Running(
            transport.operations,
            transport.subscriptions,
            self.outlet,
            transport.limits.operations_per_socket,
            session.actor,
            lambda: transport.context_for(session.actor),
        )
        if session.ends:
            self._watch = transport.vigil.watch(session, self._over)
        while (message := await self._receive()) is not None:
            await self._act(message, running)

    async def _introduce(self) -> Session | None:
        """Wait for connection_init and authenticate, pings answered meanwhile; None when the client leaves first."""
        try:
            async with asyncio.timeout(self._transport.limits.init_timeout):
                while not isinstance(message := await self._receive(), Init):
                    if message is None:
                        return None
                    await self._before_init(message)
        except TimeoutError:
            raise Close(CloseCode.INITIALISATION_TIMEOUT, "Connection initialisation timeout") from None
        header = self._websocket.headers.get("authorization")
        try:
            session = await self._transport.authenticate(bearer(_authorization(message.payload) or header))
        except (Unauthenticated, Refusal) as error:
            raise Close(CloseCode.FORBIDDEN, error.message) from None
        await self.outlet.send(messages.ACK)
        return session

    async def _before_init(self, message: Message) -> None:
        if isinstance(message, Subscribe):
            raise Close(CloseCode.UNAUTHORIZED, "Unauthorized")
        if isinstance(message, Ping):
            await self.outlet.send(messages.pong(message))

    async def _act(self, message: Message, running: Running) -> None:
        match message:
            case Subscribe():
                await running.start(message)
            case Complete():
                running.stop(message.id)
            case Ping():
                await self.outlet.send(messages.pong(message))
            case Init():
                raise Close(CloseCode.TOO_MANY_INITIALISATION_REQUESTS, "Too many initialisation requests")

    async def _receive(self) -> Message | None:
        """The next message, or None when the socket is closed."""
        event = await self._websocket.receive()
        if event["type"] == "websocket.disconnect":
            return None
        text = event.get("text")
        if text is None:
            raise Close(CloseCode.BAD_REQUEST, "A message must be text")
        if len(text) > self._transport.limits.body_bytes:
            raise Close(CloseCode.TOO_BIG, f"A message may have {self._transport.limits.body_bytes} bytes")
        return messages.read(text)

    def _over(self, reason: str) -> None:
        """Close the socket whose session is over."""
        self._closing = asyncio.create_task(self.outlet.close(Close(CloseCode.FORBIDDEN, reason)))

    def _drained(self) -> None:
        if self._running is not None:
            self._running.resume()


def _authorization(payload: Mapping[str, Any]) -> str | None:
    """The Authorization value of a connection_init payload, however its name is capitalised."""
    for name, value in payload.items():
        if name.lower() == "authorization" and isinstance(value, str):
            return value
    return None
