"""What happens to an order if nobody acts (section 14): each lapse, what it brings, and what would cancel it."""

from collections.abc import Iterator, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from app.domain import claims, protection, stakes
from app.domain.calendar import SECOND
from app.domain.cancelling import CANCELLED_BY, Cancelling
from app.domain.happenings import EventKind
from app.domain.records import DeadlineKind, DeadlineStatus, Status
from app.domain.stakes import Stake, Standing
from app.domain.steps import associable
from app.domain.trade import Trade


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that runs or waits; `follows` is the lapse that would start it, None for one that is set already.

    `seconds_left` is what was left when it began to wait; `empty`: nothing is left for its lapse to tell.
    """

    kind: DeadlineKind
    due_at: datetime
    rule: str
    about: str | None = None
    seconds_left: int | None = None
    follows: DeadlineKind | None = None
    empty: bool = False
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """What a clock's lapse does: when (None while it waits), what is told, what would cancel it, what it costs whom."""

    clock: Clock
    at: datetime | None
    event: EventKind
    stakes: tuple[Stake, ...]

    @property
    def cancelled_by(self) -> tuple[Cancelling, ...]:
        """The named conditions that would cancel it; an announcement goes with the clock it is about."""
        about = self.clock.about if self.clock.kind is DeadlineKind.APPROACH else None
        return CANCELLED_BY[DeadlineKind(about) if about else self.clock.kind]


@dataclass(frozen=True, slots=True)
class Course:
    """What the forecast reads of an order: where it stands, and the clocks that have not ended."""

    standing: Standing
    clocks: tuple[Clock, ...] = field(default=())


EVENTS = {
    DeadlineKind.DISPATCH: EventKind.OVERDUE_RAISED,
    DeadlineKind.DELIVERY: EventKind.DELIVERY_OVERDUE_RAISED,
    DeadlineKind.AUTO_RECEIPT: EventKind.RECEIVED_AUTOMATICALLY,
    DeadlineKind.CLAIM_DISPATCH_CLOSE: EventKind.CLAIM_WINDOW_CLOSED,
    DeadlineKind.CLAIM_DELIVERY_CLOSE: EventKind.CLAIM_WINDOW_CLOSED,
    DeadlineKind.PROTECTION_END: EventKind.PROTECTION_ENDED,
    DeadlineKind.UNPAID_DISCOUNT: EventKind.ORDER_CLOSED,
    DeadlineKind.DISPUTE_SILENCE: EventKind.DISPUTE_ESCALATED,
    DeadlineKind.APPROACH: EventKind.DEADLINE_APPROACHING,
    DeadlineKind.TRANSFER_WAITING: EventKind.TRANSFER_WAITING,
}


def forecast(course: Course, now: datetime) -> tuple[Transition, ...]:
    """All that will happen after `now` if nobody acts, in its order; what waits for somebody comes last.

    What has run out by now has happened, whether or not a sweep has come by, and what follows from it is told.
    """
    waiting = [clock for clock in course.clocks if clock.seconds_left is not None]
    running = replace(course, clocks=tuple(clock for clock in course.clocks if clock.seconds_left is None))
    told = list(_course(running))
    ahead = [each for each in told if each.at is not None and each.at > now]
    over = {each.clock.kind for each in told} - {each.clock.kind for each in ahead}
    return (*(_set(each, over) for each in ahead), *(_waiting(course.standing, clock, now) for clock in waiting))


def _set(each: Transition, over: Set[DeadlineKind]) -> Transition:
    """A transition whose clock is set by now, where the lapse that starts it is over."""
    return replace(each, clock=replace(each.clock, follows=None)) if each.clock.follows in over else each


def _course(course: Course) -> Iterator[Transition]:
    """Lapse after lapse: each changes where the order stands, and may stop clocks or start others."""
    while course.clocks:
        clock = min(course.clocks, key=lambda row: (row.due_at, row.follows is not None, row.id or UUID(int=0)))
        at = clock.due_at + SECOND
        course = replace(course, clocks=tuple(row for row in course.clocks if row is not clock))
        if not clock.empty:
            yield Transition(clock, at, EVENTS[clock.kind], stakes.at_stake(course.standing, clock.kind, at))
        course = _lapsed(course, clock, at)


def _waiting(standing: Standing, clock: Clock, now: datetime) -> Transition:
    """What a clock will do that waits for somebody, as if it ran on from now."""
    at = now + timedelta(seconds=clock.seconds_left or 0)
    return Transition(clock, None, EVENTS[clock.kind], stakes.at_stake(standing, clock.kind, at))


def _lapsed(course: Course, clock: Clock, at: datetime) -> Course:
    """The course after a lapse, as the lapses of `clockwork` leave an order."""
    standing = course.standing
    if clock.kind is DeadlineKind.DISPATCH:
        return replace(course, standing=replace(standing, overdue_at=clock.due_at))
    if clock.kind is DeadlineKind.DELIVERY:
        return course if standing.claimed else _start_window(course, clock.kind, clock.due_at, at)
    if clock.kind is DeadlineKind.UNPAID_DISCOUNT:
        return replace(course, clocks=(), standing=replace(standing, status=Status.CLOSED))
    if clock.kind is DeadlineKind.AUTO_RECEIPT:
        return _received(course, at)
    return course


def _received(course: Course, at: datetime) -> Course:
    """Receipt begins the last days of protection, and of claims if the goods left late."""
    standing = replace(course.standing, status=Status.COMPLETED)
    kind = DeadlineKind.AUTO_RECEIPT
    due_at, rule, _ = protection.end_due(standing.policy, at)
    course = Course(standing, (*course.clocks, Clock(DeadlineKind.PROTECTION_END, due_at, rule, follows=kind)))
    if standing.overdue_at is None or not standing.dispatch_guaranteed or standing.claimed:
        return course
    return _start_window(course, kind, at, at)


_WINDOWS = {
    DeadlineKind.AUTO_RECEIPT: (DeadlineKind.CLAIM_DISPATCH_CLOSE, "CLM-2"),
    DeadlineKind.DELIVERY: (DeadlineKind.CLAIM_DELIVERY_CLOSE, "CLM-3"),
}


def _start_window(course: Course, follows: DeadlineKind, since: datetime, now: datetime) -> Course:
    """The course with a claim window that closes by itself, announced before."""
    policy, (kind, rule) = course.standing.policy, _WINDOWS[follows]
    due_at = claims.window_due(policy, since, rule)[0]
    clocks = [Clock(kind, due_at, rule, follows=follows)]
    announced = due_at - timedelta(hours=policy.approach_hours)
    if announced >= now:
        clocks.append(Clock(DeadlineKind.APPROACH, announced, "APPROACH", str(kind), follows=follows))
    return replace(course, clocks=(*course.clocks, *clocks))


# What a used coupon costs the late seller is reckoned at once in a row that is nobody's to see (section 13)
_HIDDEN = frozenset({DeadlineKind.RECOVERY})


def course_of(trade: Trade) -> Course:
    """What the forecast reads, of a trade."""
    clocks = tuple(
        Clock(
            kind=row.kind,
            due_at=row.due_at,
            rule=row.rule,
            about=row.about,
            seconds_left=row.seconds_left if row.status is DeadlineStatus.WAITING else None,
            empty=row.kind is DeadlineKind.TRANSFER_WAITING and not _waits(trade, row.about),
            id=row.id,
        )
        for row in trade.deadlines
        if row.status in (DeadlineStatus.RUNNING, DeadlineStatus.WAITING)
        and row.order_id == trade.order.id
        and row.kind not in _HIDDEN
    )
    return Course(stakes.standing_of(trade), clocks)


def _waits(trade: Trade, receipt_id: str | None) -> bool:
    return any(str(receipt.id) == receipt_id and associable(trade, receipt) for receipt in trade.receipts)
