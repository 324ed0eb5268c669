"""A step that names its facts is judged by them alone: it comes out as by the whole order, or is taken by that."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

import pytest

from app.actions import desk, orders, payments, work
from app.db.trades import Asked, loading
from app.domain import notes
from app.domain.errors import ErrorCode, Refusal
from app.domain.funds import Arrival
from app.domain.policy import PaymentMethod
from tests import market as made
from tests.market import Market, by, event_rows, order_row

Doing = Callable[[Market, UUID], Awaitable[object]]
# What is each order's own
OWN = {"id", "number", "link", "entry_hash", "created_at", "updated_at", "submitted_at", "confirmed_at"}


async def refer(market: Market, order_id: UUID) -> None:
    """Keep a reference."""
    await orders.set_reference(market.means, by(market.seller.owner), order_id, "PO 1")


async def assign(market: Market, order_id: UUID) -> None:
    """Give it to a salesperson."""
    await orders.assign(market.means, by(market.seller.owner), order_id, market.seller.sales.account_id)


async def assign_wrongly(market: Market, order_id: UUID) -> None:
    """Give it to nobody of the company."""
    with pytest.raises(Refusal) as refused:
        await orders.assign(market.means, by(market.seller.owner), order_id, market.buyer.account_id)
    assert refused.value.code is ErrorCode.NOT_FOUND


async def note(market: Market, order_id: UUID) -> None:
    """Write two notes."""
    for text in ("Calls on Mondays.", "Wants samples."):
        await desk.add_note(market.means, by(market.seller.sales), order_id, text)


async def land(market: Market, order_id: UUID) -> None:
    """Record two transfers, the first of them twice."""
    now = market.means.clock.now()
    for reference in (f"{order_id.hex} 1", f"{order_id.hex} 1", f"{order_id.hex} 2"):
        arrival = Arrival(PaymentMethod.TT, "operator", reference, 500_00, "USD", None, now)
        await payments.arrive(market.means, by(market.operator), order_id, arrival)


async def land_elsewhere(market: Market, order_id: UUID) -> None:
    """Record a transfer in a currency that does not count."""
    now = market.means.clock.now()
    arrival = Arrival(PaymentMethod.TT, "operator", order_id.hex, 500_00, "EUR", None, now)
    await payments.arrive(market.means, by(market.operator), order_id, arrival)


ACTS: Mapping[str, Doing] = {
    "a reference": refer,
    "an assignment": assign,
    "a wrong assignment": assign_wrongly,
    "notes": note,
    "transfers": land,
    "a transfer of other money": land_elsewhere,
}


async def outcome(market: Market, act: Doing) -> tuple[Any, ...]:
    """What an act makes of an agreed order."""
    order_id = await made.confirmed(market)
    await act(market, order_id)
    row = await order_row(market.means, order_id)
    told = [(event["kind"], event["version"], event["by"]) for event in await event_rows(market.means, order_id)]
    return {name: value for name, value in dict(row).items() if name not in OWN}, told


@pytest.mark.parametrize("name", ACTS)
async def test_a_step_comes_out_the_same_by_the_facts_it_names(
    market: Market, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """They suffice: no step is taken twice."""
    act = ACTS[name]
    with caplog.at_level(logging.WARNING, work.__name__):
        named = await outcome(market, act)
    assert "judged by the whole order" not in caplog.text

    async def nothing(*_: object) -> None:
        """Every order is loaded whole."""

    monkeypatch.setattr(loading, "load_named", nothing)
    assert await outcome(market, act) == named


async def test_a_step_that_names_too_little_is_judged_by_all(market: Market, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is judged by what was not loaded, and the log says what was lacking."""
    order_id = await made.confirmed(market)
    with caplog.at_level(logging.WARNING, work.__name__):
        await work.on_order(
            market.means,
            by(market.seller.owner),
            order_id,
            lambda trade, act: notes.add(trade, act, "Calls on Mondays."),
            asked=Asked(facts=frozenset()),
        )
    assert "notes of this Trade was not loaded" in caplog.text
    assert len(await event_rows(market.means, order_id, "NOTE_ADDED")) == 1


async def test_what_has_run_out_is_settled_before_a_step_that_names_its_facts(market: Market) -> None:
    """First settle, then act: the lapse is judged by more than the step is."""
    order_id = await made.paid(market)
    market.means.time.step(days=60)
    await refer(market, order_id)
    kinds = [event["kind"] for event in await event_rows(market.means, order_id)]
    assert kinds.index("OVERDUE_RAISED") < kinds.index("SELLER_REFERENCE_SET") == len(kinds) - 1
