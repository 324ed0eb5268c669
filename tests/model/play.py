"""A small market played twice: every step is taken through the actions and in the model, and both must agree."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from app.domain.errors import Refusal
from app.jobs.sweeps import sweep
from tests.market import LONG_AGO, Market, Team, new_account, new_operator, new_seller, set_rates, submitted
from tests.means import TestMeans
from tests.model import goods
from tests.model.drawn import drawn
from tests.model.kept import compare, rows_of
from tests.model.replay import Replay
from tests.model.world import Order, Receipt, Refused, World


@dataclass
class Play:
    """Two doors to one market, its model, and what came of the steps so far."""

    doors: Sequence[TestMeans]
    rng: Random
    replay: Replay
    seen: Counter[str]
    world: World
    sellers: list[Team] = field(default_factory=list)
    buyers: list[Any] = field(default_factory=list)
    operator: Any = None
    trail: list[str] = field(default_factory=list)

    async def open(self) -> None:
        """Three sellers, the first of them enrolled, two buyers and an operator."""
        means = self.doors[0]
        await set_rates(means)
        self.sellers = [
            await new_seller(means, enrolled_at=LONG_AGO if first else None) for first in (True, False, False)
        ]
        self.buyers = [await new_account(means) for _ in range(2)]
        self.operator = await new_operator(means)

    # --- both at once -------------------------------------------------------------------------------------------------

    @property
    def means(self) -> TestMeans:
        """One of the doors."""
        return self.rng.choice(self.doors)

    def market(self, order: Order) -> Market:
        """The market as an order's parties see it, through one of the doors."""
        seller = next(team for team in self.sellers if team.id == order.seller)
        buyer = next(actor for actor in self.buyers if actor.account_id == order.buyer)
        return Market(self.means, seller, buyer, self.operator)

    async def take(
        self,
        name: str,
        order: Order | None,
        predicted: Callable[[], object],
        doing: Callable[[], Awaitable[Any]],
        race: bool = False,
    ) -> Any:
        """Take a step in the model and through the actions: done, or refused for one of the model's reasons."""
        expected: set[str] = set()
        try:
            if order is not None:
                goods.settle(self.world, order)
            predicted()
        except Refused as refused:
            expected = refused.codes
        rivals = [sweep(door) for door in self.doors] if race and self.rng.random() < 0.2 else []
        self.trail.append(f"{self.world.now:%m-%d %H:%M} {name} {order and order.id} expecting {expected or 'yes'}")
        (made, got), *_ = await asyncio.gather(_outcome(doing), *rivals)
        assert (got in expected) if expected else (got is None), f"{name}: {got}, and the model said {expected}"
        self.seen[f"{name}: {got or 'done'}"] += 1
        if rivals:
            self.seen["raced by two sweeps"] += 1
            await self.sweep()
        return made

    async def sweep(self) -> None:
        """Two processes sweep at once, and leave nothing due behind."""
        await asyncio.gather(*(sweep(door) for door in self.doors))
        assert await sweep(self.doors[0]) == 0
        goods.sweep(self.world)

    async def check(self) -> None:
        """The database holds what the model says, and the feed told it."""
        sellers, buyers = [team.id for team in self.sellers], [actor.account_id for actor in self.buyers]
        rows = await rows_of(self.doors[0].engine, sellers, buyers, self.replay.seen)
        self.replay.hear(rows)
        self.replay.check(rows)
        compare(self.world, rows)

    async def pass_time(self, **ahead: float) -> None:
        """Time passes; both clocks are one."""
        self.world.now = self.doors[0].time.step(**ahead)

    # --- offers -------------------------------------------------------------------------------------------------------

    async def offer(self, seller: Team | None = None, total: int | None = None, buyer_id: Any = None) -> Order:
        """A seller offers an order to one of the buyers, or to a certain one."""
        team = seller or self.rng.choice(self.sellers)
        buyer = self.rng.choice([actor for actor in self.buyers if buyer_id in (None, actor.account_id)])
        order, written = drawn(self.rng, total)
        order.seller, order.buyer, order.guaranteed = team.id, buyer.account_id, team is self.sellers[0]
        order.id = await submitted(self.market(order), written)
        self.world.orders.append(order)
        self.seen["offer: done"] += 1
        self.trail.append(f"offer {order.id} of {team.id} {order.currency} {order.parts} {order.days} days")
        return order

    def receipt(self, order: Order, transfer: bool) -> Receipt:
        """Money for an order: exact, too little, too much, or in another currency."""
        rng, due = self.rng, order.due_now or order.parts[0]
        amount = rng.choice([due, due, due, max(1, due - 1), due // 2 or 1, due + 5_00, order.total + 77])
        currency = order.currency if rng.random() < 0.93 else "CHF"
        return Receipt(transfer, amount, currency, self.means.mint.id().hex)


async def _outcome(doing: Callable[[], Awaitable[Any]]) -> tuple[Any, str | None]:
    """What an action made, or the code of its refusal."""
    try:
        return await doing(), None
    except Refusal as refusal:
        return None, str(refusal.code)


def doors_of(means: TestMeans, engine: Any) -> tuple[TestMeans, TestMeans]:
    """Two processes on one database, by one clock."""
    return means, replace(means, engine=engine)
