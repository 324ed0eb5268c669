"""Enrolment on the real database: who joins and leaves, what stays settled, and who announces the dates (ENR)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import RowMapping, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import enrolment
from app.actions.work import Call, Means, call_of
from app.db import tables as t
from app.domain.access import Actor
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.records import DispatchTerm
from app.jobs.sweeps import sweep
from tests.actions.looking import refusal
from tests.domain.build import one_line
from tests.market import (
    Market,
    Team,
    by,
    event_rows,
    new_seller,
    open_market,
    order_row,
    paid,
    row_of,
    submitted,
)
from tests.means import START, TestMeans

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
# the platform's 00:00:00 of the date of START + 30: 5 June 2024 in Los Angeles
FIRST = START.replace(month=6, day=5, hour=7, minute=0)


@pytest.fixture
async def market(fresh_engine: AsyncEngine) -> Market:
    """A market of this test alone: a sweep takes whatever is due."""
    return await open_market(TestMeans(fresh_engine))


async def joined(market: Market) -> UUID:
    """The market's seller joins."""
    return await enrolment.join(market.means, by(market.seller.owner))


async def left(market: Market) -> UUID:
    """The market's seller leaves."""
    return await enrolment.leave(market.means, by(market.seller.owner))


async def clocks(market: Market) -> list[tuple[str, str]]:
    """The seller's clocks and what became of each, oldest first."""
    rows = t.deadlines
    query = select(rows.c.kind, rows.c.status).where(rows.c.seller_id == market.seller.id).order_by(rows.c.id)
    async with market.means.engine.connect() as connection:
        return [(row.kind, row.status) for row in await connection.execute(query)]


async def told(market: Market) -> list[str]:
    """The events of the seller."""
    return [row["kind"] for row in await event_rows(market.means, market.seller.id)]


async def seller_row(market: Market) -> RowMapping:
    """The seller's row."""
    return await row_of(market.means, t.sellers, market.seller.id)


# --- ENR-1, ENR-2: joining and leaving --------------------------------------------------------------------------


async def test_the_way_in_and_out_and_in_again(market: Market) -> None:
    """ENR-1, ENR-2: each step at its first good second, and its clock and its announcement between."""
    assert await joined(market) == market.seller.id
    row = await seller_row(market)
    assert (row["enrolled_at"], row["left_at"], row["version"]) == (START, None, 1)
    market.means.time.at = FIRST
    await left(market)
    row = await seller_row(market)
    assert (row["enrolled_at"], row["left_at"], row["version"]) == (None, FIRST, 3)
    market.means.time.at = FIRST + 30 * DAY
    await joined(market)
    row = await seller_row(market)
    assert (row["enrolled_at"], row["left_at"], row["version"]) == (FIRST + 30 * DAY, None, 5)
    assert await told(market) == [
        EventKind.ENROLMENT_JOINED,
        EventKind.ENROLMENT_EXIT_ALLOWED,
        EventKind.ENROLMENT_LEFT,
        EventKind.ENROLMENT_REJOIN_ALLOWED,
        EventKind.ENROLMENT_JOINED,
    ]
    assert await clocks(market) == [
        ("EXIT_ALLOWED", "LAPSED"),
        ("REJOIN_ALLOWED", "LAPSED"),
        ("EXIT_ALLOWED", "RUNNING"),
    ]


async def test_before_its_date_nobody_leaves_and_nothing_is_written(market: Market) -> None:
    """ENR-2: a moment before 00:00:00 the refusal names the date and the instant."""
    await joined(market)
    market.means.time.at = FIRST - timedelta(microseconds=1)
    refused = await refusal(left(market))
    assert refused.code is ErrorCode.ENROLMENT_NOT_POSSIBLE
    assert refused.params == {"date": "2024-06-05", "from": FIRST.isoformat()}
    assert (await seller_row(market))["version"] == 1
    market.means.time.at = FIRST
    await left(market)
    market.means.time.at = FIRST + 30 * DAY - timedelta(microseconds=1)
    refused = await refusal(joined(market))
    assert refused.params["date"] == "2024-07-05"


async def test_what_had_come_stays_settled_though_the_step_is_refused(market: Market) -> None:
    """Section 16: first settle, then act; the announcement is kept, once."""
    await joined(market)
    market.means.time.at = FIRST + DAY
    rings = market.means.feeds.rings
    assert (await refusal(joined(market))).code is ErrorCode.STEP_NOT_ALLOWED
    (event,) = await event_rows(market.means, market.seller.id, EventKind.ENROLMENT_EXIT_ALLOWED)
    assert (event["at"], event["due_at"], event["detected_at"]) == (FIRST, FIRST, FIRST + DAY)
    assert (event["by"], event["version"]) == ("TIME", 2)
    assert market.means.feeds.rings == rings + 1
    assert (await refusal(joined(market))).code is ErrorCode.STEP_NOT_ALLOWED
    assert await sweep(market.means) == 0
    assert await told(market) == [EventKind.ENROLMENT_JOINED, EventKind.ENROLMENT_EXIT_ALLOWED]


async def test_only_the_owner_of_an_active_seller(market: Market) -> None:
    """ENR-1: nobody else of the seller, no buyer, no operator, no access token (INT-2); and SVC-3."""
    steps: tuple[Callable[[Means, Call], Awaitable[UUID]], ...] = (enrolment.join, enrolment.leave)
    for step in steps:
        for actor in (market.buyer, market.seller.sales, market.seller.finance, market.operator):
            assert (await refusal(step(market.means, by(actor)))).code is ErrorCode.FORBIDDEN
        token = replace(market.seller.owner, token_id=uuid4())
        assert (await refusal(step(market.means, by(token)))).code is ErrorCode.PERSON_NEEDED
    idle = replace(market, seller=await new_seller(market.means, service="INACTIVE"))
    assert (await refusal(joined(idle))).code is ErrorCode.SERVICE_NOT_ACTIVE
    assert await told(market) == await told(idle) == []


async def test_of_many_at_once_one_joins(market: Market) -> None:
    """ENR-1: the others are told that it is done."""
    outcomes = await asyncio.gather(*(joined(market) for _ in range(10)), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    assert [each.code for each in refused] == [ErrorCode.STEP_NOT_ALLOWED] * 9
    assert await told(market) == [EventKind.ENROLMENT_JOINED]


def keyed(actor: Actor, operation: str, key: str) -> Call:
    """A call with a key."""
    return call_of(actor, operation, {}, key)


async def test_a_retry_joins_once(market: Market) -> None:
    """The same key answers the same and does nothing more, also after one has left; another step's key is refused."""
    means, owner = market.means, market.seller.owner
    for _ in range(2):
        assert await enrolment.join(means, keyed(owner, "enrolmentJoin", "k")) == market.seller.id
    refused = await refusal(enrolment.leave(means, keyed(owner, "enrolmentLeave", "k")))
    assert refused.code is ErrorCode.IDEMPOTENCY_KEY_REUSED
    assert await told(market) == [EventKind.ENROLMENT_JOINED]


# --- ENR-1, ENR-3: orders ---------------------------------------------------------------------------------------


async def test_orders_offered_while_enrolled_stay_covered(market: Market) -> None:
    """ENR-1, ENR-2: those of before and after are not; leaving takes nothing back."""
    before = await submitted(market)
    await joined(market)
    inside = await submitted(market)
    market.means.time.at = FIRST
    await left(market)
    after = await submitted(market)
    guaranteed = [(await order_row(market.means, each))["dispatch_guaranteed"] for each in (before, inside, after)]
    assert guaranteed == [False, True, False]


async def test_what_an_overdue_order_costs(market: Market) -> None:
    """ENR-3: the sweep gives points outside the guarantee and none inside, whoever notices it when."""
    due = START + timedelta(minutes=10)
    fixed = one_line("50.00", dispatch_term=DispatchTerm.FIXED_INSTANT, dispatch_instant=due, dispatch_days=None)
    other = replace(market, seller=await new_seller(market.means))
    outside, inside = await paid(market, fixed), await paid(other, fixed)
    await joined(other)
    market.means.time.at = due + timedelta(hours=2)
    # joining after the deadline, before anybody has looked, saves nothing
    await joined(market)
    assert await sweep(market.means) == 2
    points = [(await order_row(market.means, each))["penalty_points"] for each in (outside, inside)]
    assert points == [1, 0]


# --- section 14: the clocks of sellers --------------------------------------------------------------------------


async def enrolled_sellers(market: Market, count: int) -> list[Team]:
    """Sellers who joined at the start."""
    teams = [await new_seller(market.means) for _ in range(count)]
    for team in teams:
        await enrolment.join(market.means, by(team.owner))
    return teams


async def announced(market: Market, team: Team) -> int:
    """How often a seller was told that leaving is possible."""
    return len(await event_rows(market.means, team.id, EventKind.ENROLMENT_EXIT_ALLOWED))


async def test_the_sweep_announces_at_the_first_good_second(market: Market) -> None:
    """Section 14: not a moment before, and then at that very instant."""
    (team,) = await enrolled_sellers(market, 1)
    market.means.time.at = FIRST - timedelta(microseconds=1)
    assert await sweep(market.means) == 0
    market.means.time.at = FIRST
    assert await sweep(market.means) == 1
    assert await sweep(market.means) == 0
    (event,) = await event_rows(market.means, team.id, EventKind.ENROLMENT_EXIT_ALLOWED)
    assert (event["subject"], event["seller_id"], event["at"], event["version"]) == ("SELLER", team.id, FIRST, 2)


async def test_sweepers_at_once_announce_once(market: Market) -> None:
    """Section 18: two workers and more, one event a seller, versions without gaps, the bell rung once a batch."""
    teams = await enrolled_sellers(market, 7)
    market.means.time.at = FIRST + DAY
    rings = market.means.feeds.rings
    assert await enrolment.settle_due_sellers(market.means, 3)
    assert market.means.feeds.rings == rings + 1
    await asyncio.gather(*(sweep(market.means, batch=2) for _ in range(4)))
    while await sweep(market.means):
        pass
    for team in teams:
        assert await announced(market, team) == 1
        assert [row["version"] for row in await event_rows(market.means, team.id)] == [1, 2]


async def test_a_sweeper_and_the_owner_announce_once(market: Market) -> None:
    """Section 16: whoever comes first settles, and the owner's step is judged on what results."""
    teams = await enrolled_sellers(market, 6)
    market.means.time.at = FIRST
    leaving = (enrolment.leave(market.means, by(team.owner)) for team in teams)
    await asyncio.gather(*leaving, sweep(market.means), sweep(market.means))
    for team in teams:
        kinds = [row["kind"] for row in await event_rows(market.means, team.id)]
        assert kinds == [EventKind.ENROLMENT_JOINED, EventKind.ENROLMENT_EXIT_ALLOWED, EventKind.ENROLMENT_LEFT]


async def test_a_locked_seller_is_passed_over(market: Market) -> None:
    """Whoever holds a seller settles them; a batch is filled with the next ones."""
    held, free = await enrolled_sellers(market, 2)
    market.means.time.at = FIRST
    async with market.means.engine.begin() as connection:
        await connection.execute(text("SELECT 1 FROM sellers WHERE id = :id FOR UPDATE"), {"id": held.id})
        assert await sweep(market.means, batch=1) == 1
    assert (await announced(market, held), await announced(market, free)) == (0, 1)
    assert await sweep(market.means) == 1


async def test_a_seller_that_cannot_be_settled_keeps_nobody_waiting(
    market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    """One whose announcement the database refuses is logged and passed over, and tried again later."""
    bad, good = await enrolled_sellers(market, 2)
    odd = f"ALTER TABLE sellers ADD CONSTRAINT odd CHECK (id <> '{bad.id}' OR version < 2)"
    async with market.means.engine.begin() as connection:
        await connection.execute(text(odd))
    market.means.time.at = FIRST
    passed: set[UUID] = set()
    with caplog.at_level(logging.WARNING):
        await sweep(market.means, passed)
    assert passed == {bad.id}
    assert str(bad.id) in caplog.text
    assert (await announced(market, bad), await announced(market, good)) == (0, 1)
    async with market.means.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE sellers DROP CONSTRAINT odd"))
    assert await sweep(market.means) == 1
    assert await announced(market, bad) == 1


async def test_what_is_due_is_found_by_an_index(market: Market) -> None:
    """However many orders are due, looking for sellers reads none of their deadlines."""
    query = (
        "EXPLAIN SELECT s.id FROM deadlines d JOIN sellers s ON s.id = d.seller_id WHERE d.status = 'RUNNING'"
        " AND d.seller_id IS NOT NULL AND d.due_at <= now() ORDER BY d.due_at LIMIT 500"
    )
    async with market.means.engine.begin() as connection:
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join((await connection.execute(text(query))).scalars())
    assert "ix_deadlines_due_seller" in plan
