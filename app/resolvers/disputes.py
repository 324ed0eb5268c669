"""Mutations about refunds and disputes."""

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import ID

from app.actions import disputes
from app.actions.work import Call
from app.domain.errors import Refusal
from app.domain.money import Money
from app.reads import ref
from app.resolvers.context import GIVEN, Context, Info, minor_of
from app.resolvers.orders import Act, act_on_order
from app.resolvers.roots import mutation
from app.schema.dispute_inputs import (
    DisputeAnswerInput,
    DisputeDecideInput,
    DisputeOpenInput,
    DisputeReopenInput,
    DisputeStepInput,
)
from app.schema.disputes import Dispute
from app.schema.facts import user_errors
from app.schema.ids import key
from app.schema.money import MoneyInput
from app.schema.order import Order
from app.schema.payloads import DisputePayload


def _amount(given: MoneyInput | None) -> Money | None:
    return None if given is None else Money(minor_of(given), given.currency_code)


@strawberry.type
class DisputeMutations:
    """Refunds and disputes."""

    @mutation
    async def dispute_open(self, info: Info, input: Annotated[DisputeOpenInput, GIVEN]) -> DisputePayload:
        """The buyer applies for a refund (DSP-1): from the first money that counts until 30 days after receipt, of a
        part or of everything. One dispute at a time; the automatic receipt waits while it is open.
        """
        context = info.context
        made: list[UUID] = []

        async def apply(call: Call, order_id: UUID) -> UUID:
            amount = _amount(input.amount)
            made.append(await disputes.apply_for_refund(context.kit, call, order_id, input.reason, amount, input.text))
            return made[0]

        payload = await act_on_order(context, "disputeOpen", input, input.order_id, apply)
        return DisputePayload(
            dispute=ref(Dispute, made[0]) if made else None, order=payload.order, user_errors=payload.user_errors
        )

    @mutation
    async def dispute_answer(self, info: Info, input: Annotated[DisputeAnswerInput, GIVEN]) -> DisputePayload:
        """The side whose word is awaited accepts what the other named last, rejects it, or names another amount
        (DSP-2). What is accepted is refunded at once; all that was paid closes the order.
        """
        kit = info.context.kit
        return await _on_dispute(
            info.context,
            "disputeAnswer",
            input,
            input.dispute_id,
            lambda call, dispute_id: disputes.answer(
                kit, call, dispute_id, input.answer, _amount(input.amount), input.text
            ),
        )

    @mutation
    async def dispute_escalate(self, info: Info, input: Annotated[DisputeStepInput, GIVEN]) -> DisputePayload:
        """Either side hands the dispute to the operators (DSP-2)."""
        kit = info.context.kit
        return await _on_dispute(
            info.context,
            "disputeEscalate",
            input,
            input.dispute_id,
            lambda call, dispute_id: disputes.escalate(kit, call, dispute_id, input.text),
        )

    @mutation
    async def dispute_withdraw(self, info: Info, input: Annotated[DisputeStepInput, GIVEN]) -> DisputePayload:
        """The buyer takes the dispute back (DSP-2); another may follow."""
        kit = info.context.kit
        return await _on_dispute(
            info.context,
            "disputeWithdraw",
            input,
            input.dispute_id,
            lambda call, dispute_id: disputes.withdraw(kit, call, dispute_id, input.text),
        )

    @mutation
    async def dispute_decide(self, info: Info, input: Annotated[DisputeDecideInput, GIVEN]) -> DisputePayload:
        """An operator decides a dispute that was escalated (DSP-2): nothing goes back, a part, or everything."""
        kit = info.context.kit
        return await _on_dispute(
            info.context,
            "disputeDecide",
            input,
            input.dispute_id,
            lambda call, dispute_id: disputes.decide(kit, call, dispute_id, _amount(input.amount), input.reason),
        )

    @mutation
    async def dispute_reopen(self, info: Info, input: Annotated[DisputeReopenInput, GIVEN]) -> DisputePayload:
        """An operator takes the rejection of an order's last dispute back; it moved no money."""
        kit = info.context.kit
        return await _on_dispute(
            info.context,
            "disputeReopen",
            input,
            input.dispute_id,
            lambda call, dispute_id: disputes.reopen(kit, call, dispute_id, input.reason),
        )


async def _on_dispute(context: Context, operation: str, input: object, dispute: ID, act: Act) -> DisputePayload:
    """Take a step in the named dispute; it comes back with its order, also when the step was refused."""
    call = context.call(operation, input)
    dispute_id = order_id = None
    refused: Refusal | None = None
    try:
        dispute_id = key("dsp", dispute, "disputeId")
        order_id = await disputes.order_of_dispute(context.kit, dispute_id)
        await act(call, dispute_id)
    except Refusal as refusal:
        refused = refusal
    context.tick()
    return DisputePayload(
        dispute=None if dispute_id is None else ref(Dispute, dispute_id),
        order=None if order_id is None else ref(Order, order_id),
        user_errors=user_errors(refused) if refused else [],
    )
