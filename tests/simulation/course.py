"""One simulated market from its beginning to the day when nothing runs any more."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.simulation import firms, operators, origins
from tests.simulation.founding import found
from tests.simulation.processes import dying
from tests.simulation.sweeping import Sweepers
from tests.simulation.timeline import Life
from tests.simulation.world import World

# For how long new orders come
SEASON = timedelta(days=100)
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How big a market is, and when it is left, if before nothing runs any more."""

    seed: int
    orders: int
    firms: int
    buyers: int
    left: datetime | None = None


@asynccontextmanager
async def market(url: str, plan: Plan, tell: Tell = lambda line: None) -> AsyncIterator[World]:
    """A market that has run its course, as far as the plan goes."""
    world = World(url, plan.seed)
    try:
        await found(world, plan.firms, plan.buyers)
        world.time.begin(_coming(world, plan, tell))
        world.time.begin(operators.rounds(world))
        for firm in world.firms:
            world.time.begin(firms.life(world, firm))
        with dying(world.processes):
            await world.time.run(Sweepers(world).due, plan.left)
        yield world
    finally:
        await world.close()


async def _coming(world: World, plan: Plan, tell: Tell) -> Life:
    """The orders come one after another."""
    apart = SEASON.total_seconds() / plan.orders
    for number in range(plan.orders):
        world.time.begin(origins.order(world, number))
        if number % 100 == 99:
            tell(f"{number + 1} orders by {world.time.now:%Y-%m-%d}, {sum(world.counts.values())} acts")
        yield timedelta(seconds=world.rng.randint(0, int(2 * apart)))
