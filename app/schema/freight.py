"""Lanes and freight templates as clients see them, and the transit that an order keeps of its lane."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

import strawberry
from sqlalchemy import any_, literal, select
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain import freight
from app.domain.calendar import Calendar
from app.domain.freight import DeliveryCondition
from app.domain.goods import CargoClass, LaneProvider, TransitUnit
from app.domain.policy import TransportMode
from app.reads import Node, as_enum, column, many, public_id
from app.schema.enums import described
from app.schema.money import Money, money
from app.schema.scalars import CountryCode, said

described(
    DeliveryCondition,
    "DeliveryCondition",
    "A condition of the on-time delivery guarantee.",
    """
    SELLER_ENROLLED: The seller had joined the on-time guarantee when the terms were offered.
    READY_TO_SHIP: Every line is of a product that is ready to ship.
    LANE_GUARANTEED: The order goes by a guaranteed lane that takes its goods to its destination.
    PROMISE_NEAR: The promised date is not further ahead than a promise may reach.
    SELF_OPERATED_EXPORT: A seller's draft is exported under the seller's own title.
    """,
)


@reads.reads(t.lanes, prefix="lan", visible=reads.signed_in)
class Lane(Node):
    """A way goods travel: from where, to which countries, how long, for what price."""

    id: ID = column(public_id("lan", t.lanes.c.id), "The lane's id.")
    name: str = column(t.lanes.c.name, "Its name.")
    provider: LaneProvider = column(as_enum(LaneProvider, t.lanes.c.provider), "Who runs it.")
    carrier: str = column(t.lanes.c.carrier, "Who carries the goods.")
    cargo_class: CargoClass = column(as_enum(CargoClass, t.lanes.c.cargo_class), "What kind of goods it takes.")
    mode: TransportMode = column(as_enum(TransportMode, t.lanes.c.mode), "How the goods travel.")
    origin: CountryCode = column(said(CountryCode, t.lanes.c.origin), "The country from which they leave.")
    destinations: list[str] = column(t.lanes.c.destinations, "The countries it goes to.")
    min_days: int = column(t.lanes.c.min_days, "The least days in transit.")
    max_days: int = column(t.lanes.c.max_days, "The most days in transit.")
    unit: TransitUnit = column(as_enum(TransitUnit, t.lanes.c.unit), "Which days they are.")
    base_price: Money = money(t.lanes.c.base_price, literal("USD"), "What a parcel costs, however light.")
    kilo_price: Money = money(t.lanes.c.kilo_price, literal("USD"), "What each kilogram begun costs beside.")
    guaranteed: bool = column(t.lanes.c.guaranteed, "Whether delivery by it can be guaranteed.")
    recommended: bool = column(t.lanes.c.recommended, "Whether the platform recommends it.")
    demonstration: bool = column(t.lanes.c.demonstration, "Whether it is made up, for the demonstration.")
    retired_at: datetime | None = column(t.lanes.c.retired_at, "Since when it is run no more.")


@reads.reads(t.templates, prefix="tpl", visible=reads.seller_only(t.templates.c.seller_id))
class FreightTemplate(Node):
    """A seller's freight template: the lanes by which the products bound to it are sent."""

    id: ID = column(public_id("tpl", t.templates.c.id), "The template's id.")
    name: str = column(t.templates.c.name, "Its name.")
    lanes: list[Lane] = many(
        t.lanes.c.id.in_(
            select(t.template_lanes.c.lane_id)
            .where(t.template_lanes.c.template_id == t.templates.c.id)
            .scalar_subquery()
        ),
        t.lanes.c.name,
        t.lanes.c.id,
        description="Its lanes.",
    )
    products: int = column(
        reads.count_of(t.products.c.template_id == t.templates.c.id), "How many products are bound to it."
    )
    created_at: datetime = column(t.templates.c.created_at, "When it was made.")


def narrow_lanes(
    destination: Annotated[
        CountryCode | None, strawberry.argument(description="Only those that go to this country.")
    ] = None,
    cargo_class: Annotated[
        CargoClass | None, strawberry.argument(description="Only those that take these goods.")
    ] = None,
    providers: Annotated[
        list[LaneProvider] | None, strawberry.argument(description="Only those of these providers.")
    ] = None,
    guaranteed: Annotated[
        bool | None, strawberry.argument(description="Only those that are guaranteed, or only those that are not.")
    ] = None,
    recommended: Annotated[
        bool | None, strawberry.argument(description="Only those that are recommended, or only those that are not.")
    ] = None,
) -> list[Any]:
    """Which lanes a list shows."""
    c = t.lanes.c
    conditions: list[Any] = []
    if destination is not None:
        conditions.append(any_(c.destinations) == destination)
    if cargo_class is not None:
        conditions.append(c.cargo_class == cargo_class.value)
    if providers is not None:
        conditions.append(c.provider.in_(sorted({provider.value for provider in providers})))
    if guaranteed is not None:
        conditions.append(c.guaranteed == guaranteed)
    if recommended is not None:
        conditions.append(c.recommended == recommended)
    return conditions


@reads.reads(t.orders, part=True)
class Transit:
    """What an order keeps of its lane: how long the goods are in transit, and from where."""

    min_days: int | None = column(t.orders.c.transit_min, "The least days; null without a lane.")
    max_days: int | None = column(t.orders.c.transit_max, "The most days; null without a lane.")
    unit: TransitUnit | None = column(as_enum(TransitUnit, t.orders.c.transit_unit), "Which days they are.")
    origin: CountryCode | None = column(
        said(CountryCode, t.orders.c.transit_origin), "The country from which the goods leave."
    )


@strawberry.type(description="When goods on their way should arrive.")
class DeliveryEstimate:
    """When goods on their way should arrive."""

    earliest: date = strawberry.field(description="The first date.")
    latest: date = strawberry.field(description="The last date.")


@dataclass(frozen=True)
class TransitFacts:
    """What an estimate rests on, as the read statement brings it."""

    dispatched_at: datetime | None
    min_days: int | None
    max_days: int | None
    unit: TransitUnit | None
    zone: str | None


def estimate(facts: TransitFacts) -> DeliveryEstimate | None:
    """The lane's transit from the actual dispatch (DLV-4); it is no promise."""
    if facts.dispatched_at is None or facts.min_days is None or facts.max_days is None or facts.unit is None:
        return None
    left = Calendar(facts.zone or "UTC").date_of(facts.dispatched_at)
    return DeliveryEstimate(
        earliest=freight.arrival(left, facts.min_days, facts.unit),
        latest=freight.arrival(left, facts.max_days, facts.unit),
    )


TRANSIT = reads.record(
    TransitFacts,
    dispatched_at=t.orders.c.dispatched_at,
    min_days=t.orders.c.transit_min,
    max_days=t.orders.c.transit_max,
    unit=as_enum(TransitUnit, t.orders.c.transit_unit),
    zone=select(t.policies.c.document["zone"].astext).where(t.policies.c.id == t.orders.c.policy_id).scalar_subquery(),
)


def conditions(failed: list[str]) -> list[DeliveryCondition]:
    """The conditions that failed, by their names."""
    return [DeliveryCondition(name) for name in failed]
