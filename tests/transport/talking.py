"""Speaking graphql-transport-ws by hand, as the protocol tests must."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

PATIENCE = 10.0


async def say(socket: ClientConnection, **message: Any) -> None:
    """Send one message."""
    await socket.send(orjson.dumps(message).decode())


async def run(socket: ClientConnection, id: str, query: str, **payload: Any) -> None:
    """Start an operation."""
    await say(socket, id=id, type="subscribe", payload={"query": query, **payload})


async def told(socket: ClientConnection) -> Any:
    """The next message, which must be text."""
    async with asyncio.timeout(PATIENCE):
        text = await socket.recv()
    assert isinstance(text, str)
    return orjson.loads(text)


async def told_until_end(socket: ClientConnection, id: str) -> list[Any]:
    """All messages of one operation, its last included."""
    messages = []
    while True:
        message = await told(socket)
        if message.get("id") == id:
            messages.append(message)
            if message["type"] != "next":
                return messages


async def closed_with(socket: ClientConnection) -> tuple[int, str]:
    """The code and the reason with which the server closes."""
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                await socket.recv()
    except ConnectionClosed as end:
        assert end.rcvd is not None
        return end.rcvd.code, end.rcvd.reason


async def until(condition: Callable[[], object]) -> None:
    """Wait for what another task brings about."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)
