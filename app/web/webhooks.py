"""The doors of the payment providers and of the bank feed: signed statements that money came in (PAY-3).

A statement that is signed and can be read is recorded whatever the order's status (PAY-6); its reference counts once.
"""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from app.actions import payments
from app.actions.work import Call, Means
from app.domain.access import By
from app.domain.errors import ErrorCode, Refusal
from app.domain.funds import REFERENCE_LONGEST, Arrival
from app.domain.money import DECIMALS, minor_units
from app.domain.policy import PaymentMethod
from app.web import signatures

log = logging.getLogger(__name__)

BODY_BYTES = 65_536
PAYER_LONGEST = 200
BANK_FEED = "BANK_FEED"  # no payment provider can have this name: theirs are of small letters
_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,3})?")
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_INSTANT = rf"{_DATE}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]{{1,6}})?(Z|[+-][0-9]{{2}}:[0-9]{{2}})"
_STATUS = {
    ErrorCode.SIGNATURE_INVALID: 401,
    ErrorCode.PROVIDER_UNKNOWN: 401,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.REFERENCE_REUSED: 409,
    ErrorCode.STEP_NOT_ALLOWED: 409,
    ErrorCode.TOO_LONG: 413,
}


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The routes, with the keys of those who may send: providers by name, and the bank feed if there is one."""

    means: Means
    payment_secrets: Mapping[str, str]
    bank_feed_secret: str | None

    def routes(self) -> list[BaseRoute]:
        """Where statements are sent to."""
        return [
            Route("/webhooks/payments/{provider}", self.payment, methods=["POST"], name="webhook-payments"),
            Route("/webhooks/bank", self.transfer, methods=["POST"], name="webhook-bank"),
        ]

    async def payment(self, request: Request) -> Response:
        """A provider says that a payment the buyer started was paid."""
        provider = request.path_params["provider"]
        return await self._answer(
            request, self.payment_secrets.get(provider), lambda fields: self._paid(provider, fields)
        )

    async def transfer(self, request: Request) -> Response:
        """The bank says that a transfer landed on a collection account."""
        return await self._answer(request, self.bank_feed_secret, self._landed)

    async def _answer(
        self, request: Request, secret: str | None, record: Callable[["Fields"], Awaitable[UUID]]
    ) -> Response:
        try:
            if secret is None:
                raise Refusal(ErrorCode.PROVIDER_UNKNOWN, "Nobody of this name may send statements here.")
            body = await _body(request)
            signatures.check(secret, request.headers, body, self.means.clock.real())
            receipt_id = await record(Fields.read(body))
        except Refusal as refusal:
            return _refused(refusal, _STATUS.get(refusal.code, 400))
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception:
            log.exception("a webhook at %s could not be answered", request.url.path)
            error = {"code": "INTERNAL", "message": "Something went wrong on our side. Send it again later."}
            return JSONResponse({"error": error}, 503)
        return JSONResponse({"receipt": f"rcp_{receipt_id.hex}"})

    async def _paid(self, provider: str, fields: "Fields") -> UUID:
        reference = fields.text("reference", REFERENCE_LONGEST)
        amount, currency = fields.money()
        payer, paid_at = fields.text_or_none("payer", PAYER_LONGEST), fields.instant("paidAt")
        payment = await payments.started(self.means, provider, reference)
        if payment is None:
            message = "No payment with this reference was started with this provider."
            raise Refusal(ErrorCode.NOT_FOUND, message, ("reference",))
        arrival = Arrival(payment.method, provider, reference, amount, currency, payer, paid_at)
        return await payments.arrive(self.means, Call(By.PROVIDER), payment.order_id, arrival)

    async def _landed(self, fields: "Fields") -> UUID:
        number, reference = fields.text("accountNumber", 64), fields.text("reference", REFERENCE_LONGEST)
        amount, currency = fields.money()
        payer, value_date = fields.text_or_none("payer", PAYER_LONGEST), fields.date("valueDate")
        order_id = await payments.order_of_account(self.means, number)
        if order_id is None:
            raise Refusal(ErrorCode.NOT_FOUND, "No order has this collection account.", ("accountNumber",))
        arrival = Arrival(PaymentMethod.TT, BANK_FEED, reference, amount, currency, payer, value_date)
        return await payments.arrive(self.means, Call(By.PROVIDER), order_id, arrival)


def _refused(refusal: Refusal, status: int) -> Response:
    error = {
        "code": str(refusal.code),
        "message": refusal.message,
        "field": list(refusal.field),
        "params": refusal.params,
    }
    return JSONResponse({"error": error}, status)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise Refusal(ErrorCode.TOO_LONG, f"A statement has at most {BODY_BYTES} bytes.")
    return bytes(body)


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a statement; each is read strictly, or refused by its name."""

    values: Mapping[str, Any]

    @classmethod
    def read(cls, body: bytes) -> "Fields":
        """The fields of a JSON object."""
        try:
            values = orjson.loads(body)
        except orjson.JSONDecodeError:
            values = None
        if not isinstance(values, dict):
            raise Refusal(ErrorCode.INVALID, "The body is a JSON object.")
        return cls(values)

    def text(self, name: str, longest: int) -> str:
        """A text that must be there."""
        value = self.values.get(name)
        if not isinstance(value, str) or not 0 < len(value.strip()) <= longest or "\0" in value:
            raise _invalid(name, f"a text of 1 to {longest} characters")
        return value

    def text_or_none(self, name: str, longest: int) -> str | None:
        """A text that may be left out."""
        return None if self.values.get(name) is None else self.text(name, longest)

    def money(self) -> tuple[int, str]:
        """`amount` in minor units of `currency`."""
        currency = self.text("currency", 3)
        if currency not in DECIMALS:
            raise _invalid("currency", "an ISO 4217 currency")
        amount = self.text("amount", 20)
        if not _AMOUNT.fullmatch(amount):
            raise _invalid("amount", 'a decimal number written as text, such as "521.23"')
        try:
            minor = minor_units(Decimal(amount), currency)
        except ValueError as error:
            raise _invalid("amount", f"payable: {error}") from None
        if minor == 0:
            raise _invalid("amount", "more than 0")
        return minor, currency

    def instant(self, name: str) -> datetime:
        """An instant as RFC 3339 writes it, with its offset."""
        text = self.text(name, 40)
        try:
            if re.fullmatch(_INSTANT, text):
                return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise _invalid(name, "an instant such as 2024-05-06T09:30:00Z")

    def date(self, name: str) -> datetime:
        """A date, as the instant it begins at in UTC."""
        text = self.text(name, 10)
        try:
            if re.fullmatch(_DATE, text):
                return datetime.combine(date.fromisoformat(text), time(), UTC)
        except ValueError:
            pass
        raise _invalid(name, "a date such as 2024-05-06")


def _invalid(name: str, wanted: str) -> Refusal:
    return Refusal(ErrorCode.INVALID, f"{name} must be {wanted}.", (name,))
