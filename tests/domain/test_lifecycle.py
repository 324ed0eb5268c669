"""The lifecycle of section 16: the code's table is the book's, each cell of it works, and every refusal is one."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import fields, replace
from functools import partial
from itertools import product
from typing import Any

import pytest

from app.domain import amendments, fulfilment, orders
from app.domain.access import By
from app.domain.conditions import CONDITIONS, Condition, Facts, State, state_of
from app.domain.errors import ErrorCode, Refusal
from app.domain.lifecycle import PARTY_STEPS, TABLE, Cell, Stage, Step, Who, judge, stage_of
from app.domain.records import DispatchTerm, PaymentTerms, Status, TrackingKind
from app.domain.remedies import ClaimStatus, CouponStatus, DisputeAnswer, DisputeStatus
from app.domain.steps import facts_of
from app.domain.trade import Trade
from tests.domain import build, disputing, promising
from tests.domain.book import BOOK, OUTCOMES, differences
from tests.domain.build import act, answer, associate, at_state, pay, propose, report, send, terms, transfer
from tests.domain.shelf import placed_with
from tests.domain.taking import TAKE, ready

CELLS = [pytest.param(step, state, id=f"{step}-{state}") for step, state in product(Step, State)]
SELLERS = frozenset({Who.OWNER, Who.SALES, Who.FINANCE})


def where(trade: Trade) -> State:
    """The column of the table a trade stands in."""
    return state_of(trade.order.status, trade.order.awaiting)


# --- the table and the book -------------------------------------------------------------------------------------


def test_the_table_of_the_code_is_the_table_of_the_book() -> None:
    """Section 16: cell by cell, who may take a step, on which conditions, and where the order may be afterwards."""
    assert differences(TABLE) == []
    assert set(BOOK) == set(Step)


def test_cells_with_several_outcomes_are_explained_by_the_book() -> None:
    """Section 16: a cell that may lead to several states has a line for each that says what decides."""
    several = {
        (step, state, end)
        for step, cells in BOOK.items()
        for state, expected in cells.items()
        for end in frozenset().union(*expected.outcomes.values())
        if len(frozenset().union(*expected.outcomes.values())) > 1
    }
    assert several == set(OUTCOMES)


def flips(cell: Cell | None) -> Iterator[Cell | None]:
    """Every cell that differs from this one in one thing."""
    if cell is None:
        yield from (Cell(frozenset({who})) for who in Who)
        return
    yield None
    yield from (replace(cell, who=cell.who ^ {who}) for who in Who)
    yield from (replace(cell, when=_toggled(cell.when, condition)) for condition in CONDITIONS)
    yield from (replace(cell, to=tuple(set(cell.to) ^ {state})) for state in State)


def _toggled(conditions: tuple[Condition, ...], condition: Condition) -> tuple[Condition, ...]:
    kept = tuple(other for other in conditions if other is not condition)
    return kept if condition in conditions else (*conditions, condition)


@pytest.mark.parametrize(("step", "state"), CELLS)
def test_any_flipped_cell_is_found(step: Step, state: State) -> None:
    """Section 16: whoever changes a party, a condition or a target of a cell, or the cell itself, is found out."""
    for flipped in flips(TABLE[step].get(state)):
        cells = {**TABLE[step], state: flipped} if flipped else {s: c for s, c in TABLE[step].items() if s is not state}
        found = differences({**TABLE, step: cells})
        assert len(found) == 1, flipped
        assert found[0].startswith(f"{step} in {state}:")


# --- every cell, through the domain's functions -----------------------------------------------------------------


@pytest.mark.parametrize(("step", "state"), CELLS)
def test_a_step_works_where_the_book_allows_it_and_nowhere_else(step: Step, state: State) -> None:
    """Section 16: an allowed step leads where the book says; a refused one is a typed refusal and changes nothing."""
    expected = BOOK[step].get(state)
    for who in Who:
        trade = ready(step, state, who)
        before = deepcopy(trade)
        if expected is not None and who in expected.outcomes:
            after = TAKE[step](trade, act(who))
            assert where(after) in (expected.outcomes[who] or {state}), who
            assert after.order.version > trade.order.version, who
        else:
            with pytest.raises(Refusal) as refused:
                TAKE[step](trade, act(who))
            anywhere = any(who in cell.outcomes for cell in BOOK[step].values())
            assert refused.value.code is (ErrorCode.STEP_NOT_ALLOWED if anywhere else ErrorCode.FORBIDDEN), who
            assert refused.value.params["step"] == step
        assert trade == before, who


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize(
    ("trade", "others"), [(build.drafted(), {Who.BUYER}), (build.request_draft(), SELLERS)], ids=["seller's", "buyer's"]
)
def test_to_the_other_side_a_draft_does_not_exist(step: Step, trade: Trade, others: frozenset[Who]) -> None:
    """Section 16: in DRAFT the letters B and S mean the drafter's side only; the other is told NOT_FOUND."""
    for who in others:
        with pytest.raises(Refusal) as refused:
            TAKE[step](trade, act(who))
        assert refused.value.code is ErrorCode.NOT_FOUND


# --- outcomes that the facts decide -----------------------------------------------------------------------------


def _by_transfers(*amounts: int, **changes: Any) -> Trade:
    trade = build.confirmed(terms(**changes))
    for amount in amounts:
        trade = associate(transfer(trade, amount))
    return trade


def _amended(paid_before: int) -> Trade:
    """An order that waits for everything, of which something is in, and a proposal to wait for the deposit only."""
    trade = build.confirmed(terms(dispatch_term=DispatchTerm.DAYS_AFTER_FULL_PAYMENT))
    return propose(pay(trade, paid_before), dispatch_term=DispatchTerm.DAYS_AFTER_DEPOSIT)


DEPOSIT, TOTAL = 165_37, 551_23
REACHED: dict[tuple[Step, State, State], Callable[[], Trade]] = {
    (Step.SUBMIT, State.DRAFT, State.CONF_BUYER): lambda: orders.submit(build.drafted(), act(Who.SALES)),
    (Step.SUBMIT, State.DRAFT, State.CONF_SELLER): lambda: orders.submit(build.request_draft(), act(Who.BUYER)),
    (Step.SUBMIT, State.DRAFT, State.PAYMENT): lambda: placed_with(61_71),
    (Step.SUBMIT, State.DRAFT, State.DISPATCH): lambda: placed_with(61_72),
    (Step.REVISE, State.CONF_BUYER, State.DRAFT): lambda: orders.revise(build.submitted(), act(Who.SALES)),
    (Step.REVISE, State.CONF_BUYER, State.CONF_SELLER): lambda: orders.revise(build.answered_request(), act(Who.OWNER)),
    (Step.CONFIRM, State.CONF_BUYER, State.PAYMENT): lambda: orders.confirm(
        pay(build.submitted(), DEPOSIT - 1), act(Who.BUYER)
    ),
    (Step.CONFIRM, State.CONF_BUYER, State.DISPATCH): lambda: orders.confirm(
        pay(build.submitted(), DEPOSIT), act(Who.BUYER)
    ),
    (Step.RECORD_RECEIPT, State.PAYMENT, State.PAYMENT): lambda: pay(build.confirmed(), DEPOSIT - 1),
    (Step.RECORD_RECEIPT, State.PAYMENT, State.DISPATCH): lambda: pay(build.confirmed(), DEPOSIT),
    (Step.ASSOCIATE, State.PAYMENT, State.PAYMENT): lambda: _by_transfers(DEPOSIT - 1),
    (Step.ASSOCIATE, State.PAYMENT, State.DISPATCH): lambda: _by_transfers(DEPOSIT),
    (Step.UNDO_ASSOCIATION, State.DISPATCH, State.DISPATCH): lambda: TAKE[Step.UNDO_ASSOCIATION](
        associate(transfer(build.paid(), 100)), act(Who.OPERATOR)
    ),
    (Step.UNDO_ASSOCIATION, State.DISPATCH, State.PAYMENT): lambda: TAKE[Step.UNDO_ASSOCIATION](
        _by_transfers(DEPOSIT), act(Who.OPERATOR)
    ),
    (Step.ANSWER_AMENDMENT, State.PAYMENT, State.PAYMENT): lambda: answer(_amended(DEPOSIT), accept=False),
    (Step.ANSWER_AMENDMENT, State.PAYMENT, State.DISPATCH): lambda: answer(_amended(DEPOSIT)),
    (Step.DISPATCH, State.DISPATCH, State.PARTLY): lambda: send(build.paid(), quantity=11),
    (Step.DISPATCH, State.DISPATCH, State.DISPATCHED): lambda: send(build.paid()),
    (Step.DISPATCH, State.PARTLY, State.PARTLY): lambda: send(at_state(State.PARTLY), quantity=7),
    (Step.DISPATCH, State.PARTLY, State.DISPATCHED): lambda: send(at_state(State.PARTLY)),
}


def _answered(step: Step, state: State, full: bool) -> Trade:
    """The last word of a dispute about a part of what was paid, or about all of it."""
    trade = disputing.asked(disputing.at(state), None if full else disputing.ASKED)
    if step is Step.ANSWER_DISPUTE:
        return disputing.said(trade, Who.OWNER, DisputeAnswer.ACCEPT)
    if step is Step.DECIDE_DISPUTE:
        return disputing.decided(disputing.escalated(trade), None if full else disputing.ASKED)
    trade = disputing.offered(
        disputing.asked(disputing.at(state)), disputing.left(trade) if full else disputing.OFFERED
    )
    return disputing.said(trade, Who.BUYER, DisputeAnswer.ACCEPT)


REACHED |= {
    (step, state, State.CLOSED if full else state): partial(_answered, step, state, full)
    for step in (Step.ANSWER_DISPUTE, Step.ANSWER_OFFER, Step.DECIDE_DISPUTE)
    for state in disputing.AFTER_MONEY
    for full in (False, True)
}


@pytest.mark.parametrize("outcome", OUTCOMES, ids="-".join)
def test_what_decides_between_several_outcomes(outcome: tuple[Step, State, State]) -> None:
    """Section 16, PAY-7, ORD-5, ORD-10: each outcome the book lists is reached by the facts it names."""
    assert where(REACHED[outcome]()) is outcome[2]


def test_a_confirmed_amendment_starts_dispatch_only_when_its_money_is_in() -> None:
    """ORD-10: an amended dispatch term that names money which is still missing leaves the order waiting."""
    assert where(answer(_amended(DEPOSIT - 1))) is State.PAYMENT


# --- conditions -------------------------------------------------------------------------------------------------

FREE = Facts(State.DRAFT, By.SELLER)
OPEN_DISPUTES = tuple(status for status in DisputeStatus if status is not DisputeStatus.RESOLVED)
# Facts under which a named condition holds, and under which it does not
FACTS: Mapping[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
    "numbered": ({"numbered": True}, [{"numbered": False}]),
    "never_submitted": ({"numbered": False}, [{"numbered": True}]),
    "no_money_landed": ({"landed": False}, [{"landed": True}]),
    "something_to_pay": ({"to_pay": True}, [{"to_pay": False}]),
    "transfer_unassociated": ({"unassociated": True}, [{"unassociated": False}]),
    "transfer_associated": ({"counted": True}, [{"counted": False}]),
    "nothing_refunded": ({"counted": True, "refunded": False}, [{"counted": True, "refunded": True}]),
    "money_held": ({"held": True}, [{"held": False}]),
    "no_open_amendment": ({"amendment_open": False}, [{"amendment_open": True}]),
    "open_amendment": ({"amendment_open": True}, [{"amendment_open": False}]),
    "money_for_dispatch": ({"money_for_dispatch": True}, [{"money_for_dispatch": False}]),
    "consignment_linked": (
        {"money_for_dispatch": True, "consigned": True},
        [{"money_for_dispatch": True, "consigned": False}],
    ),
    "not_delivered": ({"delivered": False}, [{"delivered": True}]),
    "not_reviewed": ({"reviewed": False}, [{"reviewed": True}]),
    "reviewed_not_replied": ({"reviewed": True}, [{"reviewed": False}, {"reviewed": True, "replied": True}]),
    "something_to_refund": ({"refundable": True}, [{"refundable": False}]),
    "protected": ({"refundable": True, "protected": True}, [{"refundable": True, "protected": False}]),
    "no_open_dispute": (
        {"refundable": True, "dispute": None},
        [{"refundable": True, "dispute": status} for status in OPEN_DISPUTES],
    ),
    "open_dispute": ({"dispute": DisputeStatus.ESCALATED}, [{"dispute": None}]),
    "dispute_awaits_seller": (
        {"dispute": DisputeStatus.AWAITING_SELLER},
        [{"dispute": status} for status in (None, DisputeStatus.AWAITING_BUYER, DisputeStatus.ESCALATED)],
    ),
    "dispute_awaits_buyer": (
        {"dispute": DisputeStatus.AWAITING_BUYER},
        [{"dispute": status} for status in (None, DisputeStatus.AWAITING_SELLER, DisputeStatus.ESCALATED)],
    ),
    "dispute_between_sides": (
        {"dispute": DisputeStatus.AWAITING_BUYER},
        [{"dispute": status} for status in (None, DisputeStatus.ESCALATED)],
    ),
    "dispute_escalated": (
        {"dispute": DisputeStatus.ESCALATED},
        [{"dispute": status} for status in (None, DisputeStatus.AWAITING_SELLER, DisputeStatus.AWAITING_BUYER)],
    ),
    "dispute_rejected": ({"dispute_rejected": True}, [{"dispute_rejected": False}]),
    "claim_open": ({"claim_open": True}, [{"claim_open": False}]),
    "claim_under_review": (
        {"claim": ClaimStatus.UNDER_REVIEW},
        [{"claim": status} for status in (None, ClaimStatus.APPROVED, ClaimStatus.REJECTED)],
    ),
    "claim_approved": (
        {"claim": ClaimStatus.APPROVED},
        [{"claim": status} for status in (None, ClaimStatus.UNDER_REVIEW, ClaimStatus.REJECTED)],
    ),
    "claim_undoable": (
        {"claim": ClaimStatus.REJECTED},
        [
            {"claim": None},
            {"claim": ClaimStatus.UNDER_REVIEW},
            {"claim": ClaimStatus.APPROVED, "coupon_untouched": False},
        ],
    ),
    "claim_not_decided": (
        {"waived": True},
        [{"waived": True, "claim": status} for status in (ClaimStatus.APPROVED, ClaimStatus.REJECTED)],
    ),
    "not_waived": ({"waived": False, "claim": ClaimStatus.APPROVED}, [{"waived": True}]),
    "waived": ({"waived": True}, [{"waived": False}]),
}
CONDITIONED = [
    pytest.param(step, state, condition, id=f"{step}-{state}-{condition.name}")
    for step, cells in TABLE.items()
    for state, cell in cells.items()
    for condition in cell.when
]


def test_every_named_condition_is_tried() -> None:
    """Section 16: no condition is without its facts here, and each is used by some cell."""
    assert {condition.name for condition in CONDITIONS} == set(FACTS)
    assert {condition for cells in BOOK.values() for cell in cells.values() for condition in cell.when} == set(FACTS)


@pytest.mark.parametrize(("step", "state", "condition"), CONDITIONED)
def test_a_condition_decides_its_cell(step: Step, state: State, condition: Condition) -> None:
    """Section 16: with the condition true the step is open to the cell's parties, with it false it is refused so."""
    holds, fails = FACTS[condition.name]
    for who in TABLE[step][state].who:
        drafter = By.BUYER if who is Who.BUYER else By.SELLER
        here = replace(FREE, state=state, drafted_by=drafter)
        assert judge(step, replace(here, **holds), who) is None
        for facts in fails:
            refusal = judge(step, replace(here, **facts), who)
            assert refusal is not None
            assert refusal.code is condition.code
            assert refusal.params == {"step": step, "condition": condition.name}


def _fully_paid(state: State) -> Trade:
    trade = at_state(state)
    return pay(trade, TOTAL - DEPOSIT)


def _delivered(state: State) -> Trade:
    return report(at_state(state), TrackingKind.DELIVERED)


def _reviewed(replies: int) -> Trade:
    trade = TAKE[Step.REVIEW](build.completed(), act(Who.BUYER))
    return TAKE[Step.REPLY](trade, act(Who.OWNER)) if replies else trade


AFTER_PAYMENT = (State.DISPATCH, State.PARTLY, State.DISPATCHED, State.COMPLETED)
UNDER_AMENDMENT = (State.PAYMENT, State.DISPATCH, State.PARTLY)


def _refunded(trade: Trade) -> Trade:
    return disputing.said(disputing.asked(trade, 1), Who.OWNER, DisputeAnswer.ACCEPT)


def _offered(trade: Trade) -> Trade:
    return disputing.offered(disputing.asked(trade))


def _escalated(trade: Trade) -> Trade:
    return disputing.escalated(disputing.asked(trade))


# Disputes in which it is not theirs to speak: step, condition, who asks, what becomes of the order
DISPUTED: list[tuple[Step, str, Who, Callable[[Trade], Trade]]] = [
    (Step.OPEN_DISPUTE, "no_open_dispute", Who.BUYER, disputing.asked),
    (Step.OPEN_DISPUTE, "no_open_dispute", Who.BUYER, _offered),
    (Step.OPEN_DISPUTE, "no_open_dispute", Who.BUYER, _escalated),
    (Step.ANSWER_DISPUTE, "dispute_awaits_seller", Who.SALES, lambda trade: trade),
    (Step.ANSWER_DISPUTE, "dispute_awaits_seller", Who.SALES, _offered),
    (
        Step.ANSWER_DISPUTE,
        "dispute_awaits_seller",
        Who.SALES,
        _escalated,
    ),
    (Step.ANSWER_OFFER, "dispute_awaits_buyer", Who.BUYER, disputing.asked),
    (Step.ANSWER_OFFER, "dispute_awaits_buyer", Who.BUYER, _escalated),
    (Step.WITHDRAW_DISPUTE, "open_dispute", Who.BUYER, lambda trade: trade),
    (Step.WITHDRAW_DISPUTE, "open_dispute", Who.BUYER, disputing.rejected),
    *(
        (Step.ESCALATE_DISPUTE, "dispute_between_sides", who, make)
        for who in (Who.BUYER, Who.OWNER, Who.TIME)
        for make in (disputing.rejected, _escalated)
    ),
    (Step.DECIDE_DISPUTE, "dispute_escalated", Who.OPERATOR, disputing.asked),
    (Step.DECIDE_DISPUTE, "dispute_escalated", Who.OPERATOR, _offered),
    (Step.REOPEN_DISPUTE, "dispute_rejected", Who.OPERATOR, lambda trade: disputing.withdrawn(disputing.asked(trade))),
    (Step.REOPEN_DISPUTE, "dispute_rejected", Who.OPERATOR, lambda trade: disputing.asked(disputing.rejected(trade))),
]


def _applied(trade: Trade) -> Trade:
    """The order whose claim was approved, and whose coupon stands on another order by now."""
    applied = replace(promising.coupon(trade), status=CouponStatus.RESERVED)
    return trade.put("coupons", applied)


def _approved(trade: Trade) -> Trade:
    return promising.approved(promising.claimed(trade))


# Overdue orders on which it is not the time: step, condition, who asks, what becomes of the order
BROKEN: list[tuple[Step, str, Who, Callable[[Trade], Trade]]] = [
    (Step.FILE_CLAIM, "claim_open", Who.BUYER, promising.claimed),
    (Step.FILE_CLAIM, "claim_open", Who.BUYER, lambda trade: promising.waived(trade, compensate=False)),
    (Step.DECIDE_CLAIM, "claim_under_review", Who.OPERATOR, lambda trade: trade),
    (Step.DECIDE_CLAIM, "claim_under_review", Who.OPERATOR, _approved),
    (Step.UNDO_CLAIM_DECISION, "claim_undoable", Who.OPERATOR, promising.claimed),
    (Step.UNDO_CLAIM_DECISION, "claim_undoable", Who.OPERATOR, lambda trade: _applied(_approved(trade))),
    (Step.WAIVE, "not_waived", Who.OPERATOR, promising.waived),
    (Step.WAIVE, "claim_approved", Who.OPERATOR, lambda trade: disputing.refunded(promising.claimed(trade))),
    (Step.WITHDRAW_WAIVER, "waived", Who.OPERATOR, lambda trade: promising.unwaived(promising.waived(trade))),
    (Step.WITHDRAW_WAIVER, "claim_not_decided", Who.OPERATOR, lambda trade: promising.waived(_approved(trade))),
]
# Real orders on which a condition is false: step, condition, who asks, the order
FALSE: list[tuple[Step, str, Who, Callable[[], Trade]]] = [
    (Step.RECORD_RECEIPT, "numbered", Who.PROVIDER, build.drafted),
    (Step.RECORD_TRANSFER, "numbered", Who.OPERATOR, build.drafted),
    (Step.DELETE, "never_submitted", Who.OWNER, lambda: orders.revise(build.submitted(), act(Who.OWNER))),
    (Step.DELETE, "never_submitted", Who.BUYER, lambda: orders.revise(build.requested(), act(Who.BUYER))),
    (Step.CANCEL, "no_money_landed", Who.BUYER, lambda: pay(build.confirmed(), 1)),
    (Step.CANCEL, "no_money_landed", Who.SALES, lambda: transfer(build.confirmed(), 1)),
    (Step.CANCEL, "no_money_landed", Who.BUYER, lambda: pay(build.confirmed(), 1, currency="CHF")),
    *(
        (Step.START_PAYMENT, "something_to_pay", Who.BUYER, lambda state=state: _fully_paid(state))
        for state in AFTER_PAYMENT
    ),
    *(
        (Step.ASSOCIATE, "transfer_unassociated", Who.FINANCE, lambda state=state: at_state(state))
        for state in (State.PAYMENT, *AFTER_PAYMENT)
    ),
    (Step.UNDO_ASSOCIATION, "transfer_associated", Who.OPERATOR, build.paid),
    (Step.UNDO_ASSOCIATION, "nothing_refunded", Who.OPERATOR, lambda: _refunded(_by_transfers(DEPOSIT))),
    (Step.UNDO_ASSOCIATION, "nothing_refunded", Who.OPERATOR, lambda: _refunded(_by_transfers(DEPOSIT - 1))),
    (Step.UNDO_ASSOCIATION, "transfer_associated", Who.OPERATOR, lambda: transfer(build.confirmed(), 100)),
    *((Step.REFUND_HELD, "money_held", Who.OPERATOR, lambda state=state: at_state(state)) for state in State),
    *(
        (Step.PROPOSE_AMENDMENT, "no_open_amendment", Who.SALES, lambda state=state: propose(at_state(state)))
        for state in UNDER_AMENDMENT
    ),
    *(
        (step, "open_amendment", who, lambda state=state: at_state(state))
        for state in UNDER_AMENDMENT
        for step, who in ((Step.WITHDRAW_AMENDMENT, Who.OWNER), (Step.ANSWER_AMENDMENT, Who.BUYER))
    ),
    (Step.ANSWER_AMENDMENT, "open_amendment", Who.BUYER, lambda: answer(propose(build.paid()), accept=False)),
    (Step.CORRECT_SHIPMENT, "not_delivered", Who.SALES, lambda: _delivered(State.PARTLY)),
    (Step.CORRECT_SHIPMENT, "not_delivered", Who.SALES, lambda: _delivered(State.DISPATCHED)),
    (Step.REVIEW, "not_reviewed", Who.BUYER, lambda: _reviewed(0)),
    (Step.REPLY, "reviewed_not_replied", Who.OWNER, build.completed),
    (Step.REPLY, "reviewed_not_replied", Who.OWNER, lambda: _reviewed(1)),
    (Step.OPEN_DISPUTE, "something_to_refund", Who.BUYER, build.confirmed),
    (Step.OPEN_DISPUTE, "something_to_refund", Who.BUYER, lambda: transfer(build.confirmed(), 100)),
    (Step.OPEN_DISPUTE, "something_to_refund", Who.BUYER, lambda: pay(build.confirmed(), 100, currency="CHF")),
    (Step.OPEN_DISPUTE, "protected", Who.BUYER, lambda: build.later(build.completed(), build.START + 31 * build.DAY)),
    (Step.CONFIRM_RECEIPT, "no_open_dispute", Who.BUYER, lambda: disputing.asked(build.dispatched())),
    *((step, condition, who, lambda make=make: make(build.paid())) for step, condition, who, make in DISPUTED),
    *((step, condition, who, lambda make=make: make(promising.overdue())) for step, condition, who, make in BROKEN),
    (Step.FILE_CLAIM, "claim_open", Who.BUYER, build.paid),
    (Step.FILE_CLAIM, "claim_open", Who.BUYER, promising.promised),
]


@pytest.mark.parametrize(("step", "condition", "who", "make"), FALSE)
def test_a_false_condition_refuses_a_real_order(
    step: Step, condition: str, who: Who, make: Callable[[], Trade]
) -> None:
    """Section 16, ORD-10, ORD-11, SHP-6: where its condition does not hold a step is refused for that, unchanged."""
    trade = make()
    before = deepcopy(trade)
    with pytest.raises(Refusal) as refused:
        TAKE[step](trade, act(who))
    assert refused.value.params["condition"] == condition
    assert trade == before


# --- who may, and where ----------------------------------------------------------------------------------------


def refused(step: Step, state: State, who: Who) -> ErrorCode | None:
    """Why somebody cannot take a step in a state, or None when they can."""
    try:
        TAKE[step](ready(step, state, who), act(who))
    except Refusal as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize("step", [Step.RECORD_RECEIPT, Step.RECORD_TRANSFER])
@pytest.mark.parametrize("state", [state for state in State if state is not State.DRAFT])
def test_nobody_but_provider_and_operator_records_money(step: Step, state: State) -> None:
    """PAY-3: neither buyer nor seller has any way to make a receipt, whatever state the order is in."""
    for who in (Who.BUYER, Who.OWNER, Who.SALES, Who.FINANCE):
        assert refused(step, state, who) is ErrorCode.FORBIDDEN
    for who in (Who.PROVIDER, Who.OPERATOR):
        assert refused(step, state, who) is None


@pytest.mark.parametrize("state", (State.PAYMENT, *AFTER_PAYMENT))
def test_who_associates(state: State) -> None:
    """PAY-7: the seller's owner or finance, or an operator, and neither sales nor the buyer."""
    allowed = {who for who in Who if refused(Step.ASSOCIATE, state, who) is None}
    assert allowed == {Who.OWNER, Who.FINANCE, Who.OPERATOR}


def test_an_association_stands_once_goods_have_left() -> None:
    """PAY-7: an operator may undo it until something was dispatched, and then nobody may."""
    trade = _by_transfers(DEPOSIT)
    assert TAKE[Step.UNDO_ASSOCIATION](trade, act(Who.OPERATOR))
    for sent in (send(trade, 5), send(trade), fulfilment.confirm_receipt(send(trade), act(Who.BUYER))):
        with pytest.raises(Refusal) as found:
            TAKE[Step.UNDO_ASSOCIATION](sent, act(Who.OPERATOR))
        assert found.value.code is ErrorCode.STEP_NOT_ALLOWED


def test_an_amendment_needs_something_left_to_dispatch() -> None:
    """ORD-10: the seller proposes as long as something is left to dispatch, and not before agreement either."""
    open_in = {state for state in State if refused(Step.PROPOSE_AMENDMENT, state, Who.OWNER) is None}
    assert open_in == set(UNDER_AMENDMENT)


def test_receipt_needs_everything_dispatched() -> None:
    """SHP-6: the buyer confirms receipt when everything is dispatched, and not before."""
    open_in = {state for state in State if refused(Step.CONFIRM_RECEIPT, state, Who.BUYER) is None}
    assert open_in == {State.DISPATCHED}


def test_a_dispatched_order_never_lacks_the_money_for_it() -> None:
    """PAY-7, ORD-10: nothing takes away the money a waiting dispatch rests on, so the order is refused no dispatch."""
    trade = TAKE[Step.UNDO_ASSOCIATION](_by_transfers(DEPOSIT), act(Who.OPERATOR))
    assert where(trade) is State.PAYMENT
    with pytest.raises(Refusal) as refused:
        amendments.amended(build.paid(), act(Who.OWNER), {"dispatch_term": DispatchTerm.DAYS_AFTER_FULL_PAYMENT})
    assert refused.value.code is ErrorCode.MONEY_MISSING
    assert all(facts_of(at_state(state), build.START).money_for_dispatch for state in AFTER_PAYMENT)


# --- where an order can be, and what is shown of it -------------------------------------------------------------


def test_every_status_is_reached_by_the_domain_itself() -> None:
    """Section 16: each of the nine columns has an order that real steps brought there."""
    assert {where(at_state(state)) for state in State} == set(State)
    assert {at_state(state).order.status for state in State} == set(Status)


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        (Status.DRAFT, Stage.CONTRACT),
        (Status.PENDING_CONFIRMATION, Stage.CONTRACT),
        (Status.PENDING_PAYMENT, Stage.PAYMENT),
        (Status.PENDING_DISPATCH, Stage.SHIPMENT),
        (Status.PARTIALLY_DISPATCHED, Stage.SHIPMENT),
        (Status.DISPATCHED, Stage.RECEIVING),
        (Status.COMPLETED, Stage.REVIEWS),
    ],
)
def test_stages(status: Status, stage: Stage) -> None:
    """ORD-9: each status has its stage, and a closed order keeps the one it was closed in."""
    assert stage_of(status, None) is stage
    assert stage_of(Status.CLOSED, status) is stage


def test_closing_keeps_the_stage() -> None:
    """ORD-9: an order declined before agreement stays in Contract, one cancelled after it in Payment."""
    declined = orders.decline(build.submitted(), act(Who.BUYER), "Too dear.").order
    cancelled = at_state(State.CLOSED).order
    assert stage_of(declined.status, declined.closed_in) is Stage.CONTRACT
    assert stage_of(cancelled.status, cancelled.closed_in) is Stage.PAYMENT


def test_what_parties_can_do_is_what_has_a_party_in_the_book() -> None:
    """Section 16: `availableActions` offers the steps of parties and operators; only time's are left out."""
    parties = set(Who) - {Who.PROVIDER, Who.TRACKING, Who.TIME}
    expected = {step for step, cells in BOOK.items() if any(parties & set(cell.outcomes) for cell in cells.values())}
    assert set(PARTY_STEPS) == expected
    assert set(Step) - expected == {
        Step.RECEIVE_AUTOMATICALLY,
        Step.RAISE_OVERDUE,
        Step.RAISE_DELIVERY_OVERDUE,
        Step.CANCEL_UNPAID,
    }


@pytest.mark.parametrize("sent", [None, 5])
def test_a_single_payment_needs_all_of_it_before_dispatch(sent: int | None) -> None:
    """ORD-4, ORD-5: with one instalment the deposit's term waits for all of it."""
    waiting = build.confirmed(terms(payment_terms=PaymentTerms.FULL, deposit=None))
    assert where(pay(waiting, TOTAL - 1)) is State.PAYMENT
    in_full = pay(waiting)
    assert where(in_full) is State.DISPATCH
    assert where(send(in_full, sent)) is (State.DISPATCHED if sent is None else State.PARTLY)


def test_receipt_needs_no_open_balance_settled() -> None:
    """PAY-8, SHP-6: the balance may still be open when the goods arrive, and can be paid afterwards."""
    trade = fulfilment.confirm_receipt(build.dispatched(), act(Who.BUYER))
    assert trade.order.received == trade.order.released == DEPOSIT
    assert pay(trade).order.released == TOTAL


@pytest.mark.parametrize("state", State)
def test_every_fact_of_a_trade_is_found(state: State) -> None:
    """Whatever a condition may come to ask, a trade in any state has an answer of its kind."""
    facts, free = facts_of(at_state(state), build.START), Facts(state, By.SELLER)
    assert facts.state is state
    for field in fields(Facts):
        found, kind = getattr(facts, field.name), type(getattr(free, field.name))
        assert found is None or kind is type(None) or isinstance(found, kind), field.name
