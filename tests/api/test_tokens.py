"""Access tokens over the API: made by whoever may, shown to them alone, used, given another text, and ended live."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from gql.transport.exceptions import TransportError

from app.domain.access import ALL_SCOPES, Role
from tests.api.contracts import key
from tests.api.people import Hall, Json, Person
from tests.api.server import PATIENCE, Server
from tests.api.test_live import raw
from tests.market import Market, new_account, new_seller
from tests.tokens import issue_access_token
from tests.transport.talking import closed_with, run, told

TOKEN = "accessToken { id label scopes beginning maker { role } expiresAt lastUsedAt previousTextUntil revokedAt }"
ISSUED = f"{TOKEN} text notice"
LIST = f"{{ viewer {{ accessTokens(first: 10) {{ totalCount nodes {{ {TOKEN[14:-2]} }} }} }} }}"
WHO = "{ viewer { role account { email } } }"
EVENTS = "subscription { events { cursor event { kind facts { name value } } } }"


def wanted(*scopes: str, label: str = "ERP") -> Json:
    """What a token is made of."""
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    return {"label": label, "scopes": list(scopes or ("ORDERS_READ",)), "expiresAt": until, "idempotencyKey": key()}


async def listed(person: Person) -> Json | None:
    """The tokens that somebody sees."""
    found: Json | None = (await person.ask(LIST))["viewer"]["accessTokens"]
    return found


async def test_a_token_is_made_shown_once_used_and_seen_to_be(server: Server, market: Market, hall: Hall) -> None:
    """INT-1: by the owner, for a program that then acts as the owner within its scopes."""
    owner = await hall.enter(server, market.seller.owner)
    given = wanted("SHIPMENTS_WRITE", "ORDERS_READ")
    issued = await owner.do("accessTokenCreate", ISSUED, **given)
    token = issued["accessToken"]
    assert issued["notice"] is None
    assert issued["text"].startswith(token["beginning"]) and len(token["beginning"]) == 8
    assert (token["scopes"], token["maker"], token["lastUsedAt"]) == (
        *(["ORDERS_READ", "SHIPMENTS_WRITE"], {"role": "OWNER"}),
        None,
    )
    again = await owner.do("accessTokenCreate", ISSUED, **given)
    assert (again["accessToken"], again["text"]) == (token, None)
    assert "rotate the token" in again["notice"]
    program = await hall.enter(server, issued["text"])
    # without the scope for finances it looks as sales do
    assert (await program.ask(WHO))["viewer"] == {"role": "SALES", "account": {"email": market.seller.owner.email}}
    assert await listed(owner) == {"totalCount": 1, "nodes": [token]}
    used = None
    async with asyncio.timeout(PATIENCE):
        while used is None:
            await asyncio.sleep(0.2)
            used = (await listed(owner) or {})["nodes"][0]["lastUsedAt"]


async def test_who_makes_and_sees_tokens(server: Server, market: Market, hall: Hall) -> None:
    """INT-1, INT-2: a buyer their own, an owner the company's, nobody else any; and no access token."""
    seller, means = market.seller, market.means
    until = datetime.now(UTC) + timedelta(days=1)
    theirs = await issue_access_token(means, seller.sales.account_id, ALL_SCOPES, until, "Of sales")
    for actor in (seller.sales, seller.finance, market.operator):
        person = await hall.enter(server, actor)
        assert await person.refused("accessTokenCreate", **wanted()) == [("FORBIDDEN", "")]
        assert await listed(person) is None
    buyer, owner = await hall.enter(server, market.buyer), await hall.enter(server, seller.owner)
    partner = await hall.enter(server, await new_account(means, Role.OWNER, seller.id))
    own = await buyer.do("accessTokenCreate", ISSUED, **wanted(*ALL_SCOPES, label="Mine"))
    assert own["accessToken"]["maker"] is None
    whole = await owner.do("accessTokenCreate", ISSUED, **wanted(*ALL_SCOPES, label="Ours"))
    assert [node["label"] for node in (await listed(buyer) or {})["nodes"]] == ["Mine"]
    for person in (owner, partner):
        assert [node["label"] for node in (await listed(person) or {})["nodes"]] == ["Ours", "Of sales"]
    stranger = await hall.enter(server, (await new_seller(means)).owner)
    assert await listed(stranger) == {"totalCount": 0, "nodes": []}
    one = "query One($id: ID!) { node(id: $id) { id } }"
    for person in (stranger, buyer):
        assert (await person.ask(one, id=whole["accessToken"]["id"]))["node"] is None
        assert await person.refused("accessTokenRevoke", tokenId=whole["accessToken"]["id"]) == [
            ("NOT_FOUND", "tokenId")
        ]
    bare = await owner.do("accessTokenCreate", ISSUED, **wanted("FINANCE_READ", "ORDERS_READ"))
    assert await listed(await hall.enter(server, bare["text"])) == {"totalCount": 0, "nodes": []}
    for text in (own["text"], whole["text"], theirs):
        program = await hall.enter(server, text)
        code = "FORBIDDEN" if text is theirs else "PERSON_NEEDED"
        assert await program.refused("accessTokenCreate", **wanted()) == [(code, "")]
        assert await program.refused("memberRemove", memberId=f"mem_{'0' * 32}") == [
            ("PERSON_NEEDED" if text is whole["text"] else "FORBIDDEN", "")
        ]


async def test_a_rotation_interrupts_nothing(server: Server, market: Market, hall: Hall) -> None:
    """INT-1: both texts work for the overlap; without one the text before ends at once, its open sockets too."""
    owner = await hall.enter(server, market.seller.owner)
    first = await owner.do("accessTokenCreate", ISSUED, **wanted())
    token_id = first["accessToken"]["id"]
    second = await owner.do("accessTokenRotate", ISSUED, tokenId=token_id, idempotencyKey=key())
    assert second["accessToken"]["id"] == token_id
    left = datetime.fromisoformat(second["accessToken"]["previousTextUntil"]) - datetime.now(UTC)
    assert timedelta(hours=23) < left <= timedelta(hours=24)
    for issued in (first, second):
        assert (await (await hall.enter(server, issued["text"])).ask(WHO))["viewer"]["role"] == "SALES"
    async with raw(server, second["text"]) as socket:
        await run(socket, "1", EVENTS)
        assert (await told(socket))["payload"]["data"]["events"]["event"] is None
        given = {"tokenId": token_id, "overlapSeconds": 0, "idempotencyKey": key()}
        third = await owner.do("accessTokenRotate", ISSUED, **given)
        assert (await closed_with(socket))[0] == 4403
    for text, works in ((first["text"], False), (second["text"], False), (third["text"], True)):
        program = await hall.enter(server, text)
        if works:
            assert (await program.ask(WHO))["viewer"]["role"] == "SALES"
        else:
            with pytest.raises(TransportError, match="UNAUTHENTICATED"):
                await program.ask(WHO)


async def test_a_revoked_token_ends_its_open_connections(server: Server, market: Market, hall: Hall) -> None:
    """INT-1: socket and next request at once; the owner is told of it live, and its maker's own session goes on."""
    owner, buyer = await hall.enter(server, market.seller.owner), await hall.enter(server, market.buyer)
    issued = await owner.do("accessTokenCreate", ISSUED, **wanted())
    token_id = issued["accessToken"]["id"]
    async with raw(server, issued["text"]) as socket, owner.connected() as own, buyer.connected() as other:
        await run(socket, "1", EVENTS)
        assert (await told(socket))["payload"]["data"]["events"]["event"] is None
        heard, unheard = await own.listen(EVENTS), await other.listen(EVENTS)
        revoked = await owner.do("accessTokenRevoke", TOKEN, tokenId=token_id)
        assert revoked["accessToken"]["revokedAt"] is not None
        assert (await closed_with(socket))[0] == 4403
        # that it was created may be numbered only now, and is heard first then
        facts = [{"name": "token", "value": token_id}, {"name": "state", "value": "REVOKED"}]
        await heard.until(lambda message: message["event"] is not None and message["event"]["facts"] == facts)
        assert unheard.events == []
    with pytest.raises(TransportError, match="revoked"):
        await (await hall.enter(server, issued["text"])).ask(WHO)
    assert await owner.refused("accessTokenRevoke", tokenId=token_id) == [("STEP_NOT_ALLOWED", "tokenId")]
    assert await owner.refused("accessTokenRevoke", tokenId="tok_1") == [("NOT_FOUND", "tokenId")]


async def test_a_token_that_ends_by_itself_ends_its_open_connections(
    server: Server, market: Market, hall: Hall
) -> None:
    """INT-1: at its instant, whatever is going on."""
    owner = await hall.enter(server, market.seller.owner)
    soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    issued = await owner.do("accessTokenCreate", ISSUED, **{**wanted(), "expiresAt": soon})
    async with raw(server, issued["text"]) as socket:
        await run(socket, "1", EVENTS)
        code, reason = await closed_with(socket)
    assert (code, "expired" in reason) == (4403, True)
    with pytest.raises(TransportError, match="expired"):
        await (await hall.enter(server, issued["text"])).ask(WHO)


async def test_whoever_is_removed_takes_their_tokens_along(server: Server, market: Market, hall: Hall) -> None:
    """DSK-3, INT-1: the owner sees them still, as revoked."""
    seller, means = market.seller, market.means
    partner_account = await new_account(means, Role.OWNER, seller.id)
    partner, owner = await hall.enter(server, partner_account), await hall.enter(server, seller.owner)
    issued = await partner.do("accessTokenCreate", ISSUED, **wanted())
    members = "{ viewer { seller { members { id name } } account { name } } }"
    name = (await partner.ask(members))["viewer"]["account"]["name"]
    found = (await owner.ask(members))["viewer"]["seller"]["members"]
    member = next(each["id"] for each in found if each["name"] == name)
    await owner.do("memberRemove", memberId=member)
    (seen,) = (await listed(owner) or {})["nodes"]
    assert (seen["id"], seen["revokedAt"] is None) == (issued["accessToken"]["id"], False)
    with pytest.raises(TransportError, match="UNAUTHENTICATED"):
        await (await hall.enter(server, issued["text"])).ask(WHO)


async def test_what_is_wrong_with_a_token_is_told_all_at_once(server: Server, market: Market, hall: Hall) -> None:
    """INT-1: with the fields as the client wrote them."""
    owner = await hall.enter(server, market.seller.owner)
    given = {"label": " ", "scopes": [], "expiresAt": "2020-01-01T00:00:00Z", "idempotencyKey": key()}
    assert await owner.refused("accessTokenCreate", **given) == [
        ("REQUIRED", "label"),
        ("REQUIRED", "scopes"),
        ("OUT_OF_RANGE", "expiresAt"),
    ]
    issued = await owner.do("accessTokenCreate", ISSUED, **wanted())
    wrong = {"tokenId": issued["accessToken"]["id"], "overlapSeconds": 604_801, "idempotencyKey": key()}
    assert await owner.refused("accessTokenRotate", **wrong) == [("OUT_OF_RANGE", "overlapSeconds")]
