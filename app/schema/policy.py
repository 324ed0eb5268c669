"""Policy versions and exchange rates as operators see them."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain.money import Money as Amount
from app.domain.policy import (
    ExportMethod,
    Logistics,
    PaymentMethod,
    Policy,
    TransportMode,
    WithdrawalRoute,
    policy_from,
)
from app.reads import Node, column, computed, public_id
from app.schema.money import Money, money_of
from app.schema.scalars import CountryCode, CurrencyCode, said


@strawberry.type(description="After how many days the goods count as received.")
class AutoReceipt:
    """After how many days the goods count as received."""

    mode: TransportMode = strawberry.field(description="For goods that travel so.")
    days: int = strawberry.field(description="Calendar days after the last dispatch.")


@strawberry.type(description="What the platform charges for one export method and logistics.")
class FeeRule:
    """What the platform charges for one export method and logistics."""

    export_method: ExportMethod = strawberry.field(description="For this export method.")
    logistics: Logistics = strawberry.field(description="With these logistics.")
    rate: Decimal = strawberry.field(description="The rate of the agreed total: 0.02 is 2 %.")
    cap: Money | None = strawberry.field(description="The most that is charged.")


@strawberry.type(description="A lower fee for a while.")
class Promotion:
    """A lower fee for a while."""

    code: str = strawberry.field(description="Its name.")
    factor: Decimal = strawberry.field(description="Times the rate: 0.5 is half.")
    starts_on: date = strawberry.field(description="From this day on.")
    ends_on: date = strawberry.field(description="Until this day, included.")
    new_sellers_only: bool = strawberry.field(description="Only for sellers without an agreed order before.")


@strawberry.type(description="Where a payment method is on offer.")
class MethodRule:
    """Where a payment method is on offer."""

    method: PaymentMethod = strawberry.field(description="The method.")
    currencies: list[CurrencyCode] = strawberry.field(description="In these currencies; none: in all.")
    countries: list[CountryCode] = strawberry.field(description="For buyers of these countries; none: of all.")
    largest: Money | None = strawberry.field(description="Up to this amount, in USD.")
    fee_rate: Decimal = strawberry.field(description="What the buyer pays on top: 0.03 is 3 %.")


@strawberry.type(description="A receiving bank, at which every order gets accounts of its own.")
class Bank:
    """A receiving bank."""

    name: str = strawberry.field(description="The bank.")
    bic: str = strawberry.field(description="Its BIC.")
    holder: str = strawberry.field(description="In whose name the accounts are.")


@strawberry.type(description="The route of withdrawals for an export method.")
class WithdrawalRule:
    """The route of withdrawals for an export method."""

    export_method: ExportMethod = strawberry.field(description="For this export method.")
    route: WithdrawalRoute = strawberry.field(description="To whose account.")


@strawberry.type(description="A while in which easy dispatch goes further than usual, for some orders of each seller.")
class Campaign:
    """A while in which easy dispatch goes further than usual."""

    code: str = strawberry.field(description="Its name.")
    starts_on: date = strawberry.field(description="From this day on.")
    ends_on: date = strawberry.field(description="Until this day, included.")
    limit: Money = strawberry.field(description="Up to what an order can use easy dispatch meanwhile.")
    orders_most: int = strawberry.field(description="How many orders beyond the usual limit a seller may have.")


@strawberry.type(description="All the numbers and switches of policy.")
class PolicyTerms:
    """All the numbers and switches of policy."""

    zone: str = strawberry.field(description="The zone of the platform's calendar.")
    approach_hours: int = strawberry.field(description="How long before a deadline its approach is announced.")
    transfer_waiting_hours: int = strawberry.field(description="How long a transfer may wait to be associated.")
    payment_minutes: int = strawberry.field(description="How long a started payment can be paid.")
    easy_dispatch_limit: Money = strawberry.field(description="Up to what an order can use easy dispatch.")
    auto_receipt_days: list[AutoReceipt] = strawberry.field(description="When goods count as received.")
    fees: list[FeeRule] = strawberry.field(description="The fee schedule.")
    promotions: list[Promotion] = strawberry.field(description="Promotions; the better one applies.")
    methods: list[MethodRule] = strawberry.field(description="Payment methods.")
    banks: list[Bank] = strawberry.field(description="Receiving banks.")
    withdrawal_routes: list[WithdrawalRule] = strawberry.field(description="Routes of withdrawals.")
    campaigns: list[Campaign] = strawberry.field(description="Campaigns; at most one runs at a time.")
    core_countries: list[CountryCode] = strawberry.field(description="Where sellers should have guaranteed lanes to.")
    enrolment_days: int = strawberry.field(
        description="How long a seller stays in or out of the on-time dispatch guarantee before the way back is open."
    )
    penalty_points: int = strawberry.field(
        description="What an overdue order costs a seller outside the on-time dispatch guarantee."
    )
    promise_days_most: int = strawberry.field(description="How far ahead a guaranteed delivery date may lie.")
    claim_rate: Decimal = strawberry.field(description="The part of the agreed total a claim pays: 0.10 is 10 %.")
    claim_cap: Money = strawberry.field(description="The most a claim pays.")
    claim_window_days: int = strawberry.field(description="How long after receipt, or a missed date, a claim is open.")
    conclusive_claims: bool = strawberry.field(
        description="Whether claims whose facts leave no doubt are decided at once."
    )
    coupon_days: int = strawberry.field(description="How long a platform coupon is valid.")
    coupon_expiring_days: int = strawberry.field(description="How long before it a coupon's expiry is announced.")
    discount_unpaid_days: int = strawberry.field(
        description="After how long a discounted order without its first instalment is cancelled."
    )
    protection_days: int = strawberry.field(description="How long after receipt a dispute can be opened.")
    dispute_silence_days: int = strawberry.field(description="After how long without an answer a dispute escalates.")
    refund_returns_fee: bool = strawberry.field(description="Whether a full refund after release returns the fee.")
    count_ceiling: int = strawberry.field(description="How far the orders of a tab are counted (DSK-1).")
    dispatch_rate_days: int = strawberry.field(
        description="Over how many days back the rate of dispatch on time goes (DSK-4)."
    )
    delivery_ranking_days: int = strawberry.field(
        description="Over how many days back the rate and the ranking of delivery on time go (DSK-5)."
    )
    delivery_ranking_least: int = strawberry.field(
        description="How many promises of delivery it takes to be ranked (DSK-5)."
    )


def _usd(cents: int) -> Money:
    return money_of(Amount(cents, "USD"))


def _terms(id: UUID, effective_at: datetime, document: Mapping[str, Any]) -> PolicyTerms:
    return terms_of(policy_from(id, effective_at, document))


def terms_of(policy: Policy) -> PolicyTerms:
    """A policy as clients see it."""
    return PolicyTerms(
        zone=policy.zone,
        approach_hours=policy.approach_hours,
        transfer_waiting_hours=policy.transfer_waiting_hours,
        payment_minutes=policy.payment_minutes,
        easy_dispatch_limit=_usd(policy.easy_dispatch_limit_usd),
        auto_receipt_days=[AutoReceipt(mode=mode, days=days) for mode, days in policy.auto_receipt_days.items()],
        fees=[
            FeeRule(
                export_method=rule.export_method,
                logistics=rule.logistics,
                rate=rule.rate,
                cap=money_of(Amount(rule.cap, rule.cap_currency))
                if rule.cap is not None and rule.cap_currency is not None
                else None,
            )
            for rule in policy.fees
        ],
        promotions=[
            Promotion(
                code=each.code,
                factor=each.factor,
                starts_on=each.starts_on,
                ends_on=each.ends_on,
                new_sellers_only=each.new_sellers_only,
            )
            for each in policy.promotions
        ],
        methods=[
            MethodRule(
                method=rule.method,
                currencies=[CurrencyCode(code) for code in rule.currencies],
                countries=[CountryCode(code) for code in rule.countries],
                largest=None if rule.largest_usd is None else _usd(rule.largest_usd),
                fee_rate=rule.fee_rate,
            )
            for rule in policy.methods
        ],
        banks=[Bank(name=bank.name, bic=bank.bic, holder=bank.holder) for bank in policy.banks],
        withdrawal_routes=[
            WithdrawalRule(export_method=method, route=route) for method, route in policy.withdrawal_routes.items()
        ],
        campaigns=[
            Campaign(
                code=each.code,
                starts_on=each.starts_on,
                ends_on=each.ends_on,
                limit=_usd(each.limit_usd),
                orders_most=each.orders_most,
            )
            for each in policy.campaigns
        ],
        core_countries=[CountryCode(code) for code in policy.core_countries],
        enrolment_days=policy.enrolment_days,
        penalty_points=policy.penalty_points,
        promise_days_most=policy.promise_days_most,
        claim_rate=policy.claim_rate,
        claim_cap=_usd(policy.claim_cap_usd),
        claim_window_days=policy.claim_window_days,
        conclusive_claims=policy.conclusive_claims,
        coupon_days=policy.coupon_days,
        coupon_expiring_days=policy.coupon_expiring_days,
        discount_unpaid_days=policy.discount_unpaid_days,
        protection_days=policy.protection_days,
        dispute_silence_days=policy.dispute_silence_days,
        refund_returns_fee=policy.refund_returns_fee,
        count_ceiling=policy.count_ceiling,
        dispatch_rate_days=policy.dispatch_rate_days,
        delivery_ranking_days=policy.delivery_ranking_days,
        delivery_ranking_least=policy.delivery_ranking_least,
    )


@reads.reads(t.policies, prefix="pol", visible=reads.operators_only)
class PolicyVersion(Node):
    """Policy in force from an instant on; agreed orders keep the version they were agreed under."""

    id: ID = column(public_id("pol", t.policies.c.id), "The version's id.")
    effective_at: datetime = column(t.policies.c.effective_at, "From when on it is in force.")
    created_at: datetime = column(t.policies.c.created_at, "When it was made.")
    terms: PolicyTerms = computed(
        _terms, t.policies.c.id, t.policies.c.effective_at, t.policies.c.document, description="What it says."
    )


@reads.reads(t.exchange_rates, prefix="rat", visible=reads.operators_only)
class ExchangeRate(Node):
    """An exchange rate in force from an instant on."""

    id: ID = column(public_id("rat", t.exchange_rates.c.id), "The rate's id.")
    base: CurrencyCode = column(
        said(CurrencyCode, t.exchange_rates.c.base), "The currency that is valued: one unit of it."
    )
    quote: CurrencyCode = column(said(CurrencyCode, t.exchange_rates.c.quote), "The currency it is valued in.")
    rate: Decimal = column(t.exchange_rates.c.rate, "Units of `quote` for one `base`.")
    effective_at: datetime = column(t.exchange_rates.c.effective_at, "From when on it is in force.")


@strawberry.type(description="A part of policy that is or would be different.")
class PolicyChange:
    """A part of policy that is or would be different."""

    name: str = strawberry.field(description="Which part.")
    before: str | None = strawberry.field(description="What it was, as JSON; null: it was not there.")
    after: str | None = strawberry.field(description="What it is or would be, as JSON; null: it is gone.")
