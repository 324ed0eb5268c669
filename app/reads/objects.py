"""Rows of a statement and the JSON that PostgreSQL makes of them."""

from dataclasses import dataclass

from app.reads.catalog import Entity
from app.reads.declare import NestedField

TYPE = "$type"


@dataclass(frozen=True)
class Row:
    """A row of the statement: its alias, its type, and the type whose visibility let it in."""

    alias: str
    entity: Entity
    guard: Entity | None
    nested: NestedField | None = None
    outer: "Row | None" = None


def json_object(pairs: list[tuple[str, str]]) -> str:
    """An object with these keys, in this order; keys are GraphQL names."""
    listed = ", ".join(f"'{key}' : {value}" for key, value in pairs)
    return f"JSON_OBJECT({listed} RETURNING json)"


def json_array(values: list[str]) -> str:
    """An array of these values, nulls included."""
    return f"JSON_ARRAY({', '.join(values)} NULL ON NULL RETURNING json)" if values else "'[]'::json"
