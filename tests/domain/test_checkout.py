"""The checkout quote: prices, coupons, payment fees, lanes, and the date by which goods ordered now are guaranteed."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from app.domain import freight
from app.domain.checkout import Basket, Quote, quote
from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import CargoClass, Lane, Product
from app.domain.policy import FIRST_POLICY, PaymentMethod, policy_from
from app.domain.remedies import Coupon, CouponStatus, Liability
from tests.domain.build import BUYER_ID, MINT, POLICY, RATES, SELLER
from tests.domain.sent import ENROLLED, lane, product
from tests.domain.test_calendar import wall

NOW = wall("2022-07-11T10:00:00")
CUP = product(
    name="Titanium cup",
    unit_grams=75,
    dispatch_days=1,
    minimum_quantity=Decimal(2),
    tiers=({"from": "2", "price": "940"}, {"from": "50", "price": "780"}),
)


def coupon(amount: int = 30_00, **columns: Any) -> Coupon:
    """A coupon of the buyer's."""
    made = Coupon(
        id=MINT.id(),
        buyer_id=BUYER_ID,
        order_id=MINT.id(),
        seller_id=MINT.id(),
        claim_id=MINT.id(),
        amount=amount,
        currency="USD",
        status=CouponStatus.AVAILABLE,
        liability=Liability.SELLER,
        issued_at=NOW - timedelta(days=1),
        expires_at=NOW + timedelta(days=80),
    )
    return replace(made, **columns)


def basket(
    *goods: tuple[Product, str], by: tuple[Lane, ...] = (), held: Coupon | None = None, **changes: Any
) -> Basket:
    """A basket for the United States; every product is bound to the same lanes."""
    bought = tuple((each, Decimal(quantity)) for each, quantity in goods or ((product(), "1"),))
    lanes = {each.template_id: {one.id: one for one in by} for each, _ in bought if each.template_id}
    made = Basket(ENROLLED, bought, lanes, "US", BUYER_ID, "US")
    coupons = {"coupon_id": held.id, "coupons": (held,)} if held else {}
    return replace(made, **{**coupons, **changes})


def quoted(*goods: tuple[Product, str], **changes: Any) -> Quote:
    """The quote of a basket."""
    return quote(basket(*goods, **changes), POLICY, RATES, NOW)


def refused(*goods: tuple[Product, str], **changes: Any) -> tuple[ErrorCode, tuple[str | int, ...]]:
    """Why there is no quote."""
    with pytest.raises(Refusal) as refusal:
        quoted(*goods, **changes)
    return refusal.value.code, refusal.value.field


def test_order_now_guaranteed_by() -> None:
    """DLV-2, DLV-4: the date if it were paid now, by the slowest of the products."""
    by = lane()
    found = quoted((product(), "1"), (CUP, "2"), by=(by,))
    assert (found.dispatch_days, found.dispatch_by) == (3, wall("2022-07-14T23:59:59"))
    assert found.chosen is not None
    assert found.chosen.choice.guaranteed_by == wall("2022-07-25T23:59:59")


def test_the_sums() -> None:
    """PAY-1, ORD-3: products by their price tiers, the lane by weight, the store coupon off, then the other."""
    by = lane(base_price=10_00, kilo_price=2_00)
    found = quoted((product(), "1"), (CUP, "50"), by=(by,), store_coupon=5_00, held=coupon())
    # 551.23 + 50 × 7.80; 400 g + 50 × 75 g = 4.15 kg, five begun
    assert [line.amount for line in found.lines] == [551_23, 390_00]
    assert found.products == 941_23
    assert found.chosen is not None
    assert found.chosen.price == 20_00
    assert (found.total, found.coupon, found.payable) == (956_23, 30_00, 926_23)


def test_the_worked_example() -> None:
    """PAY-1: 551.23 with a coupon of 30.00 leaves 521.23 to pay."""
    found = quoted((product(), "1"), by=(lane(base_price=0, kilo_price=0),), held=coupon())
    assert (found.total, found.payable) == (551_23, 521_23)


def test_a_coupon_is_worth_at_most_what_is_due() -> None:
    """COU-1: a larger coupon leaves nothing to pay, and so nothing to pay it with."""
    found = quoted((CUP, "2"), held=coupon(100_00))
    assert (found.total, found.coupon, found.payable) == (18_80, 18_80, 0)
    assert found.methods == {}


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"buyer_id": UUID(int=9)}, ErrorCode.NOT_FOUND),
        ({"status": CouponStatus.USED}, ErrorCode.COUPON_NOT_AVAILABLE),
        ({"expires_at": NOW - timedelta(seconds=1)}, ErrorCode.COUPON_EXPIRED),
        ({"currency": "EUR"}, ErrorCode.COUPON_CURRENCY),
    ],
)
def test_a_coupon_that_cannot_be_applied(columns: dict[str, Any], code: ErrorCode) -> None:
    """COU-1: judged by the same function that applies it."""
    assert refused((CUP, "2"), held=coupon(**columns)) == (code, ("couponId",))
    assert refused((CUP, "2"), coupon_id=MINT.id()) == (ErrorCode.NOT_FOUND, ("couponId",))


def test_payment_fees_beside_what_is_payable() -> None:
    """FEE-5, PAY-2: each method on offer with its own fee of what is payable, for the buyer's country."""
    methods = [{**rule, "fee_rate": "0.03"} if rule["method"] == "VISA" else rule for rule in FIRST_POLICY["methods"]]
    policy = policy_from(POLICY.id, POLICY.effective_at, {**FIRST_POLICY, "methods": methods})
    found = quote(basket(held=coupon()), policy, RATES, NOW)
    assert found.payable == 521_23
    assert found.methods[PaymentMethod.VISA] == 15_64
    assert found.methods[PaymentMethod.TT] == 0
    assert PaymentMethod.E_CHECKING in found.methods
    assert PaymentMethod.E_CHECKING not in quote(basket(country="DE"), policy, RATES, NOW).methods


def test_lanes_by_which_all_of_it_goes() -> None:
    """DLV-1, DLV-2: only lanes of each product's template; the default is guaranteed, another may be chosen."""
    cheap, sure, other = lane(guaranteed=False, base_price=1), lane(), lane()
    second = product(template_id=UUID(int=0xF1))
    whole = basket((product(), "1"), (second, "1"), by=(cheap, sure, other))
    first_template, second_template = product().template_id, second.template_id
    assert first_template is not None
    assert second_template is not None
    lanes = {
        first_template: {each.id: each for each in (cheap, sure, other)},
        second_template: {each.id: each for each in (cheap, sure)},
    }
    found = quote(replace(whole, lanes=lanes), POLICY, RATES, NOW)
    assert [offer.choice.lane for offer in found.offers] == [cheap, sure]
    assert found.chosen is not None
    assert found.chosen.choice.lane == sure
    chosen = quote(replace(whole, lanes=lanes, lane_id=cheap.id), POLICY, RATES, NOW).chosen
    assert chosen is not None
    assert (chosen.choice.lane, chosen.choice.guaranteed_by) == (cheap, None)
    with pytest.raises(Refusal) as refusal:
        quote(replace(whole, lanes=lanes, lane_id=other.id), POLICY, RATES, NOW)
    assert (refusal.value.code, refusal.value.field) == (ErrorCode.LANE_NOT_OFFERED, ("laneId",))


def test_a_seller_who_has_not_joined_promises_nothing() -> None:
    """DLV-3: the condition that fails is told with each lane."""
    found = quoted((product(), "1"), by=(lane(),), seller=SELLER)
    assert [offer.choice.failed for offer in found.offers] == [(freight.DeliveryCondition.SELLER_ENROLLED,)]


def test_no_lane_goes_there() -> None:
    """DLV-2: the sums stand without shipping, and no date is named."""
    found = quoted((product(), "1"), by=(lane(),), destination="NZ")
    assert (found.offers, found.chosen, found.total) == ((), None, 551_23)


def test_in_the_products_currency() -> None:
    """DLV-1, FEE-4: a lane's price in USD is converted once, half-up."""
    yen = product(currency="JPY", tiers=({"from": "1", "price": "4150"},))
    found = quoted((yen, "1"), by=(lane(base_price=12_34, kilo_price=0),))
    assert (found.currency, found.offers[0].price, found.total) == ("JPY", 1843, 5993)


@pytest.mark.parametrize(
    ("goods", "code", "field"),
    [
        ((product(published=False), "1"), ErrorCode.PRODUCT_NOT_ON_OFFER, ("lines", 1, "productId")),
        ((product(ready_to_ship=False), "1"), ErrorCode.PRODUCT_NOT_ON_OFFER, ("lines", 1, "productId")),
        ((product(seller_id=UUID(int=7)), "1"), ErrorCode.INVALID, ("lines", 1, "productId")),
        ((product(currency="EUR"), "1"), ErrorCode.INVALID, ("lines", 1, "productId")),
        ((product(tiers=()), "1"), ErrorCode.OUT_OF_RANGE, ("lines", 1, "quantity")),
        ((CUP, "1"), ErrorCode.OUT_OF_RANGE, ("lines", 1, "quantity")),
    ],
)
def test_what_cannot_be_bought_at_once(
    goods: tuple[Product, str], code: ErrorCode, field: tuple[str | int, ...]
) -> None:
    """ORD-1: on offer, ready to ship, at a published price, of one seller and in one currency."""
    assert refused((CUP, "2"), goods) == (code, field)


def test_bounds() -> None:
    """A basket has 1 to 100 lines; a store coupon takes off at most what there is."""
    assert len(quoted(*[(CUP, "2")] * 100).lines) == 100
    assert refused(*[(CUP, "2")] * 101) == (ErrorCode.TOO_MANY, ("lines",))
    assert quoted((CUP, "2"), store_coupon=18_80).total == 0
    assert refused((CUP, "2"), store_coupon=18_81) == (ErrorCode.OUT_OF_RANGE, ("storeCoupon",))


def test_goods_of_two_classes_go_by_no_common_lane() -> None:
    """DLV-1: a lane takes one cargo class."""
    other = replace(CUP, cargo_class=CargoClass.BATTERY)
    assert quoted((CUP, "2"), (other, "2"), by=(lane(), lane(cargo_class=CargoClass.BATTERY))).offers == ()
