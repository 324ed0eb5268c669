"""The protection of an order as clients see it (DSP-4)."""

from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import Integer, and_, cast, func, or_, select

from app import reads
from app.db import tables as t
from app.domain import protection
from app.domain.access import By
from app.domain.protection import Course, ProtectionState
from app.domain.records import DeadlineKind, DeadlineStatus
from app.reads import as_enum
from app.schema.enums import described

described(
    ProtectionState,
    "ProtectionState",
    "How far a part of the protection is.",
    """
    INACTIVE: This order does not have it, or is not agreed yet.
    TO_BE_ACTIVATED: It will begin.
    ACTIVE: It protects the buyer now.
    ENDED: It has done its work, or the order was closed.
    """,
)


@strawberry.type(description="A part of the protection.")
class ProtectionPart:
    """A part of the protection."""

    state: ProtectionState = strawberry.field(description="How far it is.")
    active_at: datetime | None = strawberry.field(description="When it became active; null: not yet, or never.")
    ended_at: datetime | None = strawberry.field(description="When it ended; null: not yet.")


@strawberry.type(description="How the buyer of an order is protected.")
class Protection:
    """How the buyer of an order is protected."""

    payment: ProtectionPart = strawberry.field(
        description="The money is held: from confirmation until it is released or the order closed."
    )
    dispatch: ProtectionPart = strawberry.field(
        description="The goods leave in time: from the start of the dispatch clock until everything is dispatched."
    )
    quality: ProtectionPart = strawberry.field(
        description="The goods are as agreed: from the first dispatch until protection ends."
    )
    delivery: ProtectionPart = strawberry.field(
        description="The goods arrive by the promised date; inactive without a delivery guarantee."
    )
    protected_until: datetime | None = strawberry.field(
        description="Until when a refund can be asked for, its last good second; null before receipt."
    )
    protected_for: str | None = strawberry.field(
        description="The same in words, such as `receipt + 30 days`, before it can be told as an instant."
    )


def _part(part: protection.Part) -> ProtectionPart:
    return ProtectionPart(state=part.state, active_at=part.active_at, ended_at=part.ended_at)


def panel(course: Course, now: datetime) -> Protection:
    """The panel as it stands now."""
    found = protection.panel(course, now)
    return Protection(
        payment=_part(found.payment),
        dispatch=_part(found.dispatch),
        quality=_part(found.quality),
        delivery=_part(found.delivery),
        protected_until=found.until,
        protected_for=found.words,
    )


def _clock(kind: DeadlineKind, column: Any, *kept: DeadlineStatus) -> Any:
    """Of the clock of a kind its start or its end; one that the order's closing stopped counts as well."""
    d = t.deadlines.c
    stopped = and_(d.status == DeadlineStatus.VOID.value, d.settled_at == t.orders.c.closed_at)
    return (
        select(func.max(column))
        .where(
            d.order_id == t.orders.c.id,
            d.kind == kind.value,
            or_(d.status.in_([status.value for status in kept]), stopped),
        )
        .scalar_subquery()
    )


_BEGUN = (DeadlineStatus.RUNNING, DeadlineStatus.LAPSED, DeadlineStatus.MET)
COURSE = reads.record(
    Course,
    confirmed_at=t.orders.c.confirmed_at,
    dispatch_from=_clock(DeadlineKind.DISPATCH, t.deadlines.c.starts_at, *_BEGUN),
    first_dispatched_at=select(func.min(t.shipments.c.dispatched_at))
    .where(t.shipments.c.order_id == t.orders.c.id)
    .scalar_subquery(),
    dispatched_at=t.orders.c.dispatched_at,
    delivery_guaranteed=t.orders.c.delivery_guaranteed,
    delivery_from=_clock(DeadlineKind.DELIVERY, t.deadlines.c.starts_at, *_BEGUN),
    delivered_at=t.orders.c.delivered_at,
    completed_at=t.orders.c.completed_at,
    received_by=as_enum(By, t.orders.c.received_by),
    closed_at=t.orders.c.closed_at,
    protected_until=_clock(DeadlineKind.PROTECTION_END, t.deadlines.c.due_at, *_BEGUN),
    days=select(cast(t.policies.c.document["protection_days"].astext, Integer))
    .where(t.policies.c.id == t.orders.c.policy_id)
    .scalar_subquery(),
)
