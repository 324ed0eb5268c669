"""What it costs that a whole crowd was cut off and comes back at once, each from the last message it had."""

import asyncio
from dataclasses import dataclass

import orjson

from benchmarks.crowds import SETTLING, Server, gathered

MISSED = 3  # events that happen while a crowd is away


@dataclass(frozen=True, slots=True)
class Storm:
    """What it cost the product that a crowd came back at once: seconds of CPU each, seconds until all had all."""

    cpu: float
    seconds: float


async def storm(server: Server, crowd: int) -> Storm:
    """Cut a crowd off, let something happen, and let all come back at once with the cursor of what they had last."""
    process, says = server.process, server.says
    async with gathered() as clients:
        await clients.do("open", clients=crowd, **says)
        await server.push(0)
        heard = await clients.do("heard", messages=says["prelude"] + 1)
        await clients.do("close")
        for number in range(MISSED):
            await server.push(1 + number)
        await asyncio.sleep(SETTLING)
        cursor = orjson.loads(heard["text"])["payload"]["data"]["orderUpdates"]["cursor"]
        subscribe = {**says["subscribe"], "variables": {**says["subscribe"]["variables"], "after": cursor}}
        back = {**says, "subscribe": subscribe, "prelude": 1 + MISSED}  # the acknowledgement, and what was missed
        cpu = process.cpu()
        opened = await clients.do("open", clients=crowd, at_once=crowd, **back)
        used = process.cpu_since(cpu)
        await clients.do("close")
    await asyncio.sleep(SETTLING)
    return Storm(used / crowd, opened["seconds"])
