"""A seller's people over the API: members removed, their orders handed over live, and what sales see (DSK-3)."""

import pytest
from gql.transport.exceptions import TransportError

from tests.api.contracts import key
from tests.api.people import Hall, Json, Person
from tests.api.server import Server
from tests.api.test_many import member_of, public
from tests.market import Market, confirmed, new_seller

MEMBER = "member { id active } handover { id finishedAt member { id } successor { id } }"
WATCH = "subscription Watch { events { cursor event { kind by order { id salesperson { id } } } } }"
HANDOVERS = (
    "{ viewer { seller { handovers(first: 10) { nodes { finishedAt member { id active } successor { id } } } } } }"
)
ORDERS = "{ viewer { orders(first: 50) { nodes { id } } } }"


async def handovers_of(person: Person) -> list[Json]:
    """The handovers that somebody sees."""
    nodes: list[Json] = (await person.ask(HANDOVERS))["viewer"]["seller"]["handovers"]["nodes"]
    return nodes


async def test_a_removed_member_is_out_and_their_orders_are_handed_over(
    server: Server, market: Market, hall: Hall
) -> None:
    """DSK-3: access ends at once, each order is told of as it goes, and the handover says when all have gone."""
    seller, orders = market.seller, [await confirmed(market) for _ in range(3)]
    owner, sales = await hall.enter(server, seller.owner), await hall.enter(server, seller.sales)
    gone = await member_of(market, seller.sales.account_id)
    successor = await member_of(market, seller.finance.account_id)
    given = {"orderIds": [public(each) for each in orders], "memberId": gone, "idempotencyKey": key()}
    await owner.do("orderAssignMany", **given)
    async with owner.connected() as socket:
        listener = await socket.listen(WATCH)
        removed = await owner.do("memberRemove", MEMBER, memberId=gone, successorId=successor, idempotencyKey=key())
        assert removed["member"] == {"id": gone, "active": False}
        assert (removed["handover"]["member"], removed["handover"]["successor"]) == ({"id": gone}, {"id": successor})
        with pytest.raises(TransportError, match="removed from its company"):
            await sales.ask(ORDERS)
        for order in orders:

            def theirs(message: Json, id: str = public(order)) -> bool:
                event = message["event"] or {}
                return event.get("by") == "TIME" and (event["order"] or {}).get("id") == id

            heard = await listener.until(theirs)
            assert heard.message["event"]["order"]["salesperson"] == {"id": successor}
        assert "MEMBER_REMOVED" in listener.kinds
    # what was done under a key is answered still, though it could not be done any more
    again = await owner.do("orderAssignMany", "results { orderId userErrors { code } }", **given)
    assert again["results"] == [{"orderId": id, "userErrors": []} for id in given["orderIds"]]
    assert await owner.refused("orderAssign", orderId=public(orders[0]), memberId=gone) == [("NOT_FOUND", "memberId")]
    finance = await hall.enter(server, seller.finance)
    (handover,) = await handovers_of(finance)
    assert (handover["member"], handover["successor"]) == ({"id": gone, "active": False}, {"id": successor})
    stranger = await hall.enter(server, (await new_seller(market.means)).owner)
    assert await handovers_of(stranger) == []
    one = "query One($id: ID!) { node(id: $id) { id } }"
    for actor in (stranger, await hall.enter(server, market.buyer)):
        assert (await actor.ask(one, id=removed["handover"]["id"]))["node"] is None


async def test_who_cannot_be_removed_is_told_why(server: Server, market: Market, hall: Hall) -> None:
    """DSK-3: the last owner, a stranger, and what is no id; a colleague who is none cannot take over."""
    owner = await hall.enter(server, market.seller.owner)
    own = await member_of(market, market.seller.owner.account_id)
    sales = await member_of(market, market.seller.sales.account_id)
    other = await member_of(market, (await new_seller(market.means)).sales.account_id)
    for given, expected in (
        ({"memberId": own}, ("STEP_NOT_ALLOWED", "memberId")),
        ({"memberId": other}, ("NOT_FOUND", "memberId")),
        ({"memberId": "mem_1"}, ("NOT_FOUND", "memberId")),
        ({"memberId": sales, "successorId": other}, ("NOT_FOUND", "successorId")),
        ({"memberId": sales, "successorId": sales}, ("NOT_FOUND", "successorId")),
    ):
        assert await owner.refused("memberRemove", **given) == [expected]
    assert await handovers_of(owner) == []


async def test_the_owner_sets_what_sales_see(server: Server, market: Market, hall: Hall) -> None:
    """DSK-3, section 13: all orders or their own, from the next request on; the buyer sees no difference."""
    own, others = await confirmed(market), await confirmed(market)
    owner, sales = await hall.enter(server, market.seller.owner), await hall.enter(server, market.seller.sales)
    member = await member_of(market, market.seller.sales.account_id)
    await owner.do("orderAssign", orderId=public(own), memberId=member)
    for see_all, seen in ((False, [public(own)]), (True, [public(others), public(own)])):
        changed = await owner.do("deskSettingsChange", "seller { salesSeeAll }", salesSeeAll=see_all)
        assert changed["seller"] == {"salesSeeAll": see_all}
        assert [node["id"] for node in (await sales.ask(ORDERS))["viewer"]["orders"]["nodes"]] == seen
    assert await sales.refused("deskSettingsChange", salesSeeAll=False) == [("FORBIDDEN", "")]
    buyer = await hall.enter(server, market.buyer)
    assert len((await buyer.ask(ORDERS))["viewer"]["orders"]["nodes"]) == 2
