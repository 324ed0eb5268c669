"""The sending side of one WebSocket: text frames one by one, closed once, never stalled for long."""

import asyncio

from starlette.websockets import WebSocket, WebSocketDisconnect

from app.graphql.messages import Close, CloseCode
from app.graphql.protocols import hang_up

STALLED = "The client does not read; resume by cursor"


class Outlet:
    """Where everything for one client goes out; after it has closed, sends are dropped."""

    def __init__(self, websocket: WebSocket, timeout: float) -> None:
        self._websocket = websocket
        self._timeout = timeout
        self.closed = asyncio.Event()

    async def send(self, text: str) -> None:
        """Send one frame; a client that does not read it in time is closed with 1013."""
        if self.closed.is_set():
            return
        try:
            async with asyncio.timeout(self._timeout):
                await self._websocket.send({"type": "websocket.send", "text": text})
        except TimeoutError:
            await self._hang_up()
        except (WebSocketDisconnect, RuntimeError):  # the client went first
            self.closed.set()

    async def close(self, close: Close) -> None:
        """Close the socket, unless it is closed already."""
        if self.closed.is_set():
            return
        self.closed.set()
        try:
            async with asyncio.timeout(self._timeout):
                await self._websocket.close(close.code, close.reason)
        except TimeoutError:
            hang_up(self._websocket.scope, close.code, close.reason)
        except (WebSocketDisconnect, RuntimeError):
            return

    async def _hang_up(self) -> None:
        if not hang_up(self._websocket.scope, CloseCode.TRY_AGAIN_LATER, STALLED):
            await self.close(Close(CloseCode.TRY_AGAIN_LATER, STALLED))
        self.closed.set()
