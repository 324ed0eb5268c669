"""Time as an actor (section 14): the clocks of an order, how they start, move and end, and what a lapse does."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.domain import freight
from app.domain.access import By
from app.domain.calendar import SECOND, in_time, last_good_second
from app.domain.goods import TransitUnit
from app.domain.happenings import Change, EventKind
from app.domain.partial import changed
from app.domain.policy import Policy
from app.domain.records import Deadline, DeadlineKind, DeadlineStatus, DispatchTerm, Order
from app.domain.trade import Act, Trade

Due = tuple[datetime, str, dict[str, str]]


def dispatch_due(order: Order, start: datetime, policy: Policy) -> Due:
    """When the goods must be dispatched at the latest, by which rule and from what (ORD-5, SHP-1).

    A fixed date or instant that is past when the money comes gives the end of the following platform day.
    """
    calendar = policy.calendar
    if order.dispatch_term is DispatchTerm.FIXED_DATE and order.dispatch_date is not None:
        due = calendar.end_of(order.dispatch_date)
        inputs = {"date": order.dispatch_date.isoformat()}
    elif order.dispatch_term is DispatchTerm.FIXED_INSTANT and order.dispatch_instant is not None:
        due = last_good_second(order.dispatch_instant)
        inputs = {"instant": due.isoformat()}
    else:
        days = order.dispatch_days or 0
        inputs = {"start": start.isoformat(), "days": str(days), "zone": policy.zone}
        return calendar.days_after(start, days), "SHP-1", inputs
    if in_time(start, due):
        return due, "ORD-5", {**inputs, "zone": policy.zone}
    tomorrow = calendar.date_of(calendar.plus_days(start, 1))
    return calendar.end_of(tomorrow), "ORD-5", {**inputs, "start": start.isoformat(), "zone": policy.zone}


def auto_receipt_due(trade: Trade, start: datetime) -> Due:
    """When the goods count as received without a word from the buyer: the longest of the shipments' modes (SHP-5)."""
    days = max(trade.policy.auto_receipt_days[shipment.transport_mode] for shipment in trade.shipments)
    due = last_good_second(trade.policy.calendar.plus_days(start, days))
    return due, "SHP-5", {"start": start.isoformat(), "days": str(days), "zone": trade.policy.zone}


def delivery_due(order: Order, dispatch_due_at: datetime, policy: Policy) -> Due:
    """When delivery is promised: the date of the dispatch deadline and the lane's maximum, end of day (DLV-4)."""
    days, unit = order.transit_max or 0, order.transit_unit or TransitUnit.CALENDAR_DAYS
    due = freight.promised(policy.calendar, dispatch_due_at, days, unit)
    inputs = {"dispatchDueAt": dispatch_due_at.isoformat(), "days": str(days), "unit": str(unit), "zone": policy.zone}
    return due, "DLV-4", inputs


def transfer_waiting_due(policy: Policy, landed_at: datetime) -> Due:
    """When a transfer has waited so long to be associated that both sides and the operators hear of it (PAY-7)."""
    hours = policy.transfer_waiting_hours
    due = last_good_second(landed_at + timedelta(hours=hours))
    return due, "PAY-7", {"start": landed_at.isoformat(), "hours": str(hours)}


# Section 14: the clocks whose approach is announced, and those that are nobody's to watch
_ANNOUNCED = frozenset(
    {
        DeadlineKind.DISPATCH,
        DeadlineKind.DELIVERY,
        DeadlineKind.AUTO_RECEIPT,
        DeadlineKind.UNPAID_DISCOUNT,
        DeadlineKind.CLAIM_DISPATCH_CLOSE,
        DeadlineKind.CLAIM_DELIVERY_CLOSE,
    }
)
_QUIET = frozenset({DeadlineKind.TRANSFER_WAITING, DeadlineKind.RECOVERY})


def start(trade: Trade, act: Act, kind: DeadlineKind, since: datetime, due: Due, about: str | None = None) -> Trade:
    """The trade with a clock running, and with the announcement of its approach where it has one."""
    trade = _set(trade, act, kind, since, due, about)
    due_at = due[0]
    if kind not in _QUIET:
        trade = trade.record(
            EventKind.DEADLINE_SET, act, due_at=due_at, facts={"deadline": str(kind), "rule": due[1], **due[2]}
        )
    return _announce(trade, act, kind, due_at) if kind in _ANNOUNCED else trade


def _set(trade: Trade, act: Act, kind: DeadlineKind, since: datetime, due: Due, about: str | None) -> Trade:
    return trade.put("deadlines", running(act, kind, since, due, about, order_id=trade.order.id))


def running(
    act: Act,
    kind: DeadlineKind,
    since: datetime,
    due: Due,
    about: str | None = None,
    *,
    order_id: UUID | None = None,
    coupon_id: UUID | None = None,
    seller_id: UUID | None = None,
) -> Deadline:
    """A clock that runs for an order, a coupon or a seller."""
    due_at, rule, inputs = due
    return Deadline(
        id=act.mint.id(),
        order_id=order_id,
        kind=kind,
        about=about,
        starts_at=since,
        due_at=due_at,
        rule=rule,
        inputs=inputs,
        status=DeadlineStatus.RUNNING,
        settled_at=None,
        detected_at=None,
        set_at=act.now,
        coupon_id=coupon_id,
        seller_id=seller_id,
    )


def _announce(trade: Trade, act: Act, kind: DeadlineKind, due_at: datetime) -> Trade:
    hours = trade.policy.approach_hours
    approach = due_at - timedelta(hours=hours)
    # none if the deadline was set with less than that to run
    if approach < act.now:
        return trade
    due: Due = (approach, "APPROACH", {"deadline": due_at.isoformat(), "hours": str(hours)})
    return _set(trade, act, DeadlineKind.APPROACH, act.now, due, str(kind))


def end(trade: Trade, act: Act, kind: DeadlineKind, status: DeadlineStatus, about: str | None = None) -> Trade:
    """The trade without the running deadline of a kind, and without the announcement of its approach."""
    for row in (open_clock(trade, kind, about), trade.deadline(DeadlineKind.APPROACH, str(kind))):
        if row is not None:
            left = status if row.kind is kind else DeadlineStatus.VOID
            trade = trade.put("deadlines", changed(row, {"status": left, "settled_at": act.now, "seconds_left": None}))
    return trade


def open_clock(trade: Trade, kind: DeadlineKind, about: str | None = None) -> Deadline | None:
    """The clock of a kind that has not ended: it runs, or it waits."""
    waiting = (
        row
        for row in trade.deadlines
        if row.kind is kind and row.status is DeadlineStatus.WAITING and about in (None, row.about)
    )
    return trade.deadline(kind, about) or next(waiting, None)


def in_force(rows: Iterable[Deadline], kind: DeadlineKind) -> Deadline | None:
    """The clock of a kind that counts, whether it runs, was met or ran out; not one that was moved or is void."""
    standing = (DeadlineStatus.RUNNING, DeadlineStatus.WAITING, DeadlineStatus.LAPSED, DeadlineStatus.MET)
    return next((row for row in rows if row.kind is kind and row.status in standing), None)


# What is owed between seller and platform outlives the order
_OUTLIVES = frozenset({DeadlineKind.RECOVERY})


def void_all(trade: Trade, act: Act) -> Trade:
    """The trade with no clock running any more, as when the order closes."""
    ended = [
        changed(row, {"status": DeadlineStatus.VOID, "settled_at": act.now, "seconds_left": None})
        for row in trade.deadlines
        if row.status in (DeadlineStatus.RUNNING, DeadlineStatus.WAITING) and row.kind not in _OUTLIVES
    ]
    return trade.put("deadlines", *ended)


def pause(trade: Trade, act: Act, kind: DeadlineKind) -> Trade:
    """The trade with a clock that waits, keeping what was left of it (section 14)."""
    row = trade.deadline(kind)
    if row is None:
        return trade
    left = int((row.due_at - last_good_second(act.now)).total_seconds())
    trade = end(trade, act, kind, DeadlineStatus.VOID)
    trade = trade.put("deadlines", changed(row, {"status": DeadlineStatus.WAITING, "seconds_left": max(left, 0)}))
    facts = {"deadline": str(kind), "secondsLeft": str(max(left, 0))}
    return trade.record(EventKind.DEADLINE_PAUSED, act, due_at=row.due_at, facts=facts)


def resume(trade: Trade, act: Act, kind: DeadlineKind) -> Trade:
    """The trade with a waiting clock running on for what was left of it."""
    row = open_clock(trade, kind)
    if row is None or row.status is not DeadlineStatus.WAITING:
        return trade
    due_at = last_good_second(act.now) + timedelta(seconds=row.seconds_left or 0)
    resumed = changed(row, {"status": DeadlineStatus.RUNNING, "due_at": due_at, "seconds_left": None})
    change = Change("dueAt", row.due_at.isoformat(), due_at.isoformat())
    trade = trade.put("deadlines", resumed)
    trade = trade.record(EventKind.DEADLINE_RESUMED, act, [change], {"deadline": str(kind)}, due_at)
    return _announce(trade, act, kind, due_at) if kind in _ANNOUNCED else trade


def move(trade: Trade, act: Act, kind: DeadlineKind, due: Due) -> Trade:
    """The trade with a deadline in force, run out or not, moved by a confirmed amendment (ORD-10)."""
    live = in_force(trade.deadlines, kind)
    if live is None or live.due_at == due[0]:
        return trade
    trade = end(trade, act, kind, DeadlineStatus.MOVED)
    trade = trade.put("deadlines", changed(live, {"status": DeadlineStatus.MOVED, "settled_at": act.now}))
    trade = _set(trade, act, kind, live.starts_at, due, None)
    trade = trade.record(
        EventKind.DEADLINE_MOVED,
        act,
        due_at=due[0],
        changes=[Change(f"{kind.lower()}DueAt", live.due_at.isoformat(), due[0].isoformat())],
        facts={"deadline": str(kind), "rule": due[1], **due[2]},
    )
    return _announce(trade, act, kind, due[0])


def move_dispatch(trade: Trade, act: Act, due: Due) -> Trade:
    """The trade with its dispatch deadline moved; an overdue flag under the old term goes (ORD-10)."""
    live = in_force(trade.deadlines, DeadlineKind.DISPATCH)
    trade = move(trade, act, DeadlineKind.DISPATCH, due)
    if live is None or live.due_at == due[0] or trade.order.overdue_at is None:
        return trade
    trade = trade.change(overdue_at=None, penalty_points=0)
    return trade.record(EventKind.OVERDUE_CLEARED, act, due_at=live.due_at)


def reopen(trade: Trade, act: Act, row: Deadline) -> Trade:
    """The trade with a deadline running on that had been met, because what met it was taken back."""
    trade = trade.put("deadlines", changed(row, {"status": DeadlineStatus.RUNNING, "settled_at": None}))
    trade = trade.record(EventKind.DEADLINE_RESUMED, act, due_at=row.due_at, facts={"deadline": str(row.kind)})
    return _announce(trade, act, row.kind, row.due_at)


@dataclass(frozen=True, slots=True)
class Lapse:
    """What the lapse of a clock does, and the facts it does it by, beside those that every lapse is judged by."""

    act: Callable[[Trade, Deadline, Act], Trade]
    facts: frozenset[str]


def lapse(act: Callable[[Trade, Deadline, Act], Trade], *facts: str) -> Lapse:
    """A lapse and the names of its facts."""
    return Lapse(act, frozenset(facts))


def run_out(clocks: Iterable[Deadline], order_id: UUID, now: datetime) -> list[Deadline]:
    """Those of an order's clocks that have run out and that nobody has come to settle."""
    return [
        row
        for row in clocks
        # what another order was caused to do waits for that order's own lock
        if row.status is DeadlineStatus.RUNNING and row.order_id == order_id and not in_time(now, row.due_at)
    ]


def settle(trade: Trade, act: Act, lapses: Mapping[DeadlineKind, Lapse]) -> Trade:
    """The trade after all that has run out at `act.now`, earliest first: first settle, then act (section 16)."""
    while due := run_out(trade.deadlines, trade.order.id, act.now):
        first = min(due, key=lambda row: (row.due_at, row.id))
        # what lapses does so when its last good second has run out, however late somebody comes to look
        time = Act(By.TIME, first.due_at + SECOND, act.mint)
        lapsed = changed(first, {"status": DeadlineStatus.LAPSED, "settled_at": time.now, "detected_at": act.now})
        trade = lapses[first.kind].act(trade.put("deadlines", lapsed), lapsed, time)
    return trade


def lag(trade: Trade, now: datetime) -> timedelta:
    """How long ago the first of a trade's deadlines that have run out did so, and nobody has come to settle it."""
    late = [now - row.due_at - SECOND for row in trade.deadlines if row.status is DeadlineStatus.RUNNING]
    return max(late, default=timedelta())


def announce_approach(trade: Trade, deadline: Deadline, act: Act) -> Trade:
    """Time tells both sides that a deadline approaches."""
    target = trade.deadline(DeadlineKind(deadline.about or ""))
    if target is None:
        return trade
    return trade.record(
        EventKind.DEADLINE_APPROACHING,
        act,
        due_at=target.due_at,
        detected_at=deadline.detected_at,
        facts={"deadline": str(target.kind)},
    )
