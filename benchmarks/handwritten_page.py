"""The buyer's page of an order by hand: one statement for what is read and what is computed from."""

from benchmarks.handwritten import FUNDS_STATUS, MISSING, amount, children, instant, public

_NAMED = "json_build_object('name', {0}->>'name', 'value', {0}->>'value')"


def _named(source: str) -> str:
    """Names and values of a JSON list, as they are stored."""
    given = f"jsonb_array_elements({source}) WITH ORDINALITY AS x (value, place)"
    return children(_NAMED.format("x.value"), given, "x.place")


ITEMS = children(
    f"""json_build_object('id', {public("itm", "i.id")}, 'position', i.position + 1, 'description', i.description,
        'attributes', {_named("i.attributes")}, 'packaging', i.packaging, 'remark', i.remark,
        'quantity', trim_scale(i.quantity)::text, 'unit', i.unit, 'amount', {amount("i.amount", "i")})""",
    "items i WHERE i.order_id = o.id",
    "i.position",
)
CONTRACT = f"""json_build_object(
    'products', {amount("o.products")}, 'shippingFee', {amount("o.shipping_fee")},
    'shippingDiscount', {amount("o.shipping_discount")}, 'agreedTotal', {amount("o.total")}, 'items', {ITEMS},
    'paymentTerms', o.payment_terms, 'dispatchTerm', json_build_object('kind', o.dispatch_term, 'days', o.dispatch_days,
        'date', o.dispatch_date, 'instant', {instant("o.dispatch_instant")}),
    'transportMode', o.transport_mode, 'carrier', o.carrier, 'incoterm', o.incoterm, 'incotermPlace', o.incoterm_place,
    'exportMethod', o.export_method, 'notes', o.notes,
    'contact', (SELECT json_build_object('recipient', c.recipient, 'lines', c.lines, 'city', c.city,
        'region', c.region, 'postalCode', c.postal_code, 'country', c.country)
        FROM contacts c WHERE c.order_id = o.id AND c.version = o.contact_version))"""
RECEIPTS = children(
    f"""json_build_object('method', r.method, 'amount', {amount("r.amount", "r")},
        'counted', {amount("r.counted", "r")}, 'held', {amount("r.held", "r")},
        'recordedAt', {instant("r.recorded_at")})""",
    "receipts r WHERE r.order_id = o.id",
    "r.id",
)
_CARRIED = children(
    f"""json_build_object('itemId', {public("itm", "x.item_id")},
        'description', (SELECT i.description FROM items i WHERE i.id = x.item_id),
        'quantity', trim_scale(x.quantity)::text)""",
    "shipment_items x WHERE x.shipment_id = s.id",
    "x.id",
)
_TRACKING = children(
    f"""json_build_object('kind', e.kind, 'occurredAt', {instant("e.occurred_at")}, 'place', e.place,
        'text', e.text)""",
    "tracking_events e WHERE e.shipment_id = s.id",
    "e.occurred_at, e.id",
)
SHIPMENTS = children(
    f"""json_build_object('id', {public("shp", "s.id")}, 'carrier', s.carrier, 'trackingNumber', s.tracking_number,
        'dispatchedAt', {instant("s.dispatched_at")}, 'deliveredAt', {instant("s.delivered_at")},
        'items', {_CARRIED}, 'tracking', {_TRACKING})""",
    "shipments s WHERE s.order_id = o.id",
    "s.position",
)
AMENDMENTS = children(
    f"""json_build_object('id', {public("amd", "a.id")}, 'status', a.status, 'reason', a.reason,
        'proposedAt', {instant("a.proposed_at")})""",
    "amendments a WHERE a.order_id = o.id",
    "a.id",
)
DISPUTES = children(
    f"""json_build_object('id', {public("dsp", "d.id")}, 'status', d.status, 'reason', d.reason,
        'openedAt', {instant("d.opened_at")})""",
    "disputes d WHERE d.order_id = o.id",
    "d.id",
)
CLAIM = f"""(SELECT json_build_object('id', {public("clm", "c.id")}, 'guarantee', c.guarantee, 'status', c.status,
    'filedAt', {instant("c.filed_at")}) FROM claims c WHERE c.order_id = o.id)"""
ATTACHMENTS = children(
    f"""json_build_object('id', {public("fil", "f.id")}, 'purpose', f.purpose, 'name', f.name,
        'path', '/files/' || {public("fil", "f.id")})""",
    "attachments f WHERE f.order_id = o.id",
    "f.id",
)
REVIEW = """(SELECT json_build_object('product', r.product, 'dispatchSpeed', r.dispatch_speed, 'service', r.service,
    'text', r.text, 'reply', r.reply) FROM reviews r WHERE r.order_id = o.id)"""
_CHANGES = children(
    "json_build_object('field', x.value->>'field', 'before', x.value->>'before', 'after', x.value->>'after')",
    "jsonb_array_elements(e.data->'changes') WITH ORDINALITY AS x (value, place)",
    "x.place",
)
# `$3` are the kinds of events that a buyer hears of
LOG = children(
    f"""json_build_object('version', e.version, 'kind', e.kind, 'at', {instant("e.at")}, 'by', e.by,
        'dueAt', {instant("e.due_at")}, 'changes', {_CHANGES}, 'facts', {_named("e.data->'facts'")})""",
    "(SELECT * FROM events e WHERE e.order_id = o.id AND e.buyer_id = $2 AND e.kind = ANY($3) ORDER BY e.id LIMIT 20)"
    " e",
    "e.id",
)
HEAD = f"""json_build_object(
    'id', {public("ord", "o.id")}, 'number', o.number, 'version', o.version, 'status', o.status,
    'awaiting', o.awaiting, 'type', o.type, 'draftedBy', o.drafted_by, 'buyerReference', o.buyer_reference,
    'overdue', o.overdue_at IS NOT NULL, 'overdueSince', {instant("o.overdue_at")},
    'deliveryOverdue', o.delivery_overdue_at IS NOT NULL, 'promisedAt', {instant("o.promised_at")},
    'dispatchGuaranteed', o.dispatch_guaranteed, 'deliveryGuaranteed', o.delivery_guaranteed,
    'disputed', EXISTS (SELECT FROM disputes d WHERE d.order_id = o.id AND d.status <> 'RESOLVED'),
    'createdAt', {instant("o.created_at")}, 'updatedAt', {instant("o.updated_at")},
    'confirmedAt', {instant("o.confirmed_at")}, 'firstPaidAt', {instant("o.first_paid_at")},
    'fullyPaidAt', {instant("o.fully_paid_at")}, 'dispatchedAt', {instant("o.dispatched_at")},
    'deliveredAt', {instant("o.delivered_at")}, 'completedAt', {instant("o.completed_at")},
    'closedAt', {instant("o.closed_at")}, 'closeReason', o.close_reason,
    'seller', (SELECT json_build_object('id', {public("sel", "s.id")}, 'name', s.name, 'country', s.country)
        FROM sellers s WHERE s.id = o.seller_id),
    'buyer', (SELECT json_build_object('id', {public("buy", "a.id")}, 'name', a.name, 'country', a.country)
        FROM accounts a WHERE a.id = o.buyer_id),
    'contract', {CONTRACT}, 'receipts', {RECEIPTS}, 'shipments', {SHIPMENTS}, 'amendments', {AMENDMENTS},
    'disputes', {DISPUTES}, 'claim', {CLAIM}, 'attachments', {ATTACHMENTS}, 'review', {REVIEW},
    'log', json_build_object('nodes', {LOG}))"""
_INSTALMENTS = children(
    f"""json_build_object('position', n.position + 1, 'kind', n.kind, 'amount', {amount("n.amount", "n")},
        'received', {amount("n.received", "n")}, 'missing', {amount("(n.amount - n.coupon - n.received)", "n")},
        'completedAt', {instant("n.completed_at")})""",
    "instalments n WHERE n.order_id = o.id",
    "n.position",
)
_ACCOUNTS = children(
    "json_build_object('bank', a.bank, 'holder', a.holder, 'number', a.number, 'bic', a.bic, 'currency', a.currency)",
    "collection_accounts a WHERE a.order_id = o.id",
    "a.bank, a.id",
)
FUNDS = f"""json_build_object('status', {FUNDS_STATUS}, 'agreedTotal', {amount("o.total")},
    'buyerPayable', {amount("(o.total - o.coupon)")}, 'received', {amount("o.received")},
    'missing', {amount(MISSING)}, 'instalments', {_INSTALMENTS}, 'collectionAccounts', {_ACCOUNTS})"""
DEADLINES = children(
    f"""json_build_object('kind', d.kind, 'startsAt', {instant("d.starts_at")}, 'dueAt', {instant("d.due_at")},
        'status', d.status, 'rule', d.rule, 'inputs', (SELECT coalesce(json_agg(json_build_object('name', x.key,
        'value', x.value)), '[]') FROM jsonb_each_text(d.inputs) x))""",
    "deadlines d WHERE d.order_id = o.id AND d.kind <> 'RECOVERY'",
    "d.due_at, d.id",
)
# What the domain computes from, beside the order's own columns: each table's rows once, whoever reads them
FACTS = f"""json_build_object(
    'instalments', {
    children(
        "json_build_array(n.position, n.amount - n.coupon, n.received)",
        "instalments n WHERE n.order_id = o.id",
        "n.position",
    )
},
    'receipts', {
    children(
        "json_build_array(r.id, r.method, r.currency, r.unassociated, r.counted, r.held)",
        "receipts r WHERE r.order_id = o.id",
        "r.id",
    )
},
    'clocks', {
    children(
        "json_build_array(d.id, d.kind, d.about, d.starts_at, d.due_at, d.rule, d.status,"
        " d.seconds_left, d.settled_at)",
        "deadlines d WHERE d.order_id = o.id AND d.kind <> 'RECOVERY'",
        "d.id",
    )
},
    'shipments', {
    children(
        "json_build_array(s.id, s.dispatched_at, s.delivered_at, EXISTS (SELECT FROM attachments f"
        " WHERE f.about = s.id AND f.purpose = 'PROOF'))",
        "shipments s WHERE s.order_id = o.id",
        "s.position",
    )
},
    'unreviewed', {
    children(
        "i.id",
        "items i WHERE i.order_id = o.id AND i.product_id IS NOT NULL AND NOT EXISTS"
        " (SELECT FROM products p WHERE p.id = i.product_id AND p.agency_reviewed)",
        "i.position",
    )
},
    'replies', {children("r.replied_at IS NOT NULL", "reviews r WHERE r.order_id = o.id", "r.id")},
    'disputes', {children("json_build_array(d.status, d.outcome)", "disputes d WHERE d.order_id = o.id", "d.id")},
    'waivers', {children("w.compensate", "waivers w WHERE w.order_id = o.id AND w.withdrawn_at IS NULL", "w.id")},
    'claims', {children("c.status", "claims c WHERE c.order_id = o.id", "c.id")},
    'coupon', (SELECT json_build_array(c.status, c.expires_at) FROM coupons c WHERE c.order_id = o.id
        AND c.status <> 'REVOKED' LIMIT 1),
    'applied', (SELECT json_build_array(c.amount, c.expires_at) FROM coupons c WHERE c.id = o.coupon_id),
    'amendments', (SELECT count(*) FROM amendments a WHERE a.order_id = o.id AND a.status = 'PROPOSED'),
    'consignments', (SELECT count(*) FROM consignments c WHERE c.order_id = o.id),
    'owed', (SELECT coalesce(sum(r.amount - r.collected), 0)::bigint FROM recoveries r WHERE r.seller_id = o.seller_id
        AND r.currency = o.currency AND r.status IN ('OWED', 'PARTLY_COLLECTED')),
    'seller', (SELECT json_build_array(s.enrolled_at, s.left_at) FROM sellers s WHERE s.id = o.seller_id),
    'country', (SELECT a.country FROM accounts a WHERE a.id = o.buyer_id))"""
COLUMNS = """o.status, o.awaiting, o.drafted_by, o.number, o.currency, o.landed, o.dispatch_term, o.export_method,
    o.customs_title, o.logistics, o.products, o.shipping_fee, o.shipping_discount, o.store_coupon, o.total, o.coupon,
    o.coupon_posted, o.coupon_returned, o.received, o.refunded, o.refunded_after, o.released, o.usd_rate, o.fee,
    o.fee_rate, o.fee_cap, o.policy_id, o.dispatch_guaranteed, o.delivery_guaranteed, o.transit_min, o.transit_max,
    o.transit_unit, o.promised_at, o.overdue_at, o.created_at, o.confirmed_at, o.first_paid_at, o.dispatched_at,
    o.delivered_at, o.completed_at, o.received_by, o.closed_at, o.closed_in"""
PAGE = f"""
SELECT {HEAD} AS head, {FUNDS} AS funds, {DEADLINES} AS deadlines, {FACTS} AS facts, {COLUMNS}
FROM orders o WHERE o.number = $1 AND o.buyer_id = $2 AND (o.status <> 'DRAFT' OR o.drafted_by = 'BUYER')
"""
