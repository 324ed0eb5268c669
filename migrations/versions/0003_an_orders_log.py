"""An order's log: its events are found by the order, however many other orders have."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what this migration adds."""
    op.create_index(
        "ix_events_order", "events", ["order_id", "id"], unique=False, postgresql_where="order_id IS NOT NULL"
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("ix_events_order", table_name="events", postgresql_where="order_id IS NOT NULL")
