"""Access tokens in the database: counted, written with what is told of them, and when they were last used."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.engine import Pool
from app.db.subjects import Subject
from app.domain.tokens import AccessToken

_t = t.access_tokens.c
_TOKENS = Subject(t.access_tokens, AccessToken, "ACCESS_TOKEN")
lock, add, save = _TOKENS.lock, _TOKENS.add, _TOKENS.save
# how much later a use must be than the last one that was written
APART = timedelta(minutes=1)
_USED = """
UPDATE access_tokens x SET last_used_at = used.at FROM unnest($1::uuid[], $2::timestamptz[]) AS used(id, at)
WHERE x.id = used.id AND x.revoked_at IS NULL AND (x.last_used_at IS NULL OR x.last_used_at <= used.at - $3::interval)
"""


async def number_live(connection: AsyncConnection, account_id: UUID, now: datetime) -> int:
    """How many tokens of an account work; its next one waits until this transaction ends."""
    account = select(t.accounts.c.id).where(t.accounts.c.id == account_id)
    await connection.execute(account.with_for_update(key_share=True))
    live = (_t.account_id == account_id, _t.revoked_at.is_(None), _t.expires_at > now)
    return (await connection.execute(select(func.count()).where(*live))).scalar_one()


async def live_of(connection: AsyncConnection, account_id: UUID, now: datetime) -> list[AccessToken]:
    """The tokens of an account that work, locked."""
    query = select(t.access_tokens).where(_t.account_id == account_id, _t.revoked_at.is_(None), _t.expires_at > now)
    return await _TOKENS.found(connection, query.order_by(_t.id).with_for_update())


async def note_uses(pool: Pool, uses: Mapping[UUID, datetime]) -> None:
    """Write when tokens were last used, by one statement; at most once a minute each, whoever else writes it."""
    await pool.execute(_USED, list(uses), list(uses.values()), APART)
