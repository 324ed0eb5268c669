"""What is bounded: how much is taken up ahead, how much is sent at once, how large a message is."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import pytest

from app.actions import deliveries
from app.db import tables as t
from app.db.feed import Event
from app.domain.access import Viewer
from app.domain.webhooks import Wanted
from app.events.streams import FeedStream
from app.jobs.webhooks import BODY_MOST, NotMade, Shape
from tests.market import drafted, submitted
from tests.sending import PostRoom, Received, answer, receiving

DRAFTS = '{"types": ["ORDER_DRAFTED"]}'


async def test_no_more_is_taken_up_than_a_window(room: PostRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver that is down costs a window of rows, however much happens; then it is told everything in order."""
    monkeypatch.setattr(deliveries, "WINDOW", 4)
    monkeypatch.setattr(deliveries, "PAGE", 3)

    async def fail(_: Received) -> bytes | None:
        return answer(500)

    async def accept(_: Received) -> bytes | None:
        return answer(200)

    async with receiving(fail) as receiver:
        issued = await room.endpoint(receiver.url)
        made = [await submitted(room.market) for _ in range(3)]
        await room.sent()
        taken_up = len(await room.deliveries(issued.id))
        assert 4 <= taken_up < 4 + 3
        receiver.manner = accept
        room.means.time.step(seconds=10)
        await room.sent()
        rows = await room.deliveries(issued.id)
        assert len(rows) > taken_up
        assert {row.state for row in rows} == {"DELIVERED"}
        for order_id in made:
            told = [each.event for each in receiver.accepted]
            versions = [event["version"] for event in told if (event["order"] or {}).get("id") == f"ord_{order_id.hex}"]
            assert versions == list(range(1, len(versions) + 1)) != []


async def test_a_process_makes_so_many_attempts_at_once(room: PostRoom) -> None:
    """Whatever the number of endpoints; the rest has its turn afterwards."""
    gate = asyncio.Event()

    async def hold(_: Received) -> bytes | None:
        await gate.wait()
        return answer(200)

    async with receiving(hold) as receiver:
        for _ in range(3):
            await room.endpoint(receiver.url, variables=DRAFTS)
        for _ in range(2):
            await drafted(room.market)
        room.sending = replace(room.sending, at_once=2)
        sender = room.sender()
        await room.numbered()
        assert await sender.look() == 2
        assert await sender.look() == 0
        await receiver.until(2)
        gate.set()
        await sender.settled()
        assert 2 + await room.sent(sender) == 6
        assert receiver.most_at_once == 2


@dataclass
class Making:
    """Makes messages as it is told to."""

    shape: Shape
    made: bytes | None

    async def source(self, wanted: Wanted, viewer: Viewer) -> FeedStream:
        """What is asked for."""
        return await self.shape.source(wanted, viewer)

    async def message(self, wanted: Wanted, viewer: Viewer, event: Event) -> bytes | None:
        """The message, or that there is none."""
        if self.made is None:
            raise NotMade
        return self.made


@pytest.mark.parametrize(("made", "answered"), [(None, None), (b'{"x":"%b"}' % (b"y" * BODY_MOST), "bytes")])
async def test_a_message_that_cannot_be_made_or_is_too_large(room: PostRoom, made: Any, answered: str | None) -> None:
    """Not sent, tried again, and said in the log; the endpoint is not held to be at fault."""
    async with receiving() as receiver:
        issued = await room.endpoint(receiver.url, variables=DRAFTS)
        await drafted(room.market)
        whole, room.sending = room.sending, replace(room.sending, shape=Making(room.sending.shape, made))
        assert await room.sent() == 1
        assert receiver.received == []
        (row,) = await room.deliveries(issued.id)
        (attempt,) = await room.rows(t.webhook_attempts, delivery_id=row.id)
        assert (row.state, attempt.failure, attempt.status) == ("WAITING", "NOT_MADE", None)
        assert (attempt.answer is None) if answered is None else (answered in attempt.answer)
        assert (await room.row(issued.id)).failures == 0
        room.sending = whole
        room.means.time.step(seconds=10)
        assert await room.sent() == 1
    assert [each.event["kind"] for each in receiver.accepted] == ["ORDER_DRAFTED"]
