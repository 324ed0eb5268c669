"""Server-sent events: framing, completion, errors, pings, and the end of a stream by either side."""

import asyncio
import json
import logging
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.graphql.limits import Limits
from app.graphql.sessions import Session
from tests.asking import http_client
from tests.transport.probe import ACTOR, SECRET, Seen
from tests.transport.serving import Served, endpoint, serving
from tests.transport.talking import until

STREAM = "text/event-stream"
URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
)


@asynccontextmanager
async def streaming(served: Served, query: str, accept: str = STREAM) -> AsyncIterator[httpx.Response]:
    """An operation whose response is read as it comes."""
    async with (
        http_client(timeout=10) as http,
        http.stream("POST", served.url, json={"query": query}, headers={"accept": accept}) as response,
    ):
        yield response


async def whole(served: Served, query: str, accept: str = STREAM) -> tuple[httpx.Response, str]:
    """The response and all of its text, once it has ended."""
    async with streaming(served, query, accept) as response:
        return response, (await response.aread()).decode()


def events(text: str) -> list[tuple[str, Any]]:
    """The events of a stream, as a browser's EventSource reads them; comments are left out."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.partition(":")[::2] for line in block.split("\n") if not line.startswith(":") and line)
        if fields:
            data = fields["data"].strip()
            found.append((fields["event"].strip(), json.loads(data) if data else None))
    return found


@pytest.mark.parametrize("accept", [STREAM, URQL])
async def test_a_subscription_is_next_next_complete(accept: str) -> None:
    """LF framing, one event per item and a complete event at the end, also for clients that accept JSON as well."""
    async with serving(endpoint()) as served:
        response, text = await whole(served, "subscription { count(to: 2) }", accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert "\r" not in text
    assert re.sub("^:\n\n", "", text, flags=re.MULTILINE) == (
        'event: next\ndata: {"data":{"count":1}}\n\n'
        'event: next\ndata: {"data":{"count":2}}\n\n'
        "event: complete\ndata:\n\n"
    )


@pytest.mark.parametrize("query", ["{ whoami }", 'mutation { note(text: "a") }'])
async def test_an_ordinary_operation_is_json_to_clients_that_accept_both(query: str) -> None:
    """urql names event streams on every request and must get JSON for queries and mutations."""
    async with serving(endpoint()) as served:
        response, text = await whole(served, query, URQL)
    assert response.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert "errors" not in json.loads(text)


async def test_an_ordinary_operation_is_one_event_to_clients_of_event_streams_alone() -> None:
    """Who accepts nothing else gets the result, or the errors, as a single event."""
    async with serving(endpoint()) as served:
        _, good = await whole(served, "{ whoami }")
        _, bad = await whole(served, "{ nothing }")
    assert events(good) == [("next", {"data": {"whoami": None}}), ("complete", None)]
    ((name, body), end) = events(bad)
    assert (name, end) == ("next", ("complete", None))
    assert body["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_a_subscription_by_get() -> None:
    """A browser's EventSource can only GET."""
    async with serving(endpoint()) as served, http_client() as http:
        response = await http.get(
            served.url, params={"query": "subscription { count(to: 1) }"}, headers={"accept": STREAM}
        )
    assert events(response.text) == [("next", {"data": {"count": 1}}), ("complete", None)]


@pytest.mark.parametrize(
    ("query", "items", "code"),
    [
        ("subscription { fails(after: 1) }", 1, "INTERNAL"),
        ("subscription { fails(after: 0) }", 0, "INTERNAL"),
        ("subscription { refuses }", 0, "CURSOR_EXPIRED"),
    ],
)
async def test_a_stream_that_fails_says_so_and_completes(query: str, items: int, code: str) -> None:
    """The error is the last item, masked as everywhere."""
    async with serving(endpoint()) as served:
        _, text = await whole(served, query)
    *nexts, end = events(text)
    assert (len(nexts), end) == (items + 1, ("complete", None))
    assert nexts[-1][1]["errors"][0]["extensions"]["code"] == code
    assert SECRET not in text


async def test_comments_keep_a_silent_stream_alive() -> None:
    """A stream with nothing to say sends a comment at once and then now and again."""
    async with (
        serving(endpoint(limits=Limits(keep_alive_every=0.05))) as served,
        streaming(served, "subscription { wait }") as response,
    ):
        text = ""
        async for chunk in response.aiter_text():
            text += chunk
            if text.count(":\n\n") >= 4:
                break
    assert events(text) == [("next", {"data": {"wait": "waiting"}})]


async def test_the_subscription_ends_when_its_reader_leaves() -> None:
    """The generator's finally runs when the client disconnects."""
    seen = Seen()
    async with serving(endpoint(seen)) as served:
        async with streaming(served, "subscription { wait }") as response:
            await anext(response.aiter_text())
            await until(lambda: seen.opened == 1)
            assert seen.closed == 0
        await until(lambda: seen.closed == 1)


async def test_the_stream_ends_with_its_session() -> None:
    """Expiry and revocation end an open stream with an error that tells the client to authenticate anew."""
    valid = True

    async def still_valid() -> bool:
        return valid

    async def expiring(token: str | None) -> Session:
        return Session(ACTOR, expires_at=datetime.now(UTC) + timedelta(seconds=0.2))

    async def revocable(token: str | None) -> Session:
        return Session(ACTOR, still_valid=still_valid)

    for authenticate in (expiring, revocable):
        seen = Seen()
        given = endpoint(seen, authenticate=authenticate, limits=Limits(recheck_every=0.05))
        async with serving(given) as served, streaming(served, "subscription { wait }") as response:
            await until(lambda seen=seen: seen.opened == 1)  # type: ignore[misc]
            valid = False
            text = (await response.aread()).decode()
            await until(lambda seen=seen: seen.closed == 1)  # type: ignore[misc]
        assert events(text)[-2][1]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert events(text)[-1] == ("complete", None)


async def test_a_reader_that_stalls_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    """A client that stops reading loses its connection within the send timeout, and the generator is closed."""
    seen = Seen()
    body = json.dumps({"query": "subscription { flood }"}).encode()
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nAccept: {STREAM}\r\nContent-Type: application/json\r\n"
    async with serving(endpoint(seen, limits=Limits(send_timeout=0.3))) as served:
        with socket.socket() as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
            raw.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(raw, ("127.0.0.1", served.port))
            await loop.sock_sendall(raw, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            await until(lambda: seen.opened == 1)
            await until(lambda: seen.closed == 1)
            last = b""
            with suppress(ConnectionResetError):
                while chunk := await loop.sock_recv(raw, 1_000_000):
                    last = chunk
            assert not last.endswith(b"0\r\n\r\n")  # cut, not completed
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_an_interrupted_feed_cuts_the_stream(caplog: pytest.LogCaptureFixture) -> None:
    """A subscription that cannot go on here is cut, not completed: its client comes again by cursor."""
    text = ""
    async with serving(endpoint()) as served, streaming(served, "subscription { interrupted }") as response:
        with pytest.raises(httpx.RemoteProtocolError):
            async for chunk in response.aiter_text():
                text += chunk
    assert events(text) == [("next", {"data": {"interrupted": 0}})]
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
