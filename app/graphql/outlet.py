"""The sending side of one WebSocket: text frames one by one, closed once, never stalled for long."""

import asyncio
from collections.abc import Callable

from starlette.websockets import WebSocket, WebSocketDisconnect

from app.graphql.messages import END, Close, CloseCode
from app.graphql.protocols import door_of, hang_up

STALLED = "The client does not read; resume by cursor"


class Outlet:
    """Where everything for one client goes out; after it has closed, sends are dropped.

    What cannot be awaited is written through the server's door or, without one, by a task, one frame at a time. A
    reader that stalls is closed with 1013 either way. `drained` is called when a write that was refused may succeed.
    """

    __slots__ = ("_door", "_drained", "_sending", "_timeout", "_timer", "_websocket", "closed", "tell")

    def __init__(self, websocket: WebSocket, timeout: float, drained: Callable[[], None]) -> None:
        self._websocket = websocket
        self._timeout = timeout
        self._drained = drained
        self._sending: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.closed = False
        door = door_of(websocket.scope)
        self._door = door if door is not None and door.plain else None
        # sends a head and a response that others are told too at once; False when that is not possible now
        self.tell: Callable[[bytes, bytes], bool] = self._tell_by_task
        if self._door is not None:
            self._door.listener = self
            self.tell = self._door.tell

    async def send(self, text: bytes) -> None:
        """Send one frame; a client that does not read it in time is closed with 1013."""
        if self.closed or (self._door is not None and self._door.write(text)):
            return
        try:
            async with asyncio.timeout(self._timeout):
                await self._websocket.send({"type": "websocket.send", "text": text.decode()})
        except TimeoutError:
            await self._hang_up()
        except (WebSocketDisconnect, RuntimeError):  # the client went first
            self.closed = True

    async def close(self, close: Close) -> None:
        """Close the socket, unless it is closed already."""
        if self.closed:
            return
        self.closed = True
        try:
            async with asyncio.timeout(self._timeout):
                await self._websocket.close(close.code, close.reason)
        except TimeoutError:
            hang_up(self._websocket.scope, close.code, close.reason)
        except (WebSocketDisconnect, RuntimeError):
            return

    def paused(self) -> None:
        """Give the client a while to read what was written."""
        self._timer = asyncio.get_running_loop().call_later(self._timeout, self._stalled)

    def resumed(self) -> None:
        """Go on with whoever was refused."""
        self._stop_timer()
        self._drained()

    def finish(self) -> None:
        """Send nothing more, and wait for nothing."""
        self.closed = True
        self._stop_timer()
        if self._sending is not None:
            self._sending.cancel()
        if self._door is not None:
            self._door.listener = None

    def _tell_by_task(self, head: bytes, response: bytes) -> bool:
        if self.closed or self._sending is not None:
            return self.closed
        self._sending = asyncio.create_task(self._send_alone(head + response + END))
        return True

    async def _send_alone(self, text: bytes) -> None:
        try:
            await self.send(text)
        finally:
            self._sending = None
        self._drained()

    def _stalled(self) -> None:
        if not self.closed:
            self.closed = True
            hang_up(self._websocket.scope, CloseCode.TRY_AGAIN_LATER, STALLED)

    async def _hang_up(self) -> None:
        if hang_up(self._websocket.scope, CloseCode.TRY_AGAIN_LATER, STALLED):
            self.closed = True
        else:
            await self.close(Close(CloseCode.TRY_AGAIN_LATER, STALLED))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
