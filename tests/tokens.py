"""Access tokens as rows, for whatever account and scopes a test needs."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select

from app.db import tables as t
from app.db.rows import values_of
from app.domain.access import Scope
from app.domain.tokens import BEGINNING, PREFIX, AccessToken, hashed
from tests.means import TestMeans


async def issue_access_token(
    means: TestMeans, account_id: UUID, scopes: Iterable[Scope], expires_at: datetime, label: str = "ERP"
) -> str:
    """The text of a new access token of an account, whoever may make one over the API."""
    text = PREFIX + means.mint.secret()
    async with means.engine.begin() as connection:
        company = select(t.members.c.seller_id).where(t.members.c.account_id == account_id)
        token = AccessToken(
            id=means.mint.id(),
            version=1,
            account_id=account_id,
            seller_id=(await connection.execute(company)).scalar(),
            label=label,
            scopes=tuple(sorted(scopes)),
            hash=hashed(text),
            beginning=text[:BEGINNING],
            created_at=means.clock.real(),
            expires_at=expires_at,
        )
        await connection.execute(insert(t.access_tokens).values(values_of(token)))
    return text
