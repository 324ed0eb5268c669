"""Mutations about money that comes in."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import strawberry

from app.actions import payments
from app.actions.work import Call, require_scope
from app.domain.access import Role, Scope
from app.domain.corrections import Shift
from app.domain.errors import ErrorCode, Refusal
from app.domain.funds import Arrival
from app.domain.money import Money
from app.reads import ref
from app.resolvers.context import GIVEN, Context, Info, minor_of
from app.resolvers.orders import act_on_order
from app.resolvers.roots import mutation
from app.schema.facts import user_errors
from app.schema.funds import Payment
from app.schema.ids import key
from app.schema.ledger_inputs import LedgerCorrectInput
from app.schema.money_inputs import PaymentStartInput, ReceiptRecordInput, ReceiptStepInput
from app.schema.order import Order
from app.schema.payloads import OrderPayload, PaymentPayload


@strawberry.type
class PaymentMutations:
    """Money that comes in."""

    @mutation
    async def payment_start(self, info: Info, input: Annotated[PaymentStartInput, GIVEN]) -> PaymentPayload:
        """Start a payment: get a reference, the exact amount and until when. It moves no money; only the payment
        provider, the bank feed or an operator say that money arrived (PAY-3).
        """
        context = info.context
        made: list[UUID] = []

        async def start(call: Call, order_id: UUID) -> UUID:
            position = None if input.instalment is None else input.instalment - 1
            provider = context.kit.payment_provider
            made.append(await payments.start(context.kit, call, order_id, position, input.method, provider))
            return made[0]

        payload = await act_on_order(context, "paymentStart", input, input.order_id, start)
        if made:
            await context.kit.started(made[0])
        return PaymentPayload(
            payment=ref(Payment, made[0]) if made else None, order=payload.order, user_errors=payload.user_errors
        )

    @mutation
    async def receipt_record(self, info: Info, input: Annotated[ReceiptRecordInput, GIVEN]) -> OrderPayload:
        """An operator states that money arrived, as a statement shows it (PAY-3)."""
        context = info.context

        async def record(call: Call, order_id: UUID) -> UUID:
            if call.actor is None or call.actor.role is not Role.OPERATOR:
                raise Refusal(ErrorCode.FORBIDDEN, "Only operators, payment providers and the bank feed record money.")
            require_scope(call.actor, Scope.FINANCE_WRITE)
            amount = minor_of(input.amount)
            if amount <= 0:
                raise Refusal(ErrorCode.OUT_OF_RANGE, "Money that arrived is more than 0.", ("amount",))
            if not 0 < len(input.reference) <= 200:
                raise Refusal(ErrorCode.INVALID, "A reference has 1 to 200 characters.", ("reference",))
            arrival = Arrival(
                method=input.method,
                provider="operator",
                reference=input.reference,
                amount=amount,
                currency=input.amount.currency_code,
                payer=input.payer,
                value_date=input.value_date or context.now,
            )
            return await payments.arrive(context.kit, call, order_id, arrival)

        return await act_on_order(context, "receiptRecord", input, input.order_id, record)

    @mutation
    async def receipt_associate(self, info: Info, input: Annotated[ReceiptStepInput, GIVEN]) -> OrderPayload:
        """Associate funds: a transfer counts for its order from this moment on (PAY-7). The seller's owner or finance,
        or an operator.
        """
        return await _on_receipt(info.context, "receiptAssociate", input, payments.associate)

    @mutation
    async def receipt_undo_association(self, info: Info, input: Annotated[ReceiptStepInput, GIVEN]) -> OrderPayload:
        """An operator takes a wrong association back, while nothing was dispatched or released (PAY-7)."""
        return await _on_receipt(info.context, "receiptUndoAssociation", input, payments.undo_association)

    @mutation
    async def receipt_refund_held(self, info: Info, input: Annotated[ReceiptStepInput, GIVEN]) -> OrderPayload:
        """An operator sends money that does not count back to its payer (PAY-6)."""
        return await _on_receipt(info.context, "receiptRefundHeld", input, payments.refund_held)

    @mutation
    async def ledger_correct(self, info: Info, input: Annotated[LedgerCorrectInput, GIVEN]) -> OrderPayload:
        """An operator corrects the books of an order by one balanced entry, with a reason (section 15). The order's own
        accounts follow its receipts and what a seller owes follows its recoveries: these are corrected there.
        """

        async def correct(call: Call, order_id: UUID) -> UUID:
            shifts = [
                Shift(move.source, move.target, Money(minor_of(move.amount), move.amount.currency_code))
                for move in input.moves
            ]
            return await payments.correct(info.context.kit, call, order_id, shifts, input.reason)

        return await act_on_order(info.context, "ledgerCorrect", input, input.order_id, correct)


async def _on_receipt(
    context: Context,
    operation: str,
    input: ReceiptStepInput,
    action: Callable[..., Awaitable[UUID]],
) -> OrderPayload:
    call = context.call(operation, input)
    order_id: UUID | None = None
    try:
        receipt_id = key("rcp", input.receipt_id, "receiptId")
        order_id = await payments.order_of_receipt(context.kit, receipt_id)
        await action(context.kit, call, order_id, receipt_id)
    except Refusal as refusal:
        shown = None if order_id is None else ref(Order, order_id)
        return OrderPayload(order=shown, user_errors=user_errors(refusal))
    context.tick()
    return OrderPayload(order=ref(Order, order_id), user_errors=[])
