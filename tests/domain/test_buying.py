"""Lines that name products, and buy now: the seller's standing offer, agreed by placing it (ORD-1)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain import amendments, buying, contract, drafts, orders, products
from app.domain.access import By
from app.domain.contract import Line
from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import CargoClass, LaneProvider, Product
from app.domain.happenings import EventKind
from app.domain.lifecycle import Who
from app.domain.money import Money
from app.domain.policy import ExportMethod, Logistics, TransportMode
from app.domain.products import Tier
from app.domain.records import (
    DispatchTerm,
    GuaranteeMethod,
    Incoterm,
    InstalmentKind,
    OrderType,
    PaymentTerms,
    ServiceStatus,
    Status,
)
from app.domain.trade import Trade
from tests.domain import build
from tests.domain.build import CONTACT, DAY, MINT, POLICY, RATES, SELLER, START, act
from tests.domain.shelf import LANE, lines, on_offer, placed_with, purchase

CASE = on_offer()


def placed(*bought: tuple[Product, str], **changes: Any) -> Trade:
    """An order that was bought now."""
    return orders.submit(purchase(*bought or ((CASE, "3"),), **changes), act(Who.BUYER))


def refusal(trade: Trade, who: Who = Who.BUYER) -> tuple[ErrorCode, tuple[str | int, ...]]:
    """With what, and where, placing a draft is refused."""
    with pytest.raises(Refusal) as found:
        orders.submit(trade, act(who))
    return found.value.code, found.value.field


def request(*bought: Line, products: tuple[Product, ...] = (CASE,), by: Who = Who.BUYER, **changes: Any) -> Trade:
    """A draft whose lines name products: a buyer's request, or a seller's."""
    shelf = {product.id: product for product in products}
    patch = {**(CONTACT if by is Who.BUYER else build.terms()), "items": bought, **changes}
    return drafts.draft(act(by), SELLER, POLICY, RATES, patch, shelf)


def named(quantity: str, product: Product = CASE, price: str | None = None, **more: Any) -> Line:
    """A line that names a product."""
    words = {"description": "", "unit": "", **more}
    return Line(
        quantity=Decimal(quantity),
        unit_price=None if price is None else Decimal(price),
        product_id=product.id,
        **words,
    )


# --- lines that name products -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "price", "amount"), [("3", 10_74, 32_22), ("99", 10_74, 1063_26), ("100", 9_00, 900_00)]
)
def test_a_request_takes_what_is_published(quantity: str, price: int, amount: int) -> None:
    """ORD-1: name, unit, minimum and the price of its tier come from the product, whatever price the buyer names."""
    (item,) = request(named(quantity, price="0.01", unit="box", minimum_quantity=Decimal(1))).items
    assert (item.product_id, item.description, item.unit) == (CASE.id, CASE.name, "piece")
    assert (item.minimum_quantity, item.unit_price, item.amount) == (Decimal(3), price, amount)


def test_a_seller_may_say_otherwise() -> None:
    """ORD-1: price, unit and minimum are the seller's to say; what they leave out is the product's."""
    said, left = request(
        named("2", price="7.25", unit="box", description="Case, gold", minimum_quantity=Decimal(1)),
        named("100"),
        by=Who.OWNER,
    ).items
    assert (said.description, said.unit, said.minimum_quantity, said.unit_price) == (
        "Case, gold",
        "box",
        Decimal(1),
        7_25,
    )
    assert (left.description, left.unit, left.minimum_quantity, left.unit_price) == (
        CASE.name,
        "piece",
        Decimal(3),
        9_00,
    )


def test_a_price_on_request_is_left_to_the_seller() -> None:
    """ORD-1: a request for a product without a published price costs nothing until the seller completes it."""
    unpriced = on_offer(tiers=())
    (item,) = request(named("3", unpriced), products=(unpriced,)).items
    assert item.unit_price == 0


ELSEWHERE = products.create(replace(SELLER, id=MINT.id()), act(Who.OWNER), {"name": "A", "unit": "b", "unit_grams": 1})
WITHDRAWN = on_offer(published=False)
EURO = on_offer(currency="EUR")


@pytest.mark.parametrize("by", [Who.BUYER, Who.OWNER])
@pytest.mark.parametrize(
    ("line", "code", "where"),
    [
        (named("3", replace(ELSEWHERE, published=True)), ErrorCode.PRODUCT_NOT_ON_OFFER, "productId"),
        (Line("", Decimal(3), "", product_id=MINT.id()), ErrorCode.PRODUCT_NOT_ON_OFFER, "productId"),
        (named("3", EURO), ErrorCode.INVALID, "productId"),
        (named("2.999"), ErrorCode.OUT_OF_RANGE, "quantity"),
        (named("NaN"), ErrorCode.OUT_OF_RANGE, "quantity"),
    ],
)
def test_a_line_names_a_product_of_the_orders_seller_and_currency(
    by: Who, line: Line, code: ErrorCode, where: str
) -> None:
    """ORD-1: no other seller's, none in another currency, and none below the quantity from which it has a price."""
    with pytest.raises(Refusal) as found:
        request(named("3"), line, products=(CASE, ELSEWHERE, EURO), by=by)
    assert (found.value.code, found.value.field) == (code, ("contract", "items", 1, where))


def test_only_the_seller_names_what_is_not_on_offer() -> None:
    """ORD-1: a buyer requests what is published; a seller may draft with anything of theirs."""
    assert request(named("3", WITHDRAWN), products=(WITHDRAWN,), by=Who.OWNER).items
    with pytest.raises(Refusal) as found:
        request(named("3", WITHDRAWN), products=(WITHDRAWN,))
    assert found.value.code is ErrorCode.PRODUCT_NOT_ON_OFFER


def test_an_amendment_keeps_what_its_lines_were_filled_with() -> None:
    """ORD-10: what the product said when it was proposed is what the buyer confirms, whatever it says by then."""
    made = on_offer(ready_to_ship=False)
    trade = replace(build.confirmed(), products={made.id: made})
    proposed = amendments.propose(trade, act(Who.OWNER), {"items": (named("100", made),)}, None)
    assert proposed.amendment is not None
    stored = contract.from_json(proposed.amendment.changes)
    assert buying.named(stored) == {made.id}
    answered = amendments.answer(replace(proposed, products={}), act(Who.BUYER), accept=True)
    assert [(item.product_id, item.description, item.unit_price) for item in answered.items] == [
        (made.id, made.name, 9_00)
    ]
    tried = amendments.effect(trade, act(Who.BUYER), {"items": (named("100", made),)}, proposed=False)
    assert (tried.refusal, tried.total_after) == (None, answered.order.total)


# --- buying now -------------------------------------------------------------------------------------------------


def test_placing_agrees_to_the_sellers_standing_offer() -> None:
    """ORD-1, ORD-4, ORD-7, GUA-1: 3 × 10.74 and a lane of 12.00 + 5 × 3.50 for 4.5 kg, paid at once, 61.72 in all."""
    trade = placed(notes="Ring twice.")
    order = trade.order
    assert (order.type, order.status, order.awaiting) == (OrderType.BUY_NOW, Status.PENDING_PAYMENT, None)
    assert (order.products, order.shipping_fee, order.total) == (32_22, 29_50, 61_72)
    assert (order.payment_terms, order.deposit) == (PaymentTerms.FULL, None)
    assert [(part.kind, part.amount) for part in trade.instalments] == [(InstalmentKind.FULL, 61_72)]
    assert (order.dispatch_term, order.dispatch_days) == (DispatchTerm.DAYS_AFTER_FULL_PAYMENT, 3)
    assert (order.lane_id, order.lane, order.carrier, order.transport_mode) == (
        LANE.id,
        "Ningbo air line",
        "Cainiao",
        TransportMode.AIR,
    )
    assert (order.incoterm, order.incoterm_place) == (Incoterm.DAP, "San Francisco")
    assert (order.export_method, order.logistics) == (ExportMethod.SELF_OPERATED, Logistics.PLATFORM)
    assert (order.guarantee_method, order.quota_occupied) == (GuaranteeMethod.NONE, 0)
    assert (order.policy_id, order.confirmed_at, order.submitted_at) == (POLICY.id, START, START)
    assert order.number is not None and order.link is not None and order.notes == "Ring twice."
    assert {account.bank for account in trade.collection_accounts} == {bank.name for bank in POLICY.banks}


def test_both_sides_hear_of_what_was_placed() -> None:
    """Section 17: it was offered and agreed in one act, by the buyer; its events are the seller's to hear."""
    told = [
        event for event in placed().happenings if event.kind in (EventKind.ORDER_SUBMITTED, EventKind.ORDER_CONFIRMED)
    ]
    assert [(event.kind, event.by, event.seller_id, event.buyer_id) for event in told] == [
        (kind, By.BUYER, SELLER.id, build.BUYER_ID) for kind in (EventKind.ORDER_SUBMITTED, EventKind.ORDER_CONFIRMED)
    ]
    assert {change.field: change.after for change in told[0].changes} | {"total": "61.72 USD"} == {
        change.field: change.after for change in told[0].changes
    }


def test_the_longest_dispatch_days_and_the_whole_weight_count() -> None:
    """ORD-1, DLV-1: 3 × 1.5 kg and 0.1 × 0.5 kg are 4.55 kg, five kilograms begun; the slower product's days."""
    slow = on_offer(
        unit_grams=500, dispatch_days=9, minimum_quantity=Decimal("0.1"), tiers=(Tier(Decimal("0.1"), Decimal(10)),)
    )
    order = placed((CASE, "3"), (slow, "0.1")).order
    assert (order.dispatch_days, order.shipping_fee) == (9, 12_00 + 5 * 3_50)


@pytest.mark.parametrize(("quantity", "fee"), [("4", 12_00 + 6 * 3_50), ("4.001", 12_00 + 7 * 3_50)])
def test_each_kilogram_begun_is_paid(quantity: str, fee: int) -> None:
    """DLV-1: exactly six kilograms are six, a gram and a half more are seven."""
    assert placed((CASE, quantity)).order.shipping_fee == fee


def test_the_lanes_price_is_converted() -> None:
    """DLV-1, FEE-4: priced in USD, charged in the order's currency at the rate in force: 29.50 USD are 4,407 JPY."""
    yen = on_offer(currency="JPY", tiers=(Tier(Decimal(3), Decimal(1_200)),))
    order = placed((yen, "3")).order
    assert (order.currency, order.products, order.shipping_fee, order.total) == ("JPY", 3_600, 4_407, 8_007)


def test_the_sellers_own_lane_is_their_own_logistics() -> None:
    """FEE-1: who carries decides what the fee is keyed by."""
    own = replace(LANE, provider=LaneProvider.SELLER_OWN, seller_id=SELLER.id, guaranteed=False)
    assert placed(lane=own).order.logistics is Logistics.OWN


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"published": False}, ErrorCode.PRODUCT_NOT_ON_OFFER),
        ({"ready_to_ship": False}, ErrorCode.PRODUCT_NOT_ON_OFFER),
        ({"tiers": ()}, ErrorCode.PRODUCT_NOT_ON_OFFER),
        ({"tiers": ({"from": "3", "price": "1075"},)}, ErrorCode.PRODUCT_NOT_ON_OFFER),
        ({"tiers": ({"from": "4", "price": "1074"},)}, ErrorCode.PRODUCT_NOT_ON_OFFER),
    ],
    ids=["withdrawn", "made to order", "no price", "another price", "no price for so few"],
)
def test_each_item_is_on_offer_ready_and_priced(changes: dict[str, Any], code: ErrorCode) -> None:
    """ORD-1: every item ready to ship with a published price; what changed since the draft is refused, too."""
    other = on_offer()
    trade = purchase((other, "3"), (CASE, "3"))
    later = replace(trade, products={**trade.products, CASE.id: replace(CASE, **changes)})
    assert refusal(later) == (code, ("contract", "items", 1, "productId"))
    assert refusal(replace(trade, products={other.id: other})) == (code, ("contract", "items", 1, "productId"))


@pytest.mark.parametrize(
    "change",
    [
        {"lane": None},
        {"lane": replace(LANE, retired_at=START)},
        {"lane": replace(LANE, destinations=("DE",))},
        {"lane": replace(LANE, cargo_class=CargoClass.BATTERY)},
        {"product_lanes": {}},
        {"product_lanes": {CASE.id: frozenset({MINT.id()})}},
    ],
    ids=["none", "retired", "not to there", "not such goods", "no template", "another template"],
)
def test_the_lane_is_offered_for_each_item(change: dict[str, Any]) -> None:
    """ORD-1, DLV-1: held by each product's template, still run, to that country and for such goods."""
    assert refusal(replace(purchase((CASE, "3")), **change)) == (ErrorCode.LANE_NOT_OFFERED, ("contract", "laneId"))


def test_one_item_without_the_lane_is_enough() -> None:
    """ORD-1: the lane is one that every product is sent by."""
    other = on_offer()
    trade = purchase((CASE, "3"), (other, "3"))
    bound = {**trade.product_lanes, other.id: frozenset[Any]()}
    assert refusal(replace(trade, product_lanes=bound)) == (ErrorCode.LANE_NOT_OFFERED, ("contract", "laneId"))


def test_placing_needs_where_the_goods_go() -> None:
    """ORD-3: whatever a contract needs, all of it named at once."""
    with pytest.raises(Refusal) as found:
        orders.submit(purchase((CASE, "3"), contact={"country": None, "phone": None}), act(Who.BUYER))
    assert [each.field for each in found.value.all] == [("contract", "country"), ("contract", "phone")]


def test_only_a_verified_buyer_places() -> None:
    """ORD-2, ORD-8: the account whose verified e-mail is on the contract."""
    doer = act(Who.BUYER)
    assert doer.actor is not None
    with pytest.raises(Refusal) as found:
        orders.submit(purchase((CASE, "3")), replace(doer, actor=replace(doer.actor, email_verified=False)))
    assert found.value.code is ErrorCode.FORBIDDEN
    with pytest.raises(Refusal) as found:
        purchase((CASE, "3"), contact={"email": "somebody.else@example.com"})
    assert found.value.field == ("contract", "email")


def test_only_with_an_active_seller() -> None:
    """SVC-3: neither drafted nor placed with another one."""
    trade = purchase((CASE, "3"))
    closed = replace(SELLER, service=ServiceStatus.INACTIVE)
    assert refusal(replace(trade, seller=closed))[0] is ErrorCode.SERVICE_NOT_ACTIVE
    wished = buying.Purchase(lines((CASE, "3")), LANE.id, CONTACT)
    with pytest.raises(Refusal) as found:
        drafts.purchase(act(Who.BUYER), closed, POLICY, RATES, wished, {CASE.id: CASE})
    assert found.value.code is ErrorCode.SERVICE_NOT_ACTIVE


def test_the_price_is_what_the_buyer_was_shown() -> None:
    """ORD-1: a total that moved since is refused, with both told."""
    trade = placed()
    assert buying.expect(trade, Money(61_72, "USD")) is trade
    assert buying.expect(trade, None) is trade
    for shown in (Money(61_71, "USD"), Money(61_72, "EUR")):
        with pytest.raises(Refusal) as found:
            buying.expect(trade, shown)
        assert (found.value.field, found.value.params["total"]) == (("expectedTotal",), "61.72 USD")


@pytest.mark.parametrize(
    ("amount", "payable", "status"),
    [(30_00, 31_72, Status.PENDING_PAYMENT), (61_71, 1, Status.PENDING_PAYMENT), (61_72, 0, Status.PENDING_DISPATCH)],
)
def test_a_coupon_is_applied_at_placing(amount: int, payable: int, status: Status) -> None:
    """COU-1, PAY-5: it lowers what is paid and not the agreed total; one that pays all waits for nothing."""
    trade = placed_with(amount)
    assert (trade.order.total, trade.instalments[0].payable, trade.order.status) == (61_72, payable, status)


def test_a_bought_order_goes_its_way() -> None:
    """Sections 14, 16: paid, its dispatch clock runs the product's days from full payment."""
    trade = build.pay(placed())
    assert trade.order.status is Status.PENDING_DISPATCH
    late = build.later(trade, START + 4 * DAY)
    assert trade.order.overdue_at is None and late.order.overdue_at is not None
