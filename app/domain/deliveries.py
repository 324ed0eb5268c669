"""Deliveries of webhooks: an event on its way to an endpoint, tried until it is accepted or given up."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum, unique
from uuid import UUID

from app.domain.errors import ErrorCode, Refusal
from app.domain.webhooks import Endpoint, WebhookTrouble

WAIT_GROWS = 4
LONGEST_WAIT = timedelta(hours=6)
# a wait is up to a fifth shorter or longer, so that what failed together does not come back together
JITTER = 0.2
# fewer failures say little, however long ago the first one was
FAILURES_LEAST = 5
ANSWER_KEPT = 500
AT_ONCE = 4
WINDOW = 500
TESTS_MOST = 5
GONE = 410
# with these a receiver may say when to come again; beyond so many digits of seconds it asks for longer than it gets
BUSY = frozenset({429, 503})
DIGITS_MOST = 9
PING = "PING"


@unique
class DeliveryState(StrEnum):
    """What became of an event on its way to an endpoint."""

    WAITING = "WAITING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"
    WITHHELD = "WITHHELD"


@unique
class DeliveryFailure(StrEnum):
    """Why an attempt failed."""

    STATUS = "STATUS"
    REDIRECT = "REDIRECT"
    TIMED_OUT = "TIMED_OUT"
    UNREACHABLE = "UNREACHABLE"
    ADDRESS_REFUSED = "ADDRESS_REFUSED"
    ANSWER_UNREADABLE = "ANSWER_UNREADABLE"
    NOT_MADE = "NOT_MADE"


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event of the feed, or a test without one, for an endpoint; `attempts` of this round, `tries` of all rounds.

    Whoever holds the lease until `leased_until` is at it. What waits behind another of its subject waits for that one.
    """

    id: UUID
    endpoint_id: UUID
    event_id: int | None
    position: int | None
    subject_id: UUID
    kind: str
    event_at: datetime
    state: DeliveryState
    made_at: datetime
    next_attempt_at: datetime
    attempts: int = 0
    tries: int = 0
    lease: UUID | None = None
    leased_until: datetime | None = None
    finished_at: datetime | None = None

    @property
    def message_id(self) -> str:
        """What every attempt says it is, so that a repeat is known: the same event for the same endpoint."""
        return f"msg_{self.endpoint_id.hex}_{self.id.hex if self.event_id is None else self.event_id}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt at a delivery: when, how long it took, and what was answered, cut to its first characters."""

    id: UUID
    delivery_id: UUID
    number: int
    at: datetime
    took_ms: int
    status: int | None
    failure: DeliveryFailure | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class Terms:
    """By what attempts go: how many, how long the first wait is, how long all may fail before an endpoint is paused."""

    attempts: int = 12
    first_wait: timedelta = timedelta(seconds=5)
    pause_after: timedelta = timedelta(hours=24)


def wait_after(first: timedelta, attempts: int, chance: float) -> timedelta:
    """How long to wait after so many failed attempts; `chance`, from 0 to 1, moves it within its jitter."""
    # beyond these many it is the longest anyway, and the power would grow out of bounds
    grown: timedelta = first * WAIT_GROWS ** min(max(attempts, 1) - 1, 20)
    return min(grown, LONGEST_WAIT) * (1 + JITTER * (2 * chance - 1))


def failure_of(status: int) -> DeliveryFailure | None:
    """Why an answer does not accept a delivery; None when it does."""
    if 200 <= status < 300:
        return None
    return DeliveryFailure.REDIRECT if 300 <= status < 400 else DeliveryFailure.STATUS


def quiet_until(status: int | None, retry_after: str | None, now: datetime) -> datetime | None:
    """Until when a receiver asks to be left alone by `Retry-After`, in seconds or as a date: at most 6 hours ahead.

    None when it does not ask, or not for anything to come.
    """
    if status not in BUSY or retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        text = text.lstrip("0") or "0"
        wait = LONGEST_WAIT if len(text) > DIGITS_MOST else min(timedelta(seconds=int(text)), LONGEST_WAIT)
    else:
        try:
            until = parsedate_to_datetime(text)
            wait = min((until if until.tzinfo else until.replace(tzinfo=UTC)) - now, LONGEST_WAIT)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    return now + wait if wait > timedelta() else None


def accept(delivery: Delivery, now: datetime) -> Delivery:
    """The endpoint has it."""
    return _finished(delivery, now, DeliveryState.DELIVERED)


def withhold(delivery: Delivery, now: datetime) -> Delivery:
    """Whoever keeps the endpoint may no longer hear of it."""
    return _finished(delivery, now, DeliveryState.WITHHELD)


def fail(delivery: Delivery, now: datetime, terms: Terms, chance: float) -> Delivery:
    """It was not accepted: it is tried again later, or given up; a test is tried once."""
    most = 1 if delivery.event_id is None else terms.attempts
    if delivery.attempts >= most:
        return _finished(delivery, now, DeliveryState.DEAD)
    return replace(
        delivery,
        next_attempt_at=now + wait_after(terms.first_wait, delivery.attempts, chance),
        lease=None,
        leased_until=None,
    )


def again(delivery: Delivery, now: datetime) -> Delivery:
    """An event that was given up is attempted anew, with all attempts before it."""
    if delivery.event_id is None or delivery.state is not DeliveryState.DEAD:
        message = "Only an event that was given up is tried again; `webhookRedeliver` sends all behind a cursor again."
        raise Refusal(ErrorCode.STEP_NOT_ALLOWED, message, ("deliveryId",), {"state": str(delivery.state)})
    return replace(delivery, state=DeliveryState.WAITING, next_attempt_at=now, attempts=0, finished_at=None)


def _finished(delivery: Delivery, now: datetime, state: DeliveryState) -> Delivery:
    return replace(delivery, state=state, finished_at=now, lease=None, leased_until=None)


def judged(
    endpoint: Endpoint, now: datetime, attempt: Attempt, terms: Terms, retry_after: str | None = None
) -> tuple[Endpoint, WebhookTrouble | None]:
    """An endpoint's health after an attempt at an event, and why it must be paused if it must.

    What failed on our side says nothing of the endpoint. `retry_after` is what the answer said of when to come again.
    """
    if attempt.failure is None:
        return replace(endpoint, failures=0, failing_since=None), None
    if attempt.failure is DeliveryFailure.NOT_MADE:
        return endpoint, None
    since = endpoint.failing_since or now
    quiet = quiet_until(attempt.status, retry_after, now) or endpoint.quiet_until
    failing = replace(endpoint, failures=endpoint.failures + 1, failing_since=since, quiet_until=quiet)
    if attempt.status == GONE:
        return failing, WebhookTrouble.GONE
    if failing.failures >= FAILURES_LEAST and now - since >= terms.pause_after:
        return failing, WebhookTrouble.FAILING
    return failing, None


def room(endpoint: Endpoint, under_way: int) -> int:
    """How many more attempts may be made at once: one alone while the endpoint does not accept what it is sent."""
    return max(0, (1 if endpoint.failures else AT_ONCE) - under_way)
