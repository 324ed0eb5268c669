"""The contract of an order: what it can hold, what it must hold to be submitted, and which field is at fault."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import amendments, contract, drafts, orders
from app.domain.contract import Line
from app.domain.errors import ErrorCode, Refusal
from app.domain.lifecycle import Who
from app.domain.money import DECIMALS
from app.domain.policy import ExportMethod, Logistics, TransportMode
from app.domain.records import DispatchTerm, GuaranteeMethod, Incoterm, PaymentTerms, Status
from app.domain.trade import Trade
from tests.domain.build import CURRENCIES, START, act, confirmed, drafted, line, requested, submitted, terms

Path = tuple[str | int, ...]
Fault = tuple[ErrorCode, Path]


def faults(attempt: Callable[[], object]) -> list[Fault]:
    """Everything an attempt is refused for: code and path of the field, without the contract it belongs to."""
    with pytest.raises(Refusal) as refused:
        attempt()
    assert all(fault.field[0] == "contract" and fault.message for fault in refused.value.all)
    return [(fault.code, fault.field[1:]) for fault in refused.value.all]


def write(**patch: Any) -> Trade:
    """A draft with these parts of its contract written anew."""
    return drafts.edit(drafted(), act(Who.OWNER), patch)


def lines(**changes: Any) -> tuple[Line, ...]:
    """One good line and one that is changed."""
    changed = {"description": "Case", "quantity": Decimal(1), "unit": "piece", "unit_price": Decimal(100), **changes}
    return (line("1.00"), Line(**changed))


TOO_LONG, TOO_MANY, REQUIRED = ErrorCode.TOO_LONG, ErrorCode.TOO_MANY, ErrorCode.REQUIRED
OUT_OF_RANGE, INVALID = ErrorCode.OUT_OF_RANGE, ErrorCode.INVALID

# --- limits, on both sides --------------------------------------------------------------------------------------

WORDS = ("recipient", "phone", "city", "region", "postal_code", "country", "carrier", "lane", "incoterm_place")
PATHS = {"postal_code": "postalCode", "incoterm_place": "incotermPlace"}
# A part of the contract at its limit, the same beyond it, and what it is then refused for
LIMITS: list[tuple[dict[str, Any], dict[str, Any], Fault]] = [
    *(({name: "x" * 200}, {name: "x" * 201}, (TOO_LONG, (PATHS.get(name, name),))) for name in WORDS),
    ({"notes": "x" * 10_000}, {"notes": "x" * 10_001}, (TOO_LONG, ("notes",))),
    ({"lines": ("x",) * 5}, {"lines": ("x",) * 6}, (TOO_MANY, ("lines",))),
    ({"lines": ("x", "x" * 200)}, {"lines": ("x", "x" * 201)}, (TOO_LONG, ("lines", 1))),
    ({"items": (line("1"),) * 100}, {"items": (line("1"),) * 101}, (TOO_MANY, ("items",))),
    *(
        ({"items": lines(**{name: "x" * longest})}, {"items": lines(**{name: "x" * (longest + 1)})}, fault)
        for name, longest in (("description", 2_000), ("packaging", 2_000), ("remark", 2_000), ("unit", 200))
        for fault in [(TOO_LONG, ("items", 1, name))]
    ),
    ({"items": lines(description="x")}, {"items": lines(description=" ")}, (REQUIRED, ("items", 1, "description"))),
    ({"items": lines(unit="x")}, {"items": lines(unit=" ")}, (REQUIRED, ("items", 1, "unit"))),
    (
        {"items": lines(attributes=({"name": "n", "value": "v"},) * 20)},
        {"items": lines(attributes=({"name": "n", "value": "v"},) * 21)},
        (TOO_MANY, ("items", 1, "attributes")),
    ),
    (
        {"items": lines(attributes=({"name": "x" * 200, "value": "x" * 200},))},
        {"items": lines(attributes=({"name": "n", "value": "x" * 201},))},
        (TOO_MANY, ("items", 1, "attributes")),
    ),
    *(
        ({"items": lines(**{name: Decimal(good)})}, {"items": lines(**{name: Decimal(bad)})}, fault)
        for name, path in (("quantity", "quantity"), ("minimum_quantity", "minimumQuantity"))
        for good, bad in (("0.001", "0"), ("0.001", "0.0001"), ("1.500", "1.5001"), ("1", "-1"), ("1E+3", "NaN"))
        for fault in [(OUT_OF_RANGE, ("items", 1, path))]
    ),
    (
        {"items": lines(quantity=Decimal(10) ** 12, unit_price=Decimal("0.01"))},
        {"items": lines(quantity=Decimal(10) ** 12 + 1, unit_price=Decimal("0.01"))},
        (OUT_OF_RANGE, ("items", 1, "quantity")),
    ),
    (
        {"items": lines(unit_price=Decimal(0))},
        {"items": lines(unit_price=Decimal(-1))},
        (OUT_OF_RANGE, ("items", 1, "unitPrice")),
    ),
    (
        {"items": lines(unit_price=Decimal("0.01"))},
        {"items": lines(unit_price=Decimal("0.001"))},
        (INVALID, ("items", 1, "unitPrice")),
    ),
    ({"shipping_fee": Decimal("0.01")}, {"shipping_fee": Decimal("0.001")}, (INVALID, ("shippingFee",))),
    ({"shipping_fee": Decimal(0)}, {"shipping_fee": Decimal("-0.01")}, (OUT_OF_RANGE, ("shippingFee",))),
    ({"deposit": Decimal(0)}, {"deposit": Decimal(-1)}, (OUT_OF_RANGE, ("deposit",))),
    (
        {"shipping_discount": Decimal("555.22")},
        {"shipping_discount": Decimal("555.23")},
        (OUT_OF_RANGE, ("storeCoupon",)),
    ),
    ({"store_coupon": Decimal("551.23")}, {"store_coupon": Decimal("551.24")}, (OUT_OF_RANGE, ("storeCoupon",))),
    (
        {"items": (line("9999999999000"),)},
        {"items": (line("9999999999000"), line("1001"))},
        (OUT_OF_RANGE, ("items",)),
    ),
    ({"dispatch_days": 1}, {"dispatch_days": 0}, (OUT_OF_RANGE, ("dispatchDays",))),
    ({"dispatch_days": 365}, {"dispatch_days": 366}, (OUT_OF_RANGE, ("dispatchDays",))),
    (
        {"dispatch_instant": START},
        {"dispatch_instant": START + timedelta(microseconds=1)},
        (INVALID, ("dispatchInstant",)),
    ),
    *(
        ({name: value}, {name: None}, (REQUIRED, (path,)))
        for name, path, value in (
            ("items", "items", ()),
            ("shipping_fee", "shippingFee", Decimal(3)),
            ("shipping_discount", "shippingDiscount", Decimal(0)),
            ("store_coupon", "storeCoupon", Decimal(0)),
            ("logistics", "logistics", Logistics.PLATFORM),
            ("currency", "currency", "USD"),
        )
    ),
]


@pytest.mark.parametrize(("good", "bad", "fault"), LIMITS)
def test_each_limit_on_both_sides(good: dict[str, Any], bad: dict[str, Any], fault: Fault) -> None:
    """ORD-3: what a contract can just hold is written; what it cannot is refused at its field, and nothing changes."""
    if good == {"items": ()}:
        good = {"items": (), "shipping_discount": Decimal(0), "store_coupon": Decimal(0)}
    assert write(**good).order.version > drafted().order.version
    assert faults(lambda: write(**bad)) == [fault]


def test_everything_wrong_is_named_at_once() -> None:
    """ORD-3: a form can show all of it: each field with its own code, in one refusal."""
    bad = {
        "phone": "x" * 201,
        "lines": ("x" * 201, "x", "x" * 201),
        "items": lines(description="", unit="", quantity=Decimal(0), remark="x" * 2_001),
        "dispatch_days": 0,
        "products": Decimal(100),
        "logistics": None,
    }
    assert set(faults(lambda: write(**bad))) == {
        (TOO_LONG, ("phone",)),
        (TOO_LONG, ("lines", 0)),
        (TOO_LONG, ("lines", 2)),
        (REQUIRED, ("items", 1, "description")),
        (REQUIRED, ("items", 1, "unit")),
        (OUT_OF_RANGE, ("items", 1, "quantity")),
        (TOO_LONG, ("items", 1, "remark")),
        (OUT_OF_RANGE, ("dispatchDays",)),
        (INVALID, ("products",)),
        (REQUIRED, ("logistics",)),
    }


# --- currency ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("currency", ["XXX", "usd", "", "EURO"])
def test_an_unknown_currency(currency: str) -> None:
    """ORD-3, section 0: a currency is an ISO 4217 code."""
    assert faults(lambda: write(currency=currency)) == [(INVALID, ("currency",))]


def test_another_currency_needs_every_amount_again() -> None:
    """ORD-3, section 0: no number of one currency is ever read as an amount of another."""
    every = {"items", "shipping_fee", "shipping_discount", "store_coupon", "deposit"}
    names = {"shipping_fee": "shippingFee", "shipping_discount": "shippingDiscount", "store_coupon": "storeCoupon"}
    rewrite = partial(drafts.edit, write(store_coupon=Decimal("1.98")), act(Who.OWNER))
    wanted = {(REQUIRED, (names.get(name, name),)) for name in every}
    assert set(faults(lambda: rewrite({"currency": "JPY"}))) == wanted
    yen = terms("JPY", store_coupon=Decimal(198))
    for missing in every:
        given_again = {name: yen[name] for name in (every | {"currency"}) - {missing}}
        assert faults(partial(rewrite, given_again)) == [(REQUIRED, (names.get(missing, missing),))]
    assert rewrite({"currency": "JPY", **{name: yen[name] for name in every}}).order.total == 54_927
    assert rewrite({"currency": "USD"}).order.total == 549_25
    nothing = {(REQUIRED, ("storeCoupon",))}
    assert set(faults(lambda: write(currency="JPY"))) == wanted - nothing


# --- what submission needs --------------------------------------------------------------------------------------

NEEDED: list[tuple[dict[str, Any], Path]] = [
    ({"recipient": None}, ("recipient",)),
    ({"lines": None}, ("lines",)),
    ({"lines": ()}, ("lines",)),
    ({"city": ""}, ("city",)),
    ({"country": None}, ("country",)),
    ({"phone": None}, ("phone",)),
    ({"payment_terms": None}, ("paymentTerms",)),
    ({"dispatch_term": None}, ("dispatchTerm",)),
    ({"transport_mode": None}, ("transportMode",)),
    ({"carrier": None, "lane": None}, ("carrier",)),
    ({"incoterm": None}, ("incoterm",)),
    ({"export_method": None}, ("exportMethod",)),
    *(
        ({"dispatch_term": term, "dispatch_days": None}, (path,))
        for term, path in (
            (DispatchTerm.DAYS_AFTER_DEPOSIT, "dispatchDays"),
            (DispatchTerm.DAYS_AFTER_FULL_PAYMENT, "dispatchDays"),
            (DispatchTerm.FIXED_DATE, "dispatchDate"),
            (DispatchTerm.FIXED_INSTANT, "dispatchInstant"),
        )
    ),
]


def submit(**patch: Any) -> Trade:
    """The draft submitted with these parts written anew."""
    return orders.submit(write(**patch), act(Who.OWNER))


@pytest.mark.parametrize(("patch", "path"), NEEDED)
def test_what_submission_needs(patch: dict[str, Any], path: Path) -> None:
    """ORD-3: a whole contract is submitted, and without any one of its parts it is refused at that part."""
    assert submit().order.status is Status.PENDING_CONFIRMATION
    assert faults(lambda: submit(**patch)) == [(REQUIRED, path)]


@pytest.mark.parametrize(
    "patch", [{"carrier": None, "lane": "NGB-LAX"}, {"region": None}, {"notes": None}, {"deposit": Decimal(1)}]
)
def test_what_submission_does_not_need(patch: dict[str, Any]) -> None:
    """ORD-3: a lane does in place of a carrier; region, postal code and notes may stay empty."""
    assert submit(**patch).order.status is Status.PENDING_CONFIRMATION


def test_an_empty_contract_names_all_that_is_missing() -> None:
    """ORD-3: whatever is missing is named, all of it at once; a buyer's request needs only where and what."""
    seller = faults(lambda: orders.submit(_empty(Who.OWNER), act(Who.OWNER)))
    buyer = faults(lambda: orders.submit(_empty(Who.BUYER), act(Who.BUYER)))
    where_and_what = {"recipient", "lines", "city", "country", "phone", "items"}
    terms_too = {"paymentTerms", "dispatchTerm", "transportMode", "carrier", "incoterm", "exportMethod"}
    assert {path for code, path in buyer} == {(name,) for name in where_and_what}
    assert {path for code, path in seller} == {(name,) for name in where_and_what | terms_too | {"email"}}


def _empty(who: Who) -> Trade:
    whole = drafted()
    return drafts.draft(act(who), whole.seller, whole.policy, whole.rates, {})


def test_a_contract_worth_nothing() -> None:
    """ORD-3: an agreed total is more than 0."""
    free = {"items": (line("0"),), "payment_terms": PaymentTerms.FULL}
    nothing = dict.fromkeys(("shipping_fee", "shipping_discount", "store_coupon"), Decimal(0))
    assert faults(lambda: submit(**free, **nothing)) == [(OUT_OF_RANGE, ("items",))]


def test_a_completing_seller_does_not_say_where_the_goods_go() -> None:
    """ORD-8: who completes a request adds terms; recipient, address, e-mail and phone are the buyer's."""
    trade = requested()
    for name in contract.CONTACT_FIELDS:
        assert faults(partial(drafts.edit, trade, act(Who.OWNER), {name: None})) == [(ErrorCode.FORBIDDEN, (name,))]


# --- amendments keep patches as JSON ----------------------------------------------------------------------------

PATCHES = [
    terms("KWD", dispatch_date=START.date(), dispatch_instant=START, notes=None, lane="NGB-LAX", region="CA"),
    {"items": lines(minimum_quantity=Decimal("0.5"), attributes=({"name": "colour", "value": "青"},), packaging="Box")},
    {
        "logistics": Logistics.PLATFORM,
        "guarantee_method": GuaranteeMethod.NONE,
        "incoterm": Incoterm.FOB,
        "transport_mode": TransportMode.SEA,
    },
    {},
]


@pytest.mark.parametrize("patch", PATCHES)
def test_a_patch_survives_its_json(patch: dict[str, Any]) -> None:
    """ORD-10: what was proposed is what is confirmed, types and decimals included."""
    assert contract.from_json(contract.to_json(patch)) == patch


@pytest.mark.parametrize("currency", CURRENCIES)
@given(cents=st.integers(0, 10**9))
def test_amounts_survive_their_json(currency: str, cents: int) -> None:
    """ORD-10, section 0: an amount kept in an amendment reads back to the same minor units."""
    amount = Decimal(cents).scaleb(-DECIMALS[currency])
    assert contract.from_json(contract.to_json({"shipping_fee": amount}))["shipping_fee"] == amount


def test_an_amended_contract_is_held_to_the_same_limits() -> None:
    """ORD-10, ORD-3: a proposal cannot write what a draft cannot, nor take away what submission needs."""
    trade = confirmed()
    for patch, fault in (
        ({"dispatch_days": 366}, (OUT_OF_RANGE, ("dispatchDays",))),
        ({"incoterm": None}, (REQUIRED, ("incoterm",))),
        ({"deposit": Decimal("551.23")}, (OUT_OF_RANGE, ("deposit",))),
        ({"export_method": ExportMethod.MARKET_PROCUREMENT}, (REQUIRED, ("customsTitle",))),
    ):
        assert faults(partial(amendments.propose, trade, act(Who.OWNER), patch, None)) == [fault]
    assert faults(lambda: amendments.propose(trade, act(Who.OWNER), {}, None)) == [(REQUIRED, ())]


def test_nothing_is_written_after_submission() -> None:
    """ORD-8, ORD-10: an offer that waits for the buyer is as it was made."""
    with pytest.raises(Refusal) as refused:
        drafts.edit(submitted(), act(Who.OWNER), {"notes": "Blue."})
    assert refused.value.code is ErrorCode.STEP_NOT_ALLOWED
