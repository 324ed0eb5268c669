"""What the viewer can do with an order now, judged by the table that judges mutations."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import Integer, and_, cast, or_

from app import reads
from app.db import tables as t
from app.domain.access import By, Viewer, missing_scope
from app.domain.calendar import SECOND, Calendar, in_time
from app.domain.claimable import verdicts
from app.domain.conditions import Facts, State, state_of
from app.domain.errors import Refusal
from app.domain.lifecycle import PARTY_STEPS, TABLE, Step, Who, judge, scope_of
from app.domain.policy import ExportMethod, PaymentMethod
from app.domain.records import AmendmentStatus, DeadlineKind, DeadlineStatus, DispatchTerm, Status
from app.domain.remedies import ClaimStatus, CouponStatus, DisputeOutcome, DisputeStatus
from app.reads import as_enum, count_of
from app.schema.claims import CHECK, CheckFacts, oracle_facts
from app.schema.facts import UserError, user_errors


@strawberry.type(
    description="Whether the viewer can take a step now, and if not, why. What the step is given may still be refused."
)
class ActionState:
    """Whether the viewer can take a step now, and if not, why."""

    step: Step = strawberry.field(description="The step.")
    available: bool = strawberry.field(description="Whether it can be taken now.")
    reason: UserError | None = strawberry.field(description="Why it cannot; null when it can.")


@dataclass(frozen=True)
class DueAt:
    """A running deadline."""

    due_at: datetime


@dataclass(frozen=True)
class ReceiptFact:
    """What the steps read of a receipt."""

    method: PaymentMethod
    currency: str
    unassociated: int
    counted: int
    held: int


@dataclass(frozen=True)
class DisputeFact:
    """What the steps read of a dispute."""

    status: DisputeStatus
    outcome: DisputeOutcome | None


@dataclass(frozen=True)
class ClaimFact:
    """What the steps read of the claim."""

    status: ClaimStatus


@dataclass(frozen=True)
class CouponFact:
    """What the steps read of the coupon that the claim issued."""

    status: CouponStatus
    expires_at: datetime


@dataclass(frozen=True)
class Protected:
    """The days of protection after receipt, by the policy pinned to the order."""

    days: int
    zone: str


@dataclass(frozen=True)
class StepFacts:
    """What the steps of an order are judged by, as the read statement brings it."""

    status: Status
    awaiting: By | None
    drafted_by: By
    number: str | None
    currency: str
    landed: bool
    open_instalments: int
    unpaid_first: int
    open_amendments: int
    shipments: int
    undelivered: int
    reviews: int
    replies: int
    dispatch_term: DispatchTerm | None
    export_method: ExportMethod | None
    consignments: int
    receipts: list[ReceiptFact]
    auto_receipt: DueAt | None
    completed: bool
    refundable: bool
    refunded: bool
    disputes: list[DisputeFact]
    silence: DueAt | None
    protection: DueAt | None
    protected: Protected | None
    check: CheckFacts
    claim: ClaimFact | None
    coupon: CouponFact | None


def _judged(facts: StepFacts, now: datetime) -> Facts:
    """The facts as of now: what has run out is settled, whether or not a sweep has come by."""
    state = state_of(facts.status, facts.awaiting)
    if facts.auto_receipt is not None and not in_time(now, facts.auto_receipt.due_at):
        state = State.COMPLETED
    transfers = [row for row in facts.receipts if row.method is PaymentMethod.TT]
    late = [row for row in transfers if row.held and row.currency == facts.currency and facts.open_instalments]
    whole = facts.dispatch_term is DispatchTerm.DAYS_AFTER_FULL_PAYMENT
    return Facts(
        state=state,
        drafted_by=facts.drafted_by,
        numbered=facts.number is not None,
        landed=facts.landed,
        to_pay=facts.open_instalments > 0,
        unassociated=any(row.unassociated for row in transfers) or bool(late),
        held=any(row.held or (row.unassociated and facts.status is Status.CLOSED) for row in facts.receipts),
        counted=any(row.counted for row in transfers),
        amendment_open=facts.open_amendments > 0,
        money_for_dispatch=(facts.open_instalments if whole else facts.unpaid_first) == 0,
        consigned=facts.export_method is not ExportMethod.YIDATONG_AGENCY or facts.consignments > 0,
        delivered=facts.shipments > 0 and facts.undelivered == 0,
        claim_open=any(verdict.open for verdict in verdicts(oracle_facts(facts.check, now), now)),
        claim=None if facts.claim is None else facts.claim.status,
        coupon_untouched=_untouched(facts.coupon, now),
        waived=facts.check.waivers > 0,
        reviewed=facts.reviews > 0,
        replied=facts.replies > 0,
        refundable=facts.refundable,
        refunded=facts.refunded,
        protected=_protected(facts, now),
        dispute=_dispute(facts, now),
        dispute_rejected=bool(facts.disputes) and facts.disputes[-1].outcome is DisputeOutcome.REJECTED,
    )


def _dispute(facts: StepFacts, now: datetime) -> DisputeStatus | None:
    """Where the open dispute stands: a side that stayed silent too long has left it to the operators."""
    last = facts.disputes[-1].status if facts.disputes else DisputeStatus.RESOLVED
    if last is DisputeStatus.RESOLVED:
        return None
    silent = facts.silence is not None and not in_time(now, facts.silence.due_at)
    return DisputeStatus.ESCALATED if silent else last


def _untouched(coupon: CouponFact | None, now: datetime) -> bool:
    """Whether the issued coupon could still be revoked: it was neither applied nor has it expired."""
    return coupon is None or (coupon.status is CouponStatus.AVAILABLE and in_time(now, coupon.expires_at))


def _protected(facts: StepFacts, now: datetime) -> bool:
    """Whether a refund can still be asked for, also where the receipt itself has only just run out."""
    if facts.completed:
        return facts.protection is not None and in_time(now, facts.protection.due_at)
    if facts.auto_receipt is None or facts.protected is None or in_time(now, facts.auto_receipt.due_at):
        return True
    received_at = facts.auto_receipt.due_at + SECOND
    return in_time(now, Calendar(facts.protected.zone).plus_days(received_at, facts.protected.days))


def available_actions(facts: StepFacts, viewer: Viewer | None, now: datetime) -> list[ActionState]:
    """Each step the viewer's role ever takes, and whether it can be taken now, by the table that judges mutations."""
    if viewer is None:
        return []
    who, judged = Who(viewer.acts_as or viewer.role), _judged(facts, now)
    steps = [step for step in PARTY_STEPS if any(who in cell.who for cell in TABLE[step].values())]
    return [_action(step, missing_scope(viewer.scopes, scope_of(step)) or judge(step, judged, who)) for step in steps]


def _action(step: Step, refusal: Refusal | None) -> ActionState:
    return ActionState(
        step=step, available=refusal is None, reason=None if refusal is None else user_errors(refusal)[0]
    )


def _running(kind: DeadlineKind) -> Any:
    d = t.deadlines.c
    running = and_(d.order_id == t.orders.c.id, d.kind == kind.value, d.status == DeadlineStatus.RUNNING.value)
    return reads.row(DueAt, running, due_at=d.due_at)


UNPAID = t.instalments.c.received < t.instalments.c.amount - t.instalments.c.coupon

STEP_FACTS = reads.record(
    StepFacts,
    status=as_enum(Status, t.orders.c.status),
    awaiting=as_enum(By, t.orders.c.awaiting),
    drafted_by=as_enum(By, t.orders.c.drafted_by),
    number=t.orders.c.number,
    currency=t.orders.c.currency,
    landed=t.orders.c.landed,
    open_instalments=count_of(
        and_(
            t.instalments.c.order_id == t.orders.c.id,
            UNPAID,
        )
    ),
    unpaid_first=count_of(
        and_(
            t.instalments.c.order_id == t.orders.c.id,
            t.instalments.c.position == 0,
            UNPAID,
        )
    ),
    open_amendments=count_of(
        and_(t.amendments.c.order_id == t.orders.c.id, t.amendments.c.status == AmendmentStatus.PROPOSED.value)
    ),
    shipments=count_of(t.shipments.c.order_id == t.orders.c.id),
    undelivered=count_of(and_(t.shipments.c.order_id == t.orders.c.id, t.shipments.c.delivered_at.is_(None))),
    reviews=count_of(t.reviews.c.order_id == t.orders.c.id),
    replies=count_of(and_(t.reviews.c.order_id == t.orders.c.id, t.reviews.c.replied_at.is_not(None))),
    dispatch_term=as_enum(DispatchTerm, t.orders.c.dispatch_term),
    export_method=as_enum(ExportMethod, t.orders.c.export_method),
    consignments=count_of(t.consignments.c.order_id == t.orders.c.id),
    receipts=reads.rows(
        ReceiptFact,
        t.receipts.c.order_id == t.orders.c.id,
        t.receipts.c.id,
        method=as_enum(PaymentMethod, t.receipts.c.method),
        currency=t.receipts.c.currency,
        unassociated=t.receipts.c.unassociated,
        counted=t.receipts.c.counted,
        held=t.receipts.c.held,
    ),
    auto_receipt=_running(DeadlineKind.AUTO_RECEIPT),
    completed=t.orders.c.completed_at.is_not(None),
    refunded=t.orders.c.refunded > 0,
    refundable=or_(
        t.orders.c.received > t.orders.c.refunded,
        and_(t.orders.c.received == 0, t.orders.c.coupon_posted > t.orders.c.coupon_returned),
    ),
    disputes=reads.rows(
        DisputeFact,
        t.disputes.c.order_id == t.orders.c.id,
        t.disputes.c.id,
        status=as_enum(DisputeStatus, t.disputes.c.status),
        outcome=as_enum(DisputeOutcome, t.disputes.c.outcome),
    ),
    check=CHECK,
    claim=reads.row(ClaimFact, t.claims.c.order_id == t.orders.c.id, status=as_enum(ClaimStatus, t.claims.c.status)),
    coupon=reads.row(
        CouponFact,
        and_(
            t.coupons.c.order_id == t.orders.c.id,
            t.coupons.c.status != CouponStatus.REVOKED.value,
        ),
        status=as_enum(CouponStatus, t.coupons.c.status),
        expires_at=t.coupons.c.expires_at,
    ),
    silence=_running(DeadlineKind.DISPUTE_SILENCE),
    protection=_running(DeadlineKind.PROTECTION_END),
    protected=reads.row(
        Protected,
        t.policies.c.id == t.orders.c.policy_id,
        days=cast(t.policies.c.document["protection_days"].astext, Integer),
        zone=t.policies.c.document["zone"].astext,
    ),
)
