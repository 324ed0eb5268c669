"""The statements by hand: what the limits send to the database, and the parts they are written with."""

from app.domain.money import DECIMALS


def amount(minor: str, row: str = "o") -> str:
    """An amount of minor units as JSON; the currency is a column of the same row."""
    return f"json_build_object('amount', {amount_text(minor, row)}, 'currencyCode', {row}.currency)"


def amount_text(minor: str, row: str = "o") -> str:
    """The exact text of an amount of minor units."""
    whole = ", ".join(f"'{code}'" for code, decimals in DECIMALS.items() if decimals == 0)
    thousandths = ", ".join(f"'{code}'" for code, decimals in DECIMALS.items() if decimals == 3)
    unit = (
        f"CASE WHEN {row}.currency IN ({whole}) THEN 1 WHEN {row}.currency IN ({thousandths}) THEN 0.001 ELSE 0.01 END"
    )
    return f"({minor} * {unit})::text"


def instant(column: str) -> str:
    """The text of an instant: no more digits of a second than it has."""
    digits = f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')"""
    return f"rtrim(rtrim({digits}, '0'), '.') || 'Z'"


def public(prefix: str, column: str) -> str:
    """An id as clients see it."""
    return f"'{prefix}_' || replace({column}::text, '-', '')"


def children(value: str, source: str, order: str) -> str:
    """The rows of a table as a JSON list."""
    return f"(SELECT coalesce(json_agg({value} ORDER BY {order}), '[]') FROM {source})"


OF_SELLER = "seller_id = $1 AND (drafted_by = 'SELLER' OR status <> 'DRAFT')"
FUNDS_STATUS = """CASE WHEN o.refunded > 0 AND o.refunded >= o.received THEN 'REFUNDED'
                WHEN o.coupon_returned > 0 THEN 'REFUNDED' WHEN o.refunded > 0 THEN 'PARTIALLY_REFUNDED'
                WHEN o.received = 0 AND o.coupon_posted = 0 THEN 'UNPAID'
                WHEN o.received + o.coupon < o.total THEN 'PARTIALLY_RECEIVED' ELSE 'FULLY_RECEIVED' END"""
MISSING = "(o.total - o.coupon - o.received)"


def listed(condition: str) -> str:
    """The statement that reads the first page of the orders under a condition on `o`."""
    return f"""
SELECT json_build_object('data', json_build_object('viewer', json_build_object('orders', json_build_object('nodes',
    coalesce(json_agg(json_build_object(
        'id', {public("ord", "o.id")}, 'number', o.number, 'version', o.version, 'status', o.status,
        'awaiting', o.awaiting, 'type', o.type, 'draftedBy', o.drafted_by, 'overdue', o.overdue_at IS NOT NULL,
        'sellerReference', o.seller_reference, 'createdAt', {instant("o.created_at")},
        'updatedAt', {instant("o.updated_at")}, 'confirmedAt', {instant("o.confirmed_at")},
        'dispatchedAt', {instant("o.dispatched_at")},
        'contract', json_build_object(
            'products', {amount("o.products")}, 'shippingFee', {amount("o.shipping_fee")},
            'agreedTotal', {amount("o.total")},
            'items', (SELECT coalesce(json_agg(json_build_object('id', {public("itm", "i.id")},
                'position', i.position + 1, 'description', i.description,
                'quantity', trim_scale(i.quantity)::text, 'unit', i.unit, 'amount', {amount("i.amount")})
                ORDER BY i.position), '[]') FROM items i WHERE i.order_id = o.id)),
        'funds', json_build_object(
            'status', {FUNDS_STATUS},
            'received', {amount("o.received")}, 'missing', {amount(MISSING)},
            'instalments', (SELECT coalesce(json_agg(json_build_object('kind', n.kind, 'amount', {amount("n.amount")},
                'received', {amount("n.received")}, 'completedAt', {instant("n.completed_at")})
                ORDER BY n.position), '[]') FROM instalments n WHERE n.order_id = o.id)),
        'shipments', (SELECT coalesce(json_agg(json_build_object('id', {public("shp", "s.id")}, 'carrier', s.carrier,
            'trackingNumber', s.tracking_number, 'dispatchedAt', {instant("s.dispatched_at")},
            'deliveredAt', {instant("s.delivered_at")}) ORDER BY s.position), '[]')
            FROM shipments s WHERE s.order_id = o.id),
        'deadlines', (SELECT coalesce(json_agg(json_build_object('kind', d.kind, 'dueAt', {instant("d.due_at")},
            'rule', d.rule, 'status', d.status) ORDER BY d.due_at, d.id), '[]')
            FROM deadlines d WHERE d.order_id = o.id AND d.kind <> 'RECOVERY')
    ) ORDER BY o.created_at DESC, o.id DESC), '[]')))))
FROM (SELECT * FROM orders o WHERE {condition}
    ORDER BY created_at DESC, id DESC LIMIT 20) o
"""


LIST = listed(OF_SELLER)
