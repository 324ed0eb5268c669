"""What the lapse of a clock costs whom: points, a coupon, what is released, charged, returned or lost (section 14)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum, unique

from app.domain import claimable, enrolment
from app.domain.access import BUYER_SIDE, PARTIES, SELLER_FINANCE, SELLER_SIDE, Audience
from app.domain.calendar import in_time
from app.domain.claims import compensation
from app.domain.fees import FeeTerms
from app.domain.money import Money, convert
from app.domain.policy import Policy
from app.domain.records import DeadlineKind, Status
from app.domain.recoveries import CURRENCY
from app.domain.remedies import Guarantee, Liability
from app.domain.trade import Trade


@dataclass(frozen=True, slots=True)
class Standing:
    """What stakes are read from: an order's row, its policy, its seller's part in the guarantee, and what they owe.

    Amounts in minor units of `currency`; `owed` is what the seller owes in it; `coupon_expires` the last good second of
    the coupon applied to it; `waived` whether a waiver stands, `refused` whether it refuses the compensation. `policy`
    is the pinned one; without it nothing was agreed, and no clock runs.
    """

    status: Status
    currency: str
    total: int
    usd_rate: Decimal | None
    received: int
    refunded: int
    coupon: int
    coupon_posted: int
    coupon_expires: datetime | None
    fee_rate: Decimal | None
    fee_cap: int | None
    owed: int
    dispatch_guaranteed: bool
    dispatched_at: datetime | None
    overdue_at: datetime | None
    claimed: bool
    waived: bool
    refused: bool
    enrolled_at: datetime | None
    left_at: datetime | None
    policy: Policy


@unique
class StakeKind(StrEnum):
    """What is at stake when a clock lapses."""

    PENALTY_POINTS = "PENALTY_POINTS"
    COMPENSATION = "COMPENSATION"
    CLAIM_LOST = "CLAIM_LOST"
    RELEASE = "RELEASE"
    FEE = "FEE"
    RECOVERY = "RECOVERY"
    REFUND = "REFUND"
    REFUND_RIGHT_LOST = "REFUND_RIGHT_LOST"
    COUPON_RETURNED = "COUPON_RETURNED"
    COUPON_LOST = "COUPON_LOST"


@unique
class Whom(StrEnum):
    """Whom something costs, or who gets it."""

    BUYER = "BUYER"
    SELLER = "SELLER"
    PLATFORM = "PLATFORM"


# Section 13: who may know of what is at stake
AUDIENCES: dict[StakeKind, Audience] = {
    StakeKind.PENALTY_POINTS: SELLER_FINANCE,
    StakeKind.COMPENSATION: PARTIES,
    StakeKind.CLAIM_LOST: PARTIES,
    StakeKind.RELEASE: SELLER_FINANCE,
    StakeKind.FEE: SELLER_SIDE,
    StakeKind.RECOVERY: SELLER_FINANCE,
    StakeKind.REFUND: PARTIES,
    StakeKind.REFUND_RIGHT_LOST: PARTIES,
    StakeKind.COUPON_RETURNED: BUYER_SIDE,
    StakeKind.COUPON_LOST: BUYER_SIDE,
}


@dataclass(frozen=True, slots=True)
class Stake:
    """One thing at stake: how many points, or how much, and whom it costs or who gets it."""

    kind: StakeKind
    whom: Whom
    amount: Money | None = None
    points: int | None = None


def at_stake(standing: Standing, kind: DeadlineKind, at: datetime) -> tuple[Stake, ...]:
    """What the lapse of a clock of this kind at an instant costs whom, if the order still stands so then."""
    if kind is DeadlineKind.DISPATCH:
        return (*_points(standing, at), *_compensation(standing, Guarantee.ON_TIME_DISPATCH))
    if kind is DeadlineKind.DELIVERY:
        return _compensation(standing, Guarantee.ON_TIME_DELIVERY)
    if kind is DeadlineKind.AUTO_RECEIPT:
        return _release(standing)
    if kind in (DeadlineKind.CLAIM_DISPATCH_CLOSE, DeadlineKind.CLAIM_DELIVERY_CLOSE):
        lost = _worth(standing)
        return () if lost is None else (Stake(StakeKind.CLAIM_LOST, Whom.BUYER, lost),)
    if kind is DeadlineKind.PROTECTION_END:
        return _some(StakeKind.REFUND_RIGHT_LOST, Whom.BUYER, standing, standing.received - standing.refunded)
    return _closing(standing, at) if kind is DeadlineKind.UNPAID_DISCOUNT else ()


def _some(kind: StakeKind, whom: Whom, standing: Standing, minor: int) -> tuple[Stake, ...]:
    return (Stake(kind, whom, Money(minor, standing.currency)),) if minor else ()


def _points(standing: Standing, at: datetime) -> tuple[Stake, ...]:
    """Outside the guarantee an overdue order costs points, unless it is waived (ENR-3)."""
    spared = standing.waived or enrolment.covered(standing.enrolled_at, standing.left_at, at)
    points = 0 if spared else standing.policy.penalty_points
    return (Stake(StakeKind.PENALTY_POINTS, Whom.SELLER, points=points),) if points else ()


def _worth(standing: Standing) -> Money | None:
    """The coupon that a claim would bring; None when none can be brought any more (CLM-5)."""
    if standing.claimed or standing.refused or standing.usd_rate is None:
        return None
    usd = convert(standing.total, standing.currency, CURRENCY, standing.usd_rate)
    return Money(compensation(usd, standing.policy.claim_rate, standing.policy.claim_cap_usd), CURRENCY)


def _compensation(standing: Standing, guarantee: Guarantee) -> tuple[Stake, ...]:
    """A coupon that the buyer could claim from then on, and who would bear it (CLM-7)."""
    worth = _worth(standing)
    covered = guarantee is Guarantee.ON_TIME_DELIVERY or standing.dispatch_guaranteed
    if worth is None or not covered:
        return ()
    late = standing.dispatched_at is None or standing.overdue_at is not None
    bearer = claimable.liability_of(guarantee, late=late, waived=standing.waived)
    return (Stake(StakeKind.COMPENSATION, Whom.SELLER if bearer is Liability.SELLER else Whom.PLATFORM, worth),)


def _release(standing: Standing) -> tuple[Stake, ...]:
    """What receipt releases to the seller, and from it the fee and what the seller owes (PAY-8, section 15)."""
    # before receipt nothing was released, and no fee was charged
    due = standing.received - standing.refunded + standing.coupon_posted
    terms = FeeTerms(standing.fee_rate or Decimal(0), standing.fee_cap)
    charged = min(due, terms.fee(standing.total - standing.refunded))
    return (
        *_some(StakeKind.RELEASE, Whom.SELLER, standing, due),
        *_some(StakeKind.FEE, Whom.SELLER, standing, charged),
        *_some(StakeKind.RECOVERY, Whom.SELLER, standing, min(due - charged, standing.owed)),
    )


def _closing(standing: Standing, at: datetime) -> tuple[Stake, ...]:
    """The order is cancelled: what counted goes back, and the coupon if its time still runs (ORD-11, PAY-9)."""
    back = _some(StakeKind.REFUND, Whom.BUYER, standing, standing.received - standing.refunded)
    alive = standing.coupon_expires is not None and in_time(at, standing.coupon_expires)
    kind = StakeKind.COUPON_RETURNED if alive else StakeKind.COUPON_LOST
    return (*back, *_some(kind, Whom.BUYER, standing, standing.coupon))


def standing_of(trade: Trade) -> Standing:
    """What stakes are read from, of a trade."""
    order, waiver, coupon = trade.order, trade.waiver, trade.applied_coupon
    return Standing(
        **{name: getattr(order, name) for name in _OF_THE_ORDER},
        coupon_expires=None if coupon is None else coupon.expires_at,
        owed=sum(row.owed for row in trade.recoveries if row.currency == order.currency),
        claimed=bool(trade.claims),
        waived=waiver is not None,
        refused=waiver is not None and not waiver.compensate,
        enrolled_at=trade.seller.enrolled_at,
        left_at=trade.seller.left_at,
        policy=trade.policy,
    )


_OF_THE_ORDER = (
    *("status", "currency", "total", "usd_rate", "received", "refunded", "coupon", "coupon_posted"),
    *("fee_rate", "fee_cap", "dispatch_guaranteed", "dispatched_at", "overdue_at"),
)
