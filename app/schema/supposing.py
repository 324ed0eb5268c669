"""What dispatching orders now would make of the rate, as clients see it (DSK-4)."""

from collections.abc import Sequence
from datetime import datetime

import strawberry
from strawberry import ID

from app.domain.supposing import Effect, Facts, Supposed
from app.schema.enums import described
from app.schema.punctuality import OnTimeRate, shown_rate

described(
    Effect,
    "DispatchEffect",
    "What dispatching an order now would do to the rate of dispatch on time.",
    """
    IN_TIME: It would be in time: the order counts as kept from its deadline on.
    TOO_LATE: Its deadline has passed: it counts as late, dispatched now or not.
    DISPATCHED: Everything is dispatched already: nothing changes.
    LEFT_OUT: It is left out of the rate, as waived or closed before its deadline: nothing changes.
    NO_DEADLINE: No dispatch deadline runs for it: nothing changes.
    """,
)


@strawberry.type(description="An order that is supposed to be dispatched now.")
class SupposedDispatch:
    """An order that is supposed to be dispatched now."""

    order_id: ID = strawberry.field(description="The order's id.")
    due_at: datetime | None = strawberry.field(description="The dispatch deadline that it is judged by.")
    effect: Effect = strawberry.field(description="What dispatching it now would do.")


@strawberry.type(description="The rate of dispatch on time if some orders were dispatched now.")
class SimulatedRate:
    """The rate of dispatch on time if some orders were dispatched now."""

    now: OnTimeRate = strawberry.field(
        description="The rate as it is: dispatching something changes nothing of it yet."
    )
    at: datetime = strawberry.field(
        description="When all that would be in time counts: the moment after the last deadline among them; now if none "
        "would be."
    )
    then: OnTimeRate = strawberry.field(
        description="The rate at `at` if they are dispatched now, and nothing else is dispatched until then."
    )
    otherwise: OnTimeRate = strawberry.field(
        description="The rate at `at` if they are not dispatched until then either."
    )
    orders: list[SupposedDispatch] = strawberry.field(description="Each of the orders, as they were named.")


def simulated(found: Supposed, chosen: Sequence[Facts]) -> SimulatedRate:
    """What was found, as clients see it."""
    return SimulatedRate(
        now=shown_rate(found.now),
        at=found.at,
        then=shown_rate(found.then),
        otherwise=shown_rate(found.otherwise),
        orders=[
            SupposedDispatch(order_id=ID(f"ord_{facts.id.hex}"), due_at=facts.due_at, effect=effect)
            for facts, effect in zip(chosen, found.effects, strict=True)
        ],
    )
