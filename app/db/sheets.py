"""Sheets in the database: asked for, leased to whoever writes them, and told of."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.subjects import Subject
from app.db.tables.sheets import OPEN
from app.domain.sheets import LEASE, Sheet, SheetState

_s = t.sheets.c
_SHEETS = Subject(t.sheets, Sheet, "SHEET")
get, lock, add, save = _SHEETS.get, _SHEETS.lock, _SHEETS.add, _SHEETS.save


async def number_open(connection: AsyncConnection, account_id: UUID) -> int:
    """How many sheets of an account are not finished; its next one waits until this transaction ends."""
    account = select(t.accounts.c.id).where(t.accounts.c.id == account_id)
    await connection.execute(account.with_for_update(key_share=True))
    found = await connection.execute(select(func.count()).where(_s.account_id == account_id, text(OPEN)))
    return found.scalar_one()


async def take(connection: AsyncConnection, writer_id: UUID, now: datetime) -> Sheet | None:
    """The oldest sheet that nobody writes, or whose writer has not been heard of for too long; it is this writer's."""
    free = or_(_s.leased_until.is_(None), _s.leased_until < now)
    oldest = select(_s.id).where(text(OPEN), free).order_by(_s.id).limit(1).with_for_update(skip_locked=True)
    values = {"state": str(SheetState.RUNNING), "writer_id": writer_id, "leased_until": now + LEASE}
    query = update(t.sheets).where(_s.id == oldest.scalar_subquery()).values(values).returning(t.sheets)
    return next(iter(await _SHEETS.found(connection, query)), None)


async def kept_too_long(connection: AsyncConnection, now: datetime, limit: int) -> list[Sheet]:
    """Sheets whose time is over, locked."""
    query = select(t.sheets).where(_s.state == str(SheetState.READY), _s.expires_at <= now)
    query = query.order_by(_s.expires_at).limit(limit).with_for_update(skip_locked=True)
    return await _SHEETS.found(connection, query)
