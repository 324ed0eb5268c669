"""Scalars are strict on the way in, and write what PostgreSQL writes on the way out."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Date, DateTime, Numeric, Text, column, table
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from app.db.engine import Pool
from app.domain.money import DECIMALS, amount_text
from app.reads.expressions import json_value
from app.reads.rendering import template
from app.schema.money import amount
from app.schema.scalars import SCALARS, CountryCode, CurrencyCode, Email, decimal_text, instant_text

RIGHT: list[tuple[Any, str, Any]] = [
    (Decimal, "521.23", Decimal("521.23")),
    (Decimal, "-0.5", Decimal("-0.5")),
    (datetime, "2021-03-26T23:59:59Z", datetime(2021, 3, 26, 23, 59, 59, tzinfo=UTC)),
    (datetime, "2021-03-27t00:59:59.25+01:00", datetime(2021, 3, 26, 23, 59, 59, 250_000, tzinfo=UTC)),
    (datetime, "2021-03-26T23:59:59.123456789Z", datetime(2021, 3, 26, 23, 59, 59, 123_456, tzinfo=UTC)),
    (date, "2024-02-29", date(2024, 2, 29)),
    (CurrencyCode, "KWD", "KWD"),
    (CountryCode, "DE", "DE"),
    (Email, " Buyer.One@example.com ", "Buyer.One@example.com"),
]
WRONG: list[tuple[Any, Any]] = [
    *(
        (Decimal, value)
        for value in ("NaN", "Infinity", "1e400", "1_000", "", " 1", "٣", "1.", ".5", "01", 1.5, 1, True)
    ),
    *(
        (datetime, value)
        for value in (
            "2021-03-26T23:59:59",
            "2021-03-26",
            "2021-02-30T00:00:00Z",
            "9999-12-31T23:59:59.999999Z",
            "now",
            5,
            None,
        )
    ),
    (datetime, "0001-01-01T00:00:00+23:59"),
    (datetime, "2021-03-26T23:59:60Z"),
    *((date, value) for value in ("2023-02-29", "20210326", "2021-3-6", "0001-01-01", "9999-12-31", 5)),
    *((CurrencyCode, value) for value in ("usd", "XXX", "", 5)),
    *((CountryCode, value) for value in ("de", "ZZ", "DEU", 5)),
    *((Email, value) for value in ("a", "a@b", "a b@c.de", "a@b..de", "@b.de", "a\0@b.de", "x" * 250 + "@b.de", 5)),
]


@pytest.mark.parametrize(("kind", "text", "value"), RIGHT)
def test_right_values_are_read(kind: Any, text: str, value: Any) -> None:
    parse = SCALARS[kind].parse_value
    assert parse is not None
    assert parse(text) == value


@pytest.mark.parametrize(("kind", "value"), WRONG)
def test_wrong_values_are_refused(kind: Any, value: Any) -> None:
    parse = SCALARS[kind].parse_value
    assert parse is not None
    with pytest.raises(ValueError):
        parse(value)


@pytest.mark.parametrize("kind", SCALARS)
def test_what_postgresql_wrote_stays_as_it_is(kind: Any) -> None:
    serialize = SCALARS[kind].serialize
    assert serialize is not None
    assert serialize("2021-03-26") == "2021-03-26"


async def written(pool: Pool, type_: TypeEngine[Any], value: Any) -> Any:
    """What PostgreSQL writes for a value of a type."""
    row = table("row", column("x", type_))
    rows = f"(VALUES ($1::{type_.compile(dialect=postgresql.dialect())})) AS row__(x)"  # type: ignore[no-untyped-call]
    return await pool.fetchval(f"SELECT {template(json_value(row.c.x), row)} FROM {rows}", value)


INSTANTS = [
    datetime(2021, 3, 26, 23, 59, 59, tzinfo=UTC),
    datetime(2021, 3, 26, 23, 59, 59, 120_000, tzinfo=UTC),
    datetime(2021, 3, 26, 20, 10, 0, 1, tzinfo=UTC),
    datetime(1000, 1, 1, tzinfo=UTC),
    datetime(9998, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
]


@pytest.mark.parametrize("value", INSTANTS)
async def test_python_and_postgresql_write_instants_alike(pool: Pool, value: datetime) -> None:
    assert await written(pool, DateTime(timezone=True), value) == instant_text(value)


@pytest.mark.parametrize("text", ["0", "0.000", "1000.000", "2.500", "-0.125", "123456789012345.001", "10"])
async def test_python_and_postgresql_write_decimals_alike(pool: Pool, text: str) -> None:
    assert await written(pool, Numeric(18, 3), Decimal(text)) == decimal_text(Decimal(text))


async def test_python_and_postgresql_write_dates_alike(pool: Pool) -> None:
    assert await written(pool, Date(), date(987, 2, 3)) == "0987-02-03"


async def test_every_currency_is_written_with_its_decimals(pool: Pool) -> None:
    rows = "SELECT * FROM unnest($1::text[], $2::bigint[]) AS row__(currency, minor)"
    codes = [code for code in DECIMALS for _ in range(4)]
    minors = [minor for _ in DECIMALS for minor in (0, 5, -55123, 10**15)]
    row = table("row", column("minor", BigInteger), column("currency", Text))
    sql = template(amount(row.c.minor, row.c.currency), row)
    found = await pool.fetch(rows.replace("*", f"{sql} AS text"), codes, minors)
    assert [each["text"] for each in found] == [
        amount_text(minor, code) for code, minor in zip(codes, minors, strict=True)
    ]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**12), max_value=10**12))
def test_decimals_survive_the_way_out_and_in(value: Decimal) -> None:
    parse = SCALARS[Decimal].parse_value
    assert parse is not None
    assert parse(decimal_text(value).replace("-0", "0") if value == 0 else decimal_text(value)) == value
