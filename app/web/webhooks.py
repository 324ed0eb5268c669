"""The doors of payment providers, the bank feed and sources of tracking: signed statements (PAY-3, SHP-2).

A statement that is signed and can be read is recorded whatever the order's status (PAY-6); its reference counts once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.actions import fulfilment, payments
from app.actions.work import Call, Means
from app.domain.access import By
from app.domain.errors import ErrorCode, Refusal
from app.domain.fulfilment import TEXT_LONGEST, WORD_LONGEST, Report
from app.domain.funds import REFERENCE_LONGEST, Arrival
from app.domain.policy import PaymentMethod
from app.domain.records import TrackingKind
from app.web.statements import Fields, answer

PAYER_LONGEST = 200
BANK_FEED = "BANK_FEED"  # no payment provider can have this name: theirs are of small letters


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The routes, with the keys of those who may send: providers and sources of tracking by name, and the bank feed."""

    means: Means
    payment_secrets: Mapping[str, str]
    bank_feed_secret: str | None
    tracking_secrets: Mapping[str, str] = field(default_factory=dict)

    def routes(self) -> list[BaseRoute]:
        """Where statements are sent to."""
        return [
            Route("/webhooks/payments/{provider}", self.payment, methods=["POST"], name="webhook-payments"),
            Route("/webhooks/bank", self.transfer, methods=["POST"], name="webhook-bank"),
            Route("/webhooks/tracking/{source}", self.tracking, methods=["POST"], name="webhook-tracking"),
        ]

    async def payment(self, request: Request) -> Response:
        """A provider says that a payment the buyer started was paid."""
        provider = request.path_params["provider"]
        secret = self.payment_secrets.get(provider)
        return await answer(self.means, request, secret, lambda fields: self._paid(provider, fields))

    async def transfer(self, request: Request) -> Response:
        """The bank says that a transfer landed on a collection account."""
        return await answer(self.means, request, self.bank_feed_secret, self._landed)

    async def tracking(self, request: Request) -> Response:
        """A source of tracking says what happened to a shipment on its way."""
        source = request.path_params["source"]
        secret = self.tracking_secrets.get(source)
        return await answer(self.means, request, secret, lambda fields: self._tracked(source, fields))

    async def _paid(self, provider: str, fields: Fields) -> Mapping[str, object]:
        reference = fields.text("reference", REFERENCE_LONGEST)
        amount, currency = fields.money()
        payer, paid_at = fields.text_or_none("payer", PAYER_LONGEST), fields.instant("paidAt")
        payment = await payments.started(self.means, provider, reference)
        if payment is None:
            message = "No payment with this reference was started with this provider."
            raise Refusal(ErrorCode.NOT_FOUND, message, ("reference",))
        arrival = Arrival(payment.method, provider, reference, amount, currency, payer, paid_at)
        receipt_id = await payments.arrive(self.means, Call(By.PROVIDER), payment.order_id, arrival)
        return {"receipt": f"rcp_{receipt_id.hex}"}

    async def _landed(self, fields: Fields) -> Mapping[str, object]:
        number, reference = fields.text("accountNumber", 64), fields.text("reference", REFERENCE_LONGEST)
        amount, currency = fields.money()
        payer, value_date = fields.text_or_none("payer", PAYER_LONGEST), fields.date("valueDate")
        order_id = await payments.order_of_account(self.means, number)
        if order_id is None:
            raise Refusal(ErrorCode.NOT_FOUND, "No order has this collection account.", ("accountNumber",))
        arrival = Arrival(PaymentMethod.TT, BANK_FEED, reference, amount, currency, payer, value_date)
        receipt_id = await payments.arrive(self.means, Call(By.PROVIDER), order_id, arrival)
        return {"receipt": f"rcp_{receipt_id.hex}"}

    async def _tracked(self, source: str, fields: Fields) -> Mapping[str, object]:
        carrier, number = fields.text("carrier", WORD_LONGEST), fields.text("trackingNumber", WORD_LONGEST)
        report = Report(
            kind=fields.one_of("kind", TrackingKind),
            occurred_at=fields.instant("occurredAt"),
            source=source,
            source_reference=fields.text("reference", REFERENCE_LONGEST),
            place=fields.text_or_none("place", WORD_LONGEST),
            text=fields.text_or_none("text", TEXT_LONGEST),
            corrects=fields.text_or_none("corrects", REFERENCE_LONGEST),
        )
        told = await fulfilment.report(self.means, Call(By.TRACKING), carrier, number, report)
        return {"shipments": [f"shp_{shipment_id.hex}" for shipment_id in told]}
