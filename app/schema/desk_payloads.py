"""What mutations of the seller's desk answer."""

import strawberry
from strawberry import ID

from app.schema.desk import PrivateNote
from app.schema.facts import UserError
from app.schema.fulfilment import Shipment
from app.schema.order import Order
from app.schema.payloads import ERRORS

NAMED = "The order that was named."
WHY = "Why nothing was done to it, each `field` beginning with its place in the input; empty when it was."
ALL = "One an order, in the order they were named; one that is refused does not hold up the others."
NONE = "Why nothing was done at all: the request itself is refused, or each of its orders; empty else."


@strawberry.type(description="A private note and its order.")
class NotePayload:
    """A private note and its order."""

    note: PrivateNote | None = strawberry.field(description="The note; null when refused.")
    order: Order | None = strawberry.field(description="Its order as it is now.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="What became of one order of many.")
class OrderResult:
    """What became of one order of many."""

    order_id: ID = strawberry.field(description=NAMED)
    order: Order | None = strawberry.field(description="The order as it is now, also when it was refused.")
    user_errors: list[UserError] = strawberry.field(description=WHY)


@strawberry.type(description="What became of each of many orders.")
class OrdersPayload:
    """What became of each of many orders."""

    results: list[OrderResult] = strawberry.field(description=ALL)
    user_errors: list[UserError] = strawberry.field(description=NONE)


@strawberry.type(description="What became of one draft of many.")
class DeleteResult:
    """What became of one draft of many."""

    order_id: ID = strawberry.field(description=NAMED)
    deleted_id: ID | None = strawberry.field(description="The id that is gone; null when refused.")
    user_errors: list[UserError] = strawberry.field(description=WHY)


@strawberry.type(description="What became of each of many drafts.")
class DeletesPayload:
    """What became of each of many drafts."""

    results: list[DeleteResult] = strawberry.field(description=ALL)
    user_errors: list[UserError] = strawberry.field(description=NONE)


@strawberry.type(description="What became of one dispatch of many.")
class DispatchResult:
    """What became of one dispatch of many."""

    order_id: ID = strawberry.field(description=NAMED)
    shipment: Shipment | None = strawberry.field(description="The shipment; null when refused.")
    order: Order | None = strawberry.field(description="Its order as it is now, also when it was refused.")
    user_errors: list[UserError] = strawberry.field(description=WHY)


@strawberry.type(description="What became of each of many dispatches.")
class DispatchesPayload:
    """What became of each of many dispatches."""

    results: list[DispatchResult] = strawberry.field(description=ALL)
    user_errors: list[UserError] = strawberry.field(description=NONE)
