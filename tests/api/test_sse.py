"""Subscriptions of the product over event streams, and ordinary operations beside them."""

from tests.api.ears import EVENTS, UPDATES
from tests.api.people import Hall, mutation
from tests.api.server import Server
from tests.api.streams import EVENT_STREAM, headers, streamed
from tests.asking import http_client
from tests.market import Market, confirmed


async def test_an_order_is_followed_and_resumed_over_an_event_stream(
    server: Server, market: Market, hall: Hall
) -> None:
    """A snapshot, then what happens; after a cut the cursor brings exactly what was missed, and then it is live."""
    order_id = await confirmed(market)
    buyer, seller = await hall.enter(server, market.buyer), await hall.enter(server, market.seller.sales)
    id = f"ord_{order_id.hex}"
    async with streamed(buyer, UPDATES, id=id) as messages:
        snapshot = await anext(messages)
        assert snapshot["event"] is None and snapshot["order"]["status"] == "PENDING_PAYMENT"
        await buyer.do("orderSetReference", orderId=id, reference="one")
        heard = await anext(messages)
        assert heard["event"]["kind"] == "BUYER_REFERENCE_SET"
        assert heard["event"]["version"] == heard["order"]["version"] == snapshot["order"]["version"] + 1
    await buyer.do("orderSetReference", orderId=id, reference="two")
    await seller.do("orderSetReference", orderId=id, reference="not the buyer's to hear")
    await buyer.do("orderSetReference", orderId=id, reference="three")
    async with streamed(buyer, UPDATES, id=id, after=heard["cursor"]) as messages:
        missed = [await anext(messages) for _ in range(2)]
        await seller.do("orderCancel", orderId=id, reason="Out of stock.")
        live = await anext(messages)
    first = snapshot["order"]["version"]
    assert [message["event"]["version"] for message in missed] == [first + 2, first + 4]
    assert live["event"]["kind"] == "ORDER_CANCELLED" and live["order"]["status"] == "CLOSED"


async def test_a_feed_cut_before_its_first_event_is_resumed(server: Server, market: Market, hall: Hall) -> None:
    """The cursor that opens a feed is enough to lose nothing."""
    buyer = await hall.enter(server, market.buyer)
    async with streamed(buyer, EVENTS) as messages:
        opening = await anext(messages)
    assert opening["event"] is None
    order_id = await confirmed(market)
    async with streamed(buyer, EVENTS, after=opening["cursor"]) as messages:
        heard = [(await anext(messages))["event"] for _ in range(2)]
    assert [event["kind"] for event in heard] == ["ORDER_SUBMITTED", "ORDER_CONFIRMED"]
    assert {event["order"]["id"] for event in heard} == {f"ord_{order_id.hex}"}


async def test_ordinary_operations_are_answered_as_json(server: Server, market: Market, hall: Hall) -> None:
    """A client that reads both gets a query and a mutation as JSON, and the refusal of a subscription as a stream."""
    order_id = await confirmed(market)
    buyer = await hall.enter(server, market.buyer)
    both = headers(buyer, f"application/graphql-response+json, application/json, {EVENT_STREAM}")
    given = {"orderId": f"ord_{order_id.hex}", "reference": "one"}
    async with http_client(headers=both) as http:
        for body in (
            {"query": "{ viewer { role } }"},
            {"query": mutation("orderSetReference"), "variables": {"input": given}},
        ):
            answer = await http.post(server.graphql, json=body)
            assert answer.headers["content-type"].startswith("application/graphql-response+json")
            assert "errors" not in answer.json()
        body = {"query": UPDATES, "variables": {"id": f"ord_{32 * '0'}"}}
        answer = await http.post(server.graphql, json=body)
    assert answer.headers["content-type"].startswith(EVENT_STREAM)
    assert '"NOT_FOUND"' in answer.text and answer.text.endswith("event: complete\ndata:\n\n")
