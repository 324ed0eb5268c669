"""Amendments as clients meet them: the effect for both sides before the answer, and the terms in the input's words."""

import json

from tests.api.contracts import key
from tests.api.people import Hall, Person
from tests.api.server import Server
from tests.market import Market, confirmed, paid

EFFECT = """query Effect($id: ID!, $contract: ContractInput) {
  node(id: $id) { id }
  amendmentEffect(orderId: $id, contract: $contract) {
    dispatchDueBefore dispatchDueAfter clearsOverdue
    totalBefore { amount currencyCode } totalAfter { amount currencyCode }
    userErrors { code field params { name value } }
  }
}"""
TERMS = "amendment { status terms { field value } }"


async def log_of(person: Person, id: str) -> dict[str, dict[str, str]]:
    """The facts of an order's events, by kind, as a person reads them."""
    selection = "log(first: 50) { nodes { kind facts { name value } } }"
    found = await person.ask(f"query Log($id: ID!) {{ node(id: $id) {{ ... on Order {{ {selection} }} }} }}", id=id)
    nodes = found["node"]["log"]["nodes"]
    return {node["kind"]: {fact["name"]: fact["value"] for fact in node["facts"]} for node in nodes}


async def test_both_sides_see_the_effect_before_the_answer(server: Server, market: Market, hall: Hall) -> None:
    """Without an amendment there is no effect, and the rest of the page stands; with one both sides see the same."""
    seller, buyer = await hall.enter(server, market.seller.owner), await hall.enter(server, market.buyer)
    id = f"ord_{(await confirmed(market)).hex}"
    assert await buyer.ask(EFFECT, id=id) == {"node": {"id": id}, "amendmentEffect": None}
    items = [{"description": "Case", "quantity": "2", "unit": "piece", "unitPrice": "10.00"}]
    written = {"items": items, "paymentTerms": "FULL", "contact": {"postalCode": "94107"}}
    proposal = await seller.do("amendmentPropose", TERMS, orderId=id, idempotencyKey=key(), contract=written)
    terms = {term["field"]: json.loads(term["value"]) for term in proposal["amendment"]["terms"]}
    assert set(terms) == {"items", "paymentTerms", "contact.postalCode"}
    assert terms["items"][0].items() >= items[0].items()
    shown = (await buyer.ask(EFFECT, id=id))["amendmentEffect"]
    assert (shown["totalBefore"]["amount"], shown["totalAfter"]["amount"], shown["userErrors"]) == (
        "551.23",
        "41.01",
        [],
    )
    assert (await seller.ask(EFFECT, id=id))["amendmentEffect"] == shown
    await buyer.do("amendmentAnswer", orderId=id, accept=True)
    assert (await buyer.ask(EFFECT, id=id))["amendmentEffect"] is None
    told = await log_of(buyer, id)
    assert told["AMENDMENT_PROPOSED"]["fields"] == "contact.postalCode items paymentTerms"
    assert told["AMENDMENT_CONFIRMED"]["fields"] == "contact.postalCode items paymentTerms"


async def test_fixed_terms_are_named_as_the_input_names_them(server: Server, market: Market, hall: Hall) -> None:
    """What can no longer be amended is refused at its own path."""
    seller = await hall.enter(server, market.seller.owner)
    id = f"ord_{(await paid(market)).hex}"
    written = {"shippingFee": "1.00", "dispatchTerm": {"kind": "DAYS_AFTER_DEPOSIT", "days": 9}}
    (error,) = (await seller.ask(EFFECT, id=id, contract=written))["amendmentEffect"]["userErrors"]
    assert error == {
        "code": "AMENDMENT_CHANGES_AMOUNT",
        "field": ["contract", "shippingFee"],
        "params": [{"name": "fixed", "value": "shippingFee"}],
    }


async def test_an_event_names_no_policy_to_whom_policy_is_hidden(server: Server, market: Market, hall: Hall) -> None:
    """The policy version behind the fee is the seller's owner's and finance's (section 13), in events as well."""
    buyer, sales = await hall.enter(server, market.buyer), await hall.enter(server, market.seller.sales)
    id = f"ord_{(await confirmed(market)).hex}"
    for person in (buyer, sales):
        assert (await log_of(person, id))["ORDER_CONFIRMED"] == {
            "total": "551.23 USD",
            "deliveryGuaranteed": "no",
        }
