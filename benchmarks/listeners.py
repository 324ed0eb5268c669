"""Many WebSocket clients in one process that cost little: each counts the messages it gets and reads no more of them.

`python -m benchmarks.listeners` takes commands as lines of JSON, one at a time, and answers each with a line: `open`
connects and subscribes, `heard` waits until everybody who reads has so many messages, `close` aborts them all.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from typing import Any, cast
from uuid import uuid4

import orjson
import uvloop

HELLO = (
    "GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
PATIENCE = 120.0
TEXT, PING, PONG = 1, 9, 10


def frame(text: bytes, kind: int = TEXT) -> bytes:
    """A client's frame; a mask of zeros leaves the text as it is."""
    length = len(text)
    size = bytes((0x80 | length,)) if length < 126 else b"\xfe" + length.to_bytes(2)
    return bytes((0x80 | kind,)) + size + bytes(4) + text


class Client(asyncio.Protocol):
    """One connection: shakes hands, says what it has to, and counts what comes back."""

    def __init__(self, crowd: "Crowd", stalls: bool) -> None:
        self._crowd = crowd
        self._stalls = stalls
        self._rest = b""
        self._shaken = False
        self.messages = 0
        self.served: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class
        self.transport.write(self._crowd.hello)

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        if not self._shaken:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._rest = head
                return
            self._shaken = True
            self._count()
            self.transport.write(self._crowd.greeting())
        rest = 0
        for kind, begin, rest in frames(data):
            if kind == PING:
                self.transport.write(frame(data[begin:rest], PONG))
            elif kind == TEXT:
                self.messages += 1
                if self.messages == 1:  # the acknowledgement, and not before it
                    self.transport.write(self._crowd.subscription())
                self._crowd.last = data[begin:rest]
                self._count()
        self._rest = data[rest:]
        if self._stalls and self.messages >= self._crowd.prelude:
            self.transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._crowd.lost += 1

    def _count(self) -> None:
        self._crowd.count(self.messages)
        if self.messages == self._crowd.prelude:
            self.served.set_result(None)


def frames(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The kind of each whole frame in the data, and where its content begins and ends."""
    at = 0
    while len(data) >= at + 2:
        length, head = data[at + 1], 2
        if length >= 126:
            head = 4 if length == 126 else 10
            length = int.from_bytes(data[at + 2 : at + head])
        if len(data) < at + head + length:
            return
        yield data[at] & 0x0F, at + head, at + head + length
        at += head + length


class Crowd:
    """All clients, and when the last of them had its so many messages."""

    def __init__(self) -> None:
        self.hello = b""
        self.prelude = 0
        self.lost = 0
        self.last = b""
        self._said: dict[str, Any] = {}
        self._clients: list[Client] = []
        self._having: dict[int, int] = {}
        self._last_at: dict[int, float] = {}
        self._stirred = asyncio.Event()

    def greeting(self) -> bytes:
        """What a client says first."""
        if self._said.get("init") is None:
            return b""
        return frame(orjson.dumps({"type": "connection_init", "payload": self._said["init"]}))

    def subscription(self) -> bytes:
        """What a client asks for: a uuid for each operation, as graphql-ws does."""
        if self._said.get("subscribe") is None:
            return b""
        return frame(orjson.dumps({"id": str(uuid4()), "type": "subscribe", "payload": self._said["subscribe"]}))

    def count(self, messages: int) -> None:
        """Note that one more client has so many messages."""
        self._having[messages] = self._having.get(messages, 0) + 1
        self._last_at[messages] = time.monotonic()
        self._stirred.set()

    async def open(self, said: dict[str, Any]) -> dict[str, Any]:
        """Connect `clients` and wait until each has had its `prelude`, what is sent before the first event.

        No more than `at_once` are on their way there at the same time.
        """
        self._said, self.prelude = said, said["prelude"]
        host, port = said["host"], said["port"]
        self.hello = HELLO.format(host=host, port=port, path=said["path"]).encode()
        began, loop = time.monotonic(), asyncio.get_running_loop()
        turns = asyncio.Semaphore(said.get("at_once", 100))

        async def one(stalls: bool) -> None:
            async with turns:
                _, client = await loop.create_connection(lambda: Client(self, stalls), host, port)
                self._clients.append(client)
                await client.served

        stalled = said.get("stalled", 0)
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(one(number < stalled) for number in range(said["clients"])))
        return {"seconds": time.monotonic() - began}

    async def heard(self, said: dict[str, Any]) -> dict[str, Any]:
        """Wait until all but the stalled have so many messages; when the last one had, and what it was."""
        readers = len(self._clients) - self._said.get("stalled", 0)
        await self._wait(said["messages"], readers)
        return {"at": self._last_at[said["messages"]], "lost": self.lost, "text": self.last.decode()}

    async def close(self, said: dict[str, Any]) -> dict[str, Any]:
        """Abort every connection."""
        for client in self._clients:
            client.transport.abort()
        self._clients, self._having, self._last_at, self.lost = [], {}, {}, 0
        return {}

    async def _wait(self, messages: int, clients: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while self._having.get(messages, 0) < clients:
                self._stirred.clear()
                await self._stirred.wait()


async def main() -> None:
    """Obey until there are no more commands."""
    crowd, loop = Crowd(), asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        said = orjson.loads(line)
        answer = await getattr(crowd, said["do"])(said)
        sys.stdout.write(orjson.dumps(answer).decode() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
