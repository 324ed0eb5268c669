"""Cursors: the values a page is ordered by, as plain text that names its order, and nothing else."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Date, DateTime, Integer, Text, Uuid, func, literal
from sqlalchemy import cast as sql_cast
from sqlalchemy.types import TypeEngine

from app.domain.errors import ErrorCode, Refusal
from app.reads.expressions import sql_type
from app.reads.rendering import DeclarationError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Codec:
    """How the values of one order are written into a cursor and read out of it."""

    def __init__(self, name: str, columns: Sequence[ColumnElement[Any]], descending: bool) -> None:
        order = f"{name} {'desc' if descending else 'asc'} {' '.join(map(str, columns))}"
        self.signature = hashlib.sha256(order.encode()).hexdigest()[:6]
        self.types = [BigInteger() if isinstance(type_, Integer) else type_ for type_ in map(sql_type, columns)]
        self._readers = [_reader(type_) for type_ in self.types]
        text: ColumnElement[Any] = literal(f"{self.signature}", Text)
        for column in columns:
            text = text + literal(".", Text) + _written(column)
        self.expression = text

    def read(self, cursor: str, argument: str) -> list[Any]:
        """The values in a cursor; a Refusal when it is not one of this order."""
        head, *parts = cursor.split(".")
        try:
            if head != self.signature or len(parts) != len(self._readers) or not cursor.isascii():
                raise ValueError
            return [reader(part) for reader, part in zip(self._readers, parts, strict=True)]
        except (ValueError, OverflowError):
            message = "The cursor does not belong to this list."
            raise Refusal(ErrorCode.CURSOR_INVALID, message, (argument,)) from None


def _written(column: ColumnElement[Any]) -> ColumnElement[Any]:
    type_ = sql_type(column)
    if isinstance(type_, Uuid):
        return func.replace(sql_cast(column, Text), "-", "", type_=Text)
    if isinstance(type_, Integer):
        return sql_cast(column, Text)
    if isinstance(type_, DateTime):
        return sql_cast(sql_cast(func.extract("epoch", column) * 1000000, BigInteger), Text)
    if isinstance(type_, Date):
        return func.to_char(column, "YYYYMMDD", type_=Text)
    if isinstance(type_, Text):
        return func.encode(func.convert_to(column, "UTF8"), "hex", type_=Text)
    raise DeclarationError(f"a page cannot be ordered by {column} of type {type_}")


def _reader(type_: TypeEngine[Any]) -> Callable[[str], Any]:
    if isinstance(type_, Uuid):
        return _uuid
    if isinstance(type_, Integer):
        return _integer
    if isinstance(type_, DateTime):
        return lambda text: _EPOCH + _integer(text) * _MICROSECOND
    if isinstance(type_, Date):
        return lambda text: date(int(text[:4]), int(text[4:6]), int(text[6:])) if text.isdigit() else _wrong()
    return lambda text: _text(bytes.fromhex(text).decode())


def _uuid(text: str) -> UUID:
    return UUID(hex=text) if len(text) == 32 and not text.strip("0123456789abcdef") else _wrong()


def _integer(text: str) -> int:
    value = int(text)
    return value if str(value) == text and abs(value) < 2**63 else _wrong()


def _text(text: str) -> str:
    return _wrong() if "\0" in text else text


def _wrong() -> Any:
    raise ValueError
