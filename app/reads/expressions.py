"""SQL expressions that declarations are written with: public ids, enums, counts, sums, texts of jsonb."""

from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any, TypeVar, cast, overload
from uuid import UUID

import strawberry
from asyncpg.pgproto.pgproto import UUID as DriversUUID
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Numeric,
    Text,
    TypeDecorator,
    Uuid,
    func,
    literal,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.types import TypeEngine

from app.reads.binds import Slot, derived

T = TypeVar("T")
E = TypeVar("E", bound=Enum)


class PublicId(TypeDecorator[str]):
    """The text clients know a row by: the prefix of its noun and its key."""

    impl = Text
    cache_ok = True

    def __init__(self, prefix: str = "") -> None:
        super().__init__()
        self.prefix = prefix


class EnumText(TypeDecorator[Any]):
    """A text column that holds the names of an enum's members."""

    impl = Text
    cache_ok = True

    def __init__(self, enum: type[Enum] = Enum) -> None:
        super().__init__()
        self.enum = enum


class ExactText(TypeDecorator[Decimal]):
    """A decimal already written as exact text."""

    impl = Text
    cache_ok = True


class NeverNull(TypeDecorator[Any]):
    """An expression of which the declaration claims that it is never NULL."""

    impl = Text
    cache_ok = True


@overload
def public_id(prefix: str, key: ColumnElement[UUID] | ColumnElement[int]) -> ColumnElement[strawberry.ID]: ...
@overload
def public_id(
    prefix: str, key: ColumnElement[UUID | None] | ColumnElement[int | None]
) -> ColumnElement[strawberry.ID | None]: ...
def public_id(prefix: str, key: ColumnElement[Any]) -> ColumnElement[Any]:
    """The public id of a row: `ord_` and the 32 hex digits of its key, or the digits of a numbered row."""
    text = sql_cast(key, Text)
    digits = func.replace(text, "-", "", type_=Text) if isinstance(key.type, Uuid) else text
    return type_coerce(literal(f"{prefix}_", Text) + digits, PublicId(prefix))


def key_of(prefix: str, public: Any, type_: type[UUID] | type[int] = UUID) -> Any:
    """The key behind a public id: of a text, None if it is none; of an argument in `narrow`, its place."""
    if isinstance(public, Slot):
        column_type = Uuid() if type_ is UUID else BigInteger()
        read = _uuid_of if type_ is UUID else _number_of
        return derived(public, column_type, partial(read, prefix))
    return (_uuid_of if type_ is UUID else _number_of)(prefix, str(public))


def _uuid_of(prefix: str, public: str) -> UUID | None:
    head, _, digits = public.partition("_")
    if head != prefix or len(digits) != 32 or digits.strip("0123456789abcdef"):
        return None
    return DriversUUID(digits)  # a UUID as well, made in a twentieth of the time


def _number_of(prefix: str, public: str) -> int | None:
    head, _, digits = public.partition("_")
    if head != prefix or not digits.isascii() or not digits.isdigit() or len(digits) >= 19:
        return None
    number = int(digits)
    return number if str(number) == digits else None


@overload
def as_enum(enum: type[E], expression: ColumnElement[str]) -> ColumnElement[E]: ...
@overload
def as_enum(enum: type[E], expression: ColumnElement[str | None]) -> ColumnElement[E | None]: ...
def as_enum(enum: type[E], expression: ColumnElement[Any]) -> ColumnElement[Any]:
    """A text column as the enum whose names it holds."""
    return type_coerce(expression, EnumText(enum))


def as_enums(enum: type[E], expression: ColumnElement[list[str]]) -> ColumnElement[list[E]]:
    """A column of texts as a list of the enum whose names it holds."""
    listed: TypeEngine[Any] = ARRAY(EnumText(enum))
    return type_coerce(expression, listed)


def count_of(where: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows of another table belong to this row."""
    return select(sql_cast(func.count(), Integer)).where(where).scalar_subquery()


def sum_of(amount: ColumnElement[int], where: ColumnElement[bool]) -> ColumnElement[int]:
    """The sum of an amount over the rows of another table that belong to this row; 0 without any."""
    total = func.coalesce(sql_cast(func.sum(amount), BigInteger), literal_column("0", BigInteger))
    return select(total).where(where).scalar_subquery()


def never_null(expression: ColumnElement[T | None]) -> ColumnElement[T]:
    """The same expression, of which a CHECK or a rule the declaration cannot see says that it is never NULL."""
    claimed = type_coerce(expression, NeverNull())
    claimed.type.inner = expression.type  # type: ignore[attr-defined]
    return cast("ColumnElement[T]", claimed)


def sql_type(expression: ColumnElement[Any]) -> Any:
    """The SQL type that decides how an expression is written and read."""
    type_ = expression.type
    return getattr(type_, "inner", type_) if isinstance(type_, NeverNull) else type_


def json_value(expression: ColumnElement[Any], exact: bool = False) -> ColumnElement[Any]:
    """The expression as it stands in JSON: instants, dates and decimals as the texts that the scalars write.

    `exact` keeps the zeros that a decimal's column has, for functions that read it as a row would give it.
    """
    type_ = sql_type(expression)
    if isinstance(type_, DateTime):
        digits = func.to_char(func.timezone("UTC", expression), 'YYYY-MM-DD"T"HH24:MI:SS.US', type_=Text)
        return func.rtrim(func.rtrim(digits, "0", type_=Text), ".", type_=Text) + literal("Z", Text)
    if isinstance(type_, Date):
        return func.to_char(expression, "YYYY-MM-DD", type_=Text)
    if isinstance(type_, Numeric) and not isinstance(type_, Integer):
        return sql_cast(expression if exact else func.trim_scale(expression, type_=Numeric), Text)
    return expression
