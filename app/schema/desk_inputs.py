"""What mutations of the seller's desk are given."""

import strawberry
from strawberry import ID

from app.schema.inputs import KEY, ORDER, VERSION


@strawberry.input(description="Labels to put on an order, and labels to take off it.")
class OrderLabelInput:
    """Labels to put on an order, and labels to take off it."""

    order_id: ID = strawberry.field(description=ORDER)
    add: list[str] = strawberry.field(
        default_factory=list,
        description="Labels of 1 to 50 characters to put on; an order has at most 20. Case makes no difference.",
    )
    remove: list[str] = strawberry.field(default_factory=list, description="Labels to take off, first.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A private note about an order.")
class OrderAddNoteInput:
    """A private note about an order."""

    order_id: ID = strawberry.field(description=ORDER)
    text: str = strawberry.field(description="What to write down, in 1 to 2,000 characters; the buyer never sees it.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A private note that is no longer needed.")
class OrderRemoveNoteInput:
    """A private note that is no longer needed."""

    order_id: ID = strawberry.field(description=ORDER)
    note_id: ID = strawberry.field(description="The note's id.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
