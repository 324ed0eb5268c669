"""A GraphQL request: what a client sends, by whichever way, once it is well formed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from app.graphql.errors import Code, RequestRefused, refused
from app.graphql.limits import Limits

JSON = "application/json"
DROPPED = 64  # how many times the limit a body may be to be answered; whoever sends more is cut off

_KINDS = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
}


# made for each request, and freezing would set each field by a call
@dataclass(slots=True)
class GraphQLRequest:
    """The parameters of one operation."""

    query: str
    variables: Mapping[str, Any]
    operation_name: str | None


async def posted(headers: Mapping[str, str], receive: Receive, limits: Limits) -> bytes:
    """The body of a POST."""
    _check_media_type(headers)
    body = await _body(headers, receive, limits.body_bytes)
    if not body:
        raise refused(Code.BAD_REQUEST, "The request has no body; send a JSON object with a query.", 400)
    return body


def in_body(body: bytes) -> GraphQLRequest:
    """The request in the body of a POST."""
    return parameters(_json(body, "The body"))


def in_url(query_string: bytes) -> GraphQLRequest:
    """The request in the parameters of a GET."""
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:  # covers bytes that are no UTF-8
        raise refused(Code.BAD_REQUEST, "The URL's parameters cannot be read as UTF-8.", 400) from None
    given: dict[str, Any] = {}
    for name, value in pairs:
        if name in given:
            raise refused(Code.BAD_REQUEST, f"The URL gives the parameter {name!r} twice.", 400)
        given[name] = value
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = _json(given[name].encode(), f"The parameter {name}") if given[name] else None
    return parameters(given)


def parameters(given: Any) -> GraphQLRequest:
    """The request in a JSON value, each parameter of the type that it must have."""
    if isinstance(given, list):
        raise refused(Code.BAD_REQUEST, "Batches are not accepted; send one operation a request.", 400)
    if not isinstance(given, dict):
        raise refused(Code.BAD_REQUEST, f"The request must be a JSON object, not {_kind(given)}.", 400)
    query, name = given.get("query"), given.get("operationName")
    if query is None:
        raise refused(Code.BAD_REQUEST, "The parameter query is missing.", 400)
    if not isinstance(query, str):
        raise refused(Code.BAD_REQUEST, f"The parameter query must be a string, not {_kind(query)}.", 400)
    if name is not None and not isinstance(name, str):
        raise refused(Code.BAD_REQUEST, f"The parameter operationName must be a string, not {_kind(name)}.", 400)
    variables, extensions = given.get("variables"), given.get("extensions")
    for field, value in (("variables", variables), ("extensions", extensions)):
        if value is not None and not isinstance(value, dict):
            raise refused(Code.BAD_REQUEST, f"The parameter {field} must be an object, not {_kind(value)}.", 400)
    return GraphQLRequest(query, variables or {}, name or None)


def _check_media_type(headers: Mapping[str, str]) -> None:
    content_type = headers.get("content-type", "")
    if content_type != JSON:
        _read_media_type(content_type)
    if "content-encoding" in headers and headers["content-encoding"].strip().lower() != "identity":
        raise refused(Code.UNSUPPORTED_MEDIA_TYPE, "Send the request without a Content-Encoding.", 415)


def _read_media_type(content_type: str) -> None:
    media_type, _, rest = content_type.partition(";")
    if media_type.strip().lower() != JSON:
        raise refused(Code.UNSUPPORTED_MEDIA_TYPE, f"Send the request with Content-Type: {JSON}.", 415)
    for parameter in rest.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in ("utf-8", "utf8"):
            raise refused(Code.UNSUPPORTED_MEDIA_TYPE, "Send the request in UTF-8.", 415)


async def _body(headers: Mapping[str, str], receive: Receive, limit: int) -> bytes:
    """The whole body; what is over the limit is read and dropped, since a client still sending hears no answer."""
    length = headers.get("content-length", "")
    if length.isdecimal() and len(length) < 16 and int(length) > DROPPED * limit:
        raise _too_large(limit)
    chunks: list[bytes] = []
    size, more = 0, True
    while more and size <= DROPPED * limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
    if size > limit:
        raise _too_large(limit)
    return b"".join(chunks)


def _too_large(limit: int) -> RequestRefused:
    return refused(Code.BODY_TOO_LARGE, f"The body is larger than {limit} bytes.", 413, limit=limit)


def _json(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        message = f"{what} is not valid JSON in UTF-8: {error.msg} (line {error.lineno}, column {error.colno})."
        raise refused(Code.BAD_REQUEST, message, 400) from None


def _kind(value: object) -> str:
    """What JSON calls a value."""
    if value is None:
        return "null"
    return _KINDS[type(value)]
