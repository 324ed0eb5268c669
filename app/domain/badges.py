"""A product's badges (ENR-5): what the seller's enrolment promises of it, and why it promises something not."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class Badge(StrEnum):
    """A promise shown beside a product (ENR-5)."""

    ON_TIME_DISPATCH = "ON_TIME_DISPATCH"
    ON_TIME_DELIVERY = "ON_TIME_DELIVERY"


@unique
class BadgeReason(StrEnum):
    """Why a product lacks a badge (ENR-5)."""

    SELLER_NOT_ENROLLED = "SELLER_NOT_ENROLLED"
    NOT_READY_TO_SHIP = "NOT_READY_TO_SHIP"
    NO_GUARANTEED_LANE = "NO_GUARANTEED_LANE"


@dataclass(frozen=True, slots=True)
class BadgeState:
    """Whether a product has a badge, and all that it lacks for it."""

    badge: Badge
    missing: tuple[BadgeReason, ...]


def badges(enrolled: bool, ready_to_ship: bool, guaranteed_lanes: int) -> Sequence[BadgeState]:
    """Both badges: on-time dispatch by the seller's enrolment, on-time delivery by what it takes beside it (ENR-5)."""
    dispatch: tuple[BadgeReason, ...] = () if enrolled else (BadgeReason.SELLER_NOT_ENROLLED,)
    delivery = dispatch
    if not ready_to_ship:
        delivery += (BadgeReason.NOT_READY_TO_SHIP,)
    if guaranteed_lanes == 0:
        delivery += (BadgeReason.NO_GUARANTEED_LANE,)
    return BadgeState(Badge.ON_TIME_DISPATCH, dispatch), BadgeState(Badge.ON_TIME_DELIVERY, delivery)
