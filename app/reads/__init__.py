"""The read engine: a GraphQL type declared once, one SQL statement for whatever is selected of it.

    from app.db import tables as t            # as a module: `items = many(t.items…)` would shadow an imported table

    @reads(t.orders, prefix="ord", visible=visible_orders)
    class Order(Node):
        \"\"\"An assured order.\"\"\"
        id: ID = column(public_id("ord", t.orders.c.id), "The order's id.")
        status: OrderStatus = column(as_enum(OrderStatus, t.orders.c.status), "Where the order stands.")
        fee: Money | None = money(t.orders.c.fee, t.orders.c.currency, "The fee.", to=SELLER_SIDE)
        funds: Funds = same_row("The funds card.")             # `@reads(t.orders, part=True) class Funds`
        items: list[Item] = many(t.items.c.order_id == t.orders.c.id, t.items.c.position, description="…")
        seller: Seller = one(t.sellers.c.id == t.orders.c.seller_id, description="…")
        events: Connection[Event] = page(t.events.c.order_id == t.orders.c.id, t.events.c.id, description="…")
        actions: list[Action] = computed(actions, record(Facts, status=t.orders.c.status), viewer, now, description="…")

    @reads(t.items, through=(Order, t.orders.c.id == t.items.c.order_id))     # seen by whoever sees its order

    class Query:
        order: Order | None = lookup("…")                      # `order(id: ID!)`; by=column, argument="number"
        orders: Connection[Order] = page(None, t.orders.c.id.desc(), narrow=narrow_orders, description="…")
        node: Node | None = lookup("…"); nodes: list[Node | None] = lookups("…"); viewer: Viewer | None = alone("…")

A field is shown to the roles of `to`, on the rows where `only` holds, else it is null. A resolver answers
`ref(Order, key)`, or a list of them, in place of rows. `install(schema)` wires every declaration; `check(catalog)`
tries each of them, for tests and for `python -m app schema`: it takes longer than all the rest of a start.
"""

from app.reads.binds import NOW, VIEWER_ACCOUNT, VIEWER_SELLER
from app.reads.check import check
from app.reads.connections import Connection, Edge, Node, PageInfo
from app.reads.declare import (
    NOTHING,
    Ref,
    alone,
    column,
    computed,
    element,
    elements,
    lookup,
    lookups,
    many,
    nested,
    one,
    page,
    reads,
    ref,
    same_row,
    tallies,
    tally,
)
from app.reads.expressions import as_enum, as_enums, count_of, key_of, never_null, public_id, sum_of
from app.reads.inputs import now, record, row, rows, viewer
from app.reads.operations import OperationPlans
from app.reads.plans import Engine
from app.reads.reader import Context, Reader, Statement
from app.reads.rendering import DeclarationError
from app.reads.visibility import (
    Rule,
    Standing,
    account_only,
    of_claims,
    of_shipments,
    operators_only,
    party_to,
    public,
    seller_only,
    signed_in,
    visible_orders,
)
from app.reads.wiring import install

__all__ = [
    "NOTHING",
    "NOW",
    "VIEWER_ACCOUNT",
    "VIEWER_SELLER",
    "Connection",
    "Context",
    "DeclarationError",
    "Edge",
    "Engine",
    "Node",
    "OperationPlans",
    "PageInfo",
    "Reader",
    "Ref",
    "Rule",
    "Standing",
    "Statement",
    "account_only",
    "alone",
    "as_enum",
    "as_enums",
    "check",
    "column",
    "computed",
    "count_of",
    "element",
    "elements",
    "install",
    "key_of",
    "lookup",
    "lookups",
    "many",
    "nested",
    "never_null",
    "now",
    "of_claims",
    "of_shipments",
    "one",
    "operators_only",
    "page",
    "party_to",
    "public",
    "public_id",
    "reads",
    "record",
    "ref",
    "row",
    "rows",
    "same_row",
    "seller_only",
    "signed_in",
    "sum_of",
    "tallies",
    "tally",
    "viewer",
    "visible_orders",
]
