"""Accounts and members in the database."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db import tables as t
from app.domain.errors import ErrorCode, Refusal


async def account_of_member(engine: AsyncEngine, member_id: UUID) -> UUID:
    """The account of an active member; whose member it is, the order's own rules judge."""
    async with engine.connect() as connection:
        found = await connection.execute(
            select(t.members.c.account_id).where(t.members.c.id == member_id, t.members.c.removed_at.is_(None))
        )
        account_id: UUID | None = found.scalar()
    if account_id is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such member.", ("memberId",))
    return account_id
