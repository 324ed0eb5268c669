"""GraphQL over WebSocket: the protocol graphql-transport-ws, one `Socket` per connection."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
from app.graphql.sessions import Authenticate, ContextFor, Now, Session, bearer, over


@dataclass(frozen=True, slots=True)
class WebSocketTransport:
    """The WebSocket side of the endpoint, as a Starlette endpoint."""

    operations: Operations
    limits: Limits
    authenticate: Authenticate
    context_for: ContextFor
    origins: Origins
    now: Now

    async def serve(self, websocket: WebSocket) -> None:
        """Serve one connection until either side ends it."""
        if not self.origins.welcome(websocket.headers):
            await websocket.close()  # before it is accepted: the handshake is answered 403
            return
        spoken = PROTOCOL in websocket.scope["subprotocols"]
        await websocket.accept(PROTOCOL if spoken else None)
        outlet = Outlet(websocket, self.limits.send_timeout)
        if not spoken:
            await outlet.close(Close(CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, f"Only {PROTOCOL} is spoken here"))
            return
        await Socket(self, websocket, outlet).serve()


class Socket:
    """One connection: first who it is, then its operations."""

    def __init__(self, transport: WebSocketTransport, websocket: WebSocket, outlet: Outlet) -> None:
        self._transport = transport
        self._websocket = websocket
        self._outlet = outlet
        self._session = Session(None)
        self._running = Running(
            transport.operations,
            outlet,
            transport.limits.operations_per_socket,
            lambda: transport.context_for(self._session.actor),
        )

    async def serve(self) -> None:
        """Listen until the client leaves, the socket is closed or the session is over."""
        tasks = {asyncio.create_task(self._converse()), asyncio.create_task(self._outlet.closed.wait())}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._outlet.closed.set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._running.stop_all()

    async def _converse(self) -> None:
        try:
            if not await self._introduce():
                return
            async with asyncio.TaskGroup() as group:
                watch = group.create_task(self._watch()) if self._session.ends else None
                while (message := await self._receive()) is not None:
                    await self._act(message)
                if watch is not None:
                    watch.cancel()
        except* Close as closes:
            await self._outlet.close(_first(closes))
        except* Exception as errors:
            log.error("a WebSocket failed", exc_info=errors)
            await self._outlet.close(Close(CloseCode.TRY_AGAIN_LATER, "Something went wrong on our side"))

    async def _introduce(self) -> bool:
        """Wait for connection_init and authenticate, pings answered meanwhile; False when the client leaves first."""
        try:
            async with asyncio.timeout(self._transport.limits.init_timeout):
                while not isinstance(message := await self._receive(), Init):
                    if message is None:
                        return False
                    await self._before_init(message)
        except TimeoutError:
            raise Close(CloseCode.INITIALISATION_TIMEOUT, "Connection initialisation timeout") from None
        header = self._websocket.headers.get("authorization")
        try:
            self._session = await self._transport.authenticate(bearer(_authorization(message.payload) or header))
        except (Unauthenticated, Refusal) as error:
            raise Close(CloseCode.FORBIDDEN, error.message) from None
        await self._outlet.send(messages.ACK)
        return True

    async def _before_init(self, message: Message) -> None:
        if isinstance(message, Subscribe):
            raise Close(CloseCode.UNAUTHORIZED, "Unauthorized")
        if isinstance(message, Ping):
            await self._outlet.send(messages.pong(message))

    async def _act(self, message: Message) -> None:
        match message:
            case Subscribe():
                await self._running.start(message)
            case Complete():
                self._running.stop(message.id)
            case Ping():
                await self._outlet.send(messages.pong(message))
            case Init():
                raise Close(CloseCode.TOO_MANY_INITIALISATION_REQUESTS, "Too many initialisation requests")

    async def _receive(self) -> Message | None:
        """The next message, or None when the client has left."""
        event = await self._websocket.receive()
        if event["type"] == "websocket.disconnect":
            return None
        text = event.get("text")
        if text is None:
            raise Close(CloseCode.BAD_REQUEST, "A message must be text")
        if len(text) > self._transport.limits.body_bytes:
            raise Close(CloseCode.TOO_BIG, f"A message may have {self._transport.limits.body_bytes} bytes")
        return messages.read(text)

    async def _watch(self) -> None:
        reason = await over(self._session, self._transport.now, self._transport.limits.recheck_every)
        raise Close(CloseCode.FORBIDDEN, reason)


def _authorization(payload: Mapping[str, Any]) -> str | None:
    """The Authorization value of a connection_init payload, however its name is capitalised."""
    for name, value in payload.items():
        if name.lower() == "authorization" and isinstance(value, str):
            return value
    return None


def _first(closes: BaseExceptionGroup[Close]) -> Close:
    first = closes.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
