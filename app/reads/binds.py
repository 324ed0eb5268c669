"""Values a statement is given when it runs: places in it, and how each is filled."""

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Date, DateTime, Float, Numeric, Text, Uuid
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.elements import ColumnClause
from sqlalchemy.types import TypeEngine

from app.domain.access import Viewer
from app.domain.errors import ErrorCode, Refusal

INSTANT = DateTime(timezone=True)
MARK = re.compile("⟪([a-z0-9_]+)⟫")
_LARGEST_BIGINT = 2**63 - 1
_SURROGATE = re.compile("[\ud800-\udfff]")
_SQL_TYPES: dict[type, TypeEngine[Any]] = {
    str: Text(),
    int: BigInteger(),
    float: Float(),
    Decimal: Numeric(),
    datetime: INSTANT,
    date: Date(),
    UUID: Uuid(),
}


_dialect: Any = postgresql.dialect()  # type: ignore[no-untyped-call]


# made for each request, and freezing would set each field by a call
@dataclass(slots=True)
class Moment:
    """Everything one run of a statement may depend on."""

    variables: dict[str, Any]
    viewer: Viewer | None
    now: datetime
    keys: dict[Any, list[Any]] = field(default_factory=dict)


Getter = Callable[[Moment], Any]


def sql_name(type_: TypeEngine[Any]) -> str:
    """What PostgreSQL calls a type."""
    return type_.compile(dialect=_dialect)


def marked(name: str, type_: TypeEngine[Any], *, array: bool = False) -> str:
    """The text of a typed place in a statement."""
    return f"⟪{name}⟫::{sql_name(type_)}{'[]' if array else ''}"


class Slot(ColumnClause[Any]):
    """A place in a statement that `narrow` may compare columns with; its value is only known when it runs."""

    inherit_cache = False

    def __init__(self, name: str, type_: TypeEngine[Any], get: Getter, binds: "Binds | None" = None) -> None:
        super().__init__(marked(name, type_), type_, is_literal=True)
        self.slot = name
        self.get = get
        self.binds = binds


# What every expression of a declaration may name beside its own table's columns
NOW: ColumnElement[datetime] = Slot("now", INSTANT, lambda moment: moment.now)
VIEWER_ACCOUNT: ColumnElement[UUID] = Slot("viewer_account", Uuid(), lambda m: m.viewer and m.viewer.account_id)
VIEWER_SELLER: ColumnElement[UUID] = Slot("viewer_seller", Uuid(), lambda m: m.viewer and m.viewer.seller_id)
_STANDING = {slot.slot: slot for slot in (NOW, VIEWER_ACCOUNT, VIEWER_SELLER) if isinstance(slot, Slot)}


class Binds:
    """The places of one statement, by name."""

    def __init__(self) -> None:
        self._getters: dict[str, Getter] = {name: slot.get for name, slot in _STANDING.items()}
        self._still: set[Getter] = set()

    def add(self, type_: TypeEngine[Any], get: Getter, still: bool = False) -> Slot:
        """A new place, filled by `get`; it is `still` if nothing but variables has a say in it."""
        name = f"p{len(self._getters)}"
        self._getters[name] = get
        if still:
            self._still.add(get)
        return Slot(name, type_, get, self)

    def still(self, *slots: Slot) -> bool:
        """Whether nothing but variables has a say in any of these places."""
        return self._still.issuperset(slot.get for slot in slots)

    def moving(self, getters: tuple[Getter, ...]) -> tuple[int, ...]:
        """Which of these are to be asked anew each time, though the variables are the same."""
        return tuple(at for at, get in enumerate(getters) if get not in self._still)

    def array(self, type_: TypeEngine[Any], get: Getter) -> str:
        """The text of a place for several values, filled by `get`."""
        name = self.add(type_, get).slot
        return marked(name, type_, array=True)

    def keys(self, group: Hashable, type_: TypeEngine[Any]) -> str:
        """The text of a place for the keys of the referred rows of one group."""
        return self.array(type_, lambda moment: moment.keys[group])

    def key(self, group: Hashable, type_: TypeEngine[Any]) -> str:
        """The text of a place for the only key of a group."""
        return marked(self.add(type_, lambda moment: moment.keys[group][0]).slot, type_)

    def value(self, value: Any, get: Getter) -> Slot:
        """A place for values of the same kind as this one."""
        type_ = _SQL_TYPES.get(type(value))
        if type_ is None:
            raise TypeError(f"an argument of Python type {type(value).__name__} cannot be bound")
        if isinstance(value, str):
            return self.add(type_, _text(get), still=True)
        if isinstance(value, int):
            return self.add(type_, lambda moment: _storable_number(get(moment)), still=True)
        self._still.add(get)
        return self.add(type_, get)

    def finish(self, text: str) -> tuple[str, tuple[Getter, ...]]:
        """The text with numbered parameters, and what fills each of them."""
        numbers: dict[str, int] = {}

        def number(match: re.Match[str]) -> str:
            return f"${numbers.setdefault(match[1], len(numbers) + 1)}"

        numbered = MARK.sub(number, text)
        return numbered, tuple(self._getters[name] for name in numbers)


def derived(slot: Slot, type_: TypeEngine[Any], convert: Callable[..., Any], *others: Any) -> Slot:
    """A place filled with a function of an argument's place, and of other places: of arguments, or of who looks."""
    if slot.binds is None:
        raise TypeError("only an argument's place can be derived from")
    still, get = slot.binds.still(slot, *others), slot.get
    if not others:
        return slot.binds.add(type_, lambda moment: convert(get(moment)), still)
    gets = [get, *(each.get for each in others)]
    return slot.binds.add(type_, lambda moment: convert(*[each(moment) for each in gets]), still)


def several(slots: Sequence[Slot], type_: TypeEngine[Any]) -> Slot:
    """One place filled with the values of several, as an array: what is compared with it row by row is made once."""
    return derived(slots[0], ARRAY(type_), lambda *values: list(values), *slots[1:])


def _text(get: Getter) -> Getter:
    """The text, unless PostgreSQL could not even receive it."""

    def text(moment: Moment) -> Any:
        found = get(moment)
        if "\0" in found or (not found.isascii() and _SURROGATE.search(found)):
            raise Refusal(ErrorCode.INVALID, "A text must not contain NUL or lone surrogate characters.")
        return found

    return text


def _storable_number(number: int) -> int:
    """The number, unless PostgreSQL could not even receive it."""
    if abs(number) > _LARGEST_BIGINT:
        raise Refusal(ErrorCode.OUT_OF_RANGE, "A number is too large.")
    return number
