"""What each token or account may still spend on operations."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table that a crash may empty: every budget is full then."""
    op.create_table(
        "budgets",
        sa.Column("payer", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Double(), nullable=False),
        sa.Column("granted", sa.Double(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("payer", name=op.f("pk_budgets")),
        prefixes=["UNLOGGED"],
    )


def downgrade() -> None:
    """Without it nobody is throttled."""
    op.drop_table("budgets")
