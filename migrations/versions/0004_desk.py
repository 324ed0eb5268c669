"""The seller's desk: labels, private notes, production milestones, orders handed over, and what lists go by."""

from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.domain import finding
from app.domain.access import By
from app.domain.partial import part_of
from app.domain.records import Buyer, Contact, Item, Order
from app.domain.trade import Trade
from migrations import first_policy

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


LISTED: dict[str, sa.types.TypeEngine[Any]] = {
    "destination": sa.Text(),
    "buyer_country": sa.Text(),
    "dispatch_due_at": sa.DateTime(timezone=True),
    "claim_status": sa.Text(),
}
FILL = """
UPDATE orders o SET
    destination = (SELECT c.country FROM contacts c WHERE c.order_id = o.id AND c.version = o.contact_version),
    buyer_country = (SELECT a.country FROM accounts a WHERE a.id = o.buyer_id),
    dispatch_due_at = (SELECT d.due_at FROM deadlines d WHERE d.order_id = o.id AND d.kind = 'DISPATCH'
        AND d.status IN ('RUNNING', 'WAITING', 'LAPSED', 'MET') ORDER BY d.id LIMIT 1),
    disputed = EXISTS (SELECT FROM disputes d WHERE d.order_id = o.id AND d.status <> 'RESOLVED'),
    claim_status = (SELECT c.status FROM claims c WHERE c.order_id = o.id)
"""
_NEWEST = ("created_at", "id")
INDEXES: tuple[tuple[str, tuple[str, ...], str | None], ...] = (
    ("created", _NEWEST, None),
    ("buyer", ("buyer_id", *_NEWEST), None),
    ("seller", ("seller_id", *_NEWEST), None),
    ("salesperson", ("seller_id", "salesperson_id", *_NEWEST), None),
    ("status", ("seller_id", "status", *_NEWEST), None),
    ("destination", ("seller_id", "destination", *_NEWEST), None),
    ("buyer_country", ("seller_id", "buyer_country", *_NEWEST), None),
    ("type", ("seller_id", "type", *_NEWEST), None),
    ("transport_mode", ("seller_id", "transport_mode", *_NEWEST), None),
    ("currency", ("seller_id", "currency", *_NEWEST), None),
    ("export_method", ("seller_id", "export_method", *_NEWEST), None),
    ("drafted_by", ("seller_id", "drafted_by", *_NEWEST), None),
    ("to_dispatch", ("seller_id", *_NEWEST), "status IN ('PENDING_DISPATCH', 'PARTIALLY_DISPATCHED')"),
    ("claim_status", ("seller_id", "claim_status", *_NEWEST), "claim_status IS NOT NULL"),
    ("discounted", ("seller_id", *_NEWEST), "store_coupon > 0 OR coupon > 0"),
    ("dispatch_guaranteed", ("seller_id", *_NEWEST), "dispatch_guaranteed"),
    ("delivery_guaranteed", ("seller_id", *_NEWEST), "delivery_guaranteed"),
    ("overdue", ("seller_id", *_NEWEST), "overdue_at IS NOT NULL"),
    ("after_sales", ("seller_id", *_NEWEST), "disputed OR claim_status = 'UNDER_REVIEW'"),
    ("amount", ("seller_id", "currency", "total", "id"), None),
    ("changed", ("seller_id", "updated_at", "id"), None),
    ("dispatch_due", ("seller_id", "coalesce(dispatch_due_at, '9999-01-01 00:00:00+00'::timestamptz)", "id"), None),
)
# The words are made by the product's own function: those of today are what today's questions are asked in
BATCH = 1_000
OF_ORDER = ("id", "number", "buyer_id", "seller_id", "drafted_by", "confirmed_at")
FOUND_BY = """
SELECT o.id, o.number, o.buyer_id, o.seller_id, o.drafted_by, o.confirmed_at, c.email, a.name AS buyer_name, a.country,
    ARRAY(SELECT i.description FROM items i WHERE i.order_id = o.id) AS descriptions
FROM orders o JOIN contacts c ON c.order_id = o.id AND c.version = o.contact_version
LEFT JOIN accounts a ON a.id = o.buyer_id
WHERE CAST(:after AS uuid) IS NULL OR o.id > :after ORDER BY o.id LIMIT :most
"""


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
    _sheets()
    _lists()
    _order_words()
    first_policy.complete(op.get_bind())


def _lists() -> None:
    """What lists of orders go by, on the order itself, and the indexes of each filter and order."""
    for column, kind in LISTED.items():
        op.add_column("orders", sa.Column(column, kind, nullable=True))
    _add("orders", "disputed", sa.Boolean(), "false")
    op.execute(FILL)
    for name in ("seller", "salesperson", "buyer"):
        op.drop_index(f"ix_orders_{name}", table_name="orders")
    for name, columns, where in INDEXES:
        op.create_index(f"ix_orders_{name}", "orders", [sa.text(each) for each in columns], postgresql_where=where)


def _order_words() -> None:
    words = op.create_table(
        "order_words",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("words", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("seller_words", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_words_order_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_order_words")),
    )
    after = None
    while rows := op.get_bind().execute(sa.text(FOUND_BY), {"after": after, "most": BATCH}).mappings().all():
        op.bulk_insert(words, [asdict(finding.of(_trade(row), _buyer(row))) for row in rows])
        after = rows[-1]["id"]
    for column in ("words", "seller_words"):
        op.create_index(f"ix_order_words_{column}", "order_words", [column], unique=False, postgresql_using="gin")


def _trade(row: sa.RowMapping) -> Trade:
    """An order as far as its words are made of it."""
    order = part_of(Order, {name: row[name] for name in OF_ORDER} | {"drafted_by": By(row["drafted_by"]), "labels": ()})
    contact = Contact(row["id"], row["id"], 0, email=row["email"])
    items = tuple(part_of(Item, {"description": description}) for description in row["descriptions"])
    return part_of(Trade, {"order": order, "contact": contact, "items": items})


def _buyer(row: sa.RowMapping) -> Buyer | None:
    return None if row["buyer_id"] is None else Buyer(row["buyer_id"], row["buyer_name"], row["country"])


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


def _sheets() -> None:
    op.create_table(
        "sheets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("token_id", sa.Uuid(), nullable=True),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("order_ids", postgresql.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("filter", postgresql.JSONB(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("parts", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("writer_id", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sheets_account_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_sheets_seller_id")),
        sa.ForeignKeyConstraint(["token_id"], ["access_tokens.id"], name=op.f("fk_sheets_token_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheets")),
    )
    op.create_index(op.f("ix_sheets_account_id_id"), "sheets", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_sheets_open", "sheets", ["id"], unique=False, postgresql_where="state IN ('WAITING', 'RUNNING')"
    )
    op.create_index("ix_sheets_kept", "sheets", ["expires_at"], unique=False, postgresql_where="state = 'READY'")


def _handovers() -> None:
    op.create_table(
        "handovers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
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
    op.drop_table("order_words")
    for name, *_ in INDEXES:
        op.drop_index(f"ix_orders_{name}", table_name="orders")
    for name, columns in {"seller": [], "salesperson": ["salesperson_id"]}.items():
        op.create_index(f"ix_orders_{name}", "orders", ["seller_id", *columns, "id"], unique=False)
    op.create_index("ix_orders_buyer", "orders", ["buyer_id", "id"], unique=False)
    for column in ("disputed", *LISTED):
        op.drop_column("orders", column)
    for table in ("sheets", "handovers", "milestones", "private_notes"):
        op.drop_table(table)
    op.drop_column("orders", "labels")
