"""Rows as records: how a domain dataclass is read from its table and written to it, by the names they share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from functools import cache
from operator import attrgetter, itemgetter
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import orjson

from app.domain.partial import part_of

Record = TypeVar("Record")
Converter = Callable[[Any], Any]


@cache
def decoder(kind: Any, names: tuple[str, ...]) -> Callable[[Iterable[Any]], list[Any]]:
    """How the values of these columns, in this order, become what a record of this kind says."""
    hints = get_type_hints(kind)
    converters = [
        (place, convert) for place, name in enumerate(names) if (convert := _converter(hints[name])) is not None
    ]

    def decoded(row: Iterable[Any]) -> list[Any]:
        values = list(row)
        for place, convert in converters:
            if (value := values[place]) is not None:
                values[place] = convert(value)
        return values

    return decoded


@cache
def _reader(kind: Any) -> Callable[[Mapping[str, Any]], Any]:
    """How a record of this kind is made of a row."""
    names = _names(kind)
    columns, decoded = itemgetter(*names), decoder(kind, names)
    if "__slots__" in vars(kind) or hasattr(kind, "__post_init__"):
        return lambda row: kind(*decoded(columns(row)))
    # all at once, where a frozen dataclass sets its fields one by one
    return lambda row: part_of(kind, zip(names, decoded(columns(row)), strict=True))


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def _values(kind: Any) -> Callable[[Any], tuple[Any, ...]]:
    """The values of a record of this kind, in the order of its names."""
    return attrgetter(*_names(kind))


def _converter(hint: Any) -> Converter | None:
    """How a column's value becomes what the record says; None where the driver's value is already that."""
    if get_origin(hint) in (Union, UnionType):
        hint = next(part for part in get_args(hint) if part is not type(None))
    origin = get_origin(hint)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {member.value: member for member in hint}.__getitem__
    if origin is tuple:
        return _tuple
    if origin is not None and issubclass(origin, Mapping):
        return json_of
    return None


def _tuple(value: Any) -> tuple[Any, ...]:
    return tuple(json_of(value))


def json_of(value: Any) -> Any:
    """A JSON column's value, parsed where the driver has not."""
    return orjson.loads(value) if isinstance(value, str | bytes) else value


def record_from(kind: type[Record], row: Mapping[str, Any]) -> Record:
    """A record of a row that has its columns."""
    made: Any = kind
    record: Record = _reader(made)(row)
    return record


def values_of(record: Any) -> dict[str, Any]:
    """A record's columns, ready to be written."""
    kind: Any = type(record)
    return {name: _plain(value) for name, value in zip(_names(kind), _values(kind)(record), strict=True)}


def changed_values(before: Any, after: Any) -> dict[str, Any]:
    """The columns in which two records differ, with the values of the second; what was not held before differs too."""
    if hasattr(after, "__dict__"):
        old = vars(before)
        held = vars(after).items()
        return {name: new for name, new in held if name not in old or (new is not old[name] and new != old[name])}
    kind: Any = type(after)
    values = _values(kind)
    pairs = zip(_names(kind), values(before), values(after), strict=True)
    return {name: new for name, past, new in pairs if new is not past and new != past}


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(part) for part in value]
    return value
