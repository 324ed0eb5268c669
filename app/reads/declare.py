"""How a GraphQL type is declared: `@reads` on a Strawberry type, and one specifier for each of its fields."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform, overload

import strawberry
from sqlalchemy import BigInteger, ColumnElement, FromClause, Text, table
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import JSONB
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.types.unset import UNSET

from app.domain.access import PARTIES, Audience
from app.reads.inputs import Source
from app.reads.rendering import DeclarationError, On
from app.reads.visibility import Rule

KEY = "reads"
T = TypeVar("T")
R = TypeVar("R")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
F = TypeVar("F")
G = TypeVar("G")
# The conditions that arguments make; what depends on who looks is a rule
Narrow = Callable[..., Sequence[ColumnElement[bool] | Rule]]
Sorts = Mapping[Any, tuple[ColumnElement[Any], ...]]

# The row of a type that stands on no table: the viewer, a summary
NOTHING = table("nothing")


def element(name: str) -> Any:
    """A stand-in row for one element of a jsonb list: its columns are `value` and `ordinality`."""
    return table(name, sql_column("value", JSONB), sql_column("ordinality", BigInteger))


def tally(name: str) -> Any:
    """A stand-in row for one count: `sort` is what was counted, `found` how many, at most one more than `ceiling`."""
    return table(name, sql_column("sort", Text), sql_column("found", BigInteger), sql_column("ceiling", BigInteger))


@dataclass(frozen=True, eq=False)
class TypeReads:
    """What `@reads` says of a type."""

    row: FromClause
    prefix: str | None
    visible: Rule | None
    through: tuple[str, On] | None
    part: bool
    when: ColumnElement[bool] | None


@dataclass(frozen=True, eq=False, kw_only=True)
class FieldReads:
    """What every specifier says of a field: to which roles, and of which rows, it is shown at all."""

    to: Audience = PARTIES
    only: Rule | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class ColumnField(FieldReads):
    """A field that is an SQL expression of its row."""

    expression: ColumnElement[Any]
    python: Callable[[Any], Any] | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class NestedField(FieldReads):
    """An object whose stand-in columns are expressions of this row; NULL when its first one is."""

    columns: Mapping[str, ColumnElement[Any]]


@dataclass(frozen=True, eq=False, kw_only=True)
class PartField(FieldReads):
    """An object over this same row, or NULL where `when` does not hold."""

    when: ColumnElement[bool] | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class ElementsField(FieldReads):
    """A list of objects, one for each element of a jsonb list."""

    expression: ColumnElement[Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class OneField(FieldReads):
    """The row that `on` joins: of one table, or of the first type of a union that has one."""

    on: On | Mapping[type, On]
    order: tuple[ColumnElement[Any], ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class ListField(FieldReads):
    """The rows that `on` joins, all of them; at the root, all that are visible."""

    on: On | None
    order: tuple[ColumnElement[Any], ...]
    narrow: Narrow | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class PageField(ListField):
    """The rows that `on` joins, page by page; `sorts` are the orders that can be chosen, by the values of an enum."""

    default: int = 20
    largest: int = 100
    sorts: Sorts = field(default_factory=dict)


@dataclass(frozen=True, eq=False, kw_only=True)
class TallyField(FieldReads):
    """How many rows of another type there are of each sort, each counted up to a ceiling and one beyond it."""

    of: str
    on: On | None
    sorts: Mapping[str, ColumnElement[bool]]
    orders: Mapping[str, tuple[ColumnElement[Any], ...]]
    ceiling: ColumnElement[int]
    narrow: Narrow | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class ComputedField(FieldReads):
    """A pure function of inputs of this row."""

    function: Callable[..., Any]
    inputs: tuple[Source[Any], ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class LookupField(FieldReads):
    """A root field that finds one object by a unique column."""

    by: ColumnElement[Any] | None = None
    argument: str = "id"
    several: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class AloneField(FieldReads):
    """A root field with an object that stands on no table."""


PAGING = {
    "first": (int, "How many objects to return, from the start of the list or from `after`."),
    "after": (str, "Return what follows the object with this cursor."),
    "last": (int, "How many objects to return, from the end of the list or from `before`."),
    "before": (str, "Return what precedes the object with this cursor."),
}


SORT = "sort"


def _field(description: str, reads: FieldReads, arguments: list[StrawberryArgument] | None = None) -> Any:
    made = strawberry.field(description=description, metadata={KEY: reads})
    made.arguments = arguments or []
    return made


def argument_of(name: str, annotation: Any, description: str) -> StrawberryArgument:
    """A GraphQL argument without a default."""
    return StrawberryArgument(name, None, StrawberryAnnotation(annotation), description=description, default=UNSET)


def narrow_arguments(narrow: Narrow | None) -> list[StrawberryArgument]:
    """The parameters of `narrow` are the field's arguments."""
    arguments = StrawberryResolver(narrow).arguments if narrow else []
    for argument in arguments:
        if argument.default is None:
            argument.default = UNSET
    return arguments


def column(
    expression: ColumnElement[T],
    description: str,
    *,
    to: Audience = PARTIES,
    only: Rule | None = None,
    python: Callable[[Any], Any] | None = None,
) -> T:
    """A field that is an expression of its row; `python` reads it from a Python object instead of a row."""
    made: T = _field(description, ColumnField(expression=expression, to=to, only=only, python=python))
    return made


def nested(description: str, *, to: Audience = PARTIES, only: Rule | None = None, **columns: ColumnElement[Any]) -> Any:
    """An object over a stand-in row whose columns are these expressions; null when the first of them is NULL."""
    return _field(description, NestedField(columns=columns, to=to, only=only))


def same_row(
    description: str, *, when: ColumnElement[bool] | None = None, to: Audience = PARTIES, only: Rule | None = None
) -> Any:
    """An object over the same row, declared with `part=True`; null where `when` does not hold."""
    return _field(description, PartField(when=when, to=to, only=only))


def elements(
    expression: ColumnElement[Any], description: str, *, to: Audience = PARTIES, only: Rule | None = None
) -> Any:
    """A list of objects over `element(…)`, one for each element of a jsonb list."""
    return _field(description, ElementsField(expression=expression, to=to, only=only))


def one(
    on: On | Mapping[type, On],
    *order: ColumnElement[Any],
    description: str,
    to: Audience = PARTIES,
    only: Rule | None = None,
) -> Any:
    """The object that `on` joins, or the first one by `order`; for a union, one condition for each member."""
    return _field(description, OneField(on=on, order=order, to=to, only=only))


def many(
    on: On | None,
    *order: ColumnElement[Any],
    description: str,
    narrow: Narrow | None = None,
    to: Audience = PARTIES,
    only: Rule | None = None,
) -> Any:
    """The objects that `on` joins, all of them, in order."""
    reads = ListField(on=on, order=order, narrow=narrow, to=to, only=only)
    return _field(description, reads, narrow_arguments(narrow))


def page(
    on: On | None,
    *order: ColumnElement[Any],
    description: str,
    narrow: Narrow | None = None,
    sorts: Sorts | None = None,
    default: int = 20,
    largest: int = 100,
    to: Audience = PARTIES,
    only: Rule | None = None,
) -> Any:
    """The objects that `on` joins, page by page; `order` goes one way and ends with a unique column.

    In place of it `sorts` are several, one for each value of an enum, to be chosen by an argument; the first is that of
    who says nothing.
    """
    sorts = sorts or {}
    first = next(iter(sorts.values()), order)
    reads = PageField(
        on=on, order=first, narrow=narrow, default=default, largest=largest, to=to, only=only, sorts=sorts
    )
    paging = [argument_of(name, type_ | None, text) for name, (type_, text) in PAGING.items()]
    return _field(description, reads, [*paging, *_sort_argument(sorts), *narrow_arguments(narrow)])


def _sort_argument(sorts: Sorts) -> list[StrawberryArgument]:
    chosen = next(iter(sorts), None)
    if chosen is None:
        return []
    return [argument_of(SORT, type(chosen) | None, f"In which order; {chosen.name} if left out.")]


def tallies(
    of: str,
    on: On | None,
    sorts: Mapping[Any, ColumnElement[bool]],
    *order: ColumnElement[Any],
    orders: Sorts | None = None,
    ceiling: ColumnElement[int],
    description: str,
    narrow: Narrow | None = None,
    to: Audience = PARTIES,
    only: Rule | None = None,
) -> Any:
    """How many objects of a type there are of each sort; no count goes further than the ceiling.

    The field's own type stands on a `tally(…)`; of what sort it is says the value of the enum that `sorts` go by. They
    are counted in an order, so that an index that has it leads to as many as are counted; `orders` has those of sorts
    that go by another one.
    """
    named = {sort.value: condition for sort, condition in sorts.items()}
    by = {sort.value: (orders or {}).get(sort, order) for sort in sorts}
    reads = TallyField(of=of, on=on, sorts=named, orders=by, ceiling=ceiling, narrow=narrow, to=to, only=only)
    return _field(description, reads, narrow_arguments(narrow))


@overload
def computed(
    function: Callable[[A], R], a: Source[A], /, *, description: str, to: Audience = ..., only: Rule | None = ...
) -> R: ...
@overload
def computed(
    function: Callable[[A, B], R],
    a: Source[A],
    b: Source[B],
    /,
    *,
    description: str,
    to: Audience = ...,
    only: Rule | None = ...,
) -> R: ...
@overload
def computed(
    function: Callable[[A, B, C], R],
    a: Source[A],
    b: Source[B],
    c: Source[C],
    /,
    *,
    description: str,
    to: Audience = ...,
    only: Rule | None = ...,
) -> R: ...
@overload
def computed(
    function: Callable[[A, B, C, D], R],
    a: Source[A],
    b: Source[B],
    c: Source[C],
    d: Source[D],
    /,
    *,
    description: str,
    to: Audience = ...,
    only: Rule | None = ...,
) -> R: ...
@overload
def computed(
    function: Callable[[A, B, C, D, F], R],
    a: Source[A],
    b: Source[B],
    c: Source[C],
    d: Source[D],
    e: Source[F],
    /,
    *,
    description: str,
    to: Audience = ...,
    only: Rule | None = ...,
) -> R: ...
@overload
def computed(
    function: Callable[[A, B, C, D, F, G], R],
    a: Source[A],
    b: Source[B],
    c: Source[C],
    d: Source[D],
    e: Source[F],
    f: Source[G],
    /,
    *,
    description: str,
    to: Audience = ...,
    only: Rule | None = ...,
) -> R: ...
def computed(
    function: Callable[..., Any],
    /,
    *inputs: Source[Any],
    description: str,
    to: Audience = PARTIES,
    only: Rule | None = None,
) -> Any:
    """A pure, total function of columns, child rows, `now` and `viewer`; it can neither filter nor sort.

    On a root type it has no row: a function of `now` and `viewer` alone.
    """
    return _field(description, ComputedField(function=function, inputs=inputs, to=to, only=only))


def lookup(
    description: str, *, by: ColumnElement[Any] | None = None, argument: str = "id", about: str = "The object's id."
) -> Any:
    """A root field with one object: by its public id, or by a unique text column."""
    annotation: Any = strawberry.ID if by is None else str
    return _field(description, LookupField(by=by, argument=argument), [argument_of(argument, annotation, about)])


def lookups(description: str, *, about: str = "The objects' ids; the answer has their order.") -> Any:
    """A root field with a list of objects by their public ids, null where there is none."""
    reads = LookupField(argument="ids", several=True)
    return _field(description, reads, [argument_of("ids", list[strawberry.ID], about)])


def alone(description: str) -> Any:
    """A root field with an object over NOTHING, as one statement; null for nobody."""
    return _field(description, AloneField())


@dataclass_transform(
    kw_only_default=True,
    field_specifiers=(column, nested, same_row, elements, one, many, page, tallies, computed, lookup, lookups, alone),
)
def reads(
    row: FromClause,
    *,
    prefix: str | None = None,
    visible: Rule | None = None,
    through: tuple[str | type, On] | None = None,
    part: bool = False,
    when: ColumnElement[bool] | None = None,
    interface: bool = False,
) -> Callable[[type[T]], type[T]]:
    """Declare what rows a type reads and who sees them: `visible`, `through` a parent, or as a `part` of another."""
    if part == (visible is not None or through is not None):
        raise DeclarationError(f"{row}: say who may see it, by `visible` or `through`, or that it is a `part`")
    parent = through and (through[0] if isinstance(through[0], str) else through[0].__name__, through[1])
    declared = TypeReads(row, prefix, visible, parent, part, when)

    def decorate(cls: type[T]) -> type[T]:
        if not cls.__doc__:
            raise DeclarationError(f"{cls.__name__} has no docstring")
        cls.__reads__ = declared  # type: ignore[attr-defined]
        make = strawberry.interface if interface else strawberry.type
        return make(cls, description=inspect.cleandoc(cls.__doc__ or ""))

    return decorate


@dataclass(frozen=True)
class Ref:
    """An object by its key, to be read by what was selected of it."""

    type_: type
    key: Any


def ref(type_: type[T], key: Any) -> T:
    """The object of a type with this key: what a resolver answers in place of a row."""
    answer: Any = Ref(type_, key)
    return answer  # type: ignore[no-any-return]
