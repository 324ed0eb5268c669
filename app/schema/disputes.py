"""Disputes about a refund as clients see them."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import func, select
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain.access import By
from app.domain.records import DeadlineKind, DeadlineStatus
from app.domain.remedies import DisputeOutcome, DisputeReason, DisputeStatus, DisputeStepKind
from app.reads import Node, as_enum, column, computed, many, one, public_id
from app.schema.money import Money, money

if TYPE_CHECKING:
    from app.schema.order import Order

HOUR = timedelta(hours=1)


@reads.reads(
    t.dispute_steps,
    visible=reads.of_claims,
    through=("Order", t.orders.c.id == t.dispute_steps.c.order_id),
)
class DisputeStep:
    """One act in a dispute."""

    kind: DisputeStepKind = column(as_enum(DisputeStepKind, t.dispute_steps.c.kind), "What was done.")
    by: By = column(as_enum(By, t.dispute_steps.c.by), "What kind of actor did it; time, where a side stayed silent.")
    amount: Money | None = money(
        t.dispute_steps.c.amount,
        reads.never_null(
            select(t.disputes.c.currency).where(t.disputes.c.id == t.dispute_steps.c.dispute_id).scalar_subquery()
        ),
        "The amount that was named; null: none was.",
    )
    text: str | None = column(t.dispute_steps.c.text, "What was said.")
    at: datetime = column(t.dispute_steps.c.at, "When.")


def _age(opened_at: datetime, resolved_at: datetime | None, now: datetime) -> int:
    return ((resolved_at or now) - opened_at) // HOUR


def _answer_by() -> Any:
    d = t.deadlines.c
    return (
        select(func.max(d.due_at))
        .where(
            d.order_id == t.disputes.c.order_id,
            d.kind == DeadlineKind.DISPUTE_SILENCE.value,
            d.status == DeadlineStatus.RUNNING.value,
            t.disputes.c.status != DisputeStatus.RESOLVED.value,
        )
        .scalar_subquery()
    )


@reads.reads(
    t.disputes,
    prefix="dsp",
    visible=reads.of_claims,
    through=("Order", t.orders.c.id == t.disputes.c.order_id),
)
class Dispute(Node):
    """A buyer's application for a refund, and what became of it (DSP-1, DSP-2)."""

    id: ID = column(public_id("dsp", t.disputes.c.id), "The dispute's id.")
    status: DisputeStatus = column(as_enum(DisputeStatus, t.disputes.c.status), "Whose word it waits for.")
    reason: DisputeReason = column(as_enum(DisputeReason, t.disputes.c.reason), "Why the buyer asks for money back.")
    asked: Money = money(t.disputes.c.asked, t.disputes.c.currency, "What the buyer asks for.")
    offered: Money | None = money(
        t.disputes.c.offered, t.disputes.c.currency, "What the seller last offered and has not turned down since."
    )
    answer_by: datetime | None = column(
        _answer_by(), "Until when the awaited side is to answer, its last good second; then operators decide."
    )
    outcome: DisputeOutcome | None = column(as_enum(DisputeOutcome, t.disputes.c.outcome), "How it ended.")
    refunded: Money | None = money(t.disputes.c.refunded, t.disputes.c.currency, "What went back by it.")
    opened_at: datetime = column(t.disputes.c.opened_at, "When it was opened.")
    resolved_at: datetime | None = column(t.disputes.c.resolved_at, "When it ended.")
    age_hours: int = computed(
        _age,
        t.disputes.c.opened_at,
        t.disputes.c.resolved_at,
        reads.now,
        description="For how many whole hours it has been open, or was.",
    )
    steps: list[DisputeStep] = many(
        t.dispute_steps.c.dispute_id == t.disputes.c.id,
        t.dispute_steps.c.id,
        description="What was done in it, oldest first.",
    )
    order: Annotated["Order", strawberry.lazy("app.schema.order")] | None = one(
        t.orders.c.id == t.disputes.c.order_id, description="The order it is about."
    )


def narrow_disputes(
    reasons: Annotated[
        list[DisputeReason] | None, strawberry.argument(description="Only those with one of these reasons.")
    ] = None,
    opened_before: Annotated[
        datetime | None, strawberry.argument(description="Only those opened before this instant.")
    ] = None,
) -> list[Any]:
    """Which disputes a queue shows."""
    conditions: list[Any] = []
    if reasons is not None:
        conditions.append(t.disputes.c.reason.in_(sorted({reason.value for reason in reasons})))
    if opened_before is not None:
        conditions.append(t.disputes.c.opened_at < opened_before)
    return conditions
