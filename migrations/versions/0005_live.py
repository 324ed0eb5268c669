"""The desk, live: by which deadline an order is rated, how punctual sellers are, and who delivers most punctually."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import append_only, first_policy

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


# An order that closed is rated by the deadline that ended with it
FILL = """
UPDATE orders o SET
    rated_due_at = CASE WHEN o.dispatch_due_at IS NOT NULL OR o.status <> 'CLOSED' THEN o.dispatch_due_at ELSE (
        SELECT d.due_at FROM deadlines d WHERE d.order_id = o.id AND d.kind = 'DISPATCH' AND d.status = 'VOID'
        AND d.settled_at = o.closed_at ORDER BY d.id DESC LIMIT 1) END,
    waived = EXISTS (SELECT FROM waivers w WHERE w.order_id = o.id AND w.withdrawn_at IS NULL)
"""
TO_DISPATCH = "status IN ('PENDING_DISPATCH', 'PARTIALLY_DISPATCHED')"
PROMISED = "delivery_guaranteed AND promised_at IS NOT NULL"
INDEXES: tuple[tuple[str, tuple[str, ...], str, tuple[str, ...]], ...] = (
    ("due", ("seller_id", "dispatch_due_at", "id"), TO_DISPATCH, ()),
    (
        "rated",
        ("seller_id", "rated_due_at", "id"),
        "rated_due_at IS NOT NULL",
        ("dispatched_at", "closed_at", "waived"),
    ),
    (
        "promised",
        ("seller_id", "promised_at"),
        PROMISED,
        ("delivered_at", "completed_at", "received_by", "closed_at", "waived"),
    ),
)


def upgrade() -> None:
    """Make what this migration adds."""
    _rates()
    _ranking()
    _past()
    first_policy.complete(op.get_bind())


def _past() -> None:
    """What orders were before to those who follow lists."""
    append_only.let_go_of_events(op.get_bind())
    op.add_column("events", sa.Column("listed_before", postgresql.JSONB(), nullable=True))
    append_only.guard_events(op.get_bind())
    op.create_table(
        "past_words",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("seller_words", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "version", name=op.f("pk_past_words")),
    )
    op.create_index(op.f("ix_past_words_at"), "past_words", ["at"], unique=False)


def _rates() -> None:
    """What an order is rated by, and the indexes of what falls due."""
    op.add_column("orders", sa.Column("rated_due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("orders", sa.Column("waived", sa.Boolean(), nullable=False, server_default="false"))
    op.alter_column("orders", "waived", server_default=None)
    op.execute(FILL)
    for name, columns, where, beside in INDEXES:
        op.create_index(
            f"ix_orders_{name}", "orders", list(columns), postgresql_where=where, postgresql_include=list(beside)
        )


def _ranking() -> None:
    """The ranking of sellers by how punctually they deliver."""
    op.create_table(
        "delivery_rankings",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_delivery_rankings")),
    )
    op.create_table(
        "delivery_places",
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.CheckConstraint("kept BETWEEN 0 AND due AND due > 0", name=op.f("ck_delivery_places_kept")),
        sa.ForeignKeyConstraint(
            ["day"], ["delivery_rankings.day"], name=op.f("fk_delivery_places_day"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_delivery_places_seller_id")),
        sa.PrimaryKeyConstraint("seller_id", name=op.f("pk_delivery_places")),
        sa.UniqueConstraint("position", name=op.f("uq_delivery_places_position")),
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("delivery_places")
    op.drop_table("delivery_rankings")
    op.drop_table("past_words")
    append_only.let_go_of_events(op.get_bind())
    op.drop_column("events", "listed_before")
    append_only.guard_events(op.get_bind())
    for name, *_ in INDEXES:
        op.drop_index(f"ix_orders_{name}", table_name="orders")
    for column in ("waived", "rated_due_at"):
        op.drop_column("orders", column)
