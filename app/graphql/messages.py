"""The messages of graphql-transport-ws: what a client may send, checked, and what it is sent."""

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Any

import orjson

from app.graphql.errors import Formatted, RequestRefused
from app.graphql.requests import GraphQLRequest, parameters

PROTOCOL = "graphql-transport-ws"
ACK = b'{"type":"connection_ack"}'
END = b"}"
_REASON_BYTES = 123  # what a close frame holds beside its code


@unique
class CloseCode(IntEnum):
    """Why a socket is closed: the protocol's codes, and those of RFC 6455 that say "come again"."""

    TOO_BIG = 1009
    TRY_AGAIN_LATER = 1013
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INITIALISATION_TIMEOUT = 4408
    SUBSCRIBER_ALREADY_EXISTS = 4409
    TOO_MANY_INITIALISATION_REQUESTS = 4429


class Close(Exception):
    """The socket is to be closed, with this code and reason."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:_REASON_BYTES].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class Init:
    """The client's first word; the payload may carry its token."""

    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ping:
    """A question whether the server still listens; the answer carries the payload back."""

    payload: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to a ping, or a sign of life."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """An operation to run, under an id of the client's choice."""

    id: str
    request: GraphQLRequest


@dataclass(frozen=True, slots=True)
class Complete:
    """The client wants no more of an operation."""

    id: str


Message = Init | Ping | Pong | Subscribe | Complete


def read(text: str) -> Message:
    """Read one message of a client; one that the protocol does not know closes the socket."""
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Close(CloseCode.BAD_REQUEST, "A message must be valid JSON") from None
    if not isinstance(given, dict):
        raise Close(CloseCode.BAD_REQUEST, "A message must be a JSON object")
    match given.get("type"):
        case "connection_init":
            return Init(_payload(given) or {})
        case "ping":
            return Ping(_payload(given))
        case "pong":
            _payload(given)
            return Pong()
        case "subscribe":
            return Subscribe(_id(given), _request(given))
        case "complete":
            return Complete(_id(given))
        case unknown:
            raise Close(CloseCode.BAD_REQUEST, f"A message cannot be of type {str(unknown)[:40]!r}")


def pong(ping: Ping) -> bytes:
    """The answer to a ping."""
    return orjson.dumps({"type": "pong"} if ping.payload is None else {"type": "pong", "payload": ping.payload})


def next_(id: str) -> bytes:
    """How every message with a response of an operation begins; the response follows, and `END`."""
    return b'{"id":%b,"type":"next","payload":' % orjson.dumps(id)


def error(id: str, errors: list[Formatted]) -> bytes:
    """The end of an operation that was refused or failed."""
    return orjson.dumps({"id": id, "type": "error", "payload": errors})


def complete(id: str) -> bytes:
    """The end of an operation that has said everything."""
    return orjson.dumps({"id": id, "type": "complete"})


def _payload(given: dict[str, Any]) -> dict[str, Any] | None:
    payload = given.get("payload")
    if payload is None or isinstance(payload, dict):
        return payload
    raise Close(CloseCode.BAD_REQUEST, "The payload of a message must be an object")


def _id(given: dict[str, Any]) -> str:
    id = given.get("id")
    if isinstance(id, str) and id:
        return id
    raise Close(CloseCode.BAD_REQUEST, "The id of an operation must be a string that is not empty")


def _request(given: dict[str, Any]) -> GraphQLRequest:
    if not isinstance(given.get("payload"), dict):
        raise Close(CloseCode.BAD_REQUEST, "The payload of a subscribe message must be an object")
    try:
        return parameters(given["payload"])
    except RequestRefused as refusal:
        raise Close(CloseCode.BAD_REQUEST, refusal.errors[0]["message"]) from None
