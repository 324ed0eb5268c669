"""Events (section 17): what happened to a subject, who may hear of it, and what changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique
from uuid import UUID

from app.domain.access import (
    BUYER_SIDE,
    OPERATORS,
    PARTIES,
    SELLER_FINANCE,
    SELLER_SIDE,
    Audience,
    By,
    Role,
)


@unique
class Subject(StrEnum):
    """What an event is about; versions count per subject."""

    ORDER = "ORDER"
    SELLER = "SELLER"
    POLICY = "POLICY"


@unique
class EventKind(StrEnum):
    """What happened."""

    ORDER_DRAFTED = "ORDER_DRAFTED"
    ORDER_EDITED = "ORDER_EDITED"
    BUYER_MATCHED = "BUYER_MATCHED"
    ORDER_SUBMITTED = "ORDER_SUBMITTED"
    ORDER_REVISED = "ORDER_REVISED"
    ORDER_CONFIRMED = "ORDER_CONFIRMED"
    ORDER_CANCELLED = "ORDER_CANCELLED"
    ORDER_DECLINED = "ORDER_DECLINED"
    QUOTA_SHORT = "QUOTA_SHORT"
    PAYMENT_STARTED = "PAYMENT_STARTED"
    RECEIPT_RECORDED = "RECEIPT_RECORDED"
    TRANSFER_LANDED = "TRANSFER_LANDED"
    TRANSFER_WAITING = "TRANSFER_WAITING"
    FUNDS_ASSOCIATED = "FUNDS_ASSOCIATED"
    ASSOCIATION_UNDONE = "ASSOCIATION_UNDONE"
    FUNDS_HELD = "FUNDS_HELD"
    HELD_COUNTED = "HELD_COUNTED"
    HELD_REFUNDED = "HELD_REFUNDED"
    INSTALMENT_COMPLETED = "INSTALMENT_COMPLETED"
    DEADLINE_SET = "DEADLINE_SET"
    DEADLINE_MOVED = "DEADLINE_MOVED"
    DEADLINE_APPROACHING = "DEADLINE_APPROACHING"
    OVERDUE_RAISED = "OVERDUE_RAISED"
    OVERDUE_CLEARED = "OVERDUE_CLEARED"
    AMENDMENT_PROPOSED = "AMENDMENT_PROPOSED"
    AMENDMENT_WITHDRAWN = "AMENDMENT_WITHDRAWN"
    AMENDMENT_CONFIRMED = "AMENDMENT_CONFIRMED"
    AMENDMENT_DECLINED = "AMENDMENT_DECLINED"
    AMENDMENT_LAPSED = "AMENDMENT_LAPSED"
    GOODS_DISPATCHED = "GOODS_DISPATCHED"
    SHIPMENT_CORRECTED = "SHIPMENT_CORRECTED"
    TRACKING_RECORDED = "TRACKING_RECORDED"
    GOODS_DELIVERED = "GOODS_DELIVERED"
    RECEIPT_CONFIRMED = "RECEIPT_CONFIRMED"
    RECEIVED_AUTOMATICALLY = "RECEIVED_AUTOMATICALLY"
    FUNDS_RELEASED = "FUNDS_RELEASED"
    FEE_CHARGED = "FEE_CHARGED"
    REVIEWED = "REVIEWED"
    REVIEW_REPLIED = "REVIEW_REPLIED"
    SALESPERSON_ASSIGNED = "SALESPERSON_ASSIGNED"
    SELLER_REFERENCE_SET = "SELLER_REFERENCE_SET"
    BUYER_REFERENCE_SET = "BUYER_REFERENCE_SET"
    WITHDRAWAL_MADE = "WITHDRAWAL_MADE"
    APPLICATION_SUBMITTED = "APPLICATION_SUBMITTED"
    APPLICATION_DECIDED = "APPLICATION_DECIDED"
    SERVICE_ACTIVATED = "SERVICE_ACTIVATED"
    QUOTA_CHANGED = "QUOTA_CHANGED"
    POLICY_CHANGED = "POLICY_CHANGED"
    RATE_CHANGED = "RATE_CHANGED"


# Section 13: who hears of what; everything not named here goes to both parties and the operators
_NARROWER: Mapping[EventKind, Audience] = {
    EventKind.BUYER_MATCHED: SELLER_SIDE,
    EventKind.QUOTA_SHORT: SELLER_FINANCE,
    EventKind.FUNDS_RELEASED: SELLER_FINANCE,
    EventKind.FEE_CHARGED: SELLER_SIDE,
    EventKind.SALESPERSON_ASSIGNED: SELLER_SIDE,
    EventKind.SELLER_REFERENCE_SET: SELLER_SIDE,
    EventKind.BUYER_REFERENCE_SET: BUYER_SIDE,
    EventKind.WITHDRAWAL_MADE: SELLER_FINANCE,
    EventKind.APPLICATION_SUBMITTED: SELLER_FINANCE,
    EventKind.APPLICATION_DECIDED: SELLER_FINANCE,
    EventKind.SERVICE_ACTIVATED: SELLER_SIDE,
    EventKind.QUOTA_CHANGED: SELLER_FINANCE,
    EventKind.POLICY_CHANGED: OPERATORS,
    EventKind.RATE_CHANGED: OPERATORS,
}
AUDIENCE: Mapping[EventKind, Audience] = {kind: _NARROWER.get(kind, PARTIES) for kind in EventKind}
KINDS_FOR: Mapping[Role, frozenset[str]] = {
    role: frozenset(str(kind) for kind, audience in AUDIENCE.items() if role in audience) for role in Role
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different now, as text; None stands for nothing."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Happening:
    """One event to be written: versioned by its subject, positioned after the commit.

    `seller_id`, `salesperson_id` and `buyer_id` say whose feeds it reaches, beside the operators'.
    """

    kind: EventKind
    version: int
    at: datetime
    by: By
    by_account_id: UUID | None
    seller_id: UUID | None
    salesperson_id: UUID | None
    buyer_id: UUID | None
    due_at: datetime | None = None
    detected_at: datetime | None = None
    changes: tuple[Change, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> dict[str, object]:
        """The event's own words as JSON: never a name, an address, an e-mail or a phone."""
        return {
            "changes": [{"field": c.field, "before": c.before, "after": c.after} for c in self.changes],
            "facts": [{"name": name, "value": value} for name, value in self.facts.items()],
        }
