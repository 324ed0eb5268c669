"""An order at a past instant over HTTP: the same words for every role, cut by section 13."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from gql.transport.exceptions import TransportQueryError

from tests.api.people import Hall, Json, Person
from tests.api.server import Server
from tests.market import Market, completed, dispatched

AS_OF = """query AsOf($id: ID!, $at: DateTime!) { orderAsOf(orderId: $id, at: $at) {
  at status awaiting stage overdue overdueSince dispatchedLate deliveryOverdue deliveryOverdueSince
  disputeOpen claimStatus
  funds { status agreedTotal { amount } received { amount } refunded { amount } couponPosted { amount }
    couponReturned { amount } released { amount } feeCharged { amount } }
  deadlines { kind dueAt status rule } notKept { field reason }
} }"""
NOW = """query Now($id: ID!) { node(id: $id) { ... on Order {
  status awaiting stage overdue overdueSince dispatchedLate
  funds { status agreedTotal { amount } received { amount } refunded { amount }
    released { amount } feeCharged { amount } }
  deadlines { kind dueAt status rule }
} } }"""


async def as_of(person: Person, id: str, at: datetime) -> Json:
    """The order at an instant, as a person is answered."""
    answer: Json = (await person.ask(AS_OF, id=id, at=at.isoformat()))["orderAsOf"]
    return answer


async def test_the_present_is_told_as_it_is(server: Server, market: Market, hall: Hall) -> None:
    """Section 13: to each role the same as the order itself shows it, release and fee hidden alike."""
    id = f"ord_{(await completed(market)).hex}"
    actors = [market.buyer, market.seller.owner, market.seller.finance, market.seller.sales, market.operator]
    hidden: list[Any] = []
    for actor in actors:
        person = await hall.enter(server, actor)
        told = await as_of(person, id, datetime.now(UTC))
        shown: Json = (await person.ask(NOW, id=id))["node"]
        funds = shown.pop("funds")
        assert {name: told["funds"][name] for name in funds} == funds
        assert {name: told[name] for name in shown} == shown
        assert (told["notKept"], told["disputeOpen"], told["claimStatus"]) == ([], False, None)
        hidden.append([name for name in ("released", "feeCharged") if told["funds"][name] is None])
    assert hidden == [["released", "feeCharged"], [], [], ["released"], []]


async def test_an_earlier_instant_is_told_without_what_came_later(server: Server, market: Market, hall: Hall) -> None:
    """What happened after the instant leaves no trace in the answer."""
    id = f"ord_{(await dispatched(market)).hex}"
    before = datetime.now(UTC)
    seller, buyer = await hall.enter(server, market.seller.owner), await hall.enter(server, market.buyer)
    first = await as_of(seller, id, before)
    await buyer.do("orderConfirmReceipt", orderId=id)
    assert await as_of(seller, id, before) == first
    assert (first["status"], first["funds"]["released"]) == ("DISPATCHED", {"amount": "0.00"})
    last = await as_of(seller, id, datetime.now(UTC))
    assert (last["status"], last["funds"]["released"]) == ("COMPLETED", {"amount": "551.23"})


async def test_an_instant_to_come_is_refused(server: Server, market: Market, hall: Hall) -> None:
    """Nobody is told what has not happened."""
    id = f"ord_{(await dispatched(market)).hex}"
    buyer = await hall.enter(server, market.buyer)
    with pytest.raises(TransportQueryError) as failed:
        await as_of(buyer, id, datetime.now(UTC) + timedelta(minutes=1))
    (error,) = failed.value.errors or []
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("OUT_OF_RANGE", ["at"])
