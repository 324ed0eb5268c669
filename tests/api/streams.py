"""Reading subscriptions as event streams, as a browser's EventSource would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson

from tests.api.people import Json, Person
from tests.api.server import PATIENCE
from tests.asking import http_client

EVENT_STREAM = "text/event-stream"


def headers(person: Person, accept: str) -> dict[str, str]:
    """The headers of a request that reads this."""
    return {"Authorization": f"Bearer {person.token}", "Accept": accept}


@asynccontextmanager
async def streamed(person: Person, document: str, **variables: Any) -> AsyncIterator[AsyncIterator[Json]]:
    """The messages of a subscription over an event stream, which is cut at the end of the block."""
    body = {"query": document, "variables": variables}
    async with (
        http_client(timeout=PATIENCE) as http,
        http.stream("POST", person.server.graphql, json=body, headers=headers(person, EVENT_STREAM)) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith(EVENT_STREAM)
        yield _messages(response)


async def _messages(response: httpx.Response) -> AsyncIterator[Json]:
    """The subscription's messages; comments are passed over."""
    event = ""
    async for line in response.aiter_lines():
        if line.startswith("event: "):
            event = line.removeprefix("event: ")
        elif line.startswith("data: ") and event == "next":
            answer = orjson.loads(line.removeprefix("data: "))
            assert "errors" not in answer, answer
            yield next(iter(answer["data"].values()))
