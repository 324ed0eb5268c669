"""What mutations of the seller's desk are given."""

import strawberry
from strawberry import ID

from app.domain.policy import TransportMode
from app.domain.records import LeadSource
from app.schema.fulfilment_inputs import DispatchItemInput
from app.schema.inputs import KEY, ORDER, VERSION

ORDERS = "The orders, from 1 to 250; each is acted upon for itself."


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


@strawberry.input(description="Where an order came from.")
class OrderLeadSourceInput:
    """Where an order came from."""

    order_id: ID = strawberry.field(description=ORDER)
    lead_source: LeadSource | None = strawberry.field(description="Where you met its buyer; null: it is not known.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="To whom many orders are assigned.")
class OrderAssignManyInput:
    """To whom many orders are assigned."""

    order_ids: list[ID] = strawberry.field(description=ORDERS)
    member_id: ID | None = strawberry.field(description="The member of your company; null: nobody.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="Labels to put on many orders, and labels to take off them.")
class OrderLabelManyInput:
    """Labels to put on many orders, and labels to take off them."""

    order_ids: list[ID] = strawberry.field(description=ORDERS)
    add: list[str] = strawberry.field(default_factory=list, description="Labels of 1 to 50 characters to put on.")
    remove: list[str] = strawberry.field(default_factory=list, description="Labels to take off, first.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="Drafts to delete.")
class OrderDeleteManyInput:
    """Drafts to delete."""

    order_ids: list[ID] = strawberry.field(description=ORDERS)
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="The dispatch of one order among many.")
class OrderParcelInput:
    """The dispatch of one order among many."""

    order_id: ID = strawberry.field(description=ORDER)
    carrier: str = strawberry.field(description="Who carries it.")
    tracking_number: str = strawberry.field(description="The carrier's number.")
    transport_mode: TransportMode | None = strawberry.field(
        default=None, description="How it travels; as the contract says if left out."
    )
    external_reference: str | None = strawberry.field(default=None, description="Your own number of it.")
    items: list[DispatchItemInput] | None = strawberry.field(
        default=None, description="What it carries; everything that is left if left out."
    )


@strawberry.input(description="Dispatches of many orders.")
class ShipmentDispatchManyInput:
    """Dispatches of many orders."""

    dispatches: list[OrderParcelInput] = strawberry.field(
        description="From 1 to 250 dispatches, each of another order; each is made for itself."
    )
    idempotency_key: str = strawberry.field(description=KEY)
