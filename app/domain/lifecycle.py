"""The one table of the order's life (section 16): each step, who may take it where, on which conditions, to what end.

The actions judge by it, clients' `availableActions` and the README's diagram are read from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique

from app.domain.access import By, Role, Scope
from app.domain.conditions import (
    ASSOCIATED,
    MONEY_FOR_DISPATCH,
    MONEY_HELD,
    NEVER_SUBMITTED,
    NO_MONEY_LANDED,
    NO_OPEN_AMENDMENT,
    NOT_DELIVERED,
    NOT_REVIEWED,
    NUMBERED,
    OPEN_AMENDMENT,
    REVIEWED_NOT_REPLIED,
    SOMETHING_TO_PAY,
    TRANSFER_UNASSOCIATED,
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
    DISPATCH = "DISPATCH"
    CORRECT_SHIPMENT = "CORRECT_SHIPMENT"
    RECORD_TRACKING = "RECORD_TRACKING"
    CONFIRM_RECEIPT = "CONFIRM_RECEIPT"
    RECEIVE_AUTOMATICALLY = "RECEIVE_AUTOMATICALLY"
    RAISE_OVERDUE = "RAISE_OVERDUE"
    REVIEW = "REVIEW"
    REPLY = "REPLY"
    ASSIGN = "ASSIGN"
    SET_REFERENCE = "SET_REFERENCE"


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

_CONFIRMED = (State.PAYMENT, State.DISPATCH, State.PARTLY, State.DISPATCHED, State.COMPLETED)
_NUMBERED = (State.CONF_SELLER, State.CONF_BUYER, *_CONFIRMED, State.CLOSED)


def _everywhere(states: tuple[State, ...], cell: Cell) -> dict[State, Cell]:
    return dict.fromkeys(states, cell)


TABLE: Mapping[Step, Mapping[State, Cell]] = {
    Step.EDIT: {State.DRAFT: Cell(B | S), State.CONF_SELLER: Cell(S)},
    Step.MATCH_BUYER: {State.DRAFT: Cell(S)},
    Step.DELETE: {State.DRAFT: Cell(B | S, (NEVER_SUBMITTED,))},
    Step.SUBMIT: {
        State.DRAFT: Cell(B | S, to=(State.CONF_SELLER, State.CONF_BUYER)),
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
        State.PAYMENT: Cell(O, (ASSOCIATED,)),
        State.DISPATCH: Cell(O, (ASSOCIATED,), (State.DISPATCH, State.PAYMENT)),
    },
    Step.REFUND_HELD: _everywhere((State.DRAFT, *_NUMBERED), Cell(O, (MONEY_HELD,))),
    Step.PROPOSE_AMENDMENT: _everywhere((State.PAYMENT, State.DISPATCH, State.PARTLY), Cell(S, (NO_OPEN_AMENDMENT,))),
    Step.WITHDRAW_AMENDMENT: _everywhere((State.PAYMENT, State.DISPATCH, State.PARTLY), Cell(S, (OPEN_AMENDMENT,))),
    Step.ANSWER_AMENDMENT: {
        **_everywhere((State.DISPATCH, State.PARTLY), Cell(B, (OPEN_AMENDMENT,))),
        State.PAYMENT: Cell(B, (OPEN_AMENDMENT,), (State.PAYMENT, State.DISPATCH)),
    },
    Step.DISPATCH: {
        State.DISPATCH: Cell(S, (MONEY_FOR_DISPATCH,), (State.PARTLY, State.DISPATCHED)),
        State.PARTLY: Cell(S, (MONEY_FOR_DISPATCH,), (State.PARTLY, State.DISPATCHED)),
    },
    Step.CORRECT_SHIPMENT: {
        State.PARTLY: Cell(S, (NOT_DELIVERED,)),
        State.DISPATCHED: Cell(S, (NOT_DELIVERED,)),
        State.COMPLETED: Cell(O),
    },
    Step.RECORD_TRACKING: _everywhere((State.PARTLY, State.DISPATCHED, State.COMPLETED, State.CLOSED), Cell(I | O)),
    Step.CONFIRM_RECEIPT: {State.DISPATCHED: Cell(B, to=(State.COMPLETED,))},
    Step.RECEIVE_AUTOMATICALLY: {State.DISPATCHED: Cell(T, to=(State.COMPLETED,))},
    Step.RAISE_OVERDUE: _everywhere((State.DISPATCH, State.PARTLY), Cell(T)),
    Step.REVIEW: {State.COMPLETED: Cell(B, (NOT_REVIEWED,))},
    Step.REPLY: {State.COMPLETED: Cell(S, (REVIEWED_NOT_REPLIED,))},
    Step.ASSIGN: _everywhere(tuple(State), Cell(S)),
    Step.SET_REFERENCE: _everywhere(tuple(State), Cell(B | S)),
}

# What an order's parties do; the rest is done by outside sources, operators and time
PARTY_STEPS = tuple(step for step in Step if any(cell.who & (B | S | F | O) for cell in TABLE[step].values()))

_MONEY = (Step.RECORD_RECEIPT, Step.RECORD_TRANSFER, Step.ASSOCIATE, Step.UNDO_ASSOCIATION, Step.REFUND_HELD)
_SCOPES = {
    **dict.fromkeys((Step.DISPATCH, Step.CORRECT_SHIPMENT, Step.RECORD_TRACKING), Scope.SHIPMENTS_WRITE),
    **dict.fromkeys(_MONEY, Scope.FINANCE_WRITE),
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
