"""What the mutations about claims and waivers are given, and what they answer."""

import strawberry
from strawberry import ID

from app.domain.remedies import ClaimRejection, Guarantee
from app.schema.claims import Claim, Waiver
from app.schema.facts import UserError
from app.schema.inputs import KEY, ORDER, VERSION
from app.schema.order import Order
from app.schema.payloads import ERRORS

CLAIM = "The claim's id."


@strawberry.input(description="A claim for the compensation of a broken promise.")
class ClaimFileInput:
    """A claim for the compensation of a broken promise."""

    order_id: ID = strawberry.field(description=ORDER)
    idempotency_key: str = strawberry.field(description=KEY)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    guarantee: Guarantee | None = strawberry.field(
        default=None, description="Which promise; the first that can be claimed if left out."
    )
    text: str | None = strawberry.field(default=None, description="What the buyer says, up to 4,000 characters.")


@strawberry.input(description="An operator's decision on a claim.")
class ClaimDecideInput:
    """An operator's decision on a claim."""

    claim_id: ID = strawberry.field(description=CLAIM)
    idempotency_key: str = strawberry.field(description=KEY)
    approve: bool = strawberry.field(description="Whether the buyer gets the coupon.")
    rejection: ClaimRejection | None = strawberry.field(
        default=None, description="Why not, when it is rejected: NOT_DUE, WAIVED, FACTS or OTHER."
    )
    reason: str = strawberry.field(description="The reason in words; both sides read it.")
    note: str | None = strawberry.field(default=None, description="A note on the evidence, for operators only.")


@strawberry.input(description="Taking the decision on a claim back.")
class ClaimUndoDecisionInput:
    """Taking the decision on a claim back."""

    claim_id: ID = strawberry.field(description=CLAIM)
    idempotency_key: str = strawberry.field(description=KEY)
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="A waiver for one or many orders, granted one by one.")
class WaiverGrantInput:
    """A waiver for one or many orders."""

    order_ids: list[ID] = strawberry.field(description="The orders, from 1 to 250; each is granted for itself.")
    idempotency_key: str = strawberry.field(description=KEY)
    compensate: bool = strawberry.field(
        description="Whether the buyers are compensated all the same, at the platform's expense; else their claims "
        "are refused as WAIVED."
    )
    reason: str = strawberry.field(description="The event outside anyone's control.")


@strawberry.input(description="Taking a waiver back.")
class WaiverWithdrawInput:
    """Taking a waiver back."""

    order_id: ID = strawberry.field(description=ORDER)
    idempotency_key: str = strawberry.field(description=KEY)
    reason: str = strawberry.field(description="Why.")


@strawberry.type(description="A claim and its order.")
class ClaimPayload:
    """A claim and its order."""

    claim: Claim | None = strawberry.field(description="The claim as it is now; null when it was refused.")
    order: Order | None = strawberry.field(description="Its order as it is now.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="What became of one order of a waiver.")
class WaiverResult:
    """What became of one order of a waiver."""

    order_id: ID = strawberry.field(description="The order that was named.")
    waiver: Waiver | None = strawberry.field(description="The waiver; null when it was refused.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="What became of each order of a waiver, in the order they were named.")
class WaiverPayload:
    """What became of each order of a waiver."""

    results: list[WaiverResult] = strawberry.field(description="One an order; one refused does not hold up the others.")
    user_errors: list[UserError] = strawberry.field(description="Why none was granted; empty else.")
