"""The rows of a broken promise and of its remedies: claims, waivers, coupons, recoveries, disputes."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum, unique
from uuid import UUID

from app.domain.access import By


@unique
class Guarantee(StrEnum):
    """Which promise a claim is about (CLM-2, CLM-3)."""

    ON_TIME_DISPATCH = "ON_TIME_DISPATCH"
    ON_TIME_DELIVERY = "ON_TIME_DELIVERY"


@unique
class ClaimStatus(StrEnum):
    """What became of a claim (CLM-6)."""

    UNDER_REVIEW = "UNDER_REVIEW"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


@unique
class ClaimRejection(StrEnum):
    """Why a claim was rejected (CLM-6)."""

    NOT_DUE = "NOT_DUE"
    WAIVED = "WAIVED"
    ORDER_REFUNDED = "ORDER_REFUNDED"
    FACTS = "FACTS"
    OTHER = "OTHER"


@unique
class Liability(StrEnum):
    """Who bears a compensation (CLM-7)."""

    SELLER = "SELLER"
    PLATFORM = "PLATFORM"


@unique
class CouponStatus(StrEnum):
    """Where a platform coupon stands (COU-1, COU-2)."""

    AVAILABLE = "AVAILABLE"
    RESERVED = "RESERVED"
    USED = "USED"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


@unique
class RecoveryCause(StrEnum):
    """Why a seller owes the platform: a coupon at their expense was used, or a refund was more than their balance."""

    COUPON_USED = "COUPON_USED"
    REFUND_ADVANCED = "REFUND_ADVANCED"


@unique
class RecoveryStatus(StrEnum):
    """How much of a recovery came back (COU-4)."""

    OWED = "OWED"
    PARTLY_COLLECTED = "PARTLY_COLLECTED"
    COLLECTED = "COLLECTED"
    REVERSED = "REVERSED"


@unique
class DisputeStatus(StrEnum):
    """Whose word a dispute waits for (DSP-2)."""

    AWAITING_SELLER = "AWAITING_SELLER"
    AWAITING_BUYER = "AWAITING_BUYER"
    ESCALATED = "ESCALATED"
    RESOLVED = "RESOLVED"


@unique
class DisputeReason(StrEnum):
    """Why the buyer asks for money back (DSP-1)."""

    NOT_DISPATCHED_ON_TIME = "NOT_DISPATCHED_ON_TIME"
    QUALITY = "QUALITY"
    NOT_RECEIVED = "NOT_RECEIVED"
    OTHER = "OTHER"


@unique
class DisputeOutcome(StrEnum):
    """How a dispute ended (DSP-2)."""

    FULL = "FULL"
    PARTIAL = "PARTIAL"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


@unique
class DisputeStepKind(StrEnum):
    """What was done in a dispute."""

    OPENED = "OPENED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    COUNTERED = "COUNTERED"
    ESCALATED = "ESCALATED"
    WITHDRAWN = "WITHDRAWN"
    DECIDED = "DECIDED"
    REOPENED = "REOPENED"


@unique
class DisputeAnswer(StrEnum):
    """What a side says to the amount that the other named (DSP-2)."""

    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    COUNTER = "COUNTER"


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim for the compensation of a broken promise; one an order, ever (CLM-4).

    `due_at` is the promise in force when it was filed, `total_usd` the agreed total in USD cents at the pinned rate,
    `amount` the coupon's value in USD cents (CLM-5), `note` the operators' own.
    """

    id: UUID
    order_id: UUID
    guarantee: Guarantee
    status: ClaimStatus
    filed_by: UUID
    filed_at: datetime
    due_at: datetime
    total_usd: int
    rate: Decimal
    amount: int
    text: str | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    rejection: ClaimRejection | None = None
    reason: str | None = None
    note: str | None = None
    liability: Liability | None = None
    coupon_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """An operator's word that an event outside anyone's control kept the promise from being kept (CLM-8)."""

    id: UUID
    order_id: UUID
    compensate: bool
    reason: str
    granted_by: UUID
    granted_at: datetime
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Coupon:
    """A platform coupon that compensates `order_id` of `seller_id`; `amount` and `used` in minor units of `currency`.

    `expires_at` is its last good second; `reserved_order_id` the order it is applied to, `used` what was paid there.
    """

    id: UUID
    buyer_id: UUID
    claim_id: UUID
    order_id: UUID
    seller_id: UUID
    status: CouponStatus
    amount: int
    currency: str
    liability: Liability
    issued_at: datetime
    expires_at: datetime
    reserved_order_id: UUID | None = None
    reserved_at: datetime | None = None
    used: int = 0
    used_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a seller owes the platform for one cause; amounts in minor units of `currency` (COU-4, COU-5)."""

    id: UUID
    seller_id: UUID
    order_id: UUID
    cause: RecoveryCause
    coupon_id: UUID | None
    status: RecoveryStatus
    amount: int
    collected: int
    currency: str
    owed_at: datetime
    reversed_at: datetime | None = None

    @property
    def owed(self) -> int:
        """What is still to be collected."""
        return 0 if self.status is RecoveryStatus.REVERSED else self.amount - self.collected


@dataclass(frozen=True, slots=True)
class Collection:
    """A part of a recovery that was collected, from the release of an order or from the balance (COU-5)."""

    id: UUID
    recovery_id: UUID
    order_id: UUID | None
    amount: int
    currency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Dispute:
    """A buyer's application for a refund; amounts in minor units of the order's currency (DSP-1, DSP-2).

    `asked` is what the buyer asks for, `offered` what the seller last offered, `refunded` what was agreed or decided.
    """

    id: UUID
    order_id: UUID
    status: DisputeStatus
    reason: DisputeReason
    asked: int
    offered: int | None
    currency: str
    opened_by: UUID
    opened_at: datetime
    resolved_at: datetime | None = None
    outcome: DisputeOutcome | None = None
    refunded: int | None = None
    decided_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class DisputeStep:
    """One act in a dispute, with the words said and the amount named."""

    id: UUID
    order_id: UUID
    dispute_id: UUID
    kind: DisputeStepKind
    by: By
    account_id: UUID | None
    amount: int | None
    text: str | None
    at: datetime
