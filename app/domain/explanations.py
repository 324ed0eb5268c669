"""How each amount and date of an order comes about: its rule, what it is computed from, and the arithmetic."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum, unique
from uuid import UUID

from app.domain import deadlines
from app.domain.access import BUYER_SIDE, PARTIES, SELLER_FINANCE, Audience
from app.domain.claims import compensation
from app.domain.fees import FeeTerms
from app.domain.goods import TransitUnit
from app.domain.money import Money, amount_text, convert
from app.domain.policy import ExportMethod, Logistics, Policy
from app.domain.records import DeadlineKind
from app.domain.recoveries import CURRENCY
from app.domain.trade import Trade


@unique
class Explained(StrEnum):
    """What is explained."""

    AGREED_TOTAL = "AGREED_TOTAL"
    COUPON_OFFSET = "COUPON_OFFSET"
    BUYER_PAYABLE = "BUYER_PAYABLE"
    FEE_CAP = "FEE_CAP"
    FEE = "FEE"
    COMPENSATION = "COMPENSATION"
    PROMISED_DATE = "PROMISED_DATE"


# Section 13: rate and cap are fee policy, and what a coupon is worth is its owner's to know
AUDIENCES: Mapping[Explained, Audience] = {
    Explained.AGREED_TOTAL: PARTIES,
    Explained.COUPON_OFFSET: BUYER_SIDE,
    Explained.BUYER_PAYABLE: PARTIES,
    Explained.FEE_CAP: SELLER_FINANCE,
    Explained.FEE: SELLER_FINANCE,
    Explained.COMPENSATION: PARTIES,
    Explained.PROMISED_DATE: PARTIES,
}


@dataclass(frozen=True, slots=True)
class Figures:
    """What explanations are made from: an order's row and its policy; amounts in minor units of `currency`.

    `coupon_worth` is what the applied coupon is worth in itself, `refunded_before` what went back before release,
    `dispatch_due` the last good second of the dispatch deadline in force.
    """

    currency: str
    products: int
    shipping_fee: int
    shipping_discount: int
    store_coupon: int
    total: int
    coupon: int
    coupon_worth: int | None
    refunded_before: int
    export_method: ExportMethod | None
    logistics: Logistics
    fee: int | None
    fee_rate: Decimal | None
    fee_cap: int | None
    usd_rate: Decimal | None
    dispatch_due: datetime | None
    promised_at: datetime | None
    transit_max: int | None
    transit_unit: TransitUnit | None
    policy: Policy | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """How something comes about; `policy` is the version pinned to the order, None before it is agreed."""

    of: Explained
    rule: str
    inputs: Mapping[str, str]
    arithmetic: str
    policy: UUID | None = None


def explain(figures: Figures) -> tuple[Explanation, ...]:
    """All that can be said of an order as it stands."""
    return tuple(_explanations(figures))


def _explanations(figures: Figures) -> Iterator[Explanation]:
    yield _total(figures)
    if figures.coupon_worth is not None and figures.coupon:
        yield _offset(figures, figures.coupon_worth)
    yield _payable(figures)
    if figures.fee_cap is not None:
        yield _fee_cap(figures, figures.fee_cap)
    if figures.fee is not None and figures.fee_rate is not None:
        yield _fee(figures, figures.fee_rate)
    if figures.policy is not None and figures.usd_rate is not None:
        yield _compensation(figures, figures.usd_rate, figures.policy)
    if None not in (figures.policy, figures.promised_at, figures.dispatch_due):
        yield _promised(figures)


def _made(figures: Figures, of: Explained, rule: str, inputs: Mapping[str, str], arithmetic: str) -> Explanation:
    return Explanation(of, rule, inputs, arithmetic, None if figures.policy is None else figures.policy.id)


def _total(figures: Figures) -> Explanation:
    """Products + shipping − shipping discount − store coupon (ORD-3)."""
    parts = ("products", "shipping_fee", "shipping_discount", "store_coupon")
    texts = [amount_text(getattr(figures, name), figures.currency) for name in parts]
    names = ("products", "shippingFee", "shippingDiscount", "storeCoupon")
    arithmetic = f"{texts[0]} + {texts[1]} - {texts[2]} - {texts[3]} = {Money(figures.total, figures.currency)}"
    return _made(figures, Explained.AGREED_TOTAL, "ORD-3", dict(zip(names, texts, strict=True)), arithmetic)


def _offset(figures: Figures, worth: int) -> Explanation:
    """A coupon takes off at most what is due (COU-1)."""
    inputs = {"coupon": str(Money(worth, CURRENCY)), "total": str(Money(figures.total, figures.currency))}
    arithmetic = f"min({inputs['coupon']}, {inputs['total']}) = {Money(figures.coupon, figures.currency)}"
    return _made(figures, Explained.COUPON_OFFSET, "COU-1", inputs, arithmetic)


def _payable(figures: Figures) -> Explanation:
    """Buyer payable = agreed total − coupon (PAY-1)."""
    total, coupon = (amount_text(minor, figures.currency) for minor in (figures.total, figures.coupon))
    left = Money(figures.total - figures.coupon, figures.currency)
    inputs = {"agreedTotal": total, "couponOffset": coupon}
    return _made(figures, Explained.BUYER_PAYABLE, "PAY-1", inputs, f"{total} - {coupon} = {left}")


def _plain(rate: Decimal) -> str:
    """A rate without the zeros that a column keeps behind it."""
    return f"{rate.normalize():f}"


def _fee_rule(figures: Figures) -> dict[str, str]:
    """What the fee schedule is keyed by, and what it says: before promotion, and in the currency of its cap."""
    inputs = {"exportMethod": str(figures.export_method), "logistics": str(figures.logistics)}
    for rule in figures.policy.fees if figures.policy is not None else ():
        if (rule.export_method, rule.logistics) == (figures.export_method, figures.logistics):
            inputs["scheduledRate"] = _plain(rule.rate)
            if rule.cap is not None and rule.cap_currency is not None:
                inputs["scheduledCap"] = str(Money(rule.cap, rule.cap_currency))
    return inputs


def _fee_cap(figures: Figures, cap: int) -> Explanation:
    """The schedule's cap in the order's currency, at the rate in force when it was agreed (FEE-1, FEE-4)."""
    inputs, shown = _fee_rule(figures), Money(cap, figures.currency)
    return _made(figures, Explained.FEE_CAP, "FEE-1", inputs, f"{inputs.get('scheduledCap', shown)} = {shown}")


def _fee(figures: Figures, rate: Decimal) -> Explanation:
    """Rate × promotion × base, half-up to the minor unit, then the cap (FEE-1, section 15)."""
    base = figures.total - figures.refunded_before
    uncapped = FeeTerms(rate, None).fee(base)
    inputs = {**_fee_rule(figures), "base": str(Money(base, figures.currency)), "rate": _plain(rate)}
    arithmetic = f"{amount_text(base, figures.currency)} * {_plain(rate)}"
    arithmetic += f" = {Money(uncapped, figures.currency)}, half-up"
    if figures.fee_cap is not None:
        inputs["cap"] = str(Money(figures.fee_cap, figures.currency))
        fee = FeeTerms(rate, figures.fee_cap).fee(base)
        arithmetic += f"; min({amount_text(uncapped, figures.currency)}, {inputs['cap']}) = "
        arithmetic += str(Money(fee, figures.currency))
    return _made(figures, Explained.FEE, "FEE-1", inputs, arithmetic)


def _compensation(figures: Figures, usd_rate: Decimal, policy: Policy) -> Explanation:
    """A part of the total in USD, up to a whole dollar, at most the cap (CLM-5)."""
    usd = convert(figures.total, figures.currency, CURRENCY, usd_rate)
    worth = Money(compensation(usd, policy.claim_rate, policy.claim_cap_usd), CURRENCY)
    inputs = {
        "total": str(Money(figures.total, figures.currency)),
        "usdRate": _plain(usd_rate),
        "totalUsd": str(Money(usd, CURRENCY)),
        "percentage": _plain(policy.claim_rate),
        "cap": str(Money(policy.claim_cap_usd, CURRENCY)),
    }
    arithmetic = (
        f"{inputs['total']} * {_plain(usd_rate)} = {inputs['totalUsd']}, half-up; "
        f"min(ceil({amount_text(usd, CURRENCY)} * {_plain(policy.claim_rate)}), {inputs['cap']}) = {worth}"
    )
    return _made(figures, Explained.COMPENSATION, "CLM-5", inputs, arithmetic)


def _promised(figures: Figures) -> Explanation:
    """The date of the dispatch deadline and the lane's maximum, end of day (DLV-4)."""
    assert figures.policy is not None
    assert figures.dispatch_due is not None
    assert figures.promised_at is not None
    calendar, unit = figures.policy.calendar, figures.transit_unit or TransitUnit.CALENDAR_DAYS
    left, latest = (calendar.date_of(at).isoformat() for at in (figures.dispatch_due, figures.promised_at))
    inputs = {
        "dispatchDueAt": figures.dispatch_due.isoformat(),
        "days": str(figures.transit_max or 0),
        "unit": str(unit),
        "zone": figures.policy.zone,
    }
    arithmetic = f"{left} + {inputs['days']} {unit} = {latest}, 23:59:59"
    return _made(figures, Explained.PROMISED_DATE, "DLV-4", inputs, arithmetic)


def figures_of(trade: Trade) -> Figures:
    """What explanations are made from, of a trade."""
    order, coupon = trade.order, trade.applied_coupon
    clock = deadlines.in_force(trade.deadlines, DeadlineKind.DISPATCH)
    return Figures(
        **{name: getattr(order, name) for name in _OF_THE_ORDER},
        coupon_worth=None if coupon is None else coupon.amount,
        refunded_before=order.refunded - order.refunded_after if order.released else 0,
        dispatch_due=None if clock is None else clock.due_at,
        policy=None if order.policy_id is None else trade.policy,
    )


_OF_THE_ORDER = (
    *("currency", "products", "shipping_fee", "shipping_discount", "store_coupon", "total", "coupon"),
    *("export_method", "logistics", "fee", "fee_rate", "fee_cap", "usd_rate", "promised_at"),
    *("transit_max", "transit_unit"),
)
