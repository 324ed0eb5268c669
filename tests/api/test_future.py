"""What happens next, what would happen, and why, over HTTP: to each role what section 13 lets it know."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from gql.transport.exceptions import TransportQueryError

from tests.api.people import Hall, Json, Person
from tests.api.server import Server
from tests.market import Market, confirmed, dispatched, drafted, new_account, paid, submitted

NEXT = """query Next($id: ID!) { node(id: $id) { ... on Order {
  whatHappensNext { clock about at event rule policyVersion cancelledBy follows
    atStake { kind whom amount { amount } points } }
  explanations { of rule policyVersion inputs { name value } arithmetic }
  deadlines { kind dueAt policyVersion }
} } }"""
SUPPOSE = """query Suppose($input: SimulateOrderInput!) { simulateOrder(input: $input) {
  act at userErrors { code field message params { name value } } status
  agreedTotal { amount } couponOffset { amount } buyerPayable { amount } received { amount } refunded { amount }
  fee { amount } feeCap { amount } feeRate feeCharged { amount } released { amount } quotaOccupied { amount }
  penaltyPoints deadlines { kind dueAt status rule inputs { name value } } dispatchGuaranteed deliveryGuaranteed
  deliveryGuaranteeFailed promisedAt overdueSince deliveryOverdueSince claimStatus liability
  explanations { of } claimCheck { claimable amount { amount } promises { guarantee claimable bearer } }
  whatHappensNext { clock at atStake { kind } }
} }"""
HIDDEN = ("fee", "feeCap", "feeRate", "feeCharged", "released", "quotaOccupied", "penaltyPoints")


async def ahead(person: Person, id: str) -> Json:
    """What somebody is told of an order's future."""
    found: Json = (await person.ask(NEXT, id=id))["node"]
    return found


async def suppose(person: Person, id: str, *acts: Json, **more: Any) -> list[Json]:
    """What somebody is told of what they suppose."""
    given = {"orderId": id, "acts": list(acts), **more}
    found: list[Json] = (await person.ask(SUPPOSE, input=given))["simulateOrder"]
    return found


def act(kind: str, days: float, **more: Any) -> Json:
    """An act so many days from now."""
    return {"act": kind, "at": (datetime.now(UTC) + timedelta(days=days)).isoformat(), **more}


def stakes(told: Json) -> set[str]:
    """Everything that is at stake."""
    return {each["kind"] for step in told["whatHappensNext"] for each in step["atStake"]}


async def test_each_role_is_told_of_the_future_what_it_may_know(server: Server, market: Market, hall: Hall) -> None:
    """Section 13: fee and release are not the buyer's, points are finance's, the instants are everybody's."""
    sent, due = f"ord_{(await dispatched(market)).hex}", f"ord_{(await paid(market)).hex}"
    known: dict[str, set[str]] = {}
    instants = set()
    for actor in (market.buyer, market.seller.owner, market.seller.finance, market.seller.sales, market.operator):
        person = await hall.enter(server, actor)
        first, second = await ahead(person, sent), await ahead(person, due)
        known[str(actor.role)] = stakes(first) | stakes(second)
        instants.add(tuple(each["at"] for each in first["whatHappensNext"] + second["whatHappensNext"]))
        versions = {each["policyVersion"] for each in (*first["whatHappensNext"], *first["deadlines"])}
        assert versions == {each["policyVersion"] for each in first["explanations"]}
        assert len(versions) == 1
    lost = {"REFUND_RIGHT_LOST"}
    finance = lost | {"RELEASE", "FEE", "PENALTY_POINTS"}
    assert known == {
        "BUYER": lost,
        "OWNER": finance,
        "FINANCE": finance,
        "SALES": lost | {"FEE"},
        "OPERATOR": finance,
    }
    assert len(instants) == 1


async def test_a_transition_says_when_why_and_what_would_cancel_it(server: Server, market: Market, hall: Hall) -> None:
    """Section 14: dueAt + 1 s of its clock, the rule, the named conditions; what follows from it, too."""
    seller = await hall.enter(server, market.seller.owner)
    told = await ahead(seller, f"ord_{(await dispatched(market)).hex}")
    announced, received, ended = told["whatHappensNext"]
    (clock,) = [each for each in told["deadlines"] if each["kind"] == "AUTO_RECEIPT"]
    at, due = datetime.fromisoformat(received["at"]), datetime.fromisoformat(clock["dueAt"])
    assert at - due == timedelta(seconds=1)
    assert (announced["event"], announced["about"]) == ("DEADLINE_APPROACHING", "AUTO_RECEIPT")
    assert (received["event"], received["rule"]) == ("RECEIVED_AUTOMATICALLY", "SHP-5")
    assert received["cancelledBy"] == ["RECEIPT_CONFIRMED", "DISPUTE_OPENED", "ORDER_CLOSED"]
    assert [(each["kind"], each["whom"], each["amount"]) for each in received["atStake"]] == [
        ("RELEASE", "SELLER", {"amount": "551.23"}),
        ("FEE", "SELLER", {"amount": "11.02"}),
    ]
    assert (ended["event"], ended["follows"]) == ("PROTECTION_ENDED", "AUTO_RECEIPT")


async def test_explanations_are_cut_by_role(server: Server, market: Market, hall: Hall) -> None:
    """Section 13: the fee's rate and cap are fee policy; the rest both sides may check."""
    id = f"ord_{(await confirmed(market)).hex}"
    for actor, fee in ((market.buyer, False), (market.seller.sales, False), (market.seller.finance, True)):
        told = (await ahead(await hall.enter(server, actor), id))["explanations"]
        of = [each["of"] for each in told]
        assert of == ["AGREED_TOTAL", "BUYER_PAYABLE", *(["FEE_CAP", "FEE"] if fee else []), "COMPENSATION"]
        assert told[0]["arithmetic"] == "530.22 + 25.00 - 3.99 - 0.00 = 551.23 USD"


async def test_a_life_is_supposed_and_nothing_of_it_stays(server: Server, market: Market, hall: Hall) -> None:
    """From an offer to release; afterwards the order is as it was, and each role has seen what it may."""
    id = f"ord_{(await submitted(market)).hex}"
    acts = [act("CONFIRMED", 1), act("PAID", 2), act("PAID", 3), act("DISPATCHED", 4), act("RECEIVED", 9)]
    for actor, hidden in (
        (market.seller.owner, ()),
        (market.operator, ()),
        (market.seller.sales, ("feeCap", "feeRate", "released", "quotaOccupied", "penaltyPoints")),
        (market.buyer, HIDDEN),
    ):
        person = await hall.enter(server, actor)
        before = await ahead(person, id)
        steps = await suppose(person, id, *acts)
        assert [step["userErrors"] for step in steps] == [[]] * 6
        assert [step["status"] for step in steps] == [
            *("PENDING_CONFIRMATION", "PENDING_PAYMENT", "PENDING_DISPATCH", "PENDING_DISPATCH"),
            *("DISPATCHED", "COMPLETED"),
        ]
        last = steps[-1]
        assert [name for name in HIDDEN if last[name] is None] == list(hidden)
        assert (last["received"], last["buyerPayable"]) == ({"amount": "551.23"}, {"amount": "551.23"})
        if not hidden:
            assert (last["released"], last["feeCharged"]) == ({"amount": "551.23"}, {"amount": "11.02"})
        assert last["whatHappensNext"][-1]["clock"] == "PROTECTION_END"
        assert await ahead(person, id) == before


async def test_other_terms_are_supposed(server: Server, market: Market, hall: Hall) -> None:
    """ORD-10, SHP-1: another dispatch term moves the deadline, an amount that is fixed by now says so."""
    id = f"ord_{(await paid(market)).hex}"
    buyer = await hall.enter(server, market.buyer)
    (now,) = await suppose(buyer, id)
    (later,) = await suppose(buyer, id, contract={"dispatchTerm": {"kind": "DAYS_AFTER_DEPOSIT", "days": 9}})
    due = [
        datetime.fromisoformat(each["dueAt"])
        for step in (now, later)
        for each in step["deadlines"]
        if each["kind"] == "DISPATCH"
    ]
    assert due[1] - due[0] in (timedelta(days=2), timedelta(days=2, hours=1), timedelta(days=1, hours=23))
    (fixed,) = await suppose(buyer, id, contract={"shippingFee": "1.00"})
    assert [error["code"] for error in fixed["userErrors"]] == ["AMENDMENT_CHANGES_AMOUNT"]


async def refused(person: Person, id: str, *acts: Json, **more: Any) -> tuple[str, list[Any]]:
    """Why a supposition is not looked at, and at which field."""
    with pytest.raises(TransportQueryError) as failed:
        await suppose(person, id, *acts, **more)
    (error,) = failed.value.errors or []
    return error["extensions"]["code"], error["extensions"]["field"]


async def test_what_cannot_be_supposed(server: Server, market: Market, hall: Hall) -> None:
    """Strangers see no order, sellers no coupon; neither the past nor too much is looked at."""
    id, draft = f"ord_{(await confirmed(market)).hex}", f"ord_{(await drafted(market)).hex}"
    buyer, seller = await hall.enter(server, market.buyer), await hall.enter(server, market.seller.owner)
    stranger = await hall.enter(server, await new_account(market.means))
    assert await refused(stranger, id) == ("NOT_FOUND", ["orderId"])
    assert await refused(buyer, draft) == ("NOT_FOUND", ["orderId"])
    assert await refused(seller, id, couponId="cpn_" + "0" * 32) == ("NOT_FOUND", ["couponId"])
    assert await refused(buyer, id, act("NOTHING", -1)) == ("OUT_OF_RANGE", ["acts", 0, "at"])
    assert await refused(buyer, id, *[act("NOTHING", 1)] * 21) == ("TOO_MANY", ["acts"])
    odd = {"amount": "1.001", "currencyCode": "USD"}
    assert await refused(buyer, id, act("PAID", 1, amount=odd)) == ("INVALID", ["acts", 0, "amount"])
