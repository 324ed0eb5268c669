"""The platform's fee on an order and a buyer's fee on a payment (FEE-1, FEE-4, FEE-5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.domain.errors import ErrorCode, Refusal
from app.domain.money import LARGEST_MINOR, convert, times
from app.domain.policy import ExportMethod, Logistics, MethodRule, PaymentMethod, Policy

Rates = Mapping[tuple[str, str], Decimal]


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """What is pinned to an order: the rate after promotion, and the cap in the order's currency."""

    rate: Decimal
    cap: int | None

    def fee(self, base: int) -> int:
        """Fee = rate × base, half-up to the minor unit, then the cap (FEE-1)."""
        fee = times(base, self.rate)
        return fee if self.cap is None else min(fee, self.cap)


def rate_of(rates: Rates, base: str, quote: str) -> Decimal:
    """Units of `quote` for one `base`; CURRENCY_WITHOUT_RATE when nobody has set it (FEE-4)."""
    if base == quote:
        return Decimal(1)
    rate = rates.get((base, quote))
    if rate is None:
        raise Refusal(
            ErrorCode.CURRENCY_WITHOUT_RATE,
            f"There is no exchange rate from {base} to {quote}; choose another currency.",
            ("contract", "currency"),
            {"base": base, "quote": quote},
        )
    return rate


def in_usd(minor: int, currency: str, rates: Rates) -> int:
    """An amount in USD cents at the given rates."""
    return convert(minor, currency, "USD", rate_of(rates, currency, "USD"))


def fee_terms(
    policy: Policy,
    export_method: ExportMethod,
    logistics: Logistics,
    currency: str,
    rates: Rates,
    on: date,
    new_seller: bool,
) -> FeeTerms:
    """The fee terms in force on a date; of several promotions the better one applies, they do not add up (FEE-1)."""
    rule = next(rule for rule in policy.fees if rule.export_method is export_method and rule.logistics is logistics)
    factors = [
        promotion.factor
        for promotion in policy.promotions
        if promotion.starts_on <= on <= promotion.ends_on and (new_seller or not promotion.new_sellers_only)
    ]
    cap = rule.cap
    if cap is not None and rule.cap_currency is not None:
        converted = convert(cap, rule.cap_currency, currency, rate_of(rates, rule.cap_currency, currency))
        # no order is worth more, so beyond it a cap caps nothing; a column could not hold some of them
        cap = min(converted, LARGEST_MINOR)
    return FeeTerms(rule.rate * min(factors, default=Decimal(1)), cap)


def methods_on_offer(policy: Policy, currency: str, country: str, usd: int) -> list[MethodRule]:
    """The payment methods for an amount (worth `usd` cents) in a currency, from a buyer's country (PAY-2)."""
    return [
        rule
        for rule in policy.methods
        if (not rule.currencies or currency in rule.currencies)
        and (not rule.countries or country in rule.countries)
        and (rule.largest_usd is None or usd <= rule.largest_usd)
    ]


def payment_fee(rules: list[MethodRule], method: PaymentMethod, amount: int) -> int:
    """The buyer's fee for paying `amount` by a method on offer (FEE-5); never part of the agreed total."""
    rule = next((rule for rule in rules if rule.method is method), None)
    if rule is None:
        raise Refusal(
            ErrorCode.PAYMENT_METHOD_NOT_OFFERED,
            f"{method} is not on offer for this payment; choose one of the methods listed with it.",
            ("method",),
            {"offered": " ".join(str(offered.method) for offered in rules)},
        )
    return times(amount, rule.fee_rate)
