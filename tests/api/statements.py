"""What a payment provider and the bank say: signed statements to the webhooks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import orjson

from app.web.signatures import signed
from tests.api.server import BANK_SECRET, PROVIDER, PROVIDER_SECRET, Server
from tests.asking import http_client


@dataclass(frozen=True)
class Statement:
    """A body for a webhook, with the key it is signed with (None: it is not signed at all) and further headers."""

    path: str
    body: dict[str, Any]
    secret: str | None
    headers: Mapping[str, str] = field(default_factory=dict)

    async def send(self, server: Server) -> httpx.Response:
        """Post it."""
        content = orjson.dumps(self.body)
        headers = dict(self.headers)
        if self.secret is not None:
            headers |= signed(self.secret, f"msg_{uuid4().hex}", datetime.now(UTC), content)
        async with http_client(base_url=server.url) as http:
            return await http.post(self.path, content=content, headers=headers)


def paid(payment: dict[str, Any], secret: str | None = PROVIDER_SECRET, provider: str = PROVIDER) -> Statement:
    """The provider's word that a started payment was paid in full; `payment` as the API shows it."""
    amount = {"amount": payment["amount"]["amount"], "currency": payment["amount"]["currencyCode"]}
    body = {"reference": payment["reference"], **amount, "payer": "A buyer", "paidAt": datetime.now(UTC).isoformat()}
    return Statement(f"/webhooks/payments/{provider}", body, secret)


def landed(
    account: str, amount: str, currency: str = "USD", secret: str | None = BANK_SECRET, reference: str | None = None
) -> Statement:
    """The bank's word that a transfer has landed on a collection account."""
    body = {
        "accountNumber": account,
        "reference": reference or f"wire {uuid4().hex}",
        "amount": amount,
        "currency": currency,
        "payer": "A buyer's bank",
        "valueDate": datetime.now(UTC).date().isoformat(),
    }
    return Statement("/webhooks/bank", body, secret)
