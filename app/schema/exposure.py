"""What a seller may still have to pay for unused coupons, as clients see it: sums by day, never a coupon."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import strawberry
from sqlalchemy import BigInteger, ColumnElement, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from app.db import tables as t
from app.domain import exposure
from app.domain.calendar import Calendar
from app.domain.exposure import Bundle, Sum
from app.domain.money import Money as Amount
from app.domain.recoveries import CURRENCY
from app.domain.remedies import CouponStatus, Liability
from app.schema.money import Money, money_of


@strawberry.type(description="Coupons that end on one day, at the seller's expense if they are used until then.")
class ExposureDay:
    """Coupons that end on one day."""

    day: date = strawberry.field(description="The last day, on the platform's calendar, on which they can be applied.")
    count: int = strawberry.field(description="How many they are.")
    amount: Money = strawberry.field(description="What they are worth together.")


@strawberry.type(description="What a seller may still have to pay for: coupons at their expense, issued and not used.")
class LiabilityExposure:
    """What a seller may still have to pay for."""

    count: int = strawberry.field(description="How many coupons can still be used, or are applied to an order.")
    amount: Money = strawberry.field(description="What they are worth together: the most that can be owed for them.")
    reserved_count: int = strawberry.field(description="How many of them are applied to an order that is not paid.")
    reserved: Money = strawberry.field(description="What these are worth together; they do not expire.")
    by_day: list[ExposureDay] = strawberry.field(description="The others, by the day on which they end.")


def _money(sum_: Sum) -> Money:
    return money_of(Amount(sum_.amount, CURRENCY))


def liability_exposure(bundles: list[Any], policy: Mapping[str, Any] | None, now: datetime) -> LiabilityExposure:
    """The exposure as of now, whether or not a sweep has come by."""
    zone = policy["zone"] if policy else "UTC"
    found = exposure.exposure(map(_bundle, bundles), Calendar(zone), now)
    return LiabilityExposure(
        count=found.total.count,
        amount=_money(found.total),
        reserved_count=found.reserved.count,
        reserved=_money(found.reserved),
        by_day=[ExposureDay(day=day, count=each.count, amount=_money(each)) for day, each in found.by_day],
    )


def _bundle(row: Mapping[str, Any]) -> Bundle:
    ends = datetime.fromtimestamp(row["ends"], UTC)
    return Bundle(ends, CouponStatus(row["status"]), row["count"], row["amount"])


def _bundles() -> ColumnElement[list[Any]]:
    """The seller's unused coupons, as many rows as days on which some end; an index holds no others."""
    c = t.coupons.c
    unused = c.status.in_([CouponStatus.AVAILABLE.value, CouponStatus.RESERVED.value])
    alike = (
        select(
            func.jsonb_build_object(
                *("ends", cast(func.extract("epoch", c.expires_at), BigInteger), "status", c.status),
                *("count", func.count(), "amount", cast(func.sum(c.amount), BigInteger)),
            )
        )
        .where(c.seller_id == t.sellers.c.id, c.liability == Liability.SELLER.value, unused)
        .group_by(c.expires_at, c.status)
        .order_by(c.expires_at)
    )
    return func.to_jsonb(func.array(alike.scalar_subquery()), type_=JSONB)


BUNDLES = _bundles()
