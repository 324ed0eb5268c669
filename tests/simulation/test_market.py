"""A simulated market by a seed: everything that can happen to an order happens, and at the end all is accounted for."""

import sys

import pytest

from tests.databases import copy_of
from tests.figures import Recorder
from tests.simulation import audit, kinds
from tests.simulation.course import Plan, market
from tests.sizes import LONG, size

ORDERS = size("orders of a simulated market")
PLAN = Plan(seed=7, orders=ORDERS, firms=max(4, ORDERS // 160), buyers=max(10, ORDERS // 25))
SMALL = Plan(seed=11, orders=size("orders of a market that is simulated twice"), firms=3, buyers=6)


async def test_a_market(fresh_database_url: str, figures: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever is late, pays wrongly, claims, argues or vanishes: the ledger is proven and nothing is stuck."""

    def tell(line: str) -> None:
        if LONG:
            with capsys.disabled():
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()

    async with market(fresh_database_url, PLAN, tell) as world:
        wrong, counts = await audit.wrong(world), await audit.seen(world)
    for kind in kinds.ALL:
        figures(kind, counts[kind])
    assert wrong == []
    assert {kind: counts[kind] for kind in kinds.ALL if counts[kind] < kinds.LEAST} == {}


async def test_the_same_seed_tells_the_same_history(admin_url: str, template: str) -> None:
    """What happens follows from the seed alone, faults included."""
    told = []
    for _ in range(2):
        with copy_of(template, admin_url) as url:
            async with market(url, SMALL) as world:
                assert await audit.wrong(world) == []
                told.append(await audit.history(world))
    first, second = told
    assert len(first) > SMALL.orders
    assert first == second
