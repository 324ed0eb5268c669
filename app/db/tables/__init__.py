"""Every table of the product, typed; a row has the same names as the domain's dataclass of the same noun.

Money is BIGINT minor units beside an ISO 4217 code; instants are timestamptz in UTC; ids are UUIDv7.
"""

from app.db.tables.base import metadata
from app.db.tables.budgets import budgets
from app.db.tables.clock import clock, sweep_runs
from app.db.tables.events import events, feed, idempotency_keys, past_words
from app.db.tables.fulfilment import (
    amendments,
    deadlines,
    invitations,
    milestones,
    reviews,
    shipment_items,
    shipments,
    tracking_events,
)
from app.db.tables.funds import collection_accounts, instalments, payments, receipts
from app.db.tables.goods import attachments, consignments, lanes, products, template_lanes, templates
from app.db.tables.ledger import balances, entries, moves, postings, statement_lines, withdrawals
from app.db.tables.orders import DISPATCH_DUE, contacts, items, order_words, orders, private_notes
from app.db.tables.people import access_tokens, accounts, applications, handovers, members, sellers
from app.db.tables.policy import exchange_rates, policies
from app.db.tables.ranking import delivery_places, delivery_rankings
from app.db.tables.remedies import (
    claims,
    collections,
    coupons,
    dispute_steps,
    disputes,
    recoveries,
    waivers,
)
from app.db.tables.sheets import sheets
from app.db.tables.webhooks import webhook_attempts, webhook_deliveries, webhook_endpoints

__all__ = [
    "DISPATCH_DUE",
    "access_tokens",
    "accounts",
    "amendments",
    "applications",
    "attachments",
    "balances",
    "budgets",
    "claims",
    "clock",
    "collection_accounts",
    "collections",
    "consignments",
    "contacts",
    "coupons",
    "deadlines",
    "delivery_places",
    "delivery_rankings",
    "dispute_steps",
    "disputes",
    "entries",
    "events",
    "exchange_rates",
    "feed",
    "handovers",
    "idempotency_keys",
    "instalments",
    "invitations",
    "items",
    "lanes",
    "members",
    "metadata",
    "milestones",
    "moves",
    "order_words",
    "orders",
    "past_words",
    "payments",
    "policies",
    "postings",
    "private_notes",
    "products",
    "receipts",
    "recoveries",
    "reviews",
    "sellers",
    "sheets",
    "shipment_items",
    "shipments",
    "statement_lines",
    "sweep_runs",
    "template_lanes",
    "templates",
    "tracking_events",
    "waivers",
    "webhook_attempts",
    "webhook_deliveries",
    "webhook_endpoints",
    "withdrawals",
]
