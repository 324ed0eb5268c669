"""Dispatch, tracking, delivery and receipt of the goods (SHP-1 to SHP-6)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.domain import claims, deadlines, enrolment, funds, guarantees, protection, tracking
from app.domain.access import By
from app.domain.contract import is_quantity
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import Change, EventKind
from app.domain.lifecycle import Step
from app.domain.money import Money
from app.domain.orders import lapse_amendment
from app.domain.policy import TransportMode
from app.domain.records import (
    Deadline,
    DeadlineKind,
    DeadlineStatus,
    GuaranteeMethod,
    Shipment,
    ShipmentItem,
    Status,
    TrackingEvent,
    TrackingKind,
)
from app.domain.steps import require
from app.domain.trade import Act, Trade

SHIPMENTS_MOST = 200
TRACKING_MOST = 1_000
WORD_LONGEST = 200
TEXT_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a seller dispatches at once: quantities by line; no lines means all that is left."""

    carrier: str
    tracking_number: str
    transport_mode: TransportMode | None = None
    external_reference: str | None = None
    quantities: Mapping[UUID, Decimal] | None = None


def left_to_dispatch(trade: Trade) -> dict[UUID, Decimal]:
    """What of each line is not dispatched yet; lines that are complete are left out."""
    left = {item.id: item.quantity for item in trade.items}
    for part in trade.shipment_items:
        left[part.item_id] -= part.quantity
    return {item_id: quantity for item_id, quantity in left.items() if quantity > 0}


def dispatch(trade: Trade, act: Act, parcel: Parcel) -> Trade:
    """The seller dispatches some or all of the goods, late too (SHP-2, SHP-3)."""
    require(trade, Step.DISPATCH, act)
    _check_words(parcel.carrier, parcel.tracking_number, parcel.external_reference)
    quantities = _quantities(trade, parcel)
    shipment = Shipment(
        id=act.mint.id(),
        order_id=trade.order.id,
        position=len(trade.shipments),
        transport_mode=parcel.transport_mode or trade.order.transport_mode or TransportMode.MULTIMODAL,
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        external_reference=parcel.external_reference,
        dispatched_at=act.now,
        customs_cleared_at=None,
        delivered_at=None,
    )
    parts = [
        ShipmentItem(act.mint.id(), trade.order.id, shipment.id, item_id, quantity)
        for item_id, quantity in quantities.items()
    ]
    trade = trade.put("shipments", shipment).put("shipment_items", *parts)
    whole = not left_to_dispatch(trade)
    # the last one takes what is left: refused beyond the limit, the order could never be completed
    if not whole and len(trade.shipments) >= SHIPMENTS_MOST:
        message = (
            f"An order has at most {SHIPMENTS_MOST} shipments, and this is the last: send all that is left with it."
        )
        raise Refusal(ErrorCode.TOO_MANY, message, ("items",))
    facts = {
        "shipment": f"shp_{shipment.id.hex}",
        "carrier": shipment.carrier,
        "trackingNumber": shipment.tracking_number,
        "complete": "yes" if whole else "no",
        "late": "yes" if trade.order.overdue_at else "no",
    }
    trade = trade.change(status=Status.DISPATCHED if whole else Status.PARTIALLY_DISPATCHED)
    trade = trade.record(EventKind.GOODS_DISPATCHED, act, facts=facts)
    return _dispatched_in_full(trade, act) if whole else trade


def _check_words(carrier: str, tracking_number: str, external_reference: str | None) -> None:
    words = {"carrier": carrier, "trackingNumber": tracking_number, "externalReference": external_reference}
    for name, word in words.items():
        if word is not None and not 0 < len(word.strip()) <= WORD_LONGEST:
            raise Refusal(ErrorCode.REQUIRED, f"From 1 to {WORD_LONGEST} characters.", (name,))


def _quantities(trade: Trade, parcel: Parcel) -> Mapping[UUID, Decimal]:
    left = left_to_dispatch(trade)
    if parcel.quantities is None:
        return left
    if not parcel.quantities:
        raise Refusal(ErrorCode.REQUIRED, "Name at least one line, or none at all for everything left.", ("items",))
    for at, (item_id, quantity) in enumerate(parcel.quantities.items()):
        most = left.get(item_id, Decimal(0))
        if not (is_quantity(quantity) and quantity <= most):
            raise Refusal(
                ErrorCode.QUANTITY_EXCEEDED,
                f"Of this line {most:f} is left to dispatch.",
                ("items", at, "quantity"),
                {"left": f"{most:f}"},
            )
    return parcel.quantities


def _dispatched_in_full(trade: Trade, act: Act) -> Trade:
    trade = trade.change(dispatched_at=act.now)
    if trade.order.guarantee_method is GuaranteeMethod.UNTIL_DISPATCH:
        trade = trade.change(quota_occupied=0)
    trade = deadlines.end(trade, act, DeadlineKind.DISPATCH, DeadlineStatus.MET)
    due = deadlines.auto_receipt_due(trade, act.now)
    trade = deadlines.start(trade, act, DeadlineKind.AUTO_RECEIPT, act.now, due)
    if trade.dispute is not None:
        trade = deadlines.pause(trade, act, DeadlineKind.AUTO_RECEIPT)
    return lapse_amendment(_delivered(trade, act), act)


def correct(
    trade: Trade,
    act: Act,
    shipment_id: UUID,
    carrier: str | None,
    tracking_number: str | None,
    external_reference: str | None,
) -> Trade:
    """A wrong carrier or tracking number is put right, by the seller until delivery, then by an operator."""
    require(trade, Step.CORRECT_SHIPMENT, act)
    before = _shipment(trade, shipment_id)
    if before.delivered_at and act.by is not By.OPERATOR:
        raise Refusal(ErrorCode.DELIVERED, "This shipment was delivered; an operator can correct it.", ("shipmentId",))
    after = replace(
        before,
        carrier=before.carrier if carrier is None else carrier,
        tracking_number=before.tracking_number if tracking_number is None else tracking_number,
        external_reference=before.external_reference if external_reference is None else external_reference,
    )
    _check_words(after.carrier, after.tracking_number, after.external_reference)
    changes = [
        Change(name, old, new)
        for name, old, new in (
            ("carrier", before.carrier, after.carrier),
            ("trackingNumber", before.tracking_number, after.tracking_number),
        )
        if old != new
    ]
    facts = {"shipment": f"shp_{shipment_id.hex}"}
    trade = trade.put("shipments", after)
    if before.external_reference == after.external_reference:
        return trade.record(EventKind.SHIPMENT_CORRECTED, act, changes, facts)
    if changes:
        trade = trade.record(EventKind.SHIPMENT_CORRECTED, act, changes, facts)
    # the seller's own number of it is nothing the buyer sees, so it is told beside
    reference = Change("externalReference", before.external_reference, after.external_reference)
    return trade.record(EventKind.SELLER_REFERENCE_SET, act, [reference], facts)


def _shipment(trade: Trade, shipment_id: UUID) -> Shipment:
    shipment = next((row for row in trade.shipments if row.id == shipment_id), None)
    if shipment is None:
        raise Refusal(ErrorCode.NOT_FOUND, "This order has no such shipment.", ("shipmentId",))
    return shipment


@dataclass(frozen=True, slots=True)
class Report:
    """What a carrier or an operator reports of a shipment."""

    kind: TrackingKind
    occurred_at: datetime
    source: str
    source_reference: str
    place: str | None = None
    text: str | None = None
    corrects: str | None = None


def track(trade: Trade, act: Act, shipment_id: UUID, report: Report) -> Trade:
    """A tracking event, in any order; a source's report counts once, and on a closed order not at all (SHP-2).

    `corrects` names another report of the same source, come or yet to come, that stands no more.
    """
    require(trade, Step.RECORD_TRACKING, act)
    shipment = _shipment(trade, shipment_id)
    known = {(row.shipment_id, row.source, row.source_reference) for row in trade.tracking_events}
    if (shipment_id, report.source, report.source_reference) in known:
        return trade
    _check_report(trade, shipment, report, act)
    row = TrackingEvent(
        id=act.mint.id(),
        order_id=trade.order.id,
        shipment_id=shipment_id,
        kind=report.kind,
        occurred_at=report.occurred_at,
        place=report.place,
        text=report.text,
        source=report.source,
        source_reference=report.source_reference,
        recorded_at=act.now,
        corrects=report.corrects,
    )
    trade = trade.put("tracking_events", row)
    facts = {"shipment": f"shp_{shipment_id.hex}", "kind": str(report.kind), "at": report.occurred_at.isoformat()}
    facts |= {} if report.corrects is None else {"corrects": report.corrects}
    if trade.order.status is Status.CLOSED:
        return trade.record(EventKind.TRACKING_RECORDED, act, facts=facts)
    after = tracking.told(shipment, trade.tracking_events)
    changes = [
        Change(name, *map(_instant, instants))
        for name, *instants in (
            ("customsClearedAt", shipment.customs_cleared_at, after.customs_cleared_at),
            ("deliveredAt", shipment.delivered_at, after.delivered_at),
        )
        if instants[0] != instants[1]
    ]
    trade = trade.put("shipments", after).record(EventKind.TRACKING_RECORDED, act, changes, facts)
    return _delivered(trade, act) if after.delivered_at != shipment.delivered_at else trade


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _check_report(trade: Trade, shipment: Shipment, report: Report, act: Act) -> None:
    if len(trade.tracking_events) >= TRACKING_MOST:
        raise Refusal(ErrorCode.TOO_MANY, f"At most {TRACKING_MOST} tracking events an order.")
    if not shipment.dispatched_at.replace(microsecond=0) <= report.occurred_at <= act.now:
        raise Refusal(
            ErrorCode.OUT_OF_RANGE,
            "A tracking event happens between the shipment's dispatch and now.",
            ("occurredAt",),
            {"dispatchedAt": shipment.dispatched_at.isoformat()},
        )
    if report.corrects is not None and report.corrects == report.source_reference:
        raise Refusal(ErrorCode.INVALID, "A report corrects another one: give it its own reference.", ("corrects",))
    words = {"place": report.place, "text": report.text, "sourceReference": report.source_reference}
    for name, word in (*words.items(), ("corrects", report.corrects)):
        if word is not None and len(word) > TEXT_LONGEST:
            raise Refusal(ErrorCode.TOO_LONG, f"At most {TEXT_LONGEST} characters.", (name,))


def _delivered(trade: Trade, act: Act) -> Trade:
    """Delivered: every item dispatched and every shipment delivered; the instant is the latest of theirs (DLV-5).

    A correction may move that instant, or take it back.
    """
    before = trade.order.delivered_at
    instants = [shipment.delivered_at for shipment in trade.shipments]
    known = [instant for instant in instants if instant is not None]
    whole = trade.order.dispatched_at is not None and len(known) == len(instants)
    at = max(known) if whole else None
    if at == before:
        return trade
    trade = trade.change(delivered_at=at)
    if at is not None:
        changes = [] if before is None else [Change("deliveredAt", before.isoformat(), at.isoformat())]
        trade = trade.record(EventKind.GOODS_DELIVERED, act, changes, {"at": at.isoformat()})
    return guarantees.judge_delivery(trade, act)


def confirm_receipt(trade: Trade, act: Act) -> Trade:
    """The buyer has the goods: what stands in escrow is released (SHP-6, PAY-8)."""
    require(trade, Step.CONFIRM_RECEIPT, act)
    return _complete(trade, act, EventKind.RECEIPT_CONFIRMED)


def receive_automatically(trade: Trade, deadline: Deadline, act: Act) -> Trade:
    """Nobody said otherwise in time: the goods count as received (SHP-5)."""
    require(trade, Step.RECEIVE_AUTOMATICALLY, act)
    return _complete(trade, act, EventKind.RECEIVED_AUTOMATICALLY, deadline)


def _complete(trade: Trade, act: Act, kind: EventKind, deadline: Deadline | None = None) -> Trade:
    trade = deadlines.end(trade, act, DeadlineKind.AUTO_RECEIPT, DeadlineStatus.VOID)
    trade = trade.change(status=Status.COMPLETED, completed_at=act.now, received_by=act.by, quota_occupied=0)
    trade = trade.record(
        kind,
        act,
        due_at=deadline.due_at if deadline else None,
        detected_at=deadline.detected_at if deadline else None,
    )
    trade = guarantees.judge_delivery(trade, act)
    return funds.release(claims.open_window(protection.begin(trade, act), act), act)


def raise_overdue(trade: Trade, deadline: Deadline, act: Act) -> Trade:
    """The deadline has passed with money in and goods left: the order is overdue, once per deadline (SHP-3).

    It costs penalty points unless the seller is enrolled or it was waived (ENR-3).
    """
    require(trade, Step.RAISE_OVERDUE, act)
    left = left_to_dispatch(trade)
    facts = {
        "rule": deadline.rule,
        "linesLeft": str(len(left)),
        "received": str(Money(trade.order.received, trade.order.currency)),
    }
    return trade.change(overdue_at=deadline.due_at, penalty_points=points(trade, act.now)).record(
        EventKind.OVERDUE_RAISED, act, facts=facts, due_at=deadline.due_at, detected_at=deadline.detected_at
    )


def points(trade: Trade, at: datetime) -> int:
    """What an overdue of that instant costs: nothing while enrolled, or when it is waived (ENR-3)."""
    spared = enrolment.covers(trade.seller, at) or trade.waiver is not None
    return 0 if spared else trade.policy.penalty_points
