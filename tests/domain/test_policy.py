"""Policy by itself: the numbers it starts with, what an operator may write, and what is then different."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.domain import policy_changes
from app.domain.errors import ErrorCode, Refusal
from app.domain.fees import fee_terms, methods_on_offer, payment_fee
from app.domain.policy import Campaign, ExportMethod, FeeRule, Logistics, PaymentMethod, Policy, WithdrawalRoute
from app.domain.policy_changes import PolicyPatch
from tests.domain.build import POLICY, RATES, START


def changed(**parts: Any) -> Policy:
    """The policy that follows the first one."""
    return policy_changes.changed(POLICY, PolicyPatch(**parts), POLICY.id, START)


def faults(**parts: Any) -> list[tuple[ErrorCode, tuple[str | int, ...]]]:
    """Everything a change is refused for."""
    with pytest.raises(Refusal) as refused:
        changed(**parts)
    return [(fault.code, fault.field) for fault in refused.value.all]


# --- the first policy -------------------------------------------------------------------------------------------


def test_the_platforms_calendar() -> None:
    """Section 0, section 14: days, dates and ends of days are those of Los Angeles, in summer and in winter."""
    ends = [POLICY.calendar.end_of(day) for day in (date(2024, 1, 15), date(2024, 7, 15))]
    assert [end.isoformat() for end in ends] == ["2024-01-16T07:59:59+00:00", "2024-07-16T06:59:59+00:00"]


def test_the_receiving_banks() -> None:
    """ORD-7: an order gets its accounts at J.P. Morgan and at Citibank."""
    assert [bank.name for bank in POLICY.banks] == ["J.P. Morgan", "Citibank"]


@pytest.mark.parametrize(
    ("method", "route"),
    [
        (ExportMethod.SELF_OPERATED, WithdrawalRoute.COMPANY),
        (ExportMethod.EASY_DISPATCH, WithdrawalRoute.COMPANY),
        (ExportMethod.YIDATONG_AGENCY, WithdrawalRoute.AGENT),
        (ExportMethod.MARKET_PROCUREMENT, WithdrawalRoute.PARTNER),
    ],
)
def test_where_withdrawals_go(method: ExportMethod, route: WithdrawalRoute) -> None:
    """PAY-8: the export method decides to whose account a balance is withdrawn."""
    assert POLICY.withdrawal_routes[method] is route


def test_no_method_costs_the_buyer_anything_at_first() -> None:
    """FEE-5: the first policy has a payment fee of 0 for every method."""
    assert {rule.method for rule in POLICY.methods} == set(PaymentMethod)
    for rule in POLICY.methods:
        offered = methods_on_offer(POLICY, "USD", "BR" if rule.method is PaymentMethod.BOLETO else "US", 1_000_00)
        assert payment_fee(offered, rule.method, 1_000_00) == 0


# --- what changes -----------------------------------------------------------------------------------------------


def test_a_fee_by_export_method_and_logistics() -> None:
    """FEE-1: the schedule has a row for each of both, and one row changes without the other."""
    assert len(POLICY.fees) == len(ExportMethod) * len(Logistics)
    dearer = FeeRule(ExportMethod.EASY_DISPATCH, Logistics.OWN, Decimal("0.03"), None, None)
    policy = changed(fees=[dearer])
    rates = {
        logistics: fee_terms(
            policy, ExportMethod.EASY_DISPATCH, logistics, "USD", RATES, date(2024, 5, 6), new_seller=False
        ).rate
        for logistics in Logistics
    }
    assert rates == {Logistics.OWN: Decimal("0.03"), Logistics.PLATFORM: Decimal("0.02")}


def test_what_is_not_named_stays() -> None:
    """Section 19: a change replaces what it names, and the rest of a policy is as it was."""
    rule = replace(POLICY.methods[0], fee_rate=Decimal("0.01"))
    policy = changed(methods=[rule], withdrawal_routes={ExportMethod.EASY_DISPATCH: WithdrawalRoute.AGENT})
    assert [row for row in policy.methods if row.method is not rule.method] == list(POLICY.methods[1:])
    assert {**policy.withdrawal_routes, ExportMethod.EASY_DISPATCH: WithdrawalRoute.COMPANY} == POLICY.withdrawal_routes
    same = {"methods", "withdrawal_routes"}
    assert {name: part for name, part in policy.document().items() if name not in same} == {
        name: part for name, part in POLICY.document().items() if name not in same
    }


def test_a_change_of_policy_changes_something() -> None:
    """Section 19: a version that says nothing new is no version."""
    assert faults() == [(ErrorCode.REQUIRED, ())]
    assert faults(approach_hours=24, banks=POLICY.banks) == [(ErrorCode.REQUIRED, ())]
    assert changed(approach_hours=25).approach_hours == 25


@pytest.mark.parametrize(("rate", "good"), [("0", True), ("1", True), ("-0.01", False), ("1.01", False)])
def test_a_share_is_from_nothing_to_all(rate: str, good: bool) -> None:
    """Section 19, FEE-1, FEE-5: a rate of a fee or a promotion is from 0 to 1."""
    rule = replace(POLICY.methods[0], fee_rate=Decimal(rate))
    if good:
        policy = changed(methods=[rule], approach_hours=25)
        assert policy.methods[0].fee_rate == Decimal(rate)
    else:
        assert faults(methods=[rule]) == [(ErrorCode.OUT_OF_RANGE, ("methods", 0, "feeRate"))]


@pytest.mark.parametrize(
    ("rate", "good"), [("0.1234567891", True), ("1", True), ("0.12345678912", False), ("NaN", False)]
)
def test_a_rate_has_at_most_ten_decimals(rate: str, good: bool) -> None:
    """FEE-4: a rate that could not be kept exactly is none; ten places can, eleven cannot."""
    assert policy_changes.is_exact(Decimal(rate)) is good


@pytest.mark.parametrize(
    ("name", "path", "most"),
    [
        ("approach_hours", "approachHours", 720),
        ("transfer_waiting_hours", "transferWaitingHours", 720),
        ("payment_minutes", "paymentMinutes", 10_080),
        ("enrolment_days", "enrolmentDays", 365),
        ("promise_days_most", "promiseDaysMost", 365),
        ("claim_window_days", "claimWindowDays", 365),
        ("discount_unpaid_days", "discountUnpaidDays", 365),
        ("protection_days", "protectionDays", 365),
        ("dispute_silence_days", "disputeSilenceDays", 365),
        ("count_ceiling", "countCeiling", 100_000),
        ("dispatch_rate_days", "dispatchRateDays", 365),
        ("delivery_ranking_days", "deliveryRankingDays", 365),
        ("delivery_ranking_least", "deliveryRankingLeast", 10_000),
    ],
)
def test_the_numbers_of_policy_have_limits(name: str, path: str, most: int) -> None:
    """Section 19: from 1 to what somebody could mean: a year, thirty days of hours, a week of minutes."""
    for good in (1, most):
        assert getattr(changed(**{name: good}), name) == good
    for bad in (0, -1, most + 1):
        assert faults(**{name: bad}) == [(ErrorCode.OUT_OF_RANGE, (path,))]


def test_an_order_needs_a_receiving_bank() -> None:
    """Section 19, ORD-7: banks are replaced whole, and never by none."""
    assert faults(banks=[]) == [(ErrorCode.REQUIRED, ("banks",))]
    assert changed(banks=POLICY.banks[:1]).banks == POLICY.banks[:1]


@pytest.mark.parametrize(("coupon_days", "expiring_days", "good"), [(365, 1, True), (8, 7, True), (7, 7, False)])
def test_an_expiry_is_announced_while_the_coupon_is_valid(coupon_days: int, expiring_days: int, good: bool) -> None:
    """COU-2: a coupon's expiry is announced before it happens, so after its issue."""
    parts = {"coupon_days": coupon_days, "coupon_expiring_days": expiring_days}
    if good:
        assert (changed(**parts).coupon_days, changed(**parts).coupon_expiring_days) == (coupon_days, expiring_days)
    else:
        assert faults(**parts) == [(ErrorCode.OUT_OF_RANGE, ("couponExpiringDays",))]


def test_one_campaign_runs_at_a_time() -> None:
    """FEE-2: an order counts in one campaign; the next begins the day after at the earliest."""
    march = Campaign("MARCH", date(2024, 3, 1), date(2024, 3, 31), 10_000_00, 5)
    april = replace(march, code="APRIL", starts_on=date(2024, 4, 1), ends_on=date(2024, 4, 30))
    assert changed(campaigns=[april, march]).campaigns == (april, march)
    overlapping = replace(april, starts_on=date(2024, 3, 31))
    assert faults(campaigns=[march, overlapping]) == [(ErrorCode.INVALID, ("campaigns", 1, "startsOn"))]
