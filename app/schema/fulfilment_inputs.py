"""What mutations are given between agreement and review: parcels, tracking, amendments, reviews."""

from datetime import datetime
from decimal import Decimal

import strawberry
from strawberry import ID

from app.domain.policy import TransportMode
from app.domain.records import TrackingKind
from app.schema.contract_inputs import ContractInput
from app.schema.inputs import KEY, ORDER, VERSION


@strawberry.input(description="How much of a line is dispatched.")
class DispatchItemInput:
    """How much of a line is dispatched."""

    item_id: ID = strawberry.field(description="The line's id.")
    quantity: Decimal = strawberry.field(description="How many units of it.")


@strawberry.input(description="A dispatch of some or all of the goods.")
class ShipmentDispatchInput:
    """A dispatch of some or all of the goods."""

    idempotency_key: str = strawberry.field(description=KEY)
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
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="What was wrong of a shipment, put right; what is left out stays.")
class ShipmentCorrectInput:
    """What was wrong of a shipment, put right."""

    shipment_id: ID = strawberry.field(description="The shipment's id.")
    carrier: str | None = strawberry.field(default=None, description="Who carries it.")
    tracking_number: str | None = strawberry.field(default=None, description="The carrier's number.")
    external_reference: str | None = strawberry.field(default=None, description="Your own number of it.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="What a carrier reports of a shipment; the same report counts once.")
class TrackingRecordInput:
    """What a carrier reports of a shipment."""

    shipment_id: ID = strawberry.field(description="The shipment's id.")
    kind: TrackingKind = strawberry.field(description="What happened.")
    occurred_at: datetime = strawberry.field(description="When it happened: between dispatch and now.")
    source: str = strawberry.field(description="Who reports it, such as DHL.")
    reference: str = strawberry.field(description="The source's own id of the report.")
    place: str | None = strawberry.field(default=None, description="Where it happened.")
    text: str | None = strawberry.field(default=None, description="The carrier's words.")
    corrects: str | None = strawberry.field(
        default=None, description="The source's own id of another report of this shipment, which stands no more."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Other terms, proposed to the buyer.")
class AmendmentProposeInput:
    """Other terms, proposed to the buyer."""

    idempotency_key: str = strawberry.field(description=KEY)
    order_id: ID = strawberry.field(description=ORDER)
    contract: ContractInput = strawberry.field(description="The terms to change.")
    reason: str | None = strawberry.field(default=None, description="Why, for the buyer to read.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input(description="The buyer's answer to a proposed amendment.")
class AmendmentAnswerInput:
    """The buyer's answer to a proposed amendment."""

    order_id: ID = strawberry.field(description=ORDER)
    accept: bool = strawberry.field(description="Whether the terms shall be as proposed.")
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="The buyer's review; scores from 1 to 5.")
class ReviewWriteInput:
    """The buyer's review."""

    order_id: ID = strawberry.field(description=ORDER)
    product: int = strawberry.field(description="The product.")
    dispatch_speed: int = strawberry.field(description="The speed of dispatch.")
    service: int = strawberry.field(description="The service.")
    text: str | None = strawberry.field(default=None, description="More, in words.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="The seller's reply to the review.")
class ReviewReplyInput:
    """The seller's reply to the review."""

    order_id: ID = strawberry.field(description=ORDER)
    text: str = strawberry.field(description="The reply.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
