"""GraphQL over HTTP beyond the audits: errors, masking, authentication, origins, the page."""

import logging

import asyncpg
import pytest
from graphql import DocumentNode, parse
from sqlalchemy.exc import DBAPIError

from app.domain.errors import ErrorCode, Refusal
from app.graphql.limits import Limits
from app.graphql.origins import Origins
from app.graphql.sessions import Session
from tests.transport.probe import SECRET, Seen
from tests.transport.serving import RESPONSE_JSON, ask, client, codes, endpoint

URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


async def test_a_query_runs_with_its_variables() -> None:
    """Variables reach the resolver and the answer comes back as data alone."""
    response = await ask("query Q($n: String!) { order(number: $n) { number total { amount } } }", variables={"n": "9"})
    assert response.json() == {"data": {"order": {"number": "9", "total": {"amount": "5.00"}}}}
    assert response.headers["cache-control"] == "no-store"


async def test_a_mutation_runs_by_post_and_never_by_get() -> None:
    """The same mutation writes once: the GET is refused with 405 before anything runs."""
    seen = Seen()
    given = endpoint(seen)
    await ask('mutation { note(text: "posted") }', given)
    async with client(given) as http:
        response = await http.get("/graphql", params={"query": 'mutation { note(text: "got") }'})
    assert (response.status_code, response.headers["allow"], codes(response)) == (405, "POST", ["METHOD_NOT_ALLOWED"])
    assert seen.written == ["posted"]


async def test_a_mutation_hidden_behind_a_query_is_not_executed_by_get() -> None:
    """What counts is the operation that is named, not the first of the document."""
    seen = Seen()
    params = {"query": 'query A { whoami } mutation B { note(text: "x") }', "operationName": "B"}
    async with client(endpoint(seen)) as http:
        assert (await http.get("/graphql", params=params)).status_code == 405
        assert (await http.get("/graphql", params={**params, "operationName": "A"})).status_code == 200
    assert seen.written == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_are_405(method: str) -> None:
    """The answer names the methods that are allowed."""
    async with client() as http:
        response = await http.request(method, "/graphql")
    assert (response.status_code, codes(response)) == (405, ["METHOD_NOT_ALLOWED"])
    assert response.headers["allow"] == "GET, POST, OPTIONS"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (URQL, RESPONSE_JSON),
        ("application/json, application/graphql-response+json;q=0.5", "application/json"),
        ("application/json;q=0.2, application/graphql-response+json;q=0.9", RESPONSE_JSON),
        ("application/*", "application/json"),
        ("text/plain, */*;q=0.1", "application/json"),
        ("application/json;q=0, */*", RESPONSE_JSON),
    ],
)
async def test_the_preferred_media_type_is_answered(accept: str, media: str) -> None:
    """Quality first, then the order of the header; wildcards mean plain JSON."""
    async with client() as http:
        response = await http.post("/graphql", json={"query": "{ __typename }"}, headers={"accept": accept})
    assert response.headers["content-type"] == f"{media}; charset=utf-8"
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_an_answer_nobody_accepts_is_406() -> None:
    """A client that accepts none of the media types learns which there are."""
    async with client() as http:
        response = await http.post("/graphql", json={"query": "{ __typename }"}, headers={"accept": "text/plain"})
    assert (response.status_code, codes(response)) == (406, ["NOT_ACCEPTABLE"])


async def test_a_subscription_without_event_streams_is_406() -> None:
    """A subscription POSTed for JSON is not executed; the error says how it can be."""
    seen = Seen()
    response = await ask("subscription { wait }", endpoint(seen))
    assert (response.status_code, codes(response)) == (406, ["NOT_ACCEPTABLE"])
    assert "text/event-stream" in response.json()["errors"][0]["message"]
    assert seen.opened == 0


async def test_several_operations_need_a_name() -> None:
    """Without a name, with an unknown one and with the right one."""
    document = "query A { whoami } query B { __typename }"
    assert codes(await ask(document)) == ["OPERATION_RESOLUTION_FAILED"]
    assert codes(await ask(document, operationName="C")) == ["OPERATION_RESOLUTION_FAILED"]
    assert (await ask(document, operationName="B")).json() == {"data": {"__typename": "Query"}}
    assert codes(await ask("fragment F on Query { whoami }")) != []


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{", {}, "GRAPHQL_PARSE_FAILED"),
        ("", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query Q($n: Int!) { orders(first: $n) { number } }", {"n": "many"}, "BAD_USER_INPUT"),
        ("query Q($n: Int!) { orders(first: $n) { number } }", {}, "BAD_USER_INPUT"),
        ("query Q($i: NoteInput!) { __typename } mutation M { __typename }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("mutation M($i: NoteInput!) { notePut(input: $i) }", {"i": {"text": 5}}, "BAD_USER_INPUT"),
        ("mutation M($i: NoteInput!) { notePut(input: $i) }", {"i": {"text": "a", "no": 1}}, "BAD_USER_INPUT"),
    ],
)
async def test_a_request_error_has_a_code_and_no_data(query: str, variables: dict[str, object], code: str) -> None:
    """Nothing ran, so there is no data entry; a current client gets 400 and an old one 200."""
    response = await ask(query, variables=variables)
    assert response.status_code == 400
    assert set(codes(response)) == {code}
    assert "data" not in response.json()
    async with client() as http:
        old = await http.post("/graphql", json={"query": query, "variables": variables})
    assert (old.status_code, "data" in old.json()) == (200, False)


async def test_null_for_a_non_null_argument_is_the_clients_error() -> None:
    """What graphql-core refuses only while it executes still is bad input, not a bug of ours."""
    response = await ask('query Q($n: String = "1") { order(number: $n) { number } }', variables={"n": None})
    assert codes(response) == ["BAD_USER_INPUT"]


async def test_a_refusal_keeps_its_code_field_and_params(caplog: pytest.LogCaptureFixture) -> None:
    """A refusal is an answer, so it is complete for the client and no error in the log."""
    response = await ask("{ refusal whoami }")
    assert response.status_code == 200
    assert response.json()["data"] == {"refusal": None, "whoami": None}
    (error,) = response.json()["errors"]
    assert (error["message"], error["path"]) == ("The quota is used up.", ["refusal"])
    assert error["extensions"] == {
        "code": "QUOTA_EXCEEDED",
        "field": ["input", "total"],
        "params": {"needed": "5.00"},
    }
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_resolver_may_ask_for_a_token() -> None:
    """An operation that needs an account fails as a whole field, with its own code."""
    assert codes(await ask("{ private }")) == ["UNAUTHENTICATED"]


@pytest.mark.parametrize(
    "query",
    ["{ crash }", "mutation { crash }", "{ order { total { broken } } }", "{ order { required } }", "{ unencodable }"],
)
async def test_a_bug_is_masked_and_logged_once_with_its_request_id(
    query: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The client gets a generic message and an id; the log gets the id and the traceback."""
    response = await ask(query)
    assert SECRET not in response.text
    assert "Traceback" not in response.text
    assert "non-nullable" not in response.text
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.name == "app.graphql"
    assert error["extensions"]["requestId"] in record.getMessage()
    assert record.exc_info is not None


async def test_a_failure_outside_execution_is_masked_too(caplog: pytest.LogCaptureFixture) -> None:
    """A broken authenticate or context is a 500 with the same generic error."""

    async def fails(token: str | None) -> Session:
        raise RuntimeError(SECRET)

    response = await ask("{ whoami }", endpoint(authenticate=fails))
    assert (response.status_code, codes(response)) == (500, ["INTERNAL"])
    assert SECRET not in response.text
    assert [record.levelname for record in caplog.records if record.name == "app.graphql"] == ["ERROR"]


@pytest.mark.parametrize(
    "error",
    [
        TimeoutError(SECRET),
        ConnectionResetError(SECRET),
        asyncpg.QueryCanceledError(SECRET),
        asyncpg.CannotConnectNowError(SECRET),
        DBAPIError(SECRET, None, ConnectionResetError(SECRET), connection_invalidated=True),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_database_without_time_is_told_as_such(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """It is 503 with when to ask again; the log has a line of it."""

    async def fails(token: str | None) -> Session:
        raise error

    response = await ask("{ whoami }", endpoint(authenticate=fails))
    assert (response.status_code, codes(response)) == (503, ["UNAVAILABLE"])
    extensions = response.json()["errors"][0]["extensions"]
    assert extensions["retryAfter"] == 1.0
    assert SECRET not in response.text
    (record,) = [record for record in caplog.records if record.name == "app.graphql"]
    assert (record.levelname, record.exc_info) == ("WARNING", None)
    assert extensions["requestId"] in record.getMessage()


async def test_the_token_of_the_header_names_the_actor() -> None:
    """A good token is the actor, none is nobody, another is 401 with a challenge."""
    async with client() as http:
        good = await http.post("/graphql", json={"query": "{ whoami }"}, headers={"authorization": "Bearer good"})
        none = await http.post("/graphql", json={"query": "{ whoami }"})
        bad = await http.post("/graphql", json={"query": "{ whoami }"}, headers={"authorization": "bearer bad"})
    assert good.json() == {"data": {"whoami": "buyer@example.com"}}
    assert none.json() == {"data": {"whoami": None}}
    assert (bad.status_code, bad.headers["www-authenticate"], codes(bad)) == (401, "Bearer", ["UNAUTHENTICATED"])


async def test_authenticate_may_refuse_with_a_code_of_the_domain() -> None:
    """A refusal from the authentication keeps its code."""

    async def refuses(token: str | None) -> Session:
        raise Refusal(ErrorCode.SCOPE_MISSING, "The token may not be used here.")

    response = await ask("{ whoami }", endpoint(authenticate=refuses))
    assert (response.status_code, codes(response)) == (401, ["SCOPE_MISSING"])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "https://erp.example.com"}, 200),
        ({"origin": "http://testserver"}, 200),
        ({"origin": "https://evil.example.com"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://testserver.evil.example.com"}, 403),
        ({"origin": "http://[broken"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "cross-site", "origin": "https://erp.example.com"}, 200),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_only_allowed_pages_may_call(method: str, headers: dict[str, str], status: int) -> None:
    """A browser's word about where a request comes from decides; nothing runs for others."""
    seen = Seen()
    given = endpoint(seen, origins=Origins(frozenset({"https://erp.example.com"})))
    query = {"query": "{ whoami }"}
    options = {"params": query} if method == "GET" else {"json": query}
    async with client(given) as http:
        response = await http.request(method, "/graphql", headers=headers, **options)  # type: ignore[arg-type]
    assert response.status_code == status
    assert len(seen.contexts) == (status == 200)
    allowed = response.headers.get("access-control-allow-origin")
    assert allowed == (headers.get("origin") if status == 200 else None)


async def test_a_browser_may_ask_first() -> None:
    """A preflight names the methods and headers for an allowed page, and is 403 for another."""
    given = endpoint(origins=Origins(frozenset({"https://erp.example.com"})))
    async with client(given) as http:
        good = await http.options("/graphql", headers={"origin": "https://erp.example.com"})
        bad = await http.options("/graphql", headers={"origin": "https://evil.example.com"})
    assert (good.status_code, bad.status_code) == (204, 403)
    assert good.headers["access-control-allow-headers"] == "authorization, content-type, accept"


async def test_a_browser_is_shown_the_page_and_a_program_is_not() -> None:
    """The page answers a browser that opens the address, even from another site, and only where there is one."""
    given = endpoint(page=b"<!doctype html>")
    headers = {"accept": BROWSER, "sec-fetch-site": "cross-site"}
    async with client(given) as http:
        page = await http.get("/graphql", headers=headers)
        data = await http.get("/graphql", params={"query": "{ __typename }"}, headers={"accept": "*/*"})
    assert (page.text, page.headers["content-type"]) == ("<!doctype html>", "text/html; charset=utf-8")
    assert data.json() == {"data": {"__typename": "Query"}}
    async with client() as http:
        assert (await http.get("/graphql", headers={"accept": BROWSER})).status_code == 400


async def test_a_document_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second request with the same text finds it read; the least recently used is given up."""
    parsed: list[str] = []

    def counted(text: str, **options: int) -> DocumentNode:
        parsed.append(text)
        return parse(text, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("app.graphql.documents.parse", counted)
    async with client(endpoint(limits=Limits(cached_documents=2))) as http:
        for alias in "aabacb":
            response = await http.post("/graphql", json={"query": f"{{ {alias}: whoami }}"})
            assert response.json() == {"data": {alias: None}}
    assert parsed == ["{ a: whoami }", "{ b: whoami }", "{ c: whoami }", "{ b: whoami }"]
