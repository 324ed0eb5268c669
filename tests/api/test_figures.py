"""The desk's figures over the API: what was kept, what is due, what dispatching now would make of it (DSK-4, DSK-5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from gql.transport.exceptions import TransportQueryError

from app.domain.records import DispatchTerm
from tests.actions import promising
from tests.api import late
from tests.api.people import Hall, Json, Person
from tests.api.server import Server
from tests.domain.build import one_line
from tests.market import Market, dispatched, new_account, new_seller, paid

FIGURES = """query Figures($id: ID!) { node(id: $id) { ... on Seller {
  onTimeDispatchRate { kept due rate since } onTimeDeliveryRate { kept due rate }
  onTimeDispatchOrders { nodes { orderId number outcome dueAt dispatchedAt } }
  deskCounts { figure count atLeast } owed { currency amount { amount } } penaltyPoints
} } }"""
SIMULATE = """query Simulate($ids: [ID!]!) { simulateDispatch(orderIds: $ids) {
  at now { kept due } then { kept due rate } otherwise { kept due rate } orders { orderId dueAt effect }
} }"""


@dataclass(frozen=True)
class Orders:
    """One order of each kind, by its public id."""

    kept: str
    late: str
    waived: str
    closed: str
    soon: str
    later: str


def public(order_id: UUID) -> str:
    """The public id of an order."""
    return f"ord_{order_id.hex}"


async def due_in(market: Market, hours: float) -> UUID:
    """A paid order that is to be dispatched within so many hours."""
    due = (market.means.clock.real() + timedelta(hours=hours)).replace(microsecond=0)
    term: dict[str, Any] = {"dispatch_term": DispatchTerm.FIXED_INSTANT, "dispatch_instant": due, "dispatch_days": None}
    return await paid(market, one_line("50.00", **term))


@pytest.fixture
async def orders(market: Market) -> Orders:
    """Some orders of days ago, what became of them, and two that are due soon."""
    then = late.days_ago(market)
    kept = await dispatched(then)
    closed = await paid(then)
    await promising.refund(then, closed)
    waived = await paid(then)
    broken = await promising.overdue(then)
    await promising.waive(market, waived)
    await promising.claim(market, broken)
    ids = [kept, broken, waived, closed, await due_in(market, 20), await due_in(market, 60)]
    return Orders(*map(public, ids))


async def figures(person: Person, market: Market) -> Json:
    """What somebody is told of the seller's figures."""
    found: Json = (await person.ask(FIGURES, id=f"sel_{market.seller.id.hex}"))["node"]
    return found


async def test_the_figures_of_a_desk(server: Server, market: Market, hall: Hall, orders: Orders) -> None:
    """DSK-4: the rate, what each order adds to it, and what asks to be done."""
    owner = await hall.enter(server, market.seller.owner)
    found = await figures(owner, market)
    rate = found["onTimeDispatchRate"]
    assert (rate["kept"], rate["due"], rate["rate"]) == (1, 2, "0.5")
    age = market.means.clock.real() - datetime.fromisoformat(rate["since"])
    assert abs(age - timedelta(days=30)) < timedelta(hours=2)
    outcomes = {each["orderId"]: each["outcome"] for each in found["onTimeDispatchOrders"]["nodes"]}
    assert outcomes == {
        orders.kept: "KEPT",
        orders.late: "LATE",
        orders.waived: "WAIVED",
        orders.closed: "CLOSED_BEFORE",
    }
    assert {each["figure"]: each["count"] for each in found["deskCounts"]} == {
        "OVERDUE": 2,
        "DUE_WITHIN_24_HOURS": 1,
        "DUE_WITHIN_72_HOURS": 2,
        "OPEN_CLAIMS": 1,
    }
    assert found["onTimeDeliveryRate"] == {"kept": 0, "due": 0, "rate": None}
    assert found["owed"] == []


async def test_what_dispatching_now_would_make_of_it(
    server: Server, market: Market, hall: Hall, orders: Orders
) -> None:
    """DSK-4: what is in time counts from its deadline on, what is late stays late; then it is done, and so it is."""
    sales = await hall.enter(server, market.seller.sales)
    ids = [orders.soon, orders.late, orders.waived, orders.kept]
    found = (await sales.ask(SIMULATE, ids=[*ids, orders.soon]))["simulateDispatch"]
    assert (found["now"], found["then"]["kept"], found["then"]["due"]) == ({"kept": 1, "due": 2}, 2, 3)
    assert (found["then"]["rate"], found["otherwise"]["rate"]) == ("0.6667", "0.3333")
    effects = ["IN_TIME", "TOO_LATE", "LEFT_OUT", "DISPATCHED"]
    assert [(each["orderId"], each["effect"]) for each in found["orders"]] == list(zip(ids, effects, strict=True))
    due = datetime.fromisoformat(found["orders"][0]["dueAt"])
    assert datetime.fromisoformat(found["at"]) == due + timedelta(seconds=1)
    before = (await figures(sales, market))["onTimeDispatchRate"]
    assert (before["kept"], before["due"]) == (1, 2)
    await promising.send(market, UUID(orders.soon.removeprefix("ord_")))
    again = (await sales.ask(SIMULATE, ids=[orders.soon]))["simulateDispatch"]
    assert again["orders"][0]["effect"] == "DISPATCHED"
    assert again["then"] == again["otherwise"] == {"kept": 1, "due": 2, "rate": "0.5"}


async def test_figures_are_the_sellers_side_s(server: Server, market: Market, hall: Hall, orders: Orders) -> None:
    """Section 13: sales are told the rate and not what is owed; the buyer, a stranger and another seller nothing."""
    shown = {
        actor.role: await figures(await hall.enter(server, actor), market)
        for actor in (market.seller.owner, market.seller.finance, market.seller.sales, market.operator)
    }
    sales = shown.pop(market.seller.sales.role)
    assert (sales["owed"], sales["penaltyPoints"]) == (None, None)
    assert all(each["owed"] == [] and each["penaltyPoints"] is not None for each in shown.values())
    for name in ("onTimeDispatchRate", "onTimeDispatchOrders", "deskCounts", "onTimeDeliveryRate"):
        said = [
            {**each[name], "since": None} if name == "onTimeDispatchRate" else each[name] for each in shown.values()
        ]
        assert said == [said[0]] * 3
    assert len(sales["onTimeDispatchOrders"]["nodes"]) == 4
    stranger = (await new_seller(market.means)).owner
    for actor in (market.buyer, stranger, await new_account(market.means)):
        assert set((await figures(await hall.enter(server, actor), market)).values()) == {None}


async def test_who_may_not_suppose(server: Server, market: Market, hall: Hall, orders: Orders) -> None:
    """DSK-4, section 13: the buyer of the order, another seller, orders of two sellers, none and too many."""
    other = await paid(late.days_ago(await promising.elsewhere(market)))
    stranger = (await new_seller(market.means)).owner
    cases = [
        (market.buyer, [orders.soon], "FORBIDDEN", []),
        (stranger, [orders.soon], "NOT_FOUND", ["orderIds", 0]),
        (market.seller.owner, [orders.soon, public(other)], "NOT_FOUND", ["orderIds", 1]),
        (market.operator, [orders.soon, public(other)], "INVALID", ["orderIds", 1]),
        (market.seller.owner, ["ord_1"], "NOT_FOUND", ["orderIds", 0]),
        (market.seller.owner, [], "TOO_MANY", ["orderIds"]),
    ]
    for actor, ids, code, field in cases:
        person = await hall.enter(server, actor)
        with pytest.raises(TransportQueryError) as failed:
            await person.ask(SIMULATE, ids=ids)
        assert failed.value.errors
        extensions = failed.value.errors[0]["extensions"]
        assert (extensions["code"], extensions.get("field", [])) == (code, field), ids


async def test_what_is_owed_is_told_a_currency_each(server: Server, market: Market, hall: Hall) -> None:
    """DSK-4, COU-4: what another seller's order used of a coupon at this seller's expense, until it is collected."""
    then = late.days_ago(market)
    _, coupon_id = await promising.compensated(then)
    await promising.use(await promising.elsewhere(then), coupon_id)
    await promising.sweep(then)
    finance = await hall.enter(server, market.seller.finance)
    assert (await figures(finance, market))["owed"] == [{"currency": "USD", "amount": {"amount": "30.00"}}]
    earning = await promising.promised(market)
    await promising.receive(market, earning)
    assert (await figures(finance, market))["owed"] == []


async def test_the_ranking_is_served_to_everybody_signed_in(server: Server, market: Market, hall: Hall) -> None:
    """DSK-5: without enough promises nobody is ranked; without a token nothing is told."""
    ask = "{ deliveryRanking { totalCount nodes { place } } viewer { deliveryPlace { place } } }"
    empty = {"totalCount": 0, "nodes": []}
    for actor in (market.buyer, market.seller.sales, market.operator):
        found = await (await hall.enter(server, actor)).ask(ask)
        assert found == {"deliveryRanking": empty, "viewer": {"deliveryPlace": None}}
    nobody = await (await hall.enter(server, None)).ask(ask)
    assert nobody == {"deliveryRanking": empty, "viewer": None}
