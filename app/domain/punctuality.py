"""How punctual a seller is: of the promises that fell due, the part that was kept (DSK-4, DSK-5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum, unique

from app.domain.calendar import Calendar, in_time

# A rate is told in hundredths of a per cent, beside the two numbers that it is exactly
PLACES = Decimal("0.0001")


@unique
class Outcome(StrEnum):
    """What became of a promise, as the rate counts it."""

    PENDING = "PENDING"
    KEPT = "KEPT"
    LATE = "LATE"
    CLOSED_BEFORE = "CLOSED_BEFORE"
    WAIVED = "WAIVED"


@dataclass(frozen=True, slots=True)
class Promise:
    """So many promises that fall due at one instant and stand alike; `in_time` and `closed` are by that instant."""

    due_at: datetime
    in_time: bool
    closed: bool
    waived: bool
    count: int = 1


@dataclass(frozen=True, slots=True)
class Rate:
    """How many promises fell due from `since` on, and how many of them were kept."""

    kept: int
    due: int
    since: datetime

    @property
    def share(self) -> Decimal | None:
        """The kept part, rounded half up to four places; None, and not all, where nothing was due."""
        return ratio(self.kept, self.due)


def ratio(kept: int, due: int) -> Decimal | None:
    """The part of promises that was kept, rounded half up to four places; None of no promises."""
    return (Decimal(kept) / due).quantize(PLACES, ROUND_HALF_UP) if due else None


def promise_of(due_at: datetime, done_at: datetime | None, closed_at: datetime | None, waived: bool) -> Promise:
    """The promise of one order: done in time, or ended with the order before it fell due."""
    return Promise(due_at, _by(done_at, due_at), _by(closed_at, due_at), waived)


def _by(at: datetime | None, due_at: datetime) -> bool:
    return at is not None and in_time(at, due_at)


def outcome(promise: Promise, now: datetime) -> Outcome:
    """What a promise counts as: nothing before it fell due, and nothing where it ended or was waived (DSK-4)."""
    if promise.closed:
        return Outcome.CLOSED_BEFORE
    if promise.waived:
        return Outcome.WAIVED
    if in_time(now, promise.due_at):
        return Outcome.PENDING
    return Outcome.KEPT if promise.in_time else Outcome.LATE


def since(calendar: Calendar, days: int, now: datetime) -> datetime:
    """The first instant of the last so many days: the same wall-clock time so many days ago (section 14)."""
    return calendar.plus_days(now, -days)


def counts(promise: Promise, since: datetime, now: datetime) -> bool:
    """Whether a promise is one of those that the rate is reckoned from: it fell due within the window."""
    return since <= promise.due_at and outcome(promise, now) in (Outcome.KEPT, Outcome.LATE)


def rate(promises: Iterable[Promise], calendar: Calendar, days: int, now: datetime) -> Rate:
    """The rate of the promises that fell due in the last so many days (DSK-4, DSK-5)."""
    start = since(calendar, days, now)
    due = [promise for promise in promises if counts(promise, start, now)]
    kept = sum(promise.count for promise in due if promise.in_time)
    return Rate(kept, sum(promise.count for promise in due), start)
