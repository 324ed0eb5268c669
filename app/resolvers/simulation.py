"""The queries that suppose."""

from typing import Annotated

import strawberry
from strawberry import ID

from app.actions import punctuality, simulation
from app.actions.simulation import Supposition
from app.actions.work import require_scope
from app.domain.access import Scope
from app.resolvers.context import Info
from app.resolvers.roots import query
from app.schema.ids import key
from app.schema.simulation import SimulatedStep, SimulateOrderInput, planned_of, step_of
from app.schema.supposing import SimulatedRate, simulated


@strawberry.type
class SimulationQueries:
    """What would become of an order, or of a seller's figures."""

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

    @query
    async def simulate_dispatch(
        self,
        info: Info,
        order_ids: Annotated[
            list[ID], strawberry.argument(description="The orders, 1 to 250 of one seller, by their ids.")
        ],
    ) -> SimulatedRate | None:
        """What dispatching these orders in full now would make of the seller's rate of dispatch on time, by the
        function that reckons the rate (DSK-4). An order counts once its deadline has fallen: one that is still in time
        raises the rate of then, not of now, and one whose deadline has passed stays late. For the seller's side, of
        orders that they see, and operators; nothing is stored.
        """
        ids = [key("ord", each, "orderIds", at) for at, each in enumerate(order_ids)]
        found, chosen = await punctuality.suppose(info.context.kit, info.context.signed_in(), ids)
        return simulated(found, chosen)
