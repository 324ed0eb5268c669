"""Freight over HTTP: lanes and templates by those who run them, the checkout quote, and an order with its promise."""

from datetime import datetime
from typing import Any

import pytest
from gql.transport.exceptions import TransportQueryError

from tests.api.contracts import LANE, contract, key
from tests.api.people import Hall, Json, Person
from tests.api.server import Server
from tests.api.test_products import shelved
from tests.market import Market, open_market

SHOWN = """id name provider carrier cargoClass mode origin destinations minDays maxDays unit basePrice { amount }
  kiloPrice { amount } guaranteed recommended demonstration retiredAt"""
LANES = """query Lanes($destination: CountryCode, $cargoClass: CargoClass, $providers: [LaneProvider!],
    $recommended: Boolean) {
  lanes(destination: $destination, cargoClass: $cargoClass, providers: $providers, recommended: $recommended,
    first: 100) { nodes { id } } }"""
TEMPLATE = "template { id name products lanes { id } }"
QUOTE = """query Quote($input: CheckoutQuoteInput!) { checkoutQuote(input: $input) {
  currency lines { product { name } quantity unitPrice { amount } amount { amount } }
  products { amount } shipping { amount } storeCoupon { amount } total { amount } coupon { amount } payable { amount }
  methods { method paymentFee { amount } } orderNowGuaranteedBy
  chosen { lane { id } guaranteedBy } lanes { lane { id } price { amount } earliest latest guaranteedBy failed }
  timeline { dispatchDays dispatchBy origin minDays maxDays unit destination } } }"""
PROMISE = """order { id status version dispatchGuaranteed deliveryGuaranteed deliveryGuaranteeFailed promisedAt
  deliveryOverdue deliveryOverdueSince estimatedDelivery { earliest latest }
  transit { minDays maxDays unit origin } contract { lane carrier transportMode freightLane { id } } }"""


async def run(operator: Person, **changes: Any) -> Json:
    """A guaranteed lane of the platform."""
    lane = {**LANE, **changes}
    made = await operator.do(
        "laneCreate", f"lane {{ {SHOWN} }}", idempotencyKey=key(), provider="PLATFORM", lane=lane, guaranteed=True
    )
    found: Json = made["lane"]
    return found


async def held(seller: Person, *lanes: Json, name: str = "Worldwide") -> Json:
    """A template of the seller that holds these lanes."""
    ids = [lane["id"] for lane in lanes]
    found: Json = (await seller.do("templateCreate", TEMPLATE, idempotencyKey=key(), name=name, laneIds=ids))[
        "template"
    ]
    return found


async def listed(person: Person, **narrow: Any) -> set[str]:
    """The lanes that a list shows."""
    return {node["id"] for node in (await person.ask(LANES, **narrow))["lanes"]["nodes"]}


async def test_operators_run_lanes(server: Server, market: Market, hall: Hall) -> None:
    """DLV-1: made once under a key, changed, listed by what they are for, and run no more."""
    operator, seller = await hall.enter(server, market.operator), await hall.enter(server, market.seller.owner)
    again = key()
    made = [
        (await operator.do("laneCreate", "lane { id }", idempotencyKey=again, provider="PLATFORM", lane=LANE))["lane"]
        for _ in range(2)
    ]
    assert made[0] == made[1]
    lane = await run(operator, name="Andes air", destinations=["CL", "PE", "CL"], cargoClass="PLANT_EXTRACTS")
    assert (lane["destinations"], lane["guaranteed"], lane["basePrice"]["amount"]) == (["CL", "PE"], True, "12.00")
    assert await listed(seller, destination="CL", cargoClass="PLANT_EXTRACTS") == {lane["id"]}
    assert await listed(seller, destination="CL", cargoClass="BEAUTY") == set()
    assert lane["id"] in await listed(seller, providers=["PLATFORM"], recommended=False)
    changed = await operator.do(
        "laneUpdate", f"lane {{ {SHOWN} }}", laneId=lane["id"], maxDays=9, recommended=True, kiloPrice="4.00"
    )
    different = {name for name, value in changed["lane"].items() if value != lane[name]}
    assert different == {"maxDays", "recommended", "kiloPrice"}
    assert await listed(seller, destination="CL", recommended=True) == {lane["id"]}
    retired = await operator.do("laneRetire", "lane { retiredAt }", laneId=lane["id"])
    assert retired["lane"]["retiredAt"] is not None
    assert await listed(seller, destination="CL") == set()
    assert await operator.refused("laneUpdate", laneId=lane["id"], maxDays=3) == [("LANE_NOT_OFFERED", "laneId")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"carrier": "x" * 201}, "carrier"),
        ({"destinations": []}, "destinations"),
        ({"minDays": 8}, "maxDays"),
        ({"maxDays": 181}, "maxDays"),
        ({"minDays": -1}, "maxDays"),
        ({"basePrice": "-0.01"}, "basePrice"),
        ({"kiloPrice": "0.001"}, "kiloPrice"),
    ],
)
async def test_what_no_lane_can_be(
    server: Server, market: Market, hall: Hall, changes: dict[str, Any], field: str
) -> None:
    """DLV-1: the field at fault is named."""
    operator = await hall.enter(server, market.operator)
    refused = await operator.refused("laneCreate", idempotencyKey=key(), provider="PLATFORM", lane={**LANE, **changes})
    assert [path for _, path in refused] == [field]


async def test_who_runs_which_lane(server: Server, market: Market, hall: Hall, means: Any) -> None:
    """DLV-1: operators the platform's, sellers their own, which is never guaranteed; nobody another's."""
    operator, owner = await hall.enter(server, market.operator), await hall.enter(server, market.seller.owner)
    finance, buyer = await hall.enter(server, market.seller.finance), await hall.enter(server, market.buyer)
    other = await hall.enter(server, (await open_market(means)).seller.owner)
    lane = await run(operator)
    given = {"idempotencyKey": key(), "lane": LANE}
    own = (await owner.do("sellerLaneCreate", f"lane {{ {SHOWN} }}", **given))["lane"]
    assert (own["provider"], own["guaranteed"]) == ("SELLER_OWN", False)
    assert await owner.refused("laneUpdate", laneId=own["id"], guaranteed=True) == [("INVALID", "guaranteed")]
    assert await operator.refused("laneCreate", **{**given, "idempotencyKey": key(), "provider": "SELLER_OWN"}) == [
        ("INVALID", "provider")
    ]
    for person in (owner, finance, buyer):
        code = await person.refused("laneCreate", **{**given, "provider": "PLATFORM"})
        assert code == [("FORBIDDEN", "")]
    for person in (operator, finance, buyer):
        assert await person.refused("sellerLaneCreate", **given) == [("FORBIDDEN", "")]
    for person, id in ((owner, lane["id"]), (other, own["id"]), (operator, own["id"])):
        assert await person.refused("laneRetire", laneId=id) == [("NOT_FOUND", "laneId")]


async def test_a_template_switches_lanes_on_and_off(server: Server, market: Market, hall: Hall, means: Any) -> None:
    """DLV-1: the platform's, couriers' and one's own lanes; not another seller's; products are bound to it."""
    operator, seller = await hall.enter(server, market.operator), await hall.enter(server, market.seller.sales)
    elsewhere = await open_market(means)
    other = await hall.enter(server, elsewhere.seller.owner)
    first, second = await run(operator), await run(operator)
    theirs = (await other.do("sellerLaneCreate", "lane { id }", idempotencyKey=key(), lane=LANE))["lane"]
    template = await held(seller, first, second)
    assert {lane["id"] for lane in template["lanes"]} == {first["id"], second["id"]}
    fewer = await seller.do("templateUpdate", TEMPLATE, templateId=template["id"], laneIds=[second["id"]])
    assert [lane["id"] for lane in fewer["template"]["lanes"]] == [second["id"]]
    assert await seller.refused("templateUpdate", templateId=template["id"], laneIds=[theirs["id"]]) == [
        ("LANE_NOT_OFFERED", "laneIds")
    ]
    await operator.do("laneRetire", laneId=second["id"])
    kept = await seller.do("templateUpdate", TEMPLATE, templateId=template["id"], laneIds=[second["id"]], name="Old")
    assert (kept["template"]["name"], len(kept["template"]["lanes"])) == ("Old", 1)
    goods = [await shelved(seller), await shelved(seller)]
    ids = [each["id"] for each in goods]
    bound = await seller.do("templateBind", TEMPLATE, templateId=template["id"], productIds=ids)
    assert bound["template"]["products"] == 2
    for name, given in (("templateUpdate", {"name": "x"}), ("templateBind", {"productIds": ids})):
        assert await other.refused(name, templateId=template["id"], **given) == [("NOT_FOUND", "templateId")]
    mine = await held(other, first)
    assert await other.refused("templateBind", templateId=mine["id"], productIds=ids) == [("NOT_FOUND", "productIds")]
    seen = "query Seen($id: ID!) { node(id: $id) { ... on FreightTemplate { name } } }"
    assert (await seller.ask(seen, id=template["id"]))["node"] == {"name": "Old"}
    assert (await other.ask(seen, id=template["id"]))["node"] is None


async def sending(server: Server, market: Market, hall: Hall) -> tuple[Person, Json, Json, Json]:
    """An enrolled seller with a ready product that is sent by a guaranteed lane and by their own."""
    operator, owner = await hall.enter(server, market.operator), await hall.enter(server, market.seller.owner)
    await owner.do("enrolmentJoin", idempotencyKey=key())
    lane = await run(operator)
    own = (await owner.do("sellerLaneCreate", "lane { id }", idempotencyKey=key(), lane={**LANE, "basePrice": "1.00"}))[
        "lane"
    ]
    goods, template = await shelved(owner), await held(owner, lane, own)
    await owner.do("templateBind", templateId=template["id"], productIds=[goods["id"]])
    return owner, goods, lane, own


async def test_a_checkout_quote(server: Server, market: Market, hall: Hall) -> None:
    """DLV-2, PAY-1: sums, methods, every lane, and the date by which it is guaranteed; nothing is stored."""
    _, goods, lane, own = await sending(server, market, hall)
    buyer = await hall.enter(server, market.buyer)
    asked = {"lines": [{"productId": goods["id"], "quantity": "3"}], "destination": "US", "storeCoupon": "2.00"}
    quote = (await buyer.ask(QUOTE, input=asked))["checkoutQuote"]
    # 3 × 10.74; 4.5 kg, five begun: 12.00 + 5 × 3.50
    assert [quote[name]["amount"] for name in ("products", "shipping", "storeCoupon", "total", "payable")] == [
        "32.22",
        "29.50",
        "2.00",
        "59.72",
        "59.72",
    ]
    assert [choice["lane"]["id"] for choice in quote["lanes"]] == [own["id"], lane["id"]]
    assert [choice["failed"] for choice in quote["lanes"]] == [["LANE_GUARANTEED"], []]
    assert quote["chosen"]["lane"]["id"] == lane["id"]
    assert quote["orderNowGuaranteedBy"] == quote["chosen"]["guaranteedBy"] is not None
    assert quote["timeline"]["dispatchDays"] == 3
    assert (quote["timeline"]["unit"], quote["timeline"]["destination"]) == ("BUSINESS_DAYS", "US")
    assert {"VISA", "TT"} <= {method["method"] for method in quote["methods"]}
    chosen = (await buyer.ask(QUOTE, input={**asked, "laneId": own["id"]}))["checkoutQuote"]
    assert (chosen["total"]["amount"], chosen["orderNowGuaranteedBy"]) == ("48.72", None)


async def test_quotes_that_are_refused(server: Server, market: Market, hall: Hall) -> None:
    """DLV-2: a typed refusal that names the field; sellers are not quoted."""
    owner, goods, _, _ = await sending(server, market, hall)
    buyer = await hall.enter(server, market.buyer)
    asked: Json = {"lines": [{"productId": goods["id"], "quantity": "3"}], "destination": "US"}
    for person, changes, code in (
        (owner, {}, "FORBIDDEN"),
        (buyer, {"lines": []}, "TOO_MANY"),
        (buyer, {"lines": asked["lines"] * 101}, "TOO_MANY"),
        (buyer, {"lines": [{"productId": f"prd_{'0' * 32}", "quantity": "3"}]}, "PRODUCT_NOT_ON_OFFER"),
        (buyer, {"laneId": f"lan_{'0' * 32}"}, "LANE_NOT_OFFERED"),
        (buyer, {"couponId": f"cpn_{'0' * 32}"}, "NOT_FOUND"),
        (buyer, {"storeCoupon": "-1"}, "OUT_OF_RANGE"),
    ):
        with pytest.raises(TransportQueryError) as refused:
            await person.ask(QUOTE, input={**asked, **changes})
        assert refused.value.errors is not None
        assert refused.value.errors[0]["extensions"]["code"] == code


async def test_an_order_with_its_promise(server: Server, market: Market, hall: Hall) -> None:
    """DLV-3, DLV-4, ORD-10: the lane on the contract, guaranteed when agreed, dated when paid, moved by consent."""
    owner, goods, lane, _ = await sending(server, market, hall)
    buyer = await hall.enter(server, market.buyer)
    line = {"productId": goods["id"], "quantity": "3"}
    written = contract(
        market.buyer.email,
        items=[line],
        laneId=lane["id"],
        exportMethod="SELF_OPERATED",
        paymentTerms="FULL",
        deposit=None,
        dispatchTerm={"kind": "DAYS_AFTER_FULL_PAYMENT", "days": 3},
        shippingDiscount="0",
        storeCoupon="0",
    )
    for words in ("carrier", "lane", "transportMode"):
        written.pop(words, None)
    made = (await owner.do("orderDraft", PROMISE, idempotencyKey=key(), contract=written))["order"]
    assert made["contract"] == {
        "lane": lane["name"],
        "carrier": lane["carrier"],
        "transportMode": "AIR",
        "freightLane": {"id": lane["id"]},
    }
    order = {"orderId": made["id"]}
    await owner.do("orderMatchBuyer", **order)
    await owner.do("orderSubmit", **order)
    agreed = (await buyer.do("orderConfirm", PROMISE, **order))["order"]
    assert (agreed["dispatchGuaranteed"], agreed["deliveryGuaranteed"], agreed["deliveryGuaranteeFailed"]) == (
        True,
        True,
        [],
    )
    assert (agreed["promisedAt"], agreed["transit"]) == (
        None,
        {"minDays": 5, "maxDays": 7, "unit": "BUSINESS_DAYS", "origin": "CN"},
    )
    operator = await hall.enter(server, market.operator)
    total = "57.22"
    await operator.do(
        "receiptRecord",
        **order,
        method="VISA",
        reference=key(),
        amount={"amount": total, "currencyCode": "USD"},
    )
    paid = (await owner.do("orderSetReference", PROMISE, **order, reference="x"))["order"]
    assert paid["status"] == "PENDING_DISPATCH"
    promised = datetime.fromisoformat(paid["promisedAt"])
    await amended(owner, buyer, order, promised)
    sent = await owner.do("shipmentDispatch", PROMISE, **order, idempotencyKey=key(), carrier="DHL", trackingNumber="1")
    estimate = sent["order"]["estimatedDelivery"]
    assert estimate["earliest"] < estimate["latest"] <= sent["order"]["promisedAt"][:10]
    assert (sent["order"]["deliveryOverdue"], sent["order"]["deliveryOverdueSince"]) == (False, None)


async def amended(owner: Person, buyer: Person, order: Json, promised: datetime) -> None:
    """Another term is proposed, its effect on the promise shown to both, and confirmed."""
    term = {"dispatchTerm": {"kind": "DAYS_AFTER_FULL_PAYMENT", "days": 10}}
    await owner.do("amendmentPropose", idempotencyKey=key(), **order, contract=term)
    effect = (
        "query Effect($id: ID!) { amendmentEffect(orderId: $id) { promisedBefore promisedAfter userErrors { code } } }"
    )
    shown = [(await person.ask(effect, id=order["orderId"]))["amendmentEffect"] for person in (owner, buyer)]
    assert shown[0] == shown[1]
    assert datetime.fromisoformat(shown[0]["promisedBefore"]) == promised
    after = (await buyer.do("amendmentAnswer", PROMISE, **order, accept=True))["order"]
    assert after["promisedAt"] == shown[0]["promisedAfter"] > shown[0]["promisedBefore"]


async def test_ready_goods_need_a_lane_of_their_template(server: Server, market: Market, hall: Hall) -> None:
    """DLV-3: a draft of ready goods without one cannot be submitted; the field is named."""
    owner, goods, lane, _ = await sending(server, market, hall)
    operator = await hall.enter(server, market.operator)
    foreign = await run(operator)
    line = {"productId": goods["id"], "quantity": "3"}
    written = contract(market.buyer.email, items=[line], shippingDiscount="0", storeCoupon="0", deposit="10.00")
    made = (await owner.do("orderDraft", "order { id }", idempotencyKey=key(), contract=written))["order"]
    order = {"orderId": made["id"]}
    await owner.do("orderMatchBuyer", **order)
    assert await owner.refused("orderSubmit", **order) == [("LANE_NOT_OFFERED", "contract.laneId")]
    await owner.do("orderEdit", **order, contract={"laneId": foreign["id"]})
    assert await owner.refused("orderSubmit", **order) == [("LANE_NOT_OFFERED", "contract.laneId")]
    await owner.do("orderEdit", **order, contract={"laneId": lane["id"]})
    await owner.do("orderSubmit", **order)
