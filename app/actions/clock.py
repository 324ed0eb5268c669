"""The domain's clock: an operator of the embedded default moves it forward, for everybody at once and for good."""

from datetime import datetime

from app.actions import policies, work
from app.actions.work import Call, Means
from app.db import clock as stored
from app.domain import clock
from app.domain.calendar import SECOND
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import Change, EventKind


async def advance(means: Means, call: Call, by: int | None, to: datetime | None) -> None:
    """Move the domain's time forward by so many seconds, or to an instant.

    The table's lock is awaited alone: whatever rests on the time before is over, and all that comes rests on the new.
    """
    policies.writer(call)
    if not means.clock.movable:
        raise Refusal(
            ErrorCode.CLOCK_FIXED,
            "This server keeps real time: only one on its embedded database, without DATABASE_URL, can move its clock.",
        )
    async with means.engine.begin() as connection:
        ahead = await stored.seize(connection)
        if await work.recall(connection, call) is None:
            real = means.clock.real()
            after = clock.moved(ahead, real, by, to)
            move_id = means.mint.id()
            await work.remember(connection, call, move_id)
            await stored.move(connection, after)
            changes = [Change("now", (real + ahead).isoformat(), (real + after).isoformat())]
            facts = {"offsetSeconds": str(after // SECOND)}
            now = real + after
            await policies.tell(connection, call, EventKind.CLOCK_MOVED, move_id, now, now, changes, facts)
    await means.clock.learn()
    means.feeds.committed()
