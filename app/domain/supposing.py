"""What dispatching some orders now would make of the rate, by the function that reckons the rate itself (DSK-4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from uuid import UUID

from app.domain.calendar import SECOND, Calendar
from app.domain.punctuality import Outcome, Promise, Rate, outcome, promise_of, rate


@unique
class Effect(StrEnum):
    """What dispatching an order now would do to the rate."""

    IN_TIME = "IN_TIME"
    TOO_LATE = "TOO_LATE"
    DISPATCHED = "DISPATCHED"
    LEFT_OUT = "LEFT_OUT"
    NO_DEADLINE = "NO_DEADLINE"


@dataclass(frozen=True, slots=True)
class Facts:
    """What of an order says how punctual its dispatch is."""

    id: UUID
    due_at: datetime | None
    dispatched_at: datetime | None
    closed_at: datetime | None
    waived: bool

    def promise(self, dispatched_at: datetime | None) -> tuple[Promise, ...]:
        """Its promise, if everything was dispatched then."""
        if self.due_at is None:
            return ()
        return (promise_of(self.due_at, dispatched_at, self.closed_at, self.waived),)


@dataclass(frozen=True, slots=True)
class Supposed:
    """The rate now, and what it will be at an instant: with some orders dispatched now, and without."""

    now: Rate
    at: datetime
    then: Rate
    otherwise: Rate
    effects: tuple[Effect, ...]


def effect(facts: Facts, now: datetime) -> Effect:
    """What dispatching an order now would do: one whose deadline has passed stays late (DSK-4)."""
    found = next((outcome(promise, now) for promise in facts.promise(facts.dispatched_at)), None)
    if found is None:
        return Effect.NO_DEADLINE
    if found in (Outcome.CLOSED_BEFORE, Outcome.WAIVED):
        return Effect.LEFT_OUT
    if facts.dispatched_at is not None:
        return Effect.DISPATCHED
    return Effect.IN_TIME if found is Outcome.PENDING else Effect.TOO_LATE


def horizon(chosen: Iterable[Facts], now: datetime) -> datetime:
    """The instant at which the last of those that would be in time counts: its deadline has fallen by then."""
    ahead = (facts.due_at for facts in chosen if effect(facts, now) is Effect.IN_TIME)
    return max((due_at + SECOND for due_at in ahead if due_at is not None), default=now)


def supposed(
    others: Sequence[Promise], chosen: Sequence[Facts], calendar: Calendar, days: int, now: datetime
) -> Supposed:
    """The rate with the chosen orders dispatched now, and with nothing else dispatched until it counts.

    An order counts from its deadline on, so what is dispatched today shows in the rate of the day of its deadline.
    """
    at = horizon(chosen, now)
    effects = tuple(effect(facts, now) for facts in chosen)
    as_it_is, if_done = list(others), list(others)
    for facts, each in zip(chosen, effects, strict=True):
        as_it_is += facts.promise(facts.dispatched_at)
        if_done += facts.promise(now if each is Effect.IN_TIME else facts.dispatched_at)
    return Supposed(
        rate(as_it_is, calendar, days, now),
        at,
        rate(if_done, calendar, days, at),
        rate(as_it_is, calendar, days, at),
        effects,
    )
