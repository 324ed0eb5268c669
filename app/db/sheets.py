"""Sheets in the database: asked for, leased to whoever writes them, and told of."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.happenings import event_row
from app.db.rows import record_from, values_of
from app.db.tables.sheets import OPEN
from app.domain.happenings import Happening
from app.domain.sheets import LEASE, Sheet, SheetState

_s = t.sheets.c


async def number_open(connection: AsyncConnection, account_id: UUID) -> int:
    """How many sheets of an account are not finished; its next one waits until this transaction ends."""
    account = select(t.accounts.c.id).where(t.accounts.c.id == account_id)
    await connection.execute(account.with_for_update(key_share=True))
    found = await connection.execute(select(func.count()).where(_s.account_id == account_id, text(OPEN)))
    return found.scalar_one()


async def get(connection: AsyncConnection, sheet_id: UUID, lock: bool = False) -> Sheet | None:
    """A sheet, locked if something will be decided about it."""
    query = select(t.sheets).where(_s.id == sheet_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).mappings().first()
    return None if row is None else record_from(Sheet, dict(row))


async def add(connection: AsyncConnection, sheet: Sheet, happening: Happening) -> None:
    """Write a sheet that was asked for."""
    await connection.execute(insert(t.sheets).values(values_of(sheet)))
    await connection.execute(insert(t.events), [event_row("SHEET", sheet.id, happening)])


async def save(connection: AsyncConnection, sheet: Sheet, happening: Happening) -> None:
    """Write what became of a locked sheet."""
    await connection.execute(update(t.sheets).where(_s.id == sheet.id).values(values_of(sheet)))
    await connection.execute(insert(t.events), [event_row("SHEET", sheet.id, happening)])


async def take(connection: AsyncConnection, writer_id: UUID, now: datetime) -> Sheet | None:
    """The oldest sheet that nobody writes, or whose writer has not been heard of for too long; it is this writer's."""
    free = or_(_s.leased_until.is_(None), _s.leased_until < now)
    oldest = select(_s.id).where(text(OPEN), free).order_by(_s.id).limit(1).with_for_update(skip_locked=True)
    values = {"state": str(SheetState.RUNNING), "writer_id": writer_id, "leased_until": now + LEASE}
    query = update(t.sheets).where(_s.id == oldest.scalar_subquery()).values(values).returning(t.sheets)
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else record_from(Sheet, dict(row))


async def kept_too_long(connection: AsyncConnection, now: datetime, limit: int) -> list[Sheet]:
    """Sheets whose time is over, locked."""
    query = select(t.sheets).where(_s.state == str(SheetState.READY), _s.expires_at <= now)
    query = query.order_by(_s.expires_at).limit(limit).with_for_update(skip_locked=True)
    return [record_from(Sheet, dict(row)) for row in (await connection.execute(query)).mappings()]
