"""What a simulated market leaves out: values that nobody happened to give, and nulls where everybody gave one."""

from collections.abc import Iterator

from sqlalchemy import insert

from app.actions import orders, sellers
from app.db import tables as t
from tests.market import by, new_account, new_seller
from tests.reads import rarities
from tests.simulation.founding import FORM
from tests.simulation.world import World

ATTRIBUTES = (
    """'[{"name": "Colour", "value": "a \\"quoted\\" ⟪p1⟫ $1 %(x)s"}, {"name": "", "value": "碳纤维"}, {}]'::jsonb"""
)
DRAFT = "status = 'DRAFT'"
# table, what is set, of which rows, of how many
CHANGES = (
    ("contacts", "region = 'Zhejiang'", "true", 6),
    ("contacts", "recipient = NULL, email = NULL, phone = NULL, city = NULL, country = NULL", "region IS NULL", 3),
    ("contacts", "postal_code = NULL, lines = '{}'", "region IS NULL", 4),
    ("items", f"packaging = 'Crate', remark = 'Fragile', attributes = {ATTRIBUTES}", "true", 12),
    ("items", "minimum_quantity = 10", "product_id IS NULL", 3),
    ("orders", "customs_title = 'Ningbo Carbon Works', notes = 'With care.'", "true", 6),
    ("orders", "buyer_reference = 'PO 7'", "buyer_reference IS NULL", 3),
    ("orders", "buyer_reference = NULL, seller_reference = NULL", "buyer_reference IS NOT NULL", 2),
    ("orders", "lead_source = 'RFQ'", "lead_source IS NULL", 3),
    ("orders", "campaign = 'SUMMER'", "fee IS NOT NULL", 3),
    (
        "orders",
        "dispatch_term = 'FIXED_DATE', dispatch_days = NULL, dispatch_date = '2024-07-20'",
        "status = 'DRAFT'",
        1,
    ),
    ("orders", "salesperson_id = NULL", "status = 'CLOSED'", 2),
    ("shipments", "external_reference = 'ERP 9', customs_cleared_at = dispatched_at", "true", 4),
    ("tracking_events", "text = '', place = NULL", "true", 4),
    ("tracking_events", "text = E'Held\\nat the port', corrects = 'x 1'", "text IS NULL", 4),
    ("consignments", "customs_cleared_at = linked_at", "true", 1),
    ("claims", "note = 'Seen.', text = NULL", "true", 3),
    ("waivers", "withdrawn_at = granted_at", "true", 1),
    ("products", "description = ''", "true", 2),
    ("products", "description = 'Light and stiff.'", "description IS NULL", 4),
    ("products", "ready_to_ship = false, dispatch_days = NULL, unit_grams = 0", "NOT ready_to_ship", 1),
    ("products", "tiers = '[]'", "NOT ready_to_ship", 1),
    ("products", "agency_reviewed = false", "true", 2),
    ("receipts", "payer = NULL", "true", 5),
    ("members", "removed_at = created_at", "role = 'SALES' AND seller_id IN (SELECT id FROM sellers OFFSET 2)", 1),
    ("amendments", "reason = NULL", "true", 2),
    (
        "deadlines",
        "set_at = NULL",
        "id IN (SELECT DISTINCT ON (order_id) id FROM deadlines ORDER BY order_id, id DESC)",
        3,
    ),
    ("deadlines", "inputs = '{}'", "order_id IS NOT NULL", 12),
    ("policies", "created_by = NULL", "true", 1),
    ("lanes", "retired_at = created_at, destinations = '{}'", "name = 'Open air line'", 1),
)
REVIEWS = """
    INSERT INTO reviews (id, order_id, product, dispatch_speed, service, text, reviewed_at, reply, replied_at)
    SELECT md5('review ' || id)::uuid, id, 5, 4, 3, CASE WHEN version % 2 = 0 THEN 'Well made.' END, completed_at,
           CASE WHEN version % 3 = 0 THEN 'Thank you.' END, CASE WHEN version % 3 = 0 THEN completed_at END
    FROM orders WHERE completed_at IS NOT NULL AND id NOT IN (SELECT order_id FROM reviews)
"""


SHEETS = """
    INSERT INTO sheets (id, version, seller_id, account_id, format, state, total, rows, parts, size, requested_at,
                        finished_at, expires_at, failure)
    SELECT md5(s.state || m.id)::uuid, 1, m.seller_id, m.account_id, 'CSV', s.state, s.total, 0, '{}', s.size,
           m.created_at, s.at, s.at, s.failure
    FROM members m, (VALUES ('WAITING', NULL, NULL, NULL, NULL), ('READY', 7, 4096, '2024-06-01T00:00:00Z'::timestamptz,
        NULL), ('FAILED', 7, NULL, NULL, 'Ask again.')) AS s(state, total, size, at, failure)
"""


async def added(world: World) -> None:
    """Add them all."""
    means, owner = world.means, world.firms[0].team.owner
    for firm in world.firms * 2:
        drafted = await orders.draft(means, by(firm.team.owner), {}, None)
        await orders.assign(means, by(firm.team.owner), drafted, firm.team.sales.account_id)
    await orders.draft(means, by(world.buyers[0]), {"email": world.buyers[0].email}, owner.seller_id)
    newcomer = await new_seller(means, service="INACTIVE", membership="FREE", name="Newcomer", quota_limit=0)
    await sellers.apply(means, by(newcomer.owner), FORM)
    await new_account(means, name="")
    async with means.engine.begin() as connection:
        await connection.execute(insert(t.policies), rarities.policies(means.mint, world.operator.account_id))
        for statement in _statements():
            await connection.exec_driver_sql(statement)


def _statements() -> Iterator[str]:
    yield REVIEWS
    yield SHEETS
    yield from rarities.statements()
    for table, values, where, many in CHANGES:
        rows = f"SELECT ctid FROM {table} WHERE {where} ORDER BY id LIMIT {many}"
        yield f"UPDATE {table} SET {values} WHERE ctid IN ({rows})"
