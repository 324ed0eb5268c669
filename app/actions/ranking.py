"""The ranking of sellers by how punctually they deliver, made once a day by whoever sweeps first (DSK-5)."""

from datetime import datetime, timedelta

from app.actions.work import Means
from app.db import policies
from app.db import ranking as stored
from app.domain import ranking
from app.domain.punctuality import since


async def make(means: Means) -> datetime:
    """Make the ranking of the platform's day unless there is one; the first second of the next day.

    It is of the promises that had fallen due when the day began, as they are known now.
    """
    async with means.engine.begin() as connection:
        now = await means.clock.read(connection)
        policy = await policies.in_force(connection, now)
        calendar = policy.calendar
        day = calendar.date_of(now)
        if await stored.claim(connection, day, now):
            began = calendar.start_of(day)
            tallies = await stored.tallies(connection, since(calendar, policy.delivery_ranking_days, began), began)
            await stored.replace(connection, day, ranking.ranked(tallies, policy.delivery_ranking_least, day))
    return calendar.start_of(day + timedelta(days=1))
