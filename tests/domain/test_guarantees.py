"""On-time delivery: when it is guaranteed, the promised date, what breaks the promise and what proves it kept."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.domain import amendments, claims, fulfilment, funds, guarantees, orders
from app.domain.access import By
from app.domain.errors import ErrorCode, Refusal
from app.domain.freight import DeliveryCondition
from app.domain.fulfilment import Report
from app.domain.goods import Lane, TransitUnit
from app.domain.happenings import EventKind, Happening
from app.domain.lifecycle import Who
from app.domain.policy import ExportMethod
from app.domain.records import (
    CloseReason,
    Deadline,
    DeadlineKind,
    DeadlineStatus,
    DispatchTerm,
    OrderType,
    Status,
    TrackingKind,
)
from app.domain.remedies import Guarantee
from app.domain.trade import Trade
from tests.domain.build import (
    DAY,
    HOUR,
    MINT,
    SECOND,
    SELLER,
    act,
    answer,
    associate,
    last_receipt,
    later,
    pay,
    report,
    send,
    transfer,
)
from tests.domain.sent import agreed, lane, paid, product
from tests.domain.test_calendar import wall

PAID = wall("2022-07-11T10:00:00")
PROMISED = wall("2022-07-25T23:59:59")
JUST_IN_TIME = timedelta(microseconds=999_999)
LAPSED = PROMISED + SECOND


def ordered(by: Lane | None = None, **more: Any) -> Trade:
    """The example of the rule book: paid on Monday the 11th, promised by the 25th."""
    return paid(by, at=PAID, **more)


def events(trade: Trade, kind: EventKind) -> list[Happening]:
    """What of a kind happened."""
    return [event for event in trade.happenings if event.kind is kind]


def rows(trade: Trade, kind: DeadlineKind) -> list[tuple[datetime, DeadlineStatus]]:
    """The deadlines of a kind, with what became of each."""
    return [(row.due_at, row.status) for row in trade.deadlines if row.kind is kind]


def clock(trade: Trade, kind: DeadlineKind) -> Deadline:
    """The one deadline of a kind that runs."""
    (running,) = [row for row in trade.deadlines if row.kind is kind and row.status is DeadlineStatus.RUNNING]
    return running


def delivered(trade: Trade, at: datetime, known: datetime | None = None, **more: Any) -> Trade:
    """A carrier says that the last shipment was delivered at an instant; it is known then, or later."""
    said = Report(TrackingKind.DELIVERED, at, "carrier", f"scan-{MINT.id().int}", **more)
    return fulfilment.track(trade, act(Who.TRACKING, known or at), trade.shipments[-1].id, said)


# --- when it is guaranteed --------------------------------------------------------------------------------------

UNMET: list[tuple[dict[str, Any], DeliveryCondition]] = [
    ({"seller": SELLER}, DeliveryCondition.SELLER_ENROLLED),
    ({"goods": product(ready_to_ship=False)}, DeliveryCondition.READY_TO_SHIP),
    ({"by": lane(guaranteed=False)}, DeliveryCondition.LANE_GUARANTEED),
    ({"by": lane(max_days=43, unit=TransitUnit.CALENDAR_DAYS)}, DeliveryCondition.PROMISE_NEAR),
    ({"export_method": ExportMethod.EASY_DISPATCH}, DeliveryCondition.SELF_OPERATED_EXPORT),
]


def test_all_conditions_hold() -> None:
    """DLV-3: guaranteed when the order is agreed, and the lane's transit is pinned to it."""
    trade = agreed(at=PAID)
    order = trade.order
    assert (order.delivery_guaranteed, order.delivery_failed) == (True, ())
    assert (order.transit_min, order.transit_max, order.transit_unit, order.transit_origin) == (
        5,
        7,
        TransitUnit.BUSINESS_DAYS,
        "CN",
    )
    assert events(trade, EventKind.ORDER_CONFIRMED)[0].facts["deliveryGuaranteed"] == "yes"
    assert order.promised_at is None


@pytest.mark.parametrize(("changed", "failed"), UNMET, ids=lambda value: value if isinstance(value, str) else "")
def test_each_condition_by_its_name(changed: dict[str, Any], failed: DeliveryCondition) -> None:
    """DLV-3: otherwise the order says which condition failed, and no clock of delivery runs."""
    trade = paid(at=PAID, **changed)
    assert (trade.order.delivery_guaranteed, trade.order.delivery_failed) == (False, (failed.value,))
    assert (trade.order.promised_at, rows(trade, DeadlineKind.DELIVERY)) == (None, [])


@pytest.mark.parametrize(("days", "guaranteed"), [(42, True), (43, False)])
def test_at_most_45_days_ahead(days: int, guaranteed: bool) -> None:
    """DLV-3: agreed on the 11th and dispatched by the 14th, 42 days of transit are promised, 43 are not."""
    trade = agreed(lane(max_days=days, unit=TransitUnit.CALENDAR_DAYS), at=PAID)
    assert trade.order.delivery_guaranteed is guaranteed


def test_a_buyers_order_may_be_exported_by_any_method() -> None:
    """DLV-3: only a seller's draft must be exported by the seller's own title."""
    trade = agreed(at=PAID, export_method=ExportMethod.EASY_DISPATCH)
    assert guarantees.unmet(trade, act(Who.BUYER, PAID)) == (DeliveryCondition.SELF_OPERATED_EXPORT,)
    for kind in (OrderType.START_ORDER, OrderType.BUY_NOW):
        assert guarantees.unmet(trade.change(type=kind), act(Who.BUYER, PAID)) == ()


def test_what_was_promised_outlives_lane_and_enrolment() -> None:
    """DLV-3, ENR-2: the lane may be slowed down or retired and the seller may leave; what was agreed stands."""
    trade = agreed(at=PAID)
    slow = replace(trade.lane or lane(), max_days=20, guaranteed=False, retired_at=PAID)
    trade = replace(trade, lane=slow, seller=SELLER)
    assert pay(trade, at=PAID).order.promised_at == PROMISED


# --- the promised date ------------------------------------------------------------------------------------------


def test_the_promised_date_is_fixed_when_the_dispatch_clock_starts() -> None:
    """DLV-4: the date of the dispatch deadline and the lane's maximum, end of day; its arithmetic stands with it."""
    trade = ordered()
    running = clock(trade, DeadlineKind.DELIVERY)
    assert trade.order.promised_at == running.due_at == PROMISED
    assert running.rule == "DLV-4"
    assert dict(running.inputs) == {
        "dispatchDueAt": wall("2022-07-14T23:59:59").isoformat(),
        "days": "7",
        "unit": "BUSINESS_DAYS",
        "zone": "America/Los_Angeles",
    }
    early = send(trade, at=PAID + HOUR)
    assert early.order.promised_at == PROMISED


@pytest.mark.parametrize(
    ("start", "promised"),
    [
        ("2022-03-09T10:00:00", "2022-03-22T23:59:59"),
        ("2022-11-02T10:00:00", "2022-11-15T23:59:59"),
        ("2024-02-26T10:00:00", "2024-03-11T23:59:59"),
        ("2022-07-11T00:00:00", "2022-07-22T23:59:59"),
        ("2022-07-11T00:00:01", "2022-07-25T23:59:59"),
    ],
)
def test_promises_across_the_calendars_edges(start: str, promised: str) -> None:
    """DLV-4, section 14: both daylight-saving nights, 29 February, and a second past midnight."""
    assert paid(at=wall(start)).order.promised_at == wall(promised)


def test_money_taken_back_takes_the_promised_date_with_it() -> None:
    """DLV-4: without the money no dispatch clock, without it no promised date; the guarantee stands."""
    trade = associate(transfer(agreed(at=PAID), at=PAID), at=PAID)
    assert trade.order.promised_at == PROMISED
    trade = later(trade, LAPSED)
    assert trade.order.delivery_overdue_at == PROMISED
    back = funds.undo_association(trade, act(Who.OPERATOR, LAPSED), last_receipt(trade).id)
    order = back.order
    assert (order.promised_at, order.delivery_overdue_at, order.delivery_guaranteed) == (None, None, True)
    assert [status for _, status in rows(back, DeadlineKind.DELIVERY)] == [DeadlineStatus.VOID]
    assert [status for _, status in rows(back, DeadlineKind.CLAIM_DELIVERY_CLOSE)] == [DeadlineStatus.VOID]
    again = associate(back, at=LAPSED)
    assert again.order.promised_at == wall("2022-08-08T23:59:59")


# --- kept and broken --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("at", "kept"), [(PROMISED + JUST_IN_TIME, True), (LAPSED, False)])
def test_delivered_on_both_sides_of_the_promise(at: datetime, kept: bool) -> None:
    """DLV-5, section 14: in time until the promised date's last second has run out."""
    trade = delivered(later(send(ordered(), at=PAID + DAY), at), at)
    assert (trade.order.delivery_overdue_at is None) is kept
    assert [status for _, status in rows(trade, DeadlineKind.DELIVERY)] == [
        DeadlineStatus.MET if kept else DeadlineStatus.LAPSED
    ]
    assert len(events(trade, EventKind.DELIVERY_OVERDUE_RAISED)) == (0 if kept else 1)


def test_overdue_with_its_facts_and_the_window_to_claim() -> None:
    """DLV-5, CLM-3: raised once at the end of the promised date; the window is 30 days from it to the second."""
    trade = later(send(ordered(), at=PAID + DAY), LAPSED + 2 * DAY)
    (raised,) = events(trade, EventKind.DELIVERY_OVERDUE_RAISED)
    assert (raised.by, raised.at, raised.due_at, raised.detected_at) == (By.TIME, LAPSED, PROMISED, LAPSED + 2 * DAY)
    assert raised.facts == {
        "rule": "DLV-4",
        "dispatchedAt": (PAID + DAY).isoformat(),
        "dispatchedLate": "no",
        "shipments": "1",
        "delivered": "0",
    }
    window = clock(trade, DeadlineKind.CLAIM_DELIVERY_CLOSE)
    assert (window.starts_at, window.due_at) == (PROMISED, wall("2022-08-24T23:59:59"))
    assert not events(later(trade, window.due_at + JUST_IN_TIME), EventKind.CLAIM_WINDOW_CLOSED)
    (closed,) = events(later(trade, window.due_at + SECOND), EventKind.CLAIM_WINDOW_CLOSED)
    assert closed.due_at == window.due_at


def test_the_window_across_the_long_night() -> None:
    """CLM-3, section 14: 30 days later the wall clock shows 23:59:59 again, though the night was an hour longer."""
    trade = later(paid(at=wall("2022-10-10T10:00:00")), wall("2022-10-25T12:00:00"))
    promised = trade.order.promised_at
    assert promised == wall("2022-10-24T23:59:59")
    due = clock(trade, DeadlineKind.CLAIM_DELIVERY_CLOSE).due_at
    assert due == wall("2022-11-23T23:59:59")
    assert due - promised == timedelta(days=30, hours=1)


def test_overdue_though_nothing_was_dispatched() -> None:
    """Section 18: the promise passes with nothing dispatched; both promises are broken, each with its flag."""
    trade = later(ordered(), LAPSED)
    assert (trade.order.status, trade.order.overdue_at) == (Status.PENDING_DISPATCH, wall("2022-07-14T23:59:59"))
    (raised,) = events(trade, EventKind.DELIVERY_OVERDUE_RAISED)
    assert (raised.facts["dispatchedAt"], raised.facts["dispatchedLate"]) == ("not yet", "yes")


def test_overdue_though_one_of_two_shipments_arrived() -> None:
    """DLV-5, section 18: delivered is every shipment; its instant is the latest of theirs."""
    trade = ordered(pieces=2)
    trade = send(send(trade, 1, at=PAID + DAY), at=PAID + 2 * DAY)
    one = report(trade, TrackingKind.DELIVERED, PAID + 5 * DAY, shipment=0)
    late = later(one, LAPSED)
    assert late.order.delivery_overdue_at == PROMISED
    assert events(late, EventKind.DELIVERY_OVERDUE_RAISED)[0].facts["delivered"] == "1"
    both = report(one, TrackingKind.DELIVERED, PAID + 6 * DAY, shipment=1)
    assert both.order.delivered_at == PAID + 6 * DAY
    assert later(both, LAPSED).order.delivery_overdue_at is None


def test_overdue_on_a_completed_order() -> None:
    """DLV-5, section 16: automatic receipt is no delivery, so the promise passes after it, too."""
    quick = lane(min_days=1, max_days=20, unit=TransitUnit.CALENDAR_DAYS)
    trade = send(ordered(quick), at=PAID + HOUR)
    received = later(trade, PAID + 16 * DAY)
    assert (received.order.status, received.order.received_by) == (Status.COMPLETED, By.TIME)
    promised = received.order.promised_at
    assert promised is not None
    assert received.order.delivery_overdue_at is None
    late = later(received, promised + SECOND)
    assert (late.order.status, late.order.delivery_overdue_at) == (Status.COMPLETED, promised)
    assert clock(late, DeadlineKind.CLAIM_DELIVERY_CLOSE)


def test_the_buyers_own_word_is_delivery() -> None:
    """DLV-5: receipt confirmed by the buyer keeps the promise, though no carrier ever said anything."""
    trade = send(ordered(), at=PAID + HOUR)
    done = fulfilment.confirm_receipt(trade, act(Who.BUYER, PROMISED))
    assert [status for _, status in rows(done, DeadlineKind.DELIVERY)] == [DeadlineStatus.MET]
    assert later(done, LAPSED + DAY).order.delivery_overdue_at is None
    overdue = fulfilment.confirm_receipt(later(trade, LAPSED), act(Who.BUYER, LAPSED))
    assert overdue.order.delivery_overdue_at == PROMISED
    assert clock(overdue, DeadlineKind.CLAIM_DELIVERY_CLOSE)


def test_closing_ends_the_promise() -> None:
    """Section 14: no clock of delivery outlives the order, and a closed order never turns overdue."""
    trade = orders.close(
        later(ordered(), LAPSED), act(Who.OPERATOR, LAPSED), CloseReason.REFUNDED, "Refunded.", EventKind.ORDER_CLOSED
    )
    running = [row.kind for row in trade.deadlines if row.status is DeadlineStatus.RUNNING]
    assert not {DeadlineKind.DELIVERY, DeadlineKind.CLAIM_DELIVERY_CLOSE} & set(running)
    early = orders.close(ordered(), act(Who.OPERATOR, PAID), CloseReason.REFUNDED, "Refunded.", EventKind.ORDER_CLOSED)
    assert later(early, LAPSED).order.delivery_overdue_at is None


# --- late, corrected -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("at", "proven"), [(PROMISED, True), (LAPSED, False)])
def test_tracking_that_comes_late(at: datetime, proven: bool) -> None:
    """DLV-5: a report that proves delivery in time clears the flag and closes the window; no other one does."""
    trade = later(send(ordered(), at=PAID + DAY), LAPSED + DAY)
    told = delivered(trade, at, known=LAPSED + DAY)
    assert (told.order.delivery_overdue_at is None) is proven
    windows = [status for _, status in rows(told, DeadlineKind.CLAIM_DELIVERY_CLOSE)]
    assert windows == [DeadlineStatus.VOID if proven else DeadlineStatus.RUNNING]
    cleared = events(told, EventKind.DELIVERY_OVERDUE_CLEARED)
    assert [event.facts for event in cleared] == ([{"deliveredAt": at.isoformat()}] if proven else [])


def test_late_proof_on_a_completed_order() -> None:
    """DLV-5: also after automatic receipt, and after the window to claim has closed."""
    quick = lane(min_days=1, max_days=20, unit=TransitUnit.CALENDAR_DAYS)
    trade = later(send(ordered(quick), at=PAID + HOUR), PAID + 90 * DAY)
    assert events(trade, EventKind.CLAIM_WINDOW_CLOSED)
    assert trade.order.delivery_overdue_at is not None
    told = delivered(trade, PAID + 10 * DAY, known=PAID + 90 * DAY)
    assert told.order.delivery_overdue_at is None


def test_a_delivery_in_time_that_was_a_mistake() -> None:
    """SHP-2, DLV-5: a correction opens the promise again; over by then, it is broken at once, to its own second."""
    trade = delivered(send(ordered(), at=PAID + DAY), PAID + 5 * DAY)
    assert [status for _, status in rows(trade, DeadlineKind.DELIVERY)] == [DeadlineStatus.MET]
    reference = trade.tracking_events[-1].source_reference
    back = Report(TrackingKind.EXCEPTION, PAID + 6 * DAY, "carrier", "mistake", corrects=reference)
    for known in (PAID + 7 * DAY, LAPSED + DAY):
        again = fulfilment.track(later(trade, known), act(Who.TRACKING, known), trade.shipments[-1].id, back)
        assert clock(again, DeadlineKind.DELIVERY).due_at == PROMISED
        late = later(again, LAPSED + 2 * DAY)
        (raised,) = events(late, EventKind.DELIVERY_OVERDUE_RAISED)
        assert (late.order.delivery_overdue_at, raised.at) == (PROMISED, LAPSED)


def test_a_claim_stays_when_the_flag_goes() -> None:
    """DLV-5: a claim under review is judged on the facts at the decision; late proof does not withdraw it."""
    trade = later(send(ordered(), at=PAID + DAY), LAPSED)
    claimed = claims.file(trade, act(Who.BUYER, LAPSED), Guarantee.ON_TIME_DELIVERY, None)
    assert [status for _, status in rows(claimed, DeadlineKind.CLAIM_DELIVERY_CLOSE)] == [DeadlineStatus.VOID]
    told = delivered(claimed, PROMISED, known=LAPSED + DAY)
    assert (told.order.delivery_overdue_at, told.claims) == (None, claimed.claims)


def test_no_window_opens_beside_a_claim() -> None:
    """CLM-4: one claim an order, so the promise of delivery broken after it opens no window."""
    trade = later(ordered(), wall("2022-07-16T12:00:00"))
    claimed = claims.file(trade, act(Who.BUYER, wall("2022-07-16T12:00:00")), Guarantee.ON_TIME_DISPATCH, None)
    late = later(claimed, LAPSED)
    assert late.order.delivery_overdue_at == PROMISED
    assert rows(late, DeadlineKind.CLAIM_DELIVERY_CLOSE) == []


# --- amendments -------------------------------------------------------------------------------------------------


def amend(trade: Trade, at: datetime, other: Lane | None = None, **changes: Any) -> Trade:
    """The seller proposes other terms, and the buyer confirms them at once."""
    if other is not None:
        changes["lane_id"] = other.id
        held = {id: lanes | {other.id} for id, lanes in trade.product_lanes.items()}
        trade = replace(trade, lanes={**trade.lanes, other.id: other}, product_lanes=held)
    return answer(amendments.propose(trade, act(Who.OWNER, at), changes, None), at=at)


@pytest.mark.parametrize(
    ("days", "promised"), [(4, "2022-07-26T23:59:59"), (5, "2022-07-26T23:59:59"), (8, "2022-07-28T23:59:59")]
)
def test_a_later_dispatch_moves_the_promise(days: int, promised: str) -> None:
    """DLV-4, ORD-10: from the same start, by the new dispatch deadline; a weekend counts for nothing."""
    trade = amend(ordered(), PAID + HOUR, dispatch_days=days)
    assert trade.order.promised_at == clock(trade, DeadlineKind.DELIVERY).due_at == wall(promised)
    (moved,) = [event for event in events(trade, EventKind.DEADLINE_MOVED) if event.facts["deadline"] == "DELIVERY"]
    assert [(change.field, change.before, change.after) for change in moved.changes] == [
        ("deliveryDueAt", PROMISED.isoformat(), wall(promised).isoformat())
    ]


def test_another_lane_moves_the_promise_and_keeps_the_guarantee() -> None:
    """ORD-10: a guarantee once given is not lost, even by a lane that is not guaranteed; its transit is the new one."""
    slow = lane(guaranteed=False, max_days=60, unit=TransitUnit.CALENDAR_DAYS)
    trade = amend(ordered(), PAID + HOUR, slow)
    assert (trade.order.delivery_guaranteed, trade.order.transit_max) == (True, 60)
    assert trade.order.promised_at == wall("2022-09-12T23:59:59")


def test_words_in_place_of_a_lane_keep_the_promise() -> None:
    """ORD-10: without a lane the transit that was pinned still stands."""
    trade = amend(ordered(), PAID + HOUR, lane="By another forwarder")
    assert (trade.order.lane_id, trade.order.delivery_guaranteed) == (None, True)
    assert trade.order.promised_at == PROMISED


def test_other_terms_leave_the_promise_alone() -> None:
    """DLV-4: it moves by dispatch term and lane only."""
    trade = amend(ordered(), PAID + HOUR, phone="+1 415 555 0199")
    assert rows(trade, DeadlineKind.DELIVERY) == [(PROMISED, DeadlineStatus.RUNNING)]


def test_an_amendment_clears_the_flag_and_closes_the_window() -> None:
    """ORD-10: overdue under the old promise and not under the new, and the window it opened closes."""
    trade = later(ordered(), LAPSED)
    term: dict[str, Any] = {
        "dispatch_term": DispatchTerm.FIXED_DATE,
        "dispatch_date": (LAPSED + 3 * DAY).date(),
        "dispatch_days": None,
    }
    moved = amend(trade, LAPSED, **term)
    assert (moved.order.overdue_at, moved.order.delivery_overdue_at) == (None, None)
    assert [status for _, status in rows(moved, DeadlineKind.CLAIM_DELIVERY_CLOSE)] == [DeadlineStatus.VOID]
    assert [status for _, status in rows(moved, DeadlineKind.DELIVERY)] == [
        DeadlineStatus.MOVED,
        DeadlineStatus.RUNNING,
    ]
    assert len(events(moved, EventKind.DELIVERY_OVERDUE_CLEARED)) == 1


def test_a_promise_in_the_past_is_refused() -> None:
    """ORD-10: a faster lane whose promise would be over already is refused, and so is the answer."""
    trade = later(ordered(), wall("2022-07-20T12:00:00"))
    quick = lane(min_days=1, max_days=1)
    with pytest.raises(Refusal) as refused:
        amend(trade, wall("2022-07-20T12:00:00"), quick)
    assert (refused.value.code, refused.value.field) == (ErrorCode.DEADLINE_IN_THE_PAST, ("contract", "laneId"))


def test_an_amendment_may_win_the_guarantee() -> None:
    """DLV-3, ORD-10: judged anew where it changes what failed; the clock starts with the promised date then fixed."""
    slow = lane(max_days=50, unit=TransitUnit.CALENDAR_DAYS)
    trade = ordered(slow)
    assert trade.order.delivery_failed == (DeliveryCondition.PROMISE_NEAR.value,)
    same = amend(trade, PAID + HOUR, phone="+1 415 555 0199")
    assert not same.order.delivery_guaranteed
    won = amend(trade, PAID + HOUR, lane())
    assert (won.order.delivery_guaranteed, won.order.delivery_failed) == (True, ())
    assert won.order.promised_at == clock(won, DeadlineKind.DELIVERY).due_at == PROMISED


def test_the_effect_is_shown_before() -> None:
    """ORD-10: both sides see the promised date as it is and as it would be."""
    trade = ordered()
    effect = amendments.effect(trade, act(Who.BUYER, PAID + HOUR), {"dispatch_days": 4})
    assert (effect.promised_before, effect.promised_after) == (PROMISED, wall("2022-07-26T23:59:59"))
