"""Lanes and freight templates as they are written (DLV-1)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from app.domain import lane_book
from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import Lane, LaneProvider
from app.domain.lifecycle import Who
from tests.domain.build import MINT, SELLER, START, act

WHOLE: dict[str, Any] = {
    "name": "Ningbo – Oakland",
    "carrier": "Pacific Line",
    "origin": "Ningbo",
    "destinations": ("US", "CA"),
    "min_days": 5,
    "max_days": 7,
    "base_price": 12_00,
    "kilo_price": 3_50,
}


def refused(do: Callable[[], object]) -> Refusal:
    """The refusal with which it must end."""
    with pytest.raises(Refusal) as found:
        do()
    return found.value


def lane(provider: LaneProvider = LaneProvider.PLATFORM, seller_id: UUID | None = None, **parts: Any) -> Lane:
    """A lane as somebody writes it."""
    return lane_book.create(provider, seller_id, act(Who.OPERATOR), WHOLE | parts)


@pytest.mark.parametrize("promise", ["guaranteed", "recommended"])
def test_a_sellers_own_lane_is_neither_guaranteed_nor_recommended(promise: str) -> None:
    """DLV-1: what stands behind a guarantee is run by the platform or a courier."""
    parts: dict[str, Any] = {promise: True}
    own = refused(lambda: lane(LaneProvider.SELLER_OWN, SELLER.id, **parts))
    assert (own.code, own.field) == (ErrorCode.INVALID, (promise,))
    assert getattr(lane(LaneProvider.COURIER, **parts), promise)
    assert not getattr(lane(LaneProvider.SELLER_OWN, SELLER.id), promise)


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"min_days": 8}, "maxDays"),
        ({"min_days": -1}, "maxDays"),
        ({"max_days": 181}, "maxDays"),
        ({"destinations": ()}, "destinations"),
        ({"base_price": -1}, "basePrice"),
        ({"kilo_price": -1}, "kiloPrice"),
    ],
)
def test_what_no_lane_can_be(parts: dict[str, Any], field: str) -> None:
    """DLV-1: its least is not more than its most, it goes somewhere, and its prices are not negative."""
    assert refused(lambda: lane(**parts)).field == (field,)
    assert lane(min_days=7).min_days == lane(max_days=5).max_days + 2


def test_a_retired_lane_is_written_no_more() -> None:
    """DLV-1: retired once and for all; a new lane takes its place."""
    gone = lane_book.retire(lane(), act(Who.OPERATOR))
    assert gone.retired_at == START
    assert lane_book.retire(gone, act(Who.OPERATOR)) is gone
    assert refused(lambda: lane_book.change(gone, {"max_days": 9})).code is ErrorCode.LANE_NOT_OFFERED


def test_a_template_holds_lanes_that_are_run_for_its_seller() -> None:
    """DLV-1: the platform's, the couriers' and the seller's own; each other one is named."""
    usable, alien = MINT.id(), MINT.id()
    lane_book.check_lanes([usable], {usable})
    refusal = refused(lambda: lane_book.check_lanes([usable, alien], {usable}))
    assert (refusal.code, refusal.params) == (ErrorCode.LANE_NOT_OFFERED, {"unknown": f"lan_{alien.hex}"})
