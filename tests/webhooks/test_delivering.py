"""Webhooks delivered: signed, in order of each subject, tried until they are accepted or given up, and logged."""

import asyncio
from uuid import UUID

from app.actions import orders
from app.db import tables as t
from app.domain.deliveries import ANSWER_KEPT, AT_ONCE, wait_after
from app.jobs.webhooks import Sender
from tests.market import by, confirmed, dispatched, drafted, submitted
from tests.sending import TERMS, PostRoom, Received, Receiver, answer, receiving


def told(receiver: Receiver, order_id: UUID) -> list[int]:
    """The versions of an order that a receiver accepted, in the order in which it did."""
    return [each.event["version"] for each in receiver.accepted if _about(each, order_id)]


def _about(request: Received, order_id: UUID) -> bool:
    return bool(request.event["order"]) and request.event["order"]["id"] == f"ord_{order_id.hex}"


async def test_an_order_is_told_from_beginning_to_end(room: PostRoom) -> None:
    """Every event once, in order, shaped by the document, with its cursor, and signed."""
    async with receiving() as receiver:
        issued = await room.endpoint(receiver.url)
        order_id = await dispatched(room.market)
        assert await room.sent() == len(receiver.received) > 5
        versions = told(receiver, order_id)
        assert versions == list(range(1, len(versions) + 1))
        first = next(each for each in receiver.received if each.event["subject"] == "ORDER")
        number = first.event["order"]["number"]
        assert first.event == {
            "kind": "ORDER_DRAFTED",
            "version": 1,
            "subject": "ORDER",
            "order": {"id": f"ord_{order_id.hex}", "number": number, "status": "DISPATCHED"},
        }
        assert issued.secret is not None
        assert all(each.signed_by(issued.secret) for each in receiver.received)
        assert (first.said["type"], first.said["cursor"]) == ("ORDER_DRAFTED", first.said["data"]["events"]["cursor"])
        assert first.headers[":line"] == "POST /hooks?from=assured HTTP/1.1"
        assert first.headers["content-type"] == "application/json"
        assert await room.sent() == 0


async def test_what_is_not_accepted_is_tried_again_on_its_schedule(room: PostRoom) -> None:
    """Each wait is longer; a repeat has the same id, and is signed anew; the log says all of it."""
    async with receiving(lambda _: _said(answer(503, "later"))) as receiver:
        issued = await room.endpoint(receiver.url, variables='{"types": ["ORDER_DRAFTED"]}')
        await drafted(room.market)
        sender, waits = room.sender(), []
        for attempt in range(1, TERMS.attempts):
            assert await room.sent(sender) == 1
            (waiting,) = await room.deliveries(issued.id)
            assert (waiting.state, waiting.attempts) == ("WAITING", attempt)
            waits.append(waiting.next_attempt_at - room.means.time.at)
            room.means.time.step(seconds=waits[-1].total_seconds() - 0.001)
            assert await room.sent(sender) == 0
            room.means.time.step(seconds=0.001)
        receiver.manner = lambda _: _said(answer(200, "x" * 2_000))
        assert await room.sent(sender) == 1
        (done,) = await room.deliveries(issued.id)
    for attempt, wait in enumerate(waits, 1):
        assert wait_after(TERMS.first_wait, attempt, 0.0) <= wait <= wait_after(TERMS.first_wait, attempt, 1.0)
    assert waits == sorted(waits)
    assert (done.state, done.attempts, done.finished_at) == ("DELIVERED", TERMS.attempts, room.means.time.at)
    log = await room.rows(t.webhook_attempts, delivery_id=done.id)
    assert [(each.number, each.status, each.failure) for each in log] == [
        (1, 503, "STATUS"),
        (2, 503, "STATUS"),
        (3, 503, "STATUS"),
        (4, 200, None),
    ]
    assert (log[0].answer, len(log[3].answer)) == ("later", ANSWER_KEPT)
    assert len({each.headers["webhook-id"] for each in receiver.received}) == 1
    assert len({each.headers["webhook-timestamp"] for each in receiver.received}) == TERMS.attempts
    assert issued.secret is not None
    assert all(each.signed_by(issued.secret) for each in receiver.received)


async def _said(what: bytes | None) -> bytes | None:
    return what


async def test_a_stuck_order_holds_up_its_own_events_and_no_others(room: PostRoom) -> None:
    """INT-7, in order per subject: what comes after a failed event of an order waits for it; other orders go on."""
    stuck = await drafted(room.market)

    async def manner(request: Received) -> bytes | None:
        order = request.event["order"]
        return answer(500 if order and order["id"] == f"ord_{stuck.hex}" else 200)

    async with receiving(manner) as receiver:
        await room.endpoint(receiver.url)
        await orders.submit(room.means, by(room.market.seller.owner), stuck)
        other = await confirmed(room.market)
        await orders.confirm(room.means, by(room.market.buyer), stuck)
        await room.sent()
        assert told(receiver, stuck) == []
        ahead = told(receiver, other)
        assert ahead == list(range(1, len(ahead) + 1)) != []
        tried = [each.event["version"] for each in receiver.received if _about(each, stuck)]
        assert len(tried) == 1, "only the first of the stuck order's events is tried"
        receiver.manner = lambda _: _said(answer(200))
        room.means.time.step(seconds=10)
        await room.sent()
        after = told(receiver, stuck)
        assert after == list(range(tried[0], tried[0] + len(after)))
        assert len(after) > 1


async def test_what_is_never_accepted_is_given_up_and_the_rest_goes_on(room: PostRoom) -> None:
    """Dead-lettered: visible, and no longer in the way of later events of its order."""

    async def manner(request: Received) -> bytes | None:
        return answer(422 if request.event["kind"] == "ORDER_DRAFTED" else 200)

    async with receiving(manner) as receiver:
        issued = await room.endpoint(receiver.url)
        order_id = await submitted(room.market)
        for _ in range(TERMS.attempts):
            await room.sent()
            room.means.time.step(hours=7)
        states = {row.kind: row.state for row in await room.deliveries(issued.id)}
        assert states["ORDER_DRAFTED"] == "DEAD"
        assert set(states.values()) == {"DEAD", "DELIVERED"}
        versions = told(receiver, order_id)
        assert versions == list(range(2, 2 + len(versions))) != []
        endpoint = await room.row(issued.id)
        assert (endpoint.state, endpoint.failures, endpoint.failing_since) == ("ACTIVE", 0, None)


async def test_a_receiver_that_stalls_costs_its_time_and_nothing_more(room: PostRoom) -> None:
    """It times out, and meanwhile another endpoint is served."""
    never = asyncio.Event()

    async def stall(_: Received) -> bytes | None:
        await never.wait()
        return None

    async with receiving(stall) as stalling, receiving() as well:
        slow = await room.endpoint(stalling.url, variables='{"types": ["ORDER_DRAFTED"]}')
        quick = await room.endpoint(well.url, variables='{"types": ["ORDER_DRAFTED"]}')
        await drafted(room.market)
        sender = Sender(room.sending)
        await room.numbered()
        assert await sender.look() == 2
        await stalling.until(1)
        await well.until(1)
        await sender.settled()
        never.set()
    (row,) = await room.deliveries(slow.id)
    (attempt,) = await room.rows(t.webhook_attempts, delivery_id=row.id)
    assert (row.state, attempt.failure, attempt.status) == ("WAITING", "TIMED_OUT", None)
    assert [row.state for row in await room.deliveries(quick.id)] == ["DELIVERED"]


async def test_senders_side_by_side_send_everything_once_and_in_order(room: PostRoom) -> None:
    """Two processes: no event twice, no order out of order, and never more at once than an endpoint bears."""

    async def slowly(_: Received) -> bytes | None:
        await asyncio.sleep(0.01)
        return answer(200)

    async with receiving(slowly) as receiver:
        issued = await room.endpoint(receiver.url)
        made = [await submitted(room.market) for _ in range(8)]
        await room.numbered()
        senders = [room.sender(), room.sender()]
        while any(row.state == "WAITING" for row in await room.deliveries(issued.id)) or not receiver.received:
            await asyncio.gather(*(sender.look() for sender in senders))
            await asyncio.wait([asyncio.create_task(sender.settled()) for sender in senders])
        ids = [each.headers["webhook-id"] for each in receiver.received]
        assert len(ids) == len(set(ids))
        for order_id in made:
            versions = told(receiver, order_id)
            assert versions == list(range(1, len(versions) + 1)) != []
        assert 1 < receiver.most_at_once <= AT_ONCE


async def test_what_a_dead_process_held_is_taken_up_when_its_lease_ends(room: PostRoom) -> None:
    """At least once: another sends it again under the same id; what the dead one comes to later counts for nothing."""
    gate = asyncio.Event()

    async def hold(_: Received) -> bytes | None:
        await gate.wait()
        return answer(200)

    async with receiving(hold) as receiver:
        issued = await room.endpoint(receiver.url, variables='{"types": ["ORDER_DRAFTED", "ORDER_SUBMITTED"]}')
        await submitted(room.market)
        dead, next_one = room.sender(), room.sender()
        await room.numbered()
        assert await dead.look() == 1
        await receiver.until(1)
        receiver.manner = lambda _: _said(answer(200))
        assert await room.sent(next_one) == 0, "the lease holds"
        room.means.time.step(seconds=60)
        assert await room.sent(next_one) == 2
        gate.set()
        await dead.settled()
    kinds = [each.event["kind"] for each in receiver.received]
    assert kinds == ["ORDER_DRAFTED", "ORDER_DRAFTED", "ORDER_SUBMITTED"], "sent again, and nothing overtook"
    assert len({each.headers["webhook-id"] for each in receiver.received}) == 2
    rows = await room.deliveries(issued.id)
    assert [(row.state, row.tries) for row in rows] == [("DELIVERED", 2), ("DELIVERED", 1)]
    log = await room.rows(t.webhook_attempts, delivery_id=rows[0].id)
    assert [each.number for each in log] == [2]


async def test_a_process_that_stops_gives_back_what_it_held(room: PostRoom) -> None:
    """Others go on at once, and the attempt that was broken off does not count."""
    never = asyncio.Event()

    async def stall(_: Received) -> bytes | None:
        await never.wait()
        return None

    async with receiving(stall) as receiver:
        issued = await room.endpoint(receiver.url, variables='{"types": ["ORDER_DRAFTED"]}')
        await drafted(room.market)
        await room.numbered()
        stopping = Sender(room.sending)
        assert await stopping.look() == 1
        await receiver.until(1)
        await stopping.stop()
        receiver.manner = lambda _: _said(answer(200))
        assert await room.sent() == 1
        never.set()
    (row,) = await room.deliveries(issued.id)
    assert (row.state, row.attempts) == ("DELIVERED", 1)


async def test_an_endpoint_that_fails_is_tried_by_one_alone(room: PostRoom) -> None:
    """While nothing is accepted one attempt is made at a time; all at once again afterwards."""

    async def fail(_: Received) -> bytes | None:
        await asyncio.sleep(0.01)
        return answer(500)

    async with receiving(fail) as receiver:
        await room.endpoint(receiver.url)
        for _ in range(6):
            await drafted(room.market)
        await room.sent()
        receiver.most_at_once = 0
        room.means.time.step(seconds=10)
        await room.sent()
        assert receiver.most_at_once == 1
