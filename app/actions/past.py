"""An order as it stood at a past instant, told from what is kept of it."""

from datetime import datetime
from uuid import UUID

from app.actions.work import NOT_FOUND, Means
from app.db import happenings, proofs, trades
from app.domain import past
from app.domain.access import Actor, By, party_of
from app.domain.clockwork import settle
from app.domain.errors import ErrorCode, Refusal
from app.domain.past import Past, Told
from app.domain.proof import ENTRIES_MOST
from app.domain.trade import Act

EVENTS_MOST = 10_000


async def order_as_of(means: Means, actor: Actor, order_id: UUID, at: datetime) -> Past:
    """The order at an instant, as the viewer may see it now; nothing is locked or written.

    What has run out by now is settled first, so that no answer depends on whether somebody has looked since.
    """
    async with proofs.moment(means.engine) as connection:
        now = await means.clock.read(connection)
        found = await trades.load(connection, [order_id], now, locked=False)
        if not found or party_of(actor.viewer, found[0].seen) is None:
            raise Refusal(ErrorCode.NOT_FOUND, NOT_FOUND, ("orderId",))
        past.require_past(found[0], at, now)
        if found[0].order.entries > ENTRIES_MOST:
            raise _too_much()
        told = await happenings.told(connection, order_id, EVENTS_MOST + 1)
        chain = (await proofs.chains(connection, [order_id])).get(order_id, [])
    if len(told) > EVENTS_MOST:
        raise _too_much()
    trade = settle(found[0], Act(By.TIME, now, means.mint))
    told += [Told.of(happening) for happening in trade.happenings]
    answer = past.replay(trade, told, [*chain, *trade.posted], at)
    past.require_visible(trade, actor.viewer, answer)
    return answer


def _too_much() -> Refusal:
    return Refusal(ErrorCode.TOO_MANY, "More has happened to this order than can be told at once; read its log.")
