"""graphql-ws on Node as one of the servers that push: it executes each subscription over what it is given."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson

from benchmarks.crowds import Server, address, gathered
from benchmarks.fanout import UPDATES
from benchmarks.lists import Unequal
from benchmarks.load import Target, ask
from benchmarks.node import Node

NAME = "graphql-ws"


@asynccontextmanager
async def served(rivals: Node, message: bytes) -> AsyncIterator[Server]:
    """The server, once it is known to say what the product said."""
    said = orjson.loads(message)["payload"]["data"]
    async with rivals.running("graphql-ws.mjs", {}) as process:
        target = Target.of(f"{process.url}/push", orjson.dumps(said["orderUpdates"]))

        async def push(_number: int) -> None:
            await ask(target)

        subscribe = {"query": UPDATES, "variables": {"id": "any"}}
        says: dict[str, Any] = {"prelude": 2, "init": {}, "subscribe": subscribe, **address(process)}
        server = Server(NAME, process, says, push)
        await push(0)
        async with gathered() as clients:
            await clients.do("open", clients=1, **says)
            heard = (await clients.do("heard", messages=2))["text"]
        if orjson.loads(heard)["payload"]["data"] != said:
            raise Unequal(f"{NAME} pushes {heard}")
        yield server
