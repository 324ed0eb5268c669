"""The sweeps of two processes: in time or late, one or both, and one that is killed midway."""

import asyncio
import logging
from datetime import timedelta

from app.jobs.sweeps import sweep
from tests.simulation.processes import LOST, Moment, Process
from tests.simulation.world import World

SECOND = timedelta(seconds=1)
BATCH = 5
OTHER_SELLERS = """
    SELECT count(*) = count(DISTINCT o.seller_id) FROM deadlines d JOIN orders o ON o.id = d.order_id
    WHERE d.status = 'RUNNING' AND d.due_at < :now
"""


class Sweepers:
    """Whoever comes when nobody else does."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.away = timedelta()

    async def due(self) -> bool:
        """Sweep if something has run out before anybody acts next; whether it was so."""
        world = self.world
        due = await world.next_due()
        if due is None:
            return False
        comes = max(world.time.now, due + SECOND + self.away)
        if world.time.next is not None and comes > world.time.next:
            return False
        world.time.move(comes)
        await self._sweep()
        world.calls += 1
        left = await world.next_due()
        assert left is None or left + SECOND > world.time.now, f"what was due at {left} cannot be settled"
        self.away = world.hours(0, 12) if world.decks.draw("sweeper", THERE=2, AWAY=3) == "AWAY" else timedelta()
        return True

    async def _sweep(self) -> None:
        world = self.world
        first, second = world.processes
        how = world.decks.draw("sweep", FIRST=8, SECOND=8, BOTH=6, KILLED=2, LATE=1)
        if how == "BOTH" and (await world.rows(OTHER_SELLERS, now=world.time.now - SECOND))[0][0]:
            # of one seller's orders the first to be settled takes what was collected, and who that is nobody can tell
            await asyncio.gather(sweep(first.means, batch=BATCH), sweep(second.means, batch=BATCH))
        elif how == "KILLED":
            await self._killed(first)
        elif how == "LATE":
            first.clock.late = world.hours(0, 1)
            await sweep(first.means, batch=BATCH)
            first.clock.late = timedelta()
        world.counts[f"sweep: {how.lower()}"] += 1
        await sweep((first if how == "FIRST" else second).means, batch=BATCH)

    async def _killed(self, process: Process) -> None:
        process.dies = Moment.COMMITTING
        try:
            await sweep(process.means, batch=1)
        except LOST as error:
            logging.getLogger(__name__).info("a sweep was killed: %s", error)
        process.dies = None
