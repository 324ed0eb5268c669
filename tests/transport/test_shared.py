"""Subscriptions that many share, over real sockets: executed once, told to each, and nobody waits for anybody."""

import asyncio
import gc
import logging
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from app.events.flights import Nexts
from app.events.groups import Group
from app.graphql import protocols
from app.graphql.limits import Limits
from app.graphql.sessions import Session
from tests.asking import http_client
from tests.transport.serving import Served, serving
from tests.transport.talking import closed_with, run, say, told, told_until_end, until
from tests.transport.ticking import ACTORS, BUYER, TICKS, ticking

STREAM = "text/event-stream"


def text_of(message: Any) -> str:
    """What a message says."""
    text: str = message["payload"]["data"]["ticks"]["text"]
    return text


async def listening(stack: AsyncExitStack, served: Served, token: str = "buyer", **variables: Any) -> ClientConnection:
    """A socket that follows the order and has had its first message, if there is one."""
    connection = await stack.enter_async_context(served.opened(token))
    await run(connection, "1", TICKS, variables=variables)
    if "after" not in variables:
        assert (await told(connection))["payload"]["data"]["ticks"]["text"].rstrip(".") == "0"
    return connection


async def test_an_event_is_executed_once_for_all_who_may_hear_the_same() -> None:
    """Twenty sockets of one viewer, whatever else differs between their tokens: one execution an event."""
    ticker, given = ticking()
    async with serving(given) as served, AsyncExitStack() as stack:
        sockets = [await listening(stack, served, name) for name in ["buyer", "buyer elsewhere"] * 10]
        ticker.executed.clear()
        ticker.tick(3)
        for each in sockets:
            assert [text_of(await told(each)) for _ in range(3)] == ["1", "2", "3"]
        assert ticker.executed == [(version, BUYER.account_id) for version in (1, 2, 3)]


async def test_who_comes_with_one_token_at_the_same_time_is_looked_at_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty sockets of two tokens: one look at each is under way when the others come, and a second serves them all."""
    _, given = ticking()
    came, looks, gate, share = Counter[str](), Counter[str | None](), asyncio.Event(), Nexts.share

    async def coming(self: Nexts[str, Session], token: str, call: Any) -> Session:
        came[token] += 1
        return await share(self, token, call)

    async def look(token: str | None) -> Session:
        looks[token] += 1
        await gate.wait()
        return await given.authenticate(token)

    monkeypatch.setattr(Nexts, "share", coming)
    async with serving(replace(given, authenticate=look)) as served, AsyncExitStack() as stack:
        first = [stack.enter_async_context(served.opened(name)) for name in ["buyer", "other"]]
        opening = [asyncio.create_task(each) for each in first]
        await until(lambda: looks.total() == 2)
        rest = [stack.enter_async_context(served.opened(name)) for name in ["buyer", "other"] * 19]
        opening += [asyncio.create_task(each) for each in rest]
        await until(lambda: came.total() == 40)
        gate.set()
        await asyncio.gather(*opening)
        assert looks == {"buyer": 2, "other": 2}


async def test_nothing_is_shared_where_anything_differs() -> None:
    """Another viewer, other variables, another document or another operation name: each is executed for itself."""
    ticker, given = ticking()
    both = TICKS + " subscription Others { ticks { text } }"
    asked: list[tuple[str, dict[str, Any]]] = [
        ("buyer", {"query": TICKS}),
        ("other", {"query": TICKS}),
        ("buyer", {"query": TICKS, "variables": {"size": 3}}),
        ("buyer", {"query": TICKS, "variables": {"size": None}}),
        ("buyer", {"query": TICKS + " "}),
        ("buyer", {"query": both, "operationName": "Ticks"}),
        ("buyer", {"query": both, "operationName": "Others"}),
    ]
    async with serving(given) as served, AsyncExitStack() as stack:
        sockets = []
        for token, payload in asked:
            sockets.append(await stack.enter_async_context(served.opened(token)))
            await run(sockets[-1], "1", **payload)
            await told(sockets[-1])
        ticker.executed.clear()
        ticker.tick()
        texts = [text_of(await told(each)) for each in sockets]
    assert texts == ["1", "1", "1..", "1", "1", "1", "1"]
    whose = [ACTORS[token].account_id for token, _ in asked]
    assert sorted(ticker.executed) == sorted((1, account) for account in whose)


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ('subscription { ticks(after: "o.0") { text } }', {}),
        ('subscription T($after: String = "o.0") { ticks(after: $after) { text } }', {}),
        ("subscription T($a: String, $no: Boolean = false) { ticks(after: $a) { text @skip(if: $no) } }", {"a": "o.0"}),
        ("subscription T($after: String!) { ticks(after: $after) { text } }", {"after": "o.0"}),
        ("subscription T($one: String, $after: Int) { ticks(after: $one, size: $after) { text } }", {"one": "o.0"}),
        ("subscription T($a: String) { ...F } fragment F on Subscription { ticks(after: $a) { text } }", {"a": "o.0"}),
    ],
)
async def test_however_the_cursor_is_given_it_counts(query: str, variables: dict[str, Any]) -> None:
    """A literal, a default, a fragment, a variable of any name: what was missed comes, and then what is new."""
    ticker, given = ticking()
    ticker.tick(2)
    async with serving(given) as served, served.opened("buyer") as one, served.opened("buyer") as two:
        for connection in (one, two):
            await run(connection, "1", query, variables=variables)
            assert await heard(connection, 2) == [1, 2]
        ticker.tick()
        for connection in (one, two):
            assert await heard(connection, 1) == [3]


@pytest.mark.parametrize(("after", "code"), [("o.9", "CURSOR_UNKNOWN"), ("x", "CURSOR_INVALID"), (7, "BAD_USER_INPUT")])
async def test_a_cursor_is_refused_to_its_own_subscriber_alone(after: Any, code: str) -> None:
    """The refusal names its place in the document, as ever, and those who share go on."""
    ticker, given = ticking()
    async with serving(given) as served, AsyncExitStack() as stack:
        fellow = await listening(stack, served)
        wrong = await stack.enter_async_context(served.opened("buyer"))
        await run(wrong, "1", TICKS, variables={"after": after})
        (end,) = await told_until_end(wrong, "1")
        assert end["payload"][0]["extensions"]["code"] == code
        assert end["payload"][0]["locations"]
        ticker.tick()
        assert text_of(await told(fellow)) == "1"


async def test_who_comes_back_is_told_what_the_others_were_told() -> None:
    """A cursor among what is recent costs no execution at all."""
    ticker, given = ticking()
    async with serving(given) as served, AsyncExitStack() as stack:
        fellow = await listening(stack, served)
        ticker.tick(5)
        for _ in range(5):
            await told(fellow)
        ticker.executed.clear()
        back = await listening(stack, served, after="o.2")
        assert [text_of(await told(back)) for _ in range(3)] == ["3", "4", "5"]
        assert ticker.executed == []


async def test_event_streams_share_as_well() -> None:
    """SSE and WebSockets of one viewer are told what was executed once."""
    ticker, given = ticking()
    async with serving(given) as served, AsyncExitStack() as stack:
        connection = await listening(stack, served)
        http = await stack.enter_async_context(http_client(timeout=10))
        headers = {"accept": STREAM, "authorization": "Bearer buyer"}
        body = {"query": TICKS, "variables": {}}
        response = await stack.enter_async_context(http.stream("POST", served.url, json=body, headers=headers))
        lines = response.aiter_lines()
        assert '"0"' in await _data(lines)
        ticker.executed.clear()
        ticker.tick(3)
        assert [text_of(await told(connection)) for _ in range(3)] == ["1", "2", "3"]
        for number in "123":
            assert await _data(lines) == f'data: {{"data":{{"ticks":{{"text":"{number}"}}}}}}'
        assert len(ticker.executed) == 3


async def _data(lines: Any) -> str:
    """The data of the next event."""
    async for line in lines:
        if line.startswith("data: "):
            found: str = line
            return found
    raise AssertionError("the stream has ended")


async def test_a_failure_sends_every_member_elsewhere(caplog: pytest.LogCaptureFixture) -> None:
    """A mistake while an event is told closes the sockets with a code on which they come again; it is logged once."""
    ticker, given = ticking()
    async with serving(given) as served, AsyncExitStack() as stack:
        sockets = [await listening(stack, served) for _ in range(3)]
        ticker.fails = True
        ticker.tick()
        for each in sockets:
            assert await closed_with(each) == (1013, "The stream was interrupted; resume by cursor")
        ticker.fails = False
        again = await listening(stack, served, after="o.0")
        assert text_of(await told(again)) == "1"
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1


@pytest.mark.parametrize(
    ("protocols", "compression"),
    [
        ({}, None),
        ({"http": "httptools", "ws": "websockets-sansio"}, None),
        ({"ws_per_message_deflate": True}, "deflate"),
    ],
    ids=["through the door", "without a door", "compressed for each"],
)
async def test_the_same_is_told_through_the_door_and_without_one(
    protocols: dict[str, Any], compression: str | None
) -> None:
    """Messages of every length a frame can have, through the server's door and by plain sends."""
    for size in (0, 70, 200, 70_000):
        ticker, given = ticking()
        async with serving(given, **protocols) as served, AsyncExitStack() as stack:
            sockets = []
            for _ in range(3):
                sockets.append(await stack.enter_async_context(served.opened("buyer", compression=compression)))
                assert bool(sockets[-1].protocol.extensions) == bool(compression)
                await run(sockets[-1], "1", TICKS, variables={"size": size})
                await told(sockets[-1])
            ticker.executed.clear()
            ticker.tick(20)
            for each in sockets:
                texts = [text_of(await told(each)) for _ in range(20)]
                assert texts == [str(number).ljust(size, ".") for number in range(1, 21)]
            assert len({version for version, _ in ticker.executed}) == 20
            await say(sockets[0], type="complete", id="1")
            await say(sockets[0], type="ping")
            assert await told(sockets[0]) == {"type": "pong"}
            ticker.tick()
            assert text_of(await told(sockets[1])).startswith("21")


async def test_a_reader_that_stalls_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three who stop reading are closed with 1013; all others have everything, and what was missed can be resumed."""
    monkeypatch.setattr(protocols, "GRACE", 30)  # they wake in time to hear it, however slow the others were told
    ticker, given = ticking(Limits(send_timeout=0.5))
    async with serving(given) as served, AsyncExitStack() as stack:
        stalled = [await stack.enter_async_context(served.opened("buyer", max_queue=1)) for _ in range(3)]
        for each in stalled:
            await run(each, "1", TICKS, variables={"size": 60_000})
            await told(each)
            each.transport.pause_reading()
        sockets = [await listening(stack, served, size=60_000) for _ in range(5)]
        ticker.executed.clear()
        for part in range(10):
            ticker.tick(20)
            expected = list(range(part * 20 + 1, part * 20 + 21))
            assert await asyncio.gather(*(heard(each, 20) for each in sockets)) == [expected] * 5
        await until(lambda: sum(len(group.members) for group in groups()) == len(sockets))
        for each in stalled:
            each.transport.resume_reading()
            assert await closed_with(each) == (1013, "The client does not read; resume by cursor")
        assert len({version for version, _ in ticker.executed}) == 200
        again = await listening(stack, served, size=60_000, after="o.150")
        assert await heard(again, 50) == list(range(151, 201))


async def test_a_reader_that_wakes_in_time_is_told_everything() -> None:
    """What could not be sent while it did not read is told again when it does, in order and once."""
    ticker, given = ticking(Limits(send_timeout=30))
    async with serving(given) as served, AsyncExitStack() as stack:
        dozing = await stack.enter_async_context(served.opened("buyer", max_queue=1))
        await run(dozing, "1", TICKS, variables={"size": 60_000})
        await told(dozing)
        dozing.transport.pause_reading()
        fellow = await listening(stack, served, size=60_000)
        ticker.tick(200)
        assert await heard(fellow, 200) == list(range(1, 201))
        dozing.transport.resume_reading()
        assert await heard(dozing, 200) == list(range(1, 201))


async def heard(connection: ClientConnection, count: int) -> list[int]:
    """The versions in the next messages."""
    return [int(text_of(await told(connection)).rstrip(".")) for _ in range(count)]


async def test_nothing_is_left_of_five_hundred_who_were_cut() -> None:
    """One group served them all, and then groups, followers, timers and tasks are as before anybody came."""
    ticker, given = ticking()
    ticker.tick()
    async with serving(given) as served:
        await until(lambda: True)
        before = len(asyncio.all_tasks())
        async with AsyncExitStack() as stack:
            sockets = []
            for number in range(500):
                sockets.append(await stack.enter_async_context(served.opened("buyer")))
                await run(sockets[-1], "1", TICKS, variables={"after": "o.0"} if number % 2 else {})
            for each in sockets:
                await told(each)
            ticker.tick(2)
            assert len(list(ticker.feeds.hub)) == len(groups()) == 1
            for each in sockets:
                each.transport.abort()
        await until(lambda: not list(ticker.feeds.hub))
        await until(lambda: len(asyncio.all_tasks()) <= before)
        assert groups() == []


def groups() -> list[Group]:
    """The groups that there are anywhere."""
    gc.collect()
    return [each for each in gc.get_objects() if isinstance(each, Group)]
