"""What receivers and keepers ask for: to be left alone for a while, and one event again that was given up."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from app.actions import orders, webhooks
from app.actions.work import call_of
from app.db import tables as t
from app.domain.access import Actor
from app.domain.deliveries import AT_ONCE, LONGEST_WAIT
from app.domain.errors import ErrorCode, Refusal
from app.jobs.webhooks import Sender
from tests.market import by, drafted, new_account, open_market, submitted
from tests.sending import TERMS, PostRoom, Received, Receiver, answer, receiving

DRAFTS = '{"types": ["ORDER_DRAFTED"]}'


async def busy(_: Received) -> bytes | None:
    """Ask to be left alone for two minutes."""
    return answer(503, retry_after="120")


async def accept(_: Received) -> bytes | None:
    """Accept everything."""
    return answer(200)


async def retried(room: PostRoom, id: UUID, who: Actor | None = None, key: str = "again") -> UUID:
    """One delivery tried again by the seller's owner."""
    call = call_of(who or room.market.seller.owner, "webhookDeliveryRetry", {"delivery_id": id}, key)
    return await webhooks.retry(room.means, call, id)


async def test_who_asks_for_it_is_left_alone(room: PostRoom) -> None:
    """INT-7: nothing is sent until then, of whatever order, but tests; then everything, in its order."""
    async with receiving(busy) as receiver:
        issued = await room.endpoint(receiver.url)
        made = [await submitted(room.market) for _ in range(6)]
        sender = room.sender()
        assert await room.sent(sender) == AT_ONCE, "what was under way when it asked, and no more"
        assert (await room.row(issued.id)).quiet_until == room.means.time.at + timedelta(seconds=120)
        await drafted(room.market)
        for _ in range(2):
            room.means.time.step(seconds=59.999)
            assert await room.sent(sender) == 0
        receiver.manner = accept
        await webhooks.test(room.means, call_of(room.market.seller.owner, "webhookTest", {}), issued.id)
        assert await room.sent(sender) == 1
        room.means.time.step(seconds=0.002)
        await room.sent(sender)
        for order_id in made:
            versions = told(receiver, order_id)
            assert versions == list(range(1, len(versions) + 1)) != []
    assert {row.state for row in await room.deliveries(issued.id)} == {"DELIVERED"}


async def test_nobody_is_asked_sooner_than_the_schedule_says(room: PostRoom) -> None:
    """INT-7: whoever says to come at once is not tried as often as that."""

    async def eager(_: Received) -> bytes | None:
        return answer(429, retry_after="1")

    async with receiving(eager) as receiver:
        issued = await room.endpoint(receiver.url, variables=DRAFTS)
        await drafted(room.market)
        sender = room.sender()
        assert await room.sent(sender) == 1
        (row,) = await room.deliveries(issued.id)
        assert row.next_attempt_at - room.means.time.at >= timedelta(seconds=4)
        room.means.time.step(seconds=3.999)
        assert await room.sent(sender) == 0
        room.means.time.step(seconds=2.001)
        assert await room.sent(sender) == 1


async def test_nobody_is_left_alone_for_longer_than_six_hours(room: PostRoom) -> None:
    """INT-7: a year is six hours."""

    async def never(_: Received) -> bytes | None:
        return answer(503, retry_after="31536000")

    async with receiving(never) as receiver:
        await room.endpoint(receiver.url, variables=DRAFTS)
        await drafted(room.market)
        sender = room.sender()
        assert await room.sent(sender) == 1
        room.means.time.step(seconds=LONGEST_WAIT.total_seconds() - 0.001)
        assert await room.sent(sender) == 0
        room.means.time.step(seconds=0.001)
        assert await room.sent(sender) == 1


async def given_up(room: PostRoom, receiver: Receiver, *kinds: str) -> tuple[UUID, UUID, dict[str, UUID]]:
    """An endpoint that refused some kinds of an order's events for good, the order, and its deliveries by kind."""

    async def manner(request: Received) -> bytes | None:
        return answer(422 if request.event["kind"] in kinds else 200)

    receiver.manner = manner
    issued = await room.endpoint(receiver.url)
    order_id = await submitted(room.market)
    for _ in range(len(kinds) * TERMS.attempts):
        await room.sent()
        room.means.time.step(hours=7)
    rows = {row.kind: row for row in await room.deliveries(issued.id) if row.subject_id == order_id}
    assert {kind for kind, row in rows.items() if row.state == "DEAD"} == set(kinds)
    receiver.manner = accept
    return issued.id, order_id, {kind: row.id for kind, row in rows.items()}


def told(receiver: Receiver, order_id: UUID) -> list[int]:
    """The versions of an order that a receiver accepted, in the order in which it did."""
    found = (each.event for each in receiver.accepted if each.said["type"] != "PING")
    return [event["version"] for event in found if (event["order"] or {}).get("id") == f"ord_{order_id.hex}"]


async def test_one_event_that_was_given_up_is_tried_again(room: PostRoom) -> None:
    """That one alone, once a key, under its id, with all attempts before it and the log of the earlier ones."""
    async with receiving() as receiver:
        endpoint_id, order_id, ids = await given_up(room, receiver, "ORDER_DRAFTED")
        before, refused = told(receiver, order_id), len(receiver.received)
        assert before[0] == 2
        for _ in range(2):
            assert await retried(room, ids["ORDER_DRAFTED"]) == ids["ORDER_DRAFTED"]
        await room.sent()
        assert told(receiver, order_id) == [*before, 1]
        drafts = [each for each in receiver.received if each.event["kind"] == "ORDER_DRAFTED"]
        assert len(drafts) == TERMS.attempts + 1 and drafts[-1] in receiver.received[refused:]
        assert len({each.headers["webhook-id"] for each in drafts}) == 1
        row = next(row for row in await room.deliveries(endpoint_id) if row.kind == "ORDER_DRAFTED")
        assert (row.state, row.attempts, row.tries) == ("DELIVERED", 1, TERMS.attempts + 1)
        log = await room.rows(t.webhook_attempts, delivery_id=row.id)
        assert [each.number for each in log] == list(range(1, TERMS.attempts + 2))
    (change,) = [row for row in await room.rows(t.events, kind="WEBHOOK_CHANGED") if len(row.data["facts"]) == 3]
    facts = {each["name"]: each["value"] for each in change.data["facts"]}
    assert (facts["change"], facts["delivery"]) == ("DELIVERY_RETRIED", f"dlv_{row.id.hex}")


async def test_it_is_tried_as_often_as_any(room: PostRoom) -> None:
    """And is then given up again."""

    async def refuse(_: Received) -> bytes | None:
        return answer(422)

    async with receiving() as receiver:
        endpoint_id, _, ids = await given_up(room, receiver, "ORDER_DRAFTED")
        await room.sent()
        before = len(receiver.received)
        await retried(room, ids["ORDER_DRAFTED"])
        receiver.manner = refuse
        for _ in range(2 * TERMS.attempts):
            await room.sent()
            room.means.time.step(hours=7)
        tried = [each for each in receiver.received[before:] if each.event["kind"] == "ORDER_DRAFTED"]
        assert len(tried) == TERMS.attempts
        states = {row.kind: row.state for row in await room.deliveries(endpoint_id)}
        assert states["ORDER_DRAFTED"] == "DEAD"


async def test_later_events_of_its_order_wait_for_it(room: PostRoom) -> None:
    """INT-7: never two of an order side by side: it waits for one that is under way, and those after wait for it."""
    gate, owner = asyncio.Event(), room.market.seller.owner

    async def hold(_: Received) -> bytes | None:
        await gate.wait()
        return answer(200)

    async with receiving() as receiver:
        _, order_id, ids = await given_up(room, receiver, "ORDER_DRAFTED")
        await room.sent()
        before = told(receiver, order_id)
        await orders.assign(room.means, by(owner), order_id, None)
        receiver.manner, seen = hold, len(receiver.received)
        slow, quick = room.sender(), room.sender()
        await room.numbered()
        assert await slow.look() == 1
        await receiver.until(seen + 1)
        await retried(room, ids["ORDER_DRAFTED"])
        await orders.confirm(room.means, by(room.market.buyer), order_id)
        assert [each for each in await begun(room, quick, receiver) if about(each, order_id)] == []
        gate.set()
        await slow.settled()
        await room.sent(quick)
        later = told(receiver, order_id)[len(before) :]
        assert later == [before[-1] + 1, 1, *range(before[-1] + 2, before[-1] + len(later))]
        assert len(later) > 2


def about(request: Received, order_id: UUID) -> bool:
    """Whether a message is of an order."""
    return bool(request.event["order"]) and request.event["order"]["id"] == f"ord_{order_id.hex}"


async def begun(room: PostRoom, sender: Sender, receiver: Receiver) -> list[Received]:
    """What another process begins to send now."""
    await room.numbered()
    seen = len(receiver.received)
    count = await sender.look()
    await receiver.until(seen + count)
    return receiver.received[seen:]


async def test_at_a_paused_endpoint_it_waits(room: PostRoom) -> None:
    """Whoever tries one event again resumes nothing."""
    owner = room.market.seller.owner
    async with receiving() as receiver:
        endpoint_id, order_id, ids = await given_up(room, receiver, "ORDER_DRAFTED")
        await webhooks.pause(room.means, call_of(owner, "webhookEndpointPause", {}), endpoint_id)
        await retried(room, ids["ORDER_DRAFTED"])
        assert await room.sent() == 0
        assert (await room.row(endpoint_id)).state == "PAUSED"
        await webhooks.resume(room.means, call_of(owner, "webhookEndpointResume", {}), endpoint_id)
        await room.sent()
        assert told(receiver, order_id)[-1] == 1


async def test_what_is_not_tried_again(room: PostRoom) -> None:
    """INT-7: what waits, what was accepted, a test, and what is nobody's or somebody else's."""
    owner, other = room.market.seller.owner, await open_market(room.means)
    async with receiving() as receiver:
        endpoint_id, _, ids = await given_up(room, receiver, "ORDER_DRAFTED")
        ping = await webhooks.test(room.means, call_of(owner, "webhookTest", {}), endpoint_id)
        seller = room.market.seller
        for id, who, code in (
            (ids["ORDER_SUBMITTED"], owner, ErrorCode.STEP_NOT_ALLOWED),
            (ping, owner, ErrorCode.STEP_NOT_ALLOWED),
            (room.means.mint.id(), owner, ErrorCode.NOT_FOUND),
            (ids["ORDER_DRAFTED"], other.seller.owner, ErrorCode.NOT_FOUND),
            (ids["ORDER_DRAFTED"], room.market.buyer, ErrorCode.NOT_FOUND),
            (ids["ORDER_DRAFTED"], await new_account(room.means), ErrorCode.NOT_FOUND),
            (ids["ORDER_DRAFTED"], seller.sales, ErrorCode.FORBIDDEN),
        ):
            with pytest.raises(Refusal) as refused:
                await retried(room, id, who)
            assert refused.value.code is code
        await retried(room, ids["ORDER_DRAFTED"])
        with pytest.raises(Refusal, match="given up"):
            await retried(room, ids["ORDER_DRAFTED"], key="once more")
        await webhooks.delete(room.means, call_of(owner, "webhookEndpointDelete", {}), endpoint_id)
        with pytest.raises(Refusal) as refused:
            await retried(room, ids["ORDER_DRAFTED"], key="once more")
        assert refused.value.code is ErrorCode.NOT_FOUND
