"""The clock, and the runs of the sweep that it wakes."""

from datetime import datetime
from decimal import Decimal

import strawberry
from strawberry import ID

from app import reads
from app.db import tables as t
from app.reads import Node, column, public_id
from app.schema.facts import UserError


@strawberry.type(description="What time it is here. Orders live in `now`; tokens and signatures in `realNow`.")
class Clock:
    """What time it is here."""

    now: datetime = strawberry.field(description="The time that orders live in; `serverTime` is the same.")
    real_now: datetime = strawberry.field(description="Real time, in which tokens and signatures end.")
    offset_seconds: int = strawberry.field(
        description="How many seconds `now` is ahead; when more than 0, every answer says `extensions.clock: SHIFTED`."
    )
    movable: bool = strawberry.field(
        description="Whether operators can move `now` forward: on the embedded database only."
    )


@strawberry.input(description="How far the clock moves: either by so many seconds, or to an instant.")
class ClockAdvanceInput:
    """How far the clock moves."""

    idempotency_key: str = strawberry.field(
        description="A key of your own for this request, at most 200 characters: a retry then moves nothing."
    )
    by: int | None = strawberry.field(default=None, description="Seconds to move it by; more than 0.")
    to: datetime | None = strawberry.field(
        default=None, description="The instant to move it to; it is reached, and passed by less than a second."
    )


@strawberry.type(description="The clock after a move.")
class ClockPayload:
    """The clock after a move."""

    clock: Clock = strawberry.field(description="The clock as it is now, also when the move was refused.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@reads.reads(t.sweep_runs, prefix="swp", visible=reads.operators_only)
class SweepRun(Node):
    """A run of the sweep that settled something: it is the actor who comes when a deadline runs out. The newest 10,000
    are kept.
    """

    id: ID = column(public_id("swp", t.sweep_runs.c.id), "The run's id.")
    started_at: datetime = column(t.sweep_runs.c.started_at, "When it began, in the time orders live in.")
    took_ms: int = column(t.sweep_runs.c.took_ms, "How many milliseconds it took.")
    due: int = column(
        t.sweep_runs.c.settled + t.sweep_runs.c.skipped,
        "Orders, coupons and sellers with a deadline that had run out: settled and skipped.",
    )
    settled: int = column(t.sweep_runs.c.settled, "Of how many it settled everything that had run out.")
    skipped: int = column(
        t.sweep_runs.c.skipped,
        "How many it left as they were: somebody else held them, or they could not be settled, which the log tells.",
    )
    lag: Decimal = column(
        t.sweep_runs.c.lag, "Seconds between the moment the oldest of these deadlines had run out and its settlement."
    )
