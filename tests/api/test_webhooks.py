"""Webhooks over the API: made, told in order by several processes of which one is killed, and verified as told."""

import asyncio
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from standardwebhooks.webhooks import Webhook

from app.clock import SystemClock
from app.db import tables as t
from app.db.feed import UNNUMBERED
from app.domain.access import ALL_SCOPES, Role, Scope
from app.domain.happenings import KINDS_FOR
from tests.api.contracts import key
from tests.api.people import Hall, Json, Person
from tests.api.server import Server, serving
from tests.market import Market, confirmed, open_market
from tests.means import TestMeans
from tests.sending import DOCUMENT, Received, answer, receiving
from tests.sizes import size
from tests.tokens import issue_access_token

ENDPOINT = "endpoint { id url state trouble cursor failures previousSecretUntil variables }"
DELIVERIES = """query Look($id: ID!, $states: [WebhookDeliveryState!]) { node(id: $id) { ... on WebhookEndpoint {
  state trouble cursor keeper { id }
  deliveries(first: 100, states: $states) { totalCount nodes {
    id messageId kind cursor state attempts nextAttemptAt finishedAt
    log { number status failure tookMs answer at }
  } }
} } }"""
REST = "query Rest($after: String) { events(after: $after) { messages { cursor } } }"
SETTINGS = {"WEBHOOK_LOOPBACK": "on", "WEBHOOK_TIMEOUT": "2s"}


async def made(person: Person, url: str, **asked: Any) -> Json:
    """A new endpoint, with its secret."""
    given = {"url": url, "document": DOCUMENT, "idempotencyKey": key(), **asked}
    return await person.do("webhookEndpointCreate", f"secret {ENDPOINT}", **given)


async def looked(person: Person, id: str, *states: str) -> Json:
    """An endpoint and what was sent there."""
    found: Json = (await person.ask(DELIVERIES, id=id, states=list(states) or None))["node"]
    return found


async def test_the_story_of_an_endpoint(database_url: str, tmp_path: Path, market: Market, hall: Hall) -> None:
    """Made, tested, told, asked about, given another secret, paused, told again, deleted."""
    async with serving(database_url, tmp_path, **SETTINGS) as server, receiving() as receiver:
        owner = await hall.enter(server, market.seller.owner)
        given = {"variables": '{"types": ["ORDER_CONFIRMED"]}', "idempotencyKey": key()}
        created = await made(owner, receiver.url, **given)
        endpoint, secret = created["endpoint"], created["secret"]
        assert (endpoint["state"], endpoint["url"], endpoint["trouble"]) == ("ACTIVE", receiver.url, None)
        again = await made(owner, receiver.url, **given)
        # but for how far the feed was taken up by then: that it was made is an event itself
        again["endpoint"]["cursor"] = endpoint["cursor"]
        assert again == created, "a retry is answered the same"
        ping = (
            await owner.do(
                "webhookTest", "delivery { id kind state cursor }", endpointId=endpoint["id"], idempotencyKey=key()
            )
        )["delivery"]
        await receiver.until(1)
        await confirmed(market)
        await receiver.until(2)
        verified = [Webhook(secret).verify(each.body, dict(each.headers)) for each in receiver.received]
        assert [each["type"] for each in verified] == ["PING", "ORDER_CONFIRMED"]
        nodes: list[Json] = []
        while len(nodes) < 2:
            nodes = (await looked(owner, endpoint["id"], "DELIVERED"))["deliveries"]["nodes"]
        told, tested = nodes
        assert (tested["id"], tested["kind"], tested["cursor"]) == (ping["id"], None, None)
        assert (told["kind"], told["cursor"]) == ("ORDER_CONFIRMED", verified[1]["cursor"])
        assert [each["messageId"] for each in nodes] == [
            each.headers["webhook-id"] for each in reversed(receiver.received)
        ]
        assert [(each["number"], each["status"], each["failure"]) for each in told["log"]] == [(1, 204, None)]
        other = await owner.do(
            "webhookSecretRotate", f"secret {ENDPOINT}", endpointId=endpoint["id"], idempotencyKey=key()
        )
        assert other["secret"] != secret
        assert other["endpoint"]["previousSecretUntil"] is not None
        await owner.do("webhookEndpointPause", ENDPOINT, endpointId=endpoint["id"])
        assert await owner.refused("webhookEndpointPause", endpointId=endpoint["id"]) == [
            ("STEP_NOT_ALLOWED", "endpointId")
        ]
        again = await owner.do(
            "webhookRedeliver", ENDPOINT, endpointId=endpoint["id"], after=endpoint["cursor"], idempotencyKey=key()
        )
        assert again["endpoint"]["state"] == "ACTIVE"
        await receiver.until(3)
        last = receiver.received[-1]
        assert last.headers["webhook-id"] == told["messageId"]
        for each in (secret, other["secret"]):
            assert Webhook(each).verify(last.body, dict(last.headers))["cursor"] == told["cursor"]
        deleted = await owner.do("webhookEndpointDelete", "deletedId", endpointId=endpoint["id"])
        assert deleted["deletedId"] == endpoint["id"]
        assert await looked(owner, endpoint["id"]) is None


async def test_nobody_else_sees_an_endpoint(server: Server, market: Market, hall: Hall) -> None:
    """Its company's owners and operators; not its other members, its buyers, or strangers."""
    owner = await hall.enter(server, market.seller.owner)
    id = (await made(owner, "https://erp.invalid/hooks"))["endpoint"]["id"]
    listed = "{ viewer { webhookEndpoints(first: 5) { nodes { id } } } }"
    assert (await owner.ask(listed))["viewer"]["webhookEndpoints"]["nodes"] == [{"id": id}]
    for who in (market.seller.sales, market.seller.finance, market.buyer):
        person = await hall.enter(server, who)
        assert await looked(person, id) is None
        found = (await person.ask(listed))["viewer"]["webhookEndpoints"]
        assert found == ({"nodes": []} if who is market.buyer else None)
        assert await person.refused("webhookEndpointDelete", endpointId=id) == [
            ("NOT_FOUND", "endpointId") if who is market.buyer else ("FORBIDDEN", "")
        ]
    until = datetime.now(UTC) + timedelta(days=1)
    for scopes, seen in ((ALL_SCOPES, True), (ALL_SCOPES - {Scope.CLAIMS_READ}, False)):
        token = await issue_access_token(market.means, market.seller.owner.account_id, scopes, until)
        assert (await looked(await hall.enter(server, token), id) is not None) is seen
    operator = await hall.enter(server, market.operator)
    assert (await looked(operator, id))["keeper"] is not None


async def test_what_is_refused(server: Server, market: Market, hall: Hall) -> None:
    """Addresses inside, documents that fit nothing or cost too much, cursors of another feed."""
    owner = await hall.enter(server, market.seller.owner)
    deep = "subscription { events { event { order { " + "seller { products(first: 100) { nodes { " * 3
    deep += "id" + " } } }" * 3 + " } } } }"
    for changed, refusal in (
        ({"url": "http://erp.example.com/"}, ("INVALID", "url")),
        ({"url": "https://169.254.169.254/"}, ("INVALID", "url")),
        ({"url": "https://localhost/"}, ("INVALID", "url")),
        ({"document": "{ serverTime }"}, ("INVALID", "document")),
        ({"document": deep}, ("INVALID", "document")),
        ({"variables": "[]"}, ("INVALID", "variables")),
        ({"after": "f.999999999.1"}, ("CURSOR_UNKNOWN", "after")),
        ({"after": "o.1"}, ("CURSOR_INVALID", "after")),
    ):
        given = {"url": "https://erp.example.com/", "document": DOCUMENT, "idempotencyKey": key(), **changed}
        assert await owner.refused("webhookEndpointCreate", **given) == [refusal], changed


async def test_two_processes_one_of_them_killed(
    fresh_database_url: str, fresh_engine: AsyncEngine, tmp_path: Path, hall: Hall
) -> None:
    """A receiver that fails, stalls, lies and comes back is told everything, each order in order, and verifies it."""
    market = await open_market(TestMeans(fresh_engine, SystemClock()), quota_limit=10_000_000_00)
    turns, never, orders = 0, asyncio.get_running_loop().create_future(), size("orders told to a receiver")

    async def moody(request: Received) -> bytes | None:
        nonlocal turns
        turns += 1
        mood = turns % 23
        if mood == 3:
            return answer(500, "broken")
        if mood == 8:
            return b"HTTP/7 what?\r\n\r\n"
        if mood == 13:
            return None
        if mood == 17:
            await asyncio.wait([never], timeout=2)
        if mood == 19:
            return answer(302, location="http://127.0.0.1:1/")
        return answer(200)

    changed = {"WEBHOOK_LOOPBACK": "on", "WEBHOOK_TIMEOUT": "1s", "WEBHOOK_FIRST_WAIT": "0.001s"}
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    async with (
        serving(fresh_database_url, tmp_path / "two", **changed) as staying,
        receiving(moody) as receiver,
    ):
        dying = Server({**staying.given, "DATA_FOLDER": str(tmp_path / "one")})
        await dying.start()
        owner = await hall.enter(staying, market.seller.owner)
        created = await made(owner, receiver.url)
        for number in range(orders):
            await confirmed(market)
            if number == orders // 3:
                await dying.kill()
                await dying.start()
        await _all_delivered(owner, created["endpoint"]["id"], fresh_engine)
        await dying.stop()
    events = await owner_events(fresh_engine, market)
    hook = Webhook(created["secret"])
    accepted: dict[str, list[int]] = defaultdict(list)
    seen: set[str] = set()
    for request in receiver.accepted:
        said = hook.verify(request.body, dict(request.headers))
        if request.headers["webhook-id"] not in seen:
            seen.add(request.headers["webhook-id"])
            event = said["data"]["events"]["event"]
            if event["order"]:
                accepted[event["order"]["id"]].append(event["version"])
    assert accepted == events


async def test_a_worker_sends_them_as_well(
    fresh_database_url: str, fresh_engine: AsyncEngine, tmp_path: Path, hall: Hall
) -> None:
    """While nobody serves: in order, signed by the same secret, shaped by the same document; then it stops cleanly."""
    market = await open_market(TestMeans(fresh_engine, SystemClock()))
    kinds = ["ORDER_DRAFTED", "ORDER_SUBMITTED", "ORDER_CONFIRMED"]
    async with receiving() as receiver:
        async with serving(fresh_database_url, tmp_path, **SETTINGS) as server:
            owner = await hall.enter(server, market.seller.owner)
            created = await made(owner, receiver.url, variables=orjson.dumps({"types": kinds}).decode())
        async with serving(fresh_database_url, tmp_path, "worker", **SETTINGS):
            order_id = await confirmed(market)
            await receiver.until(len(kinds))
    hook = Webhook(created["secret"])
    events = [hook.verify(each.body, dict(each.headers))["data"]["events"]["event"] for each in receiver.received]
    assert [(each["kind"], each["order"]["id"]) for each in events] == [(kind, f"ord_{order_id.hex}") for kind in kinds]


async def owner_events(engine: AsyncEngine, market: Market) -> dict[str, list[int]]:
    """The versions of each order that its seller's owner hears of."""
    e = t.events.c
    query = select(e.order_id, e.version).where(
        e.seller_id == market.seller.id, e.order_id.is_not(None), e.kind.in_(KINDS_FOR[Role.OWNER])
    )
    found: dict[str, list[int]] = defaultdict(list)
    async with engine.connect() as connection:
        for row in await connection.execute(query.order_by(e.order_id, e.version)):
            found[f"ord_{row.order_id.hex}"].append(row.version)
    return found


async def _all_delivered(person: Person, id: str, engine: AsyncEngine) -> None:
    """Wait until every event has its position, all of them are taken up, and nothing waits to be delivered."""
    async with asyncio.timeout(600):
        while True:
            async with engine.connect() as connection:
                numbered = not (await connection.execute(text(UNNUMBERED))).scalar_one()
            cursor = (await looked(person, id))["cursor"]
            rest = (await person.ask(REST, after=cursor))["events"]["messages"]
            # last, because what is taken up meanwhile waits
            waiting = (await looked(person, id, "WAITING"))["deliveries"]["totalCount"]
            if numbered and not waiting and not rest:
                return
            await asyncio.sleep(0.2)
