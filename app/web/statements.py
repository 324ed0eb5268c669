"""Signed statements of those who send facts: how a body is read strictly, checked, and answered."""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from app.actions.work import Means
from app.domain.errors import ErrorCode, Refusal
from app.domain.money import DECIMALS, minor_units
from app.web import signatures

log = logging.getLogger(__name__)

BODY_BYTES = 65_536
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
Value = TypeVar("Value", bound=StrEnum)
Record = Callable[["Fields"], Awaitable[Mapping[str, object]]]


async def answer(means: Means, request: Request, secret: str | None, record: Record) -> Response:
    """Check who sent a statement, record it, and say what became of it."""
    try:
        if secret is None:
            raise Refusal(ErrorCode.PROVIDER_UNKNOWN, "Nobody of this name may send statements here.")
        body = await _body(request)
        signatures.check(secret, request.headers, body, means.clock.real())
        return JSONResponse(await record(Fields.read(body)))
    except Refusal as refusal:
        return _refused(refusal, _STATUS.get(refusal.code, 400))
    except ClientDisconnect:
        return Response(status_code=400)
    except Exception:
        log.exception("a webhook at %s could not be answered", request.url.path)
        error = {"code": "INTERNAL", "message": "Something went wrong on our side. Send it again later."}
        return JSONResponse({"error": error}, 503)


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

    def one_of(self, name: str, kind: type[Value]) -> Value:
        """One of the values of an enum, by its name."""
        text = self.text(name, 100)
        if text not in kind.__members__:
            raise _invalid(name, f"one of {', '.join(kind.__members__)}")
        return kind[text]

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
