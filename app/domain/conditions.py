"""The facts a step is judged by, and the named conditions of the lifecycle's cells."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique

from app.domain.access import By
from app.domain.errors import ErrorCode
from app.domain.records import Status
from app.domain.remedies import ClaimStatus, DisputeStatus


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
    consigned: bool = True
    delivered: bool = False
    reviewed: bool = False
    replied: bool = False
    claim_open: bool = False
    claim: ClaimStatus | None = None
    coupon_untouched: bool = True
    waived: bool = False
    refundable: bool = False
    refunded: bool = False
    protected: bool = True
    dispute: DisputeStatus | None = None
    dispute_rejected: bool = False


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


NOTHING_REFUNDED = _condition(
    "nothing_refunded",
    lambda facts: not facts.refunded,
    ErrorCode.STEP_NOT_ALLOWED,
    "Something of the money that counted went back to the buyer; what is associated stands.",
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


CONSIGNMENT_LINKED = _condition(
    "consignment_linked",
    lambda facts: facts.consigned,
    ErrorCode.CONSIGNMENT_MISSING,
    "The agent exports these goods: link its consignment order before they leave.",
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


SOMETHING_TO_REFUND = _condition(
    "something_to_refund",
    lambda facts: facts.refundable,
    ErrorCode.NOTHING_TO_REFUND,
    "Nothing that was paid has counted for this order yet, so there is nothing to refund.",
)


PROTECTED = _condition(
    "protected",
    lambda facts: facts.protected,
    ErrorCode.PROTECTION_OVER,
    "The protection of this order has ended; a refund could be asked for until then.",
)


NO_OPEN_DISPUTE = _condition(
    "no_open_dispute",
    lambda facts: facts.dispute is None,
    ErrorCode.DISPUTE_OPEN,
    "A dispute is open on this order; it must end first.",
)


OPEN_DISPUTE = _condition(
    "open_dispute",
    lambda facts: facts.dispute is not None,
    ErrorCode.DISPUTE_NOT_OPEN,
    "No dispute is open on this order.",
)


DISPUTE_AWAITS_SELLER = _condition(
    "dispute_awaits_seller",
    lambda facts: facts.dispute is DisputeStatus.AWAITING_SELLER,
    ErrorCode.DISPUTE_NOT_OPEN,
    "No dispute of this order waits for the seller's word.",
)


DISPUTE_AWAITS_BUYER = _condition(
    "dispute_awaits_buyer",
    lambda facts: facts.dispute is DisputeStatus.AWAITING_BUYER,
    ErrorCode.DISPUTE_NOT_OPEN,
    "No dispute of this order waits for the buyer's word.",
)


DISPUTE_BETWEEN_SIDES = _condition(
    "dispute_between_sides",
    lambda facts: facts.dispute in (DisputeStatus.AWAITING_SELLER, DisputeStatus.AWAITING_BUYER),
    ErrorCode.DISPUTE_NOT_OPEN,
    "No dispute of this order waits for the word of a side.",
)


DISPUTE_ESCALATED = _condition(
    "dispute_escalated",
    lambda facts: facts.dispute is DisputeStatus.ESCALATED,
    ErrorCode.DISPUTE_NOT_OPEN,
    "No dispute of this order waits for the operators; they decide what was escalated to them.",
)


DISPUTE_REJECTED = _condition(
    "dispute_rejected",
    lambda facts: facts.dispute_rejected,
    ErrorCode.DISPUTE_NOT_OPEN,
    "The last dispute of this order was not rejected by an operator.",
)


CLAIM_OPEN = _condition(
    "claim_open",
    lambda facts: facts.claim_open,
    ErrorCode.CLAIM_NOT_POSSIBLE,
    "No broken promise of this order can be claimed now; its claim check says why, and when that changes.",
)


CLAIM_UNDER_REVIEW = _condition(
    "claim_under_review",
    lambda facts: facts.claim is ClaimStatus.UNDER_REVIEW,
    ErrorCode.CLAIM_DECIDED,
    "No claim of this order waits for a decision.",
)


CLAIM_APPROVED = _condition(
    "claim_approved",
    lambda facts: facts.claim is ClaimStatus.APPROVED,
    ErrorCode.CLAIM_NOT_DECIDED,
    "No claim of this order was approved, so nobody bears anything that could be waived.",
)


CLAIM_UNDOABLE = _condition(
    "claim_undoable",
    lambda facts: facts.claim in (ClaimStatus.APPROVED, ClaimStatus.REJECTED) and facts.coupon_untouched,
    ErrorCode.CLAIM_NOT_DECIDED,
    "There is no decision that can be taken back: none was made, or its coupon was applied, used or has expired.",
)


CLAIM_NOT_DECIDED = _condition(
    "claim_not_decided",
    lambda facts: facts.claim in (None, ClaimStatus.UNDER_REVIEW),
    ErrorCode.CLAIM_DECIDED,
    "The claim was decided under this waiver; what was decided stands.",
)


NOT_WAIVED = _condition(
    "not_waived",
    lambda facts: not facts.waived,
    ErrorCode.WAIVER_EXISTS,
    "A waiver stands for this order already; withdraw it before granting another.",
)


WAIVED = _condition(
    "waived",
    lambda facts: facts.waived,
    ErrorCode.WAIVER_NOT_STANDING,
    "No waiver stands for this order.",
)


CONDITIONS = (
    CLAIM_OPEN,
    CLAIM_UNDER_REVIEW,
    CLAIM_APPROVED,
    CLAIM_UNDOABLE,
    CLAIM_NOT_DECIDED,
    NOT_WAIVED,
    WAIVED,
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
    CONSIGNMENT_LINKED,
    NOT_DELIVERED,
    NOT_REVIEWED,
    REVIEWED_NOT_REPLIED,
    NOTHING_REFUNDED,
    SOMETHING_TO_REFUND,
    PROTECTED,
    NO_OPEN_DISPUTE,
    OPEN_DISPUTE,
    DISPUTE_AWAITS_SELLER,
    DISPUTE_AWAITS_BUYER,
    DISPUTE_BETWEEN_SIDES,
    DISPUTE_ESCALATED,
    DISPUTE_REJECTED,
)
