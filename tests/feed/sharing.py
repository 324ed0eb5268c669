"""A world in memory for groups: a table that grows, members that join, dawdle, leave and resume, all by one seed."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from uuid import UUID

from app.db.feed import Event
from app.domain.access import Role, Viewer
from app.events.cursors import order_cursor, parse_order
from app.events.feeds import Feeds
from app.events.groups import Group, Opening
from app.events.live import Live, Told
from app.events.members import Member
from app.events.streams import Stream
from app.events.tunables import Tunables
from tests.feed.writing import KINDS, event

ORDER = UUID(int=1)
PARTING = "DISPATCHED"  # what stands for an event that takes the order away from whoever followed it
VIEWER = Viewer(Role.SALES, UUID(int=7), UUID(int=8), sees_all=False)
SHOWN = KINDS - {"SECRET"}


class World(Feeds):
    """The feeds of a process without a database: one order, its events, and a tail that brings them a little later."""

    def __init__(self, seed: int, tunables: Tunables) -> None:
        super().__init__("postgresql://nowhere/", lambda role: SHOWN, tunables=tunables)
        self.chance = random.Random(seed)
        self.rows: list[Event] = []
        self.pages = 0
        self.told: Counter[int] = Counter()
        self.begun = 0
        self.fails = 0.0

    async def naps(self) -> None:
        """Let others go first, now and then several times."""
        for _ in range(self.chance.choice([0, 0, 1, 1, 2, 7])):
            await asyncio.sleep(0)

    async def read(self, stream: Stream, after: int, limit: int) -> list[Event]:
        """What was there at one moment of the call."""
        self.pages += 1
        await self.naps()
        page = [row for row in self.rows if row.version > after][:limit]
        await self.naps()
        return page

    async def grow(self, count: int) -> None:
        """Commit events, and offer them a little later and in bursts, as the tail does."""
        waiting: list[Event] = []
        for _ in range(count):
            row = event(len(self.rows) + 1, kind=self.chance.choice(["PAID", "PAID", "PAID", "SECRET", PARTING]))
            self.rows.append(row)
            waiting.append(row)
            if self.chance.random() < 0.5:
                await self.naps()
                self._bring(waiting)
        await self.naps()
        self._bring(waiting)

    def _bring(self, waiting: list[Event]) -> None:
        for row in waiting:
            self.hub.offer(row)
        waiting.clear()

    async def begin(self) -> Opening:
        """Begin the subscription: it is where the order is at some moment of the call."""
        self.begun += 1
        await self.naps()
        last = len(self.rows)
        await self.naps()

        async def resume(cursor: str) -> int:
            await self.naps()
            return parse_order(cursor)

        async def opening() -> int:
            await self.naps()
            return -last

        def tell(row: Event) -> Told[int]:
            return Told(row.version, parting=row.kind == PARTING)

        stream = self.order_of(VIEWER, ORDER)
        live = Live(self, stream, last, order_cursor(last), opening, tell, resume, self.naps)
        return Opening(live, self.tell)

    async def tell(self, message: int) -> bytes:
        """Execute and encode, which takes a while and may fail."""
        self.told[message] += 1
        await self.naps()
        if self.chance.random() < self.fails:
            raise RuntimeError("a mistake")
        return b"%d" % message

    def expected(self, after: int) -> list[int]:
        """What a member is to be told behind a version: partings only after something else."""
        told, shown = [], True
        for row in self.rows:
            if row.version > after and row.kind in SHOWN and (shown or row.kind != PARTING):
                told.append(row.version)
                shown = row.kind != PARTING
        return told


class Hall:
    """Where groups of one key are found, as the transports find them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.group: Group | None = None
        self.ended: list[Exception | None] = []

    async def join(self, reader: "Reader", after: int | None) -> Member:
        """Join the group, which is made if there is none."""
        group = self.group = self.group or Group(self.world.begin, self._over)
        return await group.join(reader, None if after is None else order_cursor(after))

    def _over(self, group: Group, reason: Exception | None) -> None:
        self.ended.append(reason)
        if self.group is group:
            self.group = None


class Reader:
    """A subscriber that keeps what it is told; now and then it does not read, is cut off, and resumes by its cursor."""

    def __init__(self, hall: Hall, after: int | None = None, dawdles: float = 0.0, leaves: float = 0.0) -> None:
        self.hall = hall
        self.start = after
        self.at = after
        self.got: list[int] = []
        self.joins = 0
        self.refused = 0
        self.dawdles = dawdles
        self.leaves = leaves
        self.blocked = False
        self.reasons: list[Exception] = []
        self.member: Member | None = None
        self.fresh = True

    def take(self, payload: bytes) -> bool:
        """Keep a message, unless it is not read just now."""
        if self.blocked or self.hall.world.chance.random() < self.dawdles:
            self.blocked = True
            self.refused += 1
            return False
        version = int(payload)
        if version <= 0:
            assert self.at is None, "an opening message for somebody who resumes"
            self.at = self.start = -version
        else:
            self.got.append(version)
            self.at = version
        return True

    def ended(self, reason: Exception) -> None:
        """Be cut off."""
        self.reasons.append(reason)
        self.member = None

    async def live(self, calm: Callable[[], bool]) -> None:
        """Join, read, dawdle, leave and come again, until cancelled; once it is calm, only read."""
        world = self.hall.world
        while True:
            await world.naps()
            if self.member is None:
                self.joins += 1
                try:
                    self.member = await self.hall.join(self, self.at)
                except Exception as reason:
                    self.reasons.append(reason)
            elif self.blocked:
                self.blocked = False
                self.member.resume()
            elif not calm() and world.chance.random() < self.leaves:
                self.member.leave()
                self.member = None
            else:
                await asyncio.sleep(0)
