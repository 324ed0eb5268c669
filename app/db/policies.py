"""Policy versions and exchange rates: rows with effective instants, never changed."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.trades import policy_of
from app.domain.policy import Policy


async def in_force(connection: AsyncConnection, at: datetime) -> Policy:
    """The policy in force at an instant."""
    found = await connection.execute(
        select(t.policies).where(t.policies.c.effective_at <= at).order_by(t.policies.c.effective_at.desc()).limit(1)
    )
    return policy_of(found.mappings().one())


async def rates_in_force(
    connection: AsyncConnection, at: datetime, currencies: Iterable[str]
) -> dict[tuple[str, str], Decimal]:
    """The rates in force at an instant that orders in these currencies need: to and from USD, and from CNY."""
    found = await connection.execute(
        text(
            "SELECT newest.base, newest.quote, newest.rate FROM unnest(CAST(:currencies AS text[])) AS wanted(code),"
            " LATERAL (VALUES (code, 'USD'), ('USD', code), ('CNY', code)) AS pair(base, quote),"
            " LATERAL (SELECT x.base, x.quote, x.rate FROM exchange_rates x WHERE x.base = pair.base"
            " AND x.quote = pair.quote AND x.effective_at <= :at ORDER BY x.effective_at DESC LIMIT 1) AS newest"
        ),
        {"currencies": list(currencies), "at": at},
    )
    return {(row.base, row.quote): row.rate for row in found}


async def add(connection: AsyncConnection, policy: Policy, by: UUID | None, now: datetime) -> None:
    """Add a policy version."""
    row = {
        "id": policy.id,
        "effective_at": policy.effective_at,
        "document": policy.document(),
        "created_by": by,
        "created_at": now,
    }
    await connection.execute(insert(t.policies).values(row))


async def add_rate(
    connection: AsyncConnection,
    id: UUID,
    pair: tuple[str, str],
    rate: Decimal,
    effective_at: datetime,
    by: UUID | None,
    now: datetime,
) -> None:
    """Add an exchange rate: units of the second currency for one of the first."""
    row = {
        "id": id,
        "base": pair[0],
        "quote": pair[1],
        "rate": rate,
        "effective_at": effective_at,
        "created_by": by,
        "created_at": now,
    }
    await connection.execute(insert(t.exchange_rates).values(row))
