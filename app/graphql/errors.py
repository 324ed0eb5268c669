"""What a client is told when something goes wrong, and what only the log is told."""

import logging
import secrets
from collections.abc import Iterable, Sequence
from enum import StrEnum, unique
from typing import Any

from graphql import ArgumentNode, DirectiveNode, GraphQLError, GraphQLSyntaxError, ValueNode

from app.db.strain import strained
from app.domain.errors import Refusal

log = logging.getLogger("app.graphql")

Formatted = dict[str, Any]

GENERIC = "Something went wrong on our side. Quote the request id when you report it."
BUSY = "The server could not finish this in time. Send it again later, a mutation with the same idempotencyKey."
# Seconds after which it is worth asking again, as clients are told
BUSY_SECONDS = 1.0


@unique
class Code(StrEnum):
    """The `extensions.code` of every error that stands outside a payload's `userErrors`."""

    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    OPERATION_RESOLUTION_FAILED = "OPERATION_RESOLUTION_FAILED"
    BAD_REQUEST = "BAD_REQUEST"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    ORIGIN_NOT_ALLOWED = "ORIGIN_NOT_ALLOWED"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    DOCUMENT_TOO_LARGE = "DOCUMENT_TOO_LARGE"
    TOKEN_LIMIT = "TOKEN_LIMIT"
    DEPTH_LIMIT = "DEPTH_LIMIT"
    ALIAS_LIMIT = "ALIAS_LIMIT"
    DIRECTIVE_LIMIT = "DIRECTIVE_LIMIT"
    REPEAT_LIMIT = "REPEAT_LIMIT"
    FRAGMENT_LIMIT = "FRAGMENT_LIMIT"
    COST_LIMIT = "COST_LIMIT"
    PAGE_SIZE_LIMIT = "PAGE_SIZE_LIMIT"
    LIST_SIZE_LIMIT = "LIST_SIZE_LIMIT"
    OPERATION_LIMIT = "OPERATION_LIMIT"
    THROTTLED = "THROTTLED"
    INTROSPECTION_DISABLED = "INTROSPECTION_DISABLED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


class Unauthenticated(Exception):
    """The bearer token is missing where one is needed, unknown, expired or revoked; the message is for the client."""

    def __init__(self, message: str = "The access token is missing, unknown or no longer valid.") -> None:
        super().__init__(message)
        self.message = message


class RequestRefused(Exception):
    """A request that gets errors and no data.

    `status` is the HTTP status when the request itself is at fault. It is None when the request was well formed and
    GraphQL refuses it: the status then depends on the media type the client accepts.
    """

    def __init__(self, errors: Sequence[Formatted], status: int | None = None) -> None:
        super().__init__(errors[0]["message"])
        self.errors = list(errors)
        self.status = status


def formatted(code: str, message: str, **extensions: Any) -> Formatted:
    """One error in the shape of a GraphQL response."""
    return {"message": message, "extensions": {"code": code, **extensions}}


def refused(code: Code, message: str, status: int | None = None, **extensions: Any) -> RequestRefused:
    """A refusal of the whole request for one reason."""
    return RequestRefused([formatted(code, message, **extensions)], status)


def unauthenticated(error: Unauthenticated | Refusal) -> RequestRefused:
    """The refusal of a request whose token was not accepted."""
    code = error.code if isinstance(error, Refusal) else Code.UNAUTHENTICATED
    return RequestRefused([formatted(code, error.message)], 401)


def masked(error: BaseException, where: str) -> Formatted:
    """The generic error for a bug, or for a database without time; the log gets the rest and the same request id."""
    request_id = secrets.token_hex(8)
    if strained(error):
        log.warning("request %s found no time in %s: %s: %s", request_id, where, type(error).__name__, error)
        return formatted(Code.UNAVAILABLE, BUSY, requestId=request_id, retryAfter=BUSY_SECONDS)
    log.error("request %s failed in %s", request_id, where, exc_info=error)
    return formatted(Code.INTERNAL, GENERIC, requestId=request_id)


def failed(error: Exception, where: str) -> RequestRefused:
    """The end of a whole request that failed through no fault of its client."""
    return RequestRefused([masked(error, where)], 503 if strained(error) else 500)


def present(errors: Iterable[GraphQLError], where: str) -> list[Formatted]:
    """The errors of an execution as the client sees them: refusals with their code, everything else masked."""
    return [_present(error, where) for error in errors]


def present_input(errors: Iterable[GraphQLError], where: str) -> list[Formatted]:
    """The errors of variables that do not fit their types; a bug inside a scalar is masked."""
    presented = []
    for error in errors:
        cause = _cause(error)
        told = cause is None or isinstance(cause, (GraphQLError, ValueError))
        if told:
            presented.append({**_placed(error), "extensions": {"code": Code.BAD_USER_INPUT}})
        else:
            presented.append(_present(error, where))
    return presented


def present_document(errors: Iterable[GraphQLError], code: Code) -> list[Formatted]:
    """The errors of a document that does not parse or does not fit the schema."""
    return [{**_placed(error), "extensions": {"code": code}} for error in errors]


def syntax_code(error: GraphQLSyntaxError) -> Code:
    """Which reason the parser had to stop: it has no types for its limits, only messages."""
    if not error.message.endswith("Parsing aborted."):
        return Code.GRAPHQL_PARSE_FAILED
    return Code.DEPTH_LIMIT if "nested too deeply" in error.message else Code.TOKEN_LIMIT


def _present(error: GraphQLError, where: str) -> Formatted:
    cause = _cause(error)
    placed = _placed(error)
    if isinstance(cause, Refusal):
        facts = {"code": cause.code, "field": list(cause.field), "params": cause.params}
        return {**placed, "message": cause.message, "extensions": facts}
    if isinstance(cause, Unauthenticated):
        return {**placed, "message": cause.message, "extensions": {"code": Code.UNAUTHENTICATED}}
    if _at_argument(error, cause):
        return {**placed, "extensions": {"code": Code.BAD_USER_INPUT}}
    return {**placed, **masked(cause or error, where)}


def _cause(error: GraphQLError) -> Exception | None:
    """The first exception behind an error and its wrappers."""
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _at_argument(error: GraphQLError, cause: Exception | None) -> bool:
    """Whether graphql-core itself refused a value in the document, as it does for `null` in a non-null argument."""
    core = cause is None or isinstance(cause, GraphQLError)
    return (
        core
        and bool(error.nodes)
        and all(isinstance(node, (ArgumentNode, ValueNode, DirectiveNode)) for node in error.nodes or ())
    )


def _placed(error: GraphQLError) -> Formatted:
    """Message, locations and path, without what the error carries in its extensions."""
    placed = dict(error.formatted)
    placed.pop("extensions", None)
    return placed
