"""What enrolment opens: the star rating (ENR-4), the core countries' lanes (ENR-5), the campaigns (ENR-6)."""

from datetime import UTC, date, datetime

import pytest

from app.domain.eligibility import CampaignCondition, campaign_entry, lane_coverage, star_rating
from app.domain.records import ServiceStatus
from tests.domain.build import POLICY

ACTIVE = ServiceStatus.ACTIVE


@pytest.mark.parametrize(
    ("ready", "small_fast", "eligible"),
    [(99, 49, False), (100, 0, True), (0, 50, True), (100, 50, True), (0, 0, False)],
)
def test_either_sort_of_products_is_enough(ready: int, small_fast: int, eligible: bool) -> None:
    """ENR-4: 100 ready to ship within 7 days, or 50 small and fast; and it says how far each is."""
    rating = star_rating(True, ready, small_fast)
    assert rating.eligible is eligible
    assert (rating.ready_within_7_days.count, rating.ready_within_7_days.needed) == (ready, 100)
    assert (rating.small_fast.count, rating.small_fast.needed) == (small_fast, 50)
    assert (rating.ready_within_7_days.met, rating.small_fast.met) == (ready >= 100, small_fast >= 50)


def test_stars_are_for_enrolled_sellers() -> None:
    """ENR-4: outside the guarantee no number of products is enough."""
    rating = star_rating(False, 1_000, 1_000)
    assert (rating.eligible, rating.ready_within_7_days.met, rating.small_fast.met) == (False, True, True)


def test_each_core_country_is_covered_or_not() -> None:
    """ENR-5: in the order of policy; lanes to other countries say nothing."""
    covered = {"US", "MX", "JP"}
    assert lane_coverage(["US", "CA", "MX"], covered) == [("US", True), ("CA", False), ("MX", True)]


# The platform's days begin at 08:00 UTC in winter and at 07:00 UTC in summer
CAMPAIGNS = [
    (datetime(2024, 1, 15, tzinfo=UTC), date(2024, 3, 1), date(2024, 3, 31), False),
    (datetime(2024, 3, 1, 7, 59, 59, tzinfo=UTC), date(2024, 3, 1), date(2024, 3, 31), False),
    (datetime(2024, 3, 1, 8, 0, 0, tzinfo=UTC), date(2024, 3, 1), date(2024, 3, 31), True),
    (datetime(2024, 4, 1, 6, 59, 59, tzinfo=UTC), date(2024, 3, 1), date(2024, 3, 31), True),
    (datetime(2024, 4, 1, 7, 0, 0, tzinfo=UTC), date(2024, 9, 1), date(2024, 9, 30), False),
    (datetime(2024, 9, 30, 12, 0, 0, tzinfo=UTC), date(2024, 9, 1), date(2024, 9, 30), True),
    (datetime(2024, 10, 1, 7, 0, 0, tzinfo=UTC), date(2025, 3, 1), date(2025, 3, 31), False),
]


@pytest.mark.parametrize(("now", "starts_on", "ends_on", "running"), CAMPAIGNS)
def test_the_campaign_that_runs_or_comes_next(now: datetime, starts_on: date, ends_on: date, running: bool) -> None:
    """ENR-6: March's or September's, by the platform's calendar."""
    entry = campaign_entry(POLICY.calendar, now, ACTIVE, True)
    assert (entry.starts_on, entry.ends_on, entry.running) == (starts_on, ends_on, running)


@pytest.mark.parametrize("enrolled", [False, True])
@pytest.mark.parametrize("service", list(ServiceStatus))
def test_entering_requires_enrolment(service: ServiceStatus, enrolled: bool) -> None:
    """ENR-6: an active seller who is enrolled enters; else each condition says which is missing."""
    entry = campaign_entry(POLICY.calendar, datetime(2024, 3, 5, tzinfo=UTC), service, enrolled)
    active = service is ServiceStatus.ACTIVE
    assert dict(entry.conditions) == {
        CampaignCondition.SERVICE_ACTIVE: active,
        CampaignCondition.ENROLLED: enrolled,
    }
    assert entry.eligible is (active and enrolled)
