"""What an operator writes of policy: the parts that change, and how the domain knows them."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry
from strawberry import UNSET

from app.domain import policy as domain
from app.domain.errors import ErrorCode, Refusal
from app.domain.money import minor_units
from app.domain.policy import ExportMethod, Logistics, PaymentMethod, TransportMode, WithdrawalRoute
from app.domain.policy_changes import PolicyPatch
from app.schema.money import MoneyInput
from app.schema.scalars import CountryCode, CurrencyCode

# What the domain takes as it is given
_AS_THEY_ARE = (
    "enrolment_days",
    "penalty_points",
    "promise_days_most",
    "claim_rate",
    "claim_window_days",
    "conclusive_claims",
    "coupon_days",
    "coupon_expiring_days",
    "discount_unpaid_days",
    "protection_days",
    "dispute_silence_days",
    "refund_returns_fee",
    "count_ceiling",
    "dispatch_rate_days",
    "delivery_ranking_days",
    "delivery_ranking_least",
)


def _optional(description: str) -> Any:
    return strawberry.field(default=UNSET, description=description)


@strawberry.input(description="After how many days goods that travel so count as received.")
class AutoReceiptInput:
    """After how many days the goods count as received."""

    mode: TransportMode = strawberry.field(description="For goods that travel so.")
    days: int = strawberry.field(description="Calendar days after the last dispatch.")


@strawberry.input(description="What the platform charges for one export method and logistics.")
class FeeRuleInput:
    """What the platform charges for one export method and logistics."""

    export_method: ExportMethod = strawberry.field(description="For this export method.")
    logistics: Logistics = strawberry.field(description="With these logistics.")
    rate: Decimal = strawberry.field(description="The rate of the agreed total: 0.02 is 2 %.")
    cap: MoneyInput | None = strawberry.field(default=None, description="The most that is charged.")


@strawberry.input(description="A lower fee for a while.")
class PromotionInput:
    """A lower fee for a while."""

    code: str = strawberry.field(description="Its name.")
    factor: Decimal = strawberry.field(description="Times the rate: 0.5 is half.")
    starts_on: date = strawberry.field(description="From this day on.")
    ends_on: date = strawberry.field(description="Until this day, included.")
    new_sellers_only: bool = strawberry.field(
        default=False, description="Only for sellers without an agreed order before."
    )


@strawberry.input(description="Where a payment method is on offer.")
class MethodRuleInput:
    """Where a payment method is on offer."""

    method: PaymentMethod = strawberry.field(description="The method.")
    currencies: list[CurrencyCode] = strawberry.field(
        default_factory=list, description="In these currencies; none: in all."
    )
    countries: list[CountryCode] = strawberry.field(
        default_factory=list, description="For buyers of these countries; none: of all."
    )
    largest: Decimal | None = strawberry.field(default=None, description="Up to this amount of USD.")
    fee_rate: Decimal = strawberry.field(default=Decimal(0), description="What the buyer pays on top: 0.03 is 3 %.")


@strawberry.input(description="A receiving bank.")
class BankInput:
    """A receiving bank."""

    name: str = strawberry.field(description="The bank.")
    bic: str = strawberry.field(description="Its BIC.")
    holder: str = strawberry.field(description="In whose name the accounts are.")


@strawberry.input(description="The route of withdrawals for an export method.")
class WithdrawalRuleInput:
    """The route of withdrawals for an export method."""

    export_method: ExportMethod = strawberry.field(description="For this export method.")
    route: WithdrawalRoute = strawberry.field(description="To whose account.")


@strawberry.input(description="A while in which easy dispatch goes further than usual, for some orders of each seller.")
class CampaignInput:
    """A while in which easy dispatch goes further than usual."""

    code: str = strawberry.field(description="Its name.")
    starts_on: date = strawberry.field(description="From this day on.")
    ends_on: date = strawberry.field(description="Until this day, included.")
    limit: Decimal = strawberry.field(description="Up to how many USD an order can use easy dispatch meanwhile.")
    orders_most: int = strawberry.field(
        default=5, description="How many orders beyond the usual limit a seller may have."
    )


@strawberry.input(description="The parts of policy that change; what is left out stays.")
class PolicyChangeInput:
    """The parts of policy that change."""

    effective_at: datetime | None = strawberry.field(
        default=None, description="From when on; now if left out. Never in the past."
    )
    preview: bool = strawberry.field(default=False, description="Only show what would be different.")
    zone: str | None = _optional("The zone of the platform's calendar, such as America/Los_Angeles.")
    approach_hours: int | None = _optional("How long before a deadline its approach is announced.")
    transfer_waiting_hours: int | None = _optional("How long a transfer may wait to be associated.")
    payment_minutes: int | None = _optional("How long a started payment can be paid.")
    easy_dispatch_limit: Decimal | None = _optional("Up to how many USD an order can use easy dispatch.")
    auto_receipt_days: list[AutoReceiptInput] | None = _optional("When goods count as received, for these modes.")
    fees: list[FeeRuleInput] | None = _optional("Fee rules, in place of those of the same method and logistics.")
    promotions: list[PromotionInput] | None = _optional("All the promotions.")
    methods: list[MethodRuleInput] | None = _optional("Payment methods, in place of those of the same name.")
    banks: list[BankInput] | None = _optional("All the receiving banks.")
    withdrawal_routes: list[WithdrawalRuleInput] | None = _optional("Routes of withdrawals, for these export methods.")
    campaigns: list[CampaignInput] | None = _optional("All the campaigns.")
    core_countries: list[CountryCode] | None = _optional("All the core countries.")
    enrolment_days: int | None = _optional("How long a seller stays in or out before the way back is open.")
    penalty_points: int | None = _optional("What an overdue order costs a seller who is not enrolled.")
    promise_days_most: int | None = _optional("How far ahead a guaranteed delivery date may lie.")
    claim_rate: Decimal | None = _optional("The part of the agreed total a claim pays: 0.10 is 10 %.")
    claim_cap: Decimal | None = _optional("The most USD a claim pays.")
    claim_window_days: int | None = _optional("How long after receipt, or a missed date, a claim is open.")
    conclusive_claims: bool | None = _optional("Whether claims whose facts leave no doubt are decided at once.")
    coupon_days: int | None = _optional("How long a platform coupon is valid.")
    coupon_expiring_days: int | None = _optional("How long before it a coupon's expiry is announced.")
    discount_unpaid_days: int | None = _optional("After how long an unpaid, discounted order is cancelled.")
    protection_days: int | None = _optional("How long after receipt a dispute can be opened.")
    dispute_silence_days: int | None = _optional("After how long without an answer a dispute escalates.")
    refund_returns_fee: bool | None = _optional("Whether a full refund after release returns the fee.")
    count_ceiling: int | None = _optional("How far the orders of a tab are counted.")
    dispatch_rate_days: int | None = _optional("Over how many days back the rate of dispatch on time goes.")
    delivery_ranking_days: int | None = _optional("Over how many days back the ranking of delivery on time goes.")
    delivery_ranking_least: int | None = _optional("How many promises of delivery it takes to be ranked.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="A key of your own for this request: with it a retry does nothing twice."
    )

    def patch(self) -> PolicyPatch:
        """The parts that were given, as the domain knows them."""
        return PolicyPatch(
            zone=self.zone or None,
            approach_hours=_or_none(self.approach_hours),
            transfer_waiting_hours=_or_none(self.transfer_waiting_hours),
            payment_minutes=_or_none(self.payment_minutes),
            easy_dispatch_limit_usd=_usd_cents(_or_none(self.easy_dispatch_limit), "easyDispatchLimit"),
            auto_receipt_days=_each(self.auto_receipt_days, lambda rows: {row.mode: row.days for row in rows}),
            fees=_each(self.fees, lambda rows: [_fee_rule(at, row) for at, row in enumerate(rows)]),
            promotions=_each(self.promotions, lambda rows: [domain.Promotion(**vars(row)) for row in rows]),
            methods=_each(self.methods, lambda rows: [_method_rule(at, row) for at, row in enumerate(rows)]),
            banks=_each(self.banks, lambda rows: [domain.Bank(**vars(row)) for row in rows]),
            withdrawal_routes=_each(
                self.withdrawal_routes, lambda rows: {row.export_method: row.route for row in rows}
            ),
            campaigns=_each(self.campaigns, lambda rows: [_campaign(at, row) for at, row in enumerate(rows)]),
            core_countries=_each(self.core_countries, tuple),
            claim_cap_usd=_usd_cents(_or_none(self.claim_cap), "claimCap"),
            **{name: _or_none(getattr(self, name)) for name in _AS_THEY_ARE},
        )


def _or_none(value: Any) -> Any:
    return None if value is UNSET else value


def _each(rows: Any, make: Callable[[Any], Any]) -> Any:
    return None if rows is UNSET or rows is None else make(rows)


def _fee_rule(at: int, rule: FeeRuleInput) -> domain.FeeRule:
    cap = rule.cap
    minor = None if cap is None else _minor(cap.amount, cap.currency_code, "fees", str(at), "cap")
    return domain.FeeRule(rule.export_method, rule.logistics, rule.rate, minor, cap.currency_code if cap else None)


def _method_rule(at: int, rule: MethodRuleInput) -> domain.MethodRule:
    largest = _usd_cents(rule.largest, "methods", str(at), "largest")
    return domain.MethodRule(rule.method, tuple(rule.currencies), tuple(rule.countries), largest, rule.fee_rate)


def _campaign(at: int, campaign: CampaignInput) -> domain.Campaign:
    limit = _minor(campaign.limit, "USD", "campaigns", str(at), "limit")
    return domain.Campaign(campaign.code, campaign.starts_on, campaign.ends_on, limit, campaign.orders_most)


def _usd_cents(amount: Decimal | None, *path: str) -> int | None:
    return None if amount is None else _minor(amount, "USD", *path)


def _minor(amount: Decimal, currency: str, *path: str) -> int:
    try:
        return minor_units(amount, currency)
    except ValueError as error:
        raise Refusal(ErrorCode.INVALID, f"{amount} {currency} is not an amount: {error}.", path) from None
