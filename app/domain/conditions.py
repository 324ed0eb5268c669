"""The facts a step is judged by, and the named conditions of the lifecycle's cells."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique

from app.domain.access import By
from app.domain.errors import ErrorCode
from app.domain.records import Status


@unique
class State(StrEnum):
    """A column of the table: the status, and while confirmation is pending whom it awaits."""

    DRAFT = "DRAFT"
    CONF_SELLER = "CONF_SELLER"
    CONF_BUYER = "CONF_BUYER"
    PAYMENT = "PAYMENT"
    DISPATCH = "DISPATCH"
    PARTLY = "PARTLY"
    DISPATCHED = "DISPATCHED"
    COMPLETED = "COMPLETED"
    CLOSED = "CLOSED"


_STATES = {
    Status.DRAFT: State.DRAFT,
    Status.PENDING_PAYMENT: State.PAYMENT,
    Status.PENDING_DISPATCH: State.DISPATCH,
    Status.PARTIALLY_DISPATCHED: State.PARTLY,
    Status.DISPATCHED: State.DISPATCHED,
    Status.COMPLETED: State.COMPLETED,
    Status.CLOSED: State.CLOSED,
}


def state_of(status: Status, awaiting: By | None) -> State:
    """The column of the table an order stands in."""
    if status is Status.PENDING_CONFIRMATION:
        return State.CONF_SELLER if awaiting is By.SELLER else State.CONF_BUYER
    return _STATES[status]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a step is judged by, beside the state: the named conditions read nothing else."""

    state: State
    drafted_by: By
    numbered: bool = True
    landed: bool = False
    to_pay: bool = False
    unassociated: bool = False
    held: bool = False
    counted: bool = False
    amendment_open: bool = False
    money_for_dispatch: bool = False
    delivered: bool = False
    reviewed: bool = False
    replied: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """A named condition of a cell, and the refusal when it does not hold."""

    name: str
    holds: Callable[[Facts], bool]
    code: ErrorCode
    message: str


def _condition(name: str, holds: Callable[[Facts], bool], code: ErrorCode, message: str) -> Condition:
    return Condition(name, holds, code, message)


NUMBERED = _condition(
    "numbered",
    lambda facts: facts.numbered,
    ErrorCode.STEP_NOT_ALLOWED,
    "An order that was never submitted has no account that could receive money.",
)


NEVER_SUBMITTED = _condition(
    "never_submitted",
    lambda facts: not facts.numbered,
    ErrorCode.STEP_NOT_ALLOWED,
    "This order was submitted before and has accounts of its own; submit it again and cancel it instead.",
)


NO_MONEY_LANDED = _condition(
    "no_money_landed",
    lambda facts: not facts.landed,
    ErrorCode.MONEY_LANDED,
    "Money has arrived for this order; the way out is now a refund.",
)


SOMETHING_TO_PAY = _condition(
    "something_to_pay",
    lambda facts: facts.to_pay,
    ErrorCode.INSTALMENT_COMPLETE,
    "Every instalment of this order is paid.",
)


TRANSFER_UNASSOCIATED = _condition(
    "transfer_unassociated",
    lambda facts: facts.unassociated,
    ErrorCode.NOT_UNASSOCIATED,
    "No transfer of this order waits to be associated.",
)


ASSOCIATED = _condition(
    "transfer_associated",
    lambda facts: facts.counted,
    ErrorCode.NOT_UNASSOCIATED,
    "No transfer of this order has been associated.",
)


MONEY_HELD = _condition(
    "money_held",
    lambda facts: facts.held,
    ErrorCode.NOTHING_HELD,
    "No money is held beside this order.",
)


NO_OPEN_AMENDMENT = _condition(
    "no_open_amendment",
    lambda facts: not facts.amendment_open,
    ErrorCode.AMENDMENT_OPEN,
    "An amendment already waits for the buyer's answer; withdraw it before proposing another.",
)


OPEN_AMENDMENT = _condition(
    "open_amendment",
    lambda facts: facts.amendment_open,
    ErrorCode.AMENDMENT_NOT_OPEN,
    "No amendment waits for an answer.",
)


MONEY_FOR_DISPATCH = _condition(
    "money_for_dispatch",
    lambda facts: facts.money_for_dispatch,
    ErrorCode.MONEY_MISSING,
    "The money the dispatch term names is not complete; dispatch waits for it.",
)


NOT_DELIVERED = _condition(
    "not_delivered",
    lambda facts: not facts.delivered,
    ErrorCode.DELIVERED,
    "The goods were delivered; their carrier and number can no longer change.",
)


NOT_REVIEWED = _condition(
    "not_reviewed",
    lambda facts: not facts.reviewed,
    ErrorCode.ALREADY_REVIEWED,
    "This order has its review; there is one review an order.",
)


REVIEWED_NOT_REPLIED = _condition(
    "reviewed_not_replied",
    lambda facts: facts.reviewed and not facts.replied,
    ErrorCode.NOT_REVIEWED,
    "There is no review that waits for a reply.",
)


CONDITIONS = (
    NUMBERED,
    NEVER_SUBMITTED,
    NO_MONEY_LANDED,
    SOMETHING_TO_PAY,
    TRANSFER_UNASSOCIATED,
    ASSOCIATED,
    MONEY_HELD,
    NO_OPEN_AMENDMENT,
    OPEN_AMENDMENT,
    MONEY_FOR_DISPATCH,
    NOT_DELIVERED,
    NOT_REVIEWED,
    REVIEWED_NOT_REPLIED,
)
