"""What the product asks of PostgreSQL while it answers a request, and the same as a script of pgbench.

PostgreSQL itself tells: it is asked to send each statement it runs to the client, and a relay hears it.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.relays import Notice, Relay

# The product's connections that answer requests; those that number and push events are others
ANSWERING = ("assured", "assured-read")
_LITERAL = r"'(?:[^']|'')*'|NULL"
_PARAMETER = re.compile(rf"\$(\d+) = ({_LITERAL})")
_EXECUTED = re.compile(r"(?:execute [^:]*|statement): (.*)", re.DOTALL)
_MARK = re.compile("\x01([^\x01]*)\x01")
# What pgbench would take for a variable, though it stands in a text
_MISTAKEN = re.compile(r"(?<=[^:]):(?=[A-Za-z_])")


@dataclass(frozen=True, slots=True)
class Statement:
    """One round trip: a text with the literals of its parameters."""

    text: str
    parameters: Sequence[str]


@dataclass(frozen=True, slots=True)
class Fresh:
    """What differs from one time to the next: the order, its version and entries before, what was made, and texts.

    `since` is when the request was made: an id of that time or later was made by it.
    """

    order_id: UUID
    version: int
    entries: int
    since: float
    marker: str = ""

    def of(self, key: str, value: Any) -> str | None:
        """The SQL expression to put in place of a value, where it cannot be the same again."""
        if key == "version":
            return f"(SELECT version + {value - self.version} FROM orders WHERE id = '{self.order_id}')"
        if key in ("entries", "sequence"):
            return f"(SELECT entries + {value - self.entries} FROM orders WHERE id = '{self.order_id}')"
        return self._text(value) if isinstance(value, str) else None

    def _text(self, value: str) -> str | None:
        if self.marker and value == self.marker:
            return "(:fresh)::text"
        try:
            id = UUID(value)
        except ValueError:
            return None
        if id.version != 7 or (id.int >> 80) / 1000 < self.since:
            return None
        # two ids made by one request are two in each run of the script
        return f"lpad(to_hex(:fresh::bigint + {id.int % 1_000_003}), 32, '0')"


def heard(relay: Relay) -> list[Statement]:
    """The statements of one request, in their order."""
    return [statement for notice in relay.heard if (statement := _statement(notice)) is not None]


def _statement(notice: Notice) -> Statement | None:
    executed = _EXECUTED.match(notice.text)
    if notice.client not in ANSWERING or executed is None:
        return None
    found = sorted((int(number), literal) for number, literal in _PARAMETER.findall(notice.detail))
    return Statement(executed[1], [literal for _, literal in found])


def script(statements: Sequence[Statement], fresh: Fresh) -> str:
    """The statements for pgbench, which counts them as one transaction."""
    lines = ["\\set fresh random(1, 9000000000000000000)"]
    for statement in statements:
        first, also, rest = statement.text.partition("; ")
        if first == "BEGIN" and also:
            # what the product sends in one message, pgbench sends in one pipeline
            lines += ["\\startpipeline", "BEGIN;", *_parts(rest), "\\endpipeline"]
        else:
            lines.append(f"{_filled(statement, fresh)};")
    return "\n".join(lines) + "\n"


def _parts(statements: str) -> Iterator[str]:
    return (f"{each};" for each in statements.split("; "))


def _filled(statement: Statement, fresh: Fresh) -> str:
    literals = [_literal(literal, fresh) for literal in statement.parameters]
    text = _MISTAKEN.sub(" : ", statement.text)
    return re.sub(r"\$(\d+)", lambda place: literals[int(place[1]) - 1], text)


def _literal(literal: str, fresh: Fresh) -> str:
    """A literal with expressions in place of what must differ."""
    if literal == "NULL":
        return literal
    said = literal[1:-1].replace("''", "'")
    if said.startswith("[{"):
        marked = json.dumps(_walked(json.loads(said), "", fresh.of), ensure_ascii=False)
    else:
        expression = fresh.of("", said)
        marked = said if expression is None else f"\x01{expression}\x01"
    # quotes around an expression are its own business: a number has none in JSON
    marked = marked.replace("\\u0001", "\x01")
    if "\x01" not in marked:
        return _quoted(marked)
    parts = _MARK.split(marked)
    return "(" + " || ".join(part if n % 2 else _quoted(part) for n, part in enumerate(parts)) + ")"


def _walked(value: Any, key: str, of: Callable[[str, Any], str | None]) -> Any:
    if isinstance(value, dict):
        return {name: _walked(part, name, of) for name, part in value.items()}
    if isinstance(value, list):
        return [_walked(part, key, of) for part in value]
    expression = None if value is None else of(key, value)
    return value if expression is None else f"\x01{expression}\x01"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
