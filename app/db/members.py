"""A seller's members in the database, and the orders of those who go on their way to a colleague."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.rows import record_from, values_of
from app.domain.members import Handover, Member

_h, _o = t.handovers.c, t.orders.c


async def team(connection: AsyncConnection, seller_id: UUID) -> list[Member]:
    """The members of a seller, oldest first; whoever removes one has locked the seller."""
    query = select(t.members).where(t.members.c.seller_id == seller_id).order_by(t.members.c.created_at, t.members.c.id)
    return [record_from(Member, dict(row)) for row in (await connection.execute(query)).mappings()]


async def remove(connection: AsyncConnection, member: Member, handover: Handover) -> None:
    """Write that a member is none any more, after whoever gives them an order has done so.

    What was on its way to them goes to their own successor.
    """
    to_them = update(t.handovers).where(_h.to_id == member.account_id, _h.finished_at.is_(None))
    await connection.execute(to_them.values(to_id=handover.to_id))
    gone = update(t.members).where(t.members.c.id == member.id)
    await connection.execute(gone.values(removed_at=member.removed_at))
    await connection.execute(insert(t.handovers).values(values_of(handover)))


async def handovers(connection: AsyncConnection, limit: int) -> list[Handover]:
    """The handovers that are not finished, oldest first."""
    query = select(t.handovers).where(_h.finished_at.is_(None)).order_by(_h.id).limit(limit)
    return [record_from(Handover, dict(row)) for row in (await connection.execute(query)).mappings()]


async def left_behind(
    connection: AsyncConnection, handover: Handover, limit: int, passed_over: Collection[UUID]
) -> list[UUID]:
    """Some orders that are still a removed member's, in no order, so that any index over whose they are will do."""
    mine = (_o.seller_id == handover.seller_id, _o.salesperson_id == handover.from_id)
    query = select(_o.id).where(*mine, _o.id.not_in(passed_over)).limit(limit)
    return list((await connection.execute(query)).scalars())


async def finish(connection: AsyncConnection, handover: Handover, now: datetime) -> None:
    """Write that a handover is finished, if no order is the removed member's any more."""
    mine = (_o.seller_id == handover.seller_id, _o.salesperson_id == handover.from_id)
    done = update(t.handovers).where(_h.id == handover.id, ~exists().where(*mine))
    await connection.execute(done.values(finished_at=now))
