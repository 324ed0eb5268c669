"""Accounts and members in the database."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.driver import look
from app.domain.errors import ErrorCode, Refusal


async def account_of_member(engine: AsyncEngine, member_id: UUID) -> UUID:
    """The account of somebody who is or was a member; whether they are one, and whose, the order's own rules judge."""
    found = await look(engine, "SELECT account_id FROM members WHERE id = $1", member_id)
    if found is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such member.", ("memberId",))
    account_id: UUID = found["account_id"]
    return account_id
