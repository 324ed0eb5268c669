"""The demonstration's payment provider: whoever starts a payment has paid it a moment later.

It has no door of its own: it signs what a provider would sign and sends it to the same webhook.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import orjson
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from app.actions.work import Means
from app.db import tables as t
from app.domain.money import amount_text
from app.web import signatures
from app.web.webhooks import Webhooks

log = logging.getLogger(__name__)
NAME = "demonstration"


class DemonstrationProvider:
    """Pays what buyers start; only the embedded default has one."""

    def __init__(self, means: Means, webhooks: Webhooks) -> None:
        self._means = means
        self._webhooks = webhooks
        self._secret = webhooks.payment_secrets[NAME]
        self._paying: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answer for the length of a block."""
        try:
            yield
        finally:
            for task in self._paying:
                task.cancel()
            await asyncio.gather(*self._paying, return_exceptions=True)

    async def started(self, payment_id: UUID) -> None:
        """A payment was started: it is paid after whoever started it has their answer."""
        task = asyncio.create_task(self._pay(payment_id), name=f"demonstration payment {payment_id}")
        self._paying.add(task)
        task.add_done_callback(self._paying.discard)

    async def _pay(self, payment_id: UUID) -> None:
        try:
            response = await self.pay(payment_id)
        except Exception:
            log.exception("the demonstration payment %s was not paid", payment_id)
            return
        if response.status_code != 200:
            log.error("the demonstration payment %s was refused: %r", payment_id, response.body)

    async def pay(self, payment_id: UUID) -> Response:
        """Pay a started payment, the buyer's fee included; what the webhook answers."""
        async with self._means.engine.connect() as connection:
            found = await connection.execute(select(t.payments).where(t.payments.c.id == payment_id))
            payment = found.mappings().one()
        now = self._means.clock.now()
        statement = {
            "reference": payment["reference"],
            "amount": amount_text(payment["amount"] + payment["payment_fee"], payment["currency"]),
            "currency": payment["currency"],
            "payer": "Demonstration payer",
            "paidAt": now.isoformat(),
        }
        body = orjson.dumps(statement)
        headers = signatures.signed(self._secret, f"msg_{payment_id.hex}", now, body)
        return await self._webhooks.payment(_request(headers, body))


def _request(headers: dict[str, str], body: bytes) -> Request:
    """The request a provider would send over HTTP."""
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "server": ("localhost", 80),
        "path": f"/webhooks/payments/{NAME}",
        "path_params": {"provider": NAME},
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(scope, receive)
