"""The on-time delivery guarantee (DLV-3 to DLV-5): when it is given, when its clock runs, what keeps or breaks it."""

from collections.abc import Iterable

from app.domain import claims, deadlines, freight, lanes
from app.domain.calendar import in_time
from app.domain.claimable import delivered_of
from app.domain.errors import ErrorCode, Refusal
from app.domain.freight import DeliveryCondition
from app.domain.happenings import EventKind
from app.domain.lifecycle import Step
from app.domain.partial import changed
from app.domain.policy import ExportMethod
from app.domain.records import Deadline, DeadlineKind, DeadlineStatus, OrderType
from app.domain.steps import require
from app.domain.trade import Act, Trade

# The terms on which a guarantee rests: where an amendment changes one of them, one that failed is judged anew
_JUDGED = lanes.JUDGED | {"export_method", "dispatch_term", "dispatch_days", "dispatch_date", "dispatch_instant"}


def promise(trade: Trade, act: Act) -> Trade:
    """The trade as it is agreed: guaranteed if DLV-3's conditions hold, else with those that fail; transit pinned."""
    failed = unmet(trade, act)
    trade = trade.change(delivery_guaranteed=not failed, delivery_failed=tuple(str(condition) for condition in failed))
    return _pinned(trade)


def unmet(trade: Trade, act: Act) -> tuple[DeliveryCondition, ...]:
    """Which conditions of DLV-3 fail now; while no clock runs, as if it were paid now."""
    order = trade.order
    clock = deadlines.in_force(trade.deadlines, DeadlineKind.DISPATCH)
    dispatch_due = clock.due_at if clock else deadlines.dispatch_due(order, act.now, trade.policy)[0]
    self_operated = order.export_method is ExportMethod.SELF_OPERATED
    return freight.unmet(
        trade.policy,
        trade.lane,
        trade.contact.country,
        {product.cargo_class for product in lanes.products_of(trade) if product is not None},
        dispatch_due,
        act.now,
        enrolled=order.dispatch_guaranteed,
        ready=lanes.ready_to_ship(trade),
        export_fits=order.type is not OrderType.SELLER_DRAFT or self_operated,
    )


def _pinned(trade: Trade) -> Trade:
    """The trade with its lane's transit as it is at this moment, whatever becomes of the lane."""
    lane = trade.lane
    return trade.change(
        transit_min=lane.min_days if lane else None,
        transit_max=lane.max_days if lane else None,
        transit_unit=lane.unit if lane else None,
        transit_origin=lane.origin if lane else None,
    )


def renew(trade: Trade, act: Act, changed: Iterable[str]) -> Trade:
    """The trade under amended terms: a guarantee once given is not lost, one that failed may hold now (ORD-10)."""
    fields = set(changed)
    if not trade.order.delivery_guaranteed:
        return promise(trade, act) if fields & _JUDGED else trade
    return _pinned(trade) if "lane_id" in fields and trade.lane is not None else trade


def begin(trade: Trade, act: Act) -> Trade:
    """The clock of delivery starts with that of dispatch, and the promised date is fixed (DLV-4)."""
    dispatch = deadlines.in_force(trade.deadlines, DeadlineKind.DISPATCH)
    if not trade.order.delivery_guaranteed or dispatch is None:
        return trade
    due = deadlines.delivery_due(trade.order, dispatch.due_at, trade.policy)
    trade = trade.change(promised_at=due[0])
    return deadlines.start(trade, act, DeadlineKind.DELIVERY, dispatch.starts_at, due)


def move(trade: Trade, act: Act) -> Trade:
    """The promise under amended terms, computed anew; a flag of the old one goes, and so does its claim window."""
    dispatch = deadlines.in_force(trade.deadlines, DeadlineKind.DISPATCH)
    clock = deadlines.in_force(trade.deadlines, DeadlineKind.DELIVERY)
    if clock is None or dispatch is None:
        return begin(trade, act)
    due = deadlines.delivery_due(trade.order, dispatch.due_at, trade.policy)
    if due[0] == clock.due_at:
        return trade
    _require_ahead(act, due)
    trade = deadlines.move(trade.change(promised_at=due[0]), act, DeadlineKind.DELIVERY, due)
    return _clear(trade, act, clock)


def _require_ahead(act: Act, due: deadlines.Due) -> None:
    if not in_time(act.now, due[0]):
        raise Refusal(
            ErrorCode.DEADLINE_IN_THE_PAST,
            "By this lane the promised date would already be over; choose another lane, or a later dispatch.",
            ("contract", "laneId"),
            {"dueAt": due[0].isoformat()},
        )


def _clear(trade: Trade, act: Act, clock: Deadline) -> Trade:
    """The delivery is not overdue after all: the flag goes, and the window to claim for it closes early (DLV-5)."""
    if trade.order.delivery_overdue_at is None:
        return trade
    trade = deadlines.end(trade, act, DeadlineKind.CLAIM_DELIVERY_CLOSE, DeadlineStatus.VOID)
    delivered = delivered_of(trade.order)
    facts = {} if delivered is None else {"deliveredAt": delivered.isoformat()}
    trade = trade.change(delivery_overdue_at=None)
    return trade.record(EventKind.DELIVERY_OVERDUE_CLEARED, act, facts=facts, due_at=clock.due_at)


def withdraw(trade: Trade, act: Act) -> Trade:
    """Without the money there is no dispatch clock, and so no promised date yet (DLV-4)."""
    clock = deadlines.in_force(trade.deadlines, DeadlineKind.DELIVERY)
    if clock is None:
        return trade
    trade = deadlines.end(trade, act, DeadlineKind.DELIVERY, DeadlineStatus.VOID)
    trade = trade.put("deadlines", changed(clock, {"status": DeadlineStatus.VOID, "settled_at": act.now}))
    return _clear(trade.change(promised_at=None), act, clock)


def raise_delivery_overdue(trade: Trade, deadline: Deadline, act: Act) -> Trade:
    """The promised date is over and not everything delivered: overdue, and a claim can be made (DLV-5, CLM-3)."""
    require(trade, Step.RAISE_DELIVERY_OVERDUE, act)
    order = trade.order
    facts = {
        "rule": deadline.rule,
        "dispatchedAt": "not yet" if order.dispatched_at is None else order.dispatched_at.isoformat(),
        "dispatchedLate": "yes" if order.overdue_at else "no",
        "shipments": str(len(trade.shipments)),
        "delivered": str(sum(shipment.delivered_at is not None for shipment in trade.shipments)),
    }
    trade = trade.change(delivery_overdue_at=deadline.due_at).record(
        EventKind.DELIVERY_OVERDUE_RAISED, act, facts=facts, due_at=deadline.due_at, detected_at=deadline.detected_at
    )
    if trade.claim is not None:
        return trade
    due = claims.window_due(trade.policy, deadline.due_at, "CLM-3")
    return deadlines.start(trade, act, DeadlineKind.CLAIM_DELIVERY_CLOSE, deadline.due_at, due)


def judge_delivery(trade: Trade, act: Act) -> Trade:
    """The promise judged by the delivery known now: kept, or open again when what kept it was taken back (DLV-5)."""
    clock = deadlines.in_force(trade.deadlines, DeadlineKind.DELIVERY)
    if clock is None:
        return trade
    delivered = delivered_of(trade.order)
    kept = delivered is not None and in_time(delivered, clock.due_at)
    if not kept:
        return deadlines.reopen(trade, act, clock) if clock.status is DeadlineStatus.MET else trade
    if clock.status is DeadlineStatus.RUNNING:
        return deadlines.end(trade, act, DeadlineKind.DELIVERY, DeadlineStatus.MET)
    if clock.status is DeadlineStatus.LAPSED:
        met = changed(clock, {"status": DeadlineStatus.MET, "settled_at": act.now})
        return _clear(trade.put("deadlines", met), act, met)
    return trade
