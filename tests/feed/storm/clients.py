"""Clients of the storm: they resume by cursor whatever happens to them, and keep all they were sent."""

import asyncio
import json
import random
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.domain.access import Viewer
from tests.feed.storm.cluster import Cluster


@asynccontextmanager
async def subscribed(port: int, asked: dict[str, Any]) -> AsyncIterator[asyncio.StreamReader]:
    """The lines a server sends for a subscription."""
    async with asyncio.timeout(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
    try:
        writer.write(json.dumps(asked).encode() + b"\n")
        yield reader
    finally:
        writer.transport.abort()


@dataclass
class Client:
    """One subscriber. A patient one hangs up only when its server has; the others are cut all the time.

    Patience is what shows a stream that has silently ended: coming back would cure it.
    """

    name: str
    viewer: Viewer
    order: UUID | None = None
    kinds: frozenset[str] | None = None
    patient: bool = True
    dawdles: bool = False
    start: str | None = None
    cursor: str | None = None
    got: "array[int]" = field(default_factory=lambda: array("q"))
    disorder: list[str] = field(default_factory=list)
    position: int = 0
    versions: dict[str, int] = field(default_factory=dict)
    connects: list[str] = field(default_factory=list)
    cut_before_first: int = 0
    overflows: int = 0

    def asked(self) -> dict[str, Any]:
        """The subscription, resuming where the last one ended."""
        seller = str(self.viewer.seller_id) if self.viewer.seller_id else None
        who = {"role": self.viewer.role, "account": str(self.viewer.account_id), "seller": seller}
        return {
            "viewer": who | {"sees_all": self.viewer.sees_all},
            "order": str(self.order) if self.order else None,
            "kinds": sorted(self.kinds) if self.kinds else None,
            "after": self.cursor,
        }

    async def follow(self, cluster: Cluster, chance: random.Random) -> None:
        """Connect again and again, now to one server and now to the other, until cancelled."""
        while True:
            port = cluster.port(chance)
            self.connects.append(f"{port} after {self.cursor} with {len(self.got)}")
            lines = 0
            try:
                async with asyncio.timeout(None if self.patient else chance.random() * 4):
                    async with subscribed(port, self.asked()) as reader:
                        # a server that is killed leaves half a line behind, which says nothing
                        while (line := await reader.readline()).endswith(b"\n"):
                            self.take(json.loads(line))
                            lines += 1
                            if not self.patient and chance.random() < (0.2 if lines == 1 else 0.01):
                                break
                            if self.dawdles:
                                await asyncio.sleep(chance.choice([0, 0, 0.02]))
            except OSError:
                await asyncio.sleep(0.05)
            self.cut_before_first += lines == 1
            await asyncio.sleep(chance.random() * 0.2)

    def take(self, line: dict[str, Any]) -> None:
        """Keep what a line says, and where to go on after it."""
        assert "refused" not in line, (self.name, line, self.connects[-3:])
        self.cursor = line["cursor"]
        if self.start is None:
            self.start = self.cursor
        if "event" in line:
            self.judge(*line["event"])
            self.overflows += bool(line["overflows"])

    def judge(self, event: int, position: int | None, subject: str, version: int) -> None:
        """Note down the event, and whether positions and each order's versions only ever rise."""
        self.got.append(event)
        if version <= self.versions.get(subject, 0):
            self.disorder.append(f"version {version} of {subject} after {self.versions[subject]}")
        self.versions[subject] = version
        # an order's events may come before they have a position
        if self.order is None:
            if position is None or position <= self.position:
                self.disorder.append(f"position {position} after {self.position}")
            self.position = position or self.position
