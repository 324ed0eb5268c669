"""Uvicorn's protocols with a door of their own, for what ASGI has no message for.

A peer that stopped reading cannot be closed politely: ASGI's `send` first waits until the peer has read, and so does a
transport's `close`. And what many peers are told alike need not be framed, awaited and checked for each of them. Given
to uvicorn as `http=` and `ws=`, these put their door into the scope. Without them a stalled connection stays until TCP
gives it up, and every message goes by `send`.
"""

from asyncio import Transport
from typing import Any, ClassVar, Protocol

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import State

from app.graphql.joining import Joining
from app.graphql.messages import END

_DOOR = "assured.door"
GRACE = 2.0  # a reader that wakes within it still gets the close code, and resumes


class Listener(Protocol):
    """Whoever wants to know whether a peer keeps reading."""

    def paused(self) -> None:
        """Hear that nothing more can be written."""

    def resumed(self) -> None:
        """Hear that it can be again."""


class HttpProtocol(HttpToolsProtocol):
    """HTTP whose responses can be aborted, and leave by one write."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: Any = self.scope
        scope.setdefault("extensions", {})[_DOOR] = self

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        cycle: Any = self.cycle
        if cycle is not None:
            cycle.transport = Joining(self.transport, self.loop)

    def hang_up(self, code: int, reason: str) -> None:
        """Drop the connection; codes and reasons are for WebSockets."""
        if self.cycle is not None:  # what it would still send has nobody to read it
            self.cycle.disconnected = True
        self.transport.abort()


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """WebSockets that can be closed though their peer does not read, and written to without ceremony."""

    listener: Listener | None = None
    # the head, the response and the frame of what was told last
    _told: ClassVar[tuple[bytes, bytes, bytes]] = (b"", b"", b"")

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        scope: Any = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][_DOOR] = self

    def start_keepalive(self) -> None:
        """Go over to messages; what the handshake was about would only take room from now on."""
        super().start_keepalive()
        held: Any = self
        held.request = held.response = None

    @property
    def plain(self) -> bool:
        """Whether frames go out as they are: no extension that was agreed upon changes them."""
        return not self.conn.extensions

    def write(self, text: bytes) -> bool:
        """Write a text frame, or nothing when the peer has not read enough of what was written before."""
        if not self.writable.is_set() or self.close_sent or self.disconnected or self.conn.state is not State.OPEN:
            return False
        self.transport.write(_header(len(text)) + text)
        return True

    def tell(self, head: bytes, response: bytes) -> bool:
        """The same of a message whose response many are told: its frame is made once for all with the same head."""
        if not self.writable.is_set() or self.close_sent or self.disconnected or self.conn.state is not State.OPEN:
            return False
        known, told, frame = WebSocketProtocol._told
        if told is not response or known != head:
            text = head + response + END
            frame = _header(len(text)) + text
            WebSocketProtocol._told = head, response, frame
        self.transport.write(frame)
        return True

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.listener is not None:
            self.listener.paused()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.listener is not None:
            self.listener.resumed()

    def hang_up(self, code: int, reason: str) -> None:
        """Send the code behind whatever is still to be read, and drop the connection soon."""
        transport: Transport = self.transport
        if self.conn.state is State.OPEN and not self.close_sent:
            self.conn.send_close(code, reason)
            transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.loop.call_later(GRACE, self._abort)

    def _abort(self) -> None:
        if not self.disconnected:
            self.transport.abort()


def _header(length: int) -> bytes:
    """The header of an unmasked, final text frame."""
    if length < 126:
        return bytes((0x81, length))
    if length < 65_536:
        return b"\x81\x7e" + length.to_bytes(2)
    return b"\x81\x7f" + length.to_bytes(8)


def door_of(scope: Scope) -> WebSocketProtocol | None:
    """The door of a WebSocket, if the server has one."""
    door = (scope.get("extensions") or {}).get(_DOOR)
    return door if isinstance(door, WebSocketProtocol) else None


def hang_up(scope: Scope, code: int = 1013, reason: str = "") -> bool:
    """Drop a connection without waiting for its peer, if the server has the door for it."""
    door: HttpProtocol | WebSocketProtocol | None = (scope.get("extensions") or {}).get(_DOOR)
    if door is None:
        return False
    door.hang_up(code, reason)
    return True
