"""Products (ORD-1): what one can be, its prices by quantity, and its badges (ENR-5)."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.domain import products
from app.domain.badges import Badge, BadgeReason, badges
from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import CargoClass, Product
from app.domain.lifecycle import Who
from app.domain.money import LARGEST_MINOR
from app.domain.products import DESCRIPTION_LONGEST, GRAMS_MOST, READY_DAYS_MOST, TIERS_MOST, Tier, unit_price
from app.domain.records import ServiceStatus
from tests.domain.build import DAY, SELLER, START, act

SHEET: Mapping[str, Any] = {
    "name": "Carbon fibre phone case",
    "currency": "USD",
    "unit": "piece",
    "unit_grams": 40,
    "minimum_quantity": Decimal(10),
    "tiers": (
        Tier(Decimal(10), Decimal("4.50")),
        Tier(Decimal(100), Decimal("4.10")),
        Tier(Decimal(1000), Decimal("3.60")),
    ),
    "ready_to_ship": True,
    "dispatch_days": 3,
}


def product(**changes: Any) -> Product:
    """A new product of the seller."""
    return products.create(SELLER, act(Who.OWNER), {**SHEET, **changes})


def refused(**changes: Any) -> list[tuple[ErrorCode, tuple[str | int, ...]]]:
    """With what, and where, such a product is refused."""
    with pytest.raises(Refusal) as found:
        product(**changes)
    return [(each.code, each.field) for each in found.value.all]


# --- prices -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "price"),
    [("9.999", None), ("10", 450), ("99.999", 450), ("100", 410), ("999.999", 410), ("1000", 360), ("1000000", 360)],
)
def test_a_price_begins_with_its_quantity(quantity: str, price: int | None) -> None:
    """ORD-1: each tier from its quantity on, to the last thousandth before the next; below the first there is none."""
    assert unit_price(product(), Decimal(quantity)) == price


def test_without_prices_none_is_published() -> None:
    """ORD-1: a product without tiers has its price on request."""
    assert unit_price(product(tiers=()), Decimal(10)) is None


@pytest.mark.parametrize(
    ("currency", "price", "minor"), [("USD", "4.50", 450), ("JPY", "450", 450), ("KWD", "4.505", 4505)]
)
def test_prices_are_kept_in_minor_units(currency: str, price: str, minor: int) -> None:
    """Section 0: with as many decimals as the currency has, and no more."""
    assert unit_price(product(currency=currency, tiers=(Tier(Decimal(10), Decimal(price)),)), Decimal(10)) == minor
    finer = Decimal(price + ("1" if "." in price else ".1"))
    assert refused(currency=currency, tiers=(Tier(Decimal(10), finer),)) == [
        (ErrorCode.INVALID, ("prices", 0, "unitPrice"))
    ]


@pytest.mark.parametrize(
    ("tiers", "where"),
    [
        ([("11", "4.50")], (ErrorCode.INVALID, ("prices", 0, "fromQuantity"))),
        ([("9", "4.50")], (ErrorCode.INVALID, ("prices", 0, "fromQuantity"))),
        ([("10", "4.50"), ("10", "4.10")], (ErrorCode.OUT_OF_RANGE, ("prices", 1, "fromQuantity"))),
        ([("10", "4.50"), ("100", "4.10"), ("99", "4")], (ErrorCode.OUT_OF_RANGE, ("prices", 2, "fromQuantity"))),
        ([("0", "4.50")], (ErrorCode.OUT_OF_RANGE, ("prices", 0, "fromQuantity"))),
        ([("NaN", "4.50")], (ErrorCode.OUT_OF_RANGE, ("prices", 0, "fromQuantity"))),
        ([("10", "0")], (ErrorCode.OUT_OF_RANGE, ("prices", 0, "unitPrice"))),
        ([("10", "-1")], (ErrorCode.OUT_OF_RANGE, ("prices", 0, "unitPrice"))),
        ([("10", str(LARGEST_MINOR))], (ErrorCode.INVALID, ("prices", 0, "unitPrice"))),
    ],
)
def test_prices_ascend_from_the_minimum_quantity(
    tiers: list[tuple[str, str]], where: tuple[ErrorCode, tuple[str | int, ...]]
) -> None:
    """ORD-1: the first price is for the minimum quantity, each further one for more; each is more than 0."""
    assert refused(tiers=tuple(Tier(Decimal(quantity), Decimal(price)) for quantity, price in tiers)) == [where]


def test_so_many_prices_and_no_more() -> None:
    """A list that a client sends has an end."""
    many = tuple(Tier(Decimal(10 + at), Decimal(5)) for at in range(TIERS_MOST + 1))
    assert len(product(tiers=many[:-1]).tiers) == TIERS_MOST
    assert refused(tiers=many) == [(ErrorCode.TOO_MANY, ("prices",))]


def test_another_currency_or_minimum_needs_its_prices() -> None:
    """ORD-1: minor units of one currency are none of another's, and the first price stays that of the minimum."""
    doer, made = act(Who.OWNER), product()
    for patch, field in (
        ({"currency": "JPY"}, ("prices",)),
        ({"minimum_quantity": Decimal(20)}, ("prices", 0, "fromQuantity")),
    ):
        with pytest.raises(Refusal) as found:
            products.change(made, doer, patch)
        assert found.value.field == field
    yen = products.change(made, doer, {"currency": "JPY", "tiers": (Tier(Decimal(10), Decimal(650)),)})
    assert (yen.currency, unit_price(yen, Decimal(10))) == ("JPY", 650)


# --- what a product can be --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": " "}, ErrorCode.REQUIRED, "name"),
        ({"name": "x" * 201}, ErrorCode.TOO_LONG, "name"),
        ({"name": None}, ErrorCode.REQUIRED, "name"),
        ({"unit": ""}, ErrorCode.REQUIRED, "unit"),
        ({"description": "x" * (DESCRIPTION_LONGEST + 1)}, ErrorCode.TOO_LONG, "description"),
        ({"currency": "XXX"}, ErrorCode.INVALID, "currency"),
        ({"minimum_quantity": Decimal(0)}, ErrorCode.OUT_OF_RANGE, "minimumQuantity"),
        ({"minimum_quantity": Decimal("1.0001")}, ErrorCode.OUT_OF_RANGE, "minimumQuantity"),
        ({"unit_grams": 0}, ErrorCode.OUT_OF_RANGE, "unitGrams"),
        ({"unit_grams": GRAMS_MOST + 1}, ErrorCode.OUT_OF_RANGE, "unitGrams"),
        ({"dispatch_days": None}, ErrorCode.REQUIRED, "dispatchDays"),
        ({"dispatch_days": 0}, ErrorCode.OUT_OF_RANGE, "dispatchDays"),
        ({"dispatch_days": READY_DAYS_MOST + 1}, ErrorCode.OUT_OF_RANGE, "dispatchDays"),
        ({"ready_to_ship": False, "dispatch_days": 366}, ErrorCode.OUT_OF_RANGE, "dispatchDays"),
    ],
)
def test_what_no_product_can_be(changes: dict[str, Any], code: ErrorCode, field: str) -> None:
    """ORD-1: a product has a name, a unit, a weight and a minimum; what is ready to ship says when it leaves."""
    assert refused(**changes) == [(code, (field,))]


def test_everything_wrong_is_told_at_once() -> None:
    """A form shows all its mistakes together."""
    assert [field for _, field in refused(name="", unit_grams=0, dispatch_days=None)] == [
        ("name",),
        ("unitGrams",),
        ("dispatchDays",),
    ]


@pytest.mark.parametrize("days", [1, READY_DAYS_MOST])
def test_ready_to_ship_leaves_within_its_days(days: int) -> None:
    """ORD-1: from one day to thirty; what is made to order may need longer, or not say."""
    assert product(dispatch_days=days).dispatch_days == days
    assert product(ready_to_ship=False, dispatch_days=365).dispatch_days == 365
    assert product(ready_to_ship=False, dispatch_days=None).dispatch_days is None


# --- on offer, and off it ---------------------------------------------------------------------------------------


def test_a_product_goes_on_offer_with_an_active_seller() -> None:
    """SVC-3: not before; published or withdrawn again it changes nothing."""
    doer, made = act(Who.OWNER), product()
    assert (made.published, made.version) == (False, 1)
    with pytest.raises(Refusal) as found:
        products.publish(made, replace(SELLER, service=ServiceStatus.PENDING), doer)
    assert found.value.code is ErrorCode.SERVICE_NOT_ACTIVE
    published = products.publish(made, SELLER, act(Who.OWNER, START + DAY))
    assert (published.published, published.version, published.updated_at) == (True, 2, START + DAY)
    assert products.publish(published, SELLER, doer) is published
    withdrawn = products.withdraw(published, doer)
    assert (withdrawn.published, withdrawn.version) == (False, 3)
    assert products.withdraw(withdrawn, doer) is withdrawn


@pytest.mark.parametrize(
    ("patch", "kept"),
    [
        ({"name": "Wooden phone case"}, False),
        ({"description": "Of bamboo."}, False),
        ({"cargo_class": CargoClass.BATTERY}, False),
        ({"tiers": (Tier(Decimal(10), Decimal(9)),), "dispatch_days": 2, "template_id": UUID(int=7)}, True),
    ],
)
def test_another_product_is_reviewed_again(patch: dict[str, Any], kept: bool) -> None:
    """FEE-3: the agent's review is of what was reviewed; prices and days it does not look at."""
    doer = act(Who.OWNER)
    reviewed = products.review(product(), act(Who.OPERATOR), passed=True)
    assert reviewed.agency_reviewed
    assert products.change(reviewed, doer, patch).agency_reviewed is kept
    assert not products.review(reviewed, act(Who.OPERATOR), passed=False).agency_reviewed


# --- badges -----------------------------------------------------------------------------------------------------

OUTSIDE, MADE, NO_LANE = (
    BadgeReason.SELLER_NOT_ENROLLED,
    BadgeReason.NOT_READY_TO_SHIP,
    BadgeReason.NO_GUARANTEED_LANE,
)


@pytest.mark.parametrize(
    ("enrolled", "ready", "lanes", "dispatch", "delivery"),
    [
        (True, True, 1, (), ()),
        (False, True, 1, (OUTSIDE,), (OUTSIDE,)),
        (True, False, 1, (), (MADE,)),
        (True, True, 0, (), (NO_LANE,)),
        (False, False, 0, (OUTSIDE,), (OUTSIDE, MADE, NO_LANE)),
    ],
)
def test_a_missing_badge_says_why(
    enrolled: bool, ready: bool, lanes: int, dispatch: tuple[BadgeReason, ...], delivery: tuple[BadgeReason, ...]
) -> None:
    """ENR-5: on-time dispatch by enrolment, on-time delivery by a ready product and a guaranteed lane beside it."""
    found = {state.badge: state.missing for state in badges(enrolled, ready, lanes)}
    assert found == {Badge.ON_TIME_DISPATCH: dispatch, Badge.ON_TIME_DELIVERY: delivery}
