"""Endpoints that are well or not: paused by the server and reported, paused by people, resumed, told again."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from app.actions import deliveries, orders, webhooks
from app.actions.webhooks import Asked
from app.actions.work import call_of
from app.db import tables as t
from app.domain.deliveries import TESTS_MOST, Terms
from app.domain.errors import ErrorCode, Refusal
from app.domain.webhooks import ENDPOINTS_MOST, Place
from app.jobs.webhooks import Sender
from app.keyring import Keyring
from tests.market import by, confirmed, drafted, new_account, open_market
from tests.sending import DOCUMENT, KEY, PostRoom, Received, answer, receiving

DRAFTS = '{"types": ["ORDER_DRAFTED"]}'


async def _said(what: bytes | None) -> bytes | None:
    return what


async def unhealthy(room: PostRoom) -> list[dict[str, str]]:
    """The facts of what the owner was told of endpoints that the server paused."""
    rows = await room.rows(t.events, kind="WEBHOOK_UNHEALTHY")
    assert {row.seller_id for row in rows} <= {room.market.seller.id}
    return [{fact["name"]: fact["value"] for fact in row.data["facts"]} for row in rows]


async def test_an_endpoint_that_accepts_nothing_for_a_day_is_paused_and_loses_nothing(room: PostRoom) -> None:
    """Reported to the owner; resumed, everything is sent in order, with all attempts before it."""
    async with receiving(lambda _: _said(answer(500))) as receiver:
        issued = await room.endpoint(receiver.url, variables=DRAFTS)
        await drafted(room.market)
        patient = replace(room.sending, terms=Terms(attempts=50))
        sender = Sender(patient)
        began = room.means.time.at
        while (await room.row(issued.id)).state == "ACTIVE":
            await room.sent(sender)
            room.means.time.step(minutes=37)
        found = await room.row(issued.id)
        assert (found.state, found.trouble) == ("UNHEALTHY", "FAILING")
        paused_at = room.means.time.at - timedelta(minutes=37)
        assert timedelta(hours=24) <= paused_at - began < timedelta(hours=24 + 8)
        (told,) = await unhealthy(room)
        assert (told["endpoint"], told["trouble"]) == (f"whk_{issued.id.hex}", "FAILING")
        await drafted(room.market)
        before = len(receiver.received)
        room.means.time.step(days=2)
        assert await room.sent(sender) == 0
        assert len(receiver.received) == before
        receiver.manner = lambda _: _said(answer(200))
        await webhooks.resume(room.means, call_of(room.market.seller.owner, "webhookEndpointResume", {}), issued.id)
        assert await room.sent(sender) == 2
    rows = await room.deliveries(issued.id)
    assert [(row.state, row.attempts) for row in rows] == [("DELIVERED", 1), ("DELIVERED", 1)]
    found = await room.row(issued.id)
    assert (found.state, found.trouble, found.failures) == ("ACTIVE", None, 0)


async def test_few_failures_say_little(room: PostRoom) -> None:
    """However long ago the first one was, an endpoint is not paused for a handful."""
    async with receiving(lambda _: _said(answer(500))) as receiver:
        issued = await room.endpoint(receiver.url, variables=DRAFTS)
        await drafted(room.market)
        await room.sent()
        room.means.time.step(days=3)
        await room.sent()
    found = await room.row(issued.id)
    assert (found.state, found.failures) == ("ACTIVE", 2)


async def test_gone_is_gone(room: PostRoom) -> None:
    """410 pauses an endpoint at once; what waits, waits."""
    async with receiving(lambda _: _said(answer(410))) as receiver:
        issued = await room.endpoint(receiver.url, variables=DRAFTS)
        await drafted(room.market)
        assert await room.sent() == 1
        assert (await room.row(issued.id)).trouble == "GONE"
        assert [each["trouble"] for each in await unhealthy(room)] == ["GONE"]
        assert [row.state for row in await room.deliveries(issued.id)] == ["WAITING"]


async def test_a_person_pauses_and_resumes(room: PostRoom) -> None:
    """Nothing is sent meanwhile, and it goes on where it was."""
    owner = room.market.seller.owner
    async with receiving() as receiver:
        issued = await room.endpoint(receiver.url, variables=DRAFTS)
        await webhooks.pause(room.means, call_of(owner, "webhookEndpointPause", {}), issued.id)
        await drafted(room.market)
        assert await room.sent() == 0
        await webhooks.resume(room.means, call_of(owner, "webhookEndpointResume", {}), issued.id)
        assert await room.sent() == 1
        for again, act in (("RESUMED", webhooks.resume), ("DELETED", None)):
            if act is not None:
                with pytest.raises(Refusal, match="not paused"):
                    await act(room.means, call_of(owner, again, {}), issued.id)
        await webhooks.delete(room.means, call_of(owner, "webhookEndpointDelete", {}), issued.id)
        await drafted(room.market)
        assert await room.sent() == 0
        with pytest.raises(Refusal) as refused:
            await webhooks.resume(room.means, call_of(owner, "webhookEndpointResume", {}), issued.id)
        assert refused.value.code is ErrorCode.NOT_FOUND
    changes = [row.data["facts"][1]["value"] for row in await room.rows(t.events, kind="WEBHOOK_CHANGED")]
    assert changes == ["CREATED", "PAUSED", "RESUMED", "DELETED"]


async def test_everything_behind_a_cursor_is_delivered_again(room: PostRoom) -> None:
    """In order, under the same ids; what is under way is waited for, so nothing overtakes."""
    owner, gate = room.market.seller.owner, asyncio.Event()
    async with receiving() as receiver:
        issued = await room.endpoint(receiver.url)
        began = await room.place()
        order_id = await confirmed(room.market)
        await room.sent()
        once = [each.headers["webhook-id"] for each in receiver.received if _about(each, order_id)]
        await orders.assign(room.means, by(owner), order_id, None)

        async def hold(_: Received) -> bytes | None:
            await gate.wait()
            return answer(200)

        receiver.manner, before = hold, len(receiver.received)
        await room.numbered()
        slow, quick = room.sender(), room.sender()
        assert await slow.look() == 1
        await receiver.until(before + 1)
        call = call_of(owner, "webhookRedeliver", {}, "again")
        await webhooks.redeliver(room.means, call, issued.id, began)
        seen = len(receiver.received)
        assert await quick.look() == 0, "one is under way"
        gate.set()
        await slow.settled()
        assert await webhooks.redeliver(room.means, call, issued.id, began) == issued.id, "a retry does nothing more"
        await room.sent(quick)
        again = [each for each in receiver.received[seen:] if _about(each, order_id)]
        versions = [each.event["version"] for each in again]
        assert versions == list(range(1, len(versions) + 1))
        assert [each.headers["webhook-id"] for each in again][: len(once)] == once
    rows = await room.deliveries(issued.id)
    assert {row.state for row in rows} == {"DELIVERED"}
    assert {row.attempts for row in rows if row.kind == "ORDER_DRAFTED"} == {1}
    log = await room.rows(t.webhook_attempts, delivery_id=next(row.id for row in rows if row.kind == "ORDER_DRAFTED"))
    assert [each.number for each in log] == [1, 2]


def _about(request: Received, order_id: UUID) -> bool:
    return bool(request.event["order"]) and request.event["order"]["id"] == f"ord_{order_id.hex}"


async def test_two_secrets_sign_while_one_is_replaced(room: PostRoom) -> None:
    """Both for the overlap, the newest first; then it alone; a third ends the first at once."""
    owner = room.market.seller.owner
    async with receiving() as receiver:
        issued = await room.endpoint(receiver.url, variables=DRAFTS)
        first = str(issued.secret)

        async def rotated(key: str) -> str:
            call = call_of(owner, "webhookSecretRotate", {}, key)
            made = await webhooks.rotate(room.means, room.outgoing, call, issued.id, timedelta(hours=1))
            assert made == await webhooks.rotate(room.means, room.outgoing, call, issued.id, timedelta(hours=1))
            return str(made.secret)

        async def signs() -> tuple[int, list[bool]]:
            await drafted(room.market)
            await room.sent()
            last = receiver.received[-1]
            count = len(last.headers["webhook-signature"].split(" "))
            return count, [last.signed_by(secret) for secret in secrets]

        secrets = [first]
        assert await signs() == (1, [True])
        secrets.append(await rotated("one"))
        assert await signs() == (2, [True, True])
        secrets.append(await rotated("two"))
        assert await signs() == (2, [False, True, True])
        room.means.time.step(hours=1)
        assert await signs() == (1, [False, False, True])
        assert len(set(secrets)) == 3
        for overlap in (timedelta(seconds=-1), timedelta(days=7, seconds=1)):
            call = call_of(owner, "webhookSecretRotate", {}, str(overlap))
            with pytest.raises(Refusal) as refused:
                await webhooks.rotate(room.means, room.outgoing, call, issued.id, overlap)
            assert refused.value.code is ErrorCode.OUT_OF_RANGE


async def test_no_secret_is_kept(room: PostRoom) -> None:
    """The database holds nothing that a secret could be read from, and the log of events does not either."""
    async with receiving() as receiver:
        issued = await room.endpoint(receiver.url, key="made once")
    plain = str(issued.secret).removeprefix("whsec_")
    for table in (t.webhook_endpoints, t.events, t.idempotency_keys):
        async with room.means.engine.connect() as connection:
            rows = [str(tuple(row)) for row in await connection.execute(table.select())]
        assert rows
        assert [row for row in rows if plain in row or KEY in row] == []


async def test_a_key_that_left_the_settings_is_reported(room: PostRoom) -> None:
    """Nothing is sent unsigned; another secret of a key that is there cures it."""
    async with receiving() as receiver:
        issued = await room.endpoint(receiver.url, variables=DRAFTS)
        await drafted(room.market)
        other = "another key of the tests, which is as long as it must be"
        without = replace(room.sending, secrets=Keyring((other,)))
        assert await room.sent(Sender(without)) == 0
        assert [each["trouble"] for each in await unhealthy(room)] == ["SECRET_LOST"]
        both = replace(room.sending, secrets=Keyring((other, KEY)))
        await webhooks.resume(room.means, call_of(room.market.seller.owner, "webhookEndpointResume", {}), issued.id)
        assert await room.sent(Sender(both)) == 1
        assert receiver.received[0].signed_by(str(issued.secret))


async def test_whoever_lost_their_place_is_told_nothing_more(room: PostRoom) -> None:
    """A removed owner's endpoint is paused; another owner resumes it, and it is theirs then."""
    other = await new_account(room.means, room.market.seller.owner.role, room.market.seller.id)
    async with receiving() as receiver:
        issued = await room.endpoint(receiver.url, who=other, variables=DRAFTS)
        await drafted(room.market)
        async with room.means.engine.begin() as connection:
            gone = update(t.members).where(t.members.c.account_id == other.account_id)
            await connection.execute(gone.values(removed_at=room.means.time.at))
        assert await room.sent() == 0
        assert [each["trouble"] for each in await unhealthy(room)] == ["LOST_PLACE"]
        owner = room.market.seller.owner
        await webhooks.resume(room.means, call_of(owner, "webhookEndpointResume", {}), issued.id)
        assert await room.sent() == 1
    assert (await room.row(issued.id)).account_id == owner.account_id


async def test_a_buyer_is_told_of_their_own_orders_and_nothing_of_the_sellers_side(room: PostRoom) -> None:
    """The same filter as every other way to the events."""
    elsewhere = await open_market(room.means)
    async with receiving() as receiver:
        await room.endpoint(receiver.url, who=room.market.buyer)
        own = await confirmed(room.market)
        await confirmed(elsewhere)
        await room.sent()
    told = [each.event for each in receiver.received]
    assert {event["order"]["id"] for event in told if event["subject"] == "ORDER"} == {f"ord_{own.hex}"}
    kinds = {event["kind"] for event in told}
    assert "ORDER_CONFIRMED" in kinds
    assert kinds.isdisjoint({"BUYER_MATCHED", "QUOTA_SHORT", "SALESPERSON_ASSIGNED"})


async def test_what_is_asked_for_no_more_is_withheld(room: PostRoom) -> None:
    """Looked at again at every attempt: what its keeper may hear by then decides, not what was when it was taken up."""
    owner = room.market.seller.owner
    async with receiving(lambda _: _said(answer(500))) as receiver:
        issued = await room.endpoint(receiver.url, variables=DRAFTS)
        await drafted(room.market)
        await room.sent()
        call = call_of(owner, "webhookEndpointChange", {})
        asked = Asked(variables='{"types": ["ORDER_SUBMITTED"]}')
        assert await webhooks.change(room.means, room.outgoing, call, issued.id, asked) == issued.id
        room.means.time.step(seconds=10)
        await room.sent()
    assert len(receiver.received) == 1
    assert [row.state for row in await room.deliveries(issued.id)] == ["WITHHELD"]


async def test_a_test_is_sent_once_also_while_paused(room: PostRoom) -> None:
    """A PING, signed; so many at a time and no more; whether it was accepted changes nothing else."""
    owner = room.market.seller.owner
    async with receiving() as receiver:
        issued = await room.endpoint(receiver.url, variables=DRAFTS)
        await webhooks.pause(room.means, call_of(owner, "webhookEndpointPause", {}), issued.id)
        made = [
            await webhooks.test(room.means, call_of(owner, "webhookTest", {}, f"test {number}"), issued.id)
            for number in range(TESTS_MOST)
        ]
        with pytest.raises(Refusal) as refused:
            await webhooks.test(room.means, call_of(owner, "webhookTest", {}, "one more"), issued.id)
        assert refused.value.code is ErrorCode.TOO_MANY
        again = await webhooks.test(room.means, call_of(owner, "webhookTest", {}, "test 0"), issued.id)
        assert again == made[0]
        assert await room.sent() == TESTS_MOST
        ping = receiver.received[0]
        assert (ping.said["type"], ping.said["cursor"], ping.said["data"]) == ("PING", None, None)
        assert ping.signed_by(str(issued.secret))
        receiver.manner = lambda _: _said(answer(500))
        bad = await webhooks.test(room.means, call_of(owner, "webhookTest", {}, "bad"), issued.id)
        assert await room.sent() == 1
    (row,) = await room.rows(t.webhook_deliveries, id=bad)
    assert row.state == "DEAD"
    assert (await room.row(issued.id)).failures == 0


async def test_a_place_that_the_feed_never_had_is_reported(room: PostRoom) -> None:
    """After a restore nothing is skipped in silence."""
    async with receiving() as receiver:
        issued = await room.endpoint(receiver.url, place=Place(10**9, 10**9))
        async with room.means.engine.begin() as connection:
            await connection.execute(update(t.webhook_endpoints).values(position=1, event_id=10**9))
        await drafted(room.market)
        assert await room.sent() == 0
    assert (await room.row(issued.id)).trouble == "CURSOR_LOST"


async def test_there_are_so_many_endpoints(room: PostRoom) -> None:
    """A company has ten at most; a deleted one makes room, and a retry makes none."""
    url = "https://erp.example.com/hooks"
    made = [await room.endpoint(url, key=f"number {number}") for number in range(ENDPOINTS_MOST)]
    with pytest.raises(Refusal) as refused:
        await room.endpoint(url)
    assert refused.value.code is ErrorCode.TOO_MANY
    assert await room.endpoint(url, key="number 3") == made[3]
    owner = room.market.seller.owner
    await webhooks.delete(room.means, call_of(owner, "webhookEndpointDelete", {}), made[0].id)
    await room.endpoint(url)


async def test_only_buyers_and_owners_keep_endpoints(room: PostRoom) -> None:
    """In person, and strangers have nothing of anybody's."""
    seller = room.market.seller
    token = replace(seller.owner, token_id=room.means.mint.id())
    for actor, code in (
        (seller.sales, ErrorCode.FORBIDDEN),
        (seller.finance, ErrorCode.FORBIDDEN),
        (room.market.operator, ErrorCode.FORBIDDEN),
        (token, ErrorCode.PERSON_NEEDED),
    ):
        with pytest.raises(Refusal) as refused:
            await room.endpoint("https://erp.example.com/hooks", who=actor)
        assert refused.value.code is code
    issued = await room.endpoint("https://erp.example.com/hooks")
    for stranger in (room.market.buyer, await new_account(room.means)):
        with pytest.raises(Refusal) as refused:
            await webhooks.delete(room.means, call_of(stranger, "webhookEndpointDelete", {}), issued.id)
        assert refused.value.code is ErrorCode.NOT_FOUND


async def test_documents_that_nothing_can_be_sent_by(room: PostRoom) -> None:
    """Refused when they are given, with what is wrong with them."""
    for document, variables, field in (
        ("query { serverTime }", None, "document"),
        ('subscription { orderUpdates(orderId: "ord_1") { cursor } }', None, "document"),
        ('subscription { events(after: "f.0.0") { cursor } }', None, "document"),
        ("subscription { a: events { cursor } b: events { cursor } }", None, "document"),
        ("subscription { events { nothing } }", None, "document"),
        ("subscription { events {", None, "document"),
        (DOCUMENT, '{"types": ["NOTHING"]}', "variables"),
        (DOCUMENT, '["types"]', "variables"),
        (DOCUMENT, "{", "variables"),
    ):
        with pytest.raises(Refusal) as refused:
            await room.endpoint("https://erp.example.com/hooks", document=document, variables=variables)
        assert (refused.value.code, refused.value.field) == (ErrorCode.INVALID, (field,)), document
    assert await room.rows(t.webhook_endpoints) == []


async def test_a_document_may_take_the_cursor_that_sockets_resume_by(room: PostRoom) -> None:
    """The same text works over a socket and as a webhook, and `events` may be called something else."""
    document = "subscription Booked($after: String) { told: events(after: $after) { cursor event { kind } } }"
    async with receiving() as receiver:
        await room.endpoint(receiver.url, document=document)
        await drafted(room.market)
        assert await room.sent() > 0
    assert receiver.received[-1].said["data"]["told"]["cursor"] == receiver.received[-1].said["cursor"]


async def test_logs_are_kept_for_their_time(room: PostRoom) -> None:
    """Finished deliveries and deleted endpoints are let go of; what waits stays."""
    owner, kept = room.market.seller.owner, timedelta(days=7)
    async with receiving() as receiver:
        issued = await room.endpoint(receiver.url, variables=DRAFTS)
        await drafted(room.market)
        await room.sent()
        receiver.manner = lambda _: _said(answer(500))
        await drafted(room.market)
        await room.sent()
    room.means.time.step(days=7)
    assert await deliveries.forget_old(room.means, kept) == 0
    room.means.time.step(seconds=1)
    assert await deliveries.forget_old(room.means, kept) == 1
    assert [row.state for row in await room.deliveries(issued.id)] == ["WAITING"]
    assert len(await room.rows(t.webhook_attempts)) == 1
    await webhooks.delete(room.means, call_of(owner, "webhookEndpointDelete", {}), issued.id)
    room.means.time.step(days=8)
    assert await deliveries.forget_old(room.means, kept) == 2
    assert await room.rows(t.webhook_endpoints) == []
