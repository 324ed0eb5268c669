"""Writers: what is selected of a Python value as plain data, compiled once for its type and its selection.

A writer answers what graphql-core would complete the value to, or raises: then graphql-core does it, and words the
error.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from typing import Any, cast

import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from sqlalchemy import Table
from strawberry.types.field import StrawberryField

from app.reads.catalog import BACKREF, Catalog
from app.reads.declare import ColumnField, Ref
from app.reads.selection import Details, Selection


class Unplannable(Exception):
    """A selection that only graphql-core can answer."""


class Unwritable(Exception):
    """A value that only graphql-core can complete, if anybody."""


class Later:
    """An object that was referred to: the JSON of a row that is yet to be read."""

    __slots__ = ("place", "ref", "required", "text")  # no dataclass: orjson would write one by itself

    def __init__(self, place: int, ref: Ref, required: bool) -> None:
        self.place = place
        self.ref = ref
        self.required = required
        self.text: bytes | None = None

    def fragment(self) -> orjson.Fragment | None:
        """The JSON, once it was read."""
        if self.text is None and self.required:
            raise Unwritable
        return None if self.text is None else orjson.Fragment(self.text)


@dataclass(frozen=True, slots=True)
class Place:
    """Where objects may be referred to: what is selected of them, and of which types they may be."""

    details: Details
    names: frozenset[str]


Write = Callable[[Any, list[Later]], Any]
Get = Callable[[Any], Any]


@dataclass
class Writers:
    """Makes the writers of one selection; `places` are where it selects of objects that may be referred to."""

    catalog: Catalog
    selection: Selection
    places: list[Place] = field(default_factory=list)

    def of(self, type_: GraphQLOutputType, details: Details, required: bool = False) -> Write:
        """The writer of values of a type."""
        if is_non_null_type(type_):
            return self.of(type_.of_type, details, True)
        if is_list_type(type_):
            return _checked(_list(self.of(type_.of_type, details)), required)
        if is_leaf_type(type_):
            return _leaf(type_, required)
        name = get_named_type(type_).name
        rows = self._rows(name)
        if is_abstract_type(type_):
            written = self._abstract(name, details)
        else:
            written = _nothing if rows else self._object(name, details)
        if rows:
            self.places.append(Place(details, rows))
            written = _referring(written, len(self.places) - 1, required)
        return _checked(written, required)

    def _rows(self, name: str) -> frozenset[str]:
        """The types of rows that objects of a type may be referred to by a key of."""
        if not self.catalog.reads_any(name):
            return frozenset()
        found = [*self.catalog.candidates(name), *filter(None, [self.catalog.entities.get(name)])]
        return frozenset(entity.name for entity in found if isinstance(entity.row, Table))

    def _object(self, name: str, details: Details) -> Write:
        graphql = self.catalog.schema.type_map[name]
        assert isinstance(graphql, GraphQLObjectType)
        parts: list[tuple[str, Get, Write]] = []
        for key, chosen in self.selection.fields(graphql, details).items():
            selected = chosen[0].node.name.value
            if selected == "__typename":
                parts.append((key, lambda _: name, _as_it_is))
            else:
                parts.append((key, self._getter(graphql, selected), self.of(graphql.fields[selected].type, chosen)))
        is_type_of: Any = graphql.is_type_of

        def write(value: Any, later: list[Later]) -> Any:
            if isinstance(value, Exception | dict) or (is_type_of is not None and not is_type_of(value, None)):
                raise Unwritable
            return {key: written(get(value), later) for key, get, written in parts}

        return write

    def _getter(self, graphql: GraphQLObjectType, name: str) -> Get:
        known = graphql.fields[name].extensions.get(BACKREF)
        if not isinstance(known, StrawberryField) or not known.is_basic_field:
            raise Unplannable(f"{graphql.name}.{name} is answered by a resolver")
        entity = self.catalog.entities.get(graphql.name)
        reads = entity.fields[name].reads if entity else None
        if isinstance(reads, ColumnField) and reads.python is not None:
            return reads.python
        return attrgetter(known.python_name)

    def _abstract(self, name: str, details: Details) -> Write:
        schema: GraphQLSchema = self.catalog.schema
        possible = schema.get_possible_types(cast(Any, schema.type_map[name]))
        by_class: dict[Any, Write] = {}
        for type_ in possible:
            origin = getattr(type_.extensions.get(BACKREF), "origin", None)
            if type_.name not in self.catalog.entities:
                by_class[origin] = self._object(type_.name, details)

        def write(value: Any, later: list[Later]) -> Any:
            written = by_class.get(type(value))
            if written is None:
                raise Unwritable
            return written(value, later)

        return write


def _nothing(value: Any, later: list[Later]) -> Any:
    raise Unwritable


def _as_it_is(value: Any, later: list[Later]) -> Any:
    return value


def _checked(write: Write, required: bool) -> Write:
    def nullable(value: Any, later: list[Later]) -> Any:
        return None if value is None else write(value, later)

    def present(value: Any, later: list[Later]) -> Any:
        if value is None:
            raise Unwritable
        return write(value, later)

    return present if required else nullable


def _list(write: Write) -> Write:
    def listed(value: Any, later: list[Later]) -> Any:
        if type(value) is not list and type(value) is not tuple:
            raise Unwritable
        return [write(each, later) for each in value]

    return listed


@cache
def _leaf(type_: GraphQLLeafType, required: bool) -> Write:
    coerce = type_.coerce_output_value
    if isinstance(type_, GraphQLEnumType) and hasattr(type_, "wrapped_cls"):
        kind: Any = type_.wrapped_cls
        names = {member.value: coerce(member) for member in kind}

        def member(value: Any, later: list[Later]) -> Any:
            return names[value._value_] if type(value) is kind else _coerced(coerce, value, required)

        return member
    same = {"String": str, "ID": str, "Boolean": bool}.get(type_.name)

    def scalar(value: Any, later: list[Later]) -> Any:
        return value if type(value) is same else _coerced(coerce, value, required)

    return scalar


def _coerced(coerce: Callable[[Any], Any], value: Any, required: bool) -> Any:
    if value is None and not required:
        return None
    written = None if value is None else coerce(value)
    if written is None:
        raise Unwritable
    return written


def _referring(write: Write, place: int, required: bool) -> Write:
    def referring(value: Any, later: list[Later]) -> Any:
        if not isinstance(value, Ref):
            return write(value, later)
        waiting = Later(place, value, required)
        later.append(waiting)
        return waiting

    return referring


def written(value: Any) -> bytes:
    """The JSON of what a writer answered, once everything it refers to was read."""
    return orjson.dumps(value, default=Later.fragment)
