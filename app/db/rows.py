"""Rows as records: how a domain dataclass is read from its table and written to it, by the names they share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import orjson

Record = TypeVar("Record")
Converter = Callable[[Any], Any]


@cache
def _converters(kind: type[Any]) -> Mapping[str, Converter | None]:
    hints = get_type_hints(kind)
    return {field.name: _converter(hints[field.name]) for field in fields(kind)}


def _converter(hint: Any) -> Converter | None:
    """How a column's value becomes what the record says; None where the driver's value is already that."""
    if get_origin(hint) in (Union, UnionType):
        hint = next(part for part in get_args(hint) if part is not type(None))
    origin = get_origin(hint)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
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
    values = {}
    columns: Mapping[str, Converter | None] = _converters(kind)  # type: ignore[arg-type]
    for name, convert in columns.items():
        value = row[name]
        values[name] = value if convert is None or value is None else convert(value)
    return kind(**values)


def values_of(record: Any) -> dict[str, Any]:
    """A record's columns, ready to be written."""
    return {field.name: _plain(getattr(record, field.name)) for field in fields(record)}


def changed_values(before: Any, after: Any) -> dict[str, Any]:
    """The columns in which two records differ."""
    return {
        field.name: _plain(getattr(after, field.name))
        for field in fields(after)
        if getattr(before, field.name) != getattr(after, field.name)
    }


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(part) for part in value]
    return value
