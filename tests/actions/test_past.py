"""An order at a past instant: whatever was true then is told again later, and what was not kept is said to be so."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions.past import order_as_of
from app.actions.work import settle_due
from app.domain.access import Actor
from app.domain.past import Past
from app.domain.records import Status
from tests.actions.histories import History, costly
from tests.market import Market, open_market, order_row
from tests.means import TestMeans
from tests.sizes import size

HISTORIES = size("histories that are looked back on")
MICROSECOND = timedelta(microseconds=1)
DEADLINES = text("SELECT kind, due_at, status FROM deadlines WHERE order_id = :order ORDER BY due_at, id")
CARD = ("received", "refunded", "released", "fee_charged")


@dataclass(frozen=True)
class Was:
    """What the database held of an order when everything that had run out was settled."""

    status: str
    awaiting: str | None
    overdue_since: datetime | None
    dispatched_late: bool
    total: tuple[int, str]
    card: tuple[int, ...]
    deadlines: tuple[tuple[Any, ...], ...]


async def was(market: Market, order_id: UUID) -> Was:
    """The present state, to be remembered."""
    row = await order_row(market.means, order_id)
    async with market.means.engine.connect() as connection:
        deadlines = tuple(tuple(found) for found in await connection.execute(DEADLINES, {"order": order_id}))
    return Was(
        row["status"],
        row["awaiting"],
        row["overdue_at"],
        row["overdue_at"] is not None and row["dispatched_at"] is not None,
        (row["total"], row["currency"]),
        tuple(row[name] for name in CARD),
        deadlines,
    )


def told(past: Past) -> Was:
    """What is told of the past, in the same words."""
    assert past.not_kept == ()
    assert past.status is not None
    assert past.total is not None
    assert past.deadlines is not None
    assert past.dispatched_late is not None
    return Was(
        str(past.status),
        None if past.awaiting is None else str(past.awaiting),
        past.overdue_since,
        past.dispatched_late,
        (past.total.minor, past.total.currency),
        tuple(getattr(past.sums, name) for name in CARD),
        tuple((str(row.kind), row.due_at, str(row.status)) for row in past.deadlines),
    )


async def look(market: Market, order_id: UUID, at: datetime, viewer: Actor | None = None) -> Past:
    """What is told now of the order at an instant."""
    return await order_as_of(market.means, viewer or market.operator, order_id, at)


def test_every_remembered_instant_is_told_again(fresh_database_url: str) -> None:
    """Random histories: the state after each step is remembered, and later told exactly."""
    seen: Counter[str] = Counter()

    async def live(engine: AsyncEngine, rng: Random) -> None:
        market = await open_market(TestMeans(engine), quota_limit=10**12)
        history = History(market, rng)
        remembered: dict[tuple[UUID, datetime], Was] = {}

        async def remember() -> None:
            while await settle_due(market.means):
                pass
            for book in history.books:
                state = await was(market, book.order_id)
                remembered[book.order_id, market.means.clock.now()] = state
                seen.update([state.status, *(status for _, _, status in state.deadlines)])
                seen["overdue"] += state.overdue_since is not None
            # what happens next happens later than what is remembered
            market.means.time.step(seconds=1)

        await history.begin()
        await remember()
        for _ in range(rng.randint(10, 30)):
            await history.step()
            await remember()
        for (order_id, at), state in remembered.items():
            assert told(await look(market, order_id, at)) == state

    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        context = costly(fresh_database_url)
        engine = runner.run(context.__aenter__())

        @given(st.randoms(use_true_random=True))
        @settings(max_examples=HISTORIES, phases=[Phase.generate])
        def histories(rng: Random) -> None:
            runner.run(live(engine, rng))

        try:
            histories()
        finally:
            runner.run(context.__aexit__(None, None, None))
    expected = {str(status) for status in Status} - {"DRAFT"}
    assert expected | {"RUNNING", "MET", "LAPSED", "VOID", "overdue"} <= set(seen), seen
