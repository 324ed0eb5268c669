"""What mutations about disputes are given."""

import strawberry
from strawberry import ID

from app.domain.remedies import DisputeAnswer, DisputeReason
from app.schema.inputs import KEY, ORDER, VERSION
from app.schema.money import MoneyInput


@strawberry.input(description="An application for a refund.")
class DisputeOpenInput:
    """An application for a refund."""

    idempotency_key: str = strawberry.field(description=KEY)
    order_id: ID = strawberry.field(description=ORDER)
    reason: DisputeReason = strawberry.field(description="Why.")
    amount: MoneyInput | None = strawberry.field(
        default=None, description="How much of what was paid; all that has not gone back if left out."
    )
    text: str | None = strawberry.field(
        default=None, description="More, in at most 2,000 characters, for the seller to read; needed with OTHER."
    )
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="What a side says to the amount that the other named last.")
class DisputeAnswerInput:
    """What a side says to the amount that the other named last."""

    idempotency_key: str = strawberry.field(description=KEY)
    dispute_id: ID = strawberry.field(description="The dispute's id.")
    answer: DisputeAnswer = strawberry.field(description="Yes, no, or another amount.")
    amount: MoneyInput | None = strawberry.field(default=None, description="The other amount, with COUNTER.")
    text: str | None = strawberry.field(
        default=None, description="More, in at most 2,000 characters, for the other side to read."
    )
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="A dispute to hand on or to take back.")
class DisputeStepInput:
    """A dispute to hand on or to take back."""

    dispute_id: ID = strawberry.field(description="The dispute's id.")
    text: str | None = strawberry.field(default=None, description="Why, in at most 2,000 characters.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="An operator's decision of a dispute.")
class DisputeDecideInput:
    """An operator's decision of a dispute."""

    idempotency_key: str = strawberry.field(description=KEY)
    dispute_id: ID = strawberry.field(description="The dispute's id.")
    reason: str = strawberry.field(description="Why, in at most 2,000 characters; both sides read it.")
    amount: MoneyInput | None = strawberry.field(
        default=None, description="What goes back: 0 rejects it; all that has not gone back if left out."
    )
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="The rejection of a dispute, to be taken back.")
class DisputeReopenInput:
    """The rejection of a dispute, to be taken back."""

    dispute_id: ID = strawberry.field(description="The dispute's id.")
    reason: str = strawberry.field(description="Why, in at most 2,000 characters; both sides read it.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
