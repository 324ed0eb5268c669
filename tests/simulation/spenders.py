"""What becomes of coupons: spent with another seller, hoarded, used on their last day, given back, forgotten."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from app.domain.lifecycle import Step, Who
from app.domain.remedies import CouponStatus
from tests.simulation import buyers, origins
from tests.simulation.timeline import Life
from tests.simulation.world import Deal, World

AVAILABLE = "SELECT status, expires_at FROM coupons WHERE id = :id"
# How the order behaves that a coupon is applied to: it goes well, is never paid, called off, or refunded in full
FATES = {
    "WELL": {"complaining": "NONE"},
    "UNPAID": {"paying": "NEVER"},
    "CANCELLED": {"paying": "CANCEL"},
    "REFUNDED": {"complaining": "WHOLE", "arguing": "ACCEPT"},
    "REFUNDED_LATER": {"complaining": "LATER_WHOLE", "receiving": "CONFIRM"},
    "TRANSFERRED": {"paying": "TRANSFER"},
}


async def spend(world: World, late: Deal, coupon_id: UUID) -> Life:
    """The buyer of a late order has a coupon, and uses it on an order with another seller, or never."""
    way = world.decks.draw("coupon", SOON=8, NEVER=2, LAST_DAY=3)
    if way == "NEVER":
        return
    if way == "SOON":
        yield world.hours(5, 300)
    else:
        (row,) = await world.rows(AVAILABLE, id=coupon_id)
        yield row.expires_at - world.time.now - world.hours(1, 20)
    (row,) = await world.rows(AVAILABLE, id=coupon_id)
    if row.status != CouponStatus.AVAILABLE:
        return
    deal = _deal(world, late, coupon_id)
    if world.decks.draw("spending", OFFERED=2, BOUGHT=1) == "BOUGHT":
        await origins.buy(world, deal)
        return
    if not await origins.draft(world, deal, dollars=True):
        return
    yield timedelta(minutes=5)
    await origins.match(world, deal)
    await origins.submit(world, deal)
    trade = await world.look(deal)
    if trade is not None and world.may(trade, Step.CONFIRM, Who.BUYER):
        origins.begin(world, deal)
        await buyers.confirm(world, deal)


def _deal(world: World, late: Deal, coupon_id: UUID) -> Deal:
    """The order that the coupon is for: with another seller, and with its own fate."""
    fate = world.decks.draw("fate", WELL=4, UNPAID=1, CANCELLED=1, REFUNDED=2, REFUNDED_LATER=1, TRANSFERRED=1)
    usual = replace(
        origins.tempered(world),
        paying="CARD",
        dispatching="PUNCTUAL",
        complaining="NONE",
        amending="NONE",
    )
    others = [firm for firm in world.firms if firm is not late.firm] or world.firms
    return Deal(
        next(world.spending),
        world.rng.choice(others),
        late.buyer,
        replace(usual, **FATES[fate]),
        origins.NOBODY,
        coupon_id,
    )
