"""What mutations of money are given: payments, receipts, withdrawals, rates."""

from datetime import datetime
from decimal import Decimal

import strawberry
from strawberry import ID

from app.domain.policy import PaymentMethod, WithdrawalRoute
from app.schema.inputs import KEY, ORDER, VERSION
from app.schema.money import MoneyInput
from app.schema.scalars import CurrencyCode


@strawberry.input(description="The start of a payment.")
class PaymentStartInput:
    """The start of a payment."""

    idempotency_key: str = strawberry.field(description=KEY)
    order_id: ID = strawberry.field(description=ORDER)
    method: PaymentMethod = strawberry.field(description="One of the methods that `nextPayment` offers.")
    instalment: int | None = strawberry.field(
        default=None, description="Which instalment, from 1; it must be the first that is not complete."
    )
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="Money that arrived, as an operator states it.")
class ReceiptRecordInput:
    """Money that arrived, as an operator states it."""

    order_id: ID = strawberry.field(description=ORDER)
    method: PaymentMethod = strawberry.field(description="How it was paid; a TT waits to be associated.")
    reference: str = strawberry.field(description="The reference of the statement; it counts once.")
    amount: MoneyInput = strawberry.field(description="What arrived.")
    payer: str | None = strawberry.field(default=None, description="Who paid.")
    value_date: datetime | None = strawberry.field(default=None, description="When it was paid; now if left out.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A receipt to act on.")
class ReceiptStepInput:
    """A receipt to act on."""

    receipt_id: ID = strawberry.field(description="The receipt's id.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A withdrawal from the balance.")
class WithdrawalMakeInput:
    """A withdrawal from the balance."""

    idempotency_key: str = strawberry.field(description=KEY)
    amount: MoneyInput = strawberry.field(description="How much.")
    route: WithdrawalRoute | None = strawberry.field(
        default=None,
        description="To whose account: one that the export methods of the seller's released orders lead to. It can be "
        "left out where they all lead to the same.",
    )


@strawberry.input(description="An exchange rate from an instant on.")
class RateSetInput:
    """An exchange rate from an instant on."""

    base: CurrencyCode = strawberry.field(description="The currency that is valued: one unit of it.")
    quote: CurrencyCode = strawberry.field(description="The currency it is valued in.")
    rate: Decimal = strawberry.field(description="Units of `quote` for one `base`, with at most 10 decimals.")
    effective_at: datetime | None = strawberry.field(
        default=None, description="From when on; now if left out. Never in the past: agreed orders keep their rates."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
