"""The seller's statement as clients see it: line by line, and by the days of the platform's calendar (PAY-11)."""

from datetime import date, datetime, timedelta
from enum import StrEnum, unique
from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    and_,
    cast,
    false,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain.access import SELLER_FINANCE
from app.domain.ledger import EntryKind
from app.reads import Node, as_enum, column, never_null, public_id
from app.reads.visibility import Rule, Standing
from app.schema.enums import described
from app.schema.money import Money, money
from app.schema.scalars import CurrencyCode


@unique
class StatementSort(StrEnum):
    """In which order a statement is read."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"


described(
    StatementSort,
    "StatementSort",
    "In which order a statement is read, currency by currency.",
    """
    NEWEST: Newest first.
    OLDEST: Oldest first: what is booked later comes after every cursor of the same currency, and nothing before it.
    """,
)

line = t.statement_lines.c
_BOOKED: tuple[ColumnElement[Any], ...] = (line.currency, line.at, line.ordinal, line.id)
SORTS = {StatementSort.NEWEST: tuple(key.desc() for key in _BOOKED), StatementSort.OLDEST: _BOOKED}

Currency = Annotated[CurrencyCode, strawberry.argument(description="The currency.")]


def finance_only(seller_id: ColumnElement[UUID]) -> Rule:
    """The owner and finance of the row's seller, and operators (section 13)."""

    def rule(standing: Standing) -> ColumnElement[bool]:
        return reads.seller_only(seller_id)(standing) if standing.role in SELLER_FINANCE else false()

    return rule


@reads.reads(t.statement_lines, prefix="stl", visible=finance_only(line.seller_id))
class StatementLine(Node):
    """One move of a seller's account (PAY-11). It never changes, and none comes before it any more."""

    id: ID = column(public_id("stl", line.id), "The line's id, the same for ever.")
    at: datetime = column(line.at, "When it was booked; never before the line that precedes it.")
    kind: EntryKind = column(as_enum(EntryKind, line.kind), "What was booked.")
    amount: Money = money(line.amount, line.currency, "What came in; negative for what went out.")
    balance: Money = money(line.balance, line.currency, "The balance after it.")
    order_number: str | None = column(
        select(t.orders.c.number).where(t.orders.c.id == line.order_id).scalar_subquery(),
        "The number of the order it belongs to; null for a withdrawal.",
    )


def narrow_statement(
    currency: Annotated[
        CurrencyCode | None,
        strawberry.argument(description="Only this currency; who means to go on from a cursor later gives one."),
    ] = None,
    since: Annotated[
        datetime | None, strawberry.argument(description="Only what was booked at this instant or later.")
    ] = None,
    until: Annotated[
        datetime | None, strawberry.argument(description="Only what was booked before this instant.")
    ] = None,
) -> list[ColumnElement[bool]]:
    """Which lines of a statement are asked for."""
    conditions: list[ColumnElement[bool]] = []
    if currency is not None:
        conditions.append(line.currency == currency)
    if since is not None:
        conditions.append(line.at >= since)
    if until is not None:
        conditions.append(line.at < until)
    return conditions


# --- by day -----------------------------------------------------------------------------------------------------------

_ZONE = (
    select(t.policies.c.document["zone"].astext)
    .where(t.policies.c.effective_at <= reads.NOW)
    .order_by(t.policies.c.effective_at.desc())
    .limit(1)
    .scalar_subquery()
)
# No calendar has a longer day; so an index leads to the lines of one
_DAY_AT_MOST: ColumnElement[timedelta] = literal_column("interval '2 days'")
_other = t.statement_lines.alias("other")


def _day(at: ColumnElement[datetime]) -> ColumnElement[date | None]:
    """The platform's date at an instant."""
    return cast(func.timezone(_ZONE, at), Date)


_MINE = and_(_other.c.seller_id == line.seller_id, _other.c.currency == line.currency)
_SAME_DAY = and_(
    _MINE, _other.c.at > line.at - _DAY_AT_MOST, _other.c.at <= line.at, _day(_other.c.at) == _day(line.at)
)
_NEXT = and_(_MINE, _other.c.ordinal == line.ordinal + 1)
_OPENING = (
    select(_other.c.balance - _other.c.amount)
    .where(_SAME_DAY)
    .order_by(_other.c.at, _other.c.ordinal)
    .limit(1)
    .scalar_subquery()
)


def _sums() -> ColumnElement[Any]:
    """What a day's lines add up to, kind by kind."""
    each = func.jsonb_build_object(
        "kind",
        _other.c.kind,
        "amount",
        cast(func.sum(_other.c.amount), BigInteger),
        "lines",
        func.count(),
        "currency",
        func.min(_other.c.currency),
    )
    sums = select(each).where(_SAME_DAY).group_by(_other.c.kind).order_by(_other.c.kind)
    return never_null(func.to_jsonb(func.array(sums.scalar_subquery()), type_=JSONB))


share = reads.element("share")
_said = share.c.value


@reads.reads(share, part=True)
class StatementSum:
    """What the lines of a day add up to that are of one kind."""

    kind: EntryKind = column(as_enum(EntryKind, _said["kind"].astext), "What was booked.")
    amount: Money = money(
        never_null(cast(_said["amount"].astext, BigInteger)),
        never_null(_said["currency"].astext),
        "What came in by it; negative for what went out.",
    )
    lines: int = column(cast(_said["lines"].astext, Integer), "How many lines it is of.")


@reads.reads(
    t.statement_lines,
    visible=finance_only(line.seller_id),
    # asked line by line, so that a page costs what its days do
    when=func.coalesce(
        select(_day(_other.c.at) != _day(line.at)).where(_NEXT).limit(1).scalar_subquery(), true(), type_=Boolean
    ),
)
class StatementDay:
    """A day of a seller's statement, by the platform's calendar (PAY-11). Days on which nothing was booked have none.

    `opening` is the `closing` of the day before, and `closing` is `opening` with the day's sums.
    """

    day: date = column(never_null(_day(line.at)), "The day.")
    opening: Money = money(never_null(_OPENING), line.currency, "The balance before its first line.")
    sums: list[StatementSum] = reads.elements(_sums(), "What its lines add up to, kind by kind.")
    closing: Money = money(line.balance, line.currency, "The balance after its last line.")
    closed: bool = column(
        never_null(func.coalesce(select(true()).where(_NEXT).limit(1).scalar_subquery(), false(), type_=Boolean)),
        "Whether a later day has begun on the statement: this one never changes any more.",
    )


def narrow_days(
    currency: Currency,
    since: Annotated[date | None, strawberry.argument(description="Only this day and later ones.")] = None,
    until: Annotated[date | None, strawberry.argument(description="Only days before this one.")] = None,
) -> list[ColumnElement[bool]]:
    """Which days of a statement are asked for."""
    conditions: list[ColumnElement[bool]] = [line.currency == currency]
    if since is not None:
        conditions += [line.at >= _midnight(since) - _DAY_AT_MOST, _day(line.at) >= since]
    if until is not None:
        conditions += [line.at <= _midnight(until) + _DAY_AT_MOST, _day(line.at) < until]
    return conditions


def _midnight(day: Any) -> ColumnElement[datetime]:
    """About when a day begins: enough for an index to lead there."""
    return func.timezone(_ZONE, cast(day, DateTime()), type_=DateTime(timezone=True))
