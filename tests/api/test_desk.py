"""The seller's desk over the API: labels and private notes, which the buyer never sees (DSK-3, section 13)."""

import pytest

from tests.api.contracts import key
from tests.api.people import Hall, Json, Person
from tests.api.server import Server
from tests.market import Market, confirmed, new_account, new_seller

DESK = """query Desk($id: ID!) { node(id: $id) { ... on Order {
  labels privateNotes { id text author { name } writtenAt } log(first: 50) { nodes { kind changes { before after } } }
} } }"""
NOTE = "note { id text author { name role } } order { labels }"
OWN = {"LABELS_CHANGED", "NOTE_ADDED", "NOTE_REMOVED", "SALESPERSON_ASSIGNED"}


async def desk_of(person: Person, id: str) -> Json:
    """What somebody sees of an order's desk."""
    found: Json = (await person.ask(DESK, id=id))["node"]
    return found


async def test_labels_and_notes_are_the_sellers_side_s_alone(server: Server, market: Market, hall: Hall) -> None:
    """DSK-3, section 13: every member and operators see them and their events; the buyer and strangers nothing."""
    id = f"ord_{(await confirmed(market)).hex}"
    sales, buyer = await hall.enter(server, market.seller.sales), await hall.enter(server, market.buyer)
    labelled = await sales.do("orderLabel", "order { labels }", orderId=id, add=["VIP", "fair"], idempotencyKey=key())
    assert labelled["order"]["labels"] == ["VIP", "fair"]
    added = await sales.do("orderAddNote", NOTE, orderId=id, text="Calls on Mondays.", idempotencyKey=key())
    assert added["note"]["author"]["role"] == "SALES"
    for actor in (market.seller.owner, market.seller.sales, market.seller.finance, market.operator):
        seen = await desk_of(await hall.enter(server, actor), id)
        assert seen["labels"] == ["VIP", "fair"]
        assert [note["text"] for note in seen["privateNotes"]] == ["Calls on Mondays."]
        assert {"LABELS_CHANGED", "NOTE_ADDED"} <= {event["kind"] for event in seen["log"]["nodes"]}
    seen = await desk_of(buyer, id)
    assert (seen["labels"], seen["privateNotes"]) == (None, None)
    assert OWN & {event["kind"] for event in seen["log"]["nodes"]} == set()
    note = "query Note($id: ID!) { node(id: $id) { id ... on PrivateNote { text } } }"
    stranger = (await new_seller(market.means)).owner
    for actor in (market.buyer, stranger, await new_account(market.means)):
        person = await hall.enter(server, actor)
        assert (await person.ask(note, id=added["note"]["id"]))["node"] is None
    assert (await sales.ask(note, id=added["note"]["id"]))["node"]["text"] == "Calls on Mondays."


async def test_where_an_order_came_from_is_the_sellers_side_s_alone(server: Server, market: Market, hall: Hall) -> None:
    """DSK-2, section 13: every member and operators see it and hear of it, once; the buyer never."""
    order_id = await confirmed(market)
    id = f"ord_{order_id.hex}"
    lead = "query Lead($id: ID!) { node(id: $id) { ... on Order { version leadSource log { nodes { kind } } } } }"
    sales, buyer = await hall.enter(server, market.seller.sales), await hall.enter(server, market.buyer)
    for _ in range(2):
        said = await sales.do("orderSetLeadSource", "order { version leadSource }", orderId=id, leadSource="RFQ")
        assert said["order"]["leadSource"] == "RFQ"
    for actor in (market.seller.owner, market.seller.sales, market.seller.finance, market.operator):
        seen = (await (await hall.enter(server, actor)).ask(lead, id=id))["node"]
        assert (seen["leadSource"], seen["version"]) == ("RFQ", said["order"]["version"])
        assert [event["kind"] for event in seen["log"]["nodes"]].count("LEAD_SOURCE_SET") == 1
    seen = (await buyer.ask(lead, id=id))["node"]
    assert seen["leadSource"] is None
    assert "LEAD_SOURCE_SET" not in {event["kind"] for event in seen["log"]["nodes"]}
    assert (await sales.do("orderSetLeadSource", "order { leadSource }", orderId=id, leadSource=None))["order"] == {
        "leadSource": None
    }


async def test_a_note_is_removed_once_for_good(server: Server, market: Market, hall: Hall) -> None:
    """DSK-3: a retry under the same key is answered; a colleague who is not the owner cannot."""
    id = f"ord_{(await confirmed(market)).hex}"
    owner, sales = await hall.enter(server, market.seller.owner), await hall.enter(server, market.seller.sales)
    note = (await owner.do("orderAddNote", NOTE, orderId=id, text="Ours."))["note"]["id"]
    assert await sales.refused("orderRemoveNote", orderId=id, noteId=note) == [("FORBIDDEN", "noteId")]
    again = {"orderId": id, "noteId": note, "idempotencyKey": key()}
    for _ in range(2):
        await owner.do("orderRemoveNote", **again)
    assert (await desk_of(owner, id))["privateNotes"] == []
    assert await owner.refused("orderRemoveNote", orderId=id, noteId=note) == [("NOT_FOUND", "noteId")]
    assert await owner.refused("orderRemoveNote", orderId=id, noteId="nte_1") == [("NOT_FOUND", "noteId")]


@pytest.mark.parametrize(
    ("name", "input", "expected"),
    [
        ("orderLabel", {}, ("REQUIRED", "add")),
        ("orderLabel", {"add": ["x" * 51]}, ("TOO_LONG", "add.0")),
        ("orderLabel", {"add": ["a"], "remove": ["b", " "]}, ("TOO_LONG", "remove.1")),
        ("orderLabel", {"add": [str(at) for at in range(21)]}, ("TOO_MANY", "add")),
        ("orderAddNote", {"text": " "}, ("TOO_LONG", "text")),
        ("orderAddNote", {"text": "x" * 2_001}, ("TOO_LONG", "text")),
    ],
)
async def test_what_is_wrong_is_named_and_changes_nothing(
    server: Server, market: Market, hall: Hall, name: str, input: Json, expected: tuple[str, str]
) -> None:
    """DSK-3: each with its code and its path in the input."""
    id = f"ord_{(await confirmed(market)).hex}"
    sales = await hall.enter(server, market.seller.sales)
    before = await desk_of(sales, id)
    assert await sales.refused(name, orderId=id, **input) == [expected]
    assert await desk_of(sales, id) == before
