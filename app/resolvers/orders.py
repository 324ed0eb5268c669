"""Mutations of an order until it is agreed or called off."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import ID

from app.actions import orders
from app.actions.work import Call
from app.db.people import account_of_member
from app.domain.errors import Refusal
from app.reads import ref
from app.resolvers.answers import about
from app.resolvers.context import GIVEN, Context, Info
from app.resolvers.roots import mutation
from app.schema.attachment_inputs import OrderSubmitInput
from app.schema.facts import user_errors
from app.schema.ids import key
from app.schema.order import Order
from app.schema.order_inputs import (
    OrderAssignInput,
    OrderConfirmInput,
    OrderDraftInput,
    OrderEditInput,
    OrderReasonInput,
    OrderReferenceInput,
    OrderStepInput,
)
from app.schema.payloads import DeletePayload, MatchPayload, OrderPayload

Act = Callable[[Call, UUID], Awaitable[UUID]]


async def act_on_order(context: Context, operation: str, input: object, order_id: ID, act: Act) -> OrderPayload:
    """Take a step on the named order; the order as it is now comes back either way, if the actor may see it."""
    call = context.call(operation, input)
    named: UUID | None = None
    refused: Refusal | None = None
    try:
        named = key("ord", order_id, "orderId")
        await act(call, named)
    except Refusal as refusal:
        refused = refusal
    context.tick()
    return OrderPayload(
        order=None if named is None else ref(Order, named), user_errors=user_errors(refused) if refused else []
    )


@strawberry.type
class OrderMutations:
    """What people do to an order until it is agreed or called off."""

    @mutation
    async def order_draft(self, info: Info, input: Annotated[OrderDraftInput, GIVEN]) -> OrderPayload:
        """Begin a draft: a seller's own, or a buyer's request to a seller (ORD-1). Only its drafter sees it."""
        kit, call = info.context.kit, info.context.call("orderDraft", input)

        async def draft() -> UUID:
            seller_id = None if input.seller_id is None else key("sel", input.seller_id, "sellerId")
            return await orders.draft(kit, call, input.contract.patch(), seller_id)

        return await about(info.context, draft, OrderPayload, order=Order)

    @mutation
    async def order_edit(self, info: Info, input: Annotated[OrderEditInput, GIVEN]) -> OrderPayload:
        """Go on writing one's draft; a seller completes a buyer's request with it (ORD-8). Parts left out stay."""
        return await act_on_order(
            info.context,
            "orderEdit",
            input,
            input.order_id,
            lambda call, order_id: orders.edit(info.context.kit, call, order_id, input.contract.patch()),
        )

    @mutation
    async def order_match_buyer(self, info: Info, input: Annotated[OrderStepInput, GIVEN]) -> MatchPayload:
        """Match buyer information: find the account of the draft's e-mail, or record an invitation (ORD-2)."""
        context = info.context
        invited = False

        async def match(call: Call, order_id: UUID) -> UUID:
            nonlocal invited
            invited = not await orders.match_buyer(context.kit, call, order_id)
            return order_id

        payload = await act_on_order(context, "orderMatchBuyer", input, input.order_id, match)
        return MatchPayload(order=payload.order, invited=invited, user_errors=payload.user_errors)

    @mutation
    async def order_submit(self, info: Info, input: Annotated[OrderSubmitInput, GIVEN]) -> OrderPayload:
        """Make the offer (ORD-7): it gets its number, collection accounts and link, and awaits the other side."""
        return await act_on_order(
            info.context,
            "orderSubmit",
            input,
            input.order_id,
            lambda call, order_id: orders.submit(info.context.kit, call, order_id, input.acknowledge),
        )

    @mutation
    async def order_revise(self, info: Info, input: Annotated[OrderStepInput, GIVEN]) -> OrderPayload:
        """Take one's own offer back, to change it and submit it again."""
        return await _step(info, "orderRevise", input, orders.revise)

    @mutation
    async def order_confirm(self, info: Info, input: Annotated[OrderConfirmInput, GIVEN]) -> OrderPayload:
        """The buyer agrees (ORD-8): policy, rates and fee are pinned, the first instalment falls due, and a platform
        coupon lowers it (COU-1).
        """

        async def confirm(call: Call, order_id: UUID) -> UUID:
            coupon_id = None if input.coupon_id is None else key("cpn", input.coupon_id, "couponId")
            return await orders.confirm(info.context.kit, call, order_id, coupon_id)

        return await act_on_order(info.context, "orderConfirm", input, input.order_id, confirm)

    @mutation
    async def order_cancel(self, info: Info, input: Annotated[OrderReasonInput, GIVEN]) -> OrderPayload:
        """Call the order off, before any money has arrived (ORD-11); after that the way out is a refund."""
        return await act_on_order(
            info.context,
            "orderCancel",
            input,
            input.order_id,
            lambda call, order_id: orders.cancel(info.context.kit, call, order_id, input.reason),
        )

    @mutation
    async def order_decline(self, info: Info, input: Annotated[OrderReasonInput, GIVEN]) -> OrderPayload:
        """Say no to an offer that awaits one's confirmation."""
        return await act_on_order(
            info.context,
            "orderDecline",
            input,
            input.order_id,
            lambda call, order_id: orders.decline(info.context.kit, call, order_id, input.reason),
        )

    @mutation
    async def order_assign(self, info: Info, input: Annotated[OrderAssignInput, GIVEN]) -> OrderPayload:
        """Give the order to a salesperson of one's company, or to nobody."""
        context = info.context

        async def assign(call: Call, order_id: UUID) -> UUID:
            member = None
            if input.member_id is not None:
                member = await account_of_member(context.kit.engine, key("mem", input.member_id, "memberId"))
            return await orders.assign(context.kit, call, order_id, member)

        return await act_on_order(context, "orderAssign", input, input.order_id, assign)

    @mutation
    async def order_set_reference(self, info: Info, input: Annotated[OrderReferenceInput, GIVEN]) -> OrderPayload:
        """Keep one's own number of the order; the other side never sees it."""
        return await act_on_order(
            info.context,
            "orderSetReference",
            input,
            input.order_id,
            lambda call, order_id: orders.set_reference(info.context.kit, call, order_id, input.reference),
        )

    @mutation
    async def order_delete(self, info: Info, input: Annotated[OrderStepInput, GIVEN]) -> DeletePayload:
        """Delete a draft that was never submitted."""
        call = info.context.call("orderDelete", input)
        try:
            await orders.delete_draft(info.context.kit, call, key("ord", input.order_id, "orderId"))
        except Refusal as refusal:
            return DeletePayload(deleted_id=None, user_errors=user_errors(refusal))
        return DeletePayload(deleted_id=input.order_id, user_errors=[])


async def _step(
    info: Info,
    operation: str,
    input: OrderStepInput,
    action: Callable[..., Awaitable[UUID]],
) -> OrderPayload:
    return await act_on_order(
        info.context,
        operation,
        input,
        input.order_id,
        lambda call, order_id: action(info.context.kit, call, order_id),
    )
