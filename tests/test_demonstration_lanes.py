"""The lanes of the demonstration: how many there are and over what they spread, and a quote by each of them."""

import pytest

from app.demonstration.lanes import COURIERS, OWN, PLATFORM, TEMPLATES, Sheet
from app.domain import lane_book
from app.domain.freight import Parcel, choices, lane_price
from app.domain.goods import CargoClass, Lane, LaneProvider, TransitUnit
from app.domain.lifecycle import Who
from app.domain.policy import TransportMode
from tests.domain.build import POLICY, SELLER, START, act
from tests.domain.sent import agreed, product

LANES = (*PLATFORM, *COURIERS, *OWN)


def made(sheet: Sheet) -> Lane:
    """The lane as the demonstration makes it."""
    seller_id = SELLER.id if sheet.provider is LaneProvider.SELLER_OWN else None
    return lane_book.create(sheet.provider, seller_id, act(Who.OPERATOR), sheet.patch, demonstration=True)


def test_what_they_spread_over() -> None:
    """DLV-1: 32 guaranteed lanes of the platform, three guaranteed couriers, some of a seller's own."""
    lanes = [made(sheet) for sheet in LANES]
    guaranteed = [lane for lane in lanes if lane.guaranteed]
    assert [lane.provider for lane in guaranteed].count(LaneProvider.PLATFORM) >= 32
    assert {lane.carrier for lane in guaranteed if lane.provider is LaneProvider.COURIER} == {"DHL", "FedEx", "UPS"}
    assert any(lane.provider is LaneProvider.SELLER_OWN for lane in lanes)
    platform = [lane for lane in lanes if lane.provider is LaneProvider.PLATFORM]
    assert len({country for lane in platform for country in lane.destinations}) >= 10
    assert set(POLICY.core_countries) <= {country for lane in platform for country in lane.destinations}
    assert {lane.cargo_class for lane in platform} == set(CargoClass)
    assert {lane.mode for lane in lanes} == set(TransportMode)
    assert {lane.unit for lane in platform} == set(TransitUnit)
    assert any(lane.recommended for lane in platform)
    assert all(lane.demonstration for lane in lanes)
    assert len({sheet.name for sheet in LANES}) == len(LANES)
    assert {name for names, _ in TEMPLATES.values() for name in names} <= {sheet.name for sheet in LANES}


@pytest.mark.parametrize("sheet", LANES, ids=lambda sheet: sheet.name)
def test_a_quote_by_each(sheet: Sheet) -> None:
    """DLV-2, DLV-3: quoted to each of its countries; by a guaranteed one with one date, by the others with a window."""
    lane = made(sheet)
    for country in lane.destinations:
        parcel = Parcel(country, frozenset({lane.cargo_class}), 2_500, POLICY.calendar.days_after(START, 3))
        (choice,) = choices([lane], parcel, POLICY, START, enrolled=True, ready=True)
        assert choice.price == lane_price(lane, 2_500) == lane.base_price + 3 * lane.kilo_price
        assert choice.earliest < choice.latest
        assert (choice.guaranteed_by is not None) is lane.guaranteed


@pytest.mark.parametrize("sheet", LANES, ids=lambda sheet: sheet.name)
def test_an_order_by_each(sheet: Sheet) -> None:
    """DLV-3: an order of ready goods by each lane; guaranteed unless the lane is the seller's own."""
    lane = made(sheet)
    goods = product(cargo_class=lane.cargo_class)
    trade = agreed(lane, goods, country=lane.destinations[0])
    assert trade.order.delivery_guaranteed is lane.guaranteed
    assert (trade.order.transit_min, trade.order.transit_max) == (lane.min_days, lane.max_days)
