"""Sheets over the API (DSK-3): asked for, followed live, fetched by a link that expires, and by nobody else's."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from gql.transport.exceptions import TransportQueryError
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from app.clock import SystemClock
from app.db import tables as t
from app.links import LIFETIME, Links
from tests.actions.desks import of_csv, of_xlsx
from tests.api.contracts import key
from tests.api.people import Hall, Json, Person
from tests.api.server import Server, serving
from tests.asking import http_client
from tests.market import Market, confirmed, new_seller, open_market, submitted
from tests.means import TestMeans

SHEET = "sheet { id format state rows total size requestedAt finishedAt expiresAt failure }"
LINK = "query Link($id: ID!) { sheetLink(sheetId: $id) { path expiresAt } }"
EVENTS = "subscription { events(types: [SHEET_CHANGED]) { cursor event { kind subject facts { name value } } } }"


async def fetched(server: Server, path: str) -> httpx.Response:
    """What stands behind a path, without a token."""
    async with http_client() as client:
        return await client.get(f"{server.url}{path}")


def facts(message: Json) -> Json:
    """The facts of an event's message, by name."""
    return {fact["name"]: fact["value"] for fact in message["event"]["facts"]} if message["event"] else {}


async def ready(person: Person, format: str, **asked: object) -> tuple[Json, Json]:
    """A sheet that somebody asks for and follows until it is ready; as it was asked for, and as it was told."""
    async with person.connected() as socket:
        listener = await socket.listen(EVENTS)
        await listener.opened()
        made = (await person.do("sheetRequest", SHEET, format=format, idempotencyKey=key(), **asked))["sheet"]
        heard = await listener.until(lambda message: facts(message).get("state") in ("READY", "FAILED"))
    return made, facts(heard.message)


async def link_of(person: Person, sheet: str) -> str:
    """Where a sheet is fetched."""
    return str((await person.ask(LINK, id=sheet))["sheetLink"]["path"])


async def test_the_story_of_a_sheet(market: Market, server: Server, hall: Hall) -> None:
    """DSK-3: asked for, told as it comes on, listed, and fetched by its link, as CSV and as a workbook."""
    order_id = await confirmed(market)
    owner = await hall.enter(server, market.seller.owner)
    for format, read, media_type in (
        ("CSV", of_csv, "text/csv; charset=utf-8"),
        ("XLSX", of_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ):
        made, told = await ready(owner, format, orderIds=[f"ord_{order_id.hex}"])
        assert (made["format"], made["state"], made["rows"]) == (format, "WAITING", 0)
        assert told == {"sheet": made["id"], "state": "READY", "rows": "1", "total": "1"}
        look = f"query {{ viewer {{ sheets(first: 1) {{ nodes {{ {SHEET[8:-2]} }} }} }} }}"
        (shown,) = (await owner.ask(look))["viewer"]["sheets"]["nodes"]
        assert (shown["id"], shown["state"], shown["rows"], shown["failure"]) == (made["id"], "READY", 1, None)
        kept = datetime.fromisoformat(shown["expiresAt"]) - datetime.fromisoformat(shown["finishedAt"])
        assert kept == server.settings.sheet_retention == timedelta(days=7)
        answer = await fetched(server, await link_of(owner, made["id"]))
        assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
        assert (len(answer.content), answer.headers["content-length"]) == (shown["size"], str(shown["size"]))
        assert answer.headers["content-disposition"] == (
            f'attachment; filename="orders-{made["requestedAt"][:10]}.{format.lower()}"'
        )
        assert answer.headers["cache-control"].startswith("private")
        head, row = read(answer.content)
        assert dict(zip(head, row, strict=True))["Agreed total"] == "551.23"


async def test_a_link_opens_what_it_names_and_only_for_its_time(market: Market, server: Server, hall: Hall) -> None:
    """DSK-3: expired, made by others, or pointed at another sheet: refused; and others have no sheet of yours."""
    owner = await hall.enter(server, market.seller.owner)
    made, _ = await ready(owner, "CSV")
    other = await hall.enter(server, (await new_seller(market.means)).owner)
    theirs, _ = await ready(other, "CSV")
    path = await link_of(owner, made["id"])
    assert (await fetched(server, path)).status_code == 200
    address, _, signed = path.partition("?")
    own, now = Links(server.settings.jwt_secrets), datetime.now(UTC)
    for wrong in (
        address,
        f"/sheets/{theirs['id']}?{signed}",
        path[:-1] + ("0" if path[-1] != "0" else "1"),
        path.replace("expires=", "expires=1"),
        own.signed(address, now - timedelta(seconds=1)),
        Links(("somebody else's key, which is long enough",)).signed(address, now + LIFETIME),
    ):
        answer = await fetched(server, wrong)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN"), wrong
    gone = await fetched(server, own.signed(f"/sheets/sht_{'0' * 32}", now + LIFETIME))
    assert (gone.status_code, gone.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")
    colleague = await hall.enter(server, market.seller.sales)
    for stranger in (other, colleague, await hall.enter(server, market.buyer)):
        assert await stranger.ask("query Look($id: ID!) { node(id: $id) { id } }", id=made["id"]) == {"node": None}
        with pytest.raises(TransportQueryError, match="NOT_FOUND"):
            await stranger.ask(LINK, id=made["id"])
        assert await stranger.refused("sheetCancel", sheetId=made["id"]) == [("NOT_FOUND", "sheetId")]


async def test_whoever_lost_their_place_has_lost_their_links(market: Market, server: Server, hall: Hall) -> None:
    """Section 13: a link of somebody who was removed from the company opens nothing."""
    sales = await hall.enter(server, market.seller.sales)
    made, _ = await ready(sales, "CSV")
    path = await link_of(sales, made["id"])
    assert (await fetched(server, path)).status_code == 200
    async with market.means.engine.begin() as connection:
        gone = update(t.members).where(t.members.c.account_id == market.seller.sales.account_id)
        await connection.execute(gone.values(removed_at=datetime.now(UTC)))
    assert (await fetched(server, path)).status_code == 403


async def test_who_is_refused(market: Market, server: Server, hall: Hall) -> None:
    """DSK-3: buyers and operators, lists that are none, ids that are none."""
    for who in (market.buyer, market.operator):
        person = await hall.enter(server, who)
        assert await person.refused("sheetRequest", format="CSV", idempotencyKey=key()) == [("FORBIDDEN", "")]
    owner = await hall.enter(server, market.seller.owner)
    asked = {"format": "CSV", "idempotencyKey": key()}
    assert await owner.refused("sheetRequest", **asked, orderIds=[]) == [("REQUIRED", "orderIds")]
    assert await owner.refused("sheetRequest", **asked, orderIds=["sel_1"]) == [("NOT_FOUND", "orderIds")]
    assert await owner.refused("sheetCancel", sheetId="ord_1") == [("NOT_FOUND", "sheetId")]


async def test_a_filter_is_kept_as_it_was_said(market: Market, server: Server, hall: Hall) -> None:
    """DSK-2, DSK-3: with its nested conditions, amounts and instants; what no list takes, no sheet takes."""
    await submitted(market)
    agreed = await confirmed(market)
    owner = await hall.enter(server, market.seller.owner)
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    wanted = {
        "and": [{"status": ["PENDING_PAYMENT", "COMPLETED"]}, {"not": {"currency": ["EUR"]}}],
        "or": [{"overdue": False}, {"tab": "FINISHED"}],
        "amount": {"currencyCode": "USD", "least": "551.23", "most": None},
        "created": {"from": since},
    }
    made, told = await ready(owner, "CSV", filter=wanted)
    assert (told["rows"], told["total"]) == ("1", "1")
    _, row = of_csv((await fetched(server, await link_of(owner, made["id"]))).content)
    shown = await owner.ask(
        "query Look($id: ID!) { node(id: $id) { ... on Order { number } } }", id=f"ord_{agreed.hex}"
    )
    assert row[0] == shown["node"]["number"]
    deep: Json = {"overdue": True}
    for _ in range(5):
        deep = {"not": deep}
    asked = {"format": "CSV", "idempotencyKey": key()}
    assert await owner.refused("sheetRequest", **asked, filter=deep) == [("TOO_MANY", "filter")]
    both = {"orderIds": [f"ord_{agreed.hex}"], "filter": wanted}
    assert await owner.refused("sheetRequest", **asked, **both) == [("INVALID", "filter")]


async def test_a_killed_server_leaves_its_sheets_to_the_next(
    fresh_database_url: str, fresh_engine: AsyncEngine, tmp_path: Path, hall: Hall
) -> None:
    """DSK-3: what was asked for is a row: whichever process comes next writes it, once nobody does."""
    market = await open_market(TestMeans(fresh_engine, SystemClock()))
    await submitted(market)
    async with serving(fresh_database_url, tmp_path) as server:
        owner = await hall.enter(server, market.seller.owner)
        made = (await owner.do("sheetRequest", SHEET, format="CSV", idempotencyKey=key()))["sheet"]
        await server.kill()
        async with fresh_engine.begin() as connection:
            minute_later = {"leased_until": datetime.now(UTC) - timedelta(seconds=1)}
            leased = update(t.sheets).where(t.sheets.c.leased_until.is_not(None))
            await connection.execute(leased.values(minute_later))
        await server.start()
        again = await hall.enter(server, market.seller.owner)
        async with again.connected() as socket:
            listener = await socket.listen(EVENTS)
            await listener.opened()
            (shown,) = (await again.ask("{ viewer { sheets(first: 1) { nodes { state } } } }"))["viewer"]["sheets"][
                "nodes"
            ]
            if shown["state"] != "READY":
                await listener.until(lambda message: facts(message).get("state") == "READY")
        answer = await fetched(server, await link_of(again, made["id"]))
        assert answer.status_code == 200, answer.text
        assert len(of_csv(answer.content)) == 2
