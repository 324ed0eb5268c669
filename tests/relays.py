"""A relay between clients and PostgreSQL that counts round trips and hears what the server says beside its answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlsplit, urlunsplit

SOCKET = ".s.PGSQL.5432"


@dataclass(frozen=True)
class Notice:
    """What the server told a client beside its answers; `client` is the name that it gave itself."""

    client: str
    text: str
    detail: str


@dataclass
class Relay:
    """Where to connect instead, and how the server stood after each round trip: I idle, T within a transaction."""

    url: str
    stood: list[str] = field(default_factory=list)
    heard: list[Notice] = field(default_factory=list)

    async def relay(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter, url: str) -> None:
        """Carry one connection, until one of its ends closes it."""
        server, ask = await _connect(url)
        length = await client.readexactly(4)
        hello = await client.readexactly(int.from_bytes(length) - 4)
        ask.write(length + hello)
        # what asks to cancel a statement of another connection has no words
        words = hello[4:].decode(errors="replace").split("\0")
        name = dict(zip(words[::2], words[1::2], strict=False)).get("application_name", "")
        ends = (_carry(client, ask), self._listen(server, answer, name))
        try:
            await asyncio.wait(map(asyncio.create_task, ends), return_when=asyncio.FIRST_COMPLETED)
        finally:
            ask.close()
            answer.close()

    async def _listen(self, server: asyncio.StreamReader, answer: asyncio.StreamWriter, client: str) -> None:
        """Carry the server's messages; a ReadyForQuery ends each round trip."""
        try:
            while True:
                head = await server.readexactly(5)
                body = await server.readexactly(int.from_bytes(head[1:]) - 4)
                if head[:1] == b"Z":
                    self.stood.append(body.decode())
                if head[:1] == b"N":
                    said = {part[:1]: part[1:].decode() for part in body.split(b"\0")}
                    self.heard.append(Notice(client, said[b"M"], said.get(b"D", "")))
                answer.write(head + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            return


async def _carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65_536):
        target.write(data)


async def _connect(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    folder = parse_qs(parts.query).get("host")
    if folder:
        return await asyncio.open_unix_connection(f"{unquote(folder[0])}/{SOCKET}")
    return await asyncio.open_connection(parts.hostname, parts.port or 5432)


@asynccontextmanager
async def relayed(url: str, folder: Path) -> AsyncIterator[Relay]:
    """A relay to the database at `url`, by a socket in this folder."""
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    query = urlencode({**dict(parse_qsl(parts.query)), "host": str(folder)})
    relay = Relay(urlunsplit((parts.scheme, f"{login}@", parts.path, query, "")))
    carrying: set[asyncio.Task[None]] = set()

    async def accept(client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        carrying.add(task)
        task.add_done_callback(carrying.discard)
        await relay.relay(client, answer, url)

    server = await asyncio.start_unix_server(accept, folder / SOCKET)
    try:
        yield relay
    finally:
        server.close()
        await asyncio.gather(*carrying)
