"""Rows to book: each order's ledger as its buyer and its seller book it, and a statement whose time never goes back."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# A move is booked where it leaves and where it arrives; what is nobody's but the platform's is not
_LEG = """
SELECT 'pst_' || replace(m.entry_id::text, '-', '') || '_' || {place} AS id, e.order_id, e.seller_id,
    e.sequence, m.position * 2 + {leg} AS place, CASE {own} WHEN 'WORLD' THEN 'BUYER' ELSE 'SELLER' END AS side,
    {own} AS account, CASE WHEN {own} <> 'WORLD' OR {other} NOT IN ('SELLER', 'RECEIVABLE', 'FEE') THEN {other} END
    AS counterpart, e.kind, e.cause, {sign}m.amount AS amount, m.currency, e.at
FROM entries e JOIN moves m ON m.entry_id = e.id
WHERE {own} IN ('ESCROW', 'SELLER', 'RECEIVABLE') OR ({own} = 'WORLD' AND e.order_id IS NOT NULL
    AND e.kind <> 'CORRECTION')
"""
FROM = _LEG.format(leg=0, place="m.position * 2", own="m.from_account", other="m.to_account", sign="-")
TO = _LEG.format(leg=1, place="m.position * 2 + 1", own="m.to_account", other="m.from_account", sign="")
# What two orders booked at once may bear instants the wrong way round; the statement is by its ordinals
FORWARD = """
UPDATE statement_lines l SET at = told.at FROM (
    SELECT id, max(at) OVER (PARTITION BY seller_id, currency ORDER BY ordinal) AS at FROM statement_lines
) told WHERE told.id = l.id AND told.at <> l.at
"""
FILL = """
UPDATE balances b SET booked_at = told.at FROM (
    SELECT seller_id, currency, max(at) AS at FROM statement_lines GROUP BY 1, 2
) told WHERE (b.account, b.owner_id, b.currency) = ('SELLER', told.seller_id, told.currency)
"""


def upgrade() -> None:
    """A view, the instant at which each account's last line was booked, and lines by their instants."""
    op.execute(f"CREATE VIEW postings AS {FROM} UNION ALL {TO}")
    op.execute("ALTER TABLE statement_lines DISABLE TRIGGER append_only")
    op.execute(FORWARD)
    op.execute("ALTER TABLE statement_lines ENABLE TRIGGER append_only")
    op.add_column("balances", sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(FILL)
    op.create_index(
        op.f("ix_statement_lines_seller_id_currency_at_ordinal_id"),
        "statement_lines",
        ["seller_id", "currency", "at", "ordinal", "id"],
    )


def downgrade() -> None:
    """Without them nothing is lost."""
    op.drop_index(op.f("ix_statement_lines_seller_id_currency_at_ordinal_id"), "statement_lines")
    op.drop_column("balances", "booked_at")
    op.execute("DROP VIEW postings")
