"""Freight (DLV-1 to DLV-4): what a lane costs, how long it takes, and what a buyer is quoted for a destination."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum, unique
from fractions import Fraction
from math import ceil

from app.domain.calendar import Calendar, plus_business_days
from app.domain.goods import CargoClass, Lane, Product, TransitUnit
from app.domain.policy import Policy

GRAMS_PER_KILOGRAM = 1_000


@unique
class DeliveryCondition(StrEnum):
    """A condition of the on-time delivery guarantee (DLV-3)."""

    SELLER_ENROLLED = "SELLER_ENROLLED"
    READY_TO_SHIP = "READY_TO_SHIP"
    LANE_GUARANTEED = "LANE_GUARANTEED"
    PROMISE_NEAR = "PROMISE_NEAR"
    SELF_OPERATED_EXPORT = "SELF_OPERATED_EXPORT"


def lane_price(lane: Lane, grams: int) -> int:
    """What a lane costs in USD cents: its base price, and its kilogram's price for each kilogram begun (DLV-1)."""
    return lane.base_price + lane.kilo_price * -(-grams // GRAMS_PER_KILOGRAM)


def weight(goods: Iterable[tuple[Product, Decimal]]) -> int:
    """What goods weigh together, in grams begun."""
    return ceil(sum(Fraction(quantity) * product.unit_grams for product, quantity in goods))


def arrival(left: date, days: int, unit: TransitUnit) -> date:
    """The date on which goods that left on a date arrive after so many days of transit (DLV-1)."""
    return plus_business_days(left, days) if unit is TransitUnit.BUSINESS_DAYS else left + timedelta(days=days)


def promised(calendar: Calendar, dispatch_due: datetime, days: int, unit: TransitUnit) -> datetime:
    """The promise: the date of the dispatch deadline and the lane's maximum, end of day (DLV-4)."""
    return calendar.end_of(arrival(calendar.date_of(dispatch_due), days, unit))


def covers(lane: Lane, country: str | None, classes: Iterable[CargoClass]) -> bool:
    """Whether a lane that is still run goes to a country and takes all of these goods (DLV-1)."""
    taken = all(each is lane.cargo_class for each in classes)
    return lane.retired_at is None and country in lane.destinations and taken


def unmet(
    policy: Policy,
    lane: Lane | None,
    country: str | None,
    classes: Iterable[CargoClass],
    dispatch_due: datetime,
    now: datetime,
    *,
    enrolled: bool,
    ready: bool,
    export_fits: bool = True,
) -> tuple[DeliveryCondition, ...]:
    """The conditions of DLV-3 that fail; none: the delivery is guaranteed."""
    held = {
        DeliveryCondition.SELLER_ENROLLED: enrolled,
        DeliveryCondition.READY_TO_SHIP: ready,
        DeliveryCondition.LANE_GUARANTEED: lane is not None and lane.guaranteed and covers(lane, country, classes),
        DeliveryCondition.PROMISE_NEAR: lane is None or _near(policy, lane, dispatch_due, now),
        DeliveryCondition.SELF_OPERATED_EXPORT: export_fits,
    }
    return tuple(condition for condition, holds in held.items() if not holds)


def _near(policy: Policy, lane: Lane, dispatch_due: datetime, now: datetime) -> bool:
    """Whether the promised date lies ahead, and not further than a promise may reach (DLV-3)."""
    calendar = policy.calendar
    latest = calendar.date_of(promised(calendar, dispatch_due, lane.max_days, lane.unit))
    return 0 <= (latest - calendar.date_of(now)).days <= policy.promise_days_most


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to be sent: to which country, of which classes, how heavy, from the date of which dispatch deadline."""

    country: str
    classes: frozenset[CargoClass]
    grams: int
    dispatch_due: datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """A lane on offer for a parcel: its price in USD cents, and a window, or one date by which delivery is promised."""

    lane: Lane
    price: int
    earliest: date
    latest: date
    failed: tuple[DeliveryCondition, ...]
    guaranteed_by: datetime | None


def choices(
    lanes: Iterable[Lane], parcel: Parcel, policy: Policy, now: datetime, *, enrolled: bool, ready: bool
) -> tuple[Choice, ...]:
    """Every lane for a parcel, cheapest first; among equals the sooner one (DLV-2)."""
    found = [
        _choice(lane, parcel, policy, now, enrolled, ready)
        for lane in lanes
        if covers(lane, parcel.country, parcel.classes)
    ]
    return tuple(sorted(found, key=lambda choice: (choice.price, choice.latest, choice.lane.id)))


def _choice(lane: Lane, parcel: Parcel, policy: Policy, now: datetime, enrolled: bool, ready: bool) -> Choice:
    left = policy.calendar.date_of(parcel.dispatch_due)
    failed = unmet(
        policy, lane, parcel.country, parcel.classes, parcel.dispatch_due, now, enrolled=enrolled, ready=ready
    )
    latest = arrival(left, lane.max_days, lane.unit)
    return Choice(
        lane=lane,
        price=lane_price(lane, parcel.grams),
        earliest=arrival(left, lane.min_days, lane.unit),
        latest=latest,
        failed=failed,
        guaranteed_by=None if failed else policy.calendar.end_of(latest),
    )


def default_choice(offered: Iterable[Choice]) -> Choice | None:
    """The lane unless the buyer says otherwise: the cheapest guaranteed one; without any, the cheapest (DLV-2)."""
    known = tuple(offered)
    return next((choice for choice in known if choice.guaranteed_by is not None), known[0] if known else None)
