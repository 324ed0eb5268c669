"""What time does to platform coupons."""

from uuid import UUID

from app.actions.settling import Batch, Timed, settle_batch
from app.actions.work import Means
from app.db import coupons as stored
from app.domain import coupons

COUPONS = Timed(
    "coupon",
    stored.lock_due,
    stored.load,
    coupons.settle,
    stored.write,
    lambda issued: issued.coupon.id,
    coupons.lag,
)


async def settle_due_coupons(means: Means, limit: int = 500, passed_over: set[UUID] | None = None) -> Batch:
    """Announce and expire the coupons whose clocks have run out (COU-2)."""
    return await settle_batch(means, COUPONS, limit, passed_over)
