"""Members of a seller who go: removed at once, and their orders handed over in batches (DSK-3)."""

import logging
from uuid import UUID

from app.actions import tokens, work
from app.actions.sellers import on_seller, own_seller, require_in_person
from app.actions.settling import away
from app.actions.work import Call, Means
from app.db import members as stored
from app.db import sellers
from app.db.trades import Asked
from app.domain import members
from app.domain.access import By, Role
from app.domain.errors import Refusal
from app.domain.members import Handover

log = logging.getLogger(__name__)
BATCH = 100
HANDOVERS = 20


async def remove(means: Means, call: Call, member_id: UUID, successor_id: UUID | None) -> UUID:
    """Remove a member of one's company, who also loses every access token; the id of the handover of their orders."""
    actor = require_in_person(call, frozenset({Role.OWNER}))
    async with on_seller(means, call, own_seller(actor)) as (connection, seller, act):
        if (known := await work.recall(connection, call)) is not None:
            return known
        team = await stored.team(connection, seller.id)
        after, member, handover, happening = members.remove(seller, act, team, member_id, successor_id)
        await work.remember(connection, call, handover.id)
        await stored.remove(connection, member, handover)
        await tokens.end_all(connection, call.act(means.clock.real(), means.mint), member.account_id)
        await sellers.save(connection, after, [happening])
    return handover.id


async def hand_over(means: Means, passed_over: set[UUID], batch: int = BATCH) -> bool:
    """Hand over some orders of each removed member; whether there may be more to do at once.

    Orders that cannot be handed over are added to those passed over.
    """
    async with means.engine.connect() as connection:
        found = await stored.handovers(connection, HANDOVERS)
    more = [await _hand_over(means, handover, passed_over, batch) for handover in found]
    return any(more)


async def _hand_over(means: Means, handover: Handover, passed_over: set[UUID], batch: int) -> bool:
    """A batch of one handover, each order under its own lock; finished once nothing is left behind."""
    async with means.engine.connect() as connection:
        orders = await stored.left_behind(connection, handover, batch, passed_over)
    for order_id in orders:
        try:
            await give(means, order_id, handover)
        except Refusal as refusal:
            # a draft that was deleted, or a successor who has gone as well: the next look finds another
            log.info("order %s is not handed over: %s", order_id, refusal)
            return False
        except Exception as error:
            if away(error):
                raise
            log.exception("order %s cannot be handed over", order_id)
            passed_over.add(order_id)
    if not orders:
        async with means.engine.begin() as connection:
            await stored.finish(connection, handover, await means.clock.read(connection))
    return bool(orders)


async def give(means: Means, order_id: UUID, handover: Handover) -> UUID:
    """Give an order of a removed member to their successor; the id of the order."""
    return await work.on_order(
        means,
        Call(By.TIME),
        order_id,
        lambda trade, act: members.hand_over(trade, act, handover),
        asked=Asked(member_id=handover.to_id),
    )
