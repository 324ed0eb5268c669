"""The webhooks of money: who may state it, what a statement must say, and that none is refused or counted twice."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from app.actions import orders, payments
from app.db import tables as t
from app.domain.money import amount_text
from app.domain.policy import PaymentMethod
from app.domain.signatures import SIGNATURE
from app.web import signatures
from app.web.provider import DemonstrationProvider
from app.web.statements import BODY_BYTES
from app.web.webhooks import Webhooks
from tests.domain.build import one_line, terms
from tests.market import Market, by, confirmed, event_rows, open_market, order_row, row_of, submitted
from tests.means import TestMeans

KEY, BANK_KEY = "p" * 32, "b" * 32
PAYMENTS, BANK = "/webhooks/payments/demonstration", "/webhooks/bank"


@pytest.fixture
async def market(engine: AsyncEngine) -> Market:
    """A market on the worker's database."""
    return await open_market(TestMeans(engine))


@pytest.fixture
def webhooks(market: Market) -> Webhooks:
    """The routes with one provider and a bank feed."""
    return Webhooks(market.means, {"demonstration": KEY, "other": "o" * 32}, BANK_KEY)


@pytest.fixture
async def client(webhooks: Webhooks) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the routes."""
    transport = httpx.ASGITransport(Starlette(routes=webhooks.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


class Sender:
    """Whoever holds a key and signs what they send."""

    def __init__(self, client: httpx.AsyncClient, market: Market, path: str, key: str) -> None:
        self.client, self.market, self.path, self.key = client, market, path, key

    async def send(self, said: Mapping[str, Any] | bytes, ago: float = 0, **headers: str) -> httpx.Response:
        """Send a statement; `headers` replace those of the signature, with _ for -."""
        body = said if isinstance(said, bytes) else orjson.dumps(said)
        at = self.market.means.clock.now() - timedelta(seconds=ago)
        own = signatures.signed(self.key, f"msg_{uuid4().hex}", at, body)
        own |= {name.replace("_", "-"): value for name, value in headers.items()}
        raw = [(name.encode(), value.encode("latin-1")) for name, value in own.items()]
        return await self.client.post(self.path, content=body, headers=raw)


@pytest.fixture
def provider(client: httpx.AsyncClient, market: Market) -> Sender:
    """The payment provider."""
    return Sender(client, market, PAYMENTS, KEY)


@pytest.fixture
def bank(client: httpx.AsyncClient, market: Market) -> Sender:
    """The bank feed."""
    return Sender(client, market, BANK, BANK_KEY)


async def started(market: Market, order_id: UUID, method: PaymentMethod = PaymentMethod.VISA) -> dict[str, Any]:
    """What a provider says of a payment the buyer has just started, when it was paid."""
    payment_id = await payments.start(market.means, by(market.buyer), order_id, None, method, "demonstration")
    payment = await row_of(market.means, t.payments, payment_id)
    return {
        "reference": payment["reference"],
        "amount": amount_text(payment["amount"], payment["currency"]),
        "currency": payment["currency"],
        "payer": "A. Buyer",
        "paidAt": "2024-05-06T08:59:58+00:00",
    }


async def landing(market: Market, order_id: UUID, amount: str = "50.00", **changed: Any) -> dict[str, Any]:
    """What the bank says of a transfer to an order's first account."""
    async with market.means.engine.connect() as connection:
        query = select(t.collection_accounts.c.number).where(t.collection_accounts.c.order_id == order_id)
        number = (await connection.execute(query)).scalars().first()
    reference = uuid4().hex
    whole = {"accountNumber": number, "amount": amount, "currency": "USD", "reference": reference}
    return {**whole, "payer": "A bank", "valueDate": "2024-05-03", **changed}


async def receipts(market: Market, order_id: UUID) -> list[Any]:
    """The receipts of an order."""
    async with market.means.engine.connect() as connection:
        query = select(t.receipts).where(t.receipts.c.order_id == order_id).order_by(t.receipts.c.id)
        return list((await connection.execute(query)).mappings())


def refused(response: httpx.Response, status: int, code: str, field: list[str] | None = None) -> None:
    """A statement was refused, with a typed error and a sentence to act on."""
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert error["code"] == code
    assert error["message"].endswith(".")
    if field is not None:
        assert error["field"] == field


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
async def test_a_paid_payment_counts(market: Market, provider: Sender, currency: str) -> None:
    """The receipt has the method of the payment that was started, and the order goes on."""
    order_id = await confirmed(market, one_line("50", currency))
    said = await started(market, order_id, PaymentMethod.MASTERCARD)
    response = await provider.send(said)
    assert response.status_code == 200
    (receipt,) = await receipts(market, order_id)
    assert response.json() == {"receipt": f"rcp_{receipt['id'].hex}"}
    order = await order_row(market.means, order_id)
    assert (receipt["method"], receipt["provider"], receipt["payer"]) == ("MASTERCARD", "demonstration", "A. Buyer")
    assert receipt["counted"] == receipt["amount"] == order["received"] == order["total"]
    assert receipt["value_date"] == datetime(2024, 5, 6, 8, 59, 58, tzinfo=UTC)
    assert (receipt["recorded_by"], order["status"]) == ("PROVIDER", "PENDING_DISPATCH")


async def test_a_repeated_statement_counts_once(market: Market, provider: Sender) -> None:
    """Ten at once and one later are answered with the same receipt."""
    order_id = await confirmed(market, one_line("50.00"))
    said = await started(market, order_id)
    answers = [*await asyncio.gather(*(provider.send(said) for _ in range(10))), await provider.send(said)]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len(await receipts(market, order_id)) == 1
    assert (await order_row(market.means, order_id))["received"] == 50_00
    assert len(await event_rows(market.means, order_id, "RECEIPT_RECORDED")) == 1


@pytest.mark.parametrize("changed", [{"amount": "49.00"}, {"currency": "EUR"}])
async def test_one_reference_with_another_amount_is_refused(
    market: Market, provider: Sender, changed: dict[str, str]
) -> None:
    """A provider that contradicts itself is told, and the first statement stands."""
    order_id = await confirmed(market, one_line("50.00"))
    said = await started(market, order_id)
    await provider.send(said)
    refused(await provider.send({**said, **changed}), 409, "REFERENCE_REUSED", ["reference"])
    assert len(await receipts(market, order_id)) == 1


async def test_a_bank_reference_on_another_account_is_not_swallowed(market: Market, bank: Sender) -> None:
    """The same reference for another order is an error, not a success without money."""
    first, second = await confirmed(market, one_line("50.00")), await confirmed(market, one_line("50.00"))
    said = await landing(market, first)
    assert (await bank.send(said)).status_code == 200
    other = {**said, "accountNumber": (await landing(market, second))["accountNumber"]}
    refused(await bank.send(other), 409, "REFERENCE_REUSED", ["reference"])


async def test_a_transfer_lands_and_waits(market: Market, bank: Sender) -> None:
    """It counts when somebody associates it (PAY-7); the bank's value date stands beside it."""
    order_id = await confirmed(market, one_line("50.00"))
    assert (await bank.send(await landing(market, order_id))).status_code == 200
    (receipt,) = await receipts(market, order_id)
    assert (receipt["method"], receipt["unassociated"], receipt["counted"]) == ("TT", 50_00, 0)
    assert receipt["value_date"] == datetime(2024, 5, 3, tzinfo=UTC)
    await payments.associate(market.means, by(market.seller.finance), order_id, receipt["id"])
    assert (await order_row(market.means, order_id))["received"] == 50_00


async def test_money_that_arrived_is_never_refused(market: Market, provider: Sender, bank: Sender) -> None:
    """Excess, another currency, before confirmation, after closing: it is held (PAY-6)."""
    order_id = await confirmed(market, one_line("50.00"))
    said = await started(market, order_id)
    assert (await provider.send({**said, "amount": "70.00"})).status_code == 200
    assert (await bank.send(await landing(market, order_id, "10.00", currency="EUR"))).status_code == 200
    parts = [(row["counted"], row["held"]) for row in await receipts(market, order_id)]
    assert parts == [(50_00, 20_00), (0, 10_00)]
    waiting = await submitted(market, one_line("50.00"))
    assert (await bank.send(await landing(market, waiting))).status_code == 200
    closed = await confirmed(market, one_line("50.00"))
    late = await started(market, closed)
    await orders.cancel(market.means, by(market.buyer), closed, "No longer needed")
    assert (await provider.send(late)).status_code == 200
    assert (await bank.send(await landing(market, closed))).status_code == 200
    for held in (waiting, closed):
        assert all(row["held"] == row["amount"] for row in await receipts(market, held))


@pytest.mark.parametrize(
    ("ago", "headers"),
    [
        (301, {}),
        (-301, {}),
        (0, {"webhook_signature": "v1,AAAA"}),
        (0, {"webhook_signature": ""}),
        (0, {"webhook_signature": "v1,\xff"}),
        (0, {"webhook_id": "msg_other"}),
        (0, {"webhook_timestamp": "1714985999"}),
        (0, {"webhook_timestamp": "soon"}),
        (0, {"webhook_timestamp": "9" * 400}),
    ],
)
async def test_a_statement_that_is_not_signed_now_is_refused(
    market: Market, provider: Sender, ago: float, headers: dict[str, str]
) -> None:
    """Old, from the future, altered, or not signed at all."""
    order_id = await confirmed(market, one_line("50.00"))
    refused(await provider.send(await started(market, order_id), ago, **headers), 401, "SIGNATURE_INVALID")
    assert await receipts(market, order_id) == []


async def test_the_signature_is_of_this_body_and_this_sender(
    market: Market, provider: Sender, bank: Sender, client: httpx.AsyncClient
) -> None:
    """Neither another body, nor the key of another sender, nor nobody's name."""
    order_id = await confirmed(market, one_line("50.00"))
    body = orjson.dumps(await started(market, order_id))
    headers = signatures.signed(KEY, "msg", market.means.clock.now(), body)
    altered = body.replace(b"50.00", b"90.00")
    refused(await client.post(PAYMENTS, content=altered, headers=headers), 401, "SIGNATURE_INVALID")
    for path in ("/webhooks/payments/other", BANK):
        refused(await client.post(path, content=body, headers=headers), 401, "SIGNATURE_INVALID")
    for name in ("nobody", "BANK_FEED", "%2e%2e"):
        response = await client.post(f"/webhooks/payments/{name}", content=body, headers=headers)
        refused(response, 401, "PROVIDER_UNKNOWN")
    assert await receipts(market, order_id) == []


async def test_one_of_several_signatures_is_enough(market: Market, provider: Sender) -> None:
    """A sender that changes its key signs with both."""
    order_id = await confirmed(market, one_line("50.00"))
    body = orjson.dumps(await started(market, order_id))
    now = market.means.clock.now()
    both = " ".join(signatures.signed(key, "msg", now, body)[SIGNATURE] for key in ("n" * 32, KEY))
    assert (await provider.send(body, webhook_id="msg", webhook_signature=both)).status_code == 200


async def test_a_provider_cannot_state_what_was_started_with_another(market: Market, client: httpx.AsyncClient) -> None:
    """References belong to the provider they were given to."""
    order_id = await confirmed(market, one_line("50.00"))
    other = Sender(client, market, "/webhooks/payments/other", "o" * 32)
    refused(await other.send(await started(market, order_id)), 404, "NOT_FOUND", ["reference"])


async def test_unknown_references_and_accounts_are_refused(market: Market, provider: Sender, bank: Sender) -> None:
    """Money without an order is the sender's to clear up."""
    order_id = await confirmed(market, one_line("50.00"))
    said = {**await started(market, order_id), "reference": "pay_unknown"}
    refused(await provider.send(said), 404, "NOT_FOUND", ["reference"])
    refused(await bank.send(await landing(market, order_id, accountNumber="1")), 404, "NOT_FOUND", ["accountNumber"])


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'"text"', b"{", b"\xff", b"[" * 60_000, b'{"amount": 1e400}', b"{}"]
)
async def test_a_body_that_cannot_be_read_is_refused(provider: Sender, bank: Sender, body: bytes) -> None:
    """Whatever it is, the answer is a typed error."""
    for sender in (provider, bank):
        refused(await sender.send(body), 400, "INVALID")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reference", None),
        ("reference", ""),
        ("reference", "x" * 201),
        ("reference", 5),
        ("reference", "a\0b"),
        ("amount", None),
        ("amount", 50),
        ("amount", 50.0),
        ("amount", "50,00"),
        ("amount", "-50.00"),
        ("amount", "0.00"),
        ("amount", "50.001"),
        ("amount", "NaN"),
        ("amount", "5e1"),
        ("amount", "1_000"),
        ("amount", "٥٠"),
        ("amount", "9" * 15),
        ("currency", None),
        ("currency", "usd"),
        ("currency", "XXX"),
        ("payer", 7),
        ("payer", "x" * 201),
        ("paidAt", None),
        ("paidAt", "2024-05-06T09:00:00"),
        ("paidAt", "yesterday"),
        ("paidAt", "20240506T090000Z"),
        ("paidAt", "2024-02-30T09:00:00Z"),
        ("paidAt", "0001-01-01T00:00:00+14:00"),
    ],
)
async def test_each_field_of_a_payment_is_read_strictly(
    market: Market, provider: Sender, name: str, value: object
) -> None:
    """The refusal names the field."""
    order_id = await confirmed(market, one_line("50.00"))
    refused(await provider.send({**await started(market, order_id), name: value}), 400, "INVALID", [name])
    assert await receipts(market, order_id) == []


@pytest.mark.parametrize("value", [None, "2024-13-01", "2024-05-06T00:00:00Z", "20240506", 5])
async def test_a_value_date_is_a_date(market: Market, bank: Sender, value: object) -> None:
    """A bank tells days."""
    order_id = await confirmed(market, one_line("50.00"))
    refused(await bank.send(await landing(market, order_id, valueDate=value)), 400, "INVALID", ["valueDate"])


async def test_a_body_that_is_too_large_is_refused(provider: Sender) -> None:
    """Before anything is read of it."""
    refused(await provider.send(b" " * (BODY_BYTES + 1)), 413, "TOO_LONG")


async def test_there_may_be_no_bank_feed(market: Market) -> None:
    """Without its key the door is shut."""
    app = Starlette(routes=Webhooks(market.means, {}, None).routes())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        refused(await client.post(BANK, content=b"{}"), 401, "PROVIDER_UNKNOWN")
        assert (await client.get(BANK)).status_code == 405


async def test_a_database_that_fails_is_told_to_try_again(
    market: Market, provider: Sender, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing of the failure is told, and the log has it."""
    order_id = await confirmed(market, one_line("50.00"))
    said = await started(market, order_id)

    async def failing(*_: object) -> UUID:
        raise OSError("secret host is away")

    monkeypatch.setattr(payments, "arrive", failing)
    response = await provider.send(said)
    refused(response, 503, "INTERNAL")
    assert "secret" not in response.text
    assert "secret host is away" in caplog.text


async def test_the_demonstration_provider_pays_what_is_started(market: Market, webhooks: Webhooks) -> None:
    """Through the same webhook, with its signature: deposit and balance, the buyer's fee included."""
    order_id = await confirmed(market, terms())
    provider = DemonstrationProvider(market.means, webhooks)
    async with provider.running():
        for paid in (165_37, 551_23):
            payment_id = await payments.start(
                market.means, by(market.buyer), order_id, None, PaymentMethod.PAYPAL, "demonstration"
            )
            await provider.started(payment_id)
            async with asyncio.timeout(10):
                while True:
                    if (await order_row(market.means, order_id))["received"] == paid:
                        break
                    await asyncio.sleep(0.01)
    assert [row["method"] for row in await receipts(market, order_id)] == ["PAYPAL", "PAYPAL"]


async def test_the_demonstration_provider_needs_the_right_key(
    market: Market, webhooks: Webhooks, caplog: pytest.LogCaptureFixture
) -> None:
    """It has no other way in than its signature."""
    order_id = await confirmed(market, one_line("50.00"))
    provider = DemonstrationProvider(market.means, webhooks)
    market.means.time.step(seconds=-1)
    wrong = DemonstrationProvider(market.means, Webhooks(market.means, {"demonstration": "w" * 32}, None))
    wrong._webhooks = webhooks
    payment_id = await payments.start(
        market.means, by(market.buyer), order_id, None, PaymentMethod.VISA, "demonstration"
    )
    assert (await wrong.pay(payment_id)).status_code == 401
    await wrong.started(payment_id)
    await asyncio.gather(*wrong._paying)
    assert "was refused" in caplog.text
    assert (await provider.pay(payment_id)).status_code == 200


async def test_a_buyers_fee_is_paid_on_top(market: Market, webhooks: Webhooks) -> None:
    """The provider collects the fee of the method, and the instalment gets its own amount (FEE-5)."""
    order_id = await confirmed(market, one_line("50.00"))
    payment_id = await payments.start(
        market.means, by(market.buyer), order_id, None, PaymentMethod.VISA, "demonstration"
    )
    async with market.means.engine.begin() as connection:
        await connection.execute(text("UPDATE payments SET payment_fee = 150 WHERE id = :id"), {"id": payment_id})
    assert (await DemonstrationProvider(market.means, webhooks).pay(payment_id)).status_code == 200
    (receipt,) = await receipts(market, order_id)
    assert (receipt["amount"], receipt["counted"], receipt["payment_fee"]) == (51_50, 50_00, 1_50)
