"""The integrations: access tokens that are made, renewed and ended over the API."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What integrations work with."""
    _tokens()


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
    op.create_foreign_key(op.f("fk_access_tokens_seller_id"), "access_tokens", "sellers", ["seller_id"], ["id"])
    op.create_unique_constraint(op.f("uq_access_tokens_previous_hash"), "access_tokens", ["previous_hash"])
    op.drop_index(op.f("ix_access_tokens_account_id"), table_name="access_tokens")
    for owner in ("account_id", "seller_id"):
        op.create_index(op.f(f"ix_access_tokens_{owner}_id"), "access_tokens", [owner, "id"], unique=False)


def downgrade() -> None:
    """Take it away again."""
    for owner in ("account_id", "seller_id"):
        op.drop_index(op.f(f"ix_access_tokens_{owner}_id"), table_name="access_tokens")
    op.create_index(op.f("ix_access_tokens_account_id"), "access_tokens", ["account_id"], unique=False)
    for name in ("last_used_at", "previous_until", "previous_hash", "beginning", "seller_id", "version"):
        op.drop_column("access_tokens", name)
