"""Uploaded files in the database: what is known of each, beside its content in the storage."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.rows import record_from, values_of
from app.domain.goods import Attachment

_f = t.attachments.c
_WAITS = text(t.goods.WAITING)


async def waiting(connection: AsyncConnection, ids: Collection[UUID]) -> list[Attachment]:
    """Those of these files that wait to be used, locked until the transaction ends."""
    if not ids:
        return []
    query = select(t.attachments).where(_f.id.in_(ids), _WAITS).order_by(_f.id).with_for_update()
    return [record_from(Attachment, dict(row)) for row in (await connection.execute(query)).mappings()]


async def get(connection: AsyncConnection, file_id: UUID) -> Attachment | None:
    """A file."""
    row = (await connection.execute(select(t.attachments).where(_f.id == file_id))).mappings().first()
    return None if row is None else record_from(Attachment, dict(row))


async def number_waiting(connection: AsyncConnection, account_id: UUID) -> int:
    """How many files of an account wait to be used; its next upload waits until this transaction ends."""
    await connection.execute(
        select(t.accounts.c.id).where(t.accounts.c.id == account_id).with_for_update(key_share=True)
    )
    found = await connection.execute(select(func.count()).where(_f.uploaded_by == account_id, _WAITS))
    return found.scalar_one()


async def number_about(connection: AsyncConnection, about: UUID) -> int:
    """How many files are about something."""
    return (await connection.execute(select(func.count()).where(_f.about == about))).scalar_one()


async def add(connection: AsyncConnection, file: Attachment) -> None:
    """Write a file that was uploaded."""
    await connection.execute(insert(t.attachments).values(values_of(file)))


async def use(connection: AsyncConnection, file: Attachment) -> None:
    """Write what a locked file is about from now on."""
    values = {"seller_id": file.seller_id, "about": file.about}
    await connection.execute(update(t.attachments).where(_f.id == file.id).values(values))


async def drop_waiting(connection: AsyncConnection, before: datetime) -> list[UUID]:
    """Delete what has waited since before an instant; the ids whose content can go."""
    found = await connection.execute(
        delete(t.attachments).where(_WAITS, _f.uploaded_at < before).returning(t.attachments.c.id)
    )
    return list(found.scalars())
