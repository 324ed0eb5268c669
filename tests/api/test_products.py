"""Products and buying now over HTTP: written by a seller, found by buyers, placed in one request (ORD-1)."""

from typing import Any
from uuid import uuid4

from sqlalchemy import update

from app.db import tables as t
from tests.actions.shelf import new_lane, new_template
from tests.api.contracts import contract, key
from tests.api.people import Hall, Json, Person
from tests.api.server import Server
from tests.market import Market

M = "{ amount currencyCode }"
SHOWN = f"""
  id version name unit minimumQuantity prices {{ fromQuantity unitPrice {M} }} readyToShip smallFast dispatchDays
  cargoClass unitGrams published agencyReviewed badges {{ badge shown missing }} seller {{ name }}
"""
PRODUCT = f"query Product($id: ID!) {{ node(id: $id) {{ ... on Product {{ {SHOWN} }} }} }}"
PLACED = f"""
  order {{
    id number type status stage awaiting
    contract {{
      agreedTotal {M} shippingFee {M} paymentTerms dispatchTerm {{ kind days }} transportMode carrier lane
      incoterm incotermPlace exportMethod contact {{ recipient email }}
      items {{ description unit unitPrice {M} quantity amount {M} product {{ id name }} attributes {{ name value }} }}
    }}
    funds {{ nextPayment {{ instalment amount {M} }} }}
    log(first: 10) {{ nodes {{ kind by }} }}
  }}
"""


def case(**changes: Any) -> Json:
    """A product as its seller writes it: 10.74 from 3 pieces on, 9.00 from 100."""
    return {
        "name": "Carbon fibre phone case",
        "unit": "piece",
        "unitGrams": 1500,
        "currency": "USD",
        "minimumQuantity": "3",
        "prices": [{"fromQuantity": "3", "unitPrice": "10.74"}, {"fromQuantity": "100", "unitPrice": "9.00"}],
        "readyToShip": True,
        "dispatchDays": 3,
        **changes,
    }


async def shelved(seller: Person, publish: bool = True, **changes: Any) -> Json:
    """A product of the seller, on offer if nothing else is said."""
    made = await seller.do("productCreate", f"product {{ {SHOWN} }}", idempotencyKey=key(), **case(**changes))
    if publish:
        made = await seller.do("productPublish", f"product {{ {SHOWN} }}", productId=made["product"]["id"])
    product: Json = made["product"]
    return product


async def product(person: Person, id: str) -> Json | None:
    """The product as this person sees it."""
    found: Json | None = (await person.ask(PRODUCT, id=id))["node"]
    return found


def purchase(product_id: str, lane_id: str, **changes: Any) -> Json:
    """Three pieces bought now."""
    return {
        "idempotencyKey": key(),
        "lines": [{"productId": product_id, "quantity": "3", "attributes": [{"name": "Color", "value": "Slate"}]}],
        "laneId": lane_id,
        "contact": {name: value for name, value in contract(None)["contact"].items() if name != "email"},
        **changes,
    }


async def sent_by(market: Market) -> tuple[str, str]:
    """The public ids of a lane and of a template of the seller that holds it."""
    lane_id = await new_lane(market)
    template_id = await new_template(market, lane_id)
    return f"lan_{lane_id.hex}", f"tpl_{template_id.hex}"


# --- products ---------------------------------------------------------------------------------------------------


async def test_a_product_is_written_changed_and_published(server: Server, market: Market, hall: Hall) -> None:
    """ORD-1: version by version; what was looked at before somebody else's change is not overwritten."""
    seller = await hall.enter(server, market.seller.sales)
    made = await shelved(seller, publish=False)
    assert (made["version"], made["published"], made["agencyReviewed"]) == (1, False, False)
    assert made["prices"] == [
        {"fromQuantity": "3", "unitPrice": {"amount": "10.74", "currencyCode": "USD"}},
        {"fromQuantity": "100", "unitPrice": {"amount": "9.00", "currencyCode": "USD"}},
    ]
    step = {"productId": made["id"], "expectedVersion": 1}
    changed = await seller.do("productUpdate", f"product {{ {SHOWN} }}", **step, description="Matt.", smallFast=True)
    assert (changed["product"]["version"], changed["product"]["smallFast"]) == (2, True)
    payload = await seller.attempt("productPublish", "product { version published }", **step)
    assert [error["code"] for error in payload["userErrors"]] == ["VERSION_CONFLICT"]
    assert payload["product"] == {"version": 2, "published": False}
    published = await seller.do("productPublish", "product { version published }", productId=made["id"])
    assert published["product"] == {"version": 3, "published": True}
    assert await seller.refused("productCreate", idempotencyKey=key(), **case(prices=case()["prices"][::-1])) == [
        ("OUT_OF_RANGE", "prices.1.fromQuantity")
    ]


async def test_who_sees_a_product(server: Server, market: Market, hall: Hall) -> None:
    """ORD-1: what is on offer everybody with a token, the rest its seller and operators; the review only they."""
    seller, buyer = await hall.enter(server, market.seller.finance), await hall.enter(server, market.buyer)
    operator, nobody = await hall.enter(server, market.operator), await hall.enter(server, None)
    owner = await hall.enter(server, market.seller.owner)
    hidden, shown = await shelved(owner, publish=False), await shelved(owner)
    assert await product(nobody, shown["id"]) is None
    assert await product(buyer, hidden["id"]) is None
    for person in (seller, operator):
        found = await product(person, hidden["id"])
        assert found is not None and found["agencyReviewed"] is False
    seen = await product(buyer, shown["id"])
    assert seen == {**shown, "agencyReviewed": None}
    listed = "query Shelf($id: ID!) { node(id: $id) { ... on Seller { products(first: 5) { nodes { id } } } } }"
    ids = {"id": f"sel_{market.seller.id.hex}"}
    assert (await buyer.ask(listed, **ids))["node"]["products"]["nodes"] == [{"id": shown["id"]}]
    mine = (await seller.ask(listed, **ids))["node"]["products"]["nodes"]
    assert [row["id"] for row in mine] == [shown["id"], hidden["id"]]
    newest = "{ products(first: 1) { nodes { id } } }"
    assert (await buyer.ask(newest))["products"]["nodes"] == [{"id": shown["id"]}]
    await owner.do("productWithdraw", productId=shown["id"])
    assert await product(buyer, shown["id"]) is None
    assert (await buyer.ask(newest))["products"]["nodes"] != [{"id": shown["id"]}]


async def test_an_operator_states_the_agents_review(server: Server, market: Market, hall: Hall) -> None:
    """FEE-3: out of the queue once passed, back in it when it is another product."""
    owner, operator = await hall.enter(server, market.seller.owner), await hall.enter(server, market.operator)
    made = await shelved(owner)
    queue = "{ viewer { desk { productReviews(last: 1) { nodes { id } } } } }"

    async def waiting() -> list[Json]:
        nodes: list[Json] = (await operator.ask(queue))["viewer"]["desk"]["productReviews"]["nodes"]
        return nodes

    assert await waiting() == [{"id": made["id"]}]
    step = {"productId": made["id"], "passed": True}
    assert await owner.refused("productReview", **step) == [("FORBIDDEN", "")]
    reviewed = await operator.do("productReview", "product { agencyReviewed }", **step)
    assert reviewed["product"] == {"agencyReviewed": True}
    assert await waiting() != [{"id": made["id"]}]
    await owner.do("productUpdate", productId=made["id"], name="Wooden phone case")
    assert await waiting() == [{"id": made["id"]}]


async def test_badges_and_what_they_lack(server: Server, market: Market, hall: Hall) -> None:
    """ENR-5: dispatch by enrolment, delivery by a ready product and a guaranteed lane beside it."""
    owner = await hall.enter(server, market.seller.owner)
    _, template = await sent_by(market)
    bare, bound = await shelved(owner, readyToShip=False), await shelved(owner, templateId=template)
    assert [(row["badge"], row["shown"], row["missing"]) for row in bare["badges"]] == [
        ("ON_TIME_DISPATCH", False, ["SELLER_NOT_ENROLLED"]),
        ("ON_TIME_DELIVERY", False, ["SELLER_NOT_ENROLLED", "NOT_READY_TO_SHIP", "NO_GUARANTEED_LANE"]),
    ]
    assert [row["missing"] for row in bound["badges"]] == [["SELLER_NOT_ENROLLED"]] * 2
    async with market.means.engine.begin() as connection:
        enrolled = update(t.sellers).where(t.sellers.c.id == market.seller.id)
        await connection.execute(enrolled.values(enrolled_at=market.means.clock.now()))
    shown = [await product(owner, made["id"]) for made in (bare, bound)]
    assert [[row["shown"] for row in each["badges"]] for each in shown if each] == [[True, False], [True, True]]


# --- buying now -------------------------------------------------------------------------------------------------


async def test_a_buyer_buys_now(server: Server, market: Market, hall: Hall) -> None:
    """ORD-1: one request agrees to the standing offer; the seller finds it waiting for payment, and a retry is it."""
    owner, buyer = await hall.enter(server, market.seller.owner), await hall.enter(server, market.buyer)
    lane, template = await sent_by(market)
    made = await shelved(owner, templateId=template)
    wished = purchase(made["id"], lane, expectedTotal={"amount": "61.72", "currencyCode": "USD"})
    order = (await buyer.do("orderPlace", PLACED, **wished))["order"]
    assert (order["type"], order["status"], order["stage"], len(order["number"])) == (
        "BUY_NOW",
        "PENDING_PAYMENT",
        "PAYMENT",
        20,
    )
    agreed = order["contract"]
    assert (agreed["agreedTotal"]["amount"], agreed["shippingFee"]["amount"]) == ("61.72", "29.50")
    assert (agreed["paymentTerms"], agreed["dispatchTerm"]) == (
        "FULL",
        {"kind": "DAYS_AFTER_FULL_PAYMENT", "days": 3},
    )
    assert (agreed["lane"], agreed["carrier"], agreed["transportMode"]) == ("Ningbo air line", "Cainiao", "AIR")
    assert (agreed["incoterm"], agreed["incotermPlace"], agreed["exportMethod"]) == (
        "DAP",
        "San Francisco",
        "SELF_OPERATED",
    )
    (item,) = agreed["items"]
    assert (item["product"]["id"], item["description"], item["amount"]["amount"]) == (
        made["id"],
        made["name"],
        "32.22",
    )
    assert item["attributes"] == [{"name": "Color", "value": "Slate"}]
    assert order["funds"]["nextPayment"]["amount"] == {"amount": "61.72", "currencyCode": "USD"}
    again = (await buyer.do("orderPlace", "order { id }", **wished))["order"]
    assert again == {"id": order["id"]}
    query = f"query Mine($number: String!) {{ {PLACED.replace('order {', 'order(number: $number) {', 1)} }}"
    seen = (await owner.ask(query, number=order["number"]))["order"]
    assert seen["contract"] == agreed
    assert {node["by"] for node in seen["log"]["nodes"]} == {"BUYER"}
    assert [node["kind"] for node in seen["log"]["nodes"]][:2] == ["ORDER_SUBMITTED", "ORDER_CONFIRMED"]


async def test_what_is_wrong_of_a_purchase_is_told_in_its_own_words(server: Server, market: Market, hall: Hall) -> None:
    """ORD-1: the paths are those of the purchase, whatever the contract calls its parts."""
    owner, buyer = await hall.enter(server, market.seller.owner), await hall.enter(server, market.buyer)
    lane, template = await sent_by(market)
    other, _ = await sent_by(market)
    made = await shelved(owner, templateId=template)
    dear = await shelved(owner, templateId=template, prices=[])
    slow = await shelved(owner, templateId=template, readyToShip=False)
    few = [{"productId": made["id"], "quantity": "2"}]
    somewhere = {**purchase(made["id"], lane)["contact"], "country": None, "phone": None}
    for wished, told in (
        (purchase(made["id"], lane, lines=[]), [("REQUIRED", "lines")]),
        (purchase(f"prd_{uuid4().hex}", lane), [("PRODUCT_NOT_ON_OFFER", "lines")]),
        (purchase("prd_1", lane), [("NOT_FOUND", "lines.productId")]),
        (purchase(dear["id"], lane), [("PRODUCT_NOT_ON_OFFER", "lines.0.productId")]),
        (purchase(slow["id"], lane), [("PRODUCT_NOT_ON_OFFER", "lines.0.productId")]),
        (purchase(made["id"], lane, lines=few), [("OUT_OF_RANGE", "lines.0.quantity")]),
        (purchase(made["id"], other), [("LANE_NOT_OFFERED", "laneId")]),
        (purchase(made["id"], "lan_1"), [("NOT_FOUND", "laneId")]),
        (
            purchase(made["id"], lane, contact=somewhere),
            [("REQUIRED", "contact.country"), ("REQUIRED", "contact.phone")],
        ),
        (
            purchase(made["id"], lane, expectedTotal={"amount": "61.71", "currencyCode": "USD"}),
            [("PRODUCT_NOT_ON_OFFER", "expectedTotal")],
        ),
        (
            purchase(made["id"], lane, expectedTotal={"amount": "61.715", "currencyCode": "USD"}),
            [("INVALID", "expectedTotal")],
        ),
    ):
        assert await buyer.refused("orderPlace", **wished) == told
    assert await owner.refused("orderPlace", **purchase(made["id"], lane)) == [("FORBIDDEN", "")]


async def test_a_request_names_products(server: Server, market: Market, hall: Hall) -> None:
    """ORD-1: a line that names a product leaves the rest to it; one in words needs its own."""
    owner, buyer = await hall.enter(server, market.seller.owner), await hall.enter(server, market.buyer)
    made = await shelved(owner)
    asked = {
        "contact": contract(market.buyer.email)["contact"],
        "items": [{"productId": made["id"], "quantity": "100", "unitPrice": "0.01"}],
    }
    selection = (
        f"order {{ contract {{ items {{ description unit minimumQuantity unitPrice {M} product {{ id }} }} }} }}"
    )
    given = {"idempotencyKey": key(), "sellerId": f"sel_{market.seller.id.hex}", "contract": asked}
    (item,) = (await buyer.do("orderDraft", selection, **given))["order"]["contract"]["items"]
    assert item == {
        "description": made["name"],
        "unit": "piece",
        "minimumQuantity": "3",
        "unitPrice": {"amount": "9.00", "currencyCode": "USD"},
        "product": {"id": made["id"]},
    }
    words = {**given, "idempotencyKey": key(), "contract": {**asked, "items": [{"quantity": "1"}]}}
    assert await buyer.refused("orderDraft", **words) == [
        ("REQUIRED", "contract.items.0.description"),
        ("REQUIRED", "contract.items.0.unit"),
    ]
