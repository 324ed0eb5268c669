"""The demonstration's payment provider and bank: whoever starts a payment has paid it a moment later.

They have no door of their own: they sign what others would sign and send it to the same webhooks.
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
        statement = {
            "reference": payment["reference"],
            "amount": amount_text(payment["amount"] + payment["payment_fee"], payment["currency"]),
            "currency": payment["currency"],
            "payer": "Demonstration payer",
            "paidAt": (await self._means.clock.learn()).isoformat(),
        }
        headers, body = self._signed(self._secret, f"msg_{payment_id.hex}", statement)
        return await self._webhooks.payment(_request(f"/webhooks/payments/{NAME}", headers, body, provider=NAME))

    async def land(self, account_number: str, reference: str, amount: str, currency: str) -> Response:
        """A buyer's bank transfers to a collection account; what the bank's webhook answers."""
        statement = {
            "accountNumber": account_number,
            "amount": amount,
            "currency": currency,
            "reference": reference,
            "payer": "Demonstration bank",
            "valueDate": (await self._means.clock.learn()).date().isoformat(),
        }
        headers, body = self._signed(self._webhooks.bank_feed_secret or "", f"msg_{reference}", statement)
        return await self._webhooks.transfer(_request("/webhooks/bank", headers, body))

    def _signed(self, secret: str, id: str, statement: dict[str, str]) -> tuple[dict[str, str], bytes]:
        body = orjson.dumps(statement)
        return signatures.signed(secret, id, self._means.clock.real(), body), body


def _request(path: str, headers: dict[str, str], body: bytes, **path_params: str) -> Request:
    """The request a provider would send over HTTP."""
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "server": ("localhost", 80),
        "path": path,
        "path_params": path_params,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(scope, receive)
