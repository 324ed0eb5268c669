"""What mutations about files, milestones and consignment orders are given."""

import datetime as dates
from datetime import datetime

import strawberry
from strawberry import ID

from app.domain.exports import Acknowledgement
from app.schema.inputs import KEY, ORDER, VERSION

FILES = "Files of yours, sent to `/files` before; from 1 to 20."


@strawberry.input(description="An offer to the other side.")
class OrderSubmitInput:
    """An offer to the other side."""

    order_id: ID = strawberry.field(description=ORDER)
    acknowledge: list[Acknowledgement] = strawberry.field(
        default_factory=list,
        description="What the seller says to know (ORD-6): asked for where Yidatong exports the goods, and where a "
        "contract is attached.",
    )
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What was reached of the production.")
class MilestoneAddInput:
    """What was reached of the production."""

    order_id: ID = strawberry.field(description=ORDER)
    date: dates.date = strawberry.field(
        description="The day on which it was so, where you are: between the order's drafting and today."
    )
    text: str = strawberry.field(description="What was reached, in 1 to 2,000 characters; the buyer reads it.")
    file_ids: list[ID] = strawberry.field(
        default_factory=list, description="Pictures of yours, sent to `/files` before as PRODUCTION; at most 20."
    )
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A milestone that was wrong.")
class MilestoneTakeBackInput:
    """A milestone that was wrong."""

    order_id: ID = strawberry.field(description=ORDER)
    milestone_id: ID = strawberry.field(description="The milestone's id.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Proofs of a shipment.")
class ShipmentAttachProofInput:
    """Proofs of a shipment."""

    shipment_id: ID = strawberry.field(description="The shipment's id.")
    file_ids: list[ID] = strawberry.field(description=FILES)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Pictures of a product.")
class ProductAttachPictureInput:
    """Pictures of a product."""

    product_id: ID = strawberry.field(description="The product's id.")
    file_ids: list[ID] = strawberry.field(description=FILES)
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if the product is no longer at this version."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What a party shows of an order.")
class OrderAttachEvidenceInput:
    """What a party shows of an order."""

    order_id: ID = strawberry.field(description=ORDER)
    file_ids: list[ID] = strawberry.field(description=FILES)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A consignment order at the agent's.")
class ConsignmentLinkInput:
    """A consignment order at the agent's."""

    order_id: ID = strawberry.field(description=ORDER)
    number: str = strawberry.field(description="Its number at the agent's, at most 64 characters.")
    customs_cleared_at: datetime | None = strawberry.field(
        default=None, description="When customs cleared it, if they have: not before the order was drafted."
    )
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A linked consignment order.")
class ConsignmentUnlinkInput:
    """A linked consignment order."""

    order_id: ID = strawberry.field(description=ORDER)
    consignment_id: ID = strawberry.field(description="The consignment order's id here.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
