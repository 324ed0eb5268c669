"""Uvicorn's protocols with a door to hang up: a peer that stopped reading cannot be closed politely.

ASGI's `send` first waits until the peer has read, and so does a transport's `close`. Given to uvicorn as `http=` and
`ws=`, these put a way to abort into the scope; without them a stalled connection stays until TCP gives it up.
"""

from asyncio import Transport
from collections.abc import Callable
from typing import Any

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import State

_DOOR = "assured.hang_up"
GRACE = 2.0  # a reader that wakes within it still gets the close code, and resumes


class HttpProtocol(HttpToolsProtocol):
    """HTTP whose responses can be aborted."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: Any = self.scope
        scope.setdefault("extensions", {})[_DOOR] = self._hang_up

    def _hang_up(self, code: int, reason: str) -> None:
        if self.cycle is not None:  # what it would still send has nobody to read it
            self.cycle.disconnected = True
        self.transport.abort()


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """WebSockets that can be closed though their peer does not read."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        scope: Any = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][_DOOR] = self._hang_up

    def _hang_up(self, code: int, reason: str) -> None:
        transport: Transport = self.transport
        if self.conn.state is State.OPEN and not self.close_sent:
            self.conn.send_close(code, reason)
            transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.loop.call_later(GRACE, transport.abort)


def hang_up(scope: Scope, code: int = 1013, reason: str = "") -> bool:
    """Drop a connection without waiting for its peer, if the server has the door for it."""
    door: Callable[[int, str], None] | None = (scope.get("extensions") or {}).get(_DOOR)
    if door is None:
        return False
    door(code, reason)
    return True
