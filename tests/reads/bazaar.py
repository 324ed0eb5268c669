"""The product's own schema over a simulated market that was left in the middle, and everybody who may look at it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from app.db.engine import Pool, read_pool
from app.domain.access import ALL_SCOPES, Actor, Scope
from app.domain.happenings import KINDS_FOR
from app.events.feeds import Feeds
from app.links import Links
from app.reads import Reader
from app.resolvers.context import Context
from app.runtime import Kit
from app.storage import LocalStorage
from tests.market import new_account
from tests.means import NOWHERE, START, StepClock
from tests.reads import oddments
from tests.simulation.course import Plan, market
from tests.simulation.world import World

PLAN = Plan(seed=7, orders=30, firms=3, buyers=4, left=START + timedelta(days=62))


@dataclass
class Bazaar:
    """A market that stands still, and what its operations run with."""

    pool: Pool
    kit: Kit
    now: datetime
    viewers: dict[str, Actor | None]

    def context(self, viewer: str) -> Context:
        """The context of one operation."""
        return Context(self.kit, self.viewers[viewer], self.now)

    async def values(self, query: str) -> list[Any]:
        """The one column that a query finds."""
        return [row[0] for row in await self.pool.fetch(query)]


async def _nobody(_payment: UUID) -> None:
    """Nobody answers a started payment."""


@asynccontextmanager
async def bazaar(url: str) -> AsyncIterator[Bazaar]:
    """The market on a database of its own."""
    async with market(url, PLAN) as world:
        feeds = Feeds(url, KINDS_FOR.__getitem__)
        means, now = world.means, world.time.now
        await oddments.added(world)
        pool = await read_pool(url)
        storage, links = LocalStorage(Path("nowhere")), Links(("a key",))
        given = (means.engine, StepClock(now), means.mint, feeds, Reader(pool), storage, links, "testpay", _nobody)
        kit = Kit(*given, timedelta(days=90), NOWHERE)
        try:
            async with feeds.running():
                feeds.committed()
                yield Bazaar(pool, kit, now, await _viewers(world))
        finally:
            await pool.close()


async def _viewers(world: World) -> dict[str, Actor | None]:
    """Each role, and tokens that are good for little."""
    first, second = world.firms[0].team, world.firms[1].team
    buyer, looking = world.buyers[0], frozenset({Scope.ORDERS_READ})
    return {
        "operator": world.operator,
        "buyer": buyer,
        "another buyer": world.buyers[1],
        "stranger": await new_account(world.means, name="Stranger"),
        "owner": first.owner,
        "finance": first.finance,
        "sales": first.sales,
        "own sales": replace(first.sales, sales_see_all=False),
        "another owner": second.owner,
        "owner's token without finance": replace(first.owner, scopes=ALL_SCOPES - {Scope.FINANCE_READ}),
        "owner's token without claims": replace(first.owner, scopes=ALL_SCOPES - {Scope.CLAIMS_READ}),
        "operator's token without shipments": replace(world.operator, scopes=ALL_SCOPES - {Scope.SHIPMENTS_READ}),
        "owner's token without orders": replace(first.owner, scopes=ALL_SCOPES - {Scope.ORDERS_READ}),
        "finance's token for reading": replace(first.finance, scopes=looking | {Scope.FINANCE_READ}),
        "buyer's token for reading": replace(buyer, scopes=looking),
        "nobody": None,
    }
