"""The one table of the order's life (section 16): each step, who may take it where, on which conditions, to what end.

The actions judge by it, clients' `availableActions` and the README's diagram are read from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique

from app.domain.access import By, Role, Scope
from app.domain.conditions import (
    ASSOCIATED,
    CLAIM_APPROVED,
    CLAIM_NOT_DECIDED,
    CLAIM_OPEN,
    CLAIM_UNDER_REVIEW,
    CLAIM_UNDOABLE,
    CONSIGNMENT_LINKED,
    DISPUTE_AWAITS_BUYER,
    DISPUTE_AWAITS_SELLER,
    DISPUTE_BETWEEN_SIDES,
    DISPUTE_ESCALATED,
    DISPUTE_REJECTED,
    MONEY_FOR_DISPATCH,
    MONEY_HELD,
    NEVER_SUBMITTED,
    NO_MONEY_LANDED,
    NO_OPEN_AMENDMENT,
    NO_OPEN_DISPUTE,
    NOT_DELIVERED,
    NOT_REVIEWED,
    NOT_WAIVED,
    NOTHING_REFUNDED,
    NUMBERED,
    OPEN_AMENDMENT,
    OPEN_DISPUTE,
    PROTECTED,
    REVIEWED_NOT_REPLIED,
    SOMETHING_TO_PAY,
    SOMETHING_TO_REFUND,
    TRANSFER_UNASSOCIATED,
    WAIVED,
    Condition,
    Facts,
    State,
)
from app.domain.errors import ErrorCode, Refusal
from app.domain.records import Status


@unique
class Stage(StrEnum):
    """The stage shown to people (ORD-9)."""

    CONTRACT = "CONTRACT"
    PAYMENT = "PAYMENT"
    SHIPMENT = "SHIPMENT"
    RECEIVING = "RECEIVING"
    REVIEWS = "REVIEWS"


_STAGES = {
    Status.DRAFT: Stage.CONTRACT,
    Status.PENDING_CONFIRMATION: Stage.CONTRACT,
    Status.PENDING_PAYMENT: Stage.PAYMENT,
    Status.PENDING_DISPATCH: Stage.SHIPMENT,
    Status.PARTIALLY_DISPATCHED: Stage.SHIPMENT,
    Status.DISPATCHED: Stage.RECEIVING,
    Status.COMPLETED: Stage.REVIEWS,
}


def stage_of(status: Status, closed_in: Status | None) -> Stage:
    """The stage of a status; a closed order keeps the stage it closed in."""
    return _STAGES[closed_in or Status.DRAFT if status is Status.CLOSED else status]


@unique
class Who(StrEnum):
    """Who takes a step: a party in its role, or an outside source."""

    BUYER = "BUYER"
    OWNER = "OWNER"
    SALES = "SALES"
    FINANCE = "FINANCE"
    OPERATOR = "OPERATOR"
    PROVIDER = "PROVIDER"
    TRACKING = "TRACKING"
    TIME = "TIME"


@unique
class Step(StrEnum):
    """Everything that can be done to an order."""

    EDIT = "EDIT"
    MATCH_BUYER = "MATCH_BUYER"
    DELETE = "DELETE"
    SUBMIT = "SUBMIT"
    REVISE = "REVISE"
    CONFIRM = "CONFIRM"
    CANCEL = "CANCEL"
    DECLINE = "DECLINE"
    START_PAYMENT = "START_PAYMENT"
    RECORD_RECEIPT = "RECORD_RECEIPT"
    RECORD_TRANSFER = "RECORD_TRANSFER"
    ASSOCIATE = "ASSOCIATE"
    UNDO_ASSOCIATION = "UNDO_ASSOCIATION"
    REFUND_HELD = "REFUND_HELD"
    PROPOSE_AMENDMENT = "PROPOSE_AMENDMENT"
    WITHDRAW_AMENDMENT = "WITHDRAW_AMENDMENT"
    ANSWER_AMENDMENT = "ANSWER_AMENDMENT"
    ADD_MILESTONE = "ADD_MILESTONE"
    DISPATCH = "DISPATCH"
    CORRECT_SHIPMENT = "CORRECT_SHIPMENT"
    RECORD_TRACKING = "RECORD_TRACKING"
    CONFIRM_RECEIPT = "CONFIRM_RECEIPT"
    RECEIVE_AUTOMATICALLY = "RECEIVE_AUTOMATICALLY"
    RAISE_OVERDUE = "RAISE_OVERDUE"
    CANCEL_UNPAID = "CANCEL_UNPAID"
    FILE_CLAIM = "FILE_CLAIM"
    DECIDE_CLAIM = "DECIDE_CLAIM"
    UNDO_CLAIM_DECISION = "UNDO_CLAIM_DECISION"
    WAIVE = "WAIVE"
    WITHDRAW_WAIVER = "WITHDRAW_WAIVER"
    CORRECT_LEDGER = "CORRECT_LEDGER"
    RAISE_DELIVERY_OVERDUE = "RAISE_DELIVERY_OVERDUE"
    OPEN_DISPUTE = "OPEN_DISPUTE"
    ANSWER_DISPUTE = "ANSWER_DISPUTE"
    ANSWER_OFFER = "ANSWER_OFFER"
    WITHDRAW_DISPUTE = "WITHDRAW_DISPUTE"
    ESCALATE_DISPUTE = "ESCALATE_DISPUTE"
    DECIDE_DISPUTE = "DECIDE_DISPUTE"
    REOPEN_DISPUTE = "REOPEN_DISPUTE"
    REVIEW = "REVIEW"
    REPLY = "REPLY"
    ASSIGN = "ASSIGN"
    LABEL = "LABEL"
    NOTE = "NOTE"
    SET_REFERENCE = "SET_REFERENCE"
    SET_LEAD_SOURCE = "SET_LEAD_SOURCE"
    LINK_CONSIGNMENT = "LINK_CONSIGNMENT"
    ATTACH_PROOF = "ATTACH_PROOF"
    ATTACH_EVIDENCE = "ATTACH_EVIDENCE"


@dataclass(frozen=True, slots=True)
class Cell:
    """Who may take a step in a state, on which conditions, and where the order may be afterwards (empty: it stays)."""

    who: frozenset[Who]
    when: tuple[Condition, ...] = ()
    to: tuple[State, ...] = ()


B = frozenset({Who.BUYER})
S = frozenset({Who.OWNER, Who.SALES})
F = frozenset({Who.OWNER, Who.FINANCE})
O = frozenset({Who.OPERATOR})  # noqa: E741 - the letters of section 16
P = frozenset({Who.PROVIDER})
I = frozenset({Who.TRACKING})  # noqa: E741
T = frozenset({Who.TIME})

_PAID = (State.DISPATCH, State.PARTLY, State.DISPATCHED, State.COMPLETED)
_CONFIRMED = (State.PAYMENT, State.DISPATCH, State.PARTLY, State.DISPATCHED, State.COMPLETED)
_NUMBERED = (State.CONF_SELLER, State.CONF_BUYER, *_CONFIRMED, State.CLOSED)


def _everywhere(states: tuple[State, ...], cell: Cell) -> dict[State, Cell]:
    return dict.fromkeys(states, cell)


def _perhaps_closing(who: frozenset[Who], condition: Condition) -> dict[State, Cell]:
    """What may end in a full refund, which closes the order (DSP-3)."""
    return {state: Cell(who, (condition,), (state, State.CLOSED)) for state in _CONFIRMED}


TABLE: Mapping[Step, Mapping[State, Cell]] = {
    Step.EDIT: {State.DRAFT: Cell(B | S), State.CONF_SELLER: Cell(S)},
    Step.MATCH_BUYER: {State.DRAFT: Cell(S)},
    Step.DELETE: {State.DRAFT: Cell(B | S, (NEVER_SUBMITTED,))},
    Step.SUBMIT: {
        State.DRAFT: Cell(B | S, to=(State.CONF_SELLER, State.CONF_BUYER, State.PAYMENT, State.DISPATCH)),
        State.CONF_SELLER: Cell(S, to=(State.CONF_BUYER,)),
    },
    Step.REVISE: {
        State.CONF_SELLER: Cell(B, to=(State.DRAFT,)),
        State.CONF_BUYER: Cell(S, to=(State.DRAFT, State.CONF_SELLER)),
    },
    Step.CONFIRM: {State.CONF_BUYER: Cell(B, to=(State.PAYMENT, State.DISPATCH))},
    Step.CANCEL: {
        State.CONF_SELLER: Cell(B | S, to=(State.CLOSED,)),
        State.CONF_BUYER: Cell(B | S, to=(State.CLOSED,)),
        State.PAYMENT: Cell(B | S, (NO_MONEY_LANDED,), (State.CLOSED,)),
    },
    Step.DECLINE: {
        State.CONF_SELLER: Cell(S, to=(State.CLOSED,)),
        State.CONF_BUYER: Cell(B, to=(State.CLOSED,)),
    },
    Step.START_PAYMENT: _everywhere(_CONFIRMED, Cell(B, (SOMETHING_TO_PAY,))),
    Step.RECORD_RECEIPT: {
        State.DRAFT: Cell(P | O, (NUMBERED,)),
        **_everywhere(_NUMBERED, Cell(P | O)),
        State.PAYMENT: Cell(P | O, to=(State.PAYMENT, State.DISPATCH)),
    },
    Step.RECORD_TRANSFER: {State.DRAFT: Cell(P | O, (NUMBERED,)), **_everywhere(_NUMBERED, Cell(P | O))},
    Step.ASSOCIATE: {
        **_everywhere(_CONFIRMED, Cell(F | O, (TRANSFER_UNASSOCIATED,))),
        State.PAYMENT: Cell(F | O, (TRANSFER_UNASSOCIATED,), (State.PAYMENT, State.DISPATCH)),
    },
    Step.UNDO_ASSOCIATION: {
        State.PAYMENT: Cell(O, (ASSOCIATED, NOTHING_REFUNDED)),
        State.DISPATCH: Cell(O, (ASSOCIATED, NOTHING_REFUNDED), (State.DISPATCH, State.PAYMENT)),
    },
    Step.REFUND_HELD: _everywhere((State.DRAFT, *_NUMBERED), Cell(O, (MONEY_HELD,))),
    Step.PROPOSE_AMENDMENT: _everywhere((State.PAYMENT, State.DISPATCH, State.PARTLY), Cell(S, (NO_OPEN_AMENDMENT,))),
    Step.WITHDRAW_AMENDMENT: _everywhere((State.PAYMENT, State.DISPATCH, State.PARTLY), Cell(S, (OPEN_AMENDMENT,))),
    Step.ANSWER_AMENDMENT: {
        **_everywhere((State.DISPATCH, State.PARTLY), Cell(B, (OPEN_AMENDMENT,))),
        State.PAYMENT: Cell(B, (OPEN_AMENDMENT,), (State.PAYMENT, State.DISPATCH)),
    },
    Step.ADD_MILESTONE: _everywhere((State.PAYMENT, State.DISPATCH, State.PARTLY), Cell(S)),
    Step.DISPATCH: {
        State.DISPATCH: Cell(S, (MONEY_FOR_DISPATCH, CONSIGNMENT_LINKED), (State.PARTLY, State.DISPATCHED)),
        State.PARTLY: Cell(S, (MONEY_FOR_DISPATCH, CONSIGNMENT_LINKED), (State.PARTLY, State.DISPATCHED)),
    },
    Step.CORRECT_SHIPMENT: {
        State.PARTLY: Cell(S, (NOT_DELIVERED,)),
        State.DISPATCHED: Cell(S, (NOT_DELIVERED,)),
        State.COMPLETED: Cell(O),
    },
    Step.RECORD_TRACKING: _everywhere((State.PARTLY, State.DISPATCHED, State.COMPLETED, State.CLOSED), Cell(I | O)),
    Step.CONFIRM_RECEIPT: {State.DISPATCHED: Cell(B, (NO_OPEN_DISPUTE,), (State.COMPLETED,))},
    Step.RECEIVE_AUTOMATICALLY: {State.DISPATCHED: Cell(T, to=(State.COMPLETED,))},
    Step.RAISE_OVERDUE: _everywhere((State.DISPATCH, State.PARTLY), Cell(T)),
    Step.CANCEL_UNPAID: {State.PAYMENT: Cell(T, to=(State.CLOSED,))},
    Step.FILE_CLAIM: _everywhere(_PAID, Cell(B, (CLAIM_OPEN,))),
    Step.DECIDE_CLAIM: _everywhere(_PAID, Cell(O, (CLAIM_UNDER_REVIEW,))),
    Step.UNDO_CLAIM_DECISION: _everywhere(_PAID, Cell(O, (CLAIM_UNDOABLE,))),
    Step.WAIVE: {**_everywhere(_PAID, Cell(O, (NOT_WAIVED,))), State.CLOSED: Cell(O, (NOT_WAIVED, CLAIM_APPROVED))},
    Step.CORRECT_LEDGER: _everywhere(_NUMBERED, Cell(O)),
    Step.WITHDRAW_WAIVER: _everywhere(_PAID, Cell(O, (WAIVED, CLAIM_NOT_DECIDED))),
    Step.RAISE_DELIVERY_OVERDUE: _everywhere(
        (State.DISPATCH, State.PARTLY, State.DISPATCHED, State.COMPLETED), Cell(T)
    ),
    Step.OPEN_DISPUTE: {
        **_everywhere(_CONFIRMED, Cell(B, (SOMETHING_TO_REFUND, NO_OPEN_DISPUTE))),
        State.COMPLETED: Cell(B, (SOMETHING_TO_REFUND, NO_OPEN_DISPUTE, PROTECTED)),
    },
    Step.ANSWER_DISPUTE: _perhaps_closing(S, DISPUTE_AWAITS_SELLER),
    Step.ANSWER_OFFER: _perhaps_closing(B, DISPUTE_AWAITS_BUYER),
    Step.WITHDRAW_DISPUTE: _everywhere(_CONFIRMED, Cell(B, (OPEN_DISPUTE,))),
    Step.ESCALATE_DISPUTE: _everywhere(_CONFIRMED, Cell(B | S | T, (DISPUTE_BETWEEN_SIDES,))),
    Step.DECIDE_DISPUTE: _perhaps_closing(O, DISPUTE_ESCALATED),
    Step.REOPEN_DISPUTE: _everywhere(_CONFIRMED, Cell(O, (DISPUTE_REJECTED,))),
    Step.REVIEW: {State.COMPLETED: Cell(B, (NOT_REVIEWED,))},
    Step.REPLY: {State.COMPLETED: Cell(S, (REVIEWED_NOT_REPLIED,))},
    Step.ASSIGN: _everywhere(tuple(State), Cell(S | T)),
    Step.LABEL: _everywhere(tuple(State), Cell(S)),
    Step.NOTE: _everywhere(tuple(State), Cell(S)),
    Step.SET_REFERENCE: _everywhere(tuple(State), Cell(B | S)),
    Step.SET_LEAD_SOURCE: _everywhere(tuple(State), Cell(S)),
    Step.LINK_CONSIGNMENT: _everywhere((State.PAYMENT, State.DISPATCH, State.PARTLY, State.DISPATCHED), Cell(S)),
    Step.ATTACH_PROOF: _everywhere((State.PARTLY, State.DISPATCHED, State.COMPLETED), Cell(S)),
    Step.ATTACH_EVIDENCE: _everywhere(_CONFIRMED, Cell(B | S | O)),
}

# What an order's parties do; the rest is done by outside sources, operators and time
PARTY_STEPS = tuple(step for step in Step if any(cell.who & (B | S | F | O) for cell in TABLE[step].values()))

_MONEY = (
    Step.RECORD_RECEIPT,
    Step.RECORD_TRANSFER,
    Step.ASSOCIATE,
    Step.UNDO_ASSOCIATION,
    Step.REFUND_HELD,
    Step.CORRECT_LEDGER,
)
_GOODS = (
    Step.ADD_MILESTONE,
    Step.DISPATCH,
    Step.CORRECT_SHIPMENT,
    Step.RECORD_TRACKING,
    Step.LINK_CONSIGNMENT,
    Step.ATTACH_PROOF,
)
_REMEDIES = (
    Step.FILE_CLAIM,
    Step.DECIDE_CLAIM,
    Step.UNDO_CLAIM_DECISION,
    Step.WAIVE,
    Step.WITHDRAW_WAIVER,
    Step.OPEN_DISPUTE,
    Step.ANSWER_DISPUTE,
    Step.ANSWER_OFFER,
    Step.ESCALATE_DISPUTE,
    Step.WITHDRAW_DISPUTE,
)
_SCOPES = {
    **dict.fromkeys(_REMEDIES, Scope.CLAIMS_WRITE),
    **dict.fromkeys(_GOODS, Scope.SHIPMENTS_WRITE),
    **dict.fromkeys(_MONEY, Scope.FINANCE_WRITE),
    **dict.fromkeys((Step.DECIDE_DISPUTE, Step.REOPEN_DISPUTE), Scope.FINANCE_WRITE),
}


def scope_of(step: Step) -> Scope:
    """The scope that an access token needs for a step."""
    return _SCOPES.get(step, Scope.ORDERS_WRITE)


def who_is(by: By, role: Role | None) -> Who:
    """The letter of section 16 for an actor."""
    return Who(role if role is not None else by)


def judge(step: Step, facts: Facts, who: Who) -> Refusal | None:
    """Why this actor cannot take this step now, or None when they can."""
    cells = TABLE[step]
    if facts.state is State.DRAFT and who in (S | F if facts.drafted_by is By.BUYER else B):
        return Refusal(ErrorCode.NOT_FOUND, "To the other side a draft does not exist.")
    if not any(who in cell.who for cell in cells.values()):
        return Refusal(ErrorCode.FORBIDDEN, "This step belongs to another party or role.", params={"step": str(step)})
    cell = cells.get(facts.state)
    if cell is None or who not in cell.who:
        return Refusal(
            ErrorCode.STEP_NOT_ALLOWED,
            f"An order in this state does not allow this step: {_words(step)} is possible only in {_where(step, who)}.",
            params={"step": str(step), "state": str(facts.state)},
        )
    failed = next((condition for condition in cell.when if not condition.holds(facts)), None)
    if failed is not None:
        return Refusal(failed.code, failed.message, params={"step": str(step), "condition": failed.name})
    return None


def _words(step: Step) -> str:
    return step.lower().replace("_", " ")


_STATE_WORDS = {
    State.DRAFT: "draft",
    State.CONF_SELLER: "pending confirmation by the seller",
    State.CONF_BUYER: "pending confirmation by the buyer",
    State.PAYMENT: "pending payment",
    State.DISPATCH: "pending dispatch",
    State.PARTLY: "partially dispatched",
    State.DISPATCHED: "dispatched",
    State.COMPLETED: "completed",
    State.CLOSED: "closed",
}


def _where(step: Step, who: Who) -> str:
    return ", ".join(_STATE_WORDS[state] for state, cell in TABLE[step].items() if who in cell.who)
