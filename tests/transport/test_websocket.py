"""graphql-transport-ws, message by message, against a real server."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from app.db.premise import Premise
from app.graphql.limits import Limits
from app.graphql.origins import Origins
from app.graphql.sessions import Session
from tests.transport.probe import ACTOR, SECRET, Seen
from tests.transport.serving import endpoint, serving
from tests.transport.talking import closed_with, run, say, told, told_until_end, until

INIT = {"type": "connection_init"}
RUN = {"id": "1", "type": "subscribe", "payload": {"query": "{ whoami }"}}


async def test_queries_mutations_and_subscriptions_run() -> None:
    """Each kind of operation is next… and complete, as text, with variables and operation name."""
    seen = Seen()
    async with serving(endpoint(seen)) as served, served.opened() as socket:
        await run(socket, "q", "query A { __typename } query B { whoami }", operationName="B")
        assert await told_until_end(socket, "q") == [
            {"id": "q", "type": "next", "payload": {"data": {"whoami": "buyer@example.com"}}},
            {"id": "q", "type": "complete"},
        ]
        await run(socket, "m", "mutation M($t: String!) { note(text: $t) }", variables={"t": "hello"})
        assert [message["type"] for message in await told_until_end(socket, "m")] == ["next", "complete"]
        await run(socket, "s", "subscription { count(to: 3) }")
        *items, end = await told_until_end(socket, "s")
        assert [item["payload"] for item in items] == [{"data": {"count": n}} for n in (1, 2, 3)]
        assert end == {"id": "s", "type": "complete"}
    assert seen.written == ["hello"]


async def test_every_operation_has_a_context_of_its_own() -> None:
    """The socket lives long, so nothing of one operation may stay for the next."""
    seen = Seen()
    async with serving(endpoint(seen)) as served, served.opened() as socket:
        for name in "ab":
            await run(socket, name, "{ whoami }")
            await told_until_end(socket, name)
    assert len({id(context) for context in seen.contexts}) == 2


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        pytest.param(["{"], 4400, id="no JSON"),
        pytest.param(["[]"], 4400, id="array"),
        pytest.param(["null"], 4400, id="null"),
        pytest.param(['"connection_init"'], 4400, id="string"),
        pytest.param(["7"], 4400, id="number"),
        pytest.param(["[" * 50_000], 4400, id="deep"),
        pytest.param([b"{}"], 4400, id="binary"),
        pytest.param([{}], 4400, id="no type"),
        pytest.param([{"type": "start"}], 4400, id="unknown type"),
        pytest.param([{"type": ["ping"]}], 4400, id="type no string"),
        pytest.param([{**INIT, "payload": "token"}], 4400, id="init payload no object"),
        pytest.param([{"type": "ping", "payload": [1]}], 4400, id="ping payload no object"),
        pytest.param([INIT, {"type": "pong", "payload": 1}], 4400, id="pong payload no object"),
        pytest.param([INIT, {**RUN, "id": ""}], 4400, id="empty id"),
        pytest.param([INIT, {**RUN, "id": 1}], 4400, id="id no string"),
        pytest.param([INIT, {"type": "subscribe", "payload": {"query": "{ whoami }"}}], 4400, id="no id"),
        pytest.param([INIT, {"type": "subscribe", "id": "1"}], 4400, id="no payload"),
        pytest.param([INIT, {**RUN, "payload": {}}], 4400, id="no query"),
        pytest.param([INIT, {**RUN, "payload": {"query": 1}}], 4400, id="query no string"),
        pytest.param([INIT, {**RUN, "payload": {"query": "{a}", "variables": []}}], 4400, id="variables no object"),
        pytest.param([INIT, {**RUN, "payload": {"query": "{a}", "operationName": 1}}], 4400, id="name no string"),
        pytest.param([INIT, {"type": "complete"}], 4400, id="complete without id"),
        pytest.param([RUN], 4401, id="subscribe before init"),
        pytest.param([{**INIT, "payload": {"Authorization": "Bearer bad"}}], 4403, id="bad token"),
        pytest.param([INIT, INIT], 4429, id="init twice"),
        pytest.param(["x" * 300_000], 1009, id="too large"),
    ],
)
async def test_close_codes(messages: list[Any], code: int) -> None:
    """Each offence against the protocol closes the socket with its code and a reason."""
    async with serving(endpoint()) as served, served.socket() as socket:
        for message in messages:
            if isinstance(message, dict):
                await say(socket, **message)
            else:
                await socket.send(message)
        closed, reason = await closed_with(socket)
    assert closed == code
    assert reason


async def test_4409_for_an_id_in_use() -> None:
    """A second operation under the id of a running one closes the socket."""
    seen = Seen()
    async with serving(endpoint(seen)) as served, served.opened() as socket:
        await run(socket, "1", "subscription { wait }")
        await run(socket, "1", "{ whoami }")
        assert await closed_with(socket) == (4409, "Subscriber for 1 already exists")
        await until(lambda: seen.closed == seen.opened)


async def test_4408_without_init() -> None:
    """Who says nothing, or only pings, is closed after the time to introduce oneself."""
    async with serving(endpoint(limits=Limits(init_timeout=0.1))) as served, served.socket() as socket:
        await say(socket, type="ping", payload={"n": 1})
        assert await told(socket) == {"type": "pong", "payload": {"n": 1}}
        assert await closed_with(socket) == (4408, "Connection initialisation timeout")


@pytest.mark.parametrize("protocol", ["graphql-ws", None])
async def test_4406_for_another_protocol(protocol: str | None) -> None:
    """The legacy protocol, and none, are not spoken."""
    async with serving(endpoint()) as served, served.socket(protocol) as socket:
        assert socket.subprotocol is None
        assert (await closed_with(socket))[0] == 4406


async def test_origins_are_checked_before_the_socket_is_accepted() -> None:
    """A page of another site is answered 403; the server's own, an allowed one and programs are let in."""
    given = endpoint(origins=Origins(frozenset({"https://erp.example.com"})))
    async with serving(given) as served:
        with pytest.raises(InvalidStatus) as refused:
            async with served.socket(origin="https://evil.example.com"):
                pass
        assert refused.value.response.status_code == 403
        for origin in ("https://erp.example.com", f"http://127.0.0.1:{served.port}"):
            async with served.opened(origin=origin) as socket:
                await say(socket, type="ping")
                assert await told(socket) == {"type": "pong"}


@pytest.mark.parametrize(
    ("payload", "header", "name"),
    [
        ({"Authorization": "Bearer good"}, None, "buyer@example.com"),
        ({"authorization": "bearer good"}, None, "buyer@example.com"),
        (None, "Bearer good", "buyer@example.com"),
        ({}, "Bearer good", "buyer@example.com"),
        (None, None, None),
    ],
)
async def test_the_token_comes_in_the_payload_or_the_header(payload: Any, header: str | None, name: str | None) -> None:
    """Browsers can send it only in connection_init, programs also in the handshake."""
    headers = {"Authorization": header} if header else {}
    async with serving(endpoint()) as served, served.socket(additional_headers=headers) as socket:
        await say(socket, type="connection_init", payload=payload)
        assert await told(socket) == {"type": "connection_ack"}
        await run(socket, "1", "{ whoami }")
        assert (await told(socket))["payload"] == {"data": {"whoami": name}}


@pytest.mark.parametrize(
    ("query", "items", "code"),
    [
        ("{", 0, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", 0, "GRAPHQL_VALIDATION_FAILED"),
        ("query A { whoami } query B { whoami }", 0, "OPERATION_RESOLUTION_FAILED"),
        ("query Q($n: Int!) { orders(first: $n) { number } }", 0, "BAD_USER_INPUT"),
        ("{ orders(first: 1000) { number } }", 0, "PAGE_SIZE_LIMIT"),
        ("{ " + "order { number } " * 60 + "}", 0, "REPEAT_LIMIT"),
        ("{ whoami" + " " * 40_000 + "}", 0, "DOCUMENT_TOO_LARGE"),
        ("subscription { fails(after: 2) }", 2, "INTERNAL"),
        ("subscription { fails(after: 0) }", 0, "INTERNAL"),
        ("subscription { refuses }", 0, "CURSOR_EXPIRED"),
        ("subscription { count(to: null) }", 0, "GRAPHQL_VALIDATION_FAILED"),
        ("{ unencodable }", 0, "INTERNAL"),
    ],
)
async def test_an_error_ends_its_operation_alone(query: str, items: int, code: str) -> None:
    """Whatever is wrong with one operation, another goes on on the same socket, and the id is free again."""
    seen = Seen()
    async with serving(endpoint(seen)) as served, served.opened() as socket:
        await run(socket, "lives", "subscription { wait }")
        assert (await told(socket))["id"] == "lives"
        await run(socket, "1", query)
        *nexts, end = await told_until_end(socket, "1")
        assert (len(nexts), end["type"]) == (items, "error")
        assert end["payload"][0]["extensions"]["code"] == code
        assert SECRET not in str(end)
        await run(socket, "1", "{ whoami }")
        assert (await told_until_end(socket, "1"))[-1]["type"] == "complete"
        seen.gate.set()
        assert [message["type"] for message in await told_until_end(socket, "lives")] == ["next", "complete"]


async def test_errors_of_fields_come_with_the_data(caplog: pytest.LogCaptureFixture) -> None:
    """Masked and refused fields stand beside the data of a next message; only the bug is logged as an error."""
    async with serving(endpoint()) as served, served.opened() as socket:
        await run(socket, "1", "subscription { orders { number total { broken } } }")
        (item, end) = await told_until_end(socket, "1")
        assert (item["payload"]["data"], end["type"]) == (None, "complete")
        await run(socket, "2", "{ refusal crash }")
        (item, _) = await told_until_end(socket, "2")
    assert item["payload"]["data"] == {"refusal": None, "crash": None}
    assert {error["extensions"]["code"] for error in item["payload"]["errors"]} == {"QUOTA_EXCEEDED", "INTERNAL"}
    assert SECRET not in str(item)
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 2


async def test_complete_closes_the_generator_and_frees_the_id() -> None:
    """The client's complete ends one subscription at once; no message of it follows; unknown ids do not matter."""
    seen = Seen()
    async with serving(endpoint(seen)) as served, served.opened() as socket:
        await run(socket, "1", "subscription { wait }")
        assert (await told(socket))["type"] == "next"
        await say(socket, type="complete", id="1")
        await say(socket, type="complete", id="never")
        await until(lambda: seen.closed == 1)
        await run(socket, "1", "subscription { count(to: 1) }")
        assert await told_until_end(socket, "1") == [
            {"id": "1", "type": "next", "payload": {"data": {"count": 1}}},
            {"id": "1", "type": "complete"},
        ]


async def test_generators_are_closed_when_the_client_leaves_or_drops() -> None:
    """A farewell and a connection that simply ends both run every generator's finally."""
    seen = Seen()
    async with serving(endpoint(seen)) as served:
        for leave in ("close", "drop"):
            async with served.opened() as socket:
                for id in "abc":
                    await run(socket, id, "subscription { wait }")
                    await told(socket)
                if leave == "drop":
                    socket.transport.abort()
            await until(lambda: seen.closed == seen.opened)
    assert seen.opened == 6


@pytest.mark.parametrize("way", ["complete", "close"])
async def test_a_mutation_that_began_is_carried_out(way: str) -> None:
    """Nobody listens any more, but what was asked for is done and not left in the middle."""
    seen = Seen()
    async with serving(endpoint(seen)) as served:
        async with served.opened() as socket:
            await run(socket, "1", 'mutation { noteLater(text: "kept") }')
            await until(lambda: seen.opened == 1)
            if way == "complete":
                await say(socket, type="complete", id="1")
                await say(socket, type="ping")
                assert await told(socket) == {"type": "pong"}
                seen.gate.set()
                await until(lambda: seen.written == ["kept"])
                await say(socket, type="ping")
                assert await told(socket) == {"type": "pong"}
        seen.gate.set()
        await until(lambda: seen.written == ["kept"])


async def test_operations_run_side_by_side_up_to_the_limit() -> None:
    """One too many is refused by an error of its own; when one ends there is room again."""
    seen = Seen()
    async with serving(endpoint(seen, limits=Limits(operations_per_socket=2))) as served, served.opened() as socket:
        for id in "ab":
            await run(socket, id, "subscription { wait }")
            assert (await told(socket))["id"] == id
        await run(socket, "c", "{ whoami }")
        refusal = await told(socket)
        assert (refusal["id"], refusal["type"]) == ("c", "error")
        assert refusal["payload"][0]["extensions"] == {"code": "OPERATION_LIMIT", "limit": 2}
        await say(socket, type="complete", id="a")
        await until(lambda: seen.closed == 1)
        await run(socket, "c", "{ whoami }")
        assert (await told(socket))["type"] == "next"


async def test_a_slow_operation_holds_up_nobody() -> None:
    """A query that waits does not keep another on the same socket from answering."""
    seen = Seen()
    async with serving(endpoint(seen)) as served, served.opened() as socket:
        await run(socket, "slow", "{ slow }")
        await run(socket, "fast", "{ whoami }")
        assert (await told(socket))["id"] == "fast"
        seen.gate.set()
        assert (await told_until_end(socket, "slow"))[0]["payload"] == {"data": {"slow": "done"}}


async def test_4403_when_the_token_expires() -> None:
    """An open socket ends at the token's expiry, not at its next message, and its generators are closed."""
    seen = Seen()

    async def expiring(token: str | None) -> Session:
        return Session(ACTOR, expires_at=datetime.now(UTC) + timedelta(seconds=0.3))

    async with serving(endpoint(seen, authenticate=expiring)) as served, served.opened() as socket:
        before = asyncio.get_running_loop().time()
        await run(socket, "1", "subscription { wait }")
        assert await closed_with(socket) == (4403, "The access token has expired")
        assert asyncio.get_running_loop().time() - before >= 0.25
        await until(lambda: seen.opened == seen.closed == 1)


async def test_4403_when_the_session_is_no_longer_valid() -> None:
    """Revocation and changed roles are found by asking again; a check that fails ends nothing."""
    answers: list[bool | None] = [True, None, True, False]
    asked = 0

    async def still_valid() -> bool:
        nonlocal asked
        answer = answers[asked]
        asked += 1
        if answer is None:
            raise OSError("the database is away")
        return answer

    async def revocable(token: str | None) -> Session:
        return Session(ACTOR, expires_at=datetime.now(UTC) + timedelta(hours=1), still_valid=still_valid)

    given = endpoint(authenticate=revocable, limits=Limits(recheck_every=0.05))
    async with serving(given) as served, served.opened() as socket:
        assert await closed_with(socket) == (4403, "The access token is no longer valid")
    assert asked == 4


async def test_sessions_are_looked_at_together() -> None:
    """One look for all sockets at what their sessions rest on; only where it changed is a session asked, and ended."""
    premises = {name: Premise("SELECT $1", (name,), "same") for name in ("one", "two", "gone", "fine")}
    looks: list[list[Premise]] = []
    asked: list[str] = []

    async def named(token: str | None) -> Session:
        async def still_valid() -> bool:
            asked.append(str(token))
            return token != "gone"

        return Session(ACTOR, still_valid=still_valid, premise=premises[str(token)])

    async def holding(given: Sequence[Premise]) -> list[bool]:
        looks.append(list(given))
        if len(looks) == 1:
            raise OSError("the database is away")
        return [premise not in (premises["gone"], premises["fine"]) for premise in given]

    given = endpoint(authenticate=named, holding=holding, limits=Limits(recheck_every=0.05))
    async with serving(given) as served, AsyncExitStack() as stack:
        sockets = {
            (name, number): await stack.enter_async_context(served.opened(name))
            for name in ("one", "two", "fine", "gone")
            for number in range(3)
        }
        for number in range(3):
            assert await closed_with(sockets["gone", number]) == (4403, "The access token is no longer valid")
        await until(lambda: looks[-1] == [premises[name] for name in ("one", "two", "fine")])
        assert set(asked) == {"gone", "fine"} and asked.count("gone") <= 1
        for (name, _), socket in sockets.items():
            if name != "gone":
                await say(socket, type="ping")
                assert await told(socket) == {"type": "pong"}


async def test_1013_when_the_server_cannot_authenticate(caplog: pytest.LogCaptureFixture) -> None:
    """A fault of ours at the start is a code on which clients come again, without the fault's text."""

    async def fails(token: str | None) -> Session:
        raise RuntimeError(SECRET)

    async with serving(endpoint(authenticate=fails)) as served, served.socket() as socket:
        await say(socket, **INIT)
        code, reason = await closed_with(socket)
    assert code == 1013
    assert SECRET not in reason
    assert [record.levelname for record in caplog.records if record.name == "app.graphql"] == ["ERROR"]


async def test_1013_for_a_reader_that_stalls() -> None:
    """A client that does not read is closed within the send timeout; when it wakes at once it learns the code."""
    seen = Seen()
    given = endpoint(seen, limits=Limits(send_timeout=0.3))
    async with serving(given) as served, served.opened(max_queue=2) as stalled, served.opened() as other:
        stalled.transport.pause_reading()
        await run(stalled, "1", "subscription { flood }")
        await until(lambda: seen.opened == 1)
        await run(other, "1", "{ whoami }")
        assert (await told_until_end(other, "1"))[-1]["type"] == "complete"
        await until(lambda: seen.closed == 1)
        stalled.transport.resume_reading()
        assert await closed_with(stalled) == (1013, "The client does not read; resume by cursor")


async def test_sockets_end_when_the_server_stops() -> None:
    """A shutdown closes sockets with a code on which clients come again, and their generators."""
    seen = Seen()
    async with serving(endpoint(seen)) as served:
        socket = await served.socket()
        await say(socket, **INIT)
        await told(socket)
        await run(socket, "1", "subscription { wait }")
        await told(socket)
    assert (await closed_with(socket))[0] == 1012
    assert seen.opened == seen.closed == 1


async def test_1013_when_the_feed_is_interrupted(caplog: pytest.LogCaptureFixture) -> None:
    """A subscription that cannot go on here is neither completed nor failed: its client comes again by cursor."""
    async with serving(endpoint()) as served, served.opened() as socket:
        await run(socket, "1", "subscription { interrupted }")
        assert (await told(socket))["payload"] == {"data": {"interrupted": 0}}
        assert await closed_with(socket) == (1013, "The stream was interrupted; resume by cursor")
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
