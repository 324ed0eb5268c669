"""What goes wrong over the real API is told by code and field, as often as it is asked, and betrays nothing."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest
from gql.transport.exceptions import TransportQueryError
from sqlalchemy import text

from tests.api.contracts import contract, key
from tests.api.everything import Scene, try_everything
from tests.api.people import Hall, Json, Person, mutation
from tests.api.server import Server
from tests.asking import http_client
from tests.market import Market, completed, confirmed, dispatched, drafted, new_seller, submitted, transfer

NO_ORDER = f"ord_{'0' * 32}"
MILLION = "a" * 1_000_000


def line(**changes: Any) -> Json:
    """A line of a contract."""
    return {"description": "Case", "quantity": "1", "unit": "piece", "unitPrice": "1.00", **changes}


# What is written into a draft, and with which code and at which path of the input it is refused
WRONG_CONTRACTS: list[tuple[Json, list[tuple[str, str]]]] = [
    ({"items": [line(), line(unitPrice="1.001")]}, [("INVALID", "contract.items.1.unitPrice")]),
    ({"items": [line(quantity="0")]}, [("OUT_OF_RANGE", "contract.items.0.quantity")]),
    ({"items": [line(minimumQuantity="0.0001")]}, [("OUT_OF_RANGE", "contract.items.0.minimumQuantity")]),
    (
        {"items": [line(description=" ", unit="")]},
        [
            ("REQUIRED", "contract.items.0.description"),
            ("REQUIRED", "contract.items.0.unit"),
        ],
    ),
    ({"items": [line()] * 101}, [("TOO_MANY", "contract.items")]),
    ({"items": None}, [("REQUIRED", "contract.items")]),
    ({"contact": {"lines": ["a"] * 6}}, [("TOO_MANY", "contract.contact.lines")]),
    ({"contact": {"phone": "1" * 201}}, [("TOO_LONG", "contract.contact.phone")]),
    ({"contact": {"postalCode": "1" * 201}}, [("TOO_LONG", "contract.contact.postalCode")]),
    ({"notes": "a" * 10_001, "carrier": "a" * 201}, [("TOO_LONG", "contract.notes"), ("TOO_LONG", "contract.carrier")]),
    ({"shippingFee": "-1"}, [("OUT_OF_RANGE", "contract.shippingFee")]),
    ({"shippingFee": "9" * 30}, [("INVALID", "contract.shippingFee")]),
    ({"storeCoupon": "1000.00"}, [("OUT_OF_RANGE", "contract.storeCoupon")]),
    ({"dispatchTerm": {"kind": "DAYS_AFTER_DEPOSIT", "days": 0}}, [("OUT_OF_RANGE", "contract.dispatchTerm.days")]),
    (
        {"currency": "JPY"},
        [("REQUIRED", f"contract.{name}") for name in ("shippingFee", "shippingDiscount", "deposit", "items")],
    ),
]


@pytest.mark.parametrize(("written", "expected"), WRONG_CONTRACTS, ids=lambda value: str(value)[:40])
async def test_a_wrong_contract_is_told_field_by_field(
    server: Server, market: Market, hall: Hall, written: Json, expected: list[tuple[str, str]]
) -> None:
    """Everything wrong is told at once, each with its code and its path in the input; nothing is written."""
    seller = await hall.enter(server, market.seller.owner)
    id = f"ord_{(await drafted(market)).hex}"
    before = await everything(seller, id)
    refused = await seller.refused("orderEdit", orderId=id, contract=written)
    assert sorted(refused) == sorted(expected)
    assert await everything(seller, id) == before


async def everything(person: Person, id: str) -> Json:
    """An order with what could change of it."""
    selection = "version status contract { agreedTotal { amount } notes carrier items { id } } log { totalCount }"
    return await person.ask(f"query Look($id: ID!) {{ node(id: $id) {{ ... on Order {{ {selection} }} }} }}", id=id)


# Contracts that may be written, and how their submission is refused for the export method (FEE-1)
WRONG_EXPORTS: list[tuple[Json, tuple[str, str]]] = [
    (
        {"exportMethod": "MARKET_PROCUREMENT", "customsTitle": "Yiwu Trading", "transportMode": "EXPRESS"},
        ("EXPORT_METHOD_NOT_OFFERED", "contract.exportMethod"),
    ),
    ({"exportMethod": "MARKET_PROCUREMENT"}, ("REQUIRED", "contract.customsTitle")),
]


@pytest.mark.parametrize(("written", "expected"), WRONG_EXPORTS, ids=lambda value: str(value)[:40])
async def test_goods_that_an_export_method_cannot_take_are_not_offered(
    server: Server, market: Market, hall: Hall, written: Json, expected: tuple[str, str]
) -> None:
    """FEE-1: the seller who submits is told what of the contract the export method cannot take; nothing changes."""
    seller = await hall.enter(server, market.seller.owner)
    id = f"ord_{(await drafted(market)).hex}"
    await seller.do("orderMatchBuyer", orderId=id)
    await seller.do("orderEdit", orderId=id, contract=written)
    before = await everything(seller, id)
    assert await seller.refused("orderSubmit", orderId=id) == [expected]
    assert await everything(seller, id) == before


async def test_an_incomplete_contract_is_told_whole(server: Server, market: Market, hall: Hall) -> None:
    """A draft with nothing in it says at submission all that it lacks; a term says which value it needs."""
    seller = await hall.enter(server, market.seller.owner)
    written = {"contact": {"email": market.buyer.email}}
    made = await seller.do("orderDraft", "order { id }", idempotencyKey=key(), contract=written)
    id = made["order"]["id"]
    assert await seller.refused("orderSubmit", orderId=id) == [
        *(("REQUIRED", f"contract.contact.{name}") for name in ("recipient", "lines", "city", "country", "phone")),
        *(("REQUIRED", f"contract.{name}") for name in ("items", "paymentTerms", "dispatchTerm.kind", "transportMode")),
        *(("REQUIRED", f"contract.{name}") for name in ("carrier", "incoterm", "exportMethod")),
        ("OUT_OF_RANGE", "contract.items"),
    ]
    whole = contract(market.buyer.email, dispatchTerm={"kind": "FIXED_DATE"}, deposit="551.23")
    await seller.do("orderEdit", orderId=id, contract=whole)
    assert await seller.refused("orderSubmit", orderId=id) == [
        ("REQUIRED", "contract.dispatchTerm.date"),
        ("OUT_OF_RANGE", "contract.deposit"),
    ]
    await seller.do("orderEdit", orderId=id, contract=contract(market.buyer.email))
    assert await seller.refused("orderSubmit", orderId=id) == [("BUYER_NOT_MATCHED", "contract.contact.email")]


async def test_steps_name_the_field_at_fault(server: Server, market: Market, hall: Hall) -> None:
    """Every kind of id, and what else the inputs carry, is refused at its own path."""
    seller, buyer = await hall.enter(server, market.seller.owner), await hall.enter(server, market.buyer)
    operator = await hall.enter(server, market.operator)
    agreed = f"ord_{(await confirmed(market)).hex}"
    sent = await dispatched(market)
    done = f"ord_{(await completed(market)).hex}"
    scores = {"product": 6, "dispatchSpeed": 5, "service": 5}
    money = {"amount": "1.001", "currencyCode": "USD"}
    shipment = await only(market, "shp", "SELECT id FROM shipments WHERE order_id = :id", sent)
    report = {"shipmentId": shipment, "kind": "DELIVERED", "source": "DHL", "reference": "a" * 2001}
    cases: list[tuple[Person, str, Json, str, str]] = [
        (buyer, "orderConfirm", {"orderId": "ord_1"}, "NOT_FOUND", "orderId"),
        (buyer, "orderConfirm", {"orderId": NO_ORDER}, "NOT_FOUND", "orderId"),
        (buyer, "orderConfirm", {"orderId": agreed}, "STEP_NOT_ALLOWED", ""),
        (buyer, "orderCancel", {"orderId": agreed, "reason": " "}, "REQUIRED", "reason"),
        (seller, "orderAssign", {"orderId": agreed, "memberId": f"mem_{'0' * 32}"}, "NOT_FOUND", "memberId"),
        (seller, "orderAssign", {"orderId": agreed, "memberId": await rival_member(market)}, "NOT_FOUND", "memberId"),
        (seller, "orderSetReference", {"orderId": agreed, "reference": ""}, "TOO_LONG", "reference"),
        (buyer, "paymentStart", {"orderId": agreed, "idempotencyKey": key(), "method": "BOLETO"},
         "PAYMENT_METHOD_NOT_OFFERED", "method"),
        (buyer, "paymentStart", {"orderId": agreed, "idempotencyKey": key(), "method": "VISA", "instalment": 2},
         "INSTALMENT_COMPLETE", "instalment"),
        (buyer, "paymentStart", {"orderId": agreed, "idempotencyKey": "", "method": "VISA"},
         "INVALID", "idempotencyKey"),
        (operator, "receiptRecord", {"orderId": agreed, "method": "VISA", "reference": "1", "amount": money},
         "INVALID", "amount"),
        (seller, "receiptAssociate", {"receiptId": f"rcp_{'0' * 32}"}, "NOT_FOUND", "receiptId"),
        (seller, "shipmentCorrect", {"shipmentId": f"shp_{'0' * 32}", "carrier": "UPS"}, "NOT_FOUND", "shipmentId"),
        (seller, "shipmentCorrect", {"shipmentId": shipment, "carrier": " "}, "REQUIRED", "carrier"),
        (operator, "trackingRecord", {**report, "occurredAt": "2001-01-01T00:00:00Z"}, "OUT_OF_RANGE", "occurredAt"),
        (buyer, "reviewWrite", {"orderId": done, **scores}, "OUT_OF_RANGE", "product"),
        (seller, "reviewReply", {"orderId": done, "text": "Thanks."}, "NOT_REVIEWED", ""),
        (operator, "applicationDecide", {"applicationId": f"apl_{'0' * 32}", "approve": True, "reason": "Yes."},
         "NOT_FOUND", "applicationId"),
        (operator, "quotaSet", {"sellerId": "sel_", "limit": "1", "reason": "Yes."}, "NOT_FOUND", "sellerId"),
        (operator, "quotaSet", {"sellerId": f"sel_{market.seller.id.hex}", "limit": "-1", "reason": "Yes."},
         "OUT_OF_RANGE", "limit"),
        (seller, "withdrawalMake", {"idempotencyKey": key(), "amount": {**money, "amount": "0"}},
         "OUT_OF_RANGE", "amount"),
    ]  # fmt: skip
    for person, name, input, code, path in cases:
        assert await person.refused(name, **input) == [(code, path)], (name, input)


async def only(market: Market, prefix: str, query: str, id: Any) -> str:
    """The public id of the one row a query finds."""
    async with market.means.engine.connect() as connection:
        found = (await connection.execute(text(query), {"id": id})).scalar_one()
    return f"{prefix}_{found.hex}"


async def rival_member(market: Market) -> str:
    """A member of another company."""
    rival = await new_seller(market.means)
    query = "SELECT id FROM members WHERE account_id = :id"
    return await only(market, "mem", query, rival.sales.account_id)


async def test_a_conflict_shows_the_order_as_it_is(server: Server, market: Market, hall: Hall) -> None:
    """A step decided on an older version is refused, with the present version and what to decide on now."""
    buyer, seller = await hall.enter(server, market.buyer), await hall.enter(server, market.seller.owner)
    id = f"ord_{(await submitted(market)).hex}"
    shown = (await buyer.ask("query V($id: ID!) { node(id: $id) { ... on Order { version } } }", id=id))["node"]
    await seller.do("orderRevise", orderId=id)
    await seller.do("orderEdit", orderId=id, contract={"shippingFee": "26.00"})
    await seller.do("orderSubmit", orderId=id)
    selection = "order { version status contract { shippingFee { amount } } }"
    payload = await buyer.attempt("orderConfirm", selection, orderId=id, expectedVersion=shown["version"])
    (error,) = payload["userErrors"]
    assert (error["code"], error["field"]) == ("VERSION_CONFLICT", ["expectedVersion"])
    now = payload["order"]
    assert now == {
        "version": shown["version"] + 3,
        "status": "PENDING_CONFIRMATION",
        "contract": {"shippingFee": {"amount": "26.00"}},
    }
    assert {fact["name"]: fact["value"] for fact in error["params"]} == {
        "expected": str(shown["version"]),
        "current": str(now["version"]),
    }
    await buyer.do("orderConfirm", orderId=id, expectedVersion=now["version"])


KEYED = ("orderDraft", "orderMatchBuyer", "orderSubmit", "orderConfirm", "paymentStart", "orderCancel")
SELECTION = {
    "orderDraft": "order { id }",
    "orderMatchBuyer": "invited order { id }",
    "paymentStart": "payment { id reference } order { id }",
}


async def test_a_retry_is_answered_with_what_the_first_did(server: Server, market: Market, hall: Hall) -> None:
    """The same key and input answer alike and do nothing twice; another input under the key is refused."""
    seller, buyer = await hall.enter(server, market.seller.owner), await hall.enter(server, market.buyer)
    order: Json = {}
    for name in KEYED:
        person = buyer if name in ("orderConfirm", "paymentStart", "orderCancel") else seller
        given = {
            "orderDraft": {"contract": contract(market.buyer.email)},
            "paymentStart": {**order, "method": "VISA"},
            "orderCancel": {**order, "reason": "No longer needed."},
        }.get(name, order)
        input = {**given, "idempotencyKey": key()}
        selection = SELECTION.get(name, "order { id version }")
        first = await person.do(name, selection, **input)
        order = {"orderId": first["order"]["id"]}
        version = await everything(person, order["orderId"])
        assert await person.do(name, selection, **input) == first
        assert await everything(person, order["orderId"]) == version
        other = {**input, "contract": {}} if name == "orderDraft" else {**input, "orderId": await another(market)}
        assert await person.refused(name, **other) == [("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]
        # a key is its owner's: with somebody else's nothing is recalled
        stranger = await hall.enter(server, (await new_seller(market.means)).owner)
        assert await stranger.refused("orderRevise", **order, idempotencyKey=input["idempotencyKey"]) == [
            ("NOT_FOUND", "orderId")
        ]


async def another(market: Market) -> str:
    """Another order of the same parties."""
    return f"ord_{(await submitted(market)).hex}"


async def test_twenty_at_once_do_it_once(server: Server, market: Market, hall: Hall) -> None:
    """A client that sends the same request twenty times at once gets the same answer twenty times, and one effect."""
    seller, buyer = await hall.enter(server, market.seller.owner), await hall.enter(server, market.buyer)
    draft = {"idempotencyKey": key(), "contract": contract(market.buyer.email)}
    drafts = await asyncio.gather(*(seller.do("orderDraft", "order { id version }", **draft) for _ in range(20)))
    assert len({each["order"]["id"] for each in drafts}) == 1
    assert {each["order"]["version"] for each in drafts} == {1}
    id = f"ord_{(await confirmed(market)).hex}"
    pay = {"idempotencyKey": key(), "orderId": id, "method": "VISA"}
    paid = await asyncio.gather(*(buyer.do("paymentStart", "payment { reference }", **pay) for _ in range(20)))
    assert len({each["payment"]["reference"] for each in paid}) == 1
    async with market.means.engine.connect() as connection:
        for table, filter in (
            ("payments", "order_id = :id"),
            ("events", "order_id = :id AND kind = 'PAYMENT_STARTED'"),
        ):
            query = text(f"SELECT count(*) FROM {table} WHERE {filter}")
            assert (await connection.execute(query, {"id": id.removeprefix("ord_")})).scalar() == 1


async def test_withdrawing_twenty_times_at_once_pays_once(server: Server, market: Market, hall: Hall) -> None:
    """The balance leaves once under one key; and under twenty keys no more leaves than there is."""
    await completed(market)
    finance = await hall.enter(server, market.seller.finance)
    amount = {"amount": "40.21", "currencyCode": "USD"}
    same = {"idempotencyKey": key(), "amount": amount}
    made = await asyncio.gather(*(finance.do("withdrawalMake", "withdrawal { id }", **same) for _ in range(20)))
    assert len({each["withdrawal"]["id"] for each in made}) == 1
    hundred = {"amount": "100.00", "currencyCode": "USD"}
    attempts = [finance.attempt("withdrawalMake", idempotencyKey=key(), amount=hundred) for _ in range(20)]
    codes = [[error["code"] for error in each["userErrors"]] for each in await asyncio.gather(*attempts)]
    assert sorted(codes) == [[]] * 5 + [["BALANCE_TOO_SMALL"]] * 15
    books = await finance.ask("{ viewer { seller { balances { amount { amount } } } } }")
    assert books["viewer"]["seller"]["balances"] == [{"amount": {"amount": "0.00"}}]


async def test_a_stranger_is_told_the_same_of_what_exists_and_what_does_not(
    server: Server, market: Market, hall: Hall
) -> None:
    """Every mutation on a stranger's order, receipt and shipment answers as on none at all."""
    sent = await dispatched(market)
    await transfer(market, sent, 1_00)
    stranger = await new_seller(market.means)
    seller = f"sel_{stranger.id.hex}"
    real = Scene(
        f"ord_{sent.hex}",
        seller,
        market.buyer.email,
        receipt=await only(market, "rcp", "SELECT id FROM receipts WHERE order_id = :id AND method = 'TT'", sent),
        shipment=await only(market, "shp", "SELECT id FROM shipments WHERE order_id = :id", sent),
    )
    owner = await hall.enter(server, stranger.owner)
    await owner.do("enrolmentJoin")  # else the first round would join, and the second be told that it has
    for actor in (stranger.owner, stranger.finance, stranger.sales):
        person = await hall.enter(server, actor)
        told = [await try_everything(person, scene) for scene in (real, Scene(NO_ORDER, seller, market.buyer.email))]
        assert told[0] == told[1]
    for name, input in (("receiptAssociate", "receipt"), ("shipmentCorrect", "shipment"), ("orderCancel", "order")):
        given = {"reason": "Why not."} if name == "orderCancel" else {}
        answers = [
            await owner.attempt(name, "order { id }", **given, **{f"{input}Id": id})
            for id in (getattr(real, input), getattr(Scene(NO_ORDER, seller, ""), input))
        ]
        assert answers[0] == answers[1]


HOSTILE: list[Any] = ["\0", "a\0b", "\ud800", "'; DROP TABLE orders; --", "{{7*7}}", "\u202e" * 50, "%s %(x)s", MILLION]


@pytest.mark.parametrize("word", HOSTILE, ids=lambda word: ascii(word)[:20])
async def test_hostile_words_are_refused_or_kept_as_they_are(
    server: Server, market: Market, hall: Hall, word: str
) -> None:
    """Whatever is written is either read back unchanged or refused with a reason; never an internal error."""
    seller = await hall.enter(server, market.seller.owner)
    id = f"ord_{(await drafted(market)).hex}"
    edit = mutation("orderEdit", "order { contract { notes } }")
    written = f'{{orderId: "{id}", contract: {{notes: {json.dumps(word)}}}}}'
    literal = edit.replace("($input: OrderEditInput!)", "").replace("$input", written)
    for document, variables in (
        (edit, {"input": {"orderId": id, "contract": {"notes": word}}}),
        (literal, {}),
        (edit, {"input": {"orderId": id, "contract": {"contact": {"recipient": word, "lines": [word]}}}}),
        (edit, {"input": {"orderId": word, "contract": {}}}),
        (mutation("orderSubmit"), {"input": {"orderId": id, "idempotencyKey": word}}),
        ("query N($n: String!) { order(number: $n) { id } }", {"n": word}),
        ("query L($n: String!) { orderLink(link: $n) { sellerName } }", {"n": word}),
        ("query E($n: String!) { events(after: $n) { endCursor } }", {"n": word}),
    ):
        answer = await post(seller, document, variables)
        if "errors" not in answer and "notes" in str(variables) + document[-200:]:
            payload = answer["data"]["orderEdit"]
            assert payload["userErrors"] or payload["order"]["contract"]["notes"] in (word, None)


async def post(person: Person, document: str, variables: Json) -> Json:
    """The answer to a request that a careful client would not send; no error may be an internal one."""
    headers = {"Authorization": f"Bearer {person.token}", "Content-Type": "application/json"}
    async with http_client(headers=headers) as http:
        body = json.dumps({"query": document, "variables": variables}).encode()
        answer = await http.post(person.server.graphql, content=body)
    assert answer.status_code < 500, answer.text[:500]
    told: Json = answer.json()
    assert "INTERNAL" not in [error["extensions"]["code"] for error in told.get("errors", [])], told
    return told


async def test_nobody_is_nobody(server: Server, market: Market, hall: Hall) -> None:
    """Without a token nothing is done and nothing is seen; a wrong token is refused before anything is read."""
    id = f"ord_{(await confirmed(market)).hex}"
    nobody = await hall.enter(server, None)
    assert await nobody.ask("query L($id: ID!) { viewer { role } node(id: $id) { id } }", id=id) == {
        "viewer": None,
        "node": None,
    }
    with pytest.raises(TransportQueryError) as refused:
        await nobody.do("orderCancel", orderId=id, reason="Why not.")
    assert refused.value.errors and refused.value.errors[0]["extensions"]["code"] == "UNAUTHENTICATED"
    async with http_client() as http:
        for token in ("nonsense", f"ast_{uuid4().hex}", hall.token(server, market.buyer) + "x"):
            headers = {"Authorization": f"Bearer {token}"}
            answer = await http.post(server.graphql, json={"query": "{ viewer { role } }"}, headers=headers)
            assert answer.status_code == 401
            assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["UNAUTHENTICATED"]
