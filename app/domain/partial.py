"""Records that may be held in part: what was not loaded cannot be read, and so is never taken for nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import Field, fields
from typing import Any, ClassVar, Protocol, TypeVar


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Kind = TypeVar("Kind", bound=_Dataclass)


class NotLoaded(LookupError):
    """A fact was asked for that was not loaded."""


def partial(kind: type[Kind]) -> type[Kind]:
    """A frozen dataclass of which a part can be held: its defaults are for who makes one, not for what is lacking."""
    for field in fields(kind):
        if field.name in vars(kind):
            delattr(kind, field.name)
    setattr(kind, "__getattr__", _lacking)  # noqa: B010 - a type checker shall not think that any name will do
    return kind


def _lacking(record: Any, name: str) -> Any:
    if name in record.__dataclass_fields__:
        raise NotLoaded(f"{name} of this {type(record).__name__} was not loaded")
    raise AttributeError(f"a {type(record).__name__} has no {name}")


def part_of(kind: type[Kind], held: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> Kind:
    """A record of which only this is held."""
    record = object.__new__(kind)
    vars(record).update(held)
    return record


def holds(record: _Dataclass, name: str) -> bool:
    """Whether a record has this, or lacks it."""
    return name in vars(record)


def changed(record: Kind, columns: Mapping[str, Any]) -> Kind:
    """The record with other columns: what it holds is copied at once, where `replace` names a hundred fields."""
    if not columns.keys() <= record.__dataclass_fields__.keys():
        raise TypeError(f"a {type(record).__name__} has no {', '.join(columns.keys() - record.__dataclass_fields__)}")
    copy = object.__new__(type(record))
    vars(copy).update(vars(record))
    vars(copy).update(columns)
    return copy
