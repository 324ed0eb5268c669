"""Every table of the product, typed; a row has the same names as the domain's dataclass of the same noun.

Money is BIGINT minor units beside an ISO 4217 code; instants are timestamptz in UTC; ids are UUIDv7.
"""

from app.db.tables.base import metadata
from app.db.tables.events import events, feed, idempotency_keys
from app.db.tables.fulfilment import (
    amendments,
    deadlines,
    invitations,
    reviews,
    shipment_items,
    shipments,
    tracking_events,
)
from app.db.tables.funds import collection_accounts, instalments, payments, receipts
from app.db.tables.ledger import balances, entries, moves, statement_lines, withdrawals
from app.db.tables.orders import contacts, items, orders
from app.db.tables.people import access_tokens, accounts, applications, members, sellers
from app.db.tables.policy import exchange_rates, policies

__all__ = [
    "access_tokens",
    "accounts",
    "amendments",
    "applications",
    "balances",
    "collection_accounts",
    "contacts",
    "deadlines",
    "entries",
    "events",
    "exchange_rates",
    "feed",
    "idempotency_keys",
    "instalments",
    "invitations",
    "items",
    "members",
    "metadata",
    "moves",
    "orders",
    "payments",
    "policies",
    "receipts",
    "reviews",
    "sellers",
    "shipment_items",
    "shipments",
    "statement_lines",
    "tracking_events",
    "withdrawals",
]
