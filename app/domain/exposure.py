"""What a seller may still have to pay for: coupons at their expense that nobody has used yet, by expiry day (COU-4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from app.domain.calendar import Calendar, in_time
from app.domain.remedies import CouponStatus


@dataclass(frozen=True, slots=True)
class Bundle:
    """Coupons that stand alike and end at one instant: how many, and what they are worth in minor units."""

    expires_at: datetime
    status: CouponStatus
    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class Sum:
    """How many coupons, and what they are worth together."""

    count: int = 0
    amount: int = 0

    def plus(self, bundle: Bundle) -> "Sum":
        """The sum with a bundle more."""
        return Sum(self.count + bundle.count, self.amount + bundle.amount)


@dataclass(frozen=True, slots=True)
class Exposure:
    """All that may still be used, what of it is applied to an order already, and the rest by the day it ends."""

    total: Sum
    reserved: Sum
    by_day: tuple[tuple[date, Sum], ...]


def exposure(bundles: Iterable[Bundle], calendar: Calendar, now: datetime) -> Exposure:
    """The exposure at an instant: what is reserved in time does not expire, anything else does (section 14)."""
    total, reserved, days = Sum(), Sum(), dict[date, Sum]()
    for bundle in bundles:
        if bundle.status is CouponStatus.RESERVED:
            reserved = reserved.plus(bundle)
        elif bundle.status is CouponStatus.AVAILABLE and in_time(now, bundle.expires_at):
            day = calendar.date_of(bundle.expires_at)
            days[day] = days.get(day, Sum()).plus(bundle)
        else:
            continue
        total = total.plus(bundle)
    return Exposure(total, reserved, tuple(sorted(days.items())))
