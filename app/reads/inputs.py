"""What a computed field is computed from: columns, child rows and the moment, brought by the same statement."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Date, DateTime, Integer, Numeric, Uuid

from app.domain.access import Viewer
from app.reads.binds import Moment
from app.reads.expressions import EnumText, sql_type
from app.reads.rendering import On

T = TypeVar("T")
Decode = Callable[[Any, Moment], Any]


class Input(Generic[T]):
    """An argument of a computed field's function."""


Source: TypeAlias = ColumnElement[T] | Input[T]


@dataclass(frozen=True, eq=False)
class Now(Input[datetime]):
    """The operation's one reading of the clock."""


@dataclass(frozen=True, eq=False)
class Looking(Input[Viewer | None]):
    """Who looks."""


@dataclass(frozen=True, eq=False)
class Record(Input[T]):
    """One value made of several inputs of the same row."""

    make: Callable[..., T]
    inputs: Mapping[str, Source[Any]]


@dataclass(frozen=True, eq=False)
class Rows(Input[T]):
    """The rows of another table that belong to this row, each made into one value; `one` is at most one."""

    make: Callable[..., Any]
    on: On
    order: tuple[ColumnElement[Any], ...]
    inputs: Mapping[str, Source[Any]]
    one: bool = False


now: Input[datetime] = Now()
viewer: Input[Viewer | None] = Looking()


def record(make: Callable[..., T], **inputs: Source[Any]) -> Input[T]:
    """The inputs as one value: `make` is called with them by name."""
    return Record(make, inputs)


def rows(make: Callable[..., T], on: On, *order: ColumnElement[Any], **inputs: Source[Any]) -> Input[list[T]]:
    """The rows that `on` joins, in order, each as what `make` makes of the inputs by name."""
    return Rows(make, on, order, inputs)


def row(make: Callable[..., T], on: On, *order: ColumnElement[Any], **inputs: Source[Any]) -> Input[T | None]:
    """The first row that `on` joins, or None."""
    return Rows(make, on, order, inputs, one=True)


def decoder(source: Source[Any]) -> Decode:
    """The function that turns an input's JSON back into the Python value its declaration promises."""
    if isinstance(source, Now):
        return lambda value, moment: moment.now
    if isinstance(source, Looking):
        return lambda value, moment: moment.viewer
    if isinstance(source, Record):
        return _maker(source.make, source.inputs)
    if isinstance(source, Rows):
        return _rows_decoder(source)
    if isinstance(source, ColumnElement):
        convert = _converter(sql_type(source))
        return _as_it_is if convert is None else lambda value, moment: None if value is None else convert(value)
    raise TypeError(f"{source!r} is no input")


def _maker(make: Callable[..., Any], inputs: Mapping[str, Source[Any]]) -> Decode:
    names = tuple(inputs)
    parts = {name: decoder(source) for name, source in inputs.items()}
    changed = [(name, part) for name, part in parts.items() if part is not _as_it_is]

    def decode(values: Any, moment: Moment) -> Any:
        given = dict(zip(names, values, strict=True))
        for name, part in changed:
            given[name] = part(given[name], moment)
        return make(**given)

    return decode


def _rows_decoder(source: Rows[Any]) -> Decode:
    make = _maker(source.make, source.inputs)
    if source.one:
        return lambda value, moment: None if value is None else make(value, moment)
    return lambda value, moment: [make(values, moment) for values in value]


def _as_it_is(value: Any, moment: Moment) -> Any:
    return value


def _converter(type_: Any) -> Callable[[Any], Any] | None:
    """What makes a column's JSON its Python value; None where it is that already."""
    if isinstance(type_, EnumText):
        return {member.value: member for member in type_.enum}.__getitem__
    if isinstance(type_, DateTime):
        return datetime.fromisoformat
    if isinstance(type_, Date):
        return date.fromisoformat
    if isinstance(type_, Uuid):
        return UUID
    if isinstance(type_, Numeric) and not isinstance(type_, Integer):
        return Decimal
    return None
