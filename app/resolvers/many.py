"""Mutations of many orders at once: assigned, labelled, deleted, dispatched, with a result for each."""

from typing import Annotated
from uuid import UUID

import strawberry

from app.actions import desk, fulfilment, orders
from app.actions.work import Call
from app.db.people import account_of_member
from app.domain.errors import Refusal
from app.reads import ref
from app.resolvers.bulk import Outcome, one_by_one
from app.resolvers.context import GIVEN, Info
from app.resolvers.fulfilment import parcel_of
from app.resolvers.roots import mutation
from app.schema.desk_inputs import (
    OrderAssignManyInput,
    OrderDeleteManyInput,
    OrderLabelManyInput,
    ShipmentDispatchManyInput,
)
from app.schema.desk_payloads import (
    DeleteResult,
    DeletesPayload,
    DispatchesPayload,
    DispatchResult,
    OrderResult,
    OrdersPayload,
)
from app.schema.facts import UserError, user_errors
from app.schema.fulfilment import Shipment
from app.schema.ids import key
from app.schema.order import Order


def _orders(outcomes: list[Outcome[UUID]], errors: list[UserError]) -> OrdersPayload:
    results = [OrderResult(order_id=each.order_id, order=_order(each), user_errors=each.errors) for each in outcomes]
    return OrdersPayload(results=results, user_errors=errors)


def _order(outcome: Outcome[UUID]) -> Order | None:
    return None if outcome.named is None else ref(Order, outcome.named)


@strawberry.type
class ManyMutations:
    """Many orders at once."""

    @mutation
    async def order_assign_many(self, info: Info, input: Annotated[OrderAssignManyInput, GIVEN]) -> OrdersPayload:
        """Give many orders to a salesperson of one's company, or to nobody (DSK-3): each as `orderAssign` does."""
        kit = info.context.kit
        member = None
        try:
            if input.member_id is not None:
                member = await account_of_member(kit.engine, key("mem", input.member_id, "memberId"))
        except Refusal as refusal:
            return OrdersPayload(results=[], user_errors=user_errors(refusal))

        async def assign(at: int, call: Call, order_id: UUID) -> UUID:
            return await orders.assign(kit, call, order_id, member)

        return _orders(*await one_by_one(info.context, "orderAssignMany", input, "orderIds", input.order_ids, assign))

    @mutation
    async def order_label_many(self, info: Info, input: Annotated[OrderLabelManyInput, GIVEN]) -> OrdersPayload:
        """Put labels on many orders and take others off them (DSK-3): each as `orderLabel` does."""

        async def label(at: int, call: Call, order_id: UUID) -> UUID:
            return await desk.label(info.context.kit, call, order_id, input.add, input.remove)

        return _orders(*await one_by_one(info.context, "orderLabelMany", input, "orderIds", input.order_ids, label))

    @mutation
    async def order_delete_many(self, info: Info, input: Annotated[OrderDeleteManyInput, GIVEN]) -> DeletesPayload:
        """Delete many drafts that were never submitted (DSK-3): each as `orderDelete` does."""

        async def delete(at: int, call: Call, order_id: UUID) -> UUID:
            return await orders.delete_draft(info.context.kit, call, order_id)

        outcomes, errors = await one_by_one(info.context, "orderDeleteMany", input, "orderIds", input.order_ids, delete)
        results = [
            DeleteResult(
                order_id=each.order_id,
                deleted_id=None if each.errors else each.order_id,
                user_errors=each.errors,
            )
            for each in outcomes
        ]
        return DeletesPayload(results=results, user_errors=errors)

    @mutation
    async def shipment_dispatch_many(
        self, info: Info, input: Annotated[ShipmentDispatchManyInput, GIVEN]
    ) -> DispatchesPayload:
        """Dispatch goods of many orders (SHP-2): each as `shipmentDispatch` does."""

        async def dispatch(at: int, call: Call, order_id: UUID) -> UUID:
            return await fulfilment.dispatch(info.context.kit, call, order_id, parcel_of(input.dispatches[at]))

        named = [each.order_id for each in input.dispatches]
        outcomes, errors = await one_by_one(info.context, "shipmentDispatchMany", input, "dispatches", named, dispatch)
        results = [
            DispatchResult(
                order_id=each.order_id,
                shipment=None if each.made is None else ref(Shipment, each.made),
                order=_order(each),
                user_errors=each.errors,
            )
            for each in outcomes
        ]
        return DispatchesPayload(results=results, user_errors=errors)
