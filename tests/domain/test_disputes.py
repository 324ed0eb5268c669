"""Disputes about a refund: who may say what when, what goes back, and what the clocks do meanwhile (DSP-1 to DSP-3)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from app.domain import disputes, fulfilment, orders
from app.domain.access import By
from app.domain.conditions import State
from app.domain.disputes import DISPUTES_MOST, STEPS_MOST, TEXT_LONGEST
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.ledger import WORLD, AccountKind, EntryKind
from app.domain.lifecycle import Step, Who
from app.domain.money import Money
from app.domain.records import CloseReason, Deadline, DeadlineKind, DeadlineStatus, Status
from app.domain.remedies import (
    DisputeAnswer,
    DisputeOutcome,
    DisputeReason,
    DisputeStatus,
    DisputeStepKind,
)
from app.domain.trade import Trade
from tests.domain import build, disputing, invariants
from tests.domain.build import DAY, HOUR, POLICY, SECOND, START, act, later, pay, send
from tests.domain.disputing import asked, decided, escalated, last, offered, rejected, reopened, said, withdrawn
from tests.domain.taking import TAKE
from tests.domain.test_calendar import wall

DEPOSIT = 165_37
ACCEPT, REJECT, COUNTER = DisputeAnswer
SILENCE, AUTO, PROTECTION = DeadlineKind.DISPUTE_SILENCE, DeadlineKind.AUTO_RECEIPT, DeadlineKind.PROTECTION_END


def refusal(doing: Callable[[], Trade]) -> Refusal:
    """The refusal that something ends in."""
    with pytest.raises(Refusal) as refused:
        doing()
    return refused.value


def kinds(trade: Trade, since: Trade) -> list[EventKind]:
    """What happened since."""
    return [event.kind for event in trade.happenings[len(since.happenings) :]]


def clock(trade: Trade, kind: DeadlineKind) -> Deadline:
    """The clock of a kind that was set last."""
    return [row for row in trade.deadlines if row.kind is kind][-1]


# --- every status and every act ---------------------------------------------------------------------------------

AT: Mapping[str, Callable[[], Trade]] = {
    "none": build.paid,
    "AWAITING_SELLER": lambda: asked(build.paid()),
    "AWAITING_BUYER": lambda: offered(asked(build.paid())),
    "ESCALATED": lambda: escalated(asked(build.paid())),
    "REJECTED": lambda: rejected(build.paid()),
    "WITHDRAWN": lambda: withdrawn(asked(build.paid())),
    "PARTIAL": lambda: said(asked(build.paid()), Who.OWNER, ACCEPT),
}
SELLER, BUYER, OPERATOR = (Who.OWNER, Who.SALES), (Who.BUYER,), (Who.OPERATOR,)
# Kept by hand from DSP-2: which acts are open to whom in which status; all else is refused
ALLOWED: Mapping[Step, Mapping[str, tuple[Who, ...]]] = {
    Step.OPEN_DISPUTE: dict.fromkeys(("none", "REJECTED", "WITHDRAWN", "PARTIAL"), BUYER),
    Step.ANSWER_DISPUTE: {"AWAITING_SELLER": SELLER},
    Step.ANSWER_OFFER: {"AWAITING_BUYER": BUYER},
    Step.WITHDRAW_DISPUTE: dict.fromkeys(("AWAITING_SELLER", "AWAITING_BUYER", "ESCALATED"), BUYER),
    Step.ESCALATE_DISPUTE: dict.fromkeys(("AWAITING_SELLER", "AWAITING_BUYER"), (*BUYER, *SELLER, Who.TIME)),
    Step.DECIDE_DISPUTE: {"ESCALATED": OPERATOR},
    Step.REOPEN_DISPUTE: {"REJECTED": OPERATOR},
}


@pytest.mark.parametrize("status", AT)
@pytest.mark.parametrize("step", ALLOWED)
def test_every_act_in_every_status(step: Step, status: str) -> None:
    """DSP-2: each act is open in the statuses of the table to the people of the table, and typed refused elsewhere."""
    trade = AT[status]()
    for who in Who:
        if who in ALLOWED[step].get(status, ()):
            after = TAKE[step](trade, act(who))
            assert after.dispute_steps[-1].by is act(who).by
            assert len(after.dispute_steps) == len(trade.dispute_steps) + 1
            continue
        refused = refusal(partial(TAKE[step], trade, act(who)))
        ever = any(who in people for people in ALLOWED[step].values())
        expected = {ErrorCode.DISPUTE_OPEN, ErrorCode.DISPUTE_NOT_OPEN} if ever else {ErrorCode.FORBIDDEN}
        assert refused.code in expected, who


@pytest.mark.parametrize(
    ("word", "who", "status", "offer"),
    [
        (ACCEPT, Who.OWNER, DisputeStatus.RESOLVED, None),
        (REJECT, Who.OWNER, DisputeStatus.AWAITING_BUYER, None),
        (COUNTER, Who.OWNER, DisputeStatus.AWAITING_BUYER, 70),
        (ACCEPT, Who.BUYER, DisputeStatus.RESOLVED, 40),
        (REJECT, Who.BUYER, DisputeStatus.AWAITING_SELLER, None),
        (COUNTER, Who.BUYER, DisputeStatus.AWAITING_SELLER, 40),
    ],
)
def test_what_each_answer_does(word: DisputeAnswer, who: Who, status: DisputeStatus, offer: int | None) -> None:
    """DSP-2: an acceptance resolves; a rejection and another amount wait for the other side."""
    before = asked(build.paid()) if who is Who.OWNER else offered(asked(build.paid()), 40)
    trade = said(before, who, word, 70 if word is COUNTER else None, text="So.")
    dispute = last(trade)
    assert (dispute.status, dispute.offered) == (status, offer)
    assert dispute.asked == (70 if who is Who.BUYER and word is COUNTER else 100)
    step = trade.dispute_steps[-1]
    named = {ACCEPT: 100 if who is Who.OWNER else 40, REJECT: None, COUNTER: 70}[word]
    assert (step.kind, step.amount, step.text) == (f"{word.rstrip('E')}ED", named, "So.")
    assert (step.by, step.account_id, step.at) == (act(who).by, act(who).account_id, START)
    facts = trade.happenings[len(before.happenings)].facts
    assert (facts["dispute"], facts["answer"]) == (f"dsp_{dispute.id.hex}", word)


def test_a_dispute_is_what_the_buyer_said() -> None:
    """DSP-1: reason, amount and words are kept, and its first event tells them without the words."""
    trade = asked(build.paid(), 100, reason=DisputeReason.OTHER, text="Wrong colour.")
    dispute, event = last(trade), next(e for e in trade.happenings if e.kind is EventKind.DISPUTE_OPENED)
    assert (dispute.status, dispute.reason, dispute.asked) == (DisputeStatus.AWAITING_SELLER, DisputeReason.OTHER, 100)
    assert (dispute.opened_by, dispute.opened_at, dispute.currency) == (build.BUYER_ID, START, "USD")
    assert event.facts == {"dispute": f"dsp_{dispute.id.hex}", "reason": "OTHER", "asked": "1.00 USD"}
    assert [(step.kind, step.amount, step.text) for step in trade.dispute_steps] == [
        (DisputeStepKind.OPENED, 100, "Wrong colour.")
    ]


@pytest.mark.parametrize("state", disputing.AFTER_MONEY)
def test_from_the_first_money_that_counts(state: State) -> None:
    """DSP-1: one cent that counts opens it; money that waits to be associated does not, nor does another currency."""
    if state is not State.PAYMENT:
        assert asked(build.at_state(state)).dispute
        return
    unpaid = build.confirmed()
    waiting = build.transfer(unpaid, 100)
    for trade in (unpaid, waiting, pay(unpaid, 100, currency="CHF")):
        refused = refusal(partial(TAKE[Step.OPEN_DISPUTE], trade, act(Who.BUYER)))
        assert refused.code is ErrorCode.NOTHING_TO_REFUND
    assert TAKE[Step.OPEN_DISPUTE](pay(unpaid, 1), act(Who.BUYER)).dispute
    assert TAKE[Step.OPEN_DISPUTE](build.associate(waiting), act(Who.BUYER)).dispute


# --- amounts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (Money(0, "USD"), ErrorCode.OUT_OF_RANGE),
        (Money(-1, "USD"), ErrorCode.OUT_OF_RANGE),
        (Money(1, "USD"), None),
        (Money(DEPOSIT, "USD"), None),
        (Money(DEPOSIT + 1, "USD"), ErrorCode.REFUND_TOO_LARGE),
        (Money(1, "EUR"), ErrorCode.INVALID),
        (None, None),
    ],
)
def test_what_can_be_asked_for(amount: Money | None, code: ErrorCode | None) -> None:
    """DSP-1, DSP-3: a cent or more, at most what was paid and not yet returned, in the order's currency."""

    def ask() -> Trade:
        return disputes.apply_for_refund(build.paid(), act(Who.BUYER), DisputeReason.QUALITY, amount, None)

    if code is None:
        assert last(ask()).asked == (DEPOSIT if amount is None else amount.minor)
        return
    refused = refusal(ask)
    assert (refused.code, refused.field) == (code, ("amount",))


@pytest.mark.parametrize("who", [Who.OWNER, Who.BUYER])
@pytest.mark.parametrize(
    ("minor", "code"),
    [
        (0, ErrorCode.OUT_OF_RANGE),
        (1, None),
        (DEPOSIT, None),
        (DEPOSIT + 1, ErrorCode.REFUND_TOO_LARGE),
        (100, ErrorCode.OUT_OF_RANGE),
    ],
)
def test_another_amount_is_another_and_possible(who: Who, minor: int, code: ErrorCode | None) -> None:
    """DSP-2, DSP-3: a counter names another amount than the other side did, at most what can be refunded."""
    trade = asked(build.paid(), 100) if who is Who.OWNER else offered(asked(build.paid(), 200), 100)
    if code is None:
        after = last(said(trade, who, COUNTER, minor))
        assert (after.offered if who is Who.OWNER else after.asked) == minor
        return
    refused = refusal(lambda: said(trade, who, COUNTER, minor))
    assert (refused.code, refused.field) == (code, ("amount",))


@pytest.mark.parametrize(("word", "amount"), [(ACCEPT, 1), (REJECT, 1), (COUNTER, None)])
def test_only_a_counter_names_an_amount(word: DisputeAnswer, amount: int | None) -> None:
    """DSP-2: an amount beside a yes or a no, and a counter without one, are refused."""
    refused = refusal(lambda: said(asked(build.paid()), Who.OWNER, word, amount))
    assert (refused.code, refused.field) == (ErrorCode.REQUIRED, ("amount",))


@pytest.mark.parametrize("word", [ACCEPT, REJECT])
def test_a_buyer_answers_an_offer_that_stands(word: DisputeAnswer) -> None:
    """DSP-2: where the seller only said no, or turned their own offer down since, nothing can be accepted."""
    no_offer = said(asked(build.paid()), Who.OWNER, REJECT)
    turned_down = said(offered(asked(build.paid())), Who.BUYER, COUNTER, 90)
    for trade in (no_offer, said(turned_down, Who.OWNER, REJECT)):
        refused = refusal(partial(said, trade, Who.BUYER, word))
        assert (refused.code, refused.field) == (ErrorCode.STEP_NOT_ALLOWED, ("answer",))
        assert last(said(trade, Who.BUYER, COUNTER, 80)).asked == 80


@pytest.mark.parametrize(
    ("amount", "outcome"),
    [
        (0, DisputeOutcome.REJECTED),
        (1, DisputeOutcome.PARTIAL),
        (DEPOSIT - 1, DisputeOutcome.PARTIAL),
        (DEPOSIT, DisputeOutcome.FULL),
        (None, DisputeOutcome.FULL),
    ],
)
def test_what_operators_decide(amount: int | None, outcome: DisputeOutcome) -> None:
    """DSP-2: nothing, a part or all, whatever was asked for; who decided and why is kept."""
    trade = decided(escalated(asked(build.paid(), 100)), amount)
    dispute, step = last(trade), trade.dispute_steps[-1]
    back = DEPOSIT if amount is None else amount
    assert (dispute.status, dispute.outcome, dispute.refunded) == (DisputeStatus.RESOLVED, outcome, back)
    assert (dispute.decided_by, dispute.resolved_at) == (act(Who.OPERATOR).account_id, START)
    assert (step.kind, step.amount, step.text) == (DisputeStepKind.DECIDED, back, "The pictures show it.")
    assert trade.order.refunded == back
    assert (trade.order.status is Status.CLOSED) == (outcome is DisputeOutcome.FULL)


@pytest.mark.parametrize(("minor", "code"), [(-1, ErrorCode.OUT_OF_RANGE), (DEPOSIT + 1, ErrorCode.REFUND_TOO_LARGE)])
def test_operators_decide_within_what_was_paid(minor: int, code: ErrorCode) -> None:
    """DSP-3: never more than was paid and not yet returned."""
    refused = refusal(lambda: decided(escalated(asked(build.paid())), minor))
    assert (refused.code, refused.field) == (code, ("amount",))


# --- money ------------------------------------------------------------------------------------------------------


def test_a_part_goes_back_from_escrow_and_the_order_goes_on() -> None:
    """DSP-3, section 15: escrow → world, the cause is the dispute, and the goods can still leave."""
    trade = said(asked(build.paid(), 100), Who.OWNER, ACCEPT)
    entry = trade.posted[-1]
    (move,) = entry.moves
    assert (entry.kind, entry.cause) == (EntryKind.REFUND, last(trade).id)
    assert (move.source, move.target, move.amount) == (trade.account(AccountKind.ESCROW), WORLD, 100)
    assert (trade.order.status, trade.order.refunded) == (Status.PENDING_DISPATCH, 100)
    assert send(trade).order.status is Status.DISPATCHED


def test_parts_add_up_and_the_last_closes() -> None:
    """DSP-3: refunds of several disputes add up; what completes them is full, whatever remained unpaid."""
    trade = said(asked(build.paid(), 100_00), Who.OWNER, ACCEPT)
    refused = refusal(lambda: asked(trade, 65_38))
    assert (refused.code, refused.params) == (ErrorCode.REFUND_TOO_LARGE, {"most": "65.37 USD"})
    trade = said(asked(trade, 65_37), Who.OWNER, ACCEPT)
    assert [row.outcome for row in trade.disputes] == [DisputeOutcome.PARTIAL, DisputeOutcome.FULL]
    assert (trade.order.status, trade.order.close_reason) == (Status.CLOSED, CloseReason.REFUNDED)
    assert (trade.order.closed_in, trade.order.refunded) == (Status.PENDING_DISPATCH, DEPOSIT)
    assert all(row.status not in (DeadlineStatus.RUNNING, DeadlineStatus.WAITING) for row in trade.deadlines)


def test_money_that_came_meanwhile_makes_a_full_request_a_part() -> None:
    """DSP-3: full is what reaches all that was paid by then; what was asked for stays what was asked for."""
    trade = pay(asked(build.paid(), None))
    trade = said(trade, Who.OWNER, ACCEPT)
    assert (last(trade).outcome, last(trade).refunded) == (DisputeOutcome.PARTIAL, DEPOSIT)
    assert trade.order.status is Status.PENDING_DISPATCH


def test_money_taken_back_meanwhile_cannot_be_promised() -> None:
    """PAY-7, DSP-3: once an association is undone, what was asked for can no longer be accepted."""
    trade = build.associate(build.transfer(build.confirmed(), 100))
    trade = asked(trade, 100)
    trade = TAKE[Step.UNDO_ASSOCIATION](trade, act(Who.OPERATOR))
    refused = refusal(lambda: said(trade, Who.OWNER, ACCEPT))
    assert refused.code is ErrorCode.NOTHING_TO_REFUND
    assert last(withdrawn(trade)).outcome is DisputeOutcome.WITHDRAWN
    assert last(decided(escalated(trade), 0)).outcome is DisputeOutcome.REJECTED


def test_what_was_refunded_in_part_stays_associated() -> None:
    """PAY-7, section 16: once something of what counted went back, its association is no longer undone."""
    trade = build.associate(build.transfer(build.confirmed(), 100))
    trade = said(asked(trade, 40), Who.OWNER, ACCEPT)
    refused = refusal(lambda: TAKE[Step.UNDO_ASSOCIATION](trade, act(Who.OPERATOR)))
    assert (refused.code, refused.params["condition"]) == (ErrorCode.STEP_NOT_ALLOWED, "nothing_refunded")


def test_a_word_that_moves_no_money_posts_nothing() -> None:
    """DSP-2: rejecting, countering, escalating, withdrawing and an operator's no leave the ledger as it is."""
    trade = build.paid()
    posted = trade.posted
    for word in (REJECT, COUNTER):
        assert said(asked(trade), Who.OWNER, word, 10 if word is COUNTER else None).posted == posted
    for after in (withdrawn(asked(trade)), escalated(asked(trade)), rejected(trade), reopened(rejected(trade))):
        assert after.posted == posted


# --- clocks -----------------------------------------------------------------------------------------------------


def test_silence_escalates_a_second_after_its_last_good_second() -> None:
    """DSP-2: five calendar days at the same wall-clock time; in time until the last good second has run out."""
    at = wall("2021-03-10T18:00:00")
    trade = asked(build.paid(at=at), at=at)
    silence = clock(trade, SILENCE)
    # across the night in which clocks go forward
    assert (silence.due_at, silence.rule) == (wall("2021-03-15T18:00:00"), "DSP-2")
    assert silence.inputs == {"start": at.isoformat(), "days": "5", "zone": POLICY.zone}
    assert (silence.starts_at, silence.about) == (at, str(last(trade).id))
    good = silence.due_at + timedelta(microseconds=999_999)
    assert last(later(trade, good)).status is DisputeStatus.AWAITING_SELLER
    assert last(said(later(trade, good), Who.OWNER, REJECT, at=good)).status is DisputeStatus.AWAITING_BUYER
    gone = later(trade, silence.due_at + SECOND)
    step, event = gone.dispute_steps[-1], next(e for e in gone.happenings if e.kind is EventKind.DISPUTE_ESCALATED)
    assert last(gone).status is DisputeStatus.ESCALATED
    assert (step.kind, step.by, step.account_id, step.at) == (
        DisputeStepKind.ESCALATED,
        By.TIME,
        None,
        silence.due_at + SECOND,
    )
    assert (event.due_at, event.detected_at, event.facts["awaited"]) == (
        silence.due_at,
        silence.due_at + SECOND,
        "SELLER",
    )


def test_silence_counts_from_each_word() -> None:
    """DSP-2: each offer and answer begins it anew, for whoever is awaited then; the operators have all the time."""
    trade, at = asked(build.paid()), START
    for who, word, amount in ((Who.OWNER, COUNTER, 40), (Who.BUYER, COUNTER, 80), (Who.OWNER, REJECT, None)):
        at += 4 * DAY
        trade = said(later(trade, at), who, word, amount, at)
        assert clock(trade, SILENCE).due_at == POLICY.calendar.plus_days(at, 5)
    met = [row.status for row in trade.deadlines if row.kind is SILENCE]
    assert met == [DeadlineStatus.MET] * 3 + [DeadlineStatus.RUNNING]
    silent = later(trade, clock(trade, SILENCE).due_at + SECOND)
    event = next(e for e in silent.happenings if e.kind is EventKind.DISPUTE_ESCALATED)
    assert event.facts["awaited"] == "BUYER"
    assert last(later(silent, at + 365 * DAY)).status is DisputeStatus.ESCALATED


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (lambda trade: said(trade, Who.OWNER, ACCEPT), DeadlineStatus.MET),
        (lambda trade: escalated(trade), DeadlineStatus.VOID),
        (lambda trade: withdrawn(trade), DeadlineStatus.VOID),
    ],
)
def test_nobody_is_awaited_once_it_ends(end: Callable[[Trade], Trade], status: DeadlineStatus) -> None:
    """Section 14: DISPUTE_SILENCE is met by the answer and void when somebody else's word is awaited, or nobody's."""
    assert clock(end(asked(build.paid())), SILENCE).status is status


ENDS: Mapping[str, Callable[[Trade, datetime], Trade]] = {
    "withdrawn": lambda trade, at: withdrawn(trade, at),
    "a part": lambda trade, at: said(trade, Who.OWNER, ACCEPT, at=at),
    "rejected": lambda trade, at: decided(escalated(trade, at=at), 0, at),
}


@pytest.mark.parametrize("end", ENDS)
def test_the_automatic_receipt_waits_while_disputed(end: str) -> None:
    """Section 14: AUTO_RECEIPT waits while a dispute is open, then what was left runs on, to the second."""
    trade = build.dispatched()
    due = clock(trade, AUTO).due_at
    opened = START + 10 * DAY + HOUR
    trade = asked(trade, at=opened)
    waiting = clock(trade, AUTO)
    assert (waiting.status, waiting.seconds_left) == (DeadlineStatus.WAITING, int((due - opened).total_seconds()))
    ended = opened + 4 * DAY
    assert later(trade, ended).order.status is Status.DISPATCHED
    trade = ENDS[end](later(trade, ended), ended)
    resumed = clock(trade, AUTO)
    assert (resumed.status, resumed.due_at) == (DeadlineStatus.RUNNING, ended + (due - opened))
    assert later(trade, resumed.due_at).order.status is Status.DISPATCHED
    assert later(trade, resumed.due_at + SECOND).order.status is Status.COMPLETED
    assert {EventKind.DEADLINE_PAUSED, EventKind.DEADLINE_RESUMED} <= {event.kind for event in trade.happenings}
    invariants.clocks_fit_the_status(trade)


def test_a_dispute_outlasts_the_automatic_receipt() -> None:
    """Section 14, section 16: long past the day it would have been received, a disputed order still waits."""
    trade = escalated(asked(build.dispatched()))
    trade = later(trade, START + 400 * DAY)
    assert trade.order.status is Status.DISPATCHED
    refused = refusal(lambda: fulfilment.confirm_receipt(trade, act(Who.BUYER, START + 400 * DAY)))
    assert refused.code is ErrorCode.DISPUTE_OPEN
    assert fulfilment.confirm_receipt(decided(trade, 0, START + 400 * DAY), act(Who.BUYER, START + 400 * DAY))


@pytest.mark.parametrize("parts", [None, 5])
def test_dispatched_in_full_under_a_dispute(parts: int | None) -> None:
    """Section 14: what is dispatched while a dispute is open waits from its first second, with all of its days left."""
    trade = asked(build.paid() if parts is None else send(build.paid(), parts))
    trade = send(trade, at=START + DAY)
    whole = POLICY.auto_receipt_days[trade.shipments[0].transport_mode] * DAY
    waiting = clock(trade, AUTO)
    assert (waiting.status, waiting.seconds_left) == (DeadlineStatus.WAITING, int(whole.total_seconds()))
    trade = withdrawn(trade, START + 3 * DAY)
    assert clock(trade, AUTO).due_at == START + 3 * DAY + whole


def test_a_dispute_does_not_stop_the_promise_of_dispatch() -> None:
    """SHP-3: the dispatch clock runs on under a dispute, and late goods are overdue."""
    trade = escalated(asked(build.paid()))
    due = clock(trade, DeadlineKind.DISPATCH).due_at
    assert later(trade, due + SECOND).order.overdue_at == due


def test_until_thirty_days_after_receipt_to_the_second() -> None:
    """DSP-1, section 14: the thirtieth day at the same wall-clock time is the last good second for a new dispute."""
    at = wall("2021-03-01T12:00:00")
    trade = build.completed(at=at)
    end = clock(trade, PROTECTION)
    assert (end.due_at, end.rule, end.starts_at) == (wall("2021-03-31T12:00:00"), "DSP-1", at)
    good, over = end.due_at + timedelta(microseconds=999_999), end.due_at + SECOND
    assert asked(later(trade, good), at=good).dispute
    gone = later(trade, over)
    event = gone.happenings[-1]
    assert (event.kind, event.due_at, event.by) == (EventKind.PROTECTION_ENDED, end.due_at, By.TIME)
    assert refusal(lambda: asked(gone, at=over)).code is ErrorCode.PROTECTION_OVER


def test_protection_counts_from_the_receipt_by_time_too() -> None:
    """DSP-1, SHP-5: received automatically, the thirty days begin when the last second for a word ran out."""
    trade = build.dispatched()
    due = clock(trade, AUTO).due_at
    trade = later(trade, due + 20 * DAY)
    assert clock(trade, PROTECTION).due_at == POLICY.calendar.plus_days(due + SECOND, 30)
    assert asked(trade, at=due + 20 * DAY).dispute


def test_an_open_dispute_runs_on_when_protection_ends() -> None:
    """Section 14: the end of protection allows no new dispute; an open one runs on, and so does an undo."""
    end = clock(build.completed(), PROTECTION).due_at
    trade = later(escalated(asked(build.completed(), at=end), at=end), end + DAY)
    assert trade.dispute is not None
    trade = decided(trade, 0, end + DAY)
    again = reopened(trade, end + 2 * DAY)
    assert refusal(lambda: asked(trade, at=end + DAY)).code is ErrorCode.PROTECTION_OVER
    assert last(decided(again, 100, end + 3 * DAY)).outcome is DisputeOutcome.PARTIAL


def test_lengths_are_the_pinned_policys() -> None:
    """FEE-4, section 14: how long silence and protection last is policy, pinned to the order."""
    other = replace(POLICY, dispute_silence_days=2, protection_days=3)
    trade = asked(build.completed(policy=other))
    assert clock(trade, SILENCE).due_at == START + 2 * DAY
    assert clock(trade, PROTECTION).due_at == START + 3 * DAY


# --- taking a rejection back ------------------------------------------------------------------------------------


def test_a_rejection_is_taken_back_as_long_as_it_is_the_last_word() -> None:
    """DSP-2, section 0: an operator's no moved no money, so it has its undo, until another dispute was opened."""
    trade = rejected(build.dispatched())
    again = reopened(trade)
    dispute = last(again)
    assert (dispute.status, dispute.outcome, dispute.resolved_at) == (DisputeStatus.ESCALATED, None, None)
    assert (dispute.refunded, dispute.decided_by) == (None, None)
    assert kinds(again, trade) == [EventKind.DISPUTE_REOPENED, EventKind.DEADLINE_PAUSED]
    assert last(decided(again, 100)).outcome is DisputeOutcome.PARTIAL
    assert refusal(lambda: reopened(decided(again, 100))).code is ErrorCode.DISPUTE_NOT_OPEN
    assert refusal(lambda: reopened(asked(trade))).code is ErrorCode.DISPUTE_NOT_OPEN


# --- words and limits -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason", "code"),
    [
        (None, DisputeReason.QUALITY, None),
        ("x" * TEXT_LONGEST, DisputeReason.QUALITY, None),
        ("x" * (TEXT_LONGEST + 1), DisputeReason.QUALITY, ErrorCode.TOO_LONG),
        (None, DisputeReason.OTHER, ErrorCode.REQUIRED),
        (" ", DisputeReason.OTHER, ErrorCode.REQUIRED),
        ("x", DisputeReason.OTHER, None),
    ],
)
def test_words(text: str | None, reason: DisputeReason, code: ErrorCode | None) -> None:
    """DSP-1: at most 2,000 characters; another reason than those named is given in words."""
    if code is None:
        assert asked(build.paid(), reason=reason, text=text).dispute_steps[-1].text == text
        return
    refused = refusal(lambda: asked(build.paid(), reason=reason, text=text))
    assert (refused.code, refused.field) == (code, ("text",))


@pytest.mark.parametrize("reason", ["", " ", "x" * (TEXT_LONGEST + 1)])
def test_operators_give_a_reason(reason: str) -> None:
    """DSP-2, section 0: every decision, and every undo of one, has a reason."""
    escalation, rejection = escalated(asked(build.paid())), rejected(build.paid())
    decide = refusal(lambda: disputes.decide(escalation, act(Who.OPERATOR), last(escalation).id, None, reason))
    undo = refusal(lambda: disputes.reopen(rejection, act(Who.OPERATOR), last(rejection).id, reason))
    assert decide.field == undo.field == ("reason",)


def test_one_dispute_at_a_time_and_not_for_ever() -> None:
    """DSP-1: one open dispute, a new one may follow, up to a limit; so the order cannot be made to grow."""
    trade = build.paid()
    for _ in range(DISPUTES_MOST):
        trade = withdrawn(asked(trade))
    assert refusal(lambda: asked(trade)).code is ErrorCode.TOO_MANY


def test_offers_do_not_go_back_and_forth_for_ever() -> None:
    """DSP-2: after so many words the dispute is accepted, withdrawn or escalated."""
    trade = asked(build.paid(), 100)
    while len(trade.dispute_steps) < STEPS_MOST:
        who = Who.OWNER if last(trade).status is DisputeStatus.AWAITING_SELLER else Who.BUYER
        trade = said(trade, who, COUNTER, len(trade.dispute_steps))
    who = Who.OWNER if last(trade).status is DisputeStatus.AWAITING_SELLER else Who.BUYER
    assert refusal(lambda: said(trade, who, COUNTER, 99)).code is ErrorCode.TOO_MANY
    assert refusal(lambda: said(trade, who, REJECT)).code is ErrorCode.TOO_MANY
    assert said(trade, who, ACCEPT) and escalated(trade) and withdrawn(trade)


@pytest.mark.parametrize("doing", ["answer", "escalate", "withdraw", "decide", "reopen"])
def test_another_dispute_is_not_meant(doing: str) -> None:
    """DSP-1: who names a dispute that has ended does not speak in the one that is open by now."""
    old = withdrawn(asked(build.paid()))
    named = last(old).id
    trade = asked(old)
    done: Mapping[str, Callable[[], Trade]] = {
        "answer": lambda: disputes.answer(trade, act(Who.OWNER), named, ACCEPT, None, None),
        "escalate": lambda: disputes.escalate(trade, act(Who.BUYER), named),
        "withdraw": lambda: disputes.withdraw(trade, act(Who.BUYER), named),
        "decide": lambda: disputes.decide(escalated(trade), act(Who.OPERATOR), named, None, "So."),
        "reopen": lambda: disputes.reopen(rejected(old), act(Who.OPERATOR), named, "So."),
    }
    refused = refusal(done[doing])
    assert (refused.code, refused.field) == (ErrorCode.DISPUTE_NOT_OPEN, ("disputeId",))


def test_the_way_out_after_money_is_a_refund() -> None:
    """ORD-11: once money has landed nobody cancels; a full refund closes in any stage."""
    trade = pay(build.confirmed(), 1)
    assert refusal(lambda: orders.cancel(trade, act(Who.BUYER), "No.")).code is ErrorCode.MONEY_LANDED
    closed = said(asked(trade, None), Who.OWNER, ACCEPT)
    assert (closed.order.status, closed.order.closed_in) == (Status.CLOSED, Status.PENDING_PAYMENT)
    assert kinds(closed, trade)[-4:-1] == [
        EventKind.DISPUTE_ANSWERED,
        EventKind.DISPUTE_RESOLVED,
        EventKind.FUNDS_REFUNDED,
    ]
