"""What mutations of an order are given until it is agreed or called off."""

import strawberry
from strawberry import ID

from app.schema.contract_inputs import ContractInput
from app.schema.inputs import KEY, ORDER, VERSION


@strawberry.input(description="A new draft.")
class OrderDraftInput:
    """A new draft."""

    idempotency_key: str = strawberry.field(description=KEY)
    contract: ContractInput = strawberry.field(description="What is written so far.")
    seller_id: ID | None = strawberry.field(
        default=None, description="Of whom a buyer asks; a seller drafts their own orders."
    )


@strawberry.input(description="Other words for a draft, or the completion of a buyer's request.")
class OrderEditInput:
    """Other words for a draft."""

    order_id: ID = strawberry.field(description=ORDER)
    contract: ContractInput = strawberry.field(description="The parts to write.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A step on an order that needs nothing else.")
class OrderStepInput:
    """A step on an order."""

    order_id: ID = strawberry.field(description=ORDER)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="The buyer's agreement to an offer.")
class OrderConfirmInput:
    """The buyer's agreement to an offer."""

    order_id: ID = strawberry.field(description=ORDER)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
    coupon_id: ID | None = strawberry.field(
        default=None, description="A platform coupon to apply; it can be applied now and not later."
    )


@strawberry.input(description="A step on an order that needs a reason.")
class OrderReasonInput:
    """A step on an order that needs a reason."""

    order_id: ID = strawberry.field(description=ORDER)
    reason: str = strawberry.field(description="Why, in at most 1,000 characters; the other side reads it.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="To whom an order is assigned.")
class OrderAssignInput:
    """To whom an order is assigned."""

    order_id: ID = strawberry.field(description=ORDER)
    member_id: ID | None = strawberry.field(description="The member of your company; null: nobody.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Your own number of an order.")
class OrderReferenceInput:
    """Your own number of an order."""

    order_id: ID = strawberry.field(description=ORDER)
    reference: str | None = strawberry.field(description="At most 100 characters; null takes it away.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
