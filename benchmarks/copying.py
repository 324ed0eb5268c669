"""How a row of an example becomes the row of a copy: the same row, later, of other people, with ids of its own.

`c` is the example's row, kept apart in a temporary table, and `p` the copy's row of the plan. What is said here is said
by columns' types and names, so that a new column of a table is copied too.
"""

from typing import Any

from sqlalchemy import Column, DateTime, Table, Uuid

from app.db import tables as t

# An id whose time is the copy's and whose tail is the copy's own; ids keep the order they were made in.
FUNCTIONS = """
CREATE OR REPLACE FUNCTION pg_temp.stamped(milliseconds bigint, middle text, seed text) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(milliseconds), 12, '0') || middle || '8' || left(md5(seed), 15))::uuid $$;
CREATE OR REPLACE FUNCTION pg_temp.fresh(id uuid, copy bigint, later bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_temp.stamped(('x' || left(id::text, 8) || substr(id::text, 10, 4))::bit(48)::bigint + later,
        substr(id::text, 15, 4), id::text || copy) $$;
CREATE OR REPLACE FUNCTION pg_temp.random_of(copy bigint, salt bigint) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$ SELECT (hashint8extended(copy, salt) & 1048575) / 1048576.0 $$
"""

# In the order in which they must be written: what refers to another row comes after it
CHILDREN = (
    t.contacts,
    t.items,
    t.instalments,
    t.collection_accounts,
    t.payments,
    t.receipts,
    t.shipments,
    t.shipment_items,
    t.tracking_events,
    t.amendments,
    t.reviews,
    t.deadlines,
)
# One row an order, without an id of its own
WORDS = (t.order_words,)

_PEOPLE = {
    "seller_id": "p.seller_id",
    "buyer_id": "p.buyer_id",
    "salesperson_id": "p.sales_id",
    "proposed_by": "p.owner_id",
    "by_account_id": "CASE c.by WHEN 'BUYER' THEN p.buyer_id ELSE p.owner_id END",
}
_OWNER = "CASE c.{0} WHEN p.example THEN p.order_id WHEN p.example_seller THEN p.seller_id END"
# A word that is one order's own: its number, the end of it, its buyer's e-mail and id
_WORD = (
    "CASE WHEN {0} ~ '^[0-9]{{20}}$' THEN p.number WHEN {0} ~ '^[0-9]{{6}}$' THEN right(p.number, 6)"
    " WHEN {0} LIKE '%@%' THEN p.buyer_email WHEN {0} ~ '^buy_[0-9a-f]{{32}}$'"
    " THEN 'buy_' || replace(p.buyer_id::text, '-', '') ELSE {0} END"
)
_SPECIAL = {
    "orders.id": "p.order_id",
    "orders.number": "CASE WHEN c.number IS NOT NULL THEN p.number END",
    "orders.link": "CASE WHEN c.link IS NOT NULL THEN md5('link' || p.copy) END",
    "orders.salesperson_id": "p.sales_id",
    "orders.policy_id": "c.policy_id",
    "orders.entry_hash": "(SELECT h.hash FROM chain h WHERE h.copy = p.copy ORDER BY h.sequence DESC LIMIT 1)",
    **{
        f"orders.{name}": f"c.{name} + p.shift + CASE WHEN c.overdue_at IS NULL"
        " AND c.status IN ('PENDING_DISPATCH', 'PARTIALLY_DISPATCHED') THEN p.ahead ELSE '0' END"
        for name in ("dispatch_due_at", "rated_due_at")
    },
    "order_words.words": f"ARRAY(SELECT {_WORD.format('w')} FROM unnest(c.words) AS w)",
    "order_words.seller_words": "ARRAY(SELECT right(replace(p.seller_id::text, '-', ''), 12) || ' ' ||"
    + _WORD.format("split_part(w, ' ', 2)")
    + " FROM unnest(c.seller_words) AS w)",
    "contacts.email": "p.buyer_email",
    "collection_accounts.number": "'9' || lpad(p.copy::text, 12, '0') || lpad((SELECT count(*) FROM"
    " example_collection_accounts x WHERE x.order_id = c.order_id AND x.id < c.id)::text, 3, '0')",
    "payments.reference": "c.reference || '-' || p.copy",
    "receipts.reference": "c.reference || '-' || p.copy",
    "deadlines.due_at": "c.due_at + p.shift + CASE WHEN c.status = 'RUNNING' THEN p.ahead ELSE '0' END",
    "events.subject_id": "CASE c.subject_id WHEN p.example THEN p.order_id"
    " ELSE pg_temp.fresh(c.subject_id, p.copy, p.later) END",
    "events.position": "p.head + row_number() OVER (ORDER BY p.copy, c.version)",
    "events.salesperson_id": "CASE WHEN c.seller_id IS NOT NULL THEN p.sales_id END",
    "moves.from_owner": _OWNER.format("from_owner"),
    "moves.to_owner": _OWNER.format("to_owner"),
    "entries.previous_hash": "(SELECT h.hash FROM chain h WHERE h.copy = p.copy AND h.sequence = c.sequence - 1)",
    "entries.hash": "(SELECT h.hash FROM chain h WHERE h.copy = p.copy AND h.sequence = c.sequence)",
}
# Where the examples' rows are kept while they are copied, small however large the tables have grown
SOURCES = {
    "orders": "id = ANY($1)",
    **{table.name: "order_id = ANY($1)" for table in (*CHILDREN, *WORDS, t.entries, t.statement_lines, t.events)},
    "moves": "entry_id IN (SELECT id FROM entries WHERE order_id = ANY($1))",
    "balances": "owner_id = ANY($1)",
}
_MADE_BY_DATABASE = {"events.id"}


def value(column: Column[Any]) -> str:
    """What a column of a copy is, in SQL."""
    name = f'c."{column.name}"'
    special = _SPECIAL.get(f"{column.table.name}.{column.name}")
    if special is not None:
        return special
    if column.name in _PEOPLE:
        return f"CASE WHEN {name} IS NOT NULL THEN {_PEOPLE[column.name]} END"
    if column.name == "order_id":
        return "p.order_id"
    if isinstance(column.type, Uuid):
        return f"pg_temp.fresh({name}, p.copy, p.later)"
    if isinstance(column.type, DateTime):
        return f"{name} + p.shift"
    return name


def copied(table: Table, whose: str, order: str = "p.copy, c.id") -> str:
    """The statement that copies the examples' rows of a table; `whose` joins them to the plan."""
    columns = [column for column in table.columns if f"{table.name}.{column.name}" not in _MADE_BY_DATABASE]
    names = ", ".join(f'"{column.name}"' for column in columns)
    values = ", ".join(value(column) for column in columns)
    return (
        f"INSERT INTO {table.name} ({names}) SELECT {values} FROM plan p JOIN example_{table.name} c ON {whose}"
        f" ORDER BY {order}"
    )


def text(column: str) -> str:
    """A column that may be NULL as the ledger's canonical text has it."""
    return f"coalesce('\"' || {column} || '\"', 'null')"


# The ledger's hash is over the canonical text of an entry and the hash before it: one step of the recursion an entry.
CHAIN = f"""
CREATE TEMP TABLE chain ON COMMIT DROP AS
WITH RECURSIVE link AS (
    SELECT p.copy, 0::bigint AS sequence, NULL::text AS hash FROM plan p
    UNION ALL
    SELECT p.copy, c.sequence, encode(sha256(convert_to(
        '[' || {text("link.hash")} || ',"' || {value(t.entries.c.id)} || '",' || {text(value(t.entries.c.order_id))}
        || ',' || {text(value(t.entries.c.seller_id))} || ',' || c.sequence || ',"' || c.kind || '",'
        || {text(value(t.entries.c.cause))} || ',"'
        || to_char(({value(t.entries.c.at)}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00",['
        || moved.list || ']]', 'UTF8')), 'hex')
    FROM link JOIN plan p ON p.copy = link.copy
    JOIN example_entries c ON c.order_id = p.example AND c.sequence = link.sequence + 1
    CROSS JOIN LATERAL (
        SELECT string_agg('["' || c.from_account || '",' || {text(value(t.moves.c.from_owner))} || ',"'
            || c.to_account || '",' || {text(value(t.moves.c.to_owner))} || ',' || c.amount || ',"' || c.currency
            || '"]', ',' ORDER BY c.position) AS list
        FROM (SELECT * FROM example_moves m WHERE m.entry_id = c.id) AS c
    ) AS moved
) SELECT * FROM link WHERE sequence > 0
"""
LEDGER = (
    copied(t.entries, "c.order_id = p.example", "p.copy, c.sequence"),
    copied(
        t.moves, "c.entry_id IN (SELECT e.id FROM example_entries e WHERE e.order_id = p.example)", "p.copy, c.entry_id"
    ),
    """
INSERT INTO statement_lines (id, seller_id, currency, ordinal, entry_id, order_id, kind, amount, balance, at)
SELECT md5(c.id::text || p.copy)::uuid, p.seller_id, c.currency, coalesce(b.lines, 0) + row_number() OVER line,
    pg_temp.fresh(c.entry_id, p.copy, p.later), p.order_id, c.kind, c.amount,
    coalesce(b.amount, 0) + sum(c.amount) OVER line, greatest(b.booked_at, max(c.at + p.shift) OVER line)
FROM plan p JOIN example_statement_lines c ON c.order_id = p.example
LEFT JOIN balances b ON b.account = 'SELLER' AND b.owner_id = p.seller_id AND b.currency = c.currency
WINDOW line AS (PARTITION BY p.seller_id, c.currency ORDER BY p.copy, c.ordinal)
""",
    """
INSERT INTO balances (account, owner_id, currency, amount, lines)
SELECT c.account, p.order_id, c.currency, c.amount, c.lines
FROM plan p JOIN example_balances c ON c.owner_id = p.example
""",
    """
INSERT INTO balances (account, owner_id, currency, amount, lines, booked_at)
SELECT 'SELLER', p.seller_id, c.currency, sum(c.amount), count(*), max(c.at + p.shift)
FROM plan p JOIN example_statement_lines c ON c.order_id = p.example GROUP BY p.seller_id, c.currency
ON CONFLICT (account, owner_id, currency) DO UPDATE
SET amount = balances.amount + excluded.amount, lines = balances.lines + excluded.lines,
    booked_at = greatest(balances.booked_at, excluded.booked_at)
""",
)
PLACES = "CREATE INDEX ON chain (copy, sequence)"
EVENTS = copied(t.events, "c.order_id = p.example", "p.copy, c.version")
FEED = "UPDATE feed SET head = greatest(head, (SELECT coalesce(max(position), 0) FROM events))"
STATEMENTS = (
    CHAIN,
    PLACES,
    copied(t.orders, "c.id = p.example"),
    *(copied(table, "c.order_id = p.example") for table in CHILDREN),
    *(copied(table, "c.order_id = p.example", "p.copy") for table in WORDS),
    *LEDGER,
    EVENTS,
    FEED,
)
