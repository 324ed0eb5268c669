"""The ranking of delivery on time, made once a day whoever sweeps, and however many (DSK-5)."""

import asyncio
import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import policies, ranking
from app.domain.calendar import Calendar
from app.domain.policy_changes import PolicyPatch
from app.jobs.scheduler import Sweeper
from tests.lists.rated import Figures, ranked, rated_order
from tests.lists.world import World, add, world
from tests.market import by
from tests.means import START, StepClock, TestMeans

CALENDAR = Calendar("America/Los_Angeles")
MORNING = START + timedelta(days=15)
MIDNIGHT = CALENDAR.start_of(date(2024, 5, 22))
SECOND = timedelta(seconds=1)
EVENING = MIDNIGHT - timedelta(hours=1)


@pytest.fixture
async def made(fresh_engine: AsyncEngine) -> World:
    """Two sellers with promises of delivery, and what became of them."""
    found = await world(TestMeans(fresh_engine), 0, 7, 100)
    chance = random.Random(11)
    await add(found, (rated_order(found, chance, at) for at in range(300)))
    return found


def at(made: World, now: datetime) -> TestMeans:
    """The means of a process at an instant."""
    return replace(made.means, clock=StepClock(now))


async def kept(made: World) -> list[tuple[Any, ...]]:
    """The ranking that is kept: day, place, seller, kept and due, in its order."""
    query = text("SELECT day, place, seller_id, kept, due FROM delivery_places ORDER BY position")
    async with made.means.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(query)]


def wanted(made: World, day: date, days: int = 90, least: int = 10) -> list[tuple[Any, ...]]:
    """What it should be, worked out order by order."""
    began = CALENDAR.start_of(day)
    sums = {team.id: Figures(made.orders, team.id, began).delivery(days) for team in made.sellers}
    return [(day, *row) for row in ranked(sums, least)]


async def test_it_is_made_once_a_day(made: World) -> None:
    """DSK-5: of what had fallen due when the day began; the next day's takes its place, and an older one never does."""
    assert await ranking.make(at(made, EVENING)) == MIDNIGHT
    first = await kept(made)
    assert first == wanted(made, date(2024, 5, 21))
    assert len(first) == 2
    await ranking.make(at(made, MIDNIGHT - SECOND))
    assert await kept(made) == first
    await ranking.make(at(made, MIDNIGHT))
    second = await kept(made)
    assert second == wanted(made, date(2024, 5, 22))
    assert second != first
    await ranking.make(at(made, MORNING))
    assert await kept(made) == second


async def test_several_processes_make_one(made: World) -> None:
    """DSK-5: whoever comes second waits, and finds that there is one."""
    await asyncio.gather(*(ranking.make(at(made, MORNING)) for _ in range(4)))
    assert await kept(made) == wanted(made, date(2024, 5, 21))


async def test_days_and_promises_are_policy(made: World) -> None:
    """DSK-5: over other days, and of those with other numbers of promises."""
    seen = []
    for at_day, (days, least) in enumerate([(5, 1), (5, 30), (12, 30), (12, 10_000)]):
        now = MORNING + timedelta(days=at_day)
        patch = PolicyPatch(delivery_ranking_days=days, delivery_ranking_least=least)
        await policies.change(at(made, now), by(made.operator), patch)
        await ranking.make(at(made, now))
        found = await kept(made)
        assert found == wanted(made, CALENDAR.date_of(now), days, least)
        seen.append(len(found))
    assert seen[0] > 0
    assert seen[3] == 0


async def test_whoever_sweeps_makes_it(made: World) -> None:
    """DSK-5: at the first look, and at the first look of another day; between them nothing is asked for it."""
    means = at(made, MIDNIGHT - SECOND)
    sweeper = Sweeper(means, timedelta(seconds=1))
    await sweeper.look()
    assert await kept(made) == wanted(made, date(2024, 5, 21))
    async with means.engine.begin() as connection:
        await connection.execute(text("DELETE FROM delivery_rankings"))
    await sweeper.look()
    assert await kept(made) == []
    means.time.at = MIDNIGHT
    await sweeper.look()
    assert await kept(made) == wanted(made, date(2024, 5, 22))
