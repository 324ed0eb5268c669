"""What enrolment opens to a seller: the star rating, the core countries' lanes, the campaigns (ENR-4 to ENR-6)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum, unique

from app.domain.calendar import Calendar
from app.domain.records import ServiceStatus

# The star rating's own terms, stated as such: a dispatch within so many days, and so many products of each sort
READY_DAYS = 7
READY_NEEDED = 100
SMALL_FAST_NEEDED = 50
CAMPAIGN_MONTHS = (3, 9)


@dataclass(frozen=True, slots=True)
class Goal:
    """How far a seller is with one sort of products."""

    count: int
    needed: int

    @property
    def met(self) -> bool:
        """Whether there are enough."""
        return self.count >= self.needed


@dataclass(frozen=True, slots=True)
class StarRating:
    """Whether a seller's stars are evaluated: enrolled, and one of two goals met (ENR-4)."""

    enrolled: bool
    ready_within_7_days: Goal
    small_fast: Goal

    @property
    def eligible(self) -> bool:
        """Whether the rating is evaluated."""
        return self.enrolled and (self.ready_within_7_days.met or self.small_fast.met)


def star_rating(enrolled: bool, ready: int, small_fast: int) -> StarRating:
    """How a seller with so many products of each sort stands to the star rating (ENR-4)."""
    return StarRating(enrolled, Goal(ready, READY_NEEDED), Goal(small_fast, SMALL_FAST_NEEDED))


def lane_coverage(core_countries: Sequence[str], covered: Collection[str]) -> list[tuple[str, bool]]:
    """Each core country, and whether a guaranteed lane of the seller's templates goes there (ENR-5)."""
    return [(country, country in covered) for country in core_countries]


@unique
class CampaignCondition(StrEnum):
    """What entering a campaign requires (ENR-6)."""

    SERVICE_ACTIVE = "SERVICE_ACTIVE"
    ENROLLED = "ENROLLED"


@dataclass(frozen=True, slots=True)
class CampaignEntry:
    """Whether a seller can enter the campaign that runs or comes next, and by which conditions (ENR-6)."""

    starts_on: date
    ends_on: date
    running: bool
    conditions: tuple[tuple[CampaignCondition, bool], ...]

    @property
    def eligible(self) -> bool:
        """Whether every condition is met."""
        return all(met for _, met in self.conditions)


def campaign_entry(calendar: Calendar, now: datetime, service: ServiceStatus, enrolled: bool) -> CampaignEntry:
    """How a seller stands to the campaign of this month, else to the next one: March's or September's (ENR-6)."""
    today = calendar.date_of(now)
    months = (date(year, month, 1) for year in (today.year, today.year + 1) for month in CAMPAIGN_MONTHS)
    starts_on = next(first for first in months if _last_of(first) >= today)
    conditions = (
        (CampaignCondition.SERVICE_ACTIVE, service is ServiceStatus.ACTIVE),
        (CampaignCondition.ENROLLED, enrolled),
    )
    return CampaignEntry(starts_on, _last_of(starts_on), starts_on <= today, conditions)


def _last_of(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
