"""The policy every installation begins with: without one nothing could be agreed; operators change it from there."""

import json
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection, insert, text

from app.db.tables import policies
from app.domain.policy import FIRST_POLICY

ID = UUID("01900000-0000-7000-8000-000000000001")
# before anything an order can be dated by
EFFECTIVE_AT = datetime(2000, 1, 1, tzinfo=UTC)


def install(connection: Connection) -> None:
    """Put the first policy in force."""
    row = {
        "id": ID,
        "effective_at": EFFECTIVE_AT,
        "document": FIRST_POLICY,
        "created_by": None,
        "created_at": EFFECTIVE_AT,
    }
    connection.execute(insert(policies).values(row))


def complete(connection: Connection) -> None:
    """Give every policy written before a part existed that part as it is at first."""
    connection.execute(
        text("UPDATE policies SET document = CAST(:first AS jsonb) || document"), {"first": json.dumps(FIRST_POLICY)}
    )
