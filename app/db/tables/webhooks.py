"""Webhooks: where events are sent, what is on its way there, and what was answered."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    Named,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.db.tables.base import INSTANT, metadata


class _WebhookEndpoints(TypedColumns):
    """`position` and `event_id` are how far events are taken up; of secrets only the names of what they are made of."""

    id: Named[UUID] = Column(Uuid, primary_key=True)
    version: Named[int] = Column(BigInteger)
    account_id: Named[UUID] = Column(Uuid, ForeignKey("accounts.id"))
    seller_id: Named[UUID | None] = Column(Uuid, ForeignKey("sellers.id"))
    url: Named[str] = Column(Text)
    document: Named[str] = Column(Text)
    operation_name: Named[str | None] = Column(Text)
    variables: Named[dict[str, Any]] = Column(JSONB)
    state: Named[str] = Column(Text)
    trouble: Named[str | None] = Column(Text)
    made_at: Named[datetime] = Column(INSTANT)
    ended_at: Named[datetime | None] = Column(INSTANT)
    position: Named[int] = Column(BigInteger)
    event_id: Named[int] = Column(BigInteger)
    secret_key: Named[str] = Column(Text)
    secret_number: Named[int] = Column(Integer)
    previous_key: Named[str | None] = Column(Text)
    previous_number: Named[int | None] = Column(Integer)
    previous_until: Named[datetime | None] = Column(INSTANT)
    failures: Named[int] = Column(Integer)
    failing_since: Named[datetime | None] = Column(INSTANT)
    quiet_until: Named[datetime | None] = Column(INSTANT)


webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    _WebhookEndpoints,
    Index(None, "account_id", "id"),
    Index(None, "seller_id", "id"),
    Index("ix_webhook_endpoints_active", "id", postgresql_where="state = 'ACTIVE'"),
    Index("ix_webhook_endpoints_ended", "ended_at", postgresql_where="ended_at IS NOT NULL"),
)


class _WebhookDeliveries(TypedColumns):
    """An event for an endpoint, until it is accepted or given up; without an event it is a test."""

    id: Named[UUID] = Column(Uuid, primary_key=True)
    endpoint_id: Named[UUID] = Column(Uuid, ForeignKey("webhook_endpoints.id"))
    event_id: Named[int | None] = Column(BigInteger, ForeignKey("events.id"))
    position: Named[int | None] = Column(BigInteger)
    subject_id: Named[UUID] = Column(Uuid)
    kind: Named[str] = Column(Text)
    event_at: Named[datetime] = Column(INSTANT)
    state: Named[str] = Column(Text)
    made_at: Named[datetime] = Column(INSTANT)
    next_attempt_at: Named[datetime] = Column(INSTANT)
    attempts: Named[int] = Column(Integer)
    tries: Named[int] = Column(Integer)
    lease: Named[UUID | None] = Column(Uuid)
    leased_until: Named[datetime | None] = Column(INSTANT)
    finished_at: Named[datetime | None] = Column(INSTANT)


WAITING = "state = 'WAITING'"
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    _WebhookDeliveries,
    UniqueConstraint("endpoint_id", "event_id"),
    Index(None, "endpoint_id", "id"),
    Index("ix_webhook_deliveries_subject", "endpoint_id", "subject_id", "position", postgresql_where=WAITING),
    Index("ix_webhook_deliveries_due", "endpoint_id", "next_attempt_at", postgresql_where=WAITING),
    Index("ix_webhook_deliveries_finished", "finished_at", postgresql_where="finished_at IS NOT NULL"),
)


class _WebhookAttempts(TypedColumns):
    id: Named[UUID] = Column(Uuid, primary_key=True)
    delivery_id: Named[UUID] = Column(Uuid, ForeignKey("webhook_deliveries.id", ondelete="CASCADE"))
    number: Named[int] = Column(Integer)
    at: Named[datetime] = Column(INSTANT)
    took_ms: Named[int] = Column(Integer)
    status: Named[int | None] = Column(Integer)
    failure: Named[str | None] = Column(Text)
    answer: Named[str | None] = Column(Text)


webhook_attempts = Table("webhook_attempts", metadata, _WebhookAttempts, UniqueConstraint("delivery_id", "number"))
