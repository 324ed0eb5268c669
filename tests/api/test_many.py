"""Acting on many orders at once: each order's own answer, at its own place, and the others not held up (DSK-3)."""

import asyncio
from uuid import UUID

from sqlalchemy import text

from tests.api.contracts import key
from tests.api.people import Hall, Json
from tests.api.server import Server
from tests.market import Market, confirmed, drafted, new_seller, open_market, order_row, paid, submitted

RESULTS = "results { orderId order { id labels salesperson { id } } userErrors { code field } }"
NO_ORDER = f"ord_{'0' * 32}"


def public(order_id: UUID) -> str:
    """An order's public id."""
    return f"ord_{order_id.hex}"


def told(payload: Json) -> list[list[tuple[str, str]]]:
    """Of each result the codes and the paths of its errors."""
    return [
        [(error["code"], ".".join(error["field"])) for error in result["userErrors"]] for result in payload["results"]
    ]


async def member_of(market: Market, account_id: UUID) -> str:
    """The public id of a member."""
    async with market.means.engine.connect() as connection:
        query = text("SELECT id FROM members WHERE account_id = :account")
        found: UUID = (await connection.execute(query, {"account": account_id})).scalar_one()
    return f"mem_{found.hex}"


async def test_each_order_is_assigned_for_itself(server: Server, market: Market, hall: Hall) -> None:
    """DSK-3: another seller's, none at all and nonsense are refused at their places, the rest is done."""
    owner = await hall.enter(server, market.seller.owner)
    mine, other = [await confirmed(market), await drafted(market)], await confirmed(await open_market(market.means))
    ids = [public(mine[0]), public(other), NO_ORDER, "nonsense", public(mine[1])]
    sales = await member_of(market, market.seller.sales.account_id)
    payload = await owner.do("orderAssignMany", RESULTS, orderIds=ids, memberId=sales, idempotencyKey=key())
    assert [result["orderId"] for result in payload["results"]] == ids
    assert told(payload) == [[], *([("NOT_FOUND", f"orderIds.{at}")] for at in (1, 2, 3)), []]
    assert [result["order"] and result["order"]["salesperson"]["id"] for result in payload["results"]] == [
        sales,
        None,
        None,
        None,
        sales,
    ]
    assert (await order_row(market.means, other))["salesperson_id"] != market.seller.sales.account_id


async def test_what_is_refused_of_all_is_told_of_the_request(server: Server, market: Market, hall: Hall) -> None:
    """DSK-3: another company's member is nobody's here, a buyer assigns nothing, and nothing changes."""
    order_id = await confirmed(market)
    before = await order_row(market.means, order_id)
    owner, buyer = await hall.enter(server, market.seller.owner), await hall.enter(server, market.buyer)
    stranger = await member_of(market, (await new_seller(market.means)).sales.account_id)
    given = {"orderIds": [public(order_id)], "memberId": stranger}
    refused = await owner.refused("orderAssignMany", idempotencyKey=key(), **given)
    assert refused == [("NOT_FOUND", "orderIds.0.memberId")]
    refused = await owner.refused("orderAssignMany", idempotencyKey=key(), **{**given, "memberId": "mem_1"})
    assert refused == [("NOT_FOUND", "memberId")]
    refused = await buyer.refused("orderAssignMany", idempotencyKey=key(), **{**given, "memberId": None})
    assert refused == [("FORBIDDEN", "orderIds.0")]
    assert await owner.refused("orderAssignMany", orderIds=[], memberId=None, idempotencyKey=key()) == [
        ("TOO_MANY", "orderIds")
    ]
    assert await order_row(market.means, order_id) == before


async def test_labels_of_many_are_changed_once_a_key(server: Server, market: Market, hall: Hall) -> None:
    """DSK-3: a retry is answered with the same; an order that is named twice is labelled once."""
    sales = await hall.enter(server, market.seller.sales)
    orders = [await confirmed(market) for _ in range(3)]
    full = public(orders[1])
    await sales.do("orderLabel", orderId=full, add=[f"label {at}" for at in range(20)])
    given = {"orderIds": [public(each) for each in (*orders, orders[0])], "add": ["VIP"], "idempotencyKey": key()}
    first = await sales.do("orderLabelMany", RESULTS, **given)
    assert told(first) == [[], [("TOO_MANY", "orderIds.1.add")], [], []]
    assert [len(result["order"]["labels"]) for result in first["results"]] == [1, 20, 1, 1]
    versions = [(await order_row(market.means, each))["version"] for each in orders]
    again = await asyncio.gather(*(sales.do("orderLabelMany", RESULTS, **given) for _ in range(3)))
    assert again == [first] * 3
    assert [(await order_row(market.means, each))["version"] for each in orders] == versions
    given["orderIds"] = given["orderIds"][:1]
    assert await sales.refused("orderLabelMany", **given) == [("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]


async def test_drafts_and_nothing_else_are_deleted(server: Server, market: Market, hall: Hall) -> None:
    """DSK-3: an order that was ever submitted stays."""
    owner = await hall.enter(server, market.seller.owner)
    orders = [await drafted(market), await submitted(market), await drafted(market)]
    selection = "results { orderId deletedId userErrors { code field } }"
    ids = [public(each) for each in orders]
    for _ in range(2):
        payload = await owner.do("orderDeleteMany", selection, orderIds=ids, idempotencyKey="delete them")
        assert told(payload) == [[], [("STEP_NOT_ALLOWED", "orderIds.1")], []]
        assert [result["deletedId"] for result in payload["results"]] == [ids[0], None, ids[2]]
    left = await owner.ask("query Left($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert left["nodes"] == [None, {"id": ids[1]}, None]


async def test_many_orders_are_dispatched(server: Server, market: Market, hall: Hall) -> None:
    """SHP-2, DSK-3: each as by itself; what is wrong is named in its own dispatch."""
    sales = await hall.enter(server, market.seller.sales)
    orders = [await paid(market), await confirmed(market), await paid(market)]
    dispatches = [{"orderId": public(each), "carrier": "DHL", "trackingNumber": f"JD {each.hex}"} for each in orders]
    dispatches.append({"orderId": public(orders[0]), "carrier": " ", "trackingNumber": "JD"})
    dispatches.append({"orderId": NO_ORDER, "carrier": "DHL", "trackingNumber": "JD"})
    selection = "results { shipment { trackingNumber } order { status } userErrors { code field } }"
    payload = await sales.do("shipmentDispatchMany", selection, dispatches=dispatches[:3], idempotencyKey=key())
    assert told(payload) == [[], [("STEP_NOT_ALLOWED", "dispatches.1")], []]
    assert [result["order"]["status"] for result in payload["results"]] == [
        "DISPATCHED",
        "PENDING_PAYMENT",
        "DISPATCHED",
    ]
    assert payload["results"][2]["shipment"]["trackingNumber"] == f"JD {orders[2].hex}"
    fresh = {**dispatches[3], "orderId": public(await paid(market))}
    refused = await sales.refused("shipmentDispatchMany", dispatches=[fresh, dispatches[4]], idempotencyKey=key())
    assert refused == [("REQUIRED", "dispatches.0.carrier"), ("NOT_FOUND", "dispatches.1.orderId")]


async def test_two_hundred_and_fifty_at_once(server: Server, market: Market, hall: Hall) -> None:
    """DSK-3: as many as a list may hold, all answered by one statement; one more is refused."""
    owner = await hall.enter(server, market.seller.owner)
    ids = [public(await drafted(market)) for _ in range(5)] * 50
    payload = await owner.do("orderLabelMany", RESULTS, orderIds=ids, add=["VIP"], idempotencyKey=key())
    assert [result["order"]["id"] for result in payload["results"]] == ids
    assert told(payload) == [[]] * 250
