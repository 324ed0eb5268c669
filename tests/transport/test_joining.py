"""A response's head and body leave by one write, and nothing waits for what may not come."""

import asyncio
import json
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.server import ServerState

from app.graphql.endpoint import GraphQLEndpoint
from app.graphql.joining import Joining
from app.graphql.protocols import HttpProtocol
from tests.transport.serving import RESPONSE_JSON, endpoint
from tests.transport.talking import until


class Wire(asyncio.Transport):
    """A connection that keeps what is written to it, write by write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.open = True

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Nothing is known of the peer."""
        return default

    def write(self, data: Any) -> None:
        """Keep it."""
        assert self.open
        self.writes.append(bytes(data))

    def writelines(self, list_of_data: Any) -> None:
        """Keep it as one write, as the loop sends it."""
        self.write(b"".join(list_of_data))

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return not self.open

    def close(self) -> None:
        """Close it."""
        self.open = False

    def pause_reading(self) -> None:
        """Nothing is read."""

    def resume_reading(self) -> None:
        """Nothing is read."""


def wired(given: GraphQLEndpoint) -> tuple[HttpProtocol, Wire]:
    """The server's end of a connection."""
    config = uvicorn.Config(Starlette(routes=given.routes()), lifespan="off", log_config=None, server_header=False)
    protocol, wire = HttpProtocol(config, ServerState(), {}), Wire()
    protocol.connection_made(wire)
    return protocol, wire


def posting(query: str, accept: str, **more: str) -> tuple[bytes, bytes]:
    """The head and the body of a request."""
    body = json.dumps({"query": query}).encode()
    given = {"host": "testserver", "accept": accept, "content-type": "application/json", **more}
    lines = "".join(f"{name}: {value}\r\n" for name, value in {**given, "content-length": str(len(body))}.items())
    return f"POST /graphql HTTP/1.1\r\n{lines}\r\n".encode(), body


async def written(wire: Wire, number: int) -> None:
    """Wait for so many writes."""
    await until(lambda: len(wire.writes) == number)


async def test_an_answer_leaves_by_one_write() -> None:
    """Head and body together, request after request on one connection; a refusal as well."""
    protocol, wire = wired(endpoint())
    for number, (query, status) in enumerate([("{ whoami }", b"200 OK"), ("{ nothing }", b"400 Bad Request")], 1):
        protocol.data_received(b"".join(posting(query, RESPONSE_JSON)))
        await written(wire, number)
        head, _, body = wire.writes[-1].partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 " + status)
        assert set(json.loads(body)) <= {"data", "errors"}
        assert f"content-length: {len(body)}".encode() in head
    protocol.connection_lost(None)


async def test_a_head_that_nothing_follows_does_not_wait() -> None:
    """A client that asks for leave to send its body is given it before."""
    protocol, wire = wired(endpoint())
    head, body = posting("{ whoami }", RESPONSE_JSON, expect="100-continue")
    protocol.data_received(head)
    await written(wire, 1)
    assert wire.writes == [b"HTTP/1.1 100 Continue\r\n\r\n"]
    protocol.data_received(body)
    await written(wire, 2)
    assert wire.writes[1].startswith(b"HTTP/1.1 200 OK")
    protocol.connection_lost(None)


async def test_nothing_is_written_to_a_connection_that_is_gone() -> None:
    """A head that waits is dropped with its connection."""
    wire = Wire()
    joining = Joining(wire, asyncio.get_running_loop())
    joining.write(b"HTTP/1.1 200 OK\r\n\r\n")
    wire.close()
    await asyncio.sleep(0)
    assert wire.writes == []
