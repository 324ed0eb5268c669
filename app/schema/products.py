"""Products as clients see them: what is sold, at which price from which quantity, with which promises."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, Integer, and_, cast, false, func, or_, select
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain import badges as promises
from app.domain.access import SELLER_SIDE
from app.domain.badges import Badge, BadgeReason
from app.domain.goods import CargoClass
from app.domain.money import Money as Amount
from app.reads import Node, as_enum, column, computed, many, one, public_id
from app.reads.visibility import Standing
from app.schema.attachments import Attachment
from app.schema.enums import described
from app.schema.money import Money, money_of
from app.schema.scalars import CurrencyCode, said

if TYPE_CHECKING:
    from app.schema.people import Seller

described(
    Badge,
    "Badge",
    "A promise shown beside a product.",
    """
    ON_TIME_DISPATCH: It leaves by its deadline, or the buyer is compensated.
    ON_TIME_DELIVERY: It arrives by the promised date, or the buyer is compensated.
    """,
)
described(
    BadgeReason,
    "BadgeReason",
    "Why a product lacks a badge.",
    """
    SELLER_NOT_ENROLLED: Its seller has not joined the on-time guarantee.
    NOT_READY_TO_SHIP: It is made to order.
    NO_GUARANTEED_LANE: No lane of its freight template is guaranteed.
    """,
)


@strawberry.type(description="The price of a unit from a quantity on.")
class PriceTier:
    """The price of a unit from a quantity on."""

    from_quantity: Decimal = strawberry.field(description="From how many units on.")
    unit_price: Money = strawberry.field(description="What a unit costs then.")


@strawberry.type(description="Whether a product has a badge, and if not, why (ENR-5).")
class ProductBadge:
    """Whether a product has a badge, and if not, why."""

    badge: Badge = strawberry.field(description="The badge.")
    shown: bool = strawberry.field(description="Whether the product has it.")
    missing: list[BadgeReason] = strawberry.field(description="What the product lacks for it; empty when it is shown.")


@dataclass(frozen=True)
class BadgeFacts:
    """What badges rest on, as the read statement brings it."""

    enrolled: int
    ready_to_ship: bool
    guaranteed_lanes: int


def _tiers(tiers: list[dict[str, Any]], currency: str) -> list[PriceTier]:
    return [
        PriceTier(from_quantity=Decimal(tier["from"]), unit_price=money_of(Amount(int(tier["price"]), currency)))
        for tier in tiers
    ]


def _badges(facts: BadgeFacts) -> list[ProductBadge]:
    found = promises.badges(facts.enrolled > 0, facts.ready_to_ship, facts.guaranteed_lanes)
    return [ProductBadge(badge=state.badge, shown=not state.missing, missing=list(state.missing)) for state in found]


def _guaranteed_lanes() -> ColumnElement[int]:
    """How many guaranteed lanes that are still run the product's template holds."""
    lanes, bound = t.lanes.c, t.template_lanes.c
    return (
        select(cast(func.count(), Integer))
        .select_from(t.template_lanes.join(t.lanes, lanes.id == bound.lane_id))
        .where(bound.template_id == t.products.c.template_id, lanes.guaranteed, lanes.retired_at.is_(None))
        .scalar_subquery()
    )


def on_offer(standing: Standing) -> ColumnElement[bool]:
    """Published products are seen by everybody with a token, others by their seller and operators."""
    if standing.role is None:
        return false()
    return or_(t.products.c.published, own_product(standing))


own_product = reads.seller_only(t.products.c.seller_id)


@reads.reads(t.products, prefix="prd", visible=on_offer)
class Product(Node):
    """What a seller sells."""

    id: ID = column(public_id("prd", t.products.c.id), "The product's id.")
    version: int = column(
        cast(t.products.c.version, Integer), "How often it has changed: what `expectedVersion` is compared with."
    )
    name: str = column(t.products.c.name, "What it is.")
    description: str | None = column(t.products.c.description, "More of it, in words.")
    currency: CurrencyCode = column(said(CurrencyCode, t.products.c.currency), "The currency of its prices.")
    unit: str = column(t.products.c.unit, "What a unit is, such as piece or kg.")
    minimum_quantity: Decimal = column(t.products.c.minimum_quantity, "The least that can be ordered.")
    prices: list[PriceTier] = computed(
        _tiers,
        t.products.c.tiers,
        t.products.c.currency,
        description="The published prices, by ascending quantity; none: a price on request.",
    )
    cargo_class: CargoClass = column(
        as_enum(CargoClass, t.products.c.cargo_class), "What kind of goods it is: lanes take one kind each."
    )
    unit_grams: int = column(t.products.c.unit_grams, "What a unit weighs, packed, in grams.")
    ready_to_ship: bool = column(
        t.products.c.ready_to_ship, "Whether it lies ready: with a published price it can be bought at once."
    )
    small_fast: bool = column(t.products.c.small_fast, "Whether it is meant for small orders that leave fast.")
    dispatch_days: int | None = column(t.products.c.dispatch_days, "Within how many days of payment it leaves.")
    published: bool = column(t.products.c.published, "Whether it is on offer.")
    agency_reviewed: bool | None = column(
        t.products.c.agency_reviewed,
        "Whether it passed the agent's review, which export by the agent asks for (FEE-3).",
        to=SELLER_SIDE,
        only=own_product,
    )
    badges: list[ProductBadge] = computed(
        _badges,
        reads.record(
            BadgeFacts,
            enrolled=reads.count_of(
                and_(t.sellers.c.id == t.products.c.seller_id, t.sellers.c.enrolled_at.is_not(None))
            ),
            ready_to_ship=t.products.c.ready_to_ship,
            guaranteed_lanes=_guaranteed_lanes(),
        ),
        description="Its badges; a missing one says why (ENR-5).",
    )
    seller: Annotated["Seller", strawberry.lazy("app.schema.people")] = one(
        t.sellers.c.id == t.products.c.seller_id, description="Who sells it."
    )
    pictures: list[Attachment] = many(
        t.attachments.c.about == t.products.c.id, t.attachments.c.id, description="What it looks like."
    )
    created_at: datetime = column(t.products.c.created_at, "When it was first written.")
    updated_at: datetime = column(t.products.c.updated_at, "When it last changed.")
