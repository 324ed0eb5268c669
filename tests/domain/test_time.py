"""Time as an actor: when each clock starts, what its last good second is, and what happens a second later."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import amendments, fulfilment, funds, orders
from app.domain.access import By
from app.domain.calendar import Calendar
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind, Happening
from app.domain.lifecycle import Who
from app.domain.policy import TransportMode
from app.domain.records import AmendmentStatus, Deadline, DeadlineKind, DeadlineStatus, DispatchTerm, Status
from app.domain.trade import Trade
from tests.domain import build, invariants
from tests.domain.build import (
    DAY,
    HOUR,
    POLICY,
    SECOND,
    START,
    act,
    answer,
    associate,
    confirmed,
    last_receipt,
    later,
    pay,
    propose,
    send,
    terms,
    transfer,
)
from tests.domain.test_calendar import PLATFORM, instants, wall

JUST_IN_TIME = timedelta(microseconds=999_999)
T = wall("2021-03-20T00:00:00")


def ordered(**changes: Any) -> Trade:
    """An order agreed long before money comes."""
    return confirmed(terms(**changes), at=wall("2021-02-01T12:00:00"))


def events(trade: Trade, kind: EventKind) -> list[Happening]:
    """What of a kind happened."""
    return [event for event in trade.happenings if event.kind is kind]


def clock(trade: Trade, kind: DeadlineKind = DeadlineKind.DISPATCH) -> Deadline:
    """The one deadline of a kind that runs."""
    running = [row for row in trade.deadlines if row.kind is kind and row.status is DeadlineStatus.RUNNING]
    assert len(running) == 1
    return running[0]


def statuses(trade: Trade, kind: DeadlineKind) -> list[DeadlineStatus]:
    """What became of the deadlines of a kind."""
    return [row.status for row in trade.deadlines if row.kind is kind]


# --- DISPATCH: when it starts and what it says ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2021-03-20T00:00:00", "2021-03-26T23:59:59"),
        ("2021-03-20T00:00:01", "2021-03-27T23:59:59"),
        ("2021-03-13T12:00:00", "2021-03-20T23:59:59"),
        ("2021-11-06T12:00:00", "2021-11-13T23:59:59"),
        ("2024-02-22T12:00:00", "2024-02-29T23:59:59"),
    ],
)
def test_days_after_the_deposit(start: str, due: str) -> None:
    """SHP-1, ORD-5: N days run from the instant at which the deposit counts, to the end of a platform day."""
    trade = pay(ordered(dispatch_days=7), at=wall(start))
    assert clock(trade).due_at == wall(due)
    assert clock(trade).starts_at == wall(start)
    assert clock(trade).inputs == {"start": wall(start).isoformat(), "days": "7", "zone": POLICY.zone}
    assert [event.due_at for event in events(trade, EventKind.DEADLINE_SET)] == [wall(due)]


def test_days_after_full_payment_wait_for_all_of_it() -> None:
    """Section 14, ORD-5: the clock of "after full payment" does not start with the deposit."""
    trade = pay(ordered(dispatch_term=DispatchTerm.DAYS_AFTER_FULL_PAYMENT, dispatch_days=1), at=T)
    assert not trade.deadlines
    assert trade.order.status is Status.PENDING_PAYMENT
    trade = pay(trade, at=T + 3 * DAY)
    assert clock(trade).starts_at == T + 3 * DAY
    assert clock(trade).due_at == wall("2021-03-23T23:59:59")


def test_a_transfer_starts_the_clock_when_it_is_associated() -> None:
    """PAY-7: what waits for money waits for money that counts; landing and the bank's value date start nothing."""
    landed = transfer(ordered(dispatch_days=7), 165_37, at=T)
    assert statuses(landed, DeadlineKind.DISPATCH) == []
    assert clock(associate(landed, at=T + DAY)).due_at == wall("2021-03-27T23:59:59")


def test_an_incomplete_deposit_starts_no_clock() -> None:
    """Section 14, SHP-3: a cent missing of the deposit, and no dispatch clock runs; the cent starts it."""
    trade = pay(ordered(dispatch_days=7), 165_36, at=T)
    assert later(trade, T + 400 * DAY).order.overdue_at is None
    assert clock(pay(trade, 1, at=T + DAY)).starts_at == T + DAY


@pytest.mark.parametrize(
    ("fixed", "money", "due"),
    [
        ("2021-03-21", "2021-03-20T09:00:00", "2021-03-21T23:59:59"),
        ("2021-03-20", "2021-03-20T23:59:59.999999", "2021-03-20T23:59:59"),
        ("2021-03-20", "2021-03-21T00:00:00", "2021-03-22T23:59:59"),
        ("2021-03-18", "2021-03-20T09:00:00", "2021-03-21T23:59:59"),
        ("2021-03-12", "2021-03-13T23:30:00", "2021-03-14T23:59:59"),
        ("2021-11-05", "2021-11-06T23:30:00", "2021-11-07T23:59:59"),
        ("2024-02-28", "2024-02-28T12:00:00", "2024-02-28T23:59:59"),
        ("2024-02-01", "2024-02-28T12:00:00", "2024-02-29T23:59:59"),
    ],
)
def test_a_fixed_date_ends_with_its_day(fixed: str, money: str, due: str) -> None:
    """Section 14, ORD-5: a date is good to its end; over when the money comes, it is the end of the following day."""
    trade = ordered(dispatch_term=DispatchTerm.FIXED_DATE, dispatch_date=date.fromisoformat(fixed))
    trade = pay(trade, at=wall(money))
    assert clock(trade).due_at == wall(due)


@pytest.mark.parametrize(
    ("after", "due"),
    [
        (-HOUR, "2021-03-20T00:00:00"),
        (timedelta(0), "2021-03-20T00:00:00"),
        (JUST_IN_TIME, "2021-03-20T00:00:00"),
        (SECOND, "2021-03-21T23:59:59"),
        (24 * HOUR, "2021-03-22T23:59:59"),
    ],
)
def test_a_fixed_instant_is_itself(after: timedelta, due: str) -> None:
    """ORD-5: a fixed instant is the deadline; over when the money comes, it is the end of the following day."""
    trade = ordered(dispatch_term=DispatchTerm.FIXED_INSTANT, dispatch_instant=T)
    assert clock(pay(trade, at=T + after)).due_at == wall(due)


terms_of_dispatch = st.one_of(
    st.builds(
        lambda days: {"dispatch_term": DispatchTerm.DAYS_AFTER_DEPOSIT, "dispatch_days": days}, st.integers(1, 365)
    ),
    st.builds(
        lambda day: {"dispatch_term": DispatchTerm.FIXED_DATE, "dispatch_date": day},
        st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    ),
    st.builds(
        lambda at: {"dispatch_term": DispatchTerm.FIXED_INSTANT, "dispatch_instant": at.replace(microsecond=0)},
        instants,
    ),
)


@given(terms_of_dispatch, instants)
def test_a_new_dispatch_deadline_is_never_over(term: dict[str, Any], money: datetime) -> None:
    """ORD-5, SHP-3: whatever the term and whenever the money comes, nobody is overdue the moment the clock starts."""
    trade = pay(ordered(**term), at=money)
    due = clock(trade).due_at
    assert later(trade, money).order.overdue_at is None
    assert due.microsecond == 0
    assert due > money - SECOND
    if term["dispatch_term"] is not DispatchTerm.FIXED_INSTANT or due != term["dispatch_instant"]:
        assert due == PLATFORM.end_of(PLATFORM.date_of(due))


# --- OVERDUE ----------------------------------------------------------------------------------------------------

DUE = wall("2021-03-26T23:59:59")


def waiting(**changes: Any) -> Trade:
    """An order that waits for its dispatch, due at the end of 2021-03-26."""
    return pay(ordered(dispatch_days=7, **changes), at=T)


@pytest.mark.parametrize(("after", "overdue"), [(timedelta(0), False), (JUST_IN_TIME, False), (SECOND, True)])
def test_overdue_to_the_second(after: timedelta, overdue: bool) -> None:
    """SHP-3: overdue is raised when the last good second has run out, not before."""
    trade = later(waiting(), DUE + after)
    assert (trade.order.overdue_at == DUE) is overdue
    assert len(events(trade, EventKind.OVERDUE_RAISED)) == overdue


@pytest.mark.parametrize("lag", [SECOND, HOUR, 90 * DAY])
def test_overdue_found_late_keeps_the_true_instant(lag: timedelta) -> None:
    """Section 14, SHP-3: after downtime `dueAt` is the deadline, `at` a second later, `detectedAt` tells the lag."""
    trade = later(waiting(), DUE + lag)
    (raised,) = events(trade, EventKind.OVERDUE_RAISED)
    assert (raised.due_at, raised.at, raised.detected_at) == (DUE, DUE + SECOND, DUE + lag)
    assert raised.by is By.TIME
    assert raised.facts == {"rule": "SHP-1", "linesLeft": "2", "received": "165.37 USD"}
    row = next(row for row in trade.deadlines if row.kind is DeadlineKind.DISPATCH)
    assert (row.status, row.settled_at, row.detected_at) == (DeadlineStatus.LAPSED, DUE + SECOND, DUE + lag)


def test_overdue_is_raised_once() -> None:
    """SHP-3: one event for one deadline, however often time comes to look."""
    trade = later(waiting(), DUE + SECOND)
    assert later(trade, DUE + SECOND) == trade
    assert later(trade, DUE + 30 * DAY) == trade


@pytest.mark.parametrize(("after", "late"), [(JUST_IN_TIME, "no"), (SECOND, "yes")])
def test_dispatch_on_both_sides_of_the_deadline(after: timedelta, late: str) -> None:
    """Section 14 (first settle, then act), SHP-3: a dispatch is in time or late, whether a sweep has run or not."""
    trade = send(later(waiting(), DUE + after), at=DUE + after)
    (sent,) = events(trade, EventKind.GOODS_DISPATCHED)
    assert sent.facts["late"] == late
    assert (trade.order.overdue_at is not None) == (late == "yes")
    expected = DeadlineStatus.LAPSED if late == "yes" else DeadlineStatus.MET
    assert statuses(trade, DeadlineKind.DISPATCH) == [expected]
    assert later(trade, DUE + 10 * DAY).order.overdue_at == trade.order.overdue_at


def test_a_partial_dispatch_does_not_prevent_overdue() -> None:
    """SHP-3: overdue belongs to the order; half of the goods in time is not the goods in time."""
    trade = later(send(waiting(), 12, at=T + DAY), DUE + SECOND)
    (raised,) = events(trade, EventKind.OVERDUE_RAISED)
    assert raised.facts["linesLeft"] == "1"
    assert trade.order.status is Status.PARTIALLY_DISPATCHED


def test_no_money_is_never_overdue() -> None:
    """Section 14: without money there is no dispatch clock; closed orders have none either."""
    assert later(ordered(), T + 1000 * DAY).order.overdue_at is None
    cancelled = orders.cancel(ordered(), act(Who.SALES, T), "Out of stock.")
    assert later(cancelled, T + 1000 * DAY) == cancelled


def test_an_undone_association_takes_clock_and_flag_with_it() -> None:
    """PAY-7: with the money go the clocks that rested on it; the next money starts a new one."""
    trade = later(associate(transfer(ordered(), 165_37, at=T), at=T), DUE + SECOND)
    assert trade.order.overdue_at == DUE
    trade = funds.undo_association(trade, act(Who.OPERATOR, DUE + DAY), last_receipt(trade).id)
    assert (trade.order.status, trade.order.overdue_at) == (Status.PENDING_PAYMENT, None)
    assert [event.due_at for event in events(trade, EventKind.OVERDUE_CLEARED)] == [DUE]
    assert later(trade, DUE + 300 * DAY).order.overdue_at is None
    again = pay(trade, at=DUE + 2 * DAY)
    assert clock(again).starts_at == DUE + 2 * DAY


# --- APPROACH ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "told"), [(JUST_IN_TIME, 0), (SECOND, 1)])
def test_a_deadline_announces_itself(after: timedelta, told: int) -> None:
    """Section 14: 24 hours before a deadline both sides are told, once."""
    trade = later(waiting(), DUE - DAY + after)
    announced = events(trade, EventKind.DEADLINE_APPROACHING)
    assert [event.due_at for event in announced] == [DUE] * told
    assert len(events(later(trade, DUE), EventKind.DEADLINE_APPROACHING)) == 1


@pytest.mark.parametrize(
    ("left", "announced"), [(DAY + SECOND, True), (DAY, True), (DAY - timedelta(microseconds=1), False), (HOUR, False)]
)
def test_no_announcement_with_less_than_a_day_left(left: timedelta, announced: bool) -> None:
    """Section 14: no announcement is set when less than 24 hours are left to run."""
    trade = ordered(dispatch_term=DispatchTerm.FIXED_INSTANT, dispatch_instant=DUE)
    trade = pay(trade, at=DUE - left)
    assert bool(statuses(trade, DeadlineKind.APPROACH)) is announced
    assert bool(events(later(trade, DUE), EventKind.DEADLINE_APPROACHING)) is announced


def test_a_deadline_that_was_met_is_not_announced() -> None:
    """Section 14: an announcement ends with its deadline; the next one, of automatic receipt, has its own."""
    trade = send(waiting(), at=T + DAY)
    assert statuses(trade, DeadlineKind.APPROACH) == [DeadlineStatus.VOID, DeadlineStatus.RUNNING]
    assert events(later(trade, DUE), EventKind.DEADLINE_APPROACHING) == []
    due = clock(trade, DeadlineKind.AUTO_RECEIPT).due_at
    (told,) = events(later(trade, due - HOUR), EventKind.DEADLINE_APPROACHING)
    assert told.facts == {"deadline": "AUTO_RECEIPT"}


# --- AUTO_RECEIPT -----------------------------------------------------------------------------------------------

AUTO_RECEIPT_DAYS = {
    TransportMode.AIR: 15,
    TransportMode.EXPRESS: 15,
    TransportMode.LAND: 30,
    TransportMode.SEA: 45,
    TransportMode.MULTIMODAL: 45,
}


@pytest.mark.parametrize(("mode", "days"), AUTO_RECEIPT_DAYS.items())
def test_automatic_receipt_by_mode(mode: TransportMode, days: int) -> None:
    """SHP-5, section 16: 15, 30 or 45 days after the last dispatch they count as received; the money is released."""
    trade = send(waiting(), at=T + DAY, mode=mode)
    due = PLATFORM.plus_days(T + DAY, days)
    assert clock(trade, DeadlineKind.AUTO_RECEIPT).due_at == due
    assert later(trade, due + JUST_IN_TIME).order.status is Status.DISPATCHED
    trade = later(trade, due + 5 * DAY)
    assert (trade.order.status, trade.order.received_by) == (Status.COMPLETED, By.TIME)
    assert trade.order.completed_at == due + SECOND
    assert trade.order.released == 165_37
    (received,) = events(trade, EventKind.RECEIVED_AUTOMATICALLY)
    assert (received.due_at, received.at, received.detected_at) == (due, due + SECOND, due + 5 * DAY)
    assert all(entry.at == due + SECOND for entry in trade.posted[-2:])
    invariants.check(trade)


@pytest.mark.parametrize(
    ("modes", "days"),
    [
        ((TransportMode.AIR, TransportMode.LAND), 30),
        ((TransportMode.SEA, TransportMode.AIR), 45),
        ((TransportMode.EXPRESS, TransportMode.AIR), 15),
    ],
)
def test_the_longest_mode_counts_from_the_last_dispatch(modes: tuple[TransportMode, TransportMode], days: int) -> None:
    """SHP-5: with several shipments the clock starts with the last, and the longest of their modes counts."""
    trade = send(waiting(), 12, at=T, mode=modes[0])
    assert statuses(trade, DeadlineKind.AUTO_RECEIPT) == []
    trade = send(trade, at=T + 2 * DAY, mode=modes[1])
    assert clock(trade, DeadlineKind.AUTO_RECEIPT).due_at == PLATFORM.plus_days(T + 2 * DAY, days)


@pytest.mark.parametrize(
    ("sent", "due"),
    [
        ("2021-02-27T02:30:00", "2021-03-14T03:30:00"),
        ("2021-10-23T01:30:00", "2021-11-07T01:30:00"),
        ("2024-02-14T10:00:00", "2024-02-29T10:00:00"),
        ("2023-02-14T10:00:00.700000", "2023-03-01T10:00:00"),
    ],
)
def test_automatic_receipt_over_odd_nights(sent: str, due: str) -> None:
    """Section 14: the same wall-clock time 15 days later, over clock changes and 29 February, fractions dropped."""
    at = wall(sent)
    trade = send(pay(confirmed(terms(), at=at - DAY), at=at - HOUR), at=at)
    assert clock(trade, DeadlineKind.AUTO_RECEIPT).due_at == wall(due)


def test_receipt_by_the_buyer_ends_the_clock() -> None:
    """Section 14: AUTO_RECEIPT is void on receipt; in its last good second the buyer is still in time."""
    trade = send(waiting(), at=T)
    at = clock(trade, DeadlineKind.AUTO_RECEIPT).due_at + JUST_IN_TIME
    trade = fulfilment.confirm_receipt(later(trade, at), act(Who.BUYER, at))
    assert trade.order.received_by is By.BUYER
    assert statuses(trade, DeadlineKind.AUTO_RECEIPT) == [DeadlineStatus.VOID]
    assert later(trade, at + 29 * DAY) == trade
    assert [event.kind for event in later(trade, at + 100 * DAY).happenings[len(trade.happenings) :]] == [
        EventKind.PROTECTION_ENDED
    ]


# --- TRANSFER_WAITING -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "told"), [(JUST_IN_TIME, 0), (SECOND, 1), (DAY, 1)])
def test_a_transfer_that_waits_is_announced_after_two_days(after: timedelta, told: int) -> None:
    """PAY-7: a transfer nobody associated within 48 hours is announced once, with what waits."""
    trade = later(transfer(ordered(), 100_00, at=T), T + 48 * HOUR + after)
    announced = events(trade, EventKind.TRANSFER_WAITING)
    assert len(announced) == told
    for event in announced:
        assert event.facts == {"receipt": last_receipt(trade).reference, "amount": "100.00 USD"}
        assert (event.due_at, event.detected_at) == (T + 48 * HOUR, T + 48 * HOUR + after)
    assert len(events(later(trade, T + 90 * DAY), EventKind.TRANSFER_WAITING)) == 1


def test_an_associated_transfer_waits_no_more() -> None:
    """Section 14, PAY-7: association ends the wait, its undoing begins a new one; each transfer has its own."""
    trade = transfer(transfer(ordered(), 1_00, at=T), 2_00, at=T + HOUR)
    first, second = trade.receipts
    trade = funds.associate(trade, act(Who.OPERATOR, T + 2 * HOUR), first.id)
    assert statuses(trade, DeadlineKind.TRANSFER_WAITING) == [DeadlineStatus.VOID, DeadlineStatus.RUNNING]
    assert clock(trade, DeadlineKind.TRANSFER_WAITING).about == str(second.id)
    trade = funds.undo_association(trade, act(Who.OPERATOR, T + DAY), first.id)
    due = {row.about: row.due_at for row in trade.deadlines if row.status is DeadlineStatus.RUNNING}
    assert due == {str(first.id): T + DAY + 48 * HOUR, str(second.id): T + HOUR + 48 * HOUR}


def test_a_refunded_transfer_waits_no_more() -> None:
    """Section 14, PAY-7: what came early and is sent back waits for nobody to associate it."""
    early = orders.confirm(transfer(build.submitted(), 100_00), act(Who.BUYER))
    assert statuses(early, DeadlineKind.TRANSFER_WAITING) == [DeadlineStatus.RUNNING]
    back = funds.refund_held(early, act(Who.OPERATOR), last_receipt(early).id)
    assert statuses(back, DeadlineKind.TRANSFER_WAITING) == [DeadlineStatus.VOID]
    assert events(later(back, START + 90 * DAY), EventKind.TRANSFER_WAITING) == []


# --- amendments and deadlines -----------------------------------------------------------------------------------


def test_an_amendment_before_the_deadline_moves_it() -> None:
    """ORD-10: the new deadline is computed from the same start, with an announcement of its own."""
    trade = answer(propose(waiting(), at=T + DAY, dispatch_days=10), at=T + 2 * DAY)
    assert clock(trade).due_at == wall("2021-03-29T23:59:59")
    assert clock(trade).starts_at == T
    assert statuses(trade, DeadlineKind.DISPATCH) == [DeadlineStatus.MOVED, DeadlineStatus.RUNNING]
    assert statuses(trade, DeadlineKind.APPROACH) == [DeadlineStatus.VOID, DeadlineStatus.RUNNING]
    assert events(later(trade, DUE + SECOND), EventKind.OVERDUE_RAISED) == []
    (moved,) = events(trade, EventKind.DEADLINE_MOVED)
    assert moved.changes[0].before == DUE.astimezone(UTC).isoformat()
    assert moved.changes[0].after == wall("2021-03-29T23:59:59").astimezone(UTC).isoformat()
    raised = events(later(trade, DUE + 30 * DAY), EventKind.OVERDUE_RAISED)
    assert [event.due_at for event in raised] == [wall("2021-03-29T23:59:59")]


@pytest.mark.parametrize("proposed", [DUE - HOUR, DUE + HOUR], ids=["proposed before", "proposed after"])
def test_an_amendment_confirmed_after_the_deadline_clears_the_flag(proposed: datetime) -> None:
    """ORD-10, SHP-3: late by the old term and not by the new is no longer overdue; the new deadline can lapse again."""
    trade = propose(later(waiting(), proposed), at=proposed, dispatch_days=10)
    trade = later(trade, DUE + DAY)
    assert trade.order.overdue_at == DUE
    trade = answer(trade, at=DUE + DAY)
    assert trade.order.overdue_at is None
    assert [event.due_at for event in events(trade, EventKind.OVERDUE_CLEARED)] == [DUE]
    assert statuses(trade, DeadlineKind.DISPATCH) == [DeadlineStatus.MOVED, DeadlineStatus.RUNNING]
    again = later(trade, DUE + 3 * DAY + SECOND)
    assert again.order.overdue_at == DUE + 3 * DAY
    assert [event.due_at for event in events(again, EventKind.OVERDUE_RAISED)] == [DUE, DUE + 3 * DAY]


@pytest.mark.parametrize("accept", [True, False])
def test_without_the_buyers_yes_the_old_deadline_lapses(accept: bool) -> None:
    """ORD-10: a proposal alone changes nothing, and a declined one neither."""
    trade = propose(waiting(), at=T, dispatch_days=10)
    if not accept:
        trade = answer(trade, at=T + HOUR, accept=False)
    trade = later(trade, DUE + SECOND)
    assert trade.order.overdue_at == DUE
    assert trade.order.dispatch_days == 7


@pytest.mark.parametrize(("after", "refused"), [(timedelta(0), False), (JUST_IN_TIME, False), (SECOND, True)])
def test_a_new_deadline_must_lie_ahead_of_the_confirmation(after: timedelta, refused: bool) -> None:
    """ORD-10: if the new deadline is over when the buyer confirms, the confirmation is refused and nothing changes."""
    at = DUE + 3 * DAY + after
    trade = later(propose(waiting(), at=T, dispatch_days=10), at)
    shown = amendments.effect(trade, act(Who.SALES, at), {"dispatch_days": 10})
    if not refused:
        assert shown.refusal is None
        assert answer(trade, at=at).order.overdue_at is None
        return
    assert shown.refusal is not None
    with pytest.raises(Refusal) as found:
        answer(trade, at=at)
    assert found.value.code is shown.refusal.code is ErrorCode.DEADLINE_IN_THE_PAST
    assert found.value.field == ("contract", "dispatchTerm")
    assert found.value.params == {"dueAt": (DUE + 3 * DAY).astimezone(UTC).isoformat()}
    assert answer(trade, at=at, accept=False).order.overdue_at == DUE


def test_an_amendment_may_bring_the_deadline_forward() -> None:
    """ORD-10: an earlier deadline is as good as a later one, as long as it lies ahead."""
    trade = answer(propose(waiting(), at=T, dispatch_days=2), at=T + DAY)
    assert later(trade, wall("2021-03-22T00:00:00")).order.overdue_at == wall("2021-03-21T23:59:59")
    with pytest.raises(Refusal, match="already be over"):
        propose(waiting(), at=T + 3 * DAY, dispatch_days=2)


def test_an_amendment_of_the_rest_of_the_goods() -> None:
    """ORD-10: with part of the goods under way the dispatch term alone can change, and is about the rest."""
    trade = send(waiting(), 5, at=T + DAY)
    trade = answer(propose(trade, at=T + DAY, dispatch_days=10), at=T + 2 * DAY)
    assert clock(trade).due_at == DUE + 3 * DAY
    for fixed, path in (
        ({"carrier": "UPS"}, "carrier"),
        ({"city": "Oakland"}, "contact.city"),
        ({"shipping_fee": 1}, "shippingFee"),
    ):
        with pytest.raises(Refusal) as refused:
            amendments.amended(trade, act(Who.SALES, T + 2 * DAY), fixed)
        assert refused.value.params == {"fixed": path}


def test_terms_that_do_not_concern_dispatch_move_no_deadline() -> None:
    """ORD-10, SHP-3: another carrier or address leaves deadline, announcement and flag as they are."""
    trade = later(waiting(), DUE + SECOND)
    trade = answer(propose(trade, at=DUE + HOUR, carrier="UPS", city="Oakland"), at=DUE + DAY)
    assert (trade.order.carrier, trade.contact.city) == ("UPS", "Oakland")
    assert trade.order.overdue_at == DUE
    assert events(trade, EventKind.DEADLINE_MOVED) == []


def test_an_unanswered_amendment_lapses() -> None:
    """ORD-10: it lapses when everything is dispatched, and when the order closes."""
    for ended in (
        send(propose(waiting(), at=T), at=T + DAY),
        orders.cancel(propose(ordered(), at=T), act(Who.BUYER, T + DAY), "No longer needed."),
    ):
        (amendment,) = ended.amendments
        assert (amendment.status, amendment.decided_at) == (AmendmentStatus.LAPSED, T + DAY)
        assert len(events(ended, EventKind.AMENDMENT_LAPSED)) == 1


def test_proposals_have_a_limit() -> None:
    """ORD-10: an order's terms are proposed anew at most 100 times, taken back or declined ones included."""
    trade = waiting()
    for _ in range(100):
        trade = amendments.withdraw(propose(trade, at=T), act(Who.OWNER, T))
    with pytest.raises(Refusal) as refused:
        propose(trade, at=T)
    assert refused.value.code is ErrorCode.TOO_MANY


@given(st.integers(1, 40), st.integers(1, 40), st.timedeltas(timedelta(0), timedelta(days=45)))
def test_the_effect_shown_is_the_effect_had(agreed: int, amended: int, wait: timedelta) -> None:
    """ORD-10: what both sides are shown before is what the confirmation does at that instant."""
    at = T + wait
    trade = later(pay(ordered(dispatch_days=agreed), at=T), at)
    shown = amendments.effect(trade, act(Who.SALES, at), {"dispatch_days": amended})
    if shown.refusal is not None:
        assert shown.refusal.code is ErrorCode.DEADLINE_IN_THE_PAST
        assert PLATFORM.days_after(T, amended) + SECOND <= at
        return
    after = answer(propose(trade, at=at, dispatch_days=amended), at=at)
    live = amendments.dispatch_clock(after.deadlines)
    assert live is not None
    assert live.due_at == shown.due_after == PLATFORM.days_after(T, amended)
    assert shown.clears_overdue == (trade.order.overdue_at is not None and after.order.overdue_at is None)


# --- settling ---------------------------------------------------------------------------------------------------


def test_what_has_run_out_is_settled_in_the_order_of_its_deadlines() -> None:
    """Section 14: after downtime each lapse happens at its own instant, earliest first, and is told with its lag."""
    trade = transfer(waiting(), 100_00, at=T + DAY)
    now = T + 100 * DAY
    settled = later(trade, now)
    lapses = [event for event in settled.happenings if event.detected_at is not None]
    assert [(event.kind, event.at) for event in lapses] == [
        (EventKind.TRANSFER_WAITING, T + 3 * DAY + SECOND),
        (EventKind.DEADLINE_APPROACHING, DUE - DAY + SECOND),
        (EventKind.OVERDUE_RAISED, DUE + SECOND),
    ]
    assert {event.detected_at for event in lapses} == {now}
    invariants.check(settled)


@given(
    st.lists(st.timedeltas(timedelta(0), timedelta(days=120)), max_size=6),
    st.sampled_from(["waiting", "partly", "sent", "transfer"]),
)
def test_no_answer_depends_on_when_somebody_came_to_look(visits: list[timedelta], story: str) -> None:
    """Section 16 (first settle, then act): however often swept, the order stands where one look finds it."""
    stories: dict[str, Callable[[], Trade]] = {
        "waiting": waiting,
        "partly": lambda: send(waiting(), 5, at=T),
        "sent": lambda: send(waiting(), at=T),
        "transfer": lambda: transfer(waiting(), 1, at=T),
    }
    trade = stories[story]()
    swept, end = trade, T + 120 * DAY
    for visit in sorted(visits):
        swept = later(swept, T + visit)
        invariants.check(swept)
    assert _without_lag(later(swept, end)) == _without_lag(later(trade, end))


def _without_lag(trade: Trade) -> tuple[list[object], list[object], object]:
    told = [(event.kind, event.version, event.at, event.due_at, event.facts) for event in trade.happenings]
    rows = [(row.kind, row.due_at, row.status, row.settled_at) for row in trade.deadlines]
    moved = [(entry.kind, entry.at, entry.moves) for entry in trade.posted]
    return [*told, *moved], [*rows], (trade.order.status, trade.order.version, trade.order.overdue_at)


@given(instants, st.sampled_from(["America/Los_Angeles", "Asia/Shanghai", "Europe/Berlin"]))
def test_the_policys_zone_decides_the_day(money: datetime, zone: str) -> None:
    """FEE-4, section 14: deadlines are ends of days in the zone of the policy pinned to the order."""
    policy = POLICY.changed(POLICY.id, START, {"zone": zone})
    trade = pay(confirmed(terms(dispatch_days=3), at=money, policy=policy), at=money)
    assert clock(trade).due_at == Calendar(zone).days_after(money, 3)
    assert clock(trade).inputs["zone"] == zone
    assert build.later(trade, clock(trade).due_at + SECOND).order.overdue_at == clock(trade).due_at


def test_a_transfer_from_before_confirmation_waits_from_confirmation_on() -> None:
    """Section 14, PAY-7: 48 hours to associate it; before, nobody could."""
    early = transfer(build.submitted(), 100_00)
    assert early.deadline(DeadlineKind.TRANSFER_WAITING) is None
    agreed = orders.confirm(early, act(Who.BUYER))
    waiting = agreed.deadline(DeadlineKind.TRANSFER_WAITING)
    assert waiting is not None
    told = later(agreed, waiting.due_at + timedelta(seconds=1))
    assert EventKind.TRANSFER_WAITING in {happening.kind for happening in told.happenings}
