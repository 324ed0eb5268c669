"""The proof of an order's money over HTTP: an operator verifies it from the answer alone, others see their part."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from gql.transport.exceptions import TransportQueryError

from app.actions import payments
from app.domain.access import ALL_SCOPES, Scope
from tests.api.people import Hall, Json, Person
from tests.api.server import Server
from tests.market import Market, by, completed, confirmed, new_account, submitted, transfer
from tests.tokens import issue_access_token

PROOF = """query Proof($id: ID!, $first: Int, $after: Int) { ledgerProof(orderId: $id, first: $first, after: $after) {
  orderId sellerId holds chainHolds lastHash entryCount hasMore faults
  sums { currency sum { amount } balanced }
  figures { name stored { amount } derived { amount } agrees }
  standing { account amount { amount currencyCode } }
  entries { id sequence kind hash previousHash hidden whole at cause { kind id }
    moves { from fromOwner to toOwner amount { amount currencyCode } } }
} }"""
DECIMALS = {"USD": 2, "JPY": 0, "KWD": 3}


async def proof(person: Person, id: str, **page: int) -> Json:
    """The proof as a person is answered."""
    answer: Json = (await person.ask(PROOF, id=id, first=page.get("first", 100), after=page.get("after", 0)))[
        "ledgerProof"
    ]
    return answer


async def refused(person: Person, document: str, **variables: Any) -> tuple[str, list[str]]:
    """The code and the field with which a query is refused."""
    with pytest.raises(TransportQueryError) as failed:
        await person.ask(document, **variables)
    (error,) = failed.value.errors or []
    return error["extensions"]["code"], error["extensions"].get("field", [])


def uuid(public: str | None) -> str | None:
    """The UUID of a public id, with hyphens."""
    return None if public is None else str(UUID(public.split("_")[1]))


def recomputed(answer: Json, entry: Json) -> str:
    """An entry's hash by the recipe of docs/ledger.md, from the answer alone."""
    said = [
        entry["previousHash"],
        uuid(entry["id"]),
        uuid(answer["orderId"]),
        uuid(answer["sellerId"]),
        entry["sequence"],
        entry["kind"],
        uuid(entry["cause"]["id"]) if entry["cause"] else None,
        datetime.fromisoformat(entry["at"]).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00"),
        [
            [
                move["from"],
                uuid(move["fromOwner"]),
                move["to"],
                uuid(move["toOwner"]),
                int(Decimal(move["amount"]["amount"]).scaleb(DECIMALS[move["amount"]["currencyCode"]])),
                move["amount"]["currencyCode"],
            ]
            for move in entry["moves"]
        ],
    ]
    return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


async def story(market: Market) -> str:
    """An order in which money waited, was associated in excess, refunded from what was held, and released."""
    order_id = await confirmed(market)
    finance, operator = by(market.seller.finance), by(market.operator)
    receipt_id = await transfer(market, order_id, 700_00)
    await payments.associate(market.means, finance, order_id, receipt_id)
    await payments.refund_held(market.means, operator, order_id, receipt_id)
    await transfer(market, order_id, 5_000, "JPY")
    return f"ord_{order_id.hex}"


async def test_an_operator_verifies_the_chain_from_the_answer(server: Server, market: Market, hall: Hall) -> None:
    """PAY-10: every hash is recomputed, each links to the one before it, and the last is the order's own."""
    operator = await hall.enter(server, market.operator)
    for id in (await story(market), f"ord_{(await completed(market)).hex}"):
        answer = await proof(operator, id)
        assert (answer["holds"], answer["chainHolds"], answer["faults"], answer["hasMore"]) == (True, True, [], False)
        previous = None
        for place, entry in enumerate(answer["entries"], start=1):
            assert (entry["sequence"], entry["previousHash"], entry["hidden"]) == (place, previous, False)
            assert recomputed(answer, entry) == entry["hash"]
            previous = entry["hash"]
        assert (answer["lastHash"], answer["entryCount"]) == (previous, len(answer["entries"]))
        assert all(each["balanced"] and Decimal(each["sum"]["amount"]) == 0 for each in answer["sums"])
        assert all(figure["agrees"] for figure in answer["figures"])
        altered = {**answer["entries"][0], "kind": "RECEIPT_HELD"}
        assert recomputed(answer, altered) != altered["hash"]


async def test_each_side_sees_its_part(server: Server, market: Market, hall: Hall) -> None:
    """Section 13: to the buyer release and fee are a hash and a kind, the seller's owner and finance see both."""
    id = f"ord_{(await completed(market)).hex}"
    whole = await proof(await hall.enter(server, market.operator), id)
    assert [entry["kind"] for entry in whole["entries"]][-2:] == ["RELEASE", "FEE"]
    for actor in (market.seller.owner, market.seller.finance):
        mine = await proof(await hall.enter(server, actor), id)
        assert (mine["entries"], mine["figures"], mine["faults"]) == (whole["entries"], whole["figures"], None)
    bought = await proof(await hall.enter(server, market.buyer), id)
    for shown, real in zip(bought["entries"], whole["entries"], strict=True):
        if real["kind"] in ("RELEASE", "FEE"):
            assert shown == {
                **{name: real[name] for name in ("sequence", "kind", "hash", "previousHash")},
                "id": None,
                "hidden": True,
                "whole": False,
                "at": None,
                "cause": None,
                "moves": [],
            }
        else:
            assert shown == real
    names = [figure["name"] for figure in bought["figures"]]
    assert names == ["RECEIVED", "REFUNDED", "COUPON_POSTED", "COUPON_RETURNED"]
    assert {each["account"] for each in bought["standing"]} <= {"WORLD", "UNASSOCIATED", "HELD", "PAYMENT_FEE"}
    assert (bought["holds"], bought["chainHolds"], bought["faults"]) == (True, True, None)


async def test_entries_come_in_pages(server: Server, market: Market, hall: Hall) -> None:
    """Each page begins behind the last sequence of the one before."""
    operator = await hall.enter(server, market.operator)
    id = await story(market)
    whole = await proof(operator, id)
    pages, after = [], 0
    while True:
        page = await proof(operator, id, first=2, after=after)
        pages += page["entries"]
        if not page["hasMore"]:
            break
        assert len(page["entries"]) == 2
        after = page["entries"][-1]["sequence"]
    assert pages == whole["entries"]
    for page, field in (({"first": 0}, "first"), ({"after": -1}, "after")):
        assert await refused(operator, PROOF, id=id, **page) == ("OUT_OF_RANGE", [field])
    assert (await refused(operator, PROOF, id=id, first=101))[0] == "PAGE_SIZE_LIMIT"


async def test_who_sees_no_proof(server: Server, market: Market, hall: Hall) -> None:
    """Section 13: sales see no ledger, a token without the finances neither, and to strangers there is no order."""
    id = f"ord_{(await submitted(market)).hex}"
    assert (await proof(await hall.enter(server, market.seller.owner), id))["entries"] == []
    sales = await hall.enter(server, market.seller.sales)
    assert await refused(sales, PROOF, id=id) == ("FORBIDDEN", [])
    until = datetime.now(UTC) + timedelta(days=1)
    owner, scopes = market.seller.owner.account_id, ALL_SCOPES - {Scope.FINANCE_READ}
    token = await issue_access_token(market.means, owner, scopes, until)
    assert await refused(await hall.enter(server, token), PROOF, id=id) == ("SCOPE_MISSING", [])
    stranger = await hall.enter(server, await new_account(market.means))
    assert await refused(stranger, PROOF, id=id) == ("NOT_FOUND", ["orderId"])
    assert await refused(await hall.enter(server, None), PROOF, id=id) == ("UNAUTHENTICATED", [])
    assert await refused(sales, PROOF, id="sel_" + "0" * 32) == ("NOT_FOUND", ["orderId"])
