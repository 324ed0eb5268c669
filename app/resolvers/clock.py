"""The clock: what it says, and an operator's moves of it."""

from typing import Annotated

import strawberry

from app.actions import clock
from app.clock import Clock as Moved
from app.domain.calendar import SECOND
from app.domain.errors import Refusal
from app.resolvers.context import GIVEN, Info
from app.resolvers.roots import mutation
from app.schema.clock import Clock, ClockAdvanceInput, ClockPayload
from app.schema.facts import user_errors


def shown(clock: Moved) -> Clock:
    """What a clock says, as clients see it."""
    real, ahead = clock.real(), clock.ahead
    return Clock(now=real + ahead, real_now=real, offset_seconds=ahead // SECOND, movable=clock.movable)


@strawberry.type
class ClockMutations:
    """The clock."""

    @mutation
    async def clock_advance(self, info: Info, input: Annotated[ClockAdvanceInput, GIVEN]) -> ClockPayload:
        """An operator moves the time forward in which orders live, for everybody and for good; what becomes due is
        settled at once. Tokens and signatures keep real time. Only on the embedded database, elsewhere CLOCK_FIXED.
        """
        context = info.context
        call = context.call("clockAdvance", input)
        errors = []
        try:
            await clock.advance(context.kit, call, input.by, input.to)
        except Refusal as refusal:
            errors = user_errors(refusal)
        context.tick()
        return ClockPayload(clock=shown(context.kit.clock), user_errors=errors)
