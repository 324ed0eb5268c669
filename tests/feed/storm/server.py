"""A server process of the storm: feeds to whoever asks for them over TCP, writes for whoever sends them.

A request is one JSON line; what follows are JSON lines. `serve_stream` is what the API's subscriptions are elsewhere.
"""

import asyncio
import json
import logging
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import uvloop
from broadcaster import Broadcast

from app.domain.access import Role, Viewer
from app.domain.errors import Refusal
from app.events.connections import DATABASE_TROUBLE
from app.events.doorbell import Doorbell
from app.events.feeds import Feeds
from app.events.follower import FeedInterruptedError, Follower
from app.events.tasks import until_first_ends
from app.events.tunables import Tunables
from tests.feed import writing
from tests.feed.storm.writers import transact

# so small that subscribers overflow and page all the time; all times are the product's own
SMALL = Tunables(queue=16, page=20)
chance = random.Random()


class FaultyDoorbell(Doorbell):
    """Loses a quarter of all rings, doubles a quarter and delays a quarter."""

    async def _send(self, broadcast: Broadcast, message: str) -> None:
        fault = chance.randrange(4)
        if fault == 0:
            return
        if fault == 1:
            await super()._send(broadcast, message)
        if fault == 2:
            await asyncio.sleep(chance.random() * 0.3)
        await super()._send(broadcast, message)


def viewer_of(words: dict[str, Any]) -> Viewer:
    """The viewer as the client wrote it."""
    seller = UUID(words["seller"]) if words["seller"] else None
    return Viewer(Role(words["role"]), UUID(words["account"]), seller, words["sees_all"])


@asynccontextmanager
async def followed(feeds: Feeds, asked: dict[str, Any]) -> AsyncIterator[Follower]:
    """The stream a client asks for."""
    viewer = viewer_of(asked["viewer"])
    async with AsyncExitStack() as stack:
        if asked["order"]:
            version = int(asked["after"].removeprefix("o.")) if asked["after"] else 0
            yield await stack.enter_async_context(feeds.follow_order(viewer, UUID(asked["order"]), version))
        else:
            kinds = frozenset(asked["kinds"]) if asked["kinds"] else None
            yield await stack.enter_async_context(feeds.follow_feed(viewer, asked["after"], kinds))


async def serve_stream(feeds: Feeds, asked: dict[str, Any], writer: asyncio.StreamWriter) -> None:
    """Send the starting cursor at once, then each event with its own."""

    async def send(line: dict[str, Any]) -> None:
        if writer.is_closing():
            raise ConnectionError("the client has gone")
        writer.write(json.dumps(line).encode() + b"\n")
        await writer.drain()

    try:
        async with followed(feeds, asked) as follower:
            await send({"cursor": follower.cursor})
            async for event in follower:
                facts = [event.id, event.position, str(event.subject_id), event.version]
                await send({"cursor": follower.cursor, "event": facts, "overflows": follower.overflows})
    except Refusal as refusal:
        await send({"refused": refusal.code})


async def serve_writer(feeds: Feeds, url: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Make one transaction for each line, tell the feed, and answer."""
    connection = await asyncpg.connect(url, server_settings={"application_name": "storm"})
    try:
        while line := await reader.readline():
            if await transact(connection, UUID(json.loads(line)), chance):
                feeds.committed()
            if writer.is_closing():
                break
            writer.write(b"done\n")
            await writer.drain()
    finally:
        connection.terminate()


async def serve(feeds: Feeds, url: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one client until either side ends it."""
    writer.transport.set_write_buffer_limits(high=512)
    try:
        asked = json.loads(await reader.readline() or "null")
        if asked == "write":
            await serve_writer(feeds, url, reader, writer)
        elif asked is not None:
            await until_first_ends(serve_stream(feeds, asked, writer), gone(reader))
    except (*DATABASE_TROUBLE, FeedInterruptedError):
        pass  # the client sees its connection end and comes back
    finally:
        writer.transport.abort()


async def gone(reader: asyncio.StreamReader) -> None:
    """Wait until the client hangs up."""
    await reader.read()


async def main(url: str) -> None:
    """Run until SIGTERM, having said on which port."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    feeds = Feeds(url, writing.visible_kinds, tunables=SMALL, doorbell=FaultyDoorbell)
    clients: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = asyncio.create_task(serve(feeds, url, reader, writer))
        clients.add(client)
        client.add_done_callback(clients.discard)

    async with feeds.running():
        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await stop.wait()
        server.close()
    for client in list(clients):
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)


if __name__ == "__main__":
    # the product's own loop
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1]))
