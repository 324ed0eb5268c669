"""The seller's list as Strawberry serves it without more, as good as that gets.

One set-based statement a table, plain objects, its own caches of parsed and validated documents, orjson.
`python -m benchmarks.stock <seller>` serves it; DATABASE_URL names the database.
"""

import asyncio
import os
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import orjson
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache

from app.db.engine import Pool, read_pool
from app.serving import Server, address, listening
from benchmarks.handwritten import FUNDS_STATUS, MISSING, OF_SELLER, amount_text, instant, public

ORDERS = f"""
SELECT o.id AS key, {public("ord", "o.id")} AS id, o.number, o.version::int, o.status, o.awaiting, o.type, o.drafted_by,
    o.overdue_at IS NOT NULL AS overdue, o.seller_reference, {instant("o.created_at")} AS created_at,
    {instant("o.updated_at")} AS updated_at, {instant("o.confirmed_at")} AS confirmed_at,
    {instant("o.dispatched_at")} AS dispatched_at, o.currency, {amount_text("o.products")} AS products,
    {amount_text("o.shipping_fee")} AS shipping_fee, {amount_text("o.total")} AS total, {FUNDS_STATUS} AS funds_status,
    {amount_text("o.received")} AS received, {amount_text(MISSING)} AS missing
FROM (SELECT * FROM orders WHERE {OF_SELLER} ORDER BY created_at DESC, id DESC LIMIT $2) o
ORDER BY o.created_at DESC, o.id DESC
"""
ITEMS = f"""
SELECT i.order_id AS key, {public("itm", "i.id")} AS id, i.position + 1 AS position, i.description,
    trim_scale(i.quantity)::text AS quantity, i.unit, {amount_text("i.amount", "i")} AS amount, i.currency
FROM items i WHERE i.order_id = ANY($1) ORDER BY i.order_id, i.position
"""
INSTALMENTS = f"""
SELECT n.order_id AS key, n.kind, {amount_text("n.amount", "n")} AS amount,
    {amount_text("n.received", "n")} AS received, {instant("n.completed_at")} AS completed_at, n.currency
FROM instalments n WHERE n.order_id = ANY($1) ORDER BY n.order_id, n.position
"""
SHIPMENTS = f"""
SELECT s.order_id AS key, {public("shp", "s.id")} AS id, s.carrier, s.tracking_number,
    {instant("s.dispatched_at")} AS dispatched_at, {instant("s.delivered_at")} AS delivered_at
FROM shipments s WHERE s.order_id = ANY($1) ORDER BY s.order_id, s.position
"""
DEADLINES = f"""
SELECT d.order_id AS key, d.kind, {instant("d.due_at")} AS due_at, d.rule, d.status
FROM deadlines d WHERE d.order_id = ANY($1) AND d.kind <> 'RECOVERY' ORDER BY d.order_id, d.due_at, d.id
"""


@strawberry.type
class Money:
    """An amount of money."""

    amount: str
    currency_code: str


@strawberry.type
class Item:
    """A line of the contract."""

    id: strawberry.ID
    position: int
    description: str
    quantity: str
    unit: str
    amount: Money


@strawberry.type
class Contract:
    """What is agreed."""

    products: Money
    shipping_fee: Money
    agreed_total: Money
    items: list[Item]


@strawberry.type
class Instalment:
    """A part of the total."""

    kind: str
    amount: Money
    received: Money
    completed_at: str | None


@strawberry.type
class FundsCard:
    """The money."""

    status: str
    received: Money
    missing: Money
    instalments: list[Instalment]


@strawberry.type
class Shipment:
    """What was dispatched."""

    id: strawberry.ID
    carrier: str
    tracking_number: str
    dispatched_at: str
    delivered_at: str | None


@strawberry.type
class Deadline:
    """What time will do."""

    kind: str
    due_at: str
    rule: str
    status: str


@strawberry.type
class Order:
    """An order."""

    id: strawberry.ID
    number: str | None
    version: int
    status: str
    awaiting: str | None
    type: str
    drafted_by: str
    overdue: bool
    seller_reference: str | None
    created_at: str
    updated_at: str
    confirmed_at: str | None
    dispatched_at: str | None
    contract: Contract
    funds: FundsCard
    shipments: list[Shipment]
    deadlines: list[Deadline]


@strawberry.type
class Orders:
    """A page of orders."""

    nodes: list[Order]


@strawberry.type
class Viewer:
    """Who looks."""

    @strawberry.field
    async def orders(self, info: strawberry.Info, first: int) -> Orders:
        """Their orders, with what belongs to them, by one statement a table."""
        pool, seller = info.context["pool"], info.context["seller"]
        rows = await pool.fetch(ORDERS, seller, first)
        ids = [row["key"] for row in rows]
        found = [_grouped(pool.fetch(query, ids)) for query in (ITEMS, INSTALMENTS, SHIPMENTS, DEADLINES)]
        items, instalments, shipments, deadlines = await asyncio.gather(*found)
        return Orders(
            nodes=[
                _order(
                    row,
                    [_item(each) for each in items[row["key"]]],
                    [_instalment(each) for each in instalments[row["key"]]],
                    [Shipment(**_without_key(each)) for each in shipments[row["key"]]],
                    [Deadline(**_without_key(each)) for each in deadlines[row["key"]]],
                )
                for row in rows
            ]
        )


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    def viewer(self) -> Viewer:
        """Who asks."""
        return Viewer()


async def _grouped(fetching: Any) -> dict[UUID, list[Any]]:
    lists: dict[UUID, list[Any]] = defaultdict(list)
    for row in await fetching:
        lists[row["key"]].append(row)
    return lists


def _without_key(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "key"}


def _order(
    row: Any, items: list[Item], instalments: list[Instalment], shipments: list[Shipment], deadlines: list[Deadline]
) -> Order:
    def money(name: str) -> Money:
        return Money(amount=row[name], currency_code=row["currency"])

    return Order(
        id=row["id"],
        number=row["number"],
        version=row["version"],
        status=row["status"],
        awaiting=row["awaiting"],
        type=row["type"],
        drafted_by=row["drafted_by"],
        overdue=row["overdue"],
        seller_reference=row["seller_reference"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        confirmed_at=row["confirmed_at"],
        dispatched_at=row["dispatched_at"],
        contract=Contract(
            products=money("products"),
            shipping_fee=money("shipping_fee"),
            agreed_total=money("total"),
            items=items,
        ),
        funds=FundsCard(
            status=row["funds_status"], received=money("received"), missing=money("missing"), instalments=instalments
        ),
        shipments=shipments,
        deadlines=deadlines,
    )


def _item(row: Any) -> Item:
    return Item(
        id=row["id"],
        position=row["position"],
        description=row["description"],
        quantity=row["quantity"],
        unit=row["unit"],
        amount=Money(amount=row["amount"], currency_code=row["currency"]),
    )


def _instalment(row: Any) -> Instalment:
    return Instalment(
        kind=row["kind"],
        amount=Money(amount=row["amount"], currency_code=row["currency"]),
        received=Money(amount=row["received"], currency_code=row["currency"]),
        completed_at=row["completed_at"],
    )


class Stock(GraphQL[Any, None]):
    """Strawberry's own ASGI view, with a faster JSON."""

    def __init__(self, seller: UUID) -> None:
        super().__init__(strawberry.Schema(Query, extensions=[ParserCache, ValidationCache]))
        self.seller = seller
        self.pool: Pool

    async def get_context(self, request: Any, response: Any) -> Any:
        """What the resolvers read."""
        return {"pool": self.pool, "seller": self.seller}

    def encode_json(self, data: object) -> bytes:
        """The answer's bytes."""
        return orjson.dumps(data)


def application(seller: UUID) -> Starlette:
    """The server."""
    view = Stock(seller)

    @asynccontextmanager
    async def live(_: Starlette) -> AsyncIterator[None]:
        view.pool = await read_pool(os.environ["DATABASE_URL"])
        yield
        await view.pool.close()

    return Starlette(routes=[Route("/graphql", view)], lifespan=live)


def main() -> None:
    """Serve on a free port, and say which."""
    with listening("127.0.0.1", 0) as listener, suppress(KeyboardInterrupt, asyncio.CancelledError):
        config = uvicorn.Config(application(UUID(sys.argv[1])), log_level="warning", lifespan="on")
        Server(config, f"Serving {address(listener)}").run(sockets=[listener])


if __name__ == "__main__":
    main()
