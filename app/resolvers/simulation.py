"""The query that supposes."""

from typing import Annotated

import strawberry

from app.actions import simulation
from app.actions.simulation import Supposition
from app.actions.work import require_scope
from app.domain.access import Scope
from app.resolvers.context import Info
from app.resolvers.roots import query
from app.schema.ids import key
from app.schema.simulation import SimulatedStep, SimulateOrderInput, planned_of, step_of


@strawberry.type
class SimulationQueries:
    """What would become of an order."""

    @query
    async def simulate_order(
        self,
        info: Info,
        input: Annotated[SimulateOrderInput, strawberry.argument(description="What is supposed.")],
    ) -> list[SimulatedStep] | None:
        """What would become of an order under other terms, with a coupon, and by acts at their instants: fee, payable,
        deadlines, promise, liability and claim check at first and after each act, by the functions that act. An act
        that would be refused says why. Whoever sees the order may ask, a token that may read claims, too; nothing is
        stored.
        """
        actor = info.context.signed_in()
        require_scope(actor, Scope.CLAIMS_READ)
        asked = Supposition(
            order_id=key("ord", input.order_id, "orderId"),
            changes=input.contract.patch() if input.contract is not None else {},
            coupon_id=None if input.coupon_id is None else key("cpn", input.coupon_id, "couponId"),
            acts=tuple(planned_of(number, each) for number, each in enumerate(input.acts)),
        )
        found = await simulation.simulate(info.context.kit, actor, asked)
        return [step_of(stood, actor.viewer) for stood in found]
