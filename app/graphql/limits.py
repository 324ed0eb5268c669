"""The bounds of one request and one socket, and the check of a measured operation against them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.graphql.errors import Code, Formatted, RequestRefused, formatted, refused

NUL = "A text must not contain the character U+0000."


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may ask for and one connection may hold; times are in seconds."""

    body_bytes: int = 262_144
    document_bytes: int = 32_768
    tokens: int = 3_000
    comments: int = 500
    fragments: int = 60
    depth: int = 15
    introspection_depth: int = 20
    aliases: int = 50
    introspection_aliases: int = 4
    directives: int = 50
    repeats: int = 50
    cost: int = 20_000
    page_size: int = 100
    default_page: int = 20
    list_items: int = 250
    errors: int = 20
    cached_documents: int = 1_000
    cached_bytes: int = 2_097_152
    operations_per_socket: int = 50
    init_timeout: float = 10.0
    send_timeout: float = 10.0
    recheck_every: float = 5.0
    keep_alive_every: float = 12.0


@dataclass(frozen=True, slots=True)
class Weight:
    """What an operation, fragments included, amounts to before its variables are known."""

    depth: int = 0
    introspection_depth: int = 0
    aliases: int = 0
    introspection_aliases: int = 0
    directives: int = 0
    repeats: int = 0
    page_size: int = 0
    list_items: int = 0
    introspects: bool = False


_MEASURES = (
    ("depth", Code.DEPTH_LIMIT, "The operation is nested {actual} fields deep; at most {limit} are allowed."),
    (
        "introspection_depth",
        Code.DEPTH_LIMIT,
        "The introspection is nested {actual} fields deep; at most {limit} are allowed.",
    ),
    ("aliases", Code.ALIAS_LIMIT, "The operation has {actual} aliases; at most {limit} are allowed."),
    (
        "introspection_aliases",
        Code.ALIAS_LIMIT,
        "The introspection has {actual} aliases; at most {limit} are allowed.",
    ),
    ("directives", Code.DIRECTIVE_LIMIT, "The operation has {actual} directives; at most {limit} are allowed."),
    ("repeats", Code.REPEAT_LIMIT, "A field is selected {actual} times in one place; at most {limit} are allowed."),
    ("page_size", Code.PAGE_SIZE_LIMIT, "A page of {actual} is asked for; at most {limit} are allowed."),
    ("list_items", Code.LIST_SIZE_LIMIT, "A list of {actual} values is given; at most {limit} are allowed."),
)


def check_weight(weight: Weight, limits: Limits, introspection: bool) -> None:
    """Refuse an operation that is more than the limits allow whatever its variables are."""
    errors = list(_exceeded(weight, limits))
    if weight.introspects and not introspection:
        errors.append(formatted(Code.INTROSPECTION_DISABLED, "Introspection is switched off on this server."))
    if errors:
        raise RequestRefused(errors)


def check_cost(cost: int, limits: Limits) -> None:
    """Refuse an operation that could read more than the limits allow."""
    if cost > limits.cost:
        message = f"The operation may read {_number(cost)} fields; at most {limits.cost} are allowed."
        raise RequestRefused([_exceeding(Code.COST_LIMIT, message, cost, limits.cost)])


def check_page(size: int, limits: Limits) -> None:
    """Refuse a page size, given by a variable, that is over the limit."""
    if size > limits.page_size:
        message = f"A page of {_number(size)} is asked for; at most {limits.page_size} are allowed."
        raise RequestRefused([_exceeding(Code.PAGE_SIZE_LIMIT, message, size, limits.page_size)])


def check_variables(variables: Mapping[str, Any], limits: Limits) -> None:
    """Refuse variables that hold a longer list than the limit, or a text that cannot be stored, at any depth."""
    waiting: list[Iterable[Any]] = [variables.values()]
    for values in waiting:
        for value in values:
            if isinstance(value, str):
                if "\0" in value:
                    raise refused(Code.BAD_USER_INPUT, NUL)
            elif isinstance(value, list):
                if len(value) > limits.list_items:
                    message = f"A list of {len(value)} values is given; at most {limits.list_items} are allowed."
                    raise RequestRefused([_exceeding(Code.LIST_SIZE_LIMIT, message, len(value), limits.list_items)])
                waiting.append(value)
            elif isinstance(value, dict):
                waiting.append(value.values())


def _exceeded(weight: Weight, limits: Limits) -> Iterator[Formatted]:
    for name, code, message in _MEASURES:
        actual, limit = getattr(weight, name), getattr(limits, name)
        if actual > limit:
            yield _exceeding(code, message.format(actual=_number(actual), limit=limit), actual, limit)


def _exceeding(code: Code, message: str, actual: int, limit: int) -> Formatted:
    return formatted(code, message, limit=limit, actual=_capped(actual))


def _capped(number: int) -> int:
    """A number that every JSON reader holds: doubling fragments count to powers of two nobody needs exactly."""
    return min(number, 2**31 - 1)


def _number(number: int) -> str:
    return str(number) if number < 2**31 else "more than two thousand million"
