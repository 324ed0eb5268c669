"""Events (section 17): what happened to a subject, who may hear of it, and what changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique
from functools import cache
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
    Scope,
)


@unique
class Subject(StrEnum):
    """What an event is about; versions count per subject."""

    ORDER = "ORDER"
    SELLER = "SELLER"
    COUPON = "COUPON"
    POLICY = "POLICY"
    SHEET = "SHEET"
    ACCESS_TOKEN = "ACCESS_TOKEN"
    WEBHOOK = "WEBHOOK"


@unique
class EventKind(StrEnum):
    """What happened."""

    ORDER_DRAFTED = "ORDER_DRAFTED"
    ORDER_EDITED = "ORDER_EDITED"
    BUYER_MATCHED = "BUYER_MATCHED"
    DRAFT_DELETED = "DRAFT_DELETED"
    ORDER_SUBMITTED = "ORDER_SUBMITTED"
    ORDER_REVISED = "ORDER_REVISED"
    ORDER_CONFIRMED = "ORDER_CONFIRMED"
    ORDER_CANCELLED = "ORDER_CANCELLED"
    ORDER_CLOSED = "ORDER_CLOSED"
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
    COUPON_APPLIED = "COUPON_APPLIED"
    COUPON_POSTED = "COUPON_POSTED"
    FUNDS_REFUNDED = "FUNDS_REFUNDED"
    LEDGER_CORRECTED = "LEDGER_CORRECTED"
    DEADLINE_SET = "DEADLINE_SET"
    DEADLINE_MOVED = "DEADLINE_MOVED"
    DEADLINE_PAUSED = "DEADLINE_PAUSED"
    DEADLINE_RESUMED = "DEADLINE_RESUMED"
    DEADLINE_APPROACHING = "DEADLINE_APPROACHING"
    OVERDUE_RAISED = "OVERDUE_RAISED"
    OVERDUE_CLEARED = "OVERDUE_CLEARED"
    DELIVERY_OVERDUE_RAISED = "DELIVERY_OVERDUE_RAISED"
    DELIVERY_OVERDUE_CLEARED = "DELIVERY_OVERDUE_CLEARED"
    CLAIM_WINDOW_CLOSED = "CLAIM_WINDOW_CLOSED"
    PROTECTION_ENDED = "PROTECTION_ENDED"
    CLAIM_FILED = "CLAIM_FILED"
    CLAIM_APPROVED = "CLAIM_APPROVED"
    CLAIM_REJECTED = "CLAIM_REJECTED"
    CLAIM_DECISION_UNDONE = "CLAIM_DECISION_UNDONE"
    WAIVER_GRANTED = "WAIVER_GRANTED"
    WAIVER_WITHDRAWN = "WAIVER_WITHDRAWN"
    COUPON_ISSUED = "COUPON_ISSUED"
    COUPON_RESERVED = "COUPON_RESERVED"
    COUPON_USED = "COUPON_USED"
    COUPON_GIVEN_BACK = "COUPON_GIVEN_BACK"
    COUPON_EXPIRING = "COUPON_EXPIRING"
    COUPON_EXPIRED = "COUPON_EXPIRED"
    COUPON_REVOKED = "COUPON_REVOKED"
    RECOVERY_OWED = "RECOVERY_OWED"
    RECOVERY_COLLECTED = "RECOVERY_COLLECTED"
    RECOVERY_REVERSED = "RECOVERY_REVERSED"
    DISPUTE_OPENED = "DISPUTE_OPENED"
    DISPUTE_ANSWERED = "DISPUTE_ANSWERED"
    DISPUTE_ESCALATED = "DISPUTE_ESCALATED"
    DISPUTE_RESOLVED = "DISPUTE_RESOLVED"
    DISPUTE_REOPENED = "DISPUTE_REOPENED"
    CONSIGNMENT_LINKED = "CONSIGNMENT_LINKED"
    CONSIGNMENT_UNLINKED = "CONSIGNMENT_UNLINKED"
    ATTACHMENT_ADDED = "ATTACHMENT_ADDED"
    ATTACHMENT_REMOVED = "ATTACHMENT_REMOVED"
    AMENDMENT_PROPOSED = "AMENDMENT_PROPOSED"
    AMENDMENT_WITHDRAWN = "AMENDMENT_WITHDRAWN"
    AMENDMENT_CONFIRMED = "AMENDMENT_CONFIRMED"
    AMENDMENT_DECLINED = "AMENDMENT_DECLINED"
    AMENDMENT_LAPSED = "AMENDMENT_LAPSED"
    MILESTONE_ADDED = "MILESTONE_ADDED"
    MILESTONE_TAKEN_BACK = "MILESTONE_TAKEN_BACK"
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
    LEAD_SOURCE_SET = "LEAD_SOURCE_SET"
    LABELS_CHANGED = "LABELS_CHANGED"
    NOTE_ADDED = "NOTE_ADDED"
    NOTE_REMOVED = "NOTE_REMOVED"
    MEMBER_REMOVED = "MEMBER_REMOVED"
    DESK_SETTINGS_CHANGED = "DESK_SETTINGS_CHANGED"
    SHEET_CHANGED = "SHEET_CHANGED"
    ACCESS_TOKEN_CHANGED = "ACCESS_TOKEN_CHANGED"
    WEBHOOK_CHANGED = "WEBHOOK_CHANGED"
    WEBHOOK_UNHEALTHY = "WEBHOOK_UNHEALTHY"
    WITHDRAWAL_MADE = "WITHDRAWAL_MADE"
    APPLICATION_SUBMITTED = "APPLICATION_SUBMITTED"
    APPLICATION_DECIDED = "APPLICATION_DECIDED"
    SERVICE_ACTIVATED = "SERVICE_ACTIVATED"
    ENROLMENT_JOINED = "ENROLMENT_JOINED"
    ENROLMENT_LEFT = "ENROLMENT_LEFT"
    ENROLMENT_EXIT_ALLOWED = "ENROLMENT_EXIT_ALLOWED"
    ENROLMENT_REJOIN_ALLOWED = "ENROLMENT_REJOIN_ALLOWED"
    QUOTA_CHANGED = "QUOTA_CHANGED"
    POLICY_CHANGED = "POLICY_CHANGED"
    RATE_CHANGED = "RATE_CHANGED"
    CLOCK_MOVED = "CLOCK_MOVED"


# Section 13: who hears of what; everything not named here goes to both parties and the operators
_NARROWER: Mapping[EventKind, Audience] = {
    EventKind.BUYER_MATCHED: SELLER_SIDE,
    EventKind.QUOTA_SHORT: SELLER_FINANCE,
    EventKind.FUNDS_RELEASED: SELLER_FINANCE,
    EventKind.FEE_CHARGED: SELLER_SIDE,
    EventKind.LEDGER_CORRECTED: SELLER_FINANCE,
    EventKind.WAIVER_GRANTED: SELLER_FINANCE,
    EventKind.WAIVER_WITHDRAWN: SELLER_FINANCE,
    EventKind.RECOVERY_OWED: SELLER_FINANCE,
    EventKind.RECOVERY_COLLECTED: SELLER_FINANCE,
    EventKind.RECOVERY_REVERSED: SELLER_FINANCE,
    EventKind.COUPON_ISSUED: BUYER_SIDE,
    EventKind.COUPON_RESERVED: BUYER_SIDE,
    EventKind.COUPON_USED: BUYER_SIDE,
    EventKind.COUPON_GIVEN_BACK: BUYER_SIDE,
    EventKind.COUPON_EXPIRING: BUYER_SIDE,
    EventKind.COUPON_EXPIRED: BUYER_SIDE,
    EventKind.COUPON_REVOKED: BUYER_SIDE,
    EventKind.ENROLMENT_JOINED: SELLER_SIDE,
    EventKind.ENROLMENT_LEFT: SELLER_SIDE,
    EventKind.ENROLMENT_EXIT_ALLOWED: SELLER_SIDE,
    EventKind.ENROLMENT_REJOIN_ALLOWED: SELLER_SIDE,
    EventKind.SALESPERSON_ASSIGNED: SELLER_SIDE,
    EventKind.SELLER_REFERENCE_SET: SELLER_SIDE,
    EventKind.BUYER_REFERENCE_SET: BUYER_SIDE,
    EventKind.LEAD_SOURCE_SET: SELLER_SIDE,
    EventKind.LABELS_CHANGED: SELLER_SIDE,
    EventKind.NOTE_ADDED: SELLER_SIDE,
    EventKind.NOTE_REMOVED: SELLER_SIDE,
    EventKind.MEMBER_REMOVED: SELLER_SIDE,
    EventKind.DESK_SETTINGS_CHANGED: SELLER_SIDE,
    EventKind.SHEET_CHANGED: SELLER_SIDE,
    EventKind.ACCESS_TOKEN_CHANGED: frozenset({Role.BUYER, Role.OWNER, Role.OPERATOR}),
    EventKind.WEBHOOK_CHANGED: frozenset({Role.BUYER, Role.OWNER, Role.OPERATOR}),
    EventKind.WEBHOOK_UNHEALTHY: frozenset({Role.BUYER, Role.OWNER, Role.OPERATOR}),
    EventKind.WITHDRAWAL_MADE: SELLER_FINANCE,
    EventKind.APPLICATION_SUBMITTED: SELLER_FINANCE,
    EventKind.APPLICATION_DECIDED: SELLER_FINANCE,
    EventKind.SERVICE_ACTIVATED: SELLER_SIDE,
    EventKind.QUOTA_CHANGED: SELLER_FINANCE,
    EventKind.POLICY_CHANGED: OPERATORS,
    EventKind.RATE_CHANGED: OPERATORS,
    EventKind.CLOCK_MOVED: OPERATORS,
}
AUDIENCE: Mapping[EventKind, Audience] = {kind: _NARROWER.get(kind, PARTIES) for kind in EventKind}
KINDS_FOR: Mapping[Role, frozenset[str]] = {
    role: frozenset(str(kind) for kind, audience in AUDIENCE.items() if role in audience) for role in Role
}


# INT-4: what is told of a noun is told to tokens that may read it
_OF_SHIPMENTS = frozenset(
    {
        EventKind.GOODS_DISPATCHED,
        EventKind.SHIPMENT_CORRECTED,
        EventKind.TRACKING_RECORDED,
        EventKind.GOODS_DELIVERED,
        EventKind.MILESTONE_ADDED,
        EventKind.MILESTONE_TAKEN_BACK,
        EventKind.CONSIGNMENT_LINKED,
        EventKind.CONSIGNMENT_UNLINKED,
    }
)
_OF_CLAIMS = frozenset(
    {
        EventKind.CLAIM_FILED,
        EventKind.CLAIM_APPROVED,
        EventKind.CLAIM_REJECTED,
        EventKind.CLAIM_DECISION_UNDONE,
        EventKind.WAIVER_GRANTED,
        EventKind.WAIVER_WITHDRAWN,
        EventKind.DISPUTE_OPENED,
        EventKind.DISPUTE_ANSWERED,
        EventKind.DISPUTE_ESCALATED,
        EventKind.DISPUTE_RESOLVED,
        EventKind.DISPUTE_REOPENED,
    }
)
SCOPED: Mapping[Scope, frozenset[EventKind]] = {Scope.SHIPMENTS_READ: _OF_SHIPMENTS, Scope.CLAIMS_READ: _OF_CLAIMS}


@cache
def untold(scopes: frozenset[Scope]) -> frozenset[str]:
    """The kinds of events that a token with these scopes is not told of, whoever made it."""
    return frozenset(str(kind) for scope, kinds in SCOPED.items() if scope not in scopes for kind in kinds)


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
