"""Goods on their way: what a shipment can carry, what a carrier's reports do in any order, the review at the end."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import fulfilment, reviews
from app.domain.access import SELLER_SIDE
from app.domain.errors import ErrorCode, Refusal
from app.domain.fulfilment import Parcel, Report, left_to_dispatch
from app.domain.happenings import AUDIENCE, EventKind
from app.domain.lifecycle import Who
from app.domain.records import Status, TrackingKind
from app.domain.trade import Trade
from tests.domain.build import DAY, HOUR, SECOND, START, act, completed, dispatched, paid, report, send
from tests.domain.taking import closed_under_way


def parcel(trade: Trade, *quantities: str, **changes: Any) -> Trade:
    """A dispatch of so much of each line."""
    carried = {item.id: Decimal(quantity) for item, quantity in zip(trade.items, quantities, strict=False)}
    made = {"carrier": "DHL", "tracking_number": "JD1", "quantities": carried, **changes}
    return fulfilment.dispatch(trade, act(Who.SALES), Parcel(**made))


# --- quantities -------------------------------------------------------------------------------------------------


def test_shipments_carry_what_was_ordered_and_no_more() -> None:
    """SHP-2: all shipments together cannot carry more of a line than was ordered; the rest may go at once."""
    trade = parcel(paid(), "5")
    assert sorted(left_to_dispatch(trade).values()) == [Decimal(3), Decimal(7)]
    for quantity in ("7.001", "8", "0", "-1", "0.0001", "NaN"):
        with pytest.raises(Refusal) as refused:
            parcel(trade, quantity)
        assert refused.value.code is ErrorCode.QUANTITY_EXCEEDED
        assert refused.value.field == ("items", 0, "quantity")
        assert refused.value.params == {"left": "7"}
    trade = parcel(trade, "7")
    assert trade.order.status is Status.PARTIALLY_DISPATCHED
    trade = send(trade)
    assert (trade.order.status, left_to_dispatch(trade)) == (Status.DISPATCHED, {})


def test_which_line_is_at_fault() -> None:
    """SHP-2: the path names the position in what was sent; a line of another order has nothing left."""
    with pytest.raises(Refusal) as refused:
        parcel(paid(), "12", "4")
    assert (refused.value.field, refused.value.params) == (("items", 1, "quantity"), {"left": "3"})
    with pytest.raises(Refusal) as refused:
        parcel(paid(), quantities={paid().items[0].id: Decimal(1)})
    assert refused.value.params == {"left": "0"}
    with pytest.raises(Refusal) as refused:
        parcel(paid(), quantities={})
    assert (refused.value.code, refused.value.field) == (ErrorCode.REQUIRED, ("items",))


def test_the_last_shipment_takes_what_is_left() -> None:
    """SHP-2, section 16 (not stuck): the limit of 200 shipments never leaves goods that cannot leave any more."""
    trade = paid()
    for _ in range(199):
        trade = parcel(trade, "0.01")
    with pytest.raises(Refusal) as refused:
        parcel(trade, "0.01")
    assert (refused.value.code, refused.value.field) == (ErrorCode.TOO_MANY, ("items",))
    last = send(trade)
    assert (last.order.status, len(last.shipments)) == (Status.DISPATCHED, 200)


@given(st.lists(st.integers(1, 12_000), min_size=1, max_size=12))
def test_any_split_of_a_line_adds_up(thousandths: list[int]) -> None:
    """SHP-2: however the goods are split, exactly what was ordered leaves, and the order is then dispatched."""
    trade = paid()
    for part in thousandths:
        quantity = Decimal(part).scaleb(-3)
        if quantity <= left_to_dispatch(trade).get(trade.items[0].id, Decimal(0)):
            trade = parcel(trade, str(quantity))
    if left_to_dispatch(trade):
        trade = send(trade)
    carried = {item.id: Decimal(0) for item in trade.items}
    for part_of in trade.shipment_items:
        carried[part_of.item_id] += part_of.quantity
    assert carried == {item.id: item.quantity for item in trade.items}
    assert trade.order.status is Status.DISPATCHED


@pytest.mark.parametrize(
    ("field", "path"),
    [("carrier", "carrier"), ("tracking_number", "trackingNumber"), ("external_reference", "externalReference")],
)
@pytest.mark.parametrize("word", ["", "  ", "x" * 201])
def test_a_shipment_is_named(field: str, path: str, word: str) -> None:
    """SHP-2: carrier, tracking number and reference have 1 to 200 characters, at dispatch and when put right."""
    with pytest.raises(Refusal) as refused:
        parcel(paid(), "1", **{field: word})
    assert refused.value.field == (path,)
    trade = dispatched()
    changes = {"carrier": None, "tracking_number": None, "external_reference": None, field: word}
    with pytest.raises(Refusal) as refused:
        fulfilment.correct(trade, act(Who.SALES), trade.shipments[0].id, **changes)
    assert refused.value.field == (path,)
    assert parcel(paid(), "1", **{field: "x" * 200}).shipments


# --- tracking ---------------------------------------------------------------------------------------------------


def track(trade: Trade, said: Report, shipment: int = 0, at: timedelta = 5 * DAY) -> Trade:
    """A report comes in."""
    return fulfilment.track(trade, act(Who.TRACKING, START + at), trade.shipments[shipment].id, said)


def said(kind: TrackingKind, after: timedelta, reference: str) -> Report:
    """A carrier's report of something that happened a while after dispatch."""
    return Report(kind, START + after, "carrier", reference)


REPORTS = [
    (0, said(TrackingKind.PICKED_UP, HOUR, "a")),
    (0, said(TrackingKind.CUSTOMS_CLEARED, DAY, "b")),
    (0, said(TrackingKind.DELIVERED, 3 * DAY, "c")),
    (1, said(TrackingKind.IN_TRANSIT, 2 * DAY, "a")),
    (1, said(TrackingKind.DELIVERED, 2 * DAY, "b")),
]


@given(st.permutations(REPORTS), st.lists(st.sampled_from(REPORTS), max_size=5))
def test_reports_come_in_any_order_and_repeats_count_once(
    order: list[tuple[int, Report]], again: list[tuple[int, Report]]
) -> None:
    """SHP-2: the order is delivered once, at the latest of the shipments' times, whatever came first or twice."""
    trade = send(send(paid(), 5))
    for shipment, report_of in [*order, *again]:
        trade = track(trade, report_of, shipment)
    assert trade.order.delivered_at == START + 3 * DAY
    assert [row.delivered_at for row in trade.shipments] == [START + 3 * DAY, START + 2 * DAY]
    assert trade.shipments[0].customs_cleared_at == START + DAY
    assert len(trade.tracking_events) == len(REPORTS)
    assert [event.kind for event in trade.happenings].count(EventKind.GOODS_DELIVERED) == 1


@given(st.permutations([HOUR, DAY, 2 * DAY]))
def test_customs_cleared_more_than_once(clearings: list[timedelta]) -> None:
    """SHP-2: of several clearances, leaving and arriving, the latest is the shipment's, whichever was told last."""
    trade = dispatched()
    for clearing in clearings:
        trade = track(trade, said(TrackingKind.CUSTOMS_CLEARED, clearing, str(clearing)))
    assert trade.shipments[0].customs_cleared_at == START + 2 * DAY


def test_the_earliest_delivery_counts() -> None:
    """SHP-2: of several reports that one shipment was delivered the earliest counts, whichever was told first."""
    for first, second in ((HOUR, DAY), (DAY, HOUR)):
        trade = track(dispatched(), said(TrackingKind.DELIVERED, first, "first"))
        again = track(trade, said(TrackingKind.DELIVERED, second, "second"))
        assert again.shipments[0].delivered_at == again.order.delivered_at == START + HOUR
        assert len(again.tracking_events) == 2


CORRECTED = [
    said(TrackingKind.DELIVERED, HOUR, "a"),
    replace(said(TrackingKind.IN_TRANSIT, 2 * HOUR, "b"), corrects="a"),
    said(TrackingKind.CUSTOMS_CLEARED, 3 * HOUR, "c"),
    replace(said(TrackingKind.CUSTOMS_CLEARED, HOUR, "d"), corrects="c"),
    said(TrackingKind.DELIVERED, 3 * DAY, "e"),
    replace(said(TrackingKind.DELIVERED, 2 * DAY, "f"), corrects="e"),
    replace(said(TrackingKind.DELIVERED, 4 * DAY, "g"), corrects="f"),
]


@given(st.permutations(CORRECTED))
def test_corrections_in_any_order(order: list[Report]) -> None:
    """SHP-2: what a report corrects stands no more, whichever of the two came first; a correction can be corrected."""
    trade = dispatched()
    for report_of in order:
        trade = track(trade, report_of)
    assert trade.shipments[0].delivered_at == trade.order.delivered_at == START + 4 * DAY
    assert trade.shipments[0].customs_cleared_at == START + HOUR
    assert len(trade.tracking_events) == len(CORRECTED)


def test_a_delivery_taken_back() -> None:
    """SHP-2: a correction that says something else takes the delivery of shipment and order back, and tells so."""
    trade = track(dispatched(), CORRECTED[0])
    taken_back = track(trade, CORRECTED[1])
    assert (taken_back.shipments[0].delivered_at, taken_back.order.delivered_at) == (None, None)
    told = taken_back.happenings[len(trade.happenings) :]
    assert [(event.kind, event.facts.get("corrects")) for event in told] == [(EventKind.TRACKING_RECORDED, "a")]
    assert [(change.field, change.after) for change in told[0].changes] == [("deliveredAt", None)]


def test_a_source_corrects_only_itself() -> None:
    """SHP-2: another source's report of the same number stands, and no report corrects itself."""
    trade = track(dispatched(), CORRECTED[0])
    other = replace(CORRECTED[1], source="another carrier")
    assert track(trade, other).order.delivered_at == START + HOUR
    with pytest.raises(Refusal) as refused:
        track(trade, replace(CORRECTED[1], corrects="b"))
    assert (refused.value.code, refused.value.field) == (ErrorCode.INVALID, ("corrects",))


def test_reports_have_a_limit() -> None:
    """SHP-2: an order keeps 1,000 tracking events, and a repeat of a known one is still no fault."""
    trade = dispatched()
    known = report(trade, TrackingKind.IN_TRANSIT).tracking_events[0]
    many = tuple(replace(known, id=UUID(int=at), source_reference=str(at)) for at in range(999))
    trade = track(replace(trade, tracking_events=many), said(TrackingKind.IN_TRANSIT, HOUR, "last"))
    with pytest.raises(Refusal) as refused:
        track(trade, said(TrackingKind.IN_TRANSIT, HOUR, "one more"))
    assert refused.value.code is ErrorCode.TOO_MANY
    assert track(trade, said(TrackingKind.IN_TRANSIT, HOUR, "last")) is trade


def test_a_repeated_report_changes_nothing_at_all() -> None:
    """SHP-2: the same report of the same source is no new version; another source's of the same number is."""
    trade = track(dispatched(), REPORTS[0][1])
    assert track(trade, REPORTS[0][1], at=6 * DAY) is trade
    other = Report(TrackingKind.PICKED_UP, START + HOUR, "integration", "a")
    assert len(track(trade, other).tracking_events) == 2


def test_not_delivered_while_something_is_left() -> None:
    """SHP-2: delivered shipments of a partly dispatched order do not make it delivered; the last dispatch can."""
    trade = track(send(paid(), 5), said(TrackingKind.DELIVERED, DAY, "c"))
    assert trade.order.delivered_at is None
    trade = send(trade, at=START + 2 * DAY)
    assert trade.order.delivered_at is None
    assert report(trade, TrackingKind.DELIVERED, START + 3 * DAY).order.delivered_at == START + 3 * DAY


@pytest.mark.parametrize(
    ("after", "good"), [(-SECOND, False), (timedelta(0), True), (5 * DAY, True), (5 * DAY + SECOND, False)]
)
def test_a_report_is_of_the_time_under_way(after: timedelta, good: bool) -> None:
    """SHP-2: what a carrier reports happened between dispatch and now."""
    report_of = said(TrackingKind.IN_TRANSIT, after, "x")
    if good:
        assert track(dispatched(), report_of).tracking_events
        return
    with pytest.raises(Refusal) as refused:
        track(dispatched(), report_of)
    assert (refused.value.code, refused.value.field) == (ErrorCode.OUT_OF_RANGE, ("occurredAt",))


@pytest.mark.parametrize("kind", TrackingKind)
def test_reports_about_a_closed_order_change_nothing(kind: TrackingKind) -> None:
    """SHP-2, section 16: they are kept and have no effect."""
    closed = closed_under_way()
    after = track(closed, said(kind, HOUR, "late"))
    assert len(after.tracking_events) == 1
    assert after.shipments == closed.shipments
    assert after.order.delivered_at is None
    assert [event.kind for event in after.happenings[len(closed.happenings) :]] == [EventKind.TRACKING_RECORDED]


# --- corrections and reviews ------------------------------------------------------------------------------------


def test_a_correction_says_what_was_before() -> None:
    """SHP-2, ORD-13: only what differs is a change."""
    trade = dispatched()
    trade = fulfilment.correct(trade, act(Who.SALES), trade.shipments[0].id, "DHL", "JD9", None)
    (change,) = trade.happenings[-1].changes
    assert (change.field, change.before, change.after) == ("trackingNumber", "JD0", "JD9")


def test_the_sellers_own_number_is_told_to_the_sellers_side_alone() -> None:
    """Section 13, ORD-13: a correction tells the buyer of carrier and number; the seller's reference goes beside."""
    trade = dispatched()
    before = len(trade.happenings)
    trade = fulfilment.correct(trade, act(Who.SALES), trade.shipments[0].id, None, "JD9", "ERP-7")
    public, own = trade.happenings[before:]
    assert (public.kind, [change.field for change in public.changes]) == (
        EventKind.SHIPMENT_CORRECTED,
        ["trackingNumber"],
    )
    assert (own.kind, AUDIENCE[own.kind]) == (EventKind.SELLER_REFERENCE_SET, SELLER_SIDE)
    assert [(change.field, change.before, change.after) for change in own.changes] == [
        ("externalReference", None, "ERP-7")
    ]
    alone = fulfilment.correct(trade, act(Who.SALES), trade.shipments[0].id, None, None, "ERP-8")
    assert [event.kind for event in alone.happenings[before + 2 :]] == [EventKind.SELLER_REFERENCE_SET]


def test_a_delivered_shipment_is_not_corrected_beside_one_under_way() -> None:
    """SHP-2: delivery of one shipment closes that one to its seller, not the other."""
    trade = report(send(send(paid(), 5)), TrackingKind.DELIVERED, START, shipment=0)
    with pytest.raises(Refusal) as refused:
        fulfilment.correct(trade, act(Who.SALES), trade.shipments[0].id, "UPS", None, None)
    assert (refused.value.code, refused.value.field) == (ErrorCode.DELIVERED, ("shipmentId",))
    assert fulfilment.correct(trade, act(Who.SALES), trade.shipments[1].id, "UPS", None, None)


@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize(("score", "good"), [(0, False), (1, True), (5, True), (6, False)])
def test_scores_from_one_to_five(at: int, score: int, good: bool) -> None:
    """SHP-6: product, dispatch speed and service are scored from 1 to 5."""
    product, speed, service = (score if position == at else 3 for position in range(3))
    if good:
        assert reviews.review(completed(), act(Who.BUYER), product, speed, service, None).reviews
        return
    with pytest.raises(Refusal) as refused:
        reviews.review(completed(), act(Who.BUYER), product, speed, service, None)
    assert refused.value.field == (("product", "dispatchSpeed", "service")[at],)


@pytest.mark.parametrize(
    ("text", "good"), [("", False), (" ", False), ("x", True), ("x" * 2_000, True), ("x" * 2_001, False)]
)
def test_a_reply_says_something(text: str, good: bool) -> None:
    """SHP-6: the seller's reply has 1 to 2,000 characters."""
    reviewed = reviews.review(completed(), act(Who.BUYER), 5, 5, 5, "x" * 2_000)
    if good:
        assert reviews.reply(reviewed, act(Who.OWNER), text).reviews[0].reply == text
        return
    with pytest.raises(Refusal) as refused:
        reviews.reply(reviewed, act(Who.OWNER), text)
    assert refused.value.field == ("text",)
