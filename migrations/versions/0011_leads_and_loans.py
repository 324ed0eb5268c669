"""Where an order came from, lists by that and by what a lender may lend on, and open orders in each order of a list."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TO_DISPATCH = "status IN ('PENDING_DISPATCH', 'PARTIALLY_DISPATCHED')"
_LENT_ON = "status IN ('PENDING_DISPATCH', 'PARTIALLY_DISPATCHED', 'DISPATCHED')"
_OPEN = (
    "status IN ('PENDING_CONFIRMATION', 'PENDING_PAYMENT', 'PENDING_DISPATCH', 'PARTIALLY_DISPATCHED', 'DISPATCHED')"
)
_LOAN_ELIGIBLE = f"{_LENT_ON} AND overdue_at IS NULL AND delivery_overdue_at IS NULL AND NOT disputed"
_DUE = sa.text("coalesce(dispatch_due_at, '9999-01-01 00:00:00+00'::timestamptz)")
_INDEXES: Sequence[tuple[str, Sequence[Any], str]] = (
    ("lead_source", ("lead_source", "created_at"), "lead_source IS NOT NULL"),
    ("loan_eligible", ("created_at",), _LOAN_ELIGIBLE),
    ("open_amount", ("currency", "total"), _OPEN),
    ("open_changed", ("updated_at",), _OPEN),
    ("open_dispatch_due", (_DUE,), _OPEN),
)


def upgrade() -> None:
    """The column, which nobody has filled yet, and the indexes; what is to dispatch is listed by the one it is counted by."""
    op.add_column("orders", sa.Column("lead_source", sa.Text(), nullable=True))
    for name, keys, where in _INDEXES:
        _create(name, keys, where)
    op.drop_index("ix_orders_due", "orders")
    _create("due", (_DUE,), _TO_DISPATCH)


def downgrade() -> None:
    """What sellers said of their leads is lost."""
    op.drop_index("ix_orders_due", "orders")
    _create("due", ("dispatch_due_at",), _TO_DISPATCH)
    for name, _, _ in reversed(_INDEXES):
        op.drop_index(f"ix_orders_{name}", "orders")
    op.drop_column("orders", "lead_source")


def _create(name: str, keys: Sequence[Any], where: str) -> None:
    columns = ["seller_id", *keys, "id"]
    op.create_index(f"ix_orders_{name}", "orders", columns, postgresql_where=sa.text(where))
