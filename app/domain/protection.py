"""How the buyer is protected: the clock that ends it after receipt, and the panel of its four parts (DSP-1, DSP-4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique

from app.domain import deadlines
from app.domain.access import By
from app.domain.calendar import SECOND, last_good_second
from app.domain.happenings import EventKind
from app.domain.policy import Policy
from app.domain.records import Deadline, DeadlineKind
from app.domain.trade import Act, Trade


def begin(trade: Trade, act: Act) -> Trade:
    """At receipt the last days of protection begin: until they are over the buyer may apply for a refund (DSP-1)."""
    return deadlines.start(trade, act, DeadlineKind.PROTECTION_END, act.now, end_due(trade.policy, act.now))


def end_due(policy: Policy, received_at: datetime) -> deadlines.Due:
    """When the protection of an order that is received at an instant ends (DSP-1)."""
    due_at = last_good_second(policy.calendar.plus_days(received_at, policy.protection_days))
    inputs = {"start": received_at.isoformat(), "days": str(policy.protection_days), "zone": policy.zone}
    return due_at, "DSP-1", inputs


def end(trade: Trade, deadline: Deadline, act: Act) -> Trade:
    """Protection is over: no new dispute, and an open one runs on (section 14)."""
    return trade.record(EventKind.PROTECTION_ENDED, act, due_at=deadline.due_at, detected_at=deadline.detected_at)


@unique
class ProtectionState(StrEnum):
    """How far a part of the protection is (DSP-4)."""

    INACTIVE = "INACTIVE"
    TO_BE_ACTIVATED = "TO_BE_ACTIVATED"
    ACTIVE = "ACTIVE"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the protection, with when it became active and when it ended."""

    state: ProtectionState
    active_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """The protection of an order; `until` is its last good second, `words` say it before it can be told as one."""

    payment: Part
    dispatch: Part
    quality: Part
    delivery: Part
    until: datetime | None
    words: str | None


@dataclass(frozen=True, slots=True)
class Course:
    """What the panel is computed from: the stamps of an order's life, and its clocks.

    `dispatch_from` and `delivery_from` are the starts of the promises' clocks, `protected_until` the end of the days
    after receipt, `days` how many these are.
    """

    confirmed_at: datetime | None
    dispatch_from: datetime | None
    first_dispatched_at: datetime | None
    dispatched_at: datetime | None
    delivery_guaranteed: bool
    delivery_from: datetime | None
    delivered_at: datetime | None
    completed_at: datetime | None
    received_by: By | None
    closed_at: datetime | None
    protected_until: datetime | None
    days: int | None


def panel(course: Course, now: datetime) -> Panel:
    """The four parts of the protection as they stand at an instant (DSP-4)."""
    if course.confirmed_at is None:
        never = Part(ProtectionState.INACTIVE)
        return Panel(never, never, never, never, None, None)
    until = course.protected_until
    over = until + SECOND if until is not None and until + SECOND <= now else None
    # the buyer's own word counts as delivery, time's does not (DLV-5)
    taken = course.completed_at if course.received_by is By.BUYER else None
    delivered = _first(course.delivered_at, taken)
    closed = course.closed_at
    return Panel(
        payment=_part(course.confirmed_at, _first(course.completed_at, closed)),
        dispatch=_part(course.dispatch_from, _first(course.dispatched_at, closed)),
        quality=_part(course.first_dispatched_at, _first(over, closed)),
        delivery=_part(course.delivery_from, _first(delivered, closed))
        if course.delivery_guaranteed
        else Part(ProtectionState.INACTIVE),
        until=until if closed is None else None,
        words=f"receipt + {course.days} days" if until is None and closed is None else None,
    )


def _part(active_at: datetime | None, ended_at: datetime | None) -> Part:
    if ended_at is not None:
        return Part(ProtectionState.ENDED, active_at, ended_at)
    state = ProtectionState.TO_BE_ACTIVATED if active_at is None else ProtectionState.ACTIVE
    return Part(state, active_at)


def _first(*instants: datetime | None) -> datetime | None:
    known: Iterable[datetime] = (instant for instant in instants if instant is not None)
    return min(known, default=None)
