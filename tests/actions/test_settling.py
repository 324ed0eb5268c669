"""Time on the real database: first settle, then act (section 16)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import fulfilment, orders, payments, settling
from app.domain.access import By
from app.domain.conditions import State
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.lifecycle import Step, Who
from app.domain.records import Status
from tests.actions.looking import look
from tests.actions.taking import REACH, deposited, land, sent
from tests.domain.book import BOOK
from tests.market import Market, by, event_rows, open_market, order_row
from tests.means import TestMeans

DEPOSIT, TOTAL = 165_37, 551_23


@pytest.mark.parametrize("state", State)
async def test_time_acts_in_its_cells_only(fresh_engine: AsyncEngine, state: State) -> None:
    """Section 16: after half a year of nobody doing anything, the sweep raised overdue or received, or did neither."""
    market = await open_market(TestMeans(fresh_engine))
    order_id = await REACH[state](market)
    before = await look(market, order_id)
    market.means.time.step(days=180)
    await settling.settle_due(market.means)
    kinds = {event["kind"] for event in await event_rows(market.means, order_id)}
    assert (EventKind.OVERDUE_RAISED in kinds) == (state in BOOK[Step.RAISE_OVERDUE])
    assert (EventKind.RECEIVED_AUTOMATICALLY in kinds) == (state in BOOK[Step.RECEIVE_AUTOMATICALLY])
    after = await look(market, order_id)
    received = BOOK[Step.RECEIVE_AUTOMATICALLY].get(state)
    assert {after.state} == (received.outcomes[Who.TIME] if received else {state})
    assert (EventKind.PROTECTION_ENDED in kinds) == (State.COMPLETED in (state, after.state))
    if not kinds & {EventKind.OVERDUE_RAISED, EventKind.RECEIVED_AUTOMATICALLY, EventKind.PROTECTION_ENDED}:
        assert after == before


async def test_a_refused_step_leaves_what_had_run_out_settled(market: Market) -> None:
    """Section 16: the buyer's receipt of goods that never left is refused, and the order is overdue by then."""
    order_id = await deposited(market)
    before = await order_row(market.means, order_id)
    market.means.time.step(days=9)
    with pytest.raises(Refusal) as refused:
        await fulfilment.confirm_receipt(market.means, by(market.buyer), order_id)
    assert refused.value.code is ErrorCode.STEP_NOT_ALLOWED
    after = await order_row(market.means, order_id)
    assert before["overdue_at"] is None
    assert after["overdue_at"] is not None
    (raised,) = await event_rows(market.means, order_id, EventKind.OVERDUE_RAISED)
    assert raised["version"] == after["version"]
    assert raised["detected_at"] == market.means.time.at


async def test_a_step_after_automatic_receipt_is_judged_as_completed(market: Market) -> None:
    """Section 16: whoever comes first after the lapse, nobody having swept, finds the order completed and paid out."""
    order_id = await sent(market)
    market.means.time.step(days=16)
    with pytest.raises(Refusal) as refused:
        await fulfilment.confirm_receipt(market.means, by(market.buyer), order_id)
    assert (refused.value.code, refused.value.params["state"]) == (ErrorCode.STEP_NOT_ALLOWED, State.COMPLETED)
    order = await order_row(market.means, order_id)
    assert (order["status"], order["received_by"], order["released"]) == (Status.COMPLETED, By.TIME, DEPOSIT)
    await fulfilment.review(market.means, by(market.buyer), order_id, 5, 5, 5, None)
    # money that comes now is released at once
    receipt_id = await land(market, order_id, TOTAL - DEPOSIT)
    await payments.associate(market.means, by(market.seller.finance), order_id, receipt_id)
    assert (await order_row(market.means, order_id))["released"] == TOTAL


async def test_a_lapse_is_told_once_however_often_one_looks(market: Market) -> None:
    """SHP-3: refused steps and a sweep after them find the order overdue already."""
    order_id = await deposited(market)
    market.means.time.step(days=9)
    for _ in range(3):
        with pytest.raises(Refusal):
            await orders.confirm(market.means, by(market.buyer), order_id)
    assert len(await event_rows(market.means, order_id, EventKind.OVERDUE_RAISED)) == 1


def _id(number: int) -> UUID:
    return UUID(int=number)


def numbers(settle: Callable[[int], int], write: Callable[[int], Awaitable[None]]) -> settling.Timed[int]:
    """Two numbers that are due, in the place of orders, and parts of one."""

    async def lock_due(*_: object) -> list[UUID]:
        return [_id(1), _id(2)]

    async def load(*_: object) -> list[int]:
        return [1, 2]

    async def written(_: Any, decided: list[tuple[int, int]]) -> None:
        await write(decided[0][0])

    return settling.Timed(
        "number", lock_due, load, lambda number, _: settle(number), written, _id, lambda *_: timedelta()
    )


async def test_a_part_is_decided_while_the_one_before_is_written(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is written no sooner than the second is decided, which must not wait for it."""
    monkeypatch.setattr(settling, "PART", 1)
    second, written = asyncio.Event(), list[int]()

    def settle(number: int) -> int:
        if number == 2:
            second.set()
        return -number

    async def write(number: int) -> None:
        async with asyncio.timeout(20):
            await second.wait()
        written.append(number)

    batch = await settling.settle_batch(market.means, numbers(settle, write), 10)
    assert (batch.due, batch.settled, written) == (2, 2, [1, 2])


async def test_nothing_is_written_any_more_once_the_sweep_has_ended(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep that is stopped in the middle of a part ends its writing before it lets the connection go."""
    monkeypatch.setattr(settling, "PART", 1)
    begun, ended = asyncio.Event(), asyncio.Event()

    async def write(_: int) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    sweeping = asyncio.create_task(settling.settle_batch(market.means, numbers(lambda number: -number, write), 10))
    async with asyncio.timeout(20):
        await begun.wait()
    sweeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sweeping
    assert ended.is_set()
