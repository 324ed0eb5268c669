"""Amounts and what is computed from them: minor units, fees and caps, the export limit, the quota, instalments."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import amendments, contract, fulfilment, orders
from app.domain.access import SELLER_FINANCE
from app.domain.errors import ErrorCode, Refusal
from app.domain.fees import FeeTerms, fee_terms, in_usd
from app.domain.happenings import AUDIENCE, EventKind
from app.domain.lifecycle import Who
from app.domain.money import DECIMALS, LARGEST_MINOR, Money, amount_text, convert, half_up, minor_units, times
from app.domain.policy import FIRST_POLICY, ExportMethod, Logistics, Policy
from app.domain.records import GuaranteeMethod, InstalmentKind, PaymentTerms, Status
from app.domain.trade import Kept, Trade
from tests.domain import build, invariants
from tests.domain.build import (
    CURRENCIES,
    DAY,
    POLICY,
    RATES,
    SELLER,
    START,
    act,
    answer,
    confirmed,
    drafted,
    line,
    one_line,
    pay,
    propose,
    send,
    submitted,
    terms,
    usd,
)

# --- section 0: minor units and rounding ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("551.23", "USD", 551_23),
        ("55125", "JPY", 55_125),
        ("551.230", "KWD", 551_230),
        ("1.000", "USD", 1_00),
        ("7.0", "JPY", 7),
        ("1E+3", "USD", 1_000_00),
        ("-1.50", "USD", -1_50),
        ("0", "KWD", 0),
        ("10000000000000.00", "USD", LARGEST_MINOR),
    ],
)
def test_minor_units(amount: str, currency: str, minor: int) -> None:
    """Section 0: an amount is a whole number of its currency's minor units: 2 decimals, none for JPY, 3 for KWD."""
    assert minor_units(Decimal(amount), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        *(("0.001", "USD"), ("0.5", "JPY"), ("0.0001", "KWD")),
        *(("NaN", "USD"), ("sNaN", "USD"), ("Infinity", "USD"), ("-Infinity", "KWD")),
        *(
            ("1E+400", "USD"),
            ("1E-400", "USD"),
            ("1E+999999", "JPY"),
            ("9E+999999", "USD"),
            ("10000000000000.01", "USD"),
        ),
        ("0.0100000000000000000000000000000001", "USD"),
        *(("1", "XXX"), ("1", "usd"), ("1", "")),
    ],
)
def test_what_is_no_amount(amount: str, currency: str) -> None:
    """Section 0: nothing is rounded on the way in; what the currency cannot express is refused."""
    with pytest.raises(ValueError, match=r"\S"):
        minor_units(Decimal(amount), currency)


@given(st.integers(-LARGEST_MINOR, LARGEST_MINOR), st.sampled_from(sorted(DECIMALS)))
def test_an_amount_and_its_text_are_the_same(minor: int, currency: str) -> None:
    """Section 0: the text of an amount has as many decimals as its currency and reads back exactly."""
    text = amount_text(minor, currency)
    assert len(text.partition(".")[2]) == DECIMALS[currency]
    assert minor_units(Decimal(text), currency) == minor
    assert str(Money(minor, currency)) == f"{text} {currency}"


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**6))
def test_halves_go_away_from_zero(numerator: int, denominator: int) -> None:
    """Section 0: a computed amount is rounded once, half away from zero."""
    nearest = half_up(Fraction(numerator, denominator))
    assert abs(nearest * denominator - numerator) * 2 <= denominator
    if 2 * numerator % denominator == 0 and numerator % denominator:
        assert abs(nearest) > abs(numerator) / denominator
    assert half_up(Fraction(-numerator, denominator)) == -nearest


@given(st.integers(0, LARGEST_MINOR), st.decimals(0, 1, places=6))
def test_a_share_of_an_amount_agrees_with_decimal_arithmetic(minor: int, rate: Decimal) -> None:
    """Section 0, FEE-1: rate × amount, half-up, as exact decimal arithmetic has it."""
    assert times(minor, rate) == int((minor * rate).quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("base", "rate", "fee"),
    [
        (Money(551_23, "USD"), "0.02", 11_02),
        (Money(55_125, "JPY"), "0.02", 1_103),
        (Money(551_230, "KWD"), "0.02", 11_025),
        (Money(125, "KWD"), "0.02", 3),
        (Money(1, "USD"), "0.02", 0),
        (Money(25, "USD"), "0.02", 1),
        (Money(24, "USD"), "0.02", 0),
        (Money(551_23, "USD"), "0", 0),
        (Money(5, "USD"), "0.3", 2),
        (Money(45, "KWD"), "0.7", 32),
    ],
)
def test_worked_examples_of_rounding(base: Money, rate: str, fee: int) -> None:
    """Section 0, FEE-1: 551.23 at 2 % is 11.02; the half yen and the half fils go up."""
    assert times(base.minor, Decimal(rate)) == fee


@pytest.mark.parametrize(
    ("minor", "base", "quote", "rate", "result"),
    [
        (100_00, "USD", "JPY", "149.375", 14_938),
        (100_00, "USD", "KWD", "0.30755", 30_755),
        (551_23, "EUR", "USD", "1.0825", 596_71),
        (14_938, "JPY", "USD", "0.0066945607", 100_00),
        (1, "JPY", "KWD", "0.0020588", 2),
        (1, "KWD", "JPY", "485.7", 0),
        (2, "KWD", "JPY", "485.7", 1),
        (551_23, "USD", "USD", "1", 551_23),
    ],
)
def test_a_conversion_is_rounded_once(minor: int, base: str, quote: str, rate: str, result: int) -> None:
    """FEE-4: a converted amount is rounded half-up once, whatever decimals the two currencies have."""
    assert convert(minor, base, quote, Decimal(rate)) == result


def test_a_conversion_is_not_rounded_on_the_way() -> None:
    """FEE-4: a hundred yen at 0.005 are fifty cents; rounded one by one they would be a hundred."""
    assert convert(100, "JPY", "USD", Decimal("0.005")) == 50
    assert sum(convert(1, "JPY", "USD", Decimal("0.005")) for _ in range(100)) == 100


# --- FEE-1: rate, cap, promotions -------------------------------------------------------------------------------


def fee(total: int, currency: str = "USD", method: ExportMethod = ExportMethod.MARKET_PROCUREMENT) -> int:
    """The fee on an agreed total, whatever its export method's other limits."""
    return terms_of(POLICY, method, currency).fee(total)


def terms_of(
    policy: Policy, method: ExportMethod, currency: str = "USD", on: date = date(2024, 5, 6), new: bool = False
) -> FeeTerms:
    """The fee terms of an export method."""
    return fee_terms(policy, method, Logistics.OWN, currency, RATES, on, new)


@pytest.mark.parametrize(
    ("total", "currency", "expected"),
    [
        (551_23, "USD", 11_02),
        (4_999_74, "USD", 99_99),
        (5_000_00, "USD", 100_00),
        (5_000_01, "USD", 100_00),
        (50_000_00, "USD", 100_00),
        (55_125, "JPY", 1_103),
        (746_874, "JPY", 14_937),
        (746_875, "JPY", 14_938),
        (999_999_999, "JPY", 14_938),
        (551_230, "KWD", 11_025),
        (1_537_750, "KWD", 30_755),
        (1_537_800, "KWD", 30_755),
    ],
)
def test_the_fee_and_its_cap(total: int, currency: str, expected: int) -> None:
    """FEE-1: 2 % half-up, then the cap of USD 100, converted once; 5,000.00 meets it and a cent beyond stays there."""
    assert fee(total, currency) == expected


@pytest.mark.parametrize(
    ("total", "expected"), [(551_23, 6_61), (5_535_00, 66_42), (5_536_00, 66_43), (1_000_000_00, 66_43)]
)
def test_the_cap_in_yuan_on_an_order_in_dollars(total: int, expected: int) -> None:
    """FEE-1: the agency's cap of CNY 480 is USD 66.43 at 0.1384, converted once."""
    assert fee(total, "USD", ExportMethod.YIDATONG_AGENCY) == expected


def test_the_cap_in_yuan_on_an_order_in_yuan() -> None:
    """FEE-1: in its own currency the agency's cap is met at CNY 40,000.00 exactly."""
    terms_in_yuan = terms_of(POLICY, ExportMethod.YIDATONG_AGENCY, "CNY")
    assert [terms_in_yuan.fee(total) for total in (39_999_00, 40_000_00, 40_001_00)] == [479_99, 480_00, 480_00]


def test_a_cap_too_large_to_write_down_caps_nothing() -> None:
    """FEE-1, FEE-4: whatever cap and rate an operator sets, what confirmation pins can be kept."""
    policy = POLICY.changed(
        POLICY.id,
        START,
        {"fees": [{**rule, "cap": LARGEST_MINOR, "cap_currency": "USD"} for rule in FIRST_POLICY["fees"]]},
    )
    rates = {**RATES, ("USD", "JPY"): Decimal(10) ** 12}
    terms = fee_terms(policy, ExportMethod.EASY_DISPATCH, Logistics.OWN, "JPY", rates, date(2024, 5, 6), False)
    assert (terms.cap, terms.fee(LARGEST_MINOR)) == (LARGEST_MINOR, LARGEST_MINOR // 50)


def test_the_sellers_own_title_costs_nothing() -> None:
    """FEE-1: SELF_OPERATED has neither rate nor cap."""
    assert terms_of(POLICY, ExportMethod.SELF_OPERATED) == FeeTerms(Decimal(0), None)
    assert terms_of(POLICY, ExportMethod.SELF_OPERATED).fee(LARGEST_MINOR) == 0


def promoted(*promotions: Mapping[str, Any]) -> Policy:
    """The first policy with promotions."""
    return POLICY.changed(POLICY.id, START, {"promotions": list(promotions)})


def promotion(
    factor: str, new_only: bool = False, starts: str = "2024-05-01", ends: str = "2024-05-31"
) -> dict[str, Any]:
    """A promotion of May."""
    return {"code": factor, "factor": factor, "starts_on": starts, "ends_on": ends, "new_sellers_only": new_only}


@pytest.mark.parametrize(
    ("new_seller", "on", "rate"),
    [
        (False, "2024-05-06", "0.010"),
        (True, "2024-05-06", "0.005"),
        (False, "2024-05-01", "0.010"),
        (False, "2024-05-31", "0.010"),
        (False, "2024-04-30", "0.02"),
        (True, "2024-06-01", "0.02"),
    ],
)
def test_the_better_promotion_applies_alone(new_seller: bool, on: str, rate: str) -> None:
    """FEE-1: of several promotions the one that is better for the seller counts; they are not combined."""
    policy = promoted(promotion("0.5"), promotion("0.25", new_only=True), promotion("0.9"))
    found = terms_of(policy, ExportMethod.EASY_DISPATCH, on=date.fromisoformat(on), new=new_seller)
    assert found.rate == Decimal(rate)


def test_a_promotion_is_of_the_platforms_day() -> None:
    """FEE-1, section 14: confirmed in the last second of 31 May in Los Angeles, the promotion still counts."""
    policy = promoted(promotion("0.5"))
    last = policy.calendar.end_of(date(2024, 5, 31))
    fees = [confirmed(at=at, policy=policy).order.fee for at in (last, last + timedelta(seconds=1))]
    assert fees == [5_51, 11_02]


def test_a_currency_without_a_rate() -> None:
    """FEE-4: a currency nobody set a rate for cannot carry an order; a draft may still be written in it."""
    trade = drafted(one_line("100.00", "CHF"))
    assert trade.order.fee is None
    with pytest.raises(Refusal) as refused:
        orders.submit(trade, act(Who.OWNER))
    assert refused.value.code is ErrorCode.CURRENCY_WITHOUT_RATE
    assert refused.value.field == ("contract", "currency")


@pytest.mark.parametrize("currency", CURRENCIES)
def test_confirmation_pins_fee_and_rate(currency: str) -> None:
    """FEE-1, FEE-4: what was pinned at confirmation is charged at release, whatever policy says by then."""
    trade = send(pay(confirmed(terms(currency))))
    dearer = POLICY.changed(POLICY.id, START, {"fees": [{**rule, "rate": "0.5"} for rule in FIRST_POLICY["fees"]]})
    trade = fulfilment.confirm_receipt(replace(trade, policy=dearer, rates={}), act(Who.BUYER))
    expected = {"USD": 11_02, "JPY": 1_103, "KWD": 11_025}[currency]
    assert trade.order.fee == trade.order.fee_charged == expected
    assert trade.order.policy_id == POLICY.id
    assert trade.order.usd_rate == (Decimal(1) if currency == "USD" else RATES[currency, "USD"])
    invariants.check(trade)


# --- FEE-2: the limit of easy dispatch --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "currency", "refused"),
    [
        ("5000.00", "USD", False),
        ("5000.01", "USD", True),
        ("4618.94", "EUR", False),
        ("4618.95", "EUR", True),
        ("746874", "JPY", False),
        ("746877", "JPY", True),
        ("1537.751", "KWD", False),
        ("1537.756", "KWD", True),
    ],
)
def test_easy_dispatch_up_to_its_limit(price: str, currency: str, refused: bool) -> None:
    """FEE-2: 5,000.00 is in and 5,000.01 is not; other currencies are compared by their converted amount."""
    trade = drafted(one_line(price, currency))
    assert (usd(trade) > 5_000_00) is refused
    if not refused:
        assert confirmed(one_line(price, currency)).order.status is Status.PENDING_PAYMENT
        return
    with pytest.raises(Refusal) as found:
        orders.submit(trade, act(Who.OWNER))
    assert found.value.code is ErrorCode.EXPORT_AMOUNT_LIMIT
    assert found.value.params == {"limit": "5000.00 USD", "total": str(Money(usd(trade), "USD"))}
    own_title = one_line(price, currency, export_method=ExportMethod.SELF_OPERATED)
    assert submitted(own_title).order.status is Status.PENDING_CONFIRMATION


def test_the_amount_at_confirmation_decides() -> None:
    """FEE-2: an offer made under a larger limit is refused at confirmation under a smaller one."""
    trade = replace(submitted(), policy=POLICY.changed(POLICY.id, START, {"easy_dispatch_limit_usd": 551_22}))
    with pytest.raises(Refusal) as refused:
        orders.confirm(trade, act(Who.BUYER))
    assert refused.value.code is ErrorCode.EXPORT_AMOUNT_LIMIT


@pytest.mark.parametrize(
    "changes",
    [{"items": (line("5000.01"),)}, {"export_method": ExportMethod.EASY_DISPATCH, "items": (line("5000.01"),)}],
    ids=["a larger total", "another method"],
)
def test_an_amendment_does_not_lead_round_the_limit(changes: dict[str, Any]) -> None:
    """FEE-2, ORD-10: an amended total or export method is held to the same limit."""
    method = ExportMethod.SELF_OPERATED if "export_method" in changes else ExportMethod.EASY_DISPATCH
    trade = confirmed(one_line("100.00", export_method=method))
    with pytest.raises(Refusal) as refused:
        propose(trade, **changes)
    assert refused.value.code is ErrorCode.EXPORT_AMOUNT_LIMIT
    within = {**changes, "items": (line("5000.00"),)}
    assert answer(propose(trade, **within)).order.fee == 100_00


# --- GUA-2: the quota -------------------------------------------------------------------------------------------

TEN_THOUSAND = replace(SELLER, quota_limit=10_000_00)


def test_the_quota_is_looked_at_and_then_occupied() -> None:
    """GUA-2: EUR 551.23 at 1.0825 occupies USD 596.71, at confirmation and not before."""
    offered = submitted(terms("EUR"), seller=TEN_THOUSAND, quota_in_use=9_403_29)
    assert offered.order.quota_occupied == 0
    assert orders.confirm(offered, act(Who.BUYER)).order.quota_occupied == 596_71


def test_a_cent_too_little_at_submission() -> None:
    """GUA-2: the seller is refused with limit, occupied and needed amount."""
    with pytest.raises(Refusal) as refused:
        submitted(terms("EUR"), seller=TEN_THOUSAND, quota_in_use=9_403_30)
    assert refused.value.code is ErrorCode.QUOTA_EXCEEDED
    assert refused.value.field == ("contract", "guaranteeMethod")
    assert refused.value.params == {"limit": "10000.00 USD", "occupied": "9403.30 USD", "needed": "596.71 USD"}


def test_a_cent_too_little_at_confirmation() -> None:
    """GUA-2: the buyer is told GUARANTEE_UNAVAILABLE and nothing else; the seller's event with the numbers is kept."""
    offered = submitted(terms("EUR"), seller=TEN_THOUSAND, quota_in_use=9_403_29)
    with pytest.raises(Kept) as refused:
        orders.confirm(replace(offered, quota_in_use=9_403_30), act(Who.BUYER))
    assert (refused.value.code, refused.value.params) == (ErrorCode.GUARANTEE_UNAVAILABLE, {})
    assert not any(digit in refused.value.message for digit in "0123456789")
    kept = refused.value.trade
    assert (kept.order.status, kept.order.quota_occupied) == (Status.PENDING_CONFIRMATION, 0)
    assert kept.happenings[:-1] == offered.happenings
    short = kept.happenings[-1]
    assert short.kind is EventKind.QUOTA_SHORT
    assert AUDIENCE[short.kind] == SELLER_FINANCE
    assert short.facts == {"limit": "10000.00 USD", "occupied": "9403.30 USD", "needed": "596.71 USD"}


@pytest.mark.parametrize("in_use", [9_999_99, 10_000_00, 10_000_01, 99_000_00])
def test_no_guarantee_needs_no_quota(in_use: int) -> None:
    """GUA-1: with NONE nothing is occupied, and a quota that others used up or an operator cut does not matter."""
    free = terms(guarantee_method=GuaranteeMethod.NONE)
    assert confirmed(free, seller=TEN_THOUSAND, quota_in_use=in_use).order.quota_occupied == 0


@pytest.mark.parametrize(
    ("method", "after"),
    [
        (GuaranteeMethod.UNTIL_DISPATCH, [551_23, 551_23, 0, 0]),
        (GuaranteeMethod.UNTIL_RECEIPT, [551_23, 551_23, 551_23, 0]),
        (GuaranteeMethod.NONE, [0, 0, 0, 0]),
    ],
)
def test_until_when_the_quota_is_occupied(method: GuaranteeMethod, after: list[int]) -> None:
    """GUA-1, GUA-2: UNTIL_DISPATCH frees it when everything is dispatched, UNTIL_RECEIPT at receipt."""
    first = confirmed(terms(guarantee_method=method))
    partly = send(pay(first), 5)
    sent = send(partly)
    received = fulfilment.confirm_receipt(sent, act(Who.BUYER))
    assert [trade.order.quota_occupied for trade in (first, partly, sent, received)] == after


def test_closing_gives_the_quota_back() -> None:
    """GUA-2: a cancelled order occupies nothing."""
    assert orders.cancel(confirmed(), act(Who.BUYER), "Ordered twice.").order.quota_occupied == 0


def test_an_amended_total_adjusts_the_quota() -> None:
    """GUA-2, ORD-10: what the order occupies follows its total, up to what is free; less is always possible."""
    trade = confirmed(one_line("1000.00"), seller=TEN_THOUSAND)
    full = replace(trade, quota_in_use=9_000_00)
    assert answer(propose(full, items=(line("2000.00"),))).order.quota_occupied == 2_000_00
    with pytest.raises(Refusal) as refused:
        propose(full, items=(line("2000.01"),))
    assert refused.value.code is ErrorCode.GUARANTEE_UNAVAILABLE
    cut = replace(full, seller=replace(SELLER, quota_limit=0))
    assert answer(propose(cut, items=(line("999.99"),))).order.quota_occupied == 999_99
    assert answer(propose(cut, notes="Blue, please.")).order.quota_occupied == 1_000_00


# --- ORD-3, ORD-4: sums and instalments -------------------------------------------------------------------------


@pytest.mark.parametrize(("currency", "total"), [("USD", 550_23), ("EUR", 550_23), ("JPY", 55_124), ("KWD", 550_230)])
def test_the_agreed_total(currency: str, total: int) -> None:
    """ORD-3: lines + shipping fee - shipping discount - store coupon, in each currency's own units."""
    order = drafted(terms(currency, store_coupon=Decimal(1))).order
    assert order.total == total
    assert order.products + order.shipping_fee - order.shipping_discount - order.store_coupon == total


@pytest.mark.parametrize(
    ("price", "quantity", "currency", "amount"),
    [
        ("10.74", "3", "USD", 32_22),
        ("0.01", "0.5", "USD", 1),
        ("0.01", "0.499", "USD", 0),
        ("3.33", "0.333", "USD", 1_11),
        ("105", "1.5", "JPY", 158),
        ("0.001", "1.5", "KWD", 2),
    ],
)
def test_a_line_is_rounded_once(price: str, quantity: str, currency: str, amount: int) -> None:
    """ORD-3, section 0: unit price × quantity, half-up to the minor unit."""
    trade = drafted(one_line(price, currency, items=(line(price, quantity),)))
    assert trade.items[0].amount == trade.order.total == amount


@given(st.integers(2, 10**9), st.data())
def test_instalments_add_up(total: int, data: st.DataObject) -> None:
    """ORD-4: any deposit that leaves something is one, and the balance is the rest to the last cent."""
    deposit = data.draw(st.integers(1, total - 1))
    price, first = Decimal(total).scaleb(-2), Decimal(deposit).scaleb(-2)
    written = one_line(
        str(price),
        payment_terms=PaymentTerms.DEPOSIT_BALANCE,
        deposit=first,
        export_method=ExportMethod.SELF_OPERATED,
        guarantee_method=GuaranteeMethod.NONE,
    )
    rows = confirmed(written).instalments
    assert [(row.position, row.kind, row.amount) for row in rows] == [
        (0, InstalmentKind.DEPOSIT, deposit),
        (1, InstalmentKind.BALANCE, total - deposit),
    ]


@pytest.mark.parametrize("currency", CURRENCIES)
def test_thirty_and_seventy_percent(currency: str) -> None:
    """ORD-4: 30 % of 551.23 is a deposit of 165.37 and a balance of 385.86; all at once is one instalment."""
    rows = confirmed(terms(currency)).instalments
    expected = {"USD": (165_37, 385_86), "JPY": (16_538, 38_587), "KWD": (165_369, 385_861)}[currency]
    assert tuple(row.amount for row in rows) == expected
    (whole,) = confirmed(terms(currency, payment_terms=PaymentTerms.FULL)).instalments
    assert (whole.kind, whole.amount) == (InstalmentKind.FULL, sum(expected))


@pytest.mark.parametrize(("deposit", "good"), [("0.00", False), ("0.01", True), ("551.22", True), ("551.23", False)])
def test_a_deposit_leaves_something(deposit: str, good: bool) -> None:
    """ORD-4: a deposit is at least one minor unit and leaves at least one."""
    trade = drafted(terms(deposit=Decimal(deposit)))
    if good:
        assert orders.submit(trade, act(Who.OWNER)).order.deposit == int(Decimal(deposit) * 100)
        return
    with pytest.raises(Refusal) as refused:
        orders.submit(trade, act(Who.OWNER))
    assert (refused.value.code, refused.value.field) == (ErrorCode.OUT_OF_RANGE, ("contract", "deposit"))


def _amended(**changes: Any) -> Trade:
    return answer(propose(confirmed(), **changes))


def test_instalments_follow_an_amended_contract() -> None:
    """ORD-10, ORD-4: before money lands every amount can change, and the instalments are those of the new total."""
    assert [row.amount for row in _amended(shipping_fee=Decimal("50.00")).instalments] == [165_37, 410_86]
    assert [row.amount for row in _amended(payment_terms=PaymentTerms.FULL).instalments] == [551_23]
    again = propose(
        _amended(payment_terms=PaymentTerms.FULL), payment_terms=PaymentTerms.DEPOSIT_BALANCE, deposit=Decimal(1)
    )
    assert [row.amount for row in answer(again).instalments] == [1_00, 550_23]


@pytest.mark.parametrize(
    "changes",
    [
        {"items": (line("1000.00"),)},
        {"shipping_fee": Decimal(1)},
        {"shipping_discount": Decimal(1)},
        {"store_coupon": Decimal(1)},
        {"deposit": Decimal(1)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_once_money_has_landed_amounts_stand(changes: dict[str, Any]) -> None:
    """ORD-10: after the first cent, counted or not, no amendment changes an amount."""
    for landed in (pay(confirmed(), 1), build.transfer(confirmed(), 1), pay(confirmed(), 1, currency="CHF")):
        with pytest.raises(Refusal) as refused:
            propose(landed, **changes)
        assert refused.value.code is ErrorCode.AMENDMENT_CHANGES_AMOUNT
    early = propose(confirmed(), **changes)
    with pytest.raises(Refusal) as refused:
        answer(pay(early, 1))
    assert refused.value.code is ErrorCode.AMENDMENT_CHANGES_AMOUNT


@pytest.mark.parametrize(
    "changes",
    [{"payment_terms": PaymentTerms.FULL}, {"export_method": ExportMethod.SELF_OPERATED}, {"notes": "Blue."}],
    ids=lambda changes: next(iter(changes)),
)
def test_once_money_has_landed_other_terms_stand_too(changes: dict[str, Any]) -> None:
    """ORD-10: then only dispatch term, transport mode, lane, carrier and address may change."""
    with pytest.raises(Refusal) as refused:
        propose(pay(confirmed(), 1), **changes)
    assert refused.value.code is ErrorCode.FORBIDDEN
    allowed: dict[str, Any] = {"lane": "NGB-LAX", "carrier": "UPS", "city": "Oakland", "dispatch_days": 9}
    trade = answer(propose(build.paid(), **allowed), at=START + DAY)
    assert (trade.order.lane, trade.order.carrier, trade.contact.city) == ("NGB-LAX", "UPS", "Oakland")


def test_every_other_term_is_fixed_by_money() -> None:
    """ORD-10: of all the contract's fields these few, and a field that is added is fixed until it is named here."""
    free = {"dispatch_term", "dispatch_days", "dispatch_date", "dispatch_instant"}
    free |= {"transport_mode", "lane", "lane_id", "carrier"}
    address = {"recipient", "phone", "lines", "city", "region", "postal_code", "country"}
    assert free | address == amendments.AFTER_MONEY
    for name in set(contract.FIELDS) - free - address:
        with pytest.raises(Refusal):
            amendments.amended(pay(confirmed(), 1), act(Who.OWNER), {name: None})


def test_currency_and_email_are_never_amended() -> None:
    """ORD-10, ORD-2: another currency or another buyer is another order."""
    for fixed, path in (({"currency": "EUR"}, "currency"), ({"email": "else@example.com"}, "contact.email")):
        with pytest.raises(Refusal) as refused:
            amendments.amended(confirmed(), act(Who.OWNER), fixed)
        assert refused.value.params == {"fixed": path}


def test_usd_of_each_currency() -> None:
    """FEE-4: in USD cents, at the pinned rates."""
    assert [in_usd(1_000_000, currency, RATES) for currency in ("USD", "EUR", "JPY", "KWD")] == [
        1_000_000,
        1_082_500,
        669_456,
        325_150,
    ]
