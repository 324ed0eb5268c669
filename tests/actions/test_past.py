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

from app.actions import fulfilment, orders, payments
from app.actions.past import order_as_of
from app.actions.settling import settle_due
from app.domain.access import Actor
from app.domain.calendar import SECOND
from app.domain.errors import ErrorCode
from app.domain.money import Money
from app.domain.past import Past
from app.domain.records import Status
from tests.actions.histories import History, costly
from tests.actions.looking import refusal
from tests.actions.taking import send
from tests.market import (
    Market,
    by,
    confirmed,
    drafted,
    new_account,
    open_market,
    order_row,
    paid,
    submitted,
    transfer,
)
from tests.means import START, TestMeans
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
            stuck: set[UUID] = set()
            while (await settle_due(market.means, passed_over=stuck)).due:
                assert not stuck
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


async def test_a_flag_is_told_from_its_second_on(market: Market) -> None:
    """SHP-3, section 14: not overdue until the last good second is over, also if nobody looked for days."""
    order_id = await paid(market)
    async with market.means.engine.connect() as connection:
        rows = (await connection.execute(DEADLINES, {"order": order_id})).all()
    due = next(row.due_at for row in rows if row.kind == "DISPATCH")
    market.means.time.step(days=60)
    for at, overdue in ((due, False), (due + SECOND - MICROSECOND, False), (due + SECOND, True)):
        past = await look(market, order_id, at)
        assert (past.overdue_since is not None) is overdue
        (dispatch,) = [row for row in past.deadlines or () if row.kind == "DISPATCH"]
        assert (dispatch.due_at, dispatch.status) == (due, "LAPSED" if overdue else "RUNNING")
    before = await was(market, order_id)
    await settle_due(market.means)
    assert (await look(market, order_id, due + SECOND)).overdue_since == due
    assert before.overdue_since is None
    assert (await was(market, order_id)).overdue_since == due


async def test_a_moved_deadline_is_told_as_it_was(market: Market) -> None:
    """ORD-10: before the amendment the old term and its flag, after it the new one, and late dispatch as such."""
    order_id = await paid(market)
    market.means.time.step(days=20)
    late = market.means.clock.now()
    seller, buyer = by(market.seller.owner), by(market.buyer)
    await fulfilment.propose_amendment(market.means, seller, order_id, {"dispatch_days": 60}, None)
    market.means.time.step(hours=1)
    await fulfilment.answer_amendment(market.means, buyer, order_id, True)
    moved = market.means.clock.now()
    old, new = (await look(market, order_id, late)), (await look(market, order_id, moved))
    assert old.overdue_since is not None
    assert new.overdue_since is None
    clocks = [
        [(row.due_at, str(row.status)) for row in past.deadlines or () if row.kind == "DISPATCH"] for past in (old, new)
    ]
    assert clocks[0] == [(old.overdue_since, "LAPSED")]
    assert [status for _, status in clocks[1]] == ["MOVED", "RUNNING"]
    assert clocks[1][1][0] > moved


async def test_what_can_be_asked(market: Market) -> None:
    """Instants to come and before the beginning are refused, and to a stranger there is no order."""
    order_id = await submitted(market)
    now = market.means.clock.now()
    future = await refusal(look(market, order_id, now + MICROSECOND, market.buyer))
    assert (future.code, future.field) == (ErrorCode.OUT_OF_RANGE, ("at",))
    early = await refusal(look(market, order_id, START - timedelta(days=1), market.buyer))
    assert (early.code, early.field) == (ErrorCode.OUT_OF_RANGE, ("at",))
    stranger = await refusal(look(market, order_id, now, await new_account(market.means)))
    assert (stranger.code, stranger.field) == (ErrorCode.NOT_FOUND, ("orderId",))
    missing = await refusal(look(market, UUID(int=7), now))
    assert missing.code is ErrorCode.NOT_FOUND


async def test_the_other_side_s_draft_stays_hidden(market: Market) -> None:
    """Section 13: that an order is seen now opens none of the time in which it was, or became again, a draft."""
    order_id = await drafted(market)
    draft = market.means.clock.now()
    market.means.time.step(hours=1)
    await orders.submit(market.means, by(market.seller.owner), order_id)
    offered = market.means.clock.now()
    market.means.time.step(hours=1)
    await orders.revise(market.means, by(market.seller.owner), order_id)
    again = market.means.clock.now()
    market.means.time.step(hours=1)
    await orders.submit(market.means, by(market.seller.owner), order_id)
    for at in (draft, again):
        hidden = await refusal(look(market, order_id, at, market.buyer))
        assert (hidden.code, hidden.field) == (ErrorCode.NOT_FOUND, ("at",))
        assert (await look(market, order_id, at, market.seller.owner)).status is Status.DRAFT
        assert (await look(market, order_id, at)).status is Status.DRAFT
    seen = await look(market, order_id, offered, market.buyer)
    assert (seen.status, seen.awaiting, seen.total) == (Status.PENDING_CONFIRMATION, "BUYER", Money(551_23, "USD"))


async def test_the_funds_of_every_step(market: Market) -> None:
    """PAY-1: at each instant what the ledger had moved by then, and nothing of what came later."""
    order_id = await confirmed(market)
    unpaid = market.means.clock.now()
    market.means.time.step(hours=1)
    receipt_id = await transfer(market, order_id, 600_00)
    landed = market.means.clock.now()
    market.means.time.step(hours=1)
    await payments.associate(market.means, by(market.seller.finance), order_id, receipt_id)
    counted = market.means.clock.now()
    market.means.time.step(hours=1)
    await payments.refund_held(market.means, by(market.operator), order_id, receipt_id)
    market.means.time.step(hours=1)
    await send(market, order_id)
    await fulfilment.confirm_receipt(market.means, by(market.buyer), order_id)
    done = market.means.clock.now()
    sums = [(await look(market, order_id, at)).sums for at in (unpaid, landed, counted, done)]
    assert [(each.received, each.released, each.fee_charged) for each in sums] == [
        (0, 0, 0),
        (0, 0, 0),
        (551_23, 0, 0),
        (551_23, 551_23, 11_02),
    ]
