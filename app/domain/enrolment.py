"""The upgrade service, on-time dispatch guaranteed (ENR): joining it, leaving it, and whom it covers when."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain import deadlines, sellers
from app.domain.access import By
from app.domain.calendar import Calendar
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind, Happening
from app.domain.policy import Policy
from app.domain.records import Deadline, DeadlineKind, DeadlineStatus, Seller, ServiceStatus
from app.domain.trade import Act


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A seller with the clocks that run for them, and what has been decided about them but not yet written."""

    seller: Seller
    clocks: tuple[Deadline, ...] = ()
    happenings: tuple[Happening, ...] = ()

    def clock(self, kind: DeadlineKind) -> Deadline | None:
        """The running clock of a kind."""
        running = (row for row in self.clocks if row.kind is kind and row.status is DeadlineStatus.RUNNING)
        return next(running, None)


Step = Callable[[Enrolment, Act, Policy], Enrolment]


def covers(seller: Seller, at: datetime | None = None) -> bool:
    """Whether the seller is enrolled, as they stand or as they stood at an instant (ENR-1)."""
    return covered(seller.enrolled_at, seller.left_at, at)


def covered(enrolled_at: datetime | None, left_at: datetime | None, at: datetime | None) -> bool:
    """Whether a seller with these stamps is enrolled, or was at an instant (ENR-1).

    The stamps tell an instant that lies at most as far back as one must stay in or out, which is days.
    """
    if enrolled_at is not None:
        return at is None or enrolled_at <= at
    return at is not None and left_at is not None and at < left_at


def join(enrolment: Enrolment, act: Act, policy: Policy) -> Enrolment:
    """The seller's orders promise on-time dispatch from now on (ENR-1)."""
    seller = enrolment.seller
    if seller.service is not ServiceStatus.ACTIVE:
        raise Refusal(ErrorCode.SERVICE_NOT_ACTIVE, "The trade-assurance service is not active for this seller.")
    if covers(seller):
        raise Refusal(ErrorCode.STEP_NOT_ALLOWED, "You have joined the on-time dispatch guarantee already.")
    _require_over(enrolment, DeadlineKind.REJOIN_ALLOWED, "join again")
    enrolment = replace(enrolment, seller=replace(seller, enrolled_at=act.now, left_at=None))
    return _begin(enrolment, act, policy, DeadlineKind.EXIT_ALLOWED, EventKind.ENROLMENT_JOINED)


def leave(enrolment: Enrolment, act: Act, policy: Policy) -> Enrolment:
    """New orders promise nothing any more; those offered while enrolled stay covered (ENR-2)."""
    if not covers(enrolment.seller):
        raise Refusal(ErrorCode.STEP_NOT_ALLOWED, "You have not joined the on-time dispatch guarantee.")
    _require_over(enrolment, DeadlineKind.EXIT_ALLOWED, "leave")
    enrolment = replace(enrolment, seller=replace(enrolment.seller, enrolled_at=None, left_at=act.now))
    return _begin(enrolment, act, policy, DeadlineKind.REJOIN_ALLOWED, EventKind.ENROLMENT_LEFT)


def _require_over(enrolment: Enrolment, kind: DeadlineKind, verb: str) -> None:
    """Refuse while the clock still runs; the refusal says from which date it will be possible (ENR-2)."""
    if (clock := enrolment.clock(kind)) is None:
        return
    zone = clock.inputs["zone"]
    day = Calendar(zone).date_of(clock.due_at).isoformat()
    raise Refusal(
        ErrorCode.ENROLMENT_NOT_POSSIBLE,
        f"You can {verb} from {day} on, at 00:00:00 on the platform's calendar ({zone}).",
        params={"date": day, "from": clock.due_at.isoformat()},
    )


def _begin(enrolment: Enrolment, act: Act, policy: Policy, kind: DeadlineKind, told: EventKind) -> Enrolment:
    """The enrolment with a clock until the first second of the date that policy allows the way back from (ENR-2)."""
    calendar, days = policy.calendar, policy.enrolment_days
    due_at = calendar.start_of(calendar.date_of(act.now) + timedelta(days=days))
    due = (due_at, "ENR-2", {"start": act.now.isoformat(), "days": str(days), "zone": policy.zone})
    clock = deadlines.running(act, kind, act.now, due, seller_id=enrolment.seller.id)
    enrolment = replace(enrolment, clocks=(*enrolment.clocks, clock))
    return _record(enrolment, act, told, clock)


def _record(enrolment: Enrolment, act: Act, kind: EventKind, clock: Deadline) -> Enrolment:
    seller, happening = sellers.record(enrolment.seller, act, kind, facts={"deadline": str(clock.kind)})
    happening = replace(happening, due_at=clock.due_at, detected_at=clock.detected_at)
    return replace(enrolment, seller=seller, happenings=(*enrolment.happenings, happening))


_ANNOUNCED = {
    DeadlineKind.EXIT_ALLOWED: EventKind.ENROLMENT_EXIT_ALLOWED,
    DeadlineKind.REJOIN_ALLOWED: EventKind.ENROLMENT_REJOIN_ALLOWED,
}


def settle(enrolment: Enrolment, act: Act) -> Enrolment:
    """The enrolment after the clocks that have come by `act.now`, each announced once.

    Unlike other clocks, these name the first second at which something is possible, not the last (section 14).
    """
    for clock in sorted(enrolment.clocks, key=lambda row: (row.due_at, row.id)):
        if clock.status is not DeadlineStatus.RUNNING or act.now < clock.due_at:
            continue
        come = replace(clock, status=DeadlineStatus.LAPSED, settled_at=clock.due_at, detected_at=act.now)
        clocks = tuple(come if row.id == come.id else row for row in enrolment.clocks)
        time = Act(By.TIME, clock.due_at, act.mint)
        enrolment = _record(replace(enrolment, clocks=clocks), time, _ANNOUNCED[clock.kind], come)
    return enrolment


def lag(enrolment: Enrolment, now: datetime) -> timedelta:
    """How long ago the first of the clocks that still run came to its instant, and nobody has come to announce it."""
    late = [now - clock.due_at for clock in enrolment.clocks if clock.status is DeadlineStatus.RUNNING]
    return max((*late, timedelta()))
