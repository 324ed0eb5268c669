"""The domain's clock, as an operator of the embedded default moves it: forward, and not too far."""

from datetime import datetime, timedelta

from app.domain.calendar import SECOND
from app.domain.errors import ErrorCode, Refusal

FARTHEST = timedelta(days=3652)


def moved(ahead: timedelta, real: datetime, by: int | None, to: datetime | None) -> timedelta:
    """How far the domain's time is ahead after a move by so many seconds, or to an instant or less than a second on.

    Whole seconds, always more than before.
    """
    if (by is None) == (to is None):
        raise Refusal(ErrorCode.REQUIRED, "Say how far to move the clock: either `by` or `to`, and not both.", ("by",))
    if to is not None:
        now = real + ahead
        after, field = ahead - (now - to) // SECOND * SECOND, "to"
    else:
        after, field = ahead + timedelta(seconds=by or 0), "by"
    if after <= ahead:
        raise Refusal(
            ErrorCode.CLOCK_BACKWARDS,
            "The clock moves forward only: what has happened stays in the past.",
            (field,),
            {"now": (real + ahead).isoformat()},
        )
    if after > FARTHEST:
        raise Refusal(
            ErrorCode.OUT_OF_RANGE,
            f"The clock can be at most {FARTHEST.days} days ahead of real time.",
            (field,),
            {"latest": (real + FARTHEST).isoformat()},
        )
    return after
