"""The integrations: access tokens that are made, renewed and ended over the API; webhooks and what is on its way."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

# Tokens go on as they did: what reading and writing orders took in is named by scopes of its own now
WIDER = """
UPDATE access_tokens SET scopes = (
    SELECT array_agg(DISTINCT scope ORDER BY scope) FROM unnest(scopes
        || CASE WHEN 'ORDERS_READ' = ANY(scopes) THEN ARRAY['SHIPMENTS_READ', 'CLAIMS_READ'] ELSE '{}' END
        || CASE WHEN 'ORDERS_WRITE' = ANY(scopes) THEN ARRAY['CLAIMS_WRITE'] ELSE '{}' END) AS scope)
"""
NARROWER = """
UPDATE access_tokens SET scopes = ARRAY(
    SELECT scope FROM unnest(scopes) AS scope WHERE scope NOT IN ('SHIPMENTS_READ', 'CLAIMS_READ', 'CLAIMS_WRITE'))
"""
revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WAITING = sa.text("state = 'WAITING'")
DELIVERIES = (
    ("endpoint_id_id", ["endpoint_id", "id"], None),
    ("subject", ["endpoint_id", "subject_id", "position"], WAITING),
    ("due", ["endpoint_id", "next_attempt_at"], WAITING),
    ("finished", ["finished_at"], sa.text("finished_at IS NOT NULL")),
)


def upgrade() -> None:
    """What integrations work with."""
    _tokens()
    _webhooks()


def _tokens() -> None:
    op.add_column("access_tokens", sa.Column("version", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("access_tokens", "version", server_default=None)
    for name, kind in (
        ("seller_id", sa.Uuid()),
        ("beginning", sa.Text()),
        ("previous_hash", sa.Text()),
        ("previous_until", sa.DateTime(timezone=True)),
        ("last_used_at", sa.DateTime(timezone=True)),
    ):
        op.add_column("access_tokens", sa.Column(name, kind, nullable=True))
    op.execute("UPDATE access_tokens x SET seller_id = m.seller_id FROM members m WHERE m.account_id = x.account_id")
    op.execute(WIDER)
    op.create_foreign_key(op.f("fk_access_tokens_seller_id"), "access_tokens", "sellers", ["seller_id"], ["id"])
    op.create_unique_constraint(op.f("uq_access_tokens_previous_hash"), "access_tokens", ["previous_hash"])
    op.drop_index(op.f("ix_access_tokens_account_id"), table_name="access_tokens")
    for owner in ("account_id", "seller_id"):
        op.create_index(op.f(f"ix_access_tokens_{owner}_id"), "access_tokens", [owner, "id"], unique=False)


def _webhooks() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("operation_name", sa.Text(), nullable=True),
        sa.Column("variables", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("secret_key", sa.Text(), nullable=False),
        sa.Column("secret_number", sa.Integer(), nullable=False),
        sa.Column("previous_key", sa.Text(), nullable=True),
        sa.Column("previous_number", sa.Integer(), nullable=True),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_webhook_endpoints_account_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_webhook_endpoints_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    for owner in ("account_id", "seller_id"):
        op.create_index(op.f(f"ix_webhook_endpoints_{owner}_id"), "webhook_endpoints", [owner, "id"], unique=False)
    for name, column, where in (("active", "id", "state = 'ACTIVE'"), ("ended", "ended_at", "ended_at IS NOT NULL")):
        op.create_index(f"ix_webhook_endpoints_{name}", "webhook_endpoints", [column], postgresql_where=sa.text(where))
    _webhook_deliveries()


def _webhook_deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("event_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoints.id"], name=op.f("fk_webhook_deliveries_endpoint_id")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_webhook_deliveries_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("endpoint_id", "event_id", name=op.f("uq_webhook_deliveries_endpoint_id_event_id")),
    )
    for name, columns, where in DELIVERIES:
        op.create_index(f"ix_webhook_deliveries_{name}", "webhook_deliveries", columns, postgresql_where=where)
    op.create_table(
        "webhook_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["webhook_deliveries.id"],
            name=op.f("fk_webhook_attempts_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attempts")),
        sa.UniqueConstraint("delivery_id", "number", name=op.f("uq_webhook_attempts_delivery_id_number")),
    )


def downgrade() -> None:
    """Take it away again."""
    op.execute(NARROWER)
    for table in ("webhook_attempts", "webhook_deliveries", "webhook_endpoints"):
        op.drop_table(table)
    for owner in ("account_id", "seller_id"):
        op.drop_index(op.f(f"ix_access_tokens_{owner}_id"), table_name="access_tokens")
    op.create_index(op.f("ix_access_tokens_account_id"), "access_tokens", ["account_id"], unique=False)
    for name in ("last_used_at", "previous_until", "previous_hash", "beginning", "seller_id", "version"):
        op.drop_column("access_tokens", name)
