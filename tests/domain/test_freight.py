"""Freight: what lanes cost and how long they take, what a buyer is quoted, and which lane an order may name."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import drafts, freight, orders
from app.domain.calendar import plus_business_days
from app.domain.errors import ErrorCode, Refusal
from app.domain.freight import DeliveryCondition, Parcel, choices, default_choice, lane_price
from app.domain.goods import CargoClass, Lane, LaneProvider, TransitUnit
from app.domain.lifecycle import Who
from app.domain.policy import TransportMode
from app.domain.trade import Trade
from tests.domain.build import MINT, POLICY, SELLER, act
from tests.domain.sent import drafted, lane, product
from tests.domain.test_calendar import wall

PAID = wall("2022-07-11T10:00:00")
GENERAL = frozenset({CargoClass.GENERAL})
CALENDAR = POLICY.calendar


def parcel(**changes: Any) -> Parcel:
    """A kilogram for the United States, paid now and dispatched within 3 days."""
    return replace(Parcel("US", GENERAL, 1_000, CALENDAR.days_after(PAID, 3)), **changes)


def quoted(*lanes: Lane, enrolled: bool = True, ready: bool = True, **changes: Any) -> tuple[freight.Choice, ...]:
    """What is quoted for a parcel of an enrolled seller's ready goods."""
    return choices(lanes, parcel(**changes), POLICY, PAID, enrolled=enrolled, ready=ready)


# --- prices and transit -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grams", "price"), [(0, 12_00), (1, 15_50), (1_000, 15_50), (1_001, 19_00), (9_999, 47_00), (10_000, 47_00)]
)
def test_each_kilogram_begun_costs(grams: int, price: int) -> None:
    """DLV-1: the base price, and the kilogram's price for each kilogram begun."""
    assert lane_price(lane(), grams) == price


@pytest.mark.parametrize(
    ("left", "days", "arrives"),
    [
        ("2022-07-14", 0, "2022-07-14"),
        ("2022-07-14", 1, "2022-07-15"),
        ("2022-07-14", 2, "2022-07-18"),
        ("2022-07-14", 7, "2022-07-25"),
        ("2022-07-15", 1, "2022-07-18"),
        ("2022-07-16", 0, "2022-07-16"),
        ("2022-07-16", 1, "2022-07-18"),
        ("2022-07-17", 1, "2022-07-18"),
        ("2022-07-17", 5, "2022-07-22"),
        ("2024-02-28", 2, "2024-03-01"),
    ],
)
def test_business_days(left: str, days: int, arrives: str) -> None:
    """Section 14: business days are Monday to Friday; holidays are not known."""
    assert freight.arrival(date.fromisoformat(left), days, TransitUnit.BUSINESS_DAYS) == date.fromisoformat(arrives)
    ahead = date.fromisoformat(left) + timedelta(days=days)
    assert freight.arrival(date.fromisoformat(left), days, TransitUnit.CALENDAR_DAYS) == ahead


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(0, 120))
def test_business_days_one_by_one(left: date, days: int) -> None:
    """Section 14: however many, they are counted day by day, and a weekend is none of them."""
    counted = left
    for _ in range(days):
        counted += timedelta(days=1)
        while counted.isoweekday() > 5:
            counted += timedelta(days=1)
    assert plus_business_days(left, days) == counted


# --- quotes -----------------------------------------------------------------------------------------------------


def test_the_example_of_the_screen() -> None:
    """DLV-2: paid on Monday 2022-07-11 at 10:00, dispatched within 3 days, 5 to 7 business days: by 2022-07-25."""
    (choice,) = quoted(lane())
    assert choice.guaranteed_by == wall("2022-07-25T23:59:59")
    assert (choice.earliest, choice.latest) == (date(2022, 7, 21), date(2022, 7, 25))
    assert choice.failed == ()


def test_cheapest_first_and_a_guaranteed_one_by_default() -> None:
    """DLV-2: every lane, cheapest first, of equals the sooner; the default is the cheapest that is guaranteed."""
    own = lane(provider=LaneProvider.SELLER_OWN, seller_id=SELLER.id, guaranteed=False, base_price=1_00)
    slow, quick = lane(base_price=20_00, max_days=9), lane(base_price=20_00, max_days=6)
    dear = lane(base_price=90_00, max_days=5)
    offered = quoted(dear, slow, own, quick)
    assert [choice.lane for choice in offered] == [own, quick, slow, dear]
    assert offered[0].guaranteed_by is None
    assert offered[0].failed == (DeliveryCondition.LANE_GUARANTEED,)
    chosen = default_choice(offered)
    assert chosen is not None
    assert chosen.lane == quick
    unguaranteed = default_choice(quoted(dear, own, enrolled=False))
    assert unguaranteed is not None
    assert unguaranteed.lane == own
    assert default_choice(()) is None


@pytest.mark.parametrize(
    "other",
    [
        {"destinations": ("DE",)},
        {"cargo_class": CargoClass.BEAUTY},
        {"retired_at": PAID},
        {"destinations": ()},
    ],
)
def test_lanes_that_do_not_go_there_are_not_quoted(other: dict[str, Any]) -> None:
    """DLV-1, DLV-2: a lane is for its countries and its cargo class, while it is run."""
    assert quoted(lane(**other)) == ()


def test_goods_of_two_classes_have_no_common_lane() -> None:
    """DLV-1: a lane takes one cargo class; a parcel with two has none."""
    both = GENERAL | {CargoClass.BEAUTY}
    assert quoted(lane(), lane(cargo_class=CargoClass.BEAUTY), classes=both) == ()


@pytest.mark.parametrize(("days", "promised"), [(42, True), (43, False)])
def test_a_promise_reaches_45_days_ahead(days: int, promised: bool) -> None:
    """DLV-3: paid on the 11th and dispatched by the 14th, 42 days of transit are promised, 43 are not."""
    (choice,) = quoted(lane(min_days=1, max_days=days, unit=TransitUnit.CALENDAR_DAYS))
    assert (choice.guaranteed_by is not None) is promised
    assert choice.failed == (() if promised else (DeliveryCondition.PROMISE_NEAR,))


@pytest.mark.parametrize(
    ("due", "arrives"),
    [
        # the nights on which the clock goes forward and back lie in between: an end of day is what the wall shows
        ("2022-03-11T23:59:59", "2022-03-14T23:59:59"),
        ("2022-11-04T23:59:59", "2022-11-07T23:59:59"),
        ("2022-03-12T23:59:59", "2022-03-14T23:59:59"),
    ],
)
def test_promises_across_the_short_and_the_long_night(due: str, arrives: str) -> None:
    """DLV-4, section 14: the promised date ends at 23:59:59 on the platform's wall clock."""
    assert freight.promised(CALENDAR, wall(due), 1, TransitUnit.BUSINESS_DAYS) == wall(arrives)


def test_the_date_is_the_platforms_own() -> None:
    """DLV-4: the dispatch deadline's date is read on the platform's calendar, not in UTC."""
    late = wall("2022-07-14T23:59:59")
    assert late.date() == date(2022, 7, 15)
    assert freight.promised(CALENDAR, late, 0, TransitUnit.CALENDAR_DAYS) == late


# --- the lane of a contract -------------------------------------------------------------------------------------


def refused(trade: Trade) -> tuple[ErrorCode, tuple[str | int, ...]] | None:
    """Why the seller cannot submit it."""
    trade = drafts.match_buyer(trade, act(Who.OWNER))
    try:
        orders.submit(trade, act(Who.OWNER))
    except Refusal as refusal:
        return refusal.code, refusal.field
    return None


LANE_FIELD = (ErrorCode.LANE_NOT_OFFERED, ("contract", "laneId"))


def test_naming_a_lane_writes_what_it_is() -> None:
    """ORD-3: the lane's name, carrier and mode stand on the contract; other words take its place."""
    by = lane(mode=TransportMode.SEA)
    trade = drafted(by, product())
    order = trade.order
    assert (order.lane_id, order.lane, order.carrier, order.transport_mode) == (
        by.id,
        by.name,
        by.carrier,
        TransportMode.SEA,
    )
    same = drafts.edit(trade, act(Who.OWNER), {"lane": by.name})
    assert same.order.lane_id == by.id
    other = drafts.edit(trade, act(Who.OWNER), {"lane": "By our own truck"})
    assert (other.order.lane_id, other.lane, other.order.lane) == (None, None, "By our own truck")
    none = drafts.edit(trade, act(Who.OWNER), {"lane_id": None})
    assert (none.order.lane_id, none.lane) == (None, None)


@pytest.mark.parametrize(
    "other", [{"retired_at": PAID}, {"provider": LaneProvider.SELLER_OWN, "seller_id": MINT.id(), "guaranteed": False}]
)
def test_a_lane_that_is_not_on_offer_cannot_be_named(other: dict[str, Any]) -> None:
    """DLV-1: not one that is run no more, nor another seller's own, nor one that does not exist."""
    with pytest.raises(Refusal) as refusal:
        drafted(lane(**other), product())
    assert (refusal.value.code, refusal.value.field) == LANE_FIELD
    with pytest.raises(Refusal) as refusal:
        drafts.edit(drafted(lane(), product()), act(Who.OWNER), {"lane_id": MINT.id()})
    assert (refusal.value.code, refusal.value.field) == LANE_FIELD


def test_ready_goods_are_sent_by_a_lane_of_their_template() -> None:
    """DLV-3: a seller's draft of ready products names a lane of a template bound to each of them."""
    assert refused(drafted(lane(), product())) is None
    assert refused(drafted(lane(), product(), bound=False)) == LANE_FIELD
    by_words: dict[str, Any] = {"carrier": "DHL", "transport_mode": TransportMode.AIR}
    assert refused(drafted(None, product(), **by_words)) == LANE_FIELD
    made_to_order = product(ready_to_ship=False)
    assert refused(drafted(None, made_to_order, **by_words)) is None
    assert refused(drafted(lane(), made_to_order, bound=False)) is None


def test_a_lane_must_fit_goods_country_and_mode() -> None:
    """DLV-1: the lane goes to the destination, takes the cargo class, and its mode is the contract's."""
    assert refused(drafted(lane(destinations=("DE",)), product())) == LANE_FIELD
    assert refused(drafted(lane(cargo_class=CargoClass.BATTERY), product())) == LANE_FIELD
    by_sea = drafts.edit(drafted(lane(), product()), act(Who.OWNER), {"transport_mode": TransportMode.SEA})
    assert refused(by_sea) == (ErrorCode.LANE_NOT_OFFERED, ("contract", "transportMode"))
