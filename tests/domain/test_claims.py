"""Claims: what opens and shuts them to the second, what they are worth, who decides and who bears it (CLM)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain import claims
from app.domain.access import By
from app.domain.claimable import changes_at, facts_of, verdicts
from app.domain.claims import compensation, implied
from app.domain.conditions import State
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.lifecycle import Step, Who
from app.domain.records import DeadlineKind, DeadlineStatus, Status, TrackingKind
from app.domain.remedies import ClaimRejection, ClaimStatus, CouponStatus, Guarantee, Liability
from app.domain.trade import Trade
from tests.domain import build, disputing, promising
from tests.domain.build import DAY, HOUR, SECOND, START, act, answer, later, one_line, propose, report, send
from tests.domain.promising import (
    PROMISED,
    approved,
    broken,
    claimed,
    compensated,
    coupon,
    due,
    overdue,
    promised,
    rejected,
    undone,
    unwaived,
    waived,
)
from tests.domain.sent import paid as carried
from tests.domain.taking import TAKE

JUST_IN_TIME = SECOND - timedelta(microseconds=1)


def open_now(trade: Trade, at: Any) -> list[Guarantee]:
    """Which promises can be claimed, as the order is found at an instant."""
    found = verdicts(facts_of(later(trade, at)), at)
    return [verdict.guarantee for verdict in found if verdict.open]


def kinds(trade: Trade) -> list[EventKind]:
    """What has happened."""
    return [event.kind for event in trade.happenings]


def refused(code: ErrorCode, trade: Trade, take: Any) -> Refusal:
    """The refusal of an act, which is of this code."""
    with pytest.raises(Refusal) as found:
        take(trade)
    assert found.value.code is code
    return found.value


# --- what it is worth -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "dollars"),
    [
        (300_00, 30),
        (300_01, 31),
        (1_000_00, 100),
        (1_000_01, 100),
        (990_00, 99),
        (990_01, 100),
        (1, 1),
        (551_23, 56),
        (93_70, 10),
        (10_000_000_00, 100),
    ],
)
def test_a_tenth_rounded_up_to_a_dollar_at_most_a_hundred(total: int, dollars: int) -> None:
    """CLM-5, section 18: 300.00 brings 30 and 300.01 brings 31; the cap is met at 1,000.00 and never passed."""
    assert compensation(total, Decimal("0.10"), 100_00) == dollars * 100


@pytest.mark.parametrize(
    ("price", "amount"), [("300.00", 30_00), ("300.01", 31_00), ("0.01", 1_00), ("1000.01", 100_00)]
)
def test_a_claim_is_worth_what_the_agreed_total_says(price: str, amount: int) -> None:
    """CLM-5: on a real order, up to the coupon that is issued."""
    trade = compensated(one_line(price))
    assert (trade.claims[0].amount, coupon(trade).amount, coupon(trade).currency) == (amount, amount, "USD")


def test_another_currency_is_converted_first_half_up_to_the_cent() -> None:
    """CLM-5: 55,123 yen at 0.0066945607 are 369.0243, so 369.02, which brings 37; the pinned rate is kept."""
    claim = claimed(overdue(one_line("55123", "JPY"))).claims[0]
    assert (claim.total_usd, claim.rate, claim.amount) == (369_02, Decimal("0.0066945607"), 37_00)


# --- what opens it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", PROMISED)
def test_a_broken_promise_can_be_claimed_dispatched_since_or_not(state: State) -> None:
    """CLM-2, section 18: also where a part had left by the deadline, and after all of it left late."""
    trade = claimed(broken(state))
    claim = trade.claims[0]
    assert (claim.status, claim.guarantee) == (ClaimStatus.UNDER_REVIEW, Guarantee.ON_TIME_DISPATCH)
    assert claim.due_at == trade.order.overdue_at
    assert (claim.filed_at, trade.order.status) == (START, broken(state).order.status)


def test_it_opens_with_the_second_after_the_deadline() -> None:
    """CLM-2: within the last good second nothing is overdue yet."""
    trade = promised()
    assert open_now(trade, due(trade) + JUST_IN_TIME) == []
    assert open_now(trade, due(trade) + SECOND) == [Guarantee.ON_TIME_DISPATCH]


def test_an_order_without_the_guarantee_cannot_be_claimed() -> None:
    """CLM-2: overdue it is, and the seller had not joined when it was offered."""
    trade = build.paid(one_line("300.00"))
    trade = later(trade, due(trade) + SECOND)
    assert trade.order.overdue_at is not None
    failed = verdicts(facts_of(trade), START + 30 * DAY)[0].failed
    assert failed is not None
    assert failed.code == "DISPATCH_GUARANTEED"
    refused(ErrorCode.CLAIM_NOT_POSSIBLE, trade, claimed)


def test_dispatch_in_time_leaves_nothing_to_claim() -> None:
    """CLM-2: also in the last good second."""
    trade = promised()
    trade = send(trade, at=due(trade) + JUST_IN_TIME)
    assert open_now(trade, due(trade) + DAY) == []


def test_until_thirty_days_after_receipt_to_the_second() -> None:
    """CLM-2, section 18: filed within the last good second it is in time, one second later it is not."""
    trade = broken(State.COMPLETED)
    (window,) = [row for row in trade.deadlines if row.kind is DeadlineKind.CLAIM_DISPATCH_CLOSE]
    assert window.due_at == (trade.order.completed_at or START) + 30 * DAY
    assert claimed(trade, window.due_at + JUST_IN_TIME).claim
    shut = later(trade, window.due_at + SECOND)
    assert EventKind.CLAIM_WINDOW_CLOSED in kinds(shut)
    refused(ErrorCode.CLAIM_NOT_POSSIBLE, shut, lambda trade: claimed(trade, window.due_at + SECOND))


def test_one_claim_an_order_ever() -> None:
    """CLM-4: neither while it is under review, nor after it was approved or rejected."""
    trade = claimed(overdue())
    for ended in (trade, approved(trade), rejected(trade)):
        refused(ErrorCode.CLAIM_NOT_POSSIBLE, ended, claimed)


def test_filing_ends_both_windows() -> None:
    """Section 14: a window is void when a claim is filed."""
    trade = claimed(broken(State.COMPLETED))
    (window,) = [row for row in trade.deadlines if row.kind is DeadlineKind.CLAIM_DISPATCH_CLOSE]
    assert window.status is DeadlineStatus.VOID


@pytest.mark.parametrize(("length", "code"), [(4_000, None), (4_001, ErrorCode.TOO_LONG)])
def test_the_words_of_a_claim_have_a_limit(length: int, code: ErrorCode | None) -> None:
    """What a client sends is bounded."""

    def file(trade: Trade) -> Trade:
        return claims.file(trade, act(Who.BUYER), None, "x" * length)

    if code is None:
        assert file(overdue()).claims[0].text == "x" * length
    else:
        refused(code, overdue(), file)


# --- delivery ---------------------------------------------------------------------------------------------------


def undelivered(sent_late: bool = False) -> Trade:
    """A delivery-guaranteed order that is on its way, dispatched in time or late."""
    trade = carried(at=START - 40 * DAY)
    at = due(trade) + (DAY if sent_late else -DAY)
    return send(later(trade, at), at=at)


def test_a_late_delivery_can_be_claimed_for_thirty_days_after_the_promise_to_the_second() -> None:
    """CLM-3, section 18: from the end of the promised date, delivered since or not."""
    trade = undelivered()
    promise = trade.order.promised_at
    assert promise is not None
    close = promise + 30 * DAY
    trade = report(trade, TrackingKind.DELIVERED, promise + 2 * DAY)
    assert open_now(undelivered(), promise + JUST_IN_TIME) == []
    assert open_now(trade, promise + 2 * DAY) == [Guarantee.ON_TIME_DELIVERY]
    assert open_now(trade, close + JUST_IN_TIME) == [Guarantee.ON_TIME_DELIVERY]
    assert open_now(trade, close + SECOND) == []


@pytest.mark.parametrize(("late", "bearer"), [(False, Liability.PLATFORM), (True, Liability.SELLER)])
def test_who_bears_a_late_delivery(late: bool, bearer: Liability) -> None:
    """CLM-7, section 18: the platform if the goods left in time, the seller if they left late."""
    trade = undelivered(late)
    at = (trade.order.promised_at or START) + SECOND
    trade = approved(claimed(later(trade, at), at, Guarantee.ON_TIME_DELIVERY), at)
    assert (trade.claims[0].liability, coupon(trade).liability) == (bearer, bearer)


def test_a_promise_that_passes_with_nothing_sent_is_the_seller_s_to_bear() -> None:
    """CLM-7, section 18: not dispatched at all is as good as dispatched late."""
    trade = carried(at=START - 40 * DAY)
    at = (trade.order.promised_at or START) + SECOND
    trade = approved(claimed(later(trade, at), at, Guarantee.ON_TIME_DELIVERY), at)
    assert trade.claims[0].liability is Liability.SELLER


def test_an_amendment_after_the_filing_does_not_move_who_bears_it() -> None:
    """CLM-6, CLM-7: judged on the term in force when it was filed, though the overdue flag is gone by the decision."""
    trade = carried(at=START - 40 * DAY)
    at = (trade.order.promised_at or START) + SECOND
    trade = claimed(later(trade, at), at, Guarantee.ON_TIME_DELIVERY)
    trade = answer(propose(trade, at, dispatch_days=60), at)
    assert trade.order.overdue_at is None
    trade = send(trade, at=at + HOUR)
    assert implied(trade.order, trade.claims[0], None).liability is Liability.SELLER
    assert approved(trade, at + DAY).claims[0].liability is Liability.SELLER


def test_tracking_that_proves_delivery_in_time_implies_rejection() -> None:
    """DLV-5, CLM-6: a claim under review is judged on the facts at the decision; an approved one stands."""
    trade = undelivered()
    promise = trade.order.promised_at or START
    at = promise + SECOND
    trade = claimed(later(trade, at), at)
    assert not implied(trade.order, trade.claims[0], None).conclusive
    proven = report(trade, TrackingKind.DELIVERED, promise)
    assert implied(proven.order, proven.claims[0], None).rejection is ClaimRejection.NOT_DUE
    stands = report(approved(trade, at), TrackingKind.DELIVERED, promise)
    assert stands.claims[0].status is ClaimStatus.APPROVED


# --- the oracle -------------------------------------------------------------------------------------------------


def test_a_forecast_names_the_second_at_which_the_answer_changes() -> None:
    """CLM-9: one second before it the answer is the old one, and at it the new one; after the last there is none."""
    for trade in (promised(), broken(State.DISPATCHED), broken(State.COMPLETED), undelivered(), undelivered(True)):
        now, steps = START, 0
        while (at := changes_at(facts_of(later(trade, now)), now)) is not None:
            before = open_now(trade, now)
            assert at > now
            assert open_now(trade, at - timedelta(microseconds=1)) == before != open_now(trade, at)
            now, steps = at, steps + 1
        assert steps in (1, 2, 3)
        assert open_now(trade, now) == open_now(trade, now + 400 * DAY)


def test_a_forecast_sees_through_the_automatic_receipt() -> None:
    """CLM-9: nobody confirms, time receives the goods, and thirty days later nothing can be claimed any more."""
    trade = broken(State.DISPATCHED)
    (received,) = [row.due_at for row in trade.deadlines if row.kind is DeadlineKind.AUTO_RECEIPT]
    assert changes_at(facts_of(trade), START) == received + SECOND + 30 * DAY + SECOND
    assert received + SECOND == later(trade, received + SECOND).order.completed_at


def test_an_order_not_swept_is_judged_as_if_it_were() -> None:
    """Section 16: what has run out counts, whether or not somebody has settled it."""
    trade = broken(State.DISPATCHED)
    at = START + 200 * DAY
    assert [v.open for v in verdicts(facts_of(trade), at)] == [v.open for v in verdicts(facts_of(later(trade, at)), at)]


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (build.paid, "DISPATCH_GUARANTEED"),
        (promised, "DISPATCH_OVERDUE"),
        (lambda: later(broken(State.COMPLETED), START + 31 * DAY), "WINDOW_OPEN"),
        (lambda: disputing.refunded(overdue()), "ORDER_OPEN"),
        (lambda: claimed(overdue()), "NO_CLAIM_YET"),
        (lambda: waived(overdue(), compensate=False), "NOT_WAIVED"),
    ],
)
def test_each_condition_says_what_fails(make: Any, code: str) -> None:
    """CLM-9: the first condition that is not met, by its code."""
    trade = make()
    at = START + 31 * DAY if code == "WINDOW_OPEN" else START
    failed = verdicts(facts_of(trade), at)[0].failed
    assert failed is not None
    assert failed.code == code


# --- the decision -----------------------------------------------------------------------------------------------


def test_approval_issues_the_coupon_and_fixes_who_bears_it() -> None:
    """CLM-6, CLM-7: a dispatch claim is the seller's to bear."""
    trade = approved(claimed(overdue()))
    claim, issued = trade.claims[0], coupon(trade)
    assert (claim.status, claim.liability, claim.coupon_id) == (ClaimStatus.APPROVED, Liability.SELLER, issued.id)
    assert (issued.status, issued.amount, issued.buyer_id) == (CouponStatus.AVAILABLE, 30_00, build.BUYER_ID)
    assert kinds(trade)[-1] is EventKind.CLAIM_APPROVED


@pytest.mark.parametrize("why", [why for why in ClaimRejection if why is not ClaimRejection.ORDER_REFUNDED])
def test_rejection_says_why_and_issues_nothing(why: ClaimRejection) -> None:
    """CLM-6: with a code and a reason."""
    trade = rejected(claimed(overdue()), why)
    assert (trade.claims[0].status, trade.claims[0].rejection, trade.coupons) == (ClaimStatus.REJECTED, why, ())


@pytest.mark.parametrize("why", [None, ClaimRejection.ORDER_REFUNDED])
def test_a_rejection_needs_a_code_that_an_operator_may_give(why: ClaimRejection | None) -> None:
    """CLM-6, DSP-3: only the closing of the order rejects as ORDER_REFUNDED."""
    take = lambda trade: claims.decide(trade, act(Who.OPERATOR), False, why, "No.", None)  # noqa: E731
    refused(ErrorCode.REQUIRED, claimed(overdue()), take)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 1_001])
def test_a_decision_needs_a_reason(reason: str) -> None:
    """CLM-6: an operator decides with a reason, which has a limit."""
    trade = claimed(overdue())
    refused(ErrorCode.REQUIRED, trade, lambda t: claims.decide(t, act(Who.OPERATOR), True, None, reason, None))
    refused(ErrorCode.REQUIRED, approved(trade), lambda t: claims.undo_decision(t, act(Who.OPERATOR), reason))


def test_a_decision_can_be_taken_back_while_its_coupon_was_not_applied() -> None:
    """CLM-6, section 0: its coupon is revoked with it, and the claim can be decided anew, with a coupon of its own."""
    trade = undone(compensated())
    first = trade.coupons[0]
    assert (trade.claims[0].status, trade.claims[0].coupon_id, first.status) == (
        ClaimStatus.UNDER_REVIEW,
        None,
        CouponStatus.REVOKED,
    )
    again = approved(trade)
    assert coupon(again).id != first.id
    assert rejected(trade).claims[0].status is ClaimStatus.REJECTED


def test_a_decision_stands_once_its_coupon_was_applied() -> None:
    """CLM-6: applied, used or expired, its coupon was good for something, so what was decided stands."""
    trade = compensated()
    for status in (CouponStatus.RESERVED, CouponStatus.USED, CouponStatus.EXPIRED):
        applied = trade.put("coupons", replace(coupon(trade), status=status))
        refused(ErrorCode.CLAIM_NOT_DECIDED, applied, undone)


def test_conclusive_cases_decide_themselves_where_policy_says_so() -> None:
    """CLM-6: a late dispatch needs no operator; goods of which nobody knows whether they arrived do."""
    policy = replace(build.POLICY, conclusive_claims=True)
    trade = claimed(overdue(policy=policy))
    assert (trade.claims[0].status, trade.claims[0].decided_by) == (ClaimStatus.APPROVED, None)
    assert trade.happenings[-1].by is By.TIME
    open_case = replace(undelivered(), policy=policy)
    at = (open_case.order.promised_at or START) + SECOND
    assert claimed(later(open_case, at), at).claims[0].status is ClaimStatus.UNDER_REVIEW


def test_a_dispute_that_closes_the_order_rejects_the_claim_under_review() -> None:
    """DSP-3, section 18: as ORDER_REFUNDED; one approved before stands."""
    closed = disputing.refunded(claimed(overdue()))
    assert closed.order.status is Status.CLOSED
    assert (closed.claims[0].status, closed.claims[0].rejection) == (
        ClaimStatus.REJECTED,
        ClaimRejection.ORDER_REFUNDED,
    )
    assert disputing.refunded(compensated()).claims[0].status is ClaimStatus.APPROVED
    refused(ErrorCode.STEP_NOT_ALLOWED, disputing.refunded(overdue()), claimed)


def test_claims_and_disputes_are_otherwise_independent() -> None:
    """CLM-4: a partial refund leaves the claim under review, and a claim can be filed while a dispute is open."""
    trade = disputing.decided(disputing.escalated(disputing.asked(claimed(overdue()))), disputing.ASKED)
    assert trade.claims[0].status is ClaimStatus.UNDER_REVIEW
    assert claimed(disputing.asked(overdue())).dispute is not None


# --- amendments -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [True, False])
def test_an_amendment_confirmed_after_the_deadline_clears_what_it_opened(before: bool) -> None:
    """ORD-10, section 18: proposed before or after the deadline, without a claim the window closes with the flag."""
    trade = promised()
    ahead, at = due(trade) - HOUR, due(trade) + HOUR
    trade = propose(trade, ahead) if before else propose(later(trade, at), at)
    trade = answer(later(trade, at), at)
    assert trade.order.overdue_at is None
    refused(ErrorCode.CLAIM_NOT_POSSIBLE, trade, lambda t: claimed(t, at))


@pytest.mark.parametrize("before", [True, False])
def test_a_claim_filed_before_the_amendment_is_confirmed_stands(before: bool) -> None:
    """ORD-10, CLM-6, section 18: it is judged on the term in force when it was filed, and so due."""
    trade = promised()
    old, at = due(trade), due(trade) + HOUR
    trade = propose(trade, old - HOUR) if before else propose(later(trade, at), at)
    trade = answer(claimed(later(trade, at), at), at)
    claim = trade.claims[0]
    assert (claim.due_at, trade.order.overdue_at) == (old, None)
    assert implied(trade.order, claim, None).rejection is None
    sent = send(trade, at=at + HOUR)
    assert implied(sent.order, claim, None).liability is Liability.SELLER


# --- waivers ----------------------------------------------------------------------------------------------------


def test_a_waiver_before_a_claim() -> None:
    """CLM-8, section 18: the buyer is compensated at the platform's expense, or cannot claim at all."""
    paid_for = approved(claimed(waived(overdue())))
    assert (paid_for.claims[0].liability, coupon(paid_for).liability) == (Liability.PLATFORM, Liability.PLATFORM)
    refused(ErrorCode.CLAIM_NOT_POSSIBLE, waived(overdue(), compensate=False), claimed)


def test_a_waiver_during_review() -> None:
    """CLM-8, section 18: without compensation nothing but a rejection is possible, until the waiver is withdrawn."""
    trade = waived(claimed(overdue()), compensate=False)
    assert implied(trade.order, trade.claims[0], trade.waiver).rejection is ClaimRejection.WAIVED
    refused(ErrorCode.WAIVER_EXISTS, trade, approved)
    assert rejected(trade, ClaimRejection.WAIVED).claims[0].rejection is ClaimRejection.WAIVED
    assert approved(unwaived(trade)).claims[0].liability is Liability.SELLER
    assert approved(waived(claimed(overdue()))).claims[0].liability is Liability.PLATFORM


@pytest.mark.parametrize("compensate", [True, False])
def test_a_waiver_after_issue_only_moves_who_bears_it(compensate: bool) -> None:
    """CLM-8, section 18: whatever it says of compensation, the buyer keeps the coupon."""
    trade = waived(compensated(), compensate)
    assert (trade.claims[0].status, trade.claims[0].liability) == (ClaimStatus.APPROVED, Liability.PLATFORM)
    assert (coupon(trade).status, coupon(trade).liability) == (CouponStatus.AVAILABLE, Liability.PLATFORM)


def test_a_waived_overdue_costs_no_points_and_costs_them_again_once_it_is_not() -> None:
    """ENR-3: the points of a seller who had not joined."""
    trade = later(build.paid(at=promising.EARLY), START)
    points = build.POLICY.penalty_points
    assert trade.order.penalty_points == points > 0
    assert waived(trade).order.penalty_points == 0
    assert unwaived(waived(trade)).order.penalty_points == points
    assert unwaived(waived(overdue())).order.penalty_points == 0


def test_a_waiver_ahead_of_the_deadline_spares_the_points() -> None:
    """ENR-3, CLM-8: waived before it was overdue."""
    trade = later(waived(build.paid(), at=START), START + 30 * DAY)
    assert (trade.order.overdue_at is not None, trade.order.penalty_points) == (True, 0)


def test_a_waiver_is_taken_back_only_while_no_claim_was_decided_under_it() -> None:
    """CLM-8: what was decided stands."""
    trade = waived(claimed(overdue()))
    assert unwaived(trade).waiver is None
    refused(ErrorCode.CLAIM_DECIDED, approved(trade), unwaived)
    refused(ErrorCode.WAIVER_EXISTS, trade, waived)


def test_who_claims_and_who_decides() -> None:
    """CLM-1, CLM-6, CLM-8: the buyer claims; nobody but an operator decides or waives."""
    for step, allowed in (
        (Step.FILE_CLAIM, Who.BUYER),
        (Step.DECIDE_CLAIM, Who.OPERATOR),
        (Step.WAIVE, Who.OPERATOR),
        (Step.UNDO_CLAIM_DECISION, Who.OPERATOR),
        (Step.WITHDRAW_WAIVER, Who.OPERATOR),
    ):
        for who in set(Who) - {allowed}:
            refused(ErrorCode.FORBIDDEN, overdue(), lambda t, step=step, who=who: TAKE[step](t, act(who)))
