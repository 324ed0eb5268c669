"""Holes: the places of computed fields in PostgreSQL's JSON, filled in its bytes without reading the rest.

In the place of a computed field PostgreSQL writes `[mark, number, inputs…, mark]`. The mark is drawn once a process, so
that no data can hold it, whatever clients have stored.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from app.reads.binds import Moment
from app.reads.catalog import Catalog, Field, decoders
from app.reads.declare import ComputedField
from app.reads.inputs import Decode
from app.reads.selection import Details, Selection
from app.reads.writers import Later, Unwritable, Write, Writers, written

_MARK = secrets.token_hex(16)
_BETWEEN = f'"{_MARK}"'.encode()


@dataclass(frozen=True, slots=True)
class Hole:
    """A computed field: its function, what reads its inputs, and what writes its answer."""

    function: Callable[..., Any]
    inputs: tuple[Decode, ...]
    write: Write

    def text(self, values: list[Any], moment: Moment) -> bytes:
        """The JSON of the field for these inputs."""
        given = [decode(value, moment) for decode, value in zip(self.inputs, values, strict=True)]
        later: list[Later] = []
        answer = self.write(self.function(*given), later)
        if later:
            raise Unwritable
        return written(answer)


@dataclass
class Holes:
    """The holes of one statement in the making."""

    catalog: Catalog
    selection: Selection
    found: list[Hole] = field(default_factory=list)

    def add(self, field: Field, reads: ComputedField, inputs: list[str], details: Details) -> str:
        """The text of a computed field's place."""
        write = Writers(self.catalog, self.selection).of(field.graphql.type, details)
        self.found.append(Hole(reads.function, decoders(reads), write))
        values = ", ".join([f"'{_MARK}'", str(len(self.found) - 1), *inputs, f"'{_MARK}'"])
        return f"JSON_ARRAY({values} NULL ON NULL RETURNING json)"


def filled(data: bytes, holes: tuple[Hole, ...], moment: Moment) -> bytes:
    """The bytes with the computed fields in their places; the same inputs are computed once."""
    if not holes:
        return data
    parts = data.split(_BETWEEN)
    last = len(parts) - 1
    known: dict[bytes, bytes] = {}
    for at in range(0, last + 1, 2):  # what lies between the holes, without the brackets around them
        parts[at] = parts[at][at > 0 : None if at == last else -1]
    for at in range(1, last, 2):
        raw = parts[at]
        text = known.get(raw)
        if text is None:
            number, *values = orjson.loads(b"[%b]" % raw[2:-2])
            text = known[raw] = holes[number].text(values, moment)
        parts[at] = text
    return b"".join(parts)
