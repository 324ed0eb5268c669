"""What unused coupons at a seller's expense may still cost (COU-4)."""

from datetime import date, timedelta

import pytest

from app.domain.exposure import Bundle, Exposure, Sum, exposure
from app.domain.remedies import CouponStatus
from tests.domain.build import POLICY, SECOND
from tests.domain.test_calendar import wall

NOW = wall("2024-08-01T10:00:00")
SOON, LATER = wall("2024-08-04T23:59:59"), wall("2024-08-05T23:59:59")


def of(*bundles: Bundle) -> Exposure:
    """The exposure now."""
    return exposure(bundles, POLICY.calendar, NOW)


def test_unused_coupons_add_up_by_the_day_they_end() -> None:
    """COU-4: what is applied to an order already stands apart, for it no longer ends."""
    available, reserved = CouponStatus.AVAILABLE, CouponStatus.RESERVED
    found = of(
        Bundle(LATER, available, 2, 60_00),
        Bundle(SOON, available, 1, 30_00),
        Bundle(SOON, available, 3, 5_00),
        Bundle(SOON, reserved, 1, 100_00),
    )
    assert found.total == Sum(7, 195_00)
    assert found.reserved == Sum(1, 100_00)
    assert found.by_day == ((date(2024, 8, 4), Sum(4, 35_00)), (date(2024, 8, 5), Sum(2, 60_00)))


@pytest.mark.parametrize("status", [CouponStatus.USED, CouponStatus.EXPIRED, CouponStatus.REVOKED])
def test_what_can_cost_nothing_more_is_left_out(status: CouponStatus) -> None:
    """COU-4: used, it is a recovery by now; expired or revoked, it costs nobody anything."""
    assert of(Bundle(LATER, status, 1, 30_00)) == Exposure(Sum(), Sum(), ())


@pytest.mark.parametrize(("after", "count"), [(SECOND - timedelta(microseconds=1), 1), (SECOND, 0)])
def test_its_time_is_over_before_a_sweep_has_come_by(after: timedelta, count: int) -> None:
    """COU-4, section 14: good to the end of its last second, and reserved in time it stays."""
    at = SOON + after
    assert exposure([Bundle(SOON, CouponStatus.AVAILABLE, 1, 1_00)], POLICY.calendar, at).total.count == count
    assert exposure([Bundle(SOON, CouponStatus.RESERVED, 1, 1_00)], POLICY.calendar, at).total.count == 1
