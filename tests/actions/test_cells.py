"""Every cell of the lifecycle (section 16) on the real database: allowed ones through their action, refused ones typed.

What the tables of the domain's own tests show of functions is shown here of what is written and left unwritten.
"""

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

import pytest

from app.domain.access import By
from app.domain.conditions import State
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.ledger import EntryKind
from app.domain.lifecycle import Step, Who
from tests.actions.looking import entry_kinds, look
from tests.actions.taking import REACH, TAKE, call_of, ready, request_draft
from tests.domain.book import BOOK
from tests.market import Market, event_rows

STEPS = [step for step in Step if step in TAKE]
SELLERS = frozenset({Who.OWNER, Who.SALES, Who.FINANCE})
SOURCES = frozenset({Who.PROVIDER, Who.TRACKING, Who.TIME})
Way = Callable[[Market], Awaitable[UUID]]


def test_only_the_steps_of_time_have_no_action() -> None:
    """Section 16: whatever else somebody can do is done through an action here."""
    assert set(Step) - set(STEPS) == {
        Step.RECEIVE_AUTOMATICALLY,
        Step.RAISE_OVERDUE,
        Step.RAISE_DELIVERY_OVERDUE,
        Step.CANCEL_UNPAID,
    }


# --- allowed cells ----------------------------------------------------------------------------------------------

# The events and the ledger's entries each step leaves on the orders that `ready` makes; where only their end is
# fixed (deposit or not, first money or not) the state adds to them
TOLD: Mapping[Step, EventKind] = {
    Step.EDIT: EventKind.ORDER_EDITED,
    Step.MATCH_BUYER: EventKind.BUYER_MATCHED,
    Step.DELETE: EventKind.DRAFT_DELETED,
    Step.SUBMIT: EventKind.ORDER_SUBMITTED,
    Step.REVISE: EventKind.ORDER_REVISED,
    Step.CONFIRM: EventKind.ORDER_CONFIRMED,
    Step.CANCEL: EventKind.ORDER_CANCELLED,
    Step.DECLINE: EventKind.ORDER_DECLINED,
    Step.START_PAYMENT: EventKind.PAYMENT_STARTED,
    Step.RECORD_RECEIPT: EventKind.RECEIPT_RECORDED,
    Step.RECORD_TRANSFER: EventKind.TRANSFER_LANDED,
    Step.ASSOCIATE: EventKind.FUNDS_ASSOCIATED,
    Step.UNDO_ASSOCIATION: EventKind.ASSOCIATION_UNDONE,
    Step.REFUND_HELD: EventKind.HELD_REFUNDED,
    Step.PROPOSE_AMENDMENT: EventKind.AMENDMENT_PROPOSED,
    Step.WITHDRAW_AMENDMENT: EventKind.AMENDMENT_WITHDRAWN,
    Step.ANSWER_AMENDMENT: EventKind.AMENDMENT_CONFIRMED,
    Step.ADD_MILESTONE: EventKind.MILESTONE_ADDED,
    Step.DISPATCH: EventKind.GOODS_DISPATCHED,
    Step.CORRECT_SHIPMENT: EventKind.SHIPMENT_CORRECTED,
    Step.RECORD_TRACKING: EventKind.TRACKING_RECORDED,
    Step.CONFIRM_RECEIPT: EventKind.RECEIPT_CONFIRMED,
    Step.FILE_CLAIM: EventKind.CLAIM_FILED,
    Step.DECIDE_CLAIM: EventKind.CLAIM_APPROVED,
    Step.UNDO_CLAIM_DECISION: EventKind.CLAIM_DECISION_UNDONE,
    Step.WAIVE: EventKind.WAIVER_GRANTED,
    Step.CORRECT_LEDGER: EventKind.LEDGER_CORRECTED,
    Step.WITHDRAW_WAIVER: EventKind.WAIVER_WITHDRAWN,
    Step.OPEN_DISPUTE: EventKind.DISPUTE_OPENED,
    Step.ANSWER_DISPUTE: EventKind.DISPUTE_ANSWERED,
    Step.ANSWER_OFFER: EventKind.DISPUTE_ANSWERED,
    Step.WITHDRAW_DISPUTE: EventKind.DISPUTE_RESOLVED,
    Step.ESCALATE_DISPUTE: EventKind.DISPUTE_ESCALATED,
    Step.DECIDE_DISPUTE: EventKind.DISPUTE_RESOLVED,
    Step.REOPEN_DISPUTE: EventKind.DISPUTE_REOPENED,
    Step.REVIEW: EventKind.REVIEWED,
    Step.REPLY: EventKind.REVIEW_REPLIED,
    Step.ASSIGN: EventKind.SALESPERSON_ASSIGNED,
    Step.LABEL: EventKind.LABELS_CHANGED,
    Step.SET_LEAD_SOURCE: EventKind.LEAD_SOURCE_SET,
    Step.NOTE: EventKind.NOTE_ADDED,
    Step.LINK_CONSIGNMENT: EventKind.CONSIGNMENT_LINKED,
    Step.ATTACH_PROOF: EventKind.ATTACHMENT_ADDED,
    Step.ATTACH_EVIDENCE: EventKind.ATTACHMENT_ADDED,
}
OPEN = frozenset({State.PAYMENT, State.DISPATCH, State.PARTLY, State.DISPATCHED, State.COMPLETED})


def told(step: Step, who: Who, state: State) -> EventKind:
    """The event that a step is told by."""
    if step is Step.SET_REFERENCE:
        return EventKind.BUYER_REFERENCE_SET if who is Who.BUYER else EventKind.SELLER_REFERENCE_SET
    if step is Step.RECORD_TRANSFER and state not in OPEN:
        return EventKind.RECEIPT_RECORDED
    return TOLD[step]


def posted(step: Step, state: State) -> list[EntryKind]:
    """The entries a step adds to the ledger; money that comes after receipt is released at once (section 15)."""
    if step is Step.REFUND_HELD:
        return [EntryKind.HELD_REFUNDED]
    if step is Step.UNDO_ASSOCIATION:
        return [EntryKind.ASSOCIATION_UNDONE]
    if step is Step.CONFIRM_RECEIPT:
        return [EntryKind.RELEASE, EntryKind.FEE]
    if step in (Step.RECORD_RECEIPT, Step.RECORD_TRANSFER) and state not in OPEN:
        return [EntryKind.RECEIPT_HELD]
    released = [EntryKind.RELEASE] if state is State.COMPLETED else []
    return {
        Step.RECORD_RECEIPT: [EntryKind.RECEIPT_COUNTED, *released],
        Step.RECORD_TRANSFER: [EntryKind.TRANSFER_LANDED],
        Step.ASSOCIATE: [EntryKind.TRANSFER_ASSOCIATED, *released],
        Step.ANSWER_OFFER: [EntryKind.REFUND],
        Step.CORRECT_LEDGER: [EntryKind.CORRECTION],
    }.get(step, [])


ALLOWED = [
    pytest.param(step, state, who, id=f"{step}-{state}-{who}")
    for step in STEPS
    for state, expected in BOOK[step].items()
    for who in sorted(expected.outcomes)
]


@pytest.mark.parametrize(("step", "state", "who"), ALLOWED)
async def test_an_allowed_step_is_written(market: Market, step: Step, state: State, who: Who) -> None:
    """Section 16, ORD-13: the row stands where the book says, one version an event, and money moves as section 15."""
    order_id = await ready(market, step, state, who)
    before = await look(market, order_id)
    assert before.state is state
    assert before.order is not None
    rings = market.means.feeds.rings
    await TAKE[step](market, call_of(market, who), order_id)
    after = await look(market, order_id)
    events = [event for event in await event_rows(market.means, order_id) if event["version"] > before.order["version"]]
    first = events[0]
    assert market.means.feeds.rings == rings + 1
    if step is Step.DELETE:
        assert after.order is None
        assert [event["kind"] for event in events] == [told(step, who, state)]
        return
    assert after.order is not None
    assert after.state in (BOOK[step][state].outcomes[who] or {state})
    assert [event["version"] for event in events] == list(
        range(before.order["version"] + 1, after.order["version"] + 1)
    )
    assert first["kind"] == told(step, who, state)
    assert (first["by"], first["by_account_id"]) == (_by(who), _account(market, who))
    assert await entry_kinds(market, order_id, before.order["entries"]) == posted(step, state)


def _by(who: Who) -> By:
    return By.SELLER if who in SELLERS else By(who)


def _account(market: Market, who: Who) -> UUID | None:
    actor = call_of(market, who).actor
    return None if actor is None else actor.account_id


# --- refused cells ----------------------------------------------------------------------------------------------

# The seller's draft is the one of `State.DRAFT`; the buyer's own is looked at as well
PLACES: Mapping[str, tuple[State, Way]] = {
    **{str(state): (state, reach) for state, reach in REACH.items()},
    "DRAFT of the buyer": (State.DRAFT, request_draft),
}


def refusal_code(step: Step, who: Who, state: State, place: str) -> ErrorCode | None:
    """The code of a refused cell; None when the cell is allowed."""
    if state is State.DRAFT and who in (SELLERS if place.endswith("buyer") else {Who.BUYER}):
        return ErrorCode.NOT_FOUND
    if step in (Step.CORRECT_SHIPMENT, Step.RECORD_TRACKING) and state in _WITHOUT_SHIPMENT:
        return ErrorCode.NOT_FOUND
    if step in _OF_A_CLAIM:
        # whoever has no account is told so before any claim is looked for
        return ErrorCode.FORBIDDEN if who in SOURCES else ErrorCode.NOT_FOUND
    if step in _OF_A_DISPUTE:
        return ErrorCode.NOT_FOUND
    if step is Step.OPEN_DISPUTE and state is State.PAYMENT and who is Who.BUYER:
        return ErrorCode.NOTHING_TO_REFUND
    expected = BOOK[step].get(state)
    if expected is not None and who in expected.outcomes:
        return None
    anywhere = any(who in cell.outcomes for cell in BOOK[step].values())
    return ErrorCode.STEP_NOT_ALLOWED if anywhere else ErrorCode.FORBIDDEN


# There is no shipment to name: what is refused is its id
_OF_A_DISPUTE = frozenset(
    {
        Step.ANSWER_DISPUTE,
        Step.ANSWER_OFFER,
        Step.WITHDRAW_DISPUTE,
        Step.ESCALATE_DISPUTE,
        Step.DECIDE_DISPUTE,
        Step.REOPEN_DISPUTE,
    }
)
_OF_A_CLAIM = frozenset({Step.DECIDE_CLAIM, Step.UNDO_CLAIM_DECISION})
_WITHOUT_SHIPMENT = frozenset(State) - {State.PARTLY, State.DISPATCHED, State.COMPLETED}


@pytest.mark.parametrize("place", PLACES)
async def test_a_refused_step_changes_nothing(market: Market, place: str) -> None:
    """Section 16: a typed refusal for each step and each who, no row more anywhere, the order's row the same."""
    state, reach = PLACES[place]
    order_id = await reach(market)
    before = await look(market, order_id)
    rings, tried = market.means.feeds.rings, 0
    for step in STEPS:
        for who in Who:
            code = refusal_code(step, who, state, place)
            if code is None:
                continue
            with pytest.raises(Refusal) as refused:
                await TAKE[step](market, call_of(market, who), order_id)
            assert refused.value.code is code, f"{step} by {who}"
            tried += 1
        assert await look(market, order_id) == before, step
    assert market.means.feeds.rings == rings
    assert tried > len(STEPS) * 4
