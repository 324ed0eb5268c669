"""What a small market seldom comes to, and what none does: open ends, and rows without anything in them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.db import tables as t
from app.domain.policy import FIRST_POLICY
from app.domain.trade import Mint
from tests.means import START
from tests.reads import programs

CAMPAIGN = {
    "code": "SUMMER",
    "starts_on": "2024-05-01",
    "ends_on": "2024-12-31",
    "limit_usd": 5_000_00,
    "orders_most": 3,
}
PROMOTION = {
    "code": "HALF",
    "factor": "0.5",
    "starts_on": "2024-05-01",
    "ends_on": "2024-12-31",
    "new_sellers_only": True,
}
BARE = {name: type(value)() for name, value in FIRST_POLICY.items() if isinstance(value, list | dict)}
# by how many days before the market each took effect; the last of them is in force
POLICIES = {
    3: FIRST_POLICY | BARE,
    2: FIRST_POLICY | {"methods": []},
    1: FIRST_POLICY
    | {
        "campaigns": [CAMPAIGN],
        "promotions": [PROMOTION],
        "methods": [method | {"largest_usd": 12_000_00} for method in FIRST_POLICY["methods"]],
    },
}
_PARTIAL = "SELECT order_id FROM disputes WHERE outcome = 'PARTIAL' ORDER BY id LIMIT 1"


def _happened(where: str, many: int = 1, **columns: str) -> str:
    """Events like some that happened, but for these columns; none is ever changed itself."""
    every = {each.name: each.name for each in t.events.columns if each.name != "id"}
    every |= {"position": "NULL", "version": "version + 1000", **columns}
    return f"""INSERT INTO events ({", ".join(every)})
               SELECT {", ".join(every.values())} FROM events WHERE {where} ORDER BY id LIMIT {many}"""


# the orders of one buyer are looked at more often than those of others
_TO_DISPATCH = "SELECT order_id FROM deadlines WHERE kind = 'DISPATCH' AND status = 'RUNNING'"

# What is done, and was not ended by the time that the market was left
OPEN = (
    f"""UPDATE deadlines SET status = 'RUNNING', settled_at = NULL, detected_at = NULL, due_at = '2024-12-24T07:59:59Z'
        WHERE id = (SELECT id FROM deadlines WHERE kind = 'DISPUTE_SILENCE' AND order_id = ({_PARTIAL})
                    ORDER BY due_at DESC LIMIT 1)""",
    f"""UPDATE deadlines SET status = 'WAITING', seconds_left = 3600
        WHERE kind = 'AUTO_RECEIPT' AND status = 'RUNNING' AND order_id = ({_PARTIAL})""",
    f"""UPDATE disputes SET status = 'AWAITING_SELLER', resolved_at = NULL, outcome = NULL, refunded = NULL
        WHERE outcome = 'PARTIAL' AND order_id = ({_PARTIAL})""",
    """UPDATE disputes SET status = 'ESCALATED', resolved_at = NULL, outcome = NULL, refunded = NULL
       WHERE id = (SELECT id FROM disputes WHERE outcome = 'REJECTED' ORDER BY id LIMIT 1)""",
    """UPDATE claims SET status = 'UNDER_REVIEW', decided_at = NULL, decided_by = NULL, rejection = NULL, reason = NULL
       WHERE id = (SELECT id FROM claims WHERE status = 'REJECTED' ORDER BY id LIMIT 1)""",
    """INSERT INTO waivers (id, order_id, compensate, reason, granted_by, granted_at)
       SELECT md5('refused ' || id)::uuid, order_id, false, 'A strike at the port.',
              (SELECT id FROM accounts WHERE operator ORDER BY id LIMIT 1), filed_at
       FROM claims WHERE status = 'UNDER_REVIEW' ON CONFLICT DO NOTHING""",
    f"""UPDATE sellers SET enrolled_at = NULL, left_at = NULL
       WHERE id IN (SELECT seller_id FROM orders WHERE id IN ({_TO_DISPATCH}))""",
    f"""UPDATE orders SET buyer_id = (SELECT id FROM accounts WHERE name = 'Buyer 0' ORDER BY id LIMIT 1)
        WHERE id IN ({_TO_DISPATCH})""",
    "UPDATE deadlines SET due_at = '2024-12-24T07:59:59Z' WHERE kind = 'DISPATCH' AND status = 'RUNNING'",
    """UPDATE amendments SET status = 'PROPOSED', decided_at = NULL
       WHERE id = (SELECT a.id FROM amendments a JOIN orders o ON o.id = a.order_id
                   WHERE o.status NOT IN ('CLOSED', 'COMPLETED') ORDER BY a.id LIMIT 1)""",
    """INSERT INTO handovers (id, seller_id, from_id, to_id, began_at, finished_at)
       SELECT md5(m.id || h.known)::uuid, m.seller_id, CASE WHEN h.known <> 'to' THEN m.account_id ELSE o.id END,
              CASE WHEN h.known <> 'from' THEN m.account_id ELSE o.id END, m.created_at, h.at
       FROM members m, (SELECT id FROM accounts WHERE operator ORDER BY id LIMIT 1) o,
            (VALUES ('from', NULL), ('to', '2024-06-01T00:00:00Z'::timestamptz), ('both', NULL)) AS h(known, at)
       WHERE m.role = 'SALES'""",
)
# What many orders of a market have, and few of this one
RARE = (
    """INSERT INTO consignments (id, order_id, number, linked_by, linked_at)
       SELECT md5('consignment ' || id)::uuid, id, 'YDT ' || number, buyer_id, confirmed_at
       FROM orders WHERE confirmed_at IS NOT NULL ORDER BY id LIMIT 3""",
    """INSERT INTO coupons
       SELECT md5('used ' || c.id)::uuid, o.buyer_id, l.id, o.id, o.seller_id, 'USED', c.amount, c.currency,
              c.liability, c.issued_at, c.expires_at, o.id, c.issued_at, 1, c.issued_at, 2
       FROM coupons c, claims l JOIN orders o ON o.id = l.order_id
       WHERE l.status = 'REJECTED' ORDER BY l.id DESC LIMIT 1""",
    """INSERT INTO recoveries
           (id, seller_id, order_id, cause, coupon_id, status, amount, collected, currency, owed_at, reversed_at)
       SELECT md5(r.status || o.id)::uuid, o.seller_id, o.id, r.cause, r.coupon_id, r.status, 100, r.collected, 'USD',
              o.confirmed_at, r.reversed_at
       FROM (SELECT * FROM orders WHERE confirmed_at IS NOT NULL ORDER BY id LIMIT 4) o,
            (SELECT 'COUPON_USED' AS cause, id AS coupon_id, 'COLLECTED' AS status, 100 AS collected,
                    NULL::timestamptz AS reversed_at FROM coupons WHERE status = 'USED'
             UNION ALL SELECT 'REFUND_ADVANCED', NULL, 'OWED', 0, NULL
             UNION ALL SELECT 'REFUND_ADVANCED', NULL, 'REVERSED', 0, '2024-06-01T00:00:00Z') r""",
    """INSERT INTO collections (id, recovery_id, order_id, amount, currency, at)
       SELECT md5(r.id || coalesce(part.order_id::text, ''))::uuid, r.id, part.order_id, 50, r.currency, r.owed_at
       FROM recoveries r, LATERAL (VALUES (r.order_id), (NULL)) AS part(order_id) WHERE r.collected > 0""",
)
# What left a seller's account for its buyer, and came back, without the order's own in between
BESIDE = (
    """INSERT INTO entries (id, order_id, seller_id, sequence, kind, cause, at, previous_hash, hash)
       SELECT md5('beside ' || o.id)::uuid, o.id, e.seller_id, o.entries + 1, e.kind, e.cause, e.at, o.entry_hash,
              md5(o.entry_hash)
       FROM orders o JOIN LATERAL (SELECT * FROM entries WHERE order_id = o.id ORDER BY sequence LIMIT 1) e ON true""",
    """INSERT INTO moves (entry_id, position, from_account, from_owner, to_account, to_owner, amount, currency)
       SELECT md5('beside ' || o.id)::uuid, m.position, m.source, CASE m.source WHEN 'SELLER' THEN o.seller_id END,
              m.target, CASE m.target WHEN 'SELLER' THEN o.seller_id END, 100, o.currency
       FROM orders o JOIN entries e ON e.id = md5('beside ' || o.id)::uuid,
            (VALUES (0, 'SELLER', 'WORLD'), (1, 'WORLD', 'SELLER')) AS m(position, source, target)""",
    """UPDATE orders o SET entries = e.sequence, entry_hash = e.hash FROM entries e
       WHERE e.id = md5('beside ' || o.id)::uuid""",
)
# What has something in it wherever a market makes it, and here has nothing
EMPTY = (
    """INSERT INTO templates (id, seller_id, name, created_at)
       SELECT md5('template ' || id)::uuid, id, 'Nothing yet', created_at FROM sellers""",
    """DELETE FROM dispute_steps
       WHERE dispute_id = (SELECT id FROM disputes WHERE outcome = 'FULL' ORDER BY id LIMIT 1)""",
    """DELETE FROM shipment_items
       WHERE shipment_id = (SELECT s.id FROM shipments s JOIN orders o ON o.id = s.order_id
                            WHERE o.status = 'CLOSED' ORDER BY s.id LIMIT 1)""",
    """UPDATE amendments SET changes = '{}'
       WHERE id = (SELECT id FROM amendments WHERE status = 'DECLINED' ORDER BY id LIMIT 1)""",
    """DELETE FROM collection_accounts WHERE order_id IN (SELECT id FROM orders WHERE status = 'CLOSED'
                                                          ORDER BY id LIMIT 3)""",
    """DELETE FROM tracking_events WHERE shipment_id IN (SELECT id FROM shipments ORDER BY id LIMIT 4)""",
    """UPDATE attachments SET about = NULL WHERE about IN (SELECT id FROM milestones ORDER BY id LIMIT 1)""",
    """UPDATE deadlines SET order_id = (SELECT id FROM orders WHERE policy_id IS NULL AND number IS NOT NULL
                                         ORDER BY id LIMIT 1)
       WHERE id IN (SELECT id FROM deadlines WHERE status = 'VOID' AND order_id IS NOT NULL ORDER BY id LIMIT 3)
       AND EXISTS (SELECT FROM orders WHERE policy_id IS NULL AND number IS NOT NULL)""",
    """UPDATE private_notes SET author_id = (SELECT id FROM accounts WHERE operator ORDER BY id LIMIT 1)
       WHERE id = (SELECT id FROM private_notes ORDER BY id LIMIT 1)""",
    """UPDATE orders SET policy_id = (SELECT id FROM policies WHERE document -> 'methods' = '[]'
                                      ORDER BY effective_at DESC LIMIT 1)
       WHERE id = (SELECT id FROM orders WHERE status = 'PENDING_PAYMENT' ORDER BY id LIMIT 1)""",
)
LAST = """id IN (SELECT max(id) FROM events WHERE subject = 'ORDER' AND order_id IN (
           SELECT id FROM orders WHERE status IN ('CLOSED', 'COMPLETED')) GROUP BY order_id)"""
UNLIKE = """{"changes": [{"field": "total", "before": "1.00 USD", "after": "2.00 USD"}], "facts": [{}]}"""
# … or that what had met a deadline was taken back
AWAITED = """id IN (SELECT max(e.id) FROM events e JOIN deadlines d ON d.order_id = e.subject_id
           WHERE d.settled_at IS NULL AND d.kind <> 'APPROACH' GROUP BY e.subject_id)"""
RESUMED = """jsonb_build_object('changes', '[]'::jsonb, 'facts', jsonb_build_array(jsonb_build_object(
           'name', 'deadline', 'value', (SELECT kind FROM deadlines d WHERE d.order_id = subject_id
                                         AND d.settled_at IS NULL AND d.kind <> 'APPROACH' ORDER BY d.id LIMIT 1))))"""
# an order that was deleted
GONE = "md5('gone' || order_id)::uuid"
# What its events no longer lead back to, so that it is not known of the past
FORGOTTEN = (
    """UPDATE orders SET delivery_overdue_at = closed_at
       WHERE id = (SELECT id FROM orders WHERE status = 'CLOSED' AND delivery_overdue_at IS NULL
                   ORDER BY id LIMIT 1)""",
    """UPDATE orders SET products = products + 1, total = total + 1
       WHERE id = (SELECT id FROM orders WHERE status = 'CLOSED' ORDER BY id DESC LIMIT 1)""",
    _happened(AWAITED, 8, kind="'DEADLINE_RESUMED'", at="'2024-07-07T08:59:59Z'", data=RESUMED),
    _happened(LAST, 8, data=f"'{UNLIKE}'::jsonb"),
    _happened("order_id IS NOT NULL", 8, order_id=GONE, subject_id=GONE),
    _happened("subject = 'SELLER'", data="""'{"changes": [{}], "facts": [{}]}'::jsonb"""),
)


def statements() -> Iterator[str]:
    """Everything of it, as statements."""
    for group in (OPEN, RARE, BESIDE, programs.ALL, EMPTY, FORGOTTEN):
        yield from group


def policies(mint: Mint, created_by: UUID) -> list[dict[str, Any]]:
    """The rows of the versions of policy."""
    return [
        {
            "id": mint.id(),
            "effective_at": START - timedelta(days=before),
            "document": document,
            "created_by": created_by,
            "created_at": START - timedelta(days=before + 1),
        }
        for before, document in POLICIES.items()
    ]
