"""The audits of GraphQL over HTTP, in Python: those of the npm package graphql-http 1.23."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

NEW = "application/graphql-response+json"
OLD = "application/json"
TYPENAME = "{ __typename }"
TYPE = "query Type($name: String!) { __type(name: $name) { name } }"
NAMED = {"name": "sometype"}
COERCION = {"query": "query CoerceFailure($id: ID!){ __typename }", "variables": {"id": None}}
UNKNOWN = {"query": "{ 8f31403dfe404bccbb0e835f2629c6a7 }"}
NOT_STRINGS: tuple[Any, ...] = ({"obj": "ect"}, 0, False, ["array"])
NOT_MAPS: tuple[Any, ...] = ("string", 0, False, ["array"])

Check = Callable[[httpx.Response], bool]


@dataclass(frozen=True)
class Audit:
    """One request and what its response must be."""

    id: str
    check: Check
    body: Any = None
    accept: str | None = None
    method: str = "POST"
    content_type: str | None = OLD
    url: dict[str, str] = field(default_factory=dict)

    def request(self) -> dict[str, Any]:
        """The request, for httpx."""
        headers = {"accept": self.accept or ""}
        if self.method == "POST" and self.content_type:
            headers["content-type"] = self.content_type
        content = self.body if isinstance(self.body, bytes | None) else json.dumps(self.body).encode()
        return {"method": self.method, "headers": headers, "content": content, "params": self.url}


def status(lowest: int, highest: int | None = None) -> Check:
    """The status is the one, or between the two."""
    return lambda response: lowest <= response.status_code <= (highest or lowest)


def media(expected: str) -> Check:
    """The status is 200 and the content type the expected one."""
    return lambda response: response.status_code == 200 and expected in response.headers["content-type"]


def utf8(response: httpx.Response) -> bool:
    """The status is 200 and the body is UTF-8."""
    return response.status_code == 200 and bool(response.content.decode("utf-8"))


def clean(response: httpx.Response) -> bool:
    """The status is 200 and there are no errors."""
    return response.status_code == 200 and "errors" not in response.json()


def dataless(response: httpx.Response) -> bool:
    """The response has no data entry."""
    return "data" not in response.json()


def _invalid(parameter: str, prefix: str, values: tuple[Any, ...]) -> list[Audit]:
    return [
        Audit(f"{prefix}{index}", status(400), {"query": TYPENAME, parameter: value})
        for index, value in enumerate(values)
    ]


def _nullable() -> list[Audit]:
    audits = []
    for index, parameter in enumerate(("variables", "operationName", "extensions")):
        body = {"query": TYPENAME, parameter: None}
        audits += [Audit(f"94B{index}", clean, body, NEW), Audit(f"022{index}", clean, body, OLD)]
    return audits


PLAIN = {"query": TYPENAME}
BROKEN = b'{ "not a JSON'

AUDITS = [
    Audit("22EB", media(NEW), PLAIN, NEW),
    Audit("4655", media(OLD), PLAIN, OLD),
    Audit("47DE", media(OLD), PLAIN, "*/*"),
    Audit("80D8", media(OLD), PLAIN),
    Audit("82A3", utf8, PLAIN),
    Audit(
        "BF61", status(200), {"query": '{ __type(name: "Run🏃Swim🏊") { name } }'}, content_type=f"{OLD}; charset=utf-8"
    ),
    Audit("78D5", status(200), PLAIN),
    Audit("2C94", status(200), PLAIN),
    Audit("5A70", status(200), method="GET", accept="*/*", url={"query": TYPENAME}),
    Audit("9C48", status(400, 499), method="GET", accept=NEW, url={"query": "mutation { __typename }"}),
    Audit("9ABE", status(400, 499), PLAIN, content_type="text/plain;charset=UTF-8"),
    Audit("03D4", status(200), PLAIN),
    Audit("A5BF", status(400)),
    Audit("423L", status(400), {"notquery": TYPENAME}, NEW),
    *_invalid("query", "LKJ", NOT_STRINGS),
    Audit("34A2", status(200), PLAIN, NEW),
    Audit("13EE", clean, PLAIN, OLD),
    *_invalid("operationName", "6C0", NOT_STRINGS),
    Audit("8161", status(200), {"operationName": "Query", "query": "query Query { __typename }"}, NEW),
    Audit("B8B3", clean, {"operationName": "Query", "query": "query Query { __typename }"}, OLD),
    *_nullable(),
    *_invalid("variables", "476", NOT_MAPS),
    Audit("2EA1", status(200), {"query": TYPE, "variables": NAMED}, NEW),
    Audit("28B9", clean, {"query": TYPE, "variables": NAMED}, OLD),
    Audit("D6D5", clean, method="GET", accept=NEW, url={"query": TYPE, "variables": json.dumps(NAMED)}),
    Audit("6A70", clean, method="GET", accept=OLD, url={"query": TYPE, "variables": json.dumps(NAMED)}),
    *_invalid("extensions", "58B", NOT_MAPS),
    Audit("428F", status(200), {**PLAIN, "extensions": {"some": "value"}}, NEW),
    Audit("1B7A", clean, {**PLAIN, "extensions": {"some": "value"}}, OLD),
    Audit("B6DC", status(200, 599), BROKEN, OLD),
    Audit("BCF8", status(400), BROKEN, OLD),
    Audit("B7N8", status(400), BROKEN, NEW),
    Audit("8764", status(400, 599), {"qeury": TYPENAME}),
    Audit("3E3A", status(400), {"qeury": TYPENAME}),
    Audit("572B", status(200), {"query": "{"}, OLD),
    Audit("FDE2", status(200), UNKNOWN, OLD),
    Audit("7B9B", status(200), COERCION, OLD),
    Audit("865D", status(400, 599), {"query": "{"}, NEW),
    Audit("556A", status(400), {"query": "{"}, NEW),
    Audit("D586", dataless, {"query": "{"}, NEW),
    Audit("51FE", status(400, 599), UNKNOWN, NEW),
    Audit("74FF", status(400), UNKNOWN, NEW),
    Audit("5E5B", dataless, UNKNOWN, NEW),
    Audit("86EE", status(400), COERCION, NEW),
]
