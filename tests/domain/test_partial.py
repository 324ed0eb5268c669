"""Records held in part: what was not loaded is never taken for nothing."""

from dataclasses import replace

import pytest

from app.domain import clockwork
from app.domain.conditions import State
from app.domain.lifecycle import Who
from app.domain.partial import NotLoaded, changed, holds, part_of
from app.domain.records import Order
from app.domain.trade import Trade
from tests.domain.build import START, act, at_state, paid
from tests.domain.named import by_name


def test_what_is_not_held_cannot_be_read() -> None:
    """Neither a collection nor a column reads as its default, however one asks."""
    part = part_of(Trade, {"items": (), "order": part_of(Order, {"version": 3})})
    assert (part.items, part.order.version) == ((), 3)
    for lacking in (
        lambda: part.waivers,
        lambda: part.waiver,
        lambda: part.registered_buyer,
        lambda: part.put("waivers"),
        lambda: part.order.overdue_at,
        lambda: hasattr(part, "claims"),
        lambda: replace(part.order, version=4),
        lambda: part.order == part_of(Order, {"version": 3}),
    ):
        with pytest.raises(NotLoaded):
            lacking()
    with pytest.raises(AttributeError):
        part.order.colour  # type: ignore[attr-defined]  # noqa: B018


def test_what_is_changed_is_held_from_then_on() -> None:
    """A column may be set without having been read; only those there are."""
    part = part_of(Order, {"version": 3})
    after = changed(part, {"version": 4, "penalty_points": 0})
    assert (part.version, after.version, after.penalty_points) == (3, 4, 0)
    assert holds(after, "penalty_points")
    assert not holds(part, "penalty_points")
    with pytest.raises(TypeError, match="colour"):
        changed(part, {"colour": 1})


def test_a_whole_record_is_as_any_other() -> None:
    """Equal where its fields are equal, and copied field by field or at once."""
    order = paid().order
    assert changed(order, {"version": 9}) == replace(order, version=9) != order
    assert order.overdue_at is None


@pytest.mark.parametrize("state", State)
def test_nothing_is_loaded_for_what_is_not_due(state: State) -> None:
    """An order whose clocks all run on is judged by them alone."""
    trade = at_state(state)
    assert clockwork.facts_for(trade.deadlines, trade.order.id, START) == frozenset()
    part = by_name(trade, START)
    assert clockwork.settle(part, act(Who.TIME)) is part
