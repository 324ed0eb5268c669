"""Money as clients see it: an exact decimal amount and its currency."""

from collections import defaultdict
from decimal import Decimal
from typing import Any, overload

import strawberry
from sqlalchemy import BigInteger, ColumnElement, Numeric, Text, case, literal_column, table, type_coerce
from sqlalchemy import cast as sql_cast
from sqlalchemy import column as sql_column

from app import reads
from app.domain import money as domain
from app.domain.access import PARTIES, Audience
from app.reads.expressions import ExactText
from app.reads.visibility import Rule
from app.schema.scalars import CurrencyCode

_row: Any = table("money", sql_column("minor", BigInteger), sql_column("currency", Text))


def _unit(currency: ColumnElement[str]) -> ColumnElement[Decimal]:
    """What one minor unit of a currency is worth, with as many decimals as the currency has."""
    by_decimals: dict[int, list[str]] = defaultdict(list)
    for code, decimals in domain.DECIMALS.items():
        by_decimals[decimals].append(code)
    common = max(by_decimals, key=lambda decimals: len(by_decimals[decimals]))
    units = {decimals: literal_column(str(Decimal(1).scaleb(-decimals)), Numeric) for decimals in by_decimals}
    whens = [(currency.in_(codes), units[each]) for each, codes in by_decimals.items() if each != common]
    return case(*whens, else_=units[common])


def amount(minor: ColumnElement[int], currency: ColumnElement[str]) -> ColumnElement[Decimal]:
    """The exact text of an amount of minor units: 52123 USD is 521.23."""
    return type_coerce(sql_cast(minor * _unit(currency), Text), ExactText())


@reads.reads(_row, part=True)
class Money:
    """An amount of money."""

    amount: Decimal = reads.column(
        amount(_row.c.minor, _row.c.currency),
        "The amount, with as many decimals as the currency has.",
        python=lambda money: (
            domain.amount_text(money.minor, money.currency)
            if isinstance(money, domain.Money)
            else format(money.amount, "f")
        ),
    )
    currency_code: CurrencyCode = reads.column(
        _row.c.currency,
        "The currency of the amount.",
        python=lambda money: money.currency if isinstance(money, domain.Money) else money.currency_code,
    )


@overload
def money(
    minor: ColumnElement[int],
    currency: ColumnElement[str],
    description: str,
    *,
    to: Audience = ...,
    only: Rule | None = ...,
) -> Money: ...
@overload
def money(
    minor: ColumnElement[int | None],
    currency: ColumnElement[str],
    description: str,
    *,
    to: Audience = ...,
    only: Rule | None = ...,
) -> Money | None: ...
def money(
    minor: ColumnElement[Any],
    currency: ColumnElement[str],
    description: str,
    *,
    to: Audience = PARTIES,
    only: Rule | None = None,
) -> Any:
    """A field that is an amount of minor units of a currency; null when the amount is NULL."""
    return reads.nested(description, minor=minor, currency=currency, to=to, only=only)


def money_of(value: domain.Money) -> Money:
    """A domain amount as clients see it, for objects that Python makes."""
    return Money(
        amount=Decimal(domain.amount_text(value.minor, value.currency)), currency_code=CurrencyCode(value.currency)
    )


@strawberry.input(description="An amount of money.")
class MoneyInput:
    """An amount of money."""

    amount: Decimal = strawberry.field(description="The amount; at most as many decimals as the currency has.")
    currency_code: CurrencyCode = strawberry.field(description="The currency of the amount.")
