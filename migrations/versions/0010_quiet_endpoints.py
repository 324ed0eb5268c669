"""Webhook endpoints whose receiver asked to be left alone for a while."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Until when; nobody has asked before."""
    op.add_column("webhook_endpoints", sa.Column("quiet_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Without it they are tried again sooner."""
    op.drop_column("webhook_endpoints", "quiet_until")
