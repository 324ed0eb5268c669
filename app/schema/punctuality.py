"""How punctual a seller is, as clients see it: the rate, what each order adds to it, what asks to be done (DSK-4)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import strawberry
from sqlalchemy import BigInteger, ColumnElement, Integer, and_, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB
from strawberry import ID

from app import reads
from app.db import punctuality as stored
from app.db import tables as t
from app.domain import punctuality as domain
from app.domain.calendar import Calendar
from app.domain.order_lists import NEAR, STATUSES, DeskFigure, OrderTab
from app.domain.punctuality import Outcome, Promise, Rate, promise_of
from app.domain.remedies import ClaimStatus
from app.reads import as_enum, column, computed, public_id
from app.schema.enums import described

described(
    Outcome,
    "PromiseOutcome",
    "What became of an order's dispatch deadline, as the rate of dispatch on time counts it (DSK-4).",
    """
    PENDING: The deadline is still ahead: the order does not count yet, dispatched or not.
    KEPT: Everything was dispatched by the deadline.
    LATE: The deadline has passed, and by it not everything was dispatched.
    CLOSED_BEFORE: The order closed before the deadline, and is left out.
    WAIVED: An operator waived it, and it is left out.
    """,
)
described(
    DeskFigure,
    "DeskFigure",
    "What of a seller's orders asks for something to be done.",
    """
    OVERDUE: The dispatch deadline has passed, and not everything is dispatched.
    DUE_WITHIN_24_HOURS: The dispatch deadline is ahead, by 24 hours at most, and not everything is dispatched.
    DUE_WITHIN_72_HOURS: The same, by 72 hours at most; those of 24 hours are among them.
    OPEN_CLAIMS: A claim is under review.
    """,
)


@strawberry.type(description="Which part of the promises that fell due in a while was kept.")
class OnTimeRate:
    """Which part of the promises that fell due in a while was kept."""

    kept: int = strawberry.field(description="How many of them were kept.")
    due: int = strawberry.field(
        description="How many fell due: their deadline is past, and neither did the order close before it nor was it "
        "waived."
    )
    rate: Decimal | None = strawberry.field(
        description="`kept` in parts of `due`, rounded half up to four places: 0.964 is 96.4 %. Null when none was "
        "due: there is no rate then."
    )
    since: datetime = strawberry.field(
        description="The earliest deadline that counts: so many days ago, at the same time of the platform's calendar."
    )


def shown_rate(rate: Rate) -> OnTimeRate:
    """A rate as clients see it."""
    return OnTimeRate(kept=rate.kept, due=rate.due, rate=rate.share, since=rate.since)


def _parts(document: Mapping[str, Any]) -> Mapping[str, Any]:
    return document


_ZONE, _DISPATCH, _DELIVERY = "zone", "dispatch_rate_days", "delivery_ranking_days"
_document = t.policies.c.document
WINDOWS = reads.row(
    _parts,
    t.policies.c.effective_at <= reads.NOW,
    t.policies.c.effective_at.desc(),
    document=func.jsonb_build_object(
        *(each for name in (_ZONE, _DISPATCH, _DELIVERY) for each in (name, _document[name])), type_=JSONB
    ),
)


def _since(days: str) -> ColumnElement[Any]:
    """The first instant of the window of the policy in force."""
    first = stored.days_before(reads.NOW, _document[days].as_integer(), _document[_ZONE].astext)
    newest = select(first).where(t.policies.c.effective_at <= reads.NOW).order_by(t.policies.c.effective_at.desc())
    return newest.limit(1).scalar_subquery()


CONTRIBUTING = stored.fell_due(stored.DISPATCH, _since(_DISPATCH), reads.NOW)


def _promises(kind: stored.Kind, days: str) -> ColumnElement[list[Any]]:
    """A seller's promises that fell due in the window, as many rows as there are instants and ways to stand."""
    columns = stored.standing(kind)
    told = {**columns, "due_at": cast(func.extract("epoch", kind.due), BigInteger), "count": func.count()}
    alike = (
        select(func.jsonb_build_object(*(each for name, value in told.items() for each in (name, value))))
        .where(t.orders.c.seller_id == t.sellers.c.id, stored.fell_due(kind, _since(days), reads.NOW))
        .group_by(*columns.values())
    )
    return func.to_jsonb(func.array(alike.scalar_subquery()), type_=JSONB)


DISPATCHES = _promises(stored.DISPATCH, _DISPATCH)
DELIVERIES = _promises(stored.DELIVERY, _DELIVERY)


def _promise(row: Mapping[str, Any]) -> Promise:
    return Promise(
        datetime.fromtimestamp(row["due_at"], UTC), row["in_time"], row["closed"], row["waived"], row["count"]
    )


def _rate(promises: list[Any], policy: Mapping[str, Any] | None, days: str, now: datetime) -> OnTimeRate | None:
    if policy is None:
        return None
    return shown_rate(domain.rate(map(_promise, promises), Calendar(policy[_ZONE]), policy[days], now))


def on_time_dispatch_rate(promises: list[Any], policy: Mapping[str, Any] | None, now: datetime) -> OnTimeRate | None:
    """The rate of dispatch on time, whether or not a sweep has come by (DSK-4)."""
    return _rate(promises, policy, _DISPATCH, now)


def on_time_delivery_rate(promises: list[Any], policy: Mapping[str, Any] | None, now: datetime) -> OnTimeRate | None:
    """The rate of delivery on time, over the days that the ranking goes by (DSK-5)."""
    return _rate(promises, policy, _DELIVERY, now)


def _outcome(
    due_at: datetime, dispatched_at: datetime | None, closed_at: datetime | None, waived: bool, now: datetime
) -> Outcome:
    return domain.outcome(promise_of(due_at, dispatched_at, closed_at, waived), now)


o = t.orders.c
# there is one wherever a contribution is listed: it is listed by it
_DUE_AT: ColumnElement[datetime] = reads.never_null(o.rated_due_at)


@reads.reads(t.orders, visible=reads.visible_orders)
class DispatchContribution:
    """What an order adds to its seller's rate of dispatch on time."""

    order_id: ID = column(public_id("ord", o.id), "The order's id.")
    number: str | None = column(o.number, "The order's number.")
    outcome: Outcome = computed(
        _outcome,
        _DUE_AT,
        o.dispatched_at,
        o.closed_at,
        o.waived,
        reads.now,
        description="Whether it counts as kept or late, or why it is left out.",
    )
    due_at: datetime = column(
        _DUE_AT, "The dispatch deadline that it is judged by, as amended; of an order that closed, its last one."
    )
    dispatched_at: datetime | None = column(o.dispatched_at, "When everything was dispatched.")


LATEST_FIRST = (_DUE_AT.desc(), o.id.desc())


figured = reads.tally("figured")


@reads.reads(figured, part=True)
class DeskCount:
    """How many orders ask for something to be done."""

    figure: DeskFigure = column(as_enum(DeskFigure, figured.c.sort), "What is counted.")
    count: int = column(
        cast(func.least(figured.c.found, figured.c.ceiling), Integer), "How many orders, as far as was counted."
    )
    at_least: bool = column(
        figured.c.found > figured.c.ceiling, "Whether there are more than `count`, where counting stops."
    )


_open = o.status.in_([status.value for status in STATUSES[OrderTab.TO_DISPATCH]])
_due = t.DISPATCH_DUE


def _near(hours: int) -> ColumnElement[bool]:
    ahead: ColumnElement[Any] = literal_column(f"interval '{hours} hours'")
    return and_(_open, _due > reads.NOW - stored.SECOND, _due <= reads.NOW + ahead)


FIGURES = {
    DeskFigure.OVERDUE: and_(_open, _due <= reads.NOW - stored.SECOND),
    **{figure: _near(hours) for figure, hours in NEAR.items()},
    DeskFigure.OPEN_CLAIMS: o.claim_status == ClaimStatus.UNDER_REVIEW.value,
}
BY_DEADLINE = (_due, o.id)
BY_CREATION = {DeskFigure.OPEN_CLAIMS: (o.created_at, o.id)}
