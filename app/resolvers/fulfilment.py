"""Mutations about goods on their way, amendments and reviews."""

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import ID

from app.actions import fulfilment
from app.actions.work import Call
from app.domain.errors import ErrorCode, Refusal
from app.domain.fulfilment import Parcel, Report
from app.reads import ref
from app.resolvers.context import GIVEN, Context, Info
from app.resolvers.orders import Act, act_on_order
from app.resolvers.roots import mutation
from app.schema.amendments import Amendment
from app.schema.desk_inputs import OrderParcelInput
from app.schema.facts import user_errors
from app.schema.fulfilment import Shipment
from app.schema.fulfilment_inputs import (
    AmendmentAnswerInput,
    AmendmentProposeInput,
    ReviewReplyInput,
    ReviewWriteInput,
    ShipmentCorrectInput,
    ShipmentDispatchInput,
    TrackingRecordInput,
)
from app.schema.ids import key
from app.schema.order import Order
from app.schema.order_inputs import OrderStepInput
from app.schema.payloads import AmendmentPayload, OrderPayload, ShipmentPayload


def parcel_of(input: ShipmentDispatchInput | OrderParcelInput) -> Parcel:
    """What is dispatched by an input."""
    quantities = None
    if input.items is not None:
        quantities = {key("itm", item.item_id, "items", "itemId"): item.quantity for item in input.items}
        if len(quantities) < len(input.items):
            raise Refusal(ErrorCode.INVALID, "Name each line once.", ("items",))
    return Parcel(
        carrier=input.carrier,
        tracking_number=input.tracking_number,
        transport_mode=input.transport_mode,
        external_reference=input.external_reference,
        quantities=quantities,
    )


@strawberry.type
class FulfilmentMutations:
    """Goods on their way, amendments and reviews."""

    @mutation
    async def shipment_dispatch(self, info: Info, input: Annotated[ShipmentDispatchInput, GIVEN]) -> ShipmentPayload:
        """Dispatch some or all of the goods, late too (SHP-2). With the last of them the order is dispatched, and the
        clock of automatic receipt starts.
        """
        context = info.context
        made: list[UUID] = []

        async def dispatch(call: Call, order_id: UUID) -> UUID:
            made.append(await fulfilment.dispatch(context.kit, call, order_id, parcel_of(input)))
            return made[0]

        payload = await act_on_order(context, "shipmentDispatch", input, input.order_id, dispatch)
        return ShipmentPayload(
            shipment=ref(Shipment, made[0]) if made else None, order=payload.order, user_errors=payload.user_errors
        )

    @mutation
    async def shipment_correct(self, info: Info, input: Annotated[ShipmentCorrectInput, GIVEN]) -> ShipmentPayload:
        """Put a wrong carrier or number right: the seller until delivery, then an operator."""
        kit = info.context.kit
        return await on_shipment(
            info.context,
            "shipmentCorrect",
            input,
            input.shipment_id,
            lambda call, shipment_id: fulfilment.correct(
                kit, call, shipment_id, input.carrier, input.tracking_number, input.external_reference
            ),
        )

    @mutation
    async def tracking_record(self, info: Info, input: Annotated[TrackingRecordInput, GIVEN]) -> ShipmentPayload:
        """Record what a carrier reports (SHP-2), in any order; the same report of a source counts once. Operators;
        carriers report by their own way in.
        """
        report = Report(
            kind=input.kind,
            occurred_at=input.occurred_at,
            source=input.source,
            source_reference=input.reference,
            place=input.place,
            text=input.text,
            corrects=input.corrects,
        )
        return await on_shipment(
            info.context,
            "trackingRecord",
            input,
            input.shipment_id,
            lambda call, shipment_id: fulfilment.track(info.context.kit, call, shipment_id, report),
        )

    @mutation
    async def order_confirm_receipt(self, info: Info, input: Annotated[OrderStepInput, GIVEN]) -> OrderPayload:
        """The buyer has the goods (SHP-6): the order is complete, and the money goes to the seller."""
        return await act_on_order(
            info.context,
            "orderConfirmReceipt",
            input,
            input.order_id,
            lambda call, order_id: fulfilment.confirm_receipt(info.context.kit, call, order_id),
        )

    @mutation
    async def amendment_propose(self, info: Info, input: Annotated[AmendmentProposeInput, GIVEN]) -> AmendmentPayload:
        """The seller proposes other terms (ORD-10); they take effect when the buyer confirms them. `amendmentEffect`
        shows what they would do.
        """
        context = info.context
        made: list[UUID] = []

        async def propose(call: Call, order_id: UUID) -> UUID:
            patch = input.contract.patch()
            made.append(await fulfilment.propose_amendment(context.kit, call, order_id, patch, input.reason))
            return made[0]

        payload = await act_on_order(context, "amendmentPropose", input, input.order_id, propose)
        return AmendmentPayload(
            amendment=ref(Amendment, made[0]) if made else None,
            order=payload.order,
            user_errors=payload.user_errors,
        )

    @mutation
    async def amendment_answer(self, info: Info, input: Annotated[AmendmentAnswerInput, GIVEN]) -> OrderPayload:
        """The buyer confirms or declines what is proposed (ORD-10)."""
        return await act_on_order(
            info.context,
            "amendmentAnswer",
            input,
            input.order_id,
            lambda call, order_id: fulfilment.answer_amendment(info.context.kit, call, order_id, input.accept),
        )

    @mutation
    async def amendment_withdraw(self, info: Info, input: Annotated[OrderStepInput, GIVEN]) -> OrderPayload:
        """The seller takes the proposal back."""
        return await act_on_order(
            info.context,
            "amendmentWithdraw",
            input,
            input.order_id,
            lambda call, order_id: fulfilment.withdraw_amendment(info.context.kit, call, order_id),
        )

    @mutation
    async def review_write(self, info: Info, input: Annotated[ReviewWriteInput, GIVEN]) -> OrderPayload:
        """The buyer reviews a completed order, once (SHP-6)."""
        return await act_on_order(
            info.context,
            "reviewWrite",
            input,
            input.order_id,
            lambda call, order_id: fulfilment.review(
                info.context.kit, call, order_id, input.product, input.dispatch_speed, input.service, input.text
            ),
        )

    @mutation
    async def review_reply(self, info: Info, input: Annotated[ReviewReplyInput, GIVEN]) -> OrderPayload:
        """The seller replies to the review, once (SHP-6)."""
        return await act_on_order(
            info.context,
            "reviewReply",
            input,
            input.order_id,
            lambda call, order_id: fulfilment.reply(info.context.kit, call, order_id, input.text),
        )


async def on_shipment(context: Context, operation: str, input: object, shipment: ID, act: Act) -> ShipmentPayload:
    """Take a step on the named shipment; it comes back with its order, also when the step was refused."""
    call = context.call(operation, input)
    shipment_id = order_id = None
    refused: Refusal | None = None
    try:
        shipment_id = key("shp", shipment, "shipmentId")
        order_id = await fulfilment.order_of_shipment(context.kit, shipment_id)
        await act(call, shipment_id)
    except Refusal as refusal:
        refused = refusal
    context.tick()
    return ShipmentPayload(
        shipment=None if shipment_id is None else ref(Shipment, shipment_id),
        order=None if order_id is None else ref(Order, order_id),
        user_errors=user_errors(refused) if refused else [],
    )
