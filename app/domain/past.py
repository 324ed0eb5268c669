"""An order as it stood at a past instant: its present, less what its events, rows and ledger say has happened since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from app.domain.access import By, Viewer, party_of
from app.domain.calendar import SECOND
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import Change, EventKind, Happening
from app.domain.ledger import Entry
from app.domain.lifecycle import Stage, stage_of
from app.domain.money import Money, minor_units
from app.domain.proof import Sums, sums_of
from app.domain.records import Deadline, DeadlineKind, DeadlineStatus, Status
from app.domain.remedies import ClaimStatus
from app.domain.trade import TOLD, Trade, told_text

# What an order begins with: whose events do not lead back to it were not told from the beginning
_BEGINNING = dict.fromkeys(TOLD.values()) | {"status": str(Status.DRAFT)}
_TERMS = ("currency", "total")
FIELDS = (*TOLD.values(), *_TERMS, "dueAt")
_TOLD_FIELDS = (
    *("status", "awaiting", "stage", "overdue", "overdueSince", "dispatchedLate"),
    *("deliveryOverdue", "deliveryOverdueSince"),
)
_RUNNING = DeadlineStatus.RUNNING
_WAITS = {EventKind.DEADLINE_PAUSED: DeadlineStatus.WAITING, EventKind.DEADLINE_RESUMED: _RUNNING}
_CLAIMS = {
    EventKind.CLAIM_FILED: ClaimStatus.UNDER_REVIEW,
    EventKind.CLAIM_APPROVED: ClaimStatus.APPROVED,
    EventKind.CLAIM_REJECTED: ClaimStatus.REJECTED,
    EventKind.CLAIM_DECISION_UNDONE: ClaimStatus.UNDER_REVIEW,
}
_DISPUTES = {
    EventKind.DISPUTE_OPENED: True,
    EventKind.DISPUTE_RESOLVED: False,
    EventKind.DISPUTE_REOPENED: True,
}
# Events that tell of the past by happening, whatever they change
KINDS = (*_WAITS, *_CLAIMS, *_DISPUTES)
Meaning = TypeVar("Meaning")
_TAKEN_BACK = "A deadline was met and what met it was taken back; the time in between is not kept."
_UNTOLD = "Some of its events are older than the rule that they tell the status before and after them."


@dataclass(frozen=True, slots=True)
class Told:
    """An event, as far as the past is told from it."""

    at: datetime
    kind: EventKind
    changes: tuple[Change, ...]
    deadline: str | None = None

    @classmethod
    def of(cls, happening: Happening) -> "Told":
        """What an event tells that is not written yet."""
        return cls(happening.at, happening.kind, happening.changes, happening.facts.get("deadline"))


@dataclass(frozen=True, slots=True)
class NotKept:
    """What is not known of the past, and why."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Stood:
    """A deadline as it stood: what had become of it by then, None if that is not kept."""

    kind: DeadlineKind
    due_at: datetime
    rule: str
    status: DeadlineStatus | None


@dataclass(frozen=True, slots=True)
class Past:
    """An order at an instant; what is not kept is None and named in `not_kept`."""

    at: datetime
    currency: str
    status: Status | None
    awaiting: By | None
    stage: Stage | None
    overdue_since: datetime | None
    dispatched_late: bool | None
    delivery_overdue_since: datetime | None
    dispute_open: bool
    claim: ClaimStatus | None
    total: Money | None
    sums: Sums
    deadlines: tuple[Stood, ...] | None
    not_kept: tuple[NotKept, ...]


def replay(trade: Trade, told: Sequence[Told], chain: Sequence[Entry], at: datetime) -> Past:
    """The order at an instant: `trade` as it is now, settled, with all its events and entries in their order."""
    order = trade.order
    flags = {field: told_text(getattr(order, name)) for name, field in TOLD.items()}
    known = _back(told, flags, None) == _BEGINNING
    then = (_back(told, flags, at) or {}) if known else {}
    status, awaiting = then.get("status"), then.get("awaiting")
    overdue_since = _instant(then.get("overdueSince"))
    sent = order.dispatched_at is not None and order.dispatched_at <= at
    total, deadlines = _total(trade, told, at), _deadlines(trade, told, at)
    return Past(
        at=at,
        currency=order.currency if total is None else total.currency,
        status=Status(status) if status else None,
        awaiting=By(awaiting) if awaiting else None,
        stage=stage_of(Status(status), order.closed_in) if status else None,
        overdue_since=overdue_since,
        dispatched_late=(overdue_since is not None and sent) if known else None,
        delivery_overdue_since=_instant(then.get("deliveryOverdueSince")),
        dispute_open=_last(told, _DISPUTES, at) or False,
        claim=_last(told, _CLAIMS, at),
        total=total,
        sums=sums_of([entry for entry in chain if entry.at <= at]),
        deadlines=deadlines,
        not_kept=tuple(_missing(known, total, deadlines)),
    )


def _back(told: Sequence[Told], now: dict[str, str | None], until: datetime | None) -> dict[str, str | None] | None:
    """These fields after the last event up to `until`, or before all of them; None if the events contradict them."""
    values = dict(now)
    for event in reversed(told):
        if until is not None and event.at <= until:
            break
        for change in reversed(event.changes):
            if change.field in values:
                if values[change.field] != change.after:
                    return None
                values[change.field] = change.before
    return values


def _total(trade: Trade, told: Sequence[Told], at: datetime) -> Money | None:
    order = trade.order
    now = {"currency": order.currency, "total": str(Money(order.total, order.currency))}
    then = _back(told, {name: now[name] for name in _TERMS}, at)
    if then is None or then["total"] is None or then["currency"] is None:
        return None
    currency = then["currency"]
    return Money(minor_units(Decimal(then["total"].removesuffix(f" {currency}")), currency), currency)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _lies_in(at: datetime, since: datetime, until: datetime | None) -> bool:
    return since <= at and (until is None or at < until)


def _last(told: Sequence[Told], meanings: Mapping[EventKind, Meaning], at: datetime) -> Meaning | None:
    """What the last of these events by then means."""
    return next((meanings[each.kind] for each in reversed(told) if each.at <= at and each.kind in meanings), None)


def _deadlines(trade: Trade, told: Sequence[Told], at: datetime) -> tuple[Stood, ...] | None:
    """The deadlines that were set by then; None if it was not kept of one when that was."""
    rows = [row for row in trade.deadlines if row.order_id == trade.order.id]
    if any(row.set_at is None for row in rows):
        return None
    stood = [(_stood(row, told, at), row.id) for row in rows if row.set_at is not None and row.set_at <= at]
    return tuple(each for each, _ in sorted(stood, key=lambda pair: (pair[0].due_at, pair[1])))


def _stood(row: Deadline, told: Sequence[Told], at: datetime) -> Stood:
    due_at, status, resumed = row.due_at, _RUNNING, False
    for event in told:
        if event.deadline != row.kind or not _lies_in(event.at, row.set_at or at, row.settled_at):
            continue
        before = next((_instant(each.before) for each in event.changes if each.field == "dueAt"), None)
        if event.at <= at and event.kind in _WAITS:
            status = _WAITS[event.kind]
        elif event.kind is EventKind.DEADLINE_RESUMED and before is None:
            # it ran on because what had met it was taken back, and since when it was met the row no longer says
            return Stood(row.kind, due_at, row.rule, None)
        elif event.kind is EventKind.DEADLINE_RESUMED and not resumed:
            # the first time after that instant that it ran on, it had been due as this event says
            due_at, resumed = before or due_at, True
    if row.settled_at is not None and row.settled_at <= at:
        status = row.status
    elif row.detected_at is not None and due_at + SECOND <= at and status is _RUNNING:
        # one that lapsed and was moved or made void afterwards had lapsed in between
        status = DeadlineStatus.LAPSED
    return Stood(row.kind, due_at, row.rule, status)


def _missing(known: bool, total: Money | None, deadlines: tuple[Stood, ...] | None) -> Iterable[NotKept]:
    if not known:
        yield from (NotKept(name, _UNTOLD) for name in _TOLD_FIELDS)
    if total is None:
        yield NotKept("agreedTotal", "Its events do not lead back to the terms of that instant.")
    if deadlines is None:
        yield NotKept("deadlines", "When some of its deadlines were set was not kept yet.")
    elif any(row.status is None for row in deadlines):
        yield NotKept("deadlines.status", _TAKEN_BACK)


def require_past(trade: Trade, at: datetime, now: datetime) -> None:
    """Refuse an instant that is still to come, or at which there was no such order yet."""
    begun = trade.order.created_at
    if at > now:
        raise Refusal(
            ErrorCode.OUT_OF_RANGE,
            "This instant is still to come; ask for one that has passed.",
            ("at",),
            {"now": now.isoformat()},
        )
    if at < begun:
        raise Refusal(
            ErrorCode.OUT_OF_RANGE,
            "The order was not begun yet at this instant; ask for one from its beginning on.",
            ("at",),
            {"createdAt": begun.isoformat()},
        )


def require_visible(trade: Trade, viewer: Viewer, past: Past) -> None:
    """Refuse an instant at which the order was the other side's draft, or may have been one (section 13)."""
    confirmed = trade.order.confirmed_at is not None and trade.order.confirmed_at <= past.at
    draft = past.status is Status.DRAFT or (past.status is None and not confirmed)
    if party_of(viewer, replace(trade.seen, draft=draft)) is None:
        raise Refusal(
            ErrorCode.NOT_FOUND,
            "At this instant the order was a draft of the other side, and to you a draft does not exist.",
            ("at",),
        )
