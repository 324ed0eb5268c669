"""A load driver that costs little itself: kept-open connections, one prepared request, answers read and counted."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import cycle
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Target:
    """A request to a server on this machine, and those it takes turns with; only there is load put on anything."""

    port: int
    request: bytes
    others: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, url: str, body: bytes, headers: dict[str, str] | None = None) -> "Target":
        """A POST of this JSON to an address."""
        parts = urlsplit(url)
        if parts.hostname != LOOPBACK or parts.port is None:
            raise ValueError(f"load is put on {LOOPBACK} only, not on {parts.hostname}")
        lines = {
            "host": parts.netloc,
            "content-type": "application/json",
            "accept": "application/json",
            "content-length": str(len(body)),
            **(headers or {}),
        }
        head = f"POST {parts.path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return cls(parts.port, head.encode() + b"\r\n" + body)

    def alternating(self, others: "Iterable[Target]") -> "Target":
        """The same, in turn with others of the same server."""
        return replace(self, others=tuple(each.request for each in others))


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of load saw."""

    requests: int
    seconds: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


class Unanswered(Exception):
    """A request was not answered as it should be."""


async def ask(target: Target) -> bytes:
    """The body of one answer."""
    reader, writer = await asyncio.open_connection(LOOPBACK, target.port)
    try:
        return await _exchange(reader, writer, target.request)
    finally:
        writer.close()


async def load(target: Target, connections: int, seconds: float, most: int = 1_000_000) -> Round:
    """Ask over and over on so many connections, until the time is up or `most` are answered."""
    return await load_each(target.port, cycle((target.request, *target.others)), connections, seconds, most)


async def load_each(
    port: int, requests: Iterator[bytes], connections: int, seconds: float, most: int = 1_000_000, said: bytes = b""
) -> Round:
    """The same with a request of its own each time; every answer must say this."""
    answered = 0
    until = time.monotonic() + seconds

    async def work() -> None:
        nonlocal answered
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        try:
            while answered < most and time.monotonic() < until:
                body = await _exchange(reader, writer, next(requests))
                if said not in body:
                    raise Unanswered(f"{body[:300]!r}")
                answered += 1
        finally:
            writer.close()

    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(work())
    return Round(answered, time.monotonic() - began)


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    body = await reader.readexactly(int(length))
    if not head.startswith(b"HTTP/1.1 200 "):
        raise Unanswered(f"{head.splitlines()[0]!r}: {body[:300]!r}")
    return body
