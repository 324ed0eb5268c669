"""Policy versions and exchange rates as operators see them."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry
from strawberry import ID, UNSET

from app import reads
from app.db import tables as t
from app.domain import policy as domain
from app.domain.errors import ErrorCode, Refusal
from app.domain.money import Money as Amount
from app.domain.money import minor_units
from app.domain.policy import (
    ExportMethod,
    Logistics,
    PaymentMethod,
    Policy,
    TransportMode,
    WithdrawalRoute,
    policy_from,
)
from app.domain.policy_changes import PolicyPatch
from app.reads import Node, column, computed, public_id
from app.schema.money import Money, MoneyInput, money_of
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


def _usd_cents(amount: Decimal | None, *path: str) -> int | None:
    return None if amount is None else _minor(amount, "USD", *path)


def _minor(amount: Decimal, currency: str, *path: str) -> int:
    try:
        return minor_units(amount, currency)
    except ValueError as error:
        raise Refusal(ErrorCode.INVALID, f"{amount} {currency} is not an amount: {error}.", path) from None
