"""Milestones of the production, shipments, deadlines and reviews as clients see them."""

import datetime as dates
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, select
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain.access import SELLER_SIDE
from app.domain.goods import AttachmentPurpose
from app.domain.policy import TransportMode
from app.domain.records import DeadlineKind, DeadlineStatus, TrackingKind
from app.reads import Node, as_enum, column, computed, many, public_id
from app.schema.attachments import Attachment
from app.schema.facts import Fact


@reads.reads(
    t.milestones,
    prefix="mst",
    visible=reads.of_shipments,
    through=("Order", t.orders.c.id == t.milestones.c.order_id),
)
class Milestone(Node):
    """What the seller reports of the production (SHP-7)."""

    id: ID = column(public_id("mst", t.milestones.c.id), "The milestone's id.")
    date: dates.date = column(t.milestones.c.on_date, "The day on which it was so, where the seller is.")
    text: str = column(t.milestones.c.text, "What was reached.")
    pictures: list[Attachment] = many(
        t.attachments.c.about == t.milestones.c.id, t.attachments.c.id, description="Pictures of it."
    )
    added_at: datetime = column(t.milestones.c.added_at, "When it was reported.")


@reads.reads(
    t.shipment_items,
    visible=reads.of_shipments,
    through=("Order", t.orders.c.id == t.shipment_items.c.order_id),
)
class ShipmentItem:
    """How much of a line a shipment carries."""

    item_id: ID = column(public_id("itm", t.shipment_items.c.item_id), "The line.")
    description: str | None = column(
        select(t.items.c.description).where(t.items.c.id == t.shipment_items.c.item_id).scalar_subquery(),
        "What the line is for.",
    )
    quantity: Decimal = column(t.shipment_items.c.quantity, "How many units of it.")


@reads.reads(
    t.tracking_events,
    prefix="trk",
    visible=reads.of_shipments,
    through=("Order", t.orders.c.id == t.tracking_events.c.order_id),
)
class TrackingEvent(Node):
    """What a carrier or an operator reported of a shipment."""

    id: ID = column(public_id("trk", t.tracking_events.c.id), "The tracking event's id.")
    kind: TrackingKind = column(as_enum(TrackingKind, t.tracking_events.c.kind), "What happened.")
    occurred_at: datetime = column(t.tracking_events.c.occurred_at, "When it happened.")
    place: str | None = column(t.tracking_events.c.place, "Where.")
    text: str | None = column(t.tracking_events.c.text, "The carrier's words.")
    source: str = column(t.tracking_events.c.source, "Who reported it.")
    reference: str = column(t.tracking_events.c.source_reference, "The source's own id of the report.")
    corrects: str | None = column(
        t.tracking_events.c.corrects, "The report of the same source, by its id there, that stands no more."
    )
    recorded_at: datetime = column(t.tracking_events.c.recorded_at, "When it was reported.")


@reads.reads(
    t.shipments,
    prefix="shp",
    visible=reads.of_shipments,
    through=("Order", t.orders.c.id == t.shipments.c.order_id),
)
class Shipment(Node):
    """A dispatch of some or all of the goods."""

    id: ID = column(public_id("shp", t.shipments.c.id), "The shipment's id.")
    position: int = column(t.shipments.c.position + 1, "Which of the order's shipments, from 1.")
    transport_mode: TransportMode = column(as_enum(TransportMode, t.shipments.c.transport_mode), "How it travels.")
    carrier: str = column(t.shipments.c.carrier, "Who carries it.")
    tracking_number: str = column(t.shipments.c.tracking_number, "The carrier's number.")
    external_reference: str | None = column(
        t.shipments.c.external_reference, "The seller's own number of it.", to=SELLER_SIDE
    )
    dispatched_at: datetime = column(t.shipments.c.dispatched_at, "When it was dispatched.")
    customs_cleared_at: datetime | None = column(t.shipments.c.customs_cleared_at, "When customs cleared it.")
    delivered_at: datetime | None = column(t.shipments.c.delivered_at, "When it was delivered.")
    items: list[ShipmentItem] = many(
        t.shipment_items.c.shipment_id == t.shipments.c.id,
        t.shipment_items.c.id,
        description="What it carries; nothing where an attached contract stands in place of lines: then all there is.",
    )
    proofs: list[Attachment] = many(
        and_(t.attachments.c.about == t.shipments.c.id, t.attachments.c.purpose == AttachmentPurpose.PROOF.value),
        t.attachments.c.id,
        description="What proves that it left.",
    )
    tracking: list[TrackingEvent] = many(
        t.tracking_events.c.shipment_id == t.shipments.c.id,
        t.tracking_events.c.occurred_at,
        t.tracking_events.c.id,
        description="What was reported of it, in the order in which it happened.",
    )


def _facts(inputs: Mapping[str, Any]) -> list[Fact]:
    return [Fact(name=name, value=str(value)) for name, value in inputs.items()]


# What a used coupon costs the late seller is reckoned in a row that is nobody's to see (section 13)
SHOWN = and_(t.orders.c.id == t.deadlines.c.order_id, t.deadlines.c.kind != DeadlineKind.RECOVERY.value)


@reads.reads(t.deadlines, prefix="ddl", through=("Order", SHOWN))
class Deadline(Node):
    """What time will do to an order, and by which arithmetic."""

    id: ID = column(public_id("ddl", t.deadlines.c.id), "The deadline's id.")
    kind: DeadlineKind = column(as_enum(DeadlineKind, t.deadlines.c.kind), "What it is for.")
    starts_at: datetime = column(t.deadlines.c.starts_at, "When its clock started.")
    due_at: datetime = column(t.deadlines.c.due_at, "The last good second: in time is before `dueAt` + 1 s.")
    rule: str = column(t.deadlines.c.rule, "The rule it was computed by.")
    policy_version: ID | None = column(
        public_id("pol", select(t.orders.c.policy_id).where(t.orders.c.id == t.deadlines.c.order_id).scalar_subquery()),
        "The policy version it was computed by: the one pinned to its order.",
    )
    inputs: list[Fact] = computed(_facts, t.deadlines.c.inputs, description="What it was computed from.")
    status: DeadlineStatus = column(as_enum(DeadlineStatus, t.deadlines.c.status), "What became of it.")
    settled_at: datetime | None = column(t.deadlines.c.settled_at, "When it ended, ran out or was moved.")
    detected_at: datetime | None = column(
        t.deadlines.c.detected_at, "When its lapse was noticed; later than `dueAt` after a downtime."
    )


@reads.reads(t.reviews, prefix="rev", through=("Order", t.orders.c.id == t.reviews.c.order_id))
class Review(Node):
    """The buyer's review of a completed order, and the seller's reply."""

    id: ID = column(public_id("rev", t.reviews.c.id), "The review's id.")
    product: int = column(t.reviews.c.product, "The product, from 1 to 5.")
    dispatch_speed: int = column(t.reviews.c.dispatch_speed, "The speed of dispatch, from 1 to 5.")
    service: int = column(t.reviews.c.service, "The service, from 1 to 5.")
    text: str | None = column(t.reviews.c.text, "The buyer's words.")
    reviewed_at: datetime = column(t.reviews.c.reviewed_at, "When it was written.")
    reply: str | None = column(t.reviews.c.reply, "The seller's reply.")
    replied_at: datetime | None = column(t.reviews.c.replied_at, "When the seller replied.")
