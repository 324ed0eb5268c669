"""The five stages shown to people (ORD-9)."""

from dataclasses import dataclass
from datetime import datetime

import strawberry

from app.domain.lifecycle import Stage, stage_of
from app.domain.records import Status


@strawberry.type(description="When an order reached a stage.")
class StageStamp:
    """When an order reached a stage."""

    stage: Stage = strawberry.field(description="The stage.")
    reached_at: datetime | None = strawberry.field(description="When it was reached; null: not yet.")
    current: bool = strawberry.field(description="Whether the order stands in it.")


@dataclass(frozen=True)
class StageFacts:
    """What the stages are computed from."""

    status: Status
    closed_in: Status | None
    created_at: datetime
    confirmed_at: datetime | None
    first_paid_at: datetime | None
    dispatched_at: datetime | None
    completed_at: datetime | None


def stages(facts: StageFacts) -> list[StageStamp]:
    """The five stages with their stamps (ORD-9)."""
    reached = {
        Stage.CONTRACT: facts.created_at,
        Stage.PAYMENT: facts.confirmed_at,
        Stage.SHIPMENT: facts.first_paid_at,
        Stage.RECEIVING: facts.dispatched_at,
        Stage.REVIEWS: facts.completed_at,
    }
    current = stage_of(facts.status, facts.closed_in)
    return [StageStamp(stage=stage, reached_at=at, current=stage is current) for stage, at in reached.items()]


def stage(status: Status, closed_in: Status | None) -> Stage:
    """The stage an order stands in."""
    return stage_of(status, closed_in)
