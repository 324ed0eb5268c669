"""What would become of an order, asked on a view of the database in which nothing is locked or written."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.actions.work import NOT_FOUND, Means
from app.db import policies, proofs, trades
from app.domain import buying, lanes, simulation
from app.domain.access import Actor, By, party_of
from app.domain.errors import ErrorCode, Refusal
from app.domain.simulation import InForce, Plan, Planned, Stood
from app.domain.trade import Trade


@dataclass(frozen=True, slots=True)
class Supposition:
    """What is supposed of an order: other terms, a coupon, and acts at their instants."""

    order_id: UUID
    changes: dict[str, Any] = field(default_factory=dict)
    coupon_id: UUID | None = None
    acts: tuple[Planned, ...] = ()


async def simulate(means: Means, actor: Actor, asked: Supposition) -> tuple[Stood, ...]:
    """How an order that the actor sees would stand after each act, by the functions that act."""
    if asked.coupon_id is not None and actor.by is By.SELLER:
        raise Refusal(ErrorCode.NOT_FOUND, "A coupon is its buyer's to apply.", ("couponId",))
    async with proofs.moment(means.engine) as connection:
        now = await means.clock.read(connection)
        simulation.check(asked.acts, now)
        currency = asked.changes.get("currency")
        found = await trades.load(
            connection,
            [asked.order_id],
            now,
            trades.Asked(
                quota=True,
                balances=True,
                currencies=[currency] if currency else [],
                coupon_id=asked.coupon_id,
                products=buying.named(asked.changes),
                lanes=lanes.asked(asked.changes),
            ),
            locked=False,
        )
        if not found or party_of(actor.viewer, found[0].seen) is None:
            raise Refusal(ErrorCode.NOT_FOUND, NOT_FOUND, ("orderId",))
        plan = Plan(asked.changes, asked.coupon_id, asked.acts, await _in_force(connection, found[0], asked))
    return simulation.simulate(found[0], actor, plan, now)


async def _in_force(connection: AsyncConnection, trade: Trade, asked: Supposition) -> dict[Any, InForce]:
    """The policy and rates that hold at the instants at which the order may be agreed."""
    if trade.order.policy_id is not None:
        return {}
    currencies = {trade.order.currency, str(asked.changes.get("currency") or trade.order.currency)}
    return {
        at: InForce(await policies.in_force(connection, at), await policies.rates_in_force(connection, at, currencies))
        for at in {planned.at for planned in asked.acts}
    }
