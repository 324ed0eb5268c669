"""What happens next to an order, as clients see it: each scheduled transition, what cancels it, what it costs whom."""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import and_
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain import forecast
from app.domain.access import SELLER_FINANCE, Role, Viewer
from app.domain.cancelling import Cancelling
from app.domain.forecast import Clock, Course, Transition
from app.domain.happenings import AUDIENCE, EventKind
from app.domain.policy import PaymentMethod
from app.domain.records import DeadlineKind, DeadlineStatus, Status
from app.domain.remedies import RecoveryStatus
from app.domain.stakes import AUDIENCES, Stake, StakeKind, Standing, Whom
from app.reads import as_enum, count_of, sum_of
from app.schema.actions import UNPAID, ReceiptFact
from app.schema.enums import described
from app.schema.funds import PolicyFact, pinned_policy
from app.schema.money import Money, money_of

described(
    Cancelling,
    "CancellingCondition",
    "Something that keeps a clock from lapsing when it says.",
    """
    DISPATCHED_IN_FULL: Everything is dispatched.
    DELIVERED: Everything is delivered, as carriers report it; in time, where the promise is over already.
    TERMS_AMENDED: An amendment moves the clock, or takes away what it runs for.
    MONEY_TAKEN_BACK: The association of money is undone; a clock that it started ends, one for it waits.
    RECEIPT_CONFIRMED: The buyer confirms the receipt of the goods.
    DISPUTE_OPENED: The buyer opens a dispute; the clock then waits for its end.
    DISPUTE_ANSWERED: The side whose word is awaited answers.
    DISPUTE_ENDED: The dispute is withdrawn, escalated by a side, or resolved.
    CLAIM_FILED: The buyer files a claim.
    FIRST_INSTALMENT_COMPLETE: The first instalment is complete.
    FULLY_PAID: Every instalment is complete, so that nothing is left to associate the transfer with.
    TRANSFER_LANDED: A bank transfer lands; the clock then waits until it is associated or sent back.
    TRANSFER_DEALT_WITH: The transfer is associated, or goes back to its payer.
    ORDER_CLOSED: The order is cancelled, or closed by a full refund.
    """,
)
described(
    StakeKind,
    "StakeKind",
    "What is at stake when a clock lapses.",
    """
    PENALTY_POINTS: Points that an overdue order costs a seller who is not in the on-time dispatch guarantee.
    COMPENSATION: A coupon that the buyer can claim from then on; `whom` is who would bear it.
    CLAIM_LOST: The coupon that the buyer can no longer claim.
    RELEASE: What is released from escrow to the seller.
    FEE: The transaction fee that is charged to the seller.
    RECOVERY: What is collected of what the seller owes the platform.
    REFUND: What goes back to the buyer.
    REFUND_RIGHT_LOST: What the buyer can no longer ask back.
    COUPON_RETURNED: The buyer's coupon that can be used again.
    COUPON_LOST: The buyer's coupon that is lost, as its time is over by then.
    """,
)
described(
    Whom,
    "Whom",
    "Whom something costs, or who gets it.",
    """
    BUYER: The order's buyer.
    SELLER: The order's seller.
    PLATFORM: The platform itself.
    """,
)


@strawberry.type(description="One thing at stake when a clock lapses.")
class AtStake:
    """One thing at stake when a clock lapses."""

    kind: StakeKind = strawberry.field(description="What it is.")
    whom: Whom | None = strawberry.field(
        description="Whom it costs, or who gets it; null for those whom it does not concern."
    )
    amount: Money | None = strawberry.field(description="How much; null for points.")
    points: int | None = strawberry.field(description="How many points; null for money.")


@strawberry.type(description="Something that time will do to an order, unless somebody does something first.")
class ScheduledTransition:
    """Something that time will do to an order."""

    clock: DeadlineKind = strawberry.field(description="Whose lapse it is.")
    about: DeadlineKind | None = strawberry.field(description="For APPROACH: the deadline that is announced.")
    at: datetime | None = strawberry.field(
        description="When it happens: `dueAt` + 1 s of its clock; null while the clock waits."
    )
    seconds_left: int | None = strawberry.field(
        description="What is left of a clock that waits; null for one that runs."
    )
    follows: DeadlineKind | None = strawberry.field(
        description="The lapse before it that will start its clock; null: the clock is set."
    )
    rule: str = strawberry.field(description="The rule by which its instant is computed.")
    policy_version: ID = strawberry.field(description="The policy version by which it is computed.")
    event: EventKind = strawberry.field(description="The event that will tell of it.")
    cancelled_by: list[Cancelling] = strawberry.field(description="What would cancel it, move it, or let it wait.")
    at_stake: list[AtStake] = strawberry.field(description="What it will cost whom, if the order then stands as now.")


@dataclass(frozen=True)
class ClockRow:
    """A clock that has not ended."""

    id: UUID
    kind: DeadlineKind
    about: str | None
    due_at: datetime
    rule: str
    status: DeadlineStatus
    seconds_left: int | None


@dataclass(frozen=True)
class SellerStamps:
    """Since when the seller is in the on-time dispatch guarantee, or when they left it."""

    enrolled_at: datetime | None
    left_at: datetime | None


@dataclass(frozen=True)
class CouponEnd:
    """The last good second of the coupon applied to the order."""

    expires_at: datetime


@dataclass(frozen=True)
class Landed:
    """A receipt that a clock may wait for."""

    id: UUID
    receipt: ReceiptFact


@dataclass(frozen=True)
class ForecastFacts:
    """What the forecast reads of an order, as the read statement brings it."""

    status: Status
    currency: str
    total: int
    usd_rate: Decimal | None
    received: int
    refunded: int
    coupon: int
    coupon_posted: int
    fee_rate: Decimal | None
    fee_cap: int | None
    dispatch_guaranteed: bool
    dispatched_at: datetime | None
    overdue_at: datetime | None
    confirmed_at: datetime | None
    open_instalments: int
    owed: int
    claims: int
    waivers: int
    refusals: int
    policy: PolicyFact | None
    seller: SellerStamps | None
    applied: CouponEnd | None
    clocks: list[ClockRow]
    transfers: list[Landed]


_SHARED = {field.name for field in fields(Standing)} & {field.name for field in fields(ForecastFacts)} - {"policy"}


def course(facts: ForecastFacts) -> Course | None:
    """The facts as the domain knows them; None before anything is agreed, when no clock runs."""
    if facts.policy is None or facts.confirmed_at is None or facts.seller is None:
        return None
    standing = Standing(
        **{name: getattr(facts, name) for name in _SHARED},
        coupon_expires=None if facts.applied is None else facts.applied.expires_at,
        claimed=facts.claims > 0,
        waived=facts.waivers > 0,
        refused=facts.refusals > 0,
        enrolled_at=facts.seller.enrolled_at,
        left_at=facts.seller.left_at,
        policy=pinned_policy(facts.policy, facts.confirmed_at),
    )
    return Course(standing, tuple(_clock(facts, row) for row in facts.clocks))


def _clock(facts: ForecastFacts, row: ClockRow) -> Clock:
    waits = any(str(each.id) == row.about and _associable(facts, each.receipt) for each in facts.transfers)
    return Clock(
        kind=row.kind,
        due_at=row.due_at,
        rule=row.rule,
        about=row.about,
        seconds_left=row.seconds_left if row.status is DeadlineStatus.WAITING else None,
        empty=row.kind is DeadlineKind.TRANSFER_WAITING and not waits,
        id=row.id,
    )


def _associable(facts: ForecastFacts, receipt: ReceiptFact) -> bool:
    late = receipt.method is PaymentMethod.TT and receipt.currency == facts.currency and facts.open_instalments
    return bool(receipt.unassociated or (receipt.held and late))


def what_happens_next(facts: ForecastFacts, viewer: Viewer | None, now: datetime) -> list[ScheduledTransition]:
    """Every scheduled transition of an order as its viewer may see it (section 13)."""
    found = course(facts)
    return [] if found is None or viewer is None else transitions(found, viewer.role, now)


def transitions(found: Course, role: Role, now: datetime) -> list[ScheduledTransition]:
    """The forecast of a course as a role sees it."""
    policy = found.standing.policy
    return [_shown(each, policy.id, role) for each in forecast.forecast(found, now) if role in AUDIENCE[each.event]]


def _shown(each: Transition, policy_id: UUID, role: Role) -> ScheduledTransition:
    clock = each.clock
    return ScheduledTransition(
        clock=clock.kind,
        about=DeadlineKind(clock.about or "") if clock.kind is DeadlineKind.APPROACH else None,
        at=each.at,
        seconds_left=clock.seconds_left,
        follows=clock.follows,
        rule=clock.rule,
        policy_version=ID(f"pol_{policy_id.hex}"),
        event=each.event,
        cancelled_by=list(each.cancelled_by),
        at_stake=[_stake(stake, role) for stake in each.stakes if role in AUDIENCES[stake.kind]],
    )


def _stake(stake: Stake, role: Role) -> AtStake:
    # who bears a compensation is between seller and platform
    hidden = stake.kind is StakeKind.COMPENSATION and role not in SELLER_FINANCE
    return AtStake(
        kind=stake.kind,
        whom=None if hidden else stake.whom,
        amount=None if stake.amount is None else money_of(stake.amount),
        points=stake.points,
    )


def _waivers(*more: Any) -> Any:
    return count_of(and_(t.waivers.c.order_id == t.orders.c.id, t.waivers.c.withdrawn_at.is_(None), *more))


_OPEN = (DeadlineStatus.RUNNING.value, DeadlineStatus.WAITING.value)
_OWED = (RecoveryStatus.OWED.value, RecoveryStatus.PARTLY_COLLECTED.value)
_o, _d, _r, _x = t.orders.c, t.deadlines.c, t.recoveries.c, t.receipts.c
FORECAST = reads.record(
    ForecastFacts,
    status=as_enum(Status, _o.status),
    currency=_o.currency,
    total=_o.total,
    usd_rate=_o.usd_rate,
    received=_o.received,
    refunded=_o.refunded,
    coupon=_o.coupon,
    coupon_posted=_o.coupon_posted,
    fee_rate=_o.fee_rate,
    fee_cap=_o.fee_cap,
    dispatch_guaranteed=_o.dispatch_guaranteed,
    dispatched_at=_o.dispatched_at,
    overdue_at=_o.overdue_at,
    confirmed_at=_o.confirmed_at,
    open_instalments=count_of(and_(t.instalments.c.order_id == _o.id, UNPAID)),
    owed=sum_of(
        _r.amount - _r.collected, and_(_r.seller_id == _o.seller_id, _r.currency == _o.currency, _r.status.in_(_OWED))
    ),
    claims=count_of(t.claims.c.order_id == _o.id),
    waivers=_waivers(),
    refusals=_waivers(t.waivers.c.compensate.is_(False)),
    policy=reads.row(PolicyFact, t.policies.c.id == _o.policy_id, id=t.policies.c.id, document=t.policies.c.document),
    seller=reads.row(
        SellerStamps, t.sellers.c.id == _o.seller_id, enrolled_at=t.sellers.c.enrolled_at, left_at=t.sellers.c.left_at
    ),
    applied=reads.row(CouponEnd, t.coupons.c.id == _o.coupon_id, expires_at=t.coupons.c.expires_at),
    clocks=reads.rows(
        ClockRow,
        and_(_d.order_id == _o.id, _d.status.in_(_OPEN), _d.kind != DeadlineKind.RECOVERY.value),
        _d.id,
        id=_d.id,
        kind=as_enum(DeadlineKind, _d.kind),
        about=_d.about,
        due_at=_d.due_at,
        rule=_d.rule,
        status=as_enum(DeadlineStatus, _d.status),
        seconds_left=_d.seconds_left,
    ),
    transfers=reads.rows(
        Landed,
        _x.order_id == _o.id,
        _x.id,
        id=_x.id,
        receipt=reads.record(
            ReceiptFact,
            method=as_enum(PaymentMethod, _x.method),
            currency=_x.currency,
            unassociated=_x.unassociated,
            counted=_x.counted,
            held=_x.held,
        ),
    ),
)
