"""Changing policy: what an operator may write, what it is checked for, and what would be different (FEE-4)."""

import json
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import available_timezones

from app.domain.errors import ErrorCode, Refusal, refuse_all
from app.domain.happenings import Change
from app.domain.money import DECIMALS, LARGEST_MINOR
from app.domain.policy import (
    Bank,
    Campaign,
    ExportMethod,
    FeeRule,
    MethodRule,
    Policy,
    Promotion,
    TransportMode,
    WithdrawalRoute,
)
from app.domain.policy_parts import parts
from app.domain.words import camel

WORD_LONGEST = 200
LIST_MOST = 100
DECIMALS_MOST = 10
HOURS_MOST = 24 * 30
MINUTES_MOST = 60 * 24 * 7
DAYS_MOST = 365
POINTS_MOST = 1_000
ORDERS_MOST = 10_000
# the rates every order is confirmed with reach from these to any other currency
COUNT_MOST = 100_000
CAP_CURRENCIES = frozenset({"USD", "CNY"})
_COUNTRY = re.compile(r"[A-Z]{2}")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPatch:
    """The parts of policy that change; None leaves a part as it is.

    Fees, methods, days and routes take the place of those with the same key; promotions, banks, campaigns and
    core countries are replaced whole.
    """

    zone: str | None = None
    approach_hours: int | None = None
    transfer_waiting_hours: int | None = None
    payment_minutes: int | None = None
    easy_dispatch_limit_usd: int | None = None
    auto_receipt_days: Mapping[TransportMode, int] | None = None
    fees: Sequence[FeeRule] | None = None
    promotions: Sequence[Promotion] | None = None
    methods: Sequence[MethodRule] | None = None
    banks: Sequence[Bank] | None = None
    withdrawal_routes: Mapping[ExportMethod, WithdrawalRoute] | None = None
    campaigns: Sequence[Campaign] | None = None
    core_countries: Sequence[str] | None = None
    enrolment_days: int | None = None
    penalty_points: int | None = None
    promise_days_most: int | None = None
    claim_rate: Decimal | None = None
    claim_cap_usd: int | None = None
    claim_window_days: int | None = None
    conclusive_claims: bool | None = None
    coupon_days: int | None = None
    coupon_expiring_days: int | None = None
    discount_unpaid_days: int | None = None
    protection_days: int | None = None
    dispute_silence_days: int | None = None
    refund_returns_fee: bool | None = None
    count_ceiling: int | None = None
    dispatch_rate_days: int | None = None
    delivery_ranking_days: int | None = None
    delivery_ranking_least: int | None = None


def changed(policy: Policy, patch: PolicyPatch, id: UUID, effective_at: datetime) -> Policy:
    """The version that follows `policy`; refuses everything wrong with the patch at once, and one that says nothing."""
    refuse_all(list(_faults(patch)))
    given: dict[str, Any] = {
        field.name: value for field in fields(patch) if (value := getattr(patch, field.name)) is not None
    }
    for name in ("auto_receipt_days", "withdrawal_routes"):
        if name in given:
            given[name] = {**getattr(policy, name), **given[name]}
    if patch.fees is not None:
        given["fees"] = _merged(policy.fees, patch.fees, _fee_key)
    if patch.methods is not None:
        given["methods"] = _merged(policy.methods, patch.methods, lambda rule: rule.method)
    for name in ("promotions", "banks", "campaigns", "core_countries"):
        if name in given:
            given[name] = tuple(given[name])
    after = replace(policy, id=id, effective_at=effective_at, **given)
    refuse_all(list(_clashes(after)))
    if not differences(policy, after):
        raise Refusal(ErrorCode.REQUIRED, "Name at least one part of policy that would be different.")
    return after


Rule = TypeVar("Rule")


def _merged(rules: Sequence[Rule], given: Sequence[Rule], key: Callable[[Rule], Hashable]) -> tuple[Rule, ...]:
    merged = {key(rule): rule for rule in (*rules, *given)}
    return tuple(merged.values())


def _fee_key(rule: FeeRule) -> Hashable:
    return rule.export_method, rule.logistics


def differences(before: Policy, after: Policy) -> list[Change]:
    """What is different between two versions, part by part, each as JSON; None stands for a part that is not there."""
    old, new = parts(before), parts(after)
    return [
        Change(name, _json(old.get(name)), _json(new.get(name)))
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    ]


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, separators=(",", ":"), sort_keys=True)


def _faults(patch: PolicyPatch) -> Iterable[Refusal]:
    """Everything wrong with a patch, each with the path of its field."""
    yield from _number_faults(patch)
    if patch.zone is not None and patch.zone not in available_timezones():
        yield _wrong("Name a zone of the IANA database, such as America/Los_Angeles.", "zone", code=ErrorCode.INVALID)
    for at, days in enumerate((patch.auto_receipt_days or {}).values()):
        yield from _range(days, 1, DAYS_MOST, "auto_receipt_days", at, "days")
    for name, key in (
        ("fees", _fee_key),
        ("promotions", lambda rule: rule.code),
        ("methods", lambda rule: rule.method),
        ("banks", lambda rule: rule.name),
        ("campaigns", lambda rule: rule.code),
        ("core_countries", lambda code: code),
    ):
        yield from _list_faults(name, getattr(patch, name) or (), key)
    for at, fee in enumerate(patch.fees or ()):
        yield from _fee_faults(at, fee)
    for at, promotion in enumerate(patch.promotions or ()):
        yield from _promotion_faults(at, promotion)
    for at, method in enumerate(patch.methods or ()):
        yield from _method_faults(at, method)
    if patch.banks is not None:
        yield from _bank_faults(patch.banks)
    if patch.campaigns is not None:
        yield from _campaign_faults(patch.campaigns)
    if patch.core_countries is not None:
        yield from _country_faults(patch.core_countries)


# The most of each number; the least is 1
_NUMBERS = {
    "approach_hours": HOURS_MOST,
    "transfer_waiting_hours": HOURS_MOST,
    "payment_minutes": MINUTES_MOST,
    "enrolment_days": DAYS_MOST,
    "promise_days_most": DAYS_MOST,
    "claim_window_days": DAYS_MOST,
    "coupon_days": DAYS_MOST,
    "coupon_expiring_days": DAYS_MOST,
    "discount_unpaid_days": DAYS_MOST,
    "protection_days": DAYS_MOST,
    "dispute_silence_days": DAYS_MOST,
    "count_ceiling": COUNT_MOST,
    "dispatch_rate_days": DAYS_MOST,
    "delivery_ranking_days": DAYS_MOST,
    "delivery_ranking_least": ORDERS_MOST,
}


def _number_faults(patch: PolicyPatch) -> Iterable[Refusal]:
    for name, most in _NUMBERS.items():
        if (value := getattr(patch, name)) is not None:
            yield from _range(value, 1, most, name)
    if patch.penalty_points is not None:
        yield from _range(patch.penalty_points, 0, POINTS_MOST, "penalty_points")
    for amount, name in (
        (patch.easy_dispatch_limit_usd, "easy_dispatch_limit"),
        (patch.claim_cap_usd, "claim_cap"),
    ):
        if amount is not None and not 0 < amount <= LARGEST_MINOR:
            yield _wrong("The limit is more than 0.", name)
    if patch.claim_rate is not None:
        yield from _share(patch.claim_rate, "claim_rate")


def _range(value: int, least: int, most: int, *path: str | int) -> Iterable[Refusal]:
    if not least <= value <= most:
        yield _wrong(f"From {least} to {most}.", *path)


def _list_faults(name: str, rules: Sequence[Any], key: Callable[[Any], Hashable]) -> Iterable[Refusal]:
    if len(rules) > LIST_MOST:
        yield _wrong(f"At most {LIST_MOST}.", name, code=ErrorCode.TOO_MANY)
    for twice in (each for each, times in Counter(map(key, rules)).items() if times > 1):
        said = " ".join(map(str, twice)) if isinstance(twice, tuple) else str(twice)
        yield _wrong(f"{said} is named twice.", name, code=ErrorCode.INVALID)


def _fee_faults(at: int, rule: FeeRule) -> Iterable[Refusal]:
    yield from _share(rule.rate, "fees", at, "rate")
    if (rule.cap is None) != (rule.cap_currency is None):
        yield _wrong("A cap is an amount with its currency.", "fees", at, "cap", code=ErrorCode.INVALID)
    elif rule.cap is not None and rule.cap_currency not in CAP_CURRENCIES:
        message = f"A cap is in {' or '.join(sorted(CAP_CURRENCIES))}: from these every order's currency has a rate."
        yield _wrong(message, "fees", at, "cap", code=ErrorCode.INVALID)
    elif rule.cap is not None and not 0 <= rule.cap <= LARGEST_MINOR:
        yield _wrong("A cap is 0 or more.", "fees", at, "cap")


def _promotion_faults(at: int, promotion: Promotion) -> Iterable[Refusal]:
    yield from _word(promotion.code, "promotions", at, "code")
    yield from _share(promotion.factor, "promotions", at, "factor")
    if promotion.ends_on < promotion.starts_on:
        yield _wrong("A promotion ends on the day it starts, or later.", "promotions", at, "ends_on")


def _method_faults(at: int, rule: MethodRule) -> Iterable[Refusal]:
    yield from _share(rule.fee_rate, "methods", at, "fee_rate")
    if unknown := [code for code in rule.currencies if code not in DECIMALS]:
        yield _wrong(f"{unknown[0]} is not an ISO 4217 currency.", "methods", at, "currencies", code=ErrorCode.INVALID)
    if unknown := [code for code in rule.countries if not _COUNTRY.fullmatch(code)]:
        yield _wrong(f"{unknown[0]} is not a country's code.", "methods", at, "countries", code=ErrorCode.INVALID)
    if len(rule.currencies) > LIST_MOST * 2 or len(rule.countries) > LIST_MOST * 3:
        yield _wrong("Leave the list empty to mean all.", "methods", at, code=ErrorCode.TOO_MANY)
    if rule.largest_usd is not None and not 0 < rule.largest_usd <= LARGEST_MINOR:
        yield _wrong("The largest amount is more than 0.", "methods", at, "largest")


def _bank_faults(banks: Sequence[Bank]) -> Iterable[Refusal]:
    if not banks:
        yield _wrong("An order needs at least one receiving bank.", "banks", code=ErrorCode.REQUIRED)
    for at, bank in enumerate(banks):
        yield from _word(bank.name, "banks", at, "name")
        yield from _word(bank.holder, "banks", at, "holder")
        if not _BIC.fullmatch(bank.bic):
            yield _wrong("A BIC has 8 or 11 letters and digits.", "banks", at, "bic", code=ErrorCode.INVALID)


def _campaign_faults(campaigns: Sequence[Campaign]) -> Iterable[Refusal]:
    for at, campaign in enumerate(campaigns):
        yield from _word(campaign.code, "campaigns", at, "code")
        yield from _range(campaign.orders_most, 1, ORDERS_MOST, "campaigns", at, "orders_most")
        if campaign.ends_on < campaign.starts_on:
            yield _wrong("A campaign ends on the day it starts, or later.", "campaigns", at, "ends_on")
        if not 0 < campaign.limit_usd <= LARGEST_MINOR:
            yield _wrong("The limit is more than 0.", "campaigns", at, "limit")
        if any(campaign.starts_on <= other.ends_on and other.starts_on <= campaign.ends_on for other in campaigns[:at]):
            message = "One campaign runs at a time; let it start after another one has ended."
            yield _wrong(message, "campaigns", at, "starts_on", code=ErrorCode.INVALID)


def _country_faults(countries: Sequence[str]) -> Iterable[Refusal]:
    if not countries:
        yield _wrong("Name at least one core country.", "core_countries", code=ErrorCode.REQUIRED)
    for at, code in enumerate(countries):
        if not _COUNTRY.fullmatch(code):
            yield _wrong(f"{code} is not a country's code.", "core_countries", at, code=ErrorCode.INVALID)


def _clashes(policy: Policy) -> Iterable[Refusal]:
    """What each part of a policy may say alone, but not together."""
    if policy.coupon_expiring_days >= policy.coupon_days:
        message = f"A coupon is valid for {policy.coupon_days} days: its expiry is announced within them."
        yield _wrong(message, "coupon_expiring_days")


def _share(rate: Decimal, *path: str | int) -> Iterable[Refusal]:
    if not is_exact(rate) or not 0 <= rate <= 1:
        yield _wrong(f"From 0 to 1, with at most {DECIMALS_MOST} decimals.", *path)


def is_exact(value: Decimal) -> bool:
    """Whether a rate or share is a number that can be kept exactly."""
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= DECIMALS_MOST


def _word(text: str, *path: str | int) -> Iterable[Refusal]:
    if not 0 < len(text.strip()) <= WORD_LONGEST:
        yield _wrong(f"From 1 to {WORD_LONGEST} characters.", *path, code=ErrorCode.REQUIRED)


def _wrong(message: str, *path: str | int, code: ErrorCode = ErrorCode.OUT_OF_RANGE) -> Refusal:
    return Refusal(code, message, tuple(camel(part) if isinstance(part, str) else part for part in path))
