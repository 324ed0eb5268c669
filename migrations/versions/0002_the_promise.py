"""The promise: what is sold and how it travels, claims, coupons, recoveries and disputes."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import first_policy

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


CHECKS = (
    ("instalments", "received", "coupon BETWEEN 0 AND amount AND received BETWEEN 0 AND amount - coupon"),
    ("orders", "coupon", "coupon BETWEEN 0 AND total AND coupon_posted BETWEEN 0 AND coupon"),
    ("orders", "coupon_returned", "coupon_returned BETWEEN 0 AND coupon_posted"),
    ("orders", "refunded", "refunded BETWEEN 0 AND received AND refunded_after BETWEEN 0 AND refunded"),
    ("deadlines", "subject", "num_nonnulls(order_id, coupon_id, seller_id) = 1"),
    ("sellers", "enrolment", "enrolled_at IS NULL OR left_at IS NULL"),
)


def _add(table: str, column: str, kind: sa.types.TypeEngine[Any], at_first: str) -> None:
    """A column that every row has: those written before begin with a value, those to come bring their own."""
    op.add_column(table, sa.Column(column, kind, nullable=False, server_default=at_first))
    op.alter_column(table, column, server_default=None)


def upgrade() -> None:
    """Make what this migration adds."""
    clock = op.create_table(
        "clock",
        sa.Column("one", sa.Boolean(), nullable=False),
        sa.Column("ahead_seconds", sa.BigInteger(), nullable=False),
        sa.CheckConstraint('"one"', name=op.f("ck_clock_one")),
        sa.CheckConstraint("ahead_seconds >= 0", name=op.f("ck_clock_ahead")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_clock")),
    )
    op.bulk_insert(clock, [{"one": True, "ahead_seconds": 0}])
    op.create_table(
        "sweep_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("settled", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("lag", sa.Numeric(14, 3), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweep_runs")),
    )
    op.create_index(op.f("ix_sweep_runs_started_at_id"), "sweep_runs", ["started_at", "id"], unique=False)
    op.create_table(
        "lanes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("cargo_class", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("destinations", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("min_days", sa.Integer(), nullable=False),
        sa.Column("max_days", sa.Integer(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("base_price", sa.BigInteger(), nullable=False),
        sa.Column("kilo_price", sa.BigInteger(), nullable=False),
        sa.Column("guaranteed", sa.Boolean(), nullable=False),
        sa.Column("recommended", sa.Boolean(), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(provider = 'SELLER_OWN') = (seller_id IS NOT NULL)", name=op.f("ck_lanes_owner")),
        sa.CheckConstraint("provider <> 'SELLER_OWN' OR NOT guaranteed", name=op.f("ck_lanes_guaranteed")),
        sa.CheckConstraint("base_price >= 0 AND kilo_price >= 0", name=op.f("ck_lanes_prices")),
        sa.CheckConstraint("min_days BETWEEN 0 AND max_days", name=op.f("ck_lanes_days")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_lanes_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lanes")),
    )
    op.create_index(op.f("ix_lanes_seller_id"), "lanes", ["seller_id"], unique=False)
    op.create_table(
        "templates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_templates_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_templates")),
    )
    op.create_index(op.f("ix_templates_seller_id_id"), "templates", ["seller_id", "id"], unique=False)
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("minimum_quantity", sa.Numeric(precision=18, scale=3), nullable=False),
        sa.Column("tiers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cargo_class", sa.Text(), nullable=False),
        sa.Column("unit_grams", sa.Integer(), nullable=False),
        sa.Column("ready_to_ship", sa.Boolean(), nullable=False),
        sa.Column("small_fast", sa.Boolean(), nullable=False),
        sa.Column("dispatch_days", sa.Integer(), nullable=True),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("agency_reviewed", sa.Boolean(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("NOT ready_to_ship OR dispatch_days IS NOT NULL", name=op.f("ck_products_ready")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_products_seller_id")),
        sa.ForeignKeyConstraint(["template_id"], ["templates.id"], name=op.f("fk_products_template_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
    )
    op.create_index(op.f("ix_products_seller_id_id"), "products", ["seller_id", "id"], unique=False)
    op.create_index(op.f("ix_products_template_id"), "products", ["template_id"], unique=False)
    op.create_table(
        "template_lanes",
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("lane_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["lane_id"], ["lanes.id"], name=op.f("fk_template_lanes_lane_id")),
        sa.ForeignKeyConstraint(
            ["template_id"], ["templates.id"], name=op.f("fk_template_lanes_template_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("template_id", "lane_id", name=op.f("pk_template_lanes")),
    )
    op.create_index(op.f("ix_template_lanes_lane_id"), "template_lanes", ["lane_id"], unique=False)
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("seller_id", sa.Uuid(), nullable=True),
        sa.Column("about", sa.Uuid(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_attachments_order_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_attachments_seller_id")),
        sa.ForeignKeyConstraint(["uploaded_by"], ["accounts.id"], name=op.f("fk_attachments_uploaded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(op.f("ix_attachments_about"), "attachments", ["about"], unique=False)
    op.create_index(
        "ix_attachments_waiting",
        "attachments",
        ["uploaded_by", "uploaded_at"],
        unique=False,
        postgresql_where="order_id IS NULL AND about IS NULL",
    )
    op.create_index(op.f("ix_attachments_order_id"), "attachments", ["order_id"], unique=False)
    op.create_index(op.f("ix_attachments_seller_id_id"), "attachments", ["seller_id", "id"], unique=False)
    op.create_table(
        "claims",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("guarantee", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("filed_by", sa.Uuid(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total_usd", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=30, scale=10), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rejection", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("liability", sa.Text(), nullable=True),
        sa.Column("coupon_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(status = 'APPROVED') = (coupon_id IS NOT NULL AND liability IS NOT NULL)", name=op.f("ck_claims_approved")
        ),
        sa.CheckConstraint("(status = 'UNDER_REVIEW') = (decided_at IS NULL)", name=op.f("ck_claims_decided")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_claims_amount")),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name=op.f("fk_claims_decided_by")),
        sa.ForeignKeyConstraint(["filed_by"], ["accounts.id"], name=op.f("fk_claims_filed_by")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_claims_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.UniqueConstraint("order_id", name=op.f("uq_claims_order_id")),
    )
    op.create_index(
        "ix_claims_review", "claims", ["filed_at", "id"], unique=False, postgresql_where="status = 'UNDER_REVIEW'"
    )
    op.create_table(
        "consignments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("customs_cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("linked_by", sa.Uuid(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["linked_by"], ["accounts.id"], name=op.f("fk_consignments_linked_by")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_consignments_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consignments")),
        sa.UniqueConstraint("number", name=op.f("uq_consignments_number")),
    )
    op.create_index(op.f("ix_consignments_order_id"), "consignments", ["order_id"], unique=False)
    op.create_table(
        "disputes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("offered", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("refunded", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(status = 'RESOLVED') = (resolved_at IS NOT NULL AND outcome IS NOT NULL)",
            name=op.f("ck_disputes_resolved"),
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name=op.f("fk_disputes_decided_by")),
        sa.ForeignKeyConstraint(["opened_by"], ["accounts.id"], name=op.f("fk_disputes_opened_by")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_disputes_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
    )
    op.create_index(
        "ix_disputes_escalated", "disputes", ["opened_at", "id"], unique=False, postgresql_where="status = 'ESCALATED'"
    )
    op.create_index(op.f("ix_disputes_order_id"), "disputes", ["order_id"], unique=False)
    op.create_index("uq_disputes_open", "disputes", ["order_id"], unique=True, postgresql_where="status <> 'RESOLVED'")
    op.create_table(
        "waivers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("compensate", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_by", sa.Uuid(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["granted_by"], ["accounts.id"], name=op.f("fk_waivers_granted_by")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_waivers_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waivers")),
    )
    op.create_index(op.f("ix_waivers_order_id"), "waivers", ["order_id"], unique=False)
    op.create_index(
        "uq_waivers_standing", "waivers", ["order_id"], unique=True, postgresql_where="withdrawn_at IS NULL"
    )
    op.create_table(
        "coupons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("liability", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reserved_order_id", sa.Uuid(), nullable=True),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(status = 'USED') = (used_at IS NOT NULL)", name=op.f("ck_coupons_used_at")),
        sa.CheckConstraint(
            "(status IN ('RESERVED', 'USED')) = (reserved_order_id IS NOT NULL AND reserved_at IS NOT NULL)",
            name=op.f("ck_coupons_reserved"),
        ),
        sa.CheckConstraint("amount > 0 AND used BETWEEN 0 AND amount", name=op.f("ck_coupons_used")),
        sa.ForeignKeyConstraint(["buyer_id"], ["accounts.id"], name=op.f("fk_coupons_buyer_id")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_coupons_claim_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_coupons_order_id")),
        sa.ForeignKeyConstraint(["reserved_order_id"], ["orders.id"], name=op.f("fk_coupons_reserved_order_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_coupons_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupons")),
    )
    op.create_index(op.f("ix_coupons_buyer_id_id"), "coupons", ["buyer_id", "id"], unique=False)
    op.create_index(op.f("ix_coupons_order_id"), "coupons", ["order_id"], unique=False)
    op.create_index(
        "ix_coupons_exposed",
        "coupons",
        ["seller_id", "expires_at"],
        unique=False,
        postgresql_where="status IN ('AVAILABLE', 'RESERVED') AND liability = 'SELLER'",
    )
    op.create_index(
        "uq_coupons_reserved",
        "coupons",
        ["reserved_order_id"],
        unique=True,
        postgresql_where="reserved_order_id IS NOT NULL",
    )
    op.create_table(
        "dispute_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_dispute_steps_account_id")),
        sa.ForeignKeyConstraint(["dispute_id"], ["disputes.id"], name=op.f("fk_dispute_steps_dispute_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_dispute_steps_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_steps")),
    )
    op.create_index(op.f("ix_dispute_steps_dispute_id"), "dispute_steps", ["dispute_id"], unique=False)
    op.create_index(op.f("ix_dispute_steps_order_id"), "dispute_steps", ["order_id"], unique=False)
    op.create_table(
        "recoveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("coupon_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("collected", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("owed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount > 0 AND collected BETWEEN 0 AND amount", name=op.f("ck_recoveries_collected")),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupons.id"], name=op.f("fk_recoveries_coupon_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_recoveries_order_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_recoveries_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recoveries")),
    )
    op.create_index(op.f("ix_recoveries_order_id"), "recoveries", ["order_id"], unique=False)
    op.create_index(
        "ix_recoveries_owed",
        "recoveries",
        ["seller_id", "currency", "id"],
        unique=False,
        postgresql_where="status IN ('OWED', 'PARTLY_COLLECTED')",
    )
    op.create_index(op.f("ix_recoveries_seller_id_id"), "recoveries", ["seller_id", "id"], unique=False)
    op.create_table(
        "collections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recovery_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_collections_amount")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_collections_order_id")),
        sa.ForeignKeyConstraint(["recovery_id"], ["recoveries.id"], name=op.f("fk_collections_recovery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collections")),
    )
    op.create_index(op.f("ix_collections_recovery_id_id"), "collections", ["recovery_id", "id"], unique=False)
    op.add_column("deadlines", sa.Column("set_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("deadlines", sa.Column("seconds_left", sa.Integer(), nullable=True))
    op.add_column("deadlines", sa.Column("coupon_id", sa.Uuid(), nullable=True))
    op.add_column("deadlines", sa.Column("seller_id", sa.Uuid(), nullable=True))
    op.alter_column("deadlines", "order_id", existing_type=sa.UUID(), nullable=True)
    op.create_index(
        "ix_deadlines_coupon_id", "deadlines", ["coupon_id"], unique=False, postgresql_where="coupon_id IS NOT NULL"
    )
    op.create_index(
        "ix_deadlines_seller_id", "deadlines", ["seller_id"], unique=False, postgresql_where="seller_id IS NOT NULL"
    )
    op.create_index(
        "ix_deadlines_due_seller",
        "deadlines",
        ["due_at"],
        unique=False,
        postgresql_where="status = 'RUNNING' AND seller_id IS NOT NULL",
    )
    op.create_foreign_key(op.f("fk_deadlines_seller_id"), "deadlines", "sellers", ["seller_id"], ["id"])
    op.create_foreign_key(op.f("fk_deadlines_coupon_id"), "deadlines", "coupons", ["coupon_id"], ["id"])
    _add("instalments", "coupon", sa.BigInteger(), "0")
    op.add_column("items", sa.Column("product_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_items_product_id"), "items", "products", ["product_id"], ["id"])
    _add("orders", "dispatch_guaranteed", sa.Boolean(), "false")
    _add("orders", "delivery_guaranteed", sa.Boolean(), "false")
    _add("orders", "delivery_failed", postgresql.ARRAY(sa.Text()), "{}")
    op.add_column("orders", sa.Column("lane_id", sa.Uuid(), nullable=True))
    op.add_column("orders", sa.Column("transit_min", sa.Integer(), nullable=True))
    op.add_column("orders", sa.Column("transit_max", sa.Integer(), nullable=True))
    op.add_column("orders", sa.Column("transit_unit", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("transit_origin", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("promised_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("orders", sa.Column("delivery_overdue_at", sa.DateTime(timezone=True), nullable=True))
    _add("orders", "penalty_points", sa.Integer(), "0")
    op.add_column("orders", sa.Column("coupon_id", sa.Uuid(), nullable=True))
    _add("orders", "coupon", sa.BigInteger(), "0")
    _add("orders", "coupon_posted", sa.BigInteger(), "0")
    _add("orders", "coupon_returned", sa.BigInteger(), "0")
    _add("orders", "acknowledged", postgresql.ARRAY(sa.Text()), "{}")
    op.add_column("orders", sa.Column("contract_file_id", sa.Uuid(), nullable=True))
    op.add_column("orders", sa.Column("customs_title", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("campaign", sa.Text(), nullable=True))
    _add("orders", "refunded_after", sa.BigInteger(), "0")
    op.create_index(
        "ix_orders_campaign", "orders", ["seller_id", "campaign"], unique=False, postgresql_where="campaign IS NOT NULL"
    )
    op.create_index(
        "ix_orders_points",
        "orders",
        ["seller_id"],
        unique=False,
        postgresql_where="penalty_points > 0",
        postgresql_include=["penalty_points"],
    )
    op.create_foreign_key(op.f("fk_orders_lane_id"), "orders", "lanes", ["lane_id"], ["id"])
    op.add_column("sellers", sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sellers", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("tracking_events", sa.Column("corrects", sa.Text(), nullable=True))
    op.create_index(op.f("ix_shipments_tracking_number"), "shipments", ["tracking_number"], unique=False)
    op.drop_constraint(op.f("ck_instalments_received"), "instalments", type_="check")
    for table, name, condition in CHECKS:
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
    first_policy.complete(op.get_bind())


def downgrade() -> None:
    """Take it away again."""
    for table, name, _ in CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.create_check_constraint(op.f("ck_instalments_received"), "instalments", "received BETWEEN 0 AND amount")
    op.execute("DELETE FROM deadlines WHERE order_id IS NULL")
    op.drop_index(op.f("ix_shipments_tracking_number"), table_name="shipments")
    op.drop_column("tracking_events", "corrects")
    op.drop_column("sellers", "left_at")
    op.drop_column("sellers", "enrolled_at")
    op.drop_constraint(op.f("fk_orders_lane_id"), "orders", type_="foreignkey")
    op.drop_index(
        "ix_orders_points",
        table_name="orders",
        postgresql_where="penalty_points > 0",
        postgresql_include=["penalty_points"],
    )
    op.drop_index("ix_orders_campaign", table_name="orders", postgresql_where="campaign IS NOT NULL")
    op.drop_column("orders", "refunded_after")
    op.drop_column("orders", "campaign")
    op.drop_column("orders", "customs_title")
    op.drop_column("orders", "contract_file_id")
    op.drop_column("orders", "acknowledged")
    op.drop_column("orders", "coupon_returned")
    op.drop_column("orders", "coupon_posted")
    op.drop_column("orders", "coupon")
    op.drop_column("orders", "coupon_id")
    op.drop_column("orders", "penalty_points")
    op.drop_column("orders", "delivery_overdue_at")
    op.drop_column("orders", "promised_at")
    op.drop_column("orders", "transit_origin")
    op.drop_column("orders", "transit_unit")
    op.drop_column("orders", "transit_max")
    op.drop_column("orders", "transit_min")
    op.drop_column("orders", "lane_id")
    op.drop_column("orders", "delivery_failed")
    op.drop_column("orders", "delivery_guaranteed")
    op.drop_column("orders", "dispatch_guaranteed")
    op.drop_constraint(op.f("fk_items_product_id"), "items", type_="foreignkey")
    op.drop_column("items", "product_id")
    op.drop_column("instalments", "coupon")
    op.drop_constraint(op.f("fk_deadlines_coupon_id"), "deadlines", type_="foreignkey")
    op.drop_constraint(op.f("fk_deadlines_seller_id"), "deadlines", type_="foreignkey")
    op.drop_index(
        "ix_deadlines_due_seller",
        table_name="deadlines",
        postgresql_where="status = 'RUNNING' AND seller_id IS NOT NULL",
    )
    op.drop_index("ix_deadlines_seller_id", table_name="deadlines", postgresql_where="seller_id IS NOT NULL")
    op.drop_index("ix_deadlines_coupon_id", table_name="deadlines", postgresql_where="coupon_id IS NOT NULL")
    op.alter_column("deadlines", "order_id", existing_type=sa.UUID(), nullable=False)
    op.drop_column("deadlines", "seller_id")
    op.drop_column("deadlines", "coupon_id")
    op.drop_column("deadlines", "seconds_left")
    op.drop_column("deadlines", "set_at")
    op.drop_index(op.f("ix_collections_recovery_id_id"), table_name="collections")
    op.drop_table("collections")
    op.drop_index(op.f("ix_recoveries_seller_id_id"), table_name="recoveries")
    op.drop_index(
        "ix_recoveries_owed", table_name="recoveries", postgresql_where="status IN ('OWED', 'PARTLY_COLLECTED')"
    )
    op.drop_index(op.f("ix_recoveries_order_id"), table_name="recoveries")
    op.drop_table("recoveries")
    op.drop_index(op.f("ix_dispute_steps_order_id"), table_name="dispute_steps")
    op.drop_index(op.f("ix_dispute_steps_dispute_id"), table_name="dispute_steps")
    op.drop_table("dispute_steps")
    op.drop_index("uq_coupons_reserved", table_name="coupons", postgresql_where="reserved_order_id IS NOT NULL")
    op.drop_index("ix_coupons_exposed", table_name="coupons")
    op.drop_index(op.f("ix_coupons_order_id"), table_name="coupons")
    op.drop_index(op.f("ix_coupons_buyer_id_id"), table_name="coupons")
    op.drop_table("coupons")
    op.drop_index("uq_waivers_standing", table_name="waivers", postgresql_where="withdrawn_at IS NULL")
    op.drop_index(op.f("ix_waivers_order_id"), table_name="waivers")
    op.drop_table("waivers")
    op.drop_index("uq_disputes_open", table_name="disputes", postgresql_where="status <> 'RESOLVED'")
    op.drop_index(op.f("ix_disputes_order_id"), table_name="disputes")
    op.drop_index("ix_disputes_escalated", table_name="disputes", postgresql_where="status = 'ESCALATED'")
    op.drop_table("disputes")
    op.drop_index(op.f("ix_consignments_order_id"), table_name="consignments")
    op.drop_table("consignments")
    op.drop_index("ix_claims_review", table_name="claims", postgresql_where="status = 'UNDER_REVIEW'")
    op.drop_table("claims")
    op.drop_index(op.f("ix_attachments_seller_id_id"), table_name="attachments")
    op.drop_index(op.f("ix_attachments_order_id"), table_name="attachments")
    op.drop_index(op.f("ix_attachments_about"), table_name="attachments")
    op.drop_index(
        "ix_attachments_waiting", table_name="attachments", postgresql_where="order_id IS NULL AND about IS NULL"
    )
    op.drop_table("attachments")
    op.drop_index(op.f("ix_template_lanes_lane_id"), table_name="template_lanes")
    op.drop_table("template_lanes")
    op.drop_index(op.f("ix_products_template_id"), table_name="products")
    op.drop_index(op.f("ix_products_seller_id_id"), table_name="products")
    op.drop_table("products")
    op.drop_index(op.f("ix_templates_seller_id_id"), table_name="templates")
    op.drop_table("templates")
    op.drop_index(op.f("ix_lanes_seller_id"), table_name="lanes")
    op.drop_table("lanes")
    op.drop_index(op.f("ix_sweep_runs_started_at_id"), table_name="sweep_runs")
    op.drop_table("sweep_runs")
    op.drop_table("clock")
