"""A seller's part in the on-time dispatch guarantee, and what it opens, as clients see it (ENR)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import strawberry
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.dialects.postgresql import JSONB

from app import reads
from app.db import tables as t
from app.domain import eligibility
from app.domain.calendar import Calendar
from app.domain.eligibility import CampaignCondition
from app.domain.records import DeadlineKind, ServiceStatus
from app.reads import as_enum, column, count_of
from app.schema.scalars import CountryCode

ENROLLED = t.sellers.c.enrolled_at.is_not(None)


def _due(kind: DeadlineKind, since: ColumnElement[datetime | None]) -> ColumnElement[datetime]:
    """The instant named by the clock that started then; NULL without one."""
    d = t.deadlines.c
    started = and_(d.seller_id == t.sellers.c.id, d.kind == kind.value, d.starts_at == since)
    return select(d.due_at).where(started).order_by(d.id).limit(1).scalar_subquery()


@reads.reads(t.sellers, part=True)
class Enrolment:
    """A seller's part in the on-time dispatch guarantee."""

    enrolled: bool = column(ENROLLED, "Whether new orders promise on-time dispatch.")
    since: datetime | None = column(t.sellers.c.enrolled_at, "Since when, while enrolled.")
    left_at: datetime | None = column(t.sellers.c.left_at, "When the seller left, until they join again.")
    exit_allowed_at: datetime | None = column(
        _due(DeadlineKind.EXIT_ALLOWED, t.sellers.c.enrolled_at),
        "While enrolled: the first second at which leaving is possible.",
    )
    rejoin_allowed_at: datetime | None = column(
        _due(DeadlineKind.REJOIN_ALLOWED, t.sellers.c.left_at),
        "After leaving: the first second at which joining again is possible.",
    )


@strawberry.type(description="How far a seller is with one sort of products.")
class ProductGoal:
    """How far a seller is with one sort of products."""

    count: int = strawberry.field(description="How many published products there are.")
    needed: int = strawberry.field(description="How many it takes.")
    met: bool = strawberry.field(description="Whether there are enough.")


@strawberry.type(description="Whether a seller's stars are evaluated: enrolled, and one of the two goals met (ENR-4).")
class StarRating:
    """Whether a seller's stars are evaluated."""

    eligible: bool = strawberry.field(description="Whether they are.")
    enrolled: bool = strawberry.field(description="Whether the seller is enrolled, which they must be.")
    ready_within_7_days: ProductGoal = strawberry.field(
        description="Products ready to ship that are dispatched within 7 days."
    )
    small_fast: ProductGoal = strawberry.field(description="Products for small and fast orders.")


def _goal(goal: eligibility.Goal) -> ProductGoal:
    return ProductGoal(count=goal.count, needed=goal.needed, met=goal.met)


def star_rating(enrolled: bool, ready: int, small_fast: int) -> StarRating:
    """The star rating of a seller with so many products."""
    rating = eligibility.star_rating(enrolled, ready, small_fast)
    return StarRating(
        eligible=rating.eligible,
        enrolled=rating.enrolled,
        ready_within_7_days=_goal(rating.ready_within_7_days),
        small_fast=_goal(rating.small_fast),
    )


_published = and_(t.products.c.seller_id == t.sellers.c.id, t.products.c.published)
READY = count_of(and_(_published, t.products.c.ready_to_ship, t.products.c.dispatch_days <= eligibility.READY_DAYS))
SMALL_FAST = count_of(and_(_published, t.products.c.small_fast))


@strawberry.type(description="Whether a seller has a guaranteed lane to a core country (ENR-5).")
class LaneCoverage:
    """Whether a seller has a guaranteed lane to a core country."""

    country: CountryCode = strawberry.field(description="The country.")
    covered: bool = strawberry.field(description="Whether a guaranteed lane of the seller's templates goes there.")


def lane_coverage(policy: Mapping[str, Any] | None, covered: list[str]) -> list[LaneCoverage]:
    """The coverage of the core countries of the policy in force."""
    countries = policy["core_countries"] if policy else ()
    return [
        LaneCoverage(country=CountryCode(country), covered=there)
        for country, there in eligibility.lane_coverage(countries, covered)
    ]


def _document(document: Mapping[str, Any]) -> Mapping[str, Any]:
    return document


POLICY = reads.row(
    _document,
    t.policies.c.effective_at <= reads.NOW,
    t.policies.c.effective_at.desc(),
    document=func.jsonb_build_object(
        "zone",
        t.policies.c.document["zone"],
        "core_countries",
        t.policies.c.document["core_countries"],
        type_=JSONB,
    ),
)


def _covered() -> ColumnElement[list[str]]:
    """The countries to which a lane of the seller's templates is guaranteed."""
    lanes = (
        select(func.unnest(t.lanes.c.destinations))
        .join(t.template_lanes, t.template_lanes.c.lane_id == t.lanes.c.id)
        .join(t.templates, t.templates.c.id == t.template_lanes.c.template_id)
        .where(t.templates.c.seller_id == t.sellers.c.id, t.lanes.c.guaranteed, t.lanes.c.retired_at.is_(None))
        .distinct()
    )
    return func.to_jsonb(func.array(lanes.scalar_subquery()), type_=JSONB)


COVERED = _covered()


@strawberry.type(description="One condition of entering a campaign.")
class CampaignRequirement:
    """One condition of entering a campaign."""

    condition: CampaignCondition = strawberry.field(description="What is required.")
    met: bool = strawberry.field(description="Whether the seller meets it now.")


@strawberry.type(description="Whether a seller can enter the campaign that runs or comes next (ENR-6).")
class CampaignEligibility:
    """Whether a seller can enter the campaign that runs or comes next."""

    eligible: bool = strawberry.field(description="Whether every condition is met now.")
    starts_on: date = strawberry.field(description="The campaign's first day: of March or September.")
    ends_on: date = strawberry.field(description="Its last day.")
    running: bool = strawberry.field(description="Whether it runs today.")
    requirements: list[CampaignRequirement] = strawberry.field(description="Each condition, met or not.")
    possible_from: datetime | None = strawberry.field(
        description="If enrolment is missing and cannot be joined yet: from when on it can."
    )


def campaign_eligibility(
    policy: Mapping[str, Any] | None,
    service: ServiceStatus,
    enrolled: bool,
    rejoin_allowed_at: datetime | None,
    now: datetime,
) -> CampaignEligibility | None:
    """How a seller stands to the campaign that runs or comes next."""
    if policy is None:
        return None
    entry = eligibility.campaign_entry(Calendar(policy["zone"]), now, service, enrolled)
    return CampaignEligibility(
        eligible=entry.eligible,
        starts_on=entry.starts_on,
        ends_on=entry.ends_on,
        running=entry.running,
        requirements=[CampaignRequirement(condition=condition, met=met) for condition, met in entry.conditions],
        possible_from=rejoin_allowed_at if rejoin_allowed_at and now < rejoin_allowed_at else None,
    )


SERVICE = as_enum(ServiceStatus, t.sellers.c.service)
REJOIN_ALLOWED_AT = _due(DeadlineKind.REJOIN_ALLOWED, t.sellers.c.left_at)
