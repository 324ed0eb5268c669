"""Access tokens in the database: counted, written with what is told of them, and when they were last used."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.engine import Pool
from app.db.happenings import event_row
from app.db.rows import record_from, values_of
from app.domain.tokens import AccessToken, Told

_t = t.access_tokens.c
SUBJECT = "ACCESS_TOKEN"
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


async def get(connection: AsyncConnection, token_id: UUID) -> AccessToken | None:
    """A token, locked."""
    query = select(t.access_tokens).where(_t.id == token_id).with_for_update()
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else record_from(AccessToken, dict(row))


async def live_of(connection: AsyncConnection, account_id: UUID, now: datetime) -> list[AccessToken]:
    """The tokens of an account that work, locked."""
    query = select(t.access_tokens).where(_t.account_id == account_id, _t.revoked_at.is_(None), _t.expires_at > now)
    rows = (await connection.execute(query.order_by(_t.id).with_for_update())).mappings()
    return [record_from(AccessToken, dict(row)) for row in rows]


async def add(connection: AsyncConnection, told: Told) -> None:
    """Write a token that was made."""
    token, happening = told
    await connection.execute(insert(t.access_tokens).values(values_of(token)))
    await connection.execute(insert(t.events), [event_row(SUBJECT, token.id, happening)])


async def save(connection: AsyncConnection, decided: Sequence[Told]) -> None:
    """Write what became of locked tokens."""
    for token, _ in decided:
        await connection.execute(update(t.access_tokens).where(_t.id == token.id).values(values_of(token)))
    if decided:
        await connection.execute(insert(t.events), [event_row(SUBJECT, token.id, told) for token, told in decided])


async def note_uses(pool: Pool, uses: Mapping[UUID, datetime]) -> None:
    """Write when tokens were last used, by one statement; at most once a minute each, whoever else writes it."""
    await pool.execute(_USED, list(uses), list(uses.values()), APART)
