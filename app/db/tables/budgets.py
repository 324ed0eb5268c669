"""What each token or account may still spend on operations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Double, Named, Table, TypedColumns, Uuid

from app.db.tables.base import INSTANT, metadata


class _Budgets(TypedColumns):
    """A budget as it was when somebody last took from it; after a crash all are full."""

    payer: Named[UUID] = Column(Uuid, primary_key=True)
    level: Named[float] = Column(Double)
    granted: Named[float] = Column(Double)
    counted_at: Named[datetime] = Column(INSTANT)


budgets = Table("budgets", metadata, _Budgets, prefixes=["UNLOGGED"])
