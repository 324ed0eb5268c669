"""The seller's desk: labels, private notes, production milestones, orders handed over."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _add(table: str, column: str, kind: sa.types.TypeEngine[Any], at_first: str) -> None:
    """A column that every row has: those written before begin with a value, those to come bring their own."""
    op.add_column(table, sa.Column(column, kind, nullable=False, server_default=at_first))
    op.alter_column(table, column, server_default=None)


def upgrade() -> None:
    """Make what this migration adds."""
    _add("orders", "labels", postgresql.ARRAY(sa.Text()), "{}")
    _private_notes()
    _milestones()
    _handovers()


def _private_notes() -> None:
    op.create_table(
        "private_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["accounts.id"], name=op.f("fk_private_notes_author_id")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_private_notes_order_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_private_notes")),
    )
    op.create_index(op.f("ix_private_notes_order_id_id"), "private_notes", ["order_id", "id"], unique=False)


def _milestones() -> None:
    op.create_table(
        "milestones",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["accounts.id"], name=op.f("fk_milestones_added_by")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_milestones_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestones")),
    )
    op.create_index(
        op.f("ix_milestones_order_id_on_date_id"), "milestones", ["order_id", "on_date", "id"], unique=False
    )


def _handovers() -> None:
    op.create_table(
        "handovers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["from_id"], ["accounts.id"], name=op.f("fk_handovers_from_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_handovers_seller_id")),
        sa.ForeignKeyConstraint(["to_id"], ["accounts.id"], name=op.f("fk_handovers_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    op.create_index(op.f("ix_handovers_seller_id_id"), "handovers", ["seller_id", "id"], unique=False)
    op.create_index("ix_handovers_open", "handovers", ["id"], unique=False, postgresql_where="finished_at IS NULL")


def downgrade() -> None:
    """Take it away again."""
    for table in ("handovers", "milestones", "private_notes"):
        op.drop_table(table)
    op.drop_column("orders", "labels")
