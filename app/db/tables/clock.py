"""The domain's clock, and the runs of the sweep that it wakes."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Named,
    Numeric,
    Table,
    TypedColumns,
    Uuid,
)

from app.db.tables.base import INSTANT, metadata


class _Clock(TypedColumns):
    """The one row that says how far the domain's time is ahead of real time."""

    one: Named[bool] = Column(Boolean, primary_key=True)
    ahead_seconds: Named[int] = Column(BigInteger)


clock = Table(
    "clock",
    metadata,
    _Clock,
    CheckConstraint('"one"', name="one"),
    CheckConstraint("ahead_seconds >= 0", name="ahead"),
)


class _SweepRuns(TypedColumns):
    """A run of the sweep that settled something; `lag` is in seconds."""

    id: Named[UUID] = Column(Uuid, primary_key=True)
    started_at: Named[datetime] = Column(INSTANT)
    took_ms: Named[int] = Column(Integer)
    settled: Named[int] = Column(Integer)
    skipped: Named[int] = Column(Integer)
    lag: Named[Decimal] = Column(Numeric(14, 3))


sweep_runs = Table("sweep_runs", metadata, _SweepRuns, Index(None, "started_at", "id"))
