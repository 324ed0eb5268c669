"""Answers: a response whose status, headers and body are known before anything of it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

RawHeaders = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Answer:
    """A complete response, as an ASGI application."""

    status: int
    headers: RawHeaders
    body: bytes = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


def raw(headers: Mapping[str, str]) -> RawHeaders:
    """Headers as ASGI sends them."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def heard(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers as ASGI receives them, by name; of a name that came twice the first counts."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(headers)}


def length(body: bytes) -> tuple[bytes, bytes]:
    """The header that tells how long a body is."""
    return b"content-length", b"%d" % len(body)
