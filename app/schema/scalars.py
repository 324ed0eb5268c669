"""Scalars: one text format each, strict on the way in, and what PostgreSQL wrote unchanged on the way out."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NewType, TypeVar, overload

import pycountry
import strawberry
from sqlalchemy import ColumnElement
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from app.domain.money import DECIMALS

Day = TypeVar("Day", date, datetime)

CurrencyCode = NewType("CurrencyCode", str)
CountryCode = NewType("CountryCode", str)
Email = NewType("Email", str)

COUNTRIES: frozenset[str] = frozenset(country.alpha_2 for country in pycountry.countries)
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,29})(\.[0-9]{1,20})?")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_MICROSECONDS = len(".000000")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f]{1,64}@[^\s@.\x00-\x1f\x7f]+(\.[^\s@.\x00-\x1f\x7f]+)+")
_LONGEST_EMAIL = 254


def instant_text(instant: datetime) -> str:
    """An instant as clients see it: UTC, no more digits of a second than needed, `Z`."""
    text = instant.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}Z"


def decimal_text(number: Decimal) -> str:
    """A decimal as clients see it: all its digits, no exponent, no zeros behind the last one."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _decimal(value: Any) -> Decimal:
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise ValueError('a Decimal is a string like "521.23"')
    return Decimal(value)


def _plausible(day: Day) -> Day:
    """The same, unless its year is at an end of the calendar, which the driver takes for infinity."""
    if not 1000 <= day.year <= 9998:
        raise ValueError
    return day


def _instant(value: Any) -> datetime:
    found = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('a DateTime is RFC 3339 with a zone, like "2021-03-26T23:59:59Z"')
    fraction = found[1] or ""
    whole = value if len(fraction) <= _MICROSECONDS else value.replace(fraction, fraction[:_MICROSECONDS])
    try:
        return _plausible(datetime.fromisoformat(whole.upper()).astimezone(UTC))
    except (ValueError, OverflowError):
        raise ValueError(f"{value} is not a date and time of the calendar") from None


def _date(value: Any) -> date:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError('a Date is a string like "2021-03-26"')
    try:
        return _plausible(date.fromisoformat(value))
    except ValueError:
        raise ValueError(f"{value} is not a day of the calendar") from None


def _currency(value: Any) -> str:
    if not isinstance(value, str) or value not in DECIMALS:
        raise ValueError('a CurrencyCode is an ISO 4217 code in capitals, like "USD"')
    return value


def _country(value: Any) -> str:
    if not isinstance(value, str) or value not in COUNTRIES:
        raise ValueError('a CountryCode is an ISO 3166-1 alpha-2 code in capitals, like "DE"')
    return value


def _email(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_EMAIL or not _EMAIL.fullmatch(value.strip()):
        raise ValueError('an Email is an address like "buyer@example.com"')
    return value.strip()


def _out(kind: type, text: Callable[[Any], str]) -> Callable[[Any], str]:
    """Writes Python's value; a text is already what PostgreSQL wrote in the same format."""

    def serialize(value: Any) -> str:
        if isinstance(value, str):
            return value
        if not isinstance(value, kind):
            raise TypeError(f"{value!r} is no {kind.__name__}")
        return text(value)

    return serialize


def _scalar(
    name: str, description: str, serialize: Callable[[Any], str], parse: Callable[[Any], Any], url: str | None = None
) -> ScalarDefinition:
    return strawberry.scalar(
        name=name, description=description, serialize=serialize, parse_value=parse, specified_by_url=url
    )


SCALARS: dict[object, ScalarDefinition] = {
    Decimal: _scalar(
        "Decimal",
        "An exact decimal number, as a string: digits, at most one point, no exponent.",
        _out(Decimal, decimal_text),
        _decimal,
    ),
    datetime: _scalar(
        "DateTime",
        "An instant as RFC 3339 with a zone; answers are in UTC, ending in `Z`.",
        _out(datetime, instant_text),
        _instant,
        "https://www.rfc-editor.org/rfc/rfc3339",
    ),
    date: _scalar(
        "Date",
        "A day of the calendar as RFC 3339: YYYY-MM-DD.",
        _out(date, date.isoformat),
        _date,
        "https://www.rfc-editor.org/rfc/rfc3339",
    ),
    CurrencyCode: _scalar("CurrencyCode", "A currency of ISO 4217, in capitals.", _out(str, str), _currency),
    CountryCode: _scalar("CountryCode", "A country of ISO 3166-1, two capital letters.", _out(str, str), _country),
    Email: _scalar("Email", "An e-mail address of at most 254 characters.", _out(str, str), _email),
}


S = TypeVar("S", bound=str)


@overload
def said(kind: Callable[[str], S], text: ColumnElement[str]) -> ColumnElement[S]: ...
@overload
def said(kind: Callable[[str], S], text: ColumnElement[str | None]) -> ColumnElement[S | None]: ...
def said(kind: Any, text: Any) -> Any:
    """A column whose text is what this scalar says."""
    return text


def schema_config() -> StrawberryConfig:
    """The configuration that a schema with these scalars is built with."""
    return StrawberryConfig(scalar_map=SCALARS)
