"""Platform coupons and what late sellers owe for them, as clients see them (COU-2, COU-5)."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, and_, false, not_, or_, true
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain.access import SELLER_FINANCE, Role
from app.domain.calendar import SECOND, in_time
from app.domain.remedies import CouponStatus, RecoveryCause, RecoveryStatus
from app.reads import Node, as_enum, column, computed, many, one, public_id
from app.reads.visibility import Standing
from app.schema.money import Money, money

if TYPE_CHECKING:
    from app.schema.order import Order

TheOrder = Annotated["Order", strawberry.lazy("app.schema.order")]


def own_coupons(standing: Standing) -> ColumnElement[bool]:
    """A coupon is seen by its owner and by operators (section 13)."""
    if standing.role is None or not standing.reads:
        return false()
    if standing.role is Role.OPERATOR:
        return true()
    if standing.role is Role.BUYER:
        return t.coupons.c.buyer_id == standing.account_id
    return false()


def _status(status: CouponStatus, expires_at: datetime, now: datetime) -> CouponStatus:
    """The status as of now, whether or not a sweep has come by."""
    over = status is CouponStatus.AVAILABLE and not in_time(now, expires_at)
    return CouponStatus.EXPIRED if over else status


@reads.reads(t.coupons, prefix="cpn", visible=own_coupons)
class Coupon(Node):
    """A platform coupon: it compensates a broken promise and lowers what its owner pays for one later order."""

    id: ID = column(public_id("cpn", t.coupons.c.id), "The coupon's id.")
    status: CouponStatus = computed(
        _status,
        as_enum(CouponStatus, t.coupons.c.status),
        t.coupons.c.expires_at,
        reads.now,
        description="Where it stands.",
    )
    amount: Money = money(t.coupons.c.amount, t.coupons.c.currency, "What it is worth; what an order leaves is lost.")
    used: Money = money(t.coupons.c.used, t.coupons.c.currency, "What was paid with it.")
    issued_at: datetime = column(t.coupons.c.issued_at, "When it was issued.")
    expires_at: datetime = column(
        t.coupons.c.expires_at, "Until when it can be applied to an order: its last good second."
    )
    reserved_at: datetime | None = column(t.coupons.c.reserved_at, "When it was applied to an order.")
    used_at: datetime | None = column(t.coupons.c.used_at, "When it first paid for something.")
    order: TheOrder | None = one(t.orders.c.id == t.coupons.c.order_id, description="The order it compensates.")
    applied_to: TheOrder | None = one(
        t.orders.c.id == t.coupons.c.reserved_order_id, description="The order it is applied to."
    )


def own_recoveries(standing: Standing) -> ColumnElement[bool]:
    """What is owed is seen by the seller's owner and finance, and by operators (section 13)."""
    if standing.role not in SELLER_FINANCE or not standing.reads:
        return false()
    if standing.role is Role.OPERATOR:
        return true()
    return t.recoveries.c.seller_id == standing.seller_id


@reads.reads(t.collections, through=("Recovery", t.recoveries.c.id == t.collections.c.recovery_id))
class Collection:
    """A part of a recovery that was collected."""

    amount: Money = money(t.collections.c.amount, t.collections.c.currency, "How much.")
    at: datetime = column(t.collections.c.at, "When.")
    order: TheOrder | None = one(
        t.orders.c.id == t.collections.c.order_id,
        description="The seller's order at which it was collected; null: at a withdrawal.",
    )


@reads.reads(t.recoveries, prefix="rcv", visible=own_recoveries)
class Recovery(Node):
    """What a seller owes the platform for one cause. Where a coupon was used is not theirs to know."""

    id: ID = column(public_id("rcv", t.recoveries.c.id), "The recovery's id.")
    cause: RecoveryCause = column(as_enum(RecoveryCause, t.recoveries.c.cause), "Why it is owed.")
    status: RecoveryStatus = column(as_enum(RecoveryStatus, t.recoveries.c.status), "How much of it came back.")
    amount: Money = money(t.recoveries.c.amount, t.recoveries.c.currency, "What was owed.")
    collected: Money = money(t.recoveries.c.collected, t.recoveries.c.currency, "What was collected.")
    coupon_id: ID | None = column(
        public_id("cpn", t.recoveries.c.coupon_id), "The coupon that was used; null for another cause."
    )
    order: TheOrder | None = one(
        t.orders.c.id == t.recoveries.c.order_id, description="The seller's own order it comes from."
    )
    owed_at: datetime = column(t.recoveries.c.owed_at, "Since when it is owed: when the coupon was used.")
    reversed_at: datetime | None = column(t.recoveries.c.reversed_at, "When it was taken back.")
    collections: list[Collection] = many(
        t.collections.c.recovery_id == t.recoveries.c.id,
        t.collections.c.at,
        t.collections.c.id,
        description="What was collected, from where.",
    )


def narrow_coupons(
    status: Annotated[CouponStatus | None, strawberry.argument(description="Only those that stand so.")] = None,
) -> list[Any]:
    """Which coupons a list shows; one whose time is over counts as expired before a sweep has come by."""
    if status is None:
        return []
    c = t.coupons.c
    over = and_(c.status == CouponStatus.AVAILABLE.value, c.expires_at + SECOND <= reads.NOW)
    if status is CouponStatus.AVAILABLE:
        return [c.status == status.value, not_(over)]
    return [or_(c.status == status.value, over) if status is CouponStatus.EXPIRED else c.status == status.value]
