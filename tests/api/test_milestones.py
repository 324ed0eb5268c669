"""Production follow-up over the API: the seller reports with pictures, and the buyer sees it live (SHP-7)."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.access import ALL_SCOPES, Scope
from tests.api.contracts import key
from tests.api.people import Hall, Json
from tests.api.server import Server
from tests.api.test_files import Post
from tests.market import Market, confirmed, dispatched, new_account, paid
from tests.papers import PDF_FILE, PNG_FILE
from tests.tokens import issue_access_token

MILESTONE = "milestone { id date text pictures { id path purpose } addedAt }"
FOLLOWED = "query Followed($id: ID!) { node(id: $id) { ... on Order { milestones { date text pictures { path } } } } }"
WATCH = (
    "subscription Watch($id: ID!) { orderUpdates(orderId: $id) { event { kind facts { name value } } order { id } } }"
)
TODAY = datetime.now(UTC).date()


async def test_the_buyer_sees_what_is_reported(server: Server, market: Market, hall: Hall) -> None:
    """SHP-7: live, by day, with its pictures to fetch; a stranger sees and fetches nothing."""
    post, order_id = Post(server), await paid(market)
    sales, buyer = await hall.enter(server, market.seller.sales), await hall.enter(server, market.buyer)
    id = f"ord_{order_id.hex}"
    picture = await post.sent(market.seller.sales, PNG_FILE, purpose="PRODUCTION", name="moulds.png")
    async with buyer.connected() as socket:
        listener = await socket.listen(WATCH, id=id)
        given = {"orderId": id, "date": str(TODAY), "text": "Moulds.", "fileIds": [picture], "idempotencyKey": key()}
        made = await sales.do("milestoneAdd", MILESTONE, **given)
        heard = await listener.kind("MILESTONE_ADDED")
    facts = {fact["name"]: fact["value"] for fact in heard.message["event"]["facts"]}
    assert facts == {"milestone": made["milestone"]["id"], "date": str(TODAY), "pictures": "1"}
    assert await sales.do("milestoneAdd", MILESTONE, **given) == made
    before = str(TODAY - timedelta(days=0))
    await sales.do("milestoneAdd", orderId=id, date=before, text="Cast.")
    shown = (await buyer.ask(FOLLOWED, id=id))["node"]["milestones"]
    assert [(each["text"], len(each["pictures"])) for each in shown] == [("Moulds.", 1), ("Cast.", 0)]
    path = shown[0]["pictures"][0]["path"]
    assert (await post.fetch(market.buyer, path)).content == PNG_FILE
    stranger = await new_account(market.means)
    assert (await post.fetch(stranger, path)).status_code == 404
    person = await hall.enter(server, stranger)
    milestone = "query One($id: ID!) { node(id: $id) { id } }"
    assert (await person.ask(milestone, id=made["milestone"]["id"]))["node"] is None
    assert (await buyer.ask(milestone, id=made["milestone"]["id"]))["node"] == {"id": made["milestone"]["id"]}


async def test_a_wrong_report_is_taken_back(server: Server, market: Market, hall: Hall) -> None:
    """SHP-7: once, by the seller, and gone for both sides; its pictures are still fetched."""
    post, id = Post(server), f"ord_{(await paid(market)).hex}"
    sales, buyer = await hall.enter(server, market.seller.sales), await hall.enter(server, market.buyer)
    picture = await post.sent(market.seller.sales, PNG_FILE, purpose="PRODUCTION", name="moulds.png")
    given = {"orderId": id, "date": str(TODAY), "text": "Moulds.", "fileIds": [picture]}
    milestone = (await sales.do("milestoneAdd", MILESTONE, **given))["milestone"]["id"]
    wrong = {"orderId": id, "milestoneId": milestone, "idempotencyKey": key()}
    assert await buyer.refused("milestoneTakeBack", **wrong) == [("FORBIDDEN", "")]
    for _ in range(2):
        await sales.do("milestoneTakeBack", **wrong)
    assert (await buyer.ask(FOLLOWED, id=id))["node"]["milestones"] == []
    assert (await post.fetch(market.buyer, f"/files/{picture}")).status_code == 200
    again = {**wrong, "idempotencyKey": key()}
    assert await sales.refused("milestoneTakeBack", **again) == [("NOT_FOUND", "milestoneId")]


@pytest.mark.parametrize(
    ("input", "expected"),
    [
        ({"text": " "}, ("TOO_LONG", "text")),
        ({"date": str(TODAY + timedelta(days=2))}, ("OUT_OF_RANGE", "date")),
        ({"date": "2001-01-01"}, ("OUT_OF_RANGE", "date")),
        ({"fileIds": [f"fil_{'0' * 32}"]}, ("FILE_REFUSED", "fileIds.0")),
        ({"fileIds": ["nonsense"]}, ("NOT_FOUND", "fileIds")),
        ({"fileIds": [f"fil_{'0' * 32}"] * 21}, ("TOO_MANY", "fileIds")),
    ],
)
async def test_what_is_wrong_is_named(
    server: Server, market: Market, hall: Hall, input: Json, expected: tuple[str, str]
) -> None:
    """SHP-7: with its code and its path in the input; nothing is reported."""
    id = f"ord_{(await confirmed(market)).hex}"
    sales = await hall.enter(server, market.seller.sales)
    given = {"orderId": id, "date": str(TODAY), "text": "Cut.", **input}
    assert await sales.refused("milestoneAdd", **given) == [expected]
    assert (await sales.ask(FOLLOWED, id=id))["node"]["milestones"] == []


async def test_who_reports_and_when(server: Server, market: Market, hall: Hall) -> None:
    """SHP-7, section 16: the seller's owner and sales, with a token for goods, until everything is dispatched."""
    order_id, left = await paid(market), await dispatched(market)
    given = {"orderId": f"ord_{order_id.hex}", "date": str(TODAY), "text": "Cut."}
    for actor in (market.buyer, market.seller.finance, market.operator):
        person = await hall.enter(server, actor)
        assert await person.refused("milestoneAdd", **given) == [("FORBIDDEN", "")]
    until = datetime.now(UTC) + timedelta(days=1)
    owner, bare = market.seller.owner.account_id, ALL_SCOPES - {Scope.SHIPMENTS_WRITE}
    token = await issue_access_token(market.means, owner, bare, until)
    assert await (await hall.enter(server, token)).refused("milestoneAdd", **given) == [("SCOPE_MISSING", "")]
    person = await hall.enter(server, market.seller.owner)
    await person.do("milestoneAdd", **given)
    late = {**given, "orderId": f"ord_{left.hex}"}
    assert await person.refused("milestoneAdd", **late) == [("STEP_NOT_ALLOWED", "")]
    papers = await Post(server).send(market.seller.owner, PDF_FILE, purpose="PRODUCTION", name="plan.pdf")
    assert papers.status_code == 422
