"""What the product asks of PostgreSQL while it answers requests, and the same as a script of pgbench.

PostgreSQL itself tells: it is asked to send each statement it runs to the client, and a relay hears it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tests.relays import Notice, Relay

# The product's connections that answer requests; those that number and push events are others
ANSWERING = ("assured", "assured-read")
# … but for what looks whether an event is to be sent to somebody's address
BESIDE = "webhook_"
_PARAMETER = re.compile(r"\$(\d+) = ('(?:[^']|'')*'|NULL)")
_EXECUTED = re.compile(r"(?:execute [^:]*|statement): (.*)", re.DOTALL)
# How it tells of what is run by a plan of before
_PLANNED = "prepare: "
_RUN = re.compile(r"EXECUTE \w+\(([^)]*)\)")
_ID = re.compile(r"'([0-9a-f]{32})'")
# Around an expression within a text
_MARK = "\x01"
# What pgbench would take for a variable, though it stands in a text
_MISTAKEN = re.compile(r"(?<=[^:]):(?=[A-Za-z_])")


@dataclass(frozen=True, slots=True)
class Statement:
    """One round trip: a text with places for its parameters, and those as text."""

    text: str
    parameters: Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Recording:
    """What one request asked: of which order, how that stood before, when it was, and the fresh text it was given."""

    order_id: UUID
    version: int
    entries: int
    since: float
    marker: str
    statements: Sequence[Statement]


@dataclass(slots=True)
class _Fresh:
    """SQL in place of what cannot be the same again: versions, places in the chain, ids that were made, the text."""

    recording: Recording
    made: dict[str, int] = field(default_factory=dict)

    def of(self, key: str, value: object) -> str | None:
        """The expression for a value; `{order}` stands for the order's id."""
        before = {"version": "version", "entries": "entries", "sequence": "entries"}.get(key)
        if before is not None and isinstance(value, int):
            more = value - (self.recording.version if before == "version" else self.recording.entries)
            return f"(SELECT {before} + {more} FROM orders WHERE id = {{order}}::uuid)::text"
        if value == self.recording.marker:
            return "(:fresh)::text"
        if isinstance(value, str) and _made_since(value, self.recording.since):
            number = self.made.setdefault(value, len(self.made))
            return f"lpad(to_hex(:fresh::bigint + {number}), 32, '0')"
        return None


def _made_since(text: str, since: float) -> bool:
    try:
        id = UUID(text)
    except ValueError:
        return False
    return id.version == 7 and (id.int >> 80) / 1000 >= since


def heard(relay: Relay) -> list[Statement]:
    """The statements of one request, in their order."""
    return [statement for notice in relay.heard if (statement := _statement(notice)) is not None]


def _statement(notice: Notice) -> Statement | None:
    executed = _EXECUTED.match(notice.text)
    if notice.client not in ANSWERING or executed is None or BESIDE in executed[1]:
        return None
    text, detail = executed[1], notice.detail
    if detail.startswith(_PLANNED):
        text, detail = _unfolded(text, detail.removeprefix(_PLANNED)), ""
    if detail:
        found = {int(number): literal for number, literal in _PARAMETER.findall(detail)}
        return Statement(text, [_said(found[number]) for number in sorted(found)])
    # what has no parameters has its ids written out
    ids: list[str] = _ID.findall(text)
    places = iter(range(1, len(ids) + 1))
    return Statement(_ID.sub(lambda _: f"${next(places)}::uuid", text), ids)


def _unfolded(text: str, planned: str) -> str:
    """What was sent along, with the statement in place of what runs its plan; pgbench plans everything once."""
    run, *others = _RUN.finditer(text)
    if others:
        raise ValueError(f"only of the first of several plans PostgreSQL tells what it is of: {text}")
    values = run[1].split(", ")
    said = re.sub(r"\$(\d+)", lambda place: values[int(place[1]) - 1], planned)
    return text[: run.start()] + said + text[run.end() :]


def _said(literal: str) -> str | None:
    return None if literal == "NULL" else literal[1:-1].replace("''", "'")


def script(recordings: Sequence[Recording], types: Mapping[str, Sequence[str]]) -> str:
    """What was recorded of the same request about several orders, as one transaction of pgbench about any of them.

    `types` are those of each text's parameters.
    """
    fresh = [_Fresh(recording) for recording in recordings]
    order = _chosen([recording.order_id.hex for recording in recordings])
    lines = ["\\set fresh random(1, 9000000000000000000)", f"\\set chosen random(1, {len(recordings)})"]
    for place, statement in enumerate(recordings[0].statements):
        said = zip(*(recording.statements[place].parameters for recording in recordings), strict=True)
        values = [
            f"({_value(each, fresh, order)})::{kind}" for each, kind in zip(said, types[statement.text], strict=True)
        ]
        lines += _sent(_MISTAKEN.sub(" : ", statement.text), values)
    return "\n".join(lines) + "\n"


def _sent(text: str, values: Sequence[str]) -> list[str]:
    parts = [f"{_filled(part, values)};" for part in text.split("; ")]
    # what the product sends in one message, pgbench sends in one pipeline
    return parts if len(parts) == 1 else ["\\startpipeline", *parts, "\\endpipeline"]


def _filled(text: str, values: Sequence[str]) -> str:
    return re.sub(r"\$(\d+)", lambda place: values[int(place[1]) - 1], text)


def _value(said: Sequence[str | None], fresh: Sequence[_Fresh], order: str) -> str:
    """A parameter that was said so for each order, as an expression for the order that is chosen."""
    if said[0] is None:
        return "NULL"
    marked = [_marked(each or "", own).split(_MARK) for each, own in zip(said, fresh, strict=True)]
    pieces = []
    for number, each in enumerate(zip(*marked, strict=True)):
        pieces.append(each[0].replace("{order}", order) if number % 2 else _chosen(each))
    return " || ".join(pieces)


def _marked(said: str, fresh: _Fresh) -> str:
    """A text with expressions, between marks, in place of what must differ."""
    if said.startswith("[{"):
        walked = json.dumps(_walked(json.loads(said), "", fresh), ensure_ascii=False)
        return walked.replace("\\u0001", _MARK)
    expression = fresh.of("", said)
    return said if expression is None else f"{_MARK}{expression}{_MARK}"


def _walked(value: Any, key: str, fresh: _Fresh) -> Any:
    if isinstance(value, dict):
        return {name: _walked(part, name, fresh) for name, part in value.items()}
    if isinstance(value, list):
        return [_walked(part, key, fresh) for part in value]
    expression = fresh.of(key, value)
    return value if expression is None else f"{_MARK}{expression}{_MARK}"


def _chosen(texts: Sequence[str]) -> str:
    """Of texts for each order that of the chosen one."""
    quoted = ["'" + text.replace("'", "''") + "'" for text in texts]
    return quoted[0] if len(set(quoted)) == 1 else f"(ARRAY[{', '.join(quoted)}])[:chosen]"
