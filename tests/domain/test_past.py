"""An order's past from its rows and events: clocks that waited, claims and disputes, and what is not kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.domain import deadlines
from app.domain.happenings import Change, EventKind
from app.domain.lifecycle import Who
from app.domain.past import Past, Told, replay
from app.domain.records import DeadlineKind, DeadlineStatus, Status
from app.domain.trade import Trade
from tests.domain.build import START, act, dispatched, paid

HOUR = timedelta(hours=1)
AUTO = DeadlineKind.AUTO_RECEIPT


def past_of(trade: Trade, at: datetime, told: Sequence[Told] | None = None) -> Past:
    """What is told of an instant, by all of a trade's events or by some of them."""
    return replay(trade, [Told.of(each) for each in trade.happenings] if told is None else told, trade.posted, at)


def clock(past: Past, kind: DeadlineKind) -> list[tuple[datetime, DeadlineStatus | None]]:
    """The clocks of a kind."""
    return [(row.due_at, row.status) for row in past.deadlines or () if row.kind is kind]


def test_a_clock_that_waited_is_told_as_it_ran() -> None:
    """Section 14: due as it was before each pause, waiting while it waited, and due later after each."""
    trade = dispatched()
    remembered = {START: clock(past_of(trade, START), AUTO)}
    for hour in (10, 20, 30, 40):
        at = START + hour * HOUR
        step = deadlines.pause if hour in (10, 30) else deadlines.resume
        trade = step(trade, act(Who.OPERATOR, at), AUTO)
        row = next(row for row in trade.deadlines if row.kind is AUTO)
        remembered[at] = [(row.due_at, row.status)]
    assert [status for ((_, status),) in remembered.values()] == ["RUNNING", "WAITING", "RUNNING", "WAITING", "RUNNING"]
    assert len({due for ((due, _),) in remembered.values()}) == 3
    for at, expected in remembered.items():
        assert clock(past_of(trade, at), AUTO) == expected
        assert clock(past_of(trade, at + HOUR), AUTO) == expected
    over = deadlines.end(trade, act(Who.BUYER, START + 50 * HOUR), AUTO, DeadlineStatus.VOID)
    for at, expected in remembered.items():
        assert clock(past_of(over, at), AUTO) == expected
    assert [status for _, status in clock(past_of(over, START + 50 * HOUR), AUTO)] == ["VOID"]


def test_what_the_events_do_not_tell_is_not_kept() -> None:
    """Events older than the rule say nothing of the status: then it is null with a reason, and so are the flags."""
    trade = paid()
    silent = [replace(Told.of(each), changes=()) for each in trade.happenings]
    past = past_of(trade, START, silent)
    assert (past.status, past.awaiting, past.stage, past.dispatched_late) == (None, None, None, None)
    fields = {missing.field for missing in past.not_kept}
    assert fields == {
        *("status", "awaiting", "stage", "overdue", "overdueSince", "dispatchedLate"),
        *("deliveryOverdue", "deliveryOverdueSince"),
    }
    assert all(missing.reason for missing in past.not_kept)
    assert past.sums.received == trade.order.received
    whole = past_of(trade, START)
    assert (whole.status, whole.not_kept) == (Status.PENDING_DISPATCH, ())


def test_events_that_contradict_the_order_tell_nothing() -> None:
    """What does not lead back from the present is not told at all, rather than wrongly."""
    trade = paid()
    told = [Told.of(each) for each in trade.happenings]
    assert past_of(trade.change(status=Status.COMPLETED), START, told).status is None
    cheaper = replace(trade.order, total=1)
    edited = Told(START + HOUR, told[0].kind, (Change("total", "7.00 USD", "9.00 USD"),))
    past = past_of(replace(trade, order=cheaper), START, [*told, edited])
    assert past.total is None
    assert [missing.field for missing in past.not_kept] == ["agreedTotal"]


def test_deadlines_set_at_an_unknown_instant_are_not_kept() -> None:
    """A row from before the instant was kept leaves the list null, with a reason."""
    trade = paid()
    old = trade.put("deadlines", *(replace(row, set_at=None) for row in trade.deadlines))
    past = past_of(old, START)
    assert past.deadlines is None
    assert [missing.field for missing in past.not_kept] == ["deadlines"]


def test_what_was_met_and_taken_back_is_not_kept() -> None:
    """DLV-5: what met a deadline was taken back, so it runs on; since when it was met its row no longer says."""
    trade = paid()
    dispatch = DeadlineKind.DISPATCH
    trade = deadlines.end(trade, act(Who.OPERATOR, START + HOUR), dispatch, DeadlineStatus.MET)
    (met,) = (row for row in trade.deadlines if row.kind is dispatch)
    trade = deadlines.reopen(trade, act(Who.OPERATOR, START + 3 * HOUR), met)
    told = {hours: past_of(trade, START + hours * HOUR) for hours in (0, 2, 3)}
    running = DeadlineStatus.RUNNING
    assert [clock(past, dispatch) for past in told.values()] == [[(met.due_at, each)] for each in (None, None, running)]
    missing = [[each.field for each in past.not_kept] for past in told.values()]
    assert missing == [["deadlines.status"], ["deadlines.status"], []]


def after(*kinds: EventKind) -> list[Told]:
    """One event of each kind, an hour apart, the first an hour after the start."""
    return [Told(START + hours * HOUR, kind, ()) for hours, kind in enumerate(kinds, start=1)]


def test_a_claim_stands_as_its_last_event_says() -> None:
    """CLM-6: none before it was filed, and every decision and its undoing from their own instants on."""
    told = after(
        EventKind.CLAIM_FILED,
        EventKind.CLAIM_REJECTED,
        EventKind.CLAIM_DECISION_UNDONE,
        EventKind.CLAIM_APPROVED,
    )
    stood = [past_of(paid(), START + hours * HOUR, told).claim for hours in range(5)]
    assert stood == [None, "UNDER_REVIEW", "REJECTED", "UNDER_REVIEW", "APPROVED"]


def test_a_dispute_is_open_from_each_opening_to_its_end() -> None:
    """DSP-1, DSP-2: one that was resolved and opened again, and another after it."""
    told = after(
        EventKind.DISPUTE_OPENED,
        EventKind.DISPUTE_RESOLVED,
        EventKind.DISPUTE_REOPENED,
        EventKind.DISPUTE_RESOLVED,
        EventKind.DISPUTE_OPENED,
    )
    stood = [past_of(paid(), START + hours * HOUR, told).dispute_open for hours in range(6)]
    assert stood == [False, True, False, True, False, True]
