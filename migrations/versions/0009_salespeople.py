"""A salesperson's orders in each order of a list, as those of a whole seller are."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_DUE = "coalesce(dispatch_due_at, '9999-01-01 00:00:00+00'::timestamptz)"
_ORDERS = {"amount": ("currency", "total"), "changed": ("updated_at",), "dispatch_due": (sa.text(_DUE),)}


def upgrade() -> None:
    """An index for each."""
    for name, keys in _ORDERS.items():
        op.create_index(f"ix_orders_salesperson_{name}", "orders", ["seller_id", "salesperson_id", *keys, "id"])


def downgrade() -> None:
    """Without them nothing is lost."""
    for name in reversed(_ORDERS):
        op.drop_index(f"ix_orders_salesperson_{name}", "orders")
