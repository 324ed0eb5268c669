"""The limit: a bare ASGI handler with one hand-written statement, which answers the seller's list as the product does.

`python -m benchmarks.bare <seller's id>` serves it; DATABASE_URL names the database.
"""

import asyncio
import os
import sys
from contextlib import suppress
from uuid import UUID

import uvicorn
from starlette.types import Receive, Scope, Send

from app.db.engine import Pool, read_pool
from app.domain.money import DECIMALS
from app.serving import Server, address, listening


def _amount(minor: str) -> str:
    whole = ", ".join(f"'{code}'" for code, decimals in DECIMALS.items() if decimals == 0)
    thousandths = ", ".join(f"'{code}'" for code, decimals in DECIMALS.items() if decimals == 3)
    unit = f"CASE WHEN o.currency IN ({whole}) THEN 1 WHEN o.currency IN ({thousandths}) THEN 0.001 ELSE 0.01 END"
    return f"json_build_object('amount', ({minor} * {unit})::text, 'currencyCode', o.currency)"


def _instant(column: str) -> str:
    digits = f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')"""
    return f"rtrim(rtrim({digits}, '0'), '.') || 'Z'"


def _id(prefix: str, column: str) -> str:
    return f"'{prefix}_' || replace({column}::text, '-', '')"


STATEMENT = f"""
SELECT json_build_object('data', json_build_object('viewer', json_build_object('orders', json_build_object('nodes',
    coalesce(json_agg(json_build_object(
        'id', {_id("ord", "o.id")}, 'number', o.number, 'version', o.version, 'status', o.status,
        'awaiting', o.awaiting, 'type', o.type, 'draftedBy', o.drafted_by, 'overdue', o.overdue_at IS NOT NULL,
        'sellerReference', o.seller_reference, 'createdAt', {_instant("o.created_at")},
        'updatedAt', {_instant("o.updated_at")}, 'confirmedAt', {_instant("o.confirmed_at")},
        'dispatchedAt', {_instant("o.dispatched_at")},
        'contract', json_build_object(
            'products', {_amount("o.products")}, 'shippingFee', {_amount("o.shipping_fee")},
            'agreedTotal', {_amount("o.total")},
            'items', (SELECT coalesce(json_agg(json_build_object('id', {_id("itm", "i.id")}, 'position', i.position + 1,
                'description', i.description, 'quantity', trim_scale(i.quantity)::text, 'unit', i.unit,
                'amount', {_amount("i.amount")}) ORDER BY i.position), '[]') FROM items i WHERE i.order_id = o.id)),
        'funds', json_build_object(
            'status', CASE WHEN o.refunded > 0 AND o.refunded >= o.received THEN 'REFUNDED'
                WHEN o.refunded > 0 THEN 'PARTIALLY_REFUNDED' WHEN o.received = 0 THEN 'UNPAID'
                WHEN o.received < o.total THEN 'PARTIALLY_RECEIVED' ELSE 'FULLY_RECEIVED' END,
            'received', {_amount("o.received")}, 'missing', {_amount("(o.total - o.received)")},
            'instalments', (SELECT coalesce(json_agg(json_build_object('kind', n.kind, 'amount', {_amount("n.amount")},
                'received', {_amount("n.received")}, 'completedAt', {_instant("n.completed_at")})
                ORDER BY n.position), '[]') FROM instalments n WHERE n.order_id = o.id)),
        'shipments', (SELECT coalesce(json_agg(json_build_object('id', {_id("shp", "s.id")}, 'carrier', s.carrier,
            'trackingNumber', s.tracking_number, 'dispatchedAt', {_instant("s.dispatched_at")},
            'deliveredAt', {_instant("s.delivered_at")}) ORDER BY s.position), '[]')
            FROM shipments s WHERE s.order_id = o.id),
        'deadlines', (SELECT coalesce(json_agg(json_build_object('kind', d.kind, 'dueAt', {_instant("d.due_at")},
            'rule', d.rule, 'status', d.status) ORDER BY d.due_at, d.id), '[]')
            FROM deadlines d WHERE d.order_id = o.id)
    ) ORDER BY o.id DESC), '[]')))))
FROM (SELECT * FROM orders WHERE seller_id = $1 AND (drafted_by = 'SELLER' OR status <> 'DRAFT')
    ORDER BY id DESC LIMIT 20) o
"""


class Bare:
    """Answers every request with the list of one seller."""

    def __init__(self, seller: UUID) -> None:
        self._seller = seller
        self._pool: Pool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request: read it, run the statement, send what it says."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        while (await receive()).get("more_body"):
            pass
        body = await self._pool.fetchval(STATEMENT, self._seller)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._pool = await read_pool(os.environ["DATABASE_URL"])
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})


def main() -> None:
    """Serve on a free port, and say which."""
    with listening("127.0.0.1", 0) as listener, suppress(KeyboardInterrupt, asyncio.CancelledError):
        config = uvicorn.Config(Bare(UUID(sys.argv[1])), log_level="warning", server_header=False, lifespan="on")
        Server(config, f"Serving {address(listener)}").run(sockets=[listener])


if __name__ == "__main__":
    main()
