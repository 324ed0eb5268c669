"""Requests that are not well formed: each is a 4xx with a readable GraphQL error, and nothing runs."""

from typing import Any

import httpx
import pytest

from app.graphql.limits import Limits
from tests.asking import http_client
from tests.transport.probe import Seen
from tests.transport.serving import client, codes, endpoint, serving

JSON = {"content-type": "application/json"}
GOOD = b'{"query": "{ whoami }"}'

BODIES = {
    "nothing": b"",
    "null": b"null",
    "string": b'"{ whoami }"',
    "number": b"7",
    "boolean": b"true",
    "array": b'[{"query": "{ whoami }"}]',
    "empty array": b"[]",
    "empty object": b"{}",
    "truncated": b'{"query": "{ whoami }"',
    "two values": b'{"query": "{ whoami }"} {}',
    "not a number": b'{"query": "{ whoami }", "variables": {"a": NaN}}',
    "invalid UTF-8": b'{"query": "{ whoami # \xff\xfe }"}',
    "UTF-16": '{"query": "{ whoami }"}'.encode("utf-16"),
    "lone surrogate": b'{"query": "{ whoami # \\ud800 }"}',
    "deep array": b"[" * 100_000,
    "deep object": b'{"a":' * 20_000,
    "deep variables": b'{"query": "{ whoami }", "variables": {"a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}}",
    "null query": b'{"query": null}',
}


def readable(response: httpx.Response) -> bool:
    """Whether an answer is an error in the shape of GraphQL that a person can read."""
    (error,) = response.json()["errors"]
    return set(response.json()) == {"errors"} and len(error["message"]) > 15 and bool(error["extensions"]["code"])


@pytest.mark.parametrize("name", BODIES)
async def test_a_malformed_body_is_400(name: str) -> None:
    """Bytes that hold no request are refused with a reason."""
    seen = Seen()
    async with client(endpoint(seen)) as http:
        response = await http.post("/graphql", content=BODIES[name], headers=JSON)
    assert response.status_code == 400
    assert readable(response)
    assert codes(response) == ["BAD_REQUEST"]
    assert seen.contexts == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/graphql"},
        {"content-type": "application/jsonp"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
async def test_another_content_type_is_415(headers: dict[str, str]) -> None:
    """Only JSON in UTF-8 is read: a form of another site cannot send that without asking first."""
    async with client() as http:
        response = await http.post("/graphql", content=GOOD, headers=headers)
    assert response.status_code == 415
    assert readable(response)


@pytest.mark.parametrize("content_type", ["application/json;charset=UTF-8", 'Application/JSON; charset="utf-8"'])
async def test_ways_to_say_json_in_utf8(content_type: str) -> None:
    """Case, quotes and spaces of a content type do not matter."""
    async with client() as http:
        response = await http.post("/graphql", content=GOOD, headers={"content-type": content_type})
    assert response.json() == {"data": {"whoami": None}}


async def test_a_body_over_the_limit_is_413_announced_or_not() -> None:
    """The limit holds for the announced length and for what streams in; one byte less is read."""
    given = endpoint(limits=Limits(body_bytes=1_000))
    exact = GOOD[:-1] + b" " * (1_000 - len(GOOD)) + b"}"

    async def chunks(body: bytes) -> Any:
        for start in range(0, len(body), 100):
            yield body[start : start + 100]

    async with client(given) as http:
        assert (await http.post("/graphql", content=exact, headers=JSON)).status_code == 200
        for body in (exact + b" ", chunks(exact + b" ")):
            response = await http.post("/graphql", content=body, headers=JSON)
            assert (response.status_code, codes(response)) == (413, ["BODY_TOO_LARGE"])


async def test_an_endless_body_is_answered_before_it_ends() -> None:
    """A real server answers 413 while the client still sends."""
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while True:
            sent += 65_536
            yield b" " * 65_536

    async with serving(endpoint()) as served, http_client() as http:
        try:
            response = await http.post(served.url, content=endless(), headers=JSON)
        except httpx.NetworkError:  # the answer was sent and the connection dropped while the client still wrote
            response = None
    assert sent < 50_000_000
    assert response is None or response.status_code == 413


@pytest.mark.parametrize(
    "url",
    [
        "/graphql",
        "/graphql?query=",
        "/graphql?query=%7Bwhoami%7D&variables=nonsense",
        "/graphql?query=%7Bwhoami%7D&variables=%5B%5D",
        "/graphql?query=%7Bwhoami%7D&extensions=7",
        "/graphql?query=%7Bwhoami%7D&query=%7Bwhoami%7D",
        "/graphql?query=%7Bwhoami%23%FF%7D",
        "/graphql?" + "&".join(f"a{n}=1" for n in range(50)),
    ],
)
async def test_a_malformed_url_is_400(url: str) -> None:
    """A GET is held to the same forms as a body."""
    async with client() as http:
        response = await http.get(url, headers={"accept": "application/graphql-response+json"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"]
    assert "data" not in response.json()


async def test_numbers_too_large_for_a_machine_are_bad_input() -> None:
    """JSON of any size is read; what does not fit a type is the client's error."""
    query = "query Q($n: Int) { orders(last: $n) { number } }"
    async with client() as http:
        for number in ("1e400", "123456789012345678901234567890", "-1e308"):
            body = b'{"query": "' + query.encode() + b'", "variables": {"n": ' + number.encode() + b"}}"
            response = await http.post(
                "/graphql", content=body, headers={**JSON, "accept": "application/graphql-response+json"}
            )
            assert response.status_code == 400
            assert set(codes(response)) <= {"BAD_REQUEST", "BAD_USER_INPUT", "PAGE_SIZE_LIMIT"}
