"""Refusals: what the product answers when a step is not allowed or an input is wrong."""

from collections.abc import Mapping, Sequence
from enum import StrEnum, unique


@unique
class ErrorCode(StrEnum):
    """Every reason for which a request is refused; clients switch on it, people read the message beside it."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    TOO_LONG = "TOO_LONG"
    TOO_MANY = "TOO_MANY"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    SCOPE_MISSING = "SCOPE_MISSING"
    PERSON_NEEDED = "PERSON_NEEDED"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    STEP_NOT_ALLOWED = "STEP_NOT_ALLOWED"
    SERVICE_NOT_ACTIVE = "SERVICE_NOT_ACTIVE"
    SERVICE_ALREADY_ACTIVE = "SERVICE_ALREADY_ACTIVE"
    APPLICATION_PENDING = "APPLICATION_PENDING"
    BUYER_NOT_MATCHED = "BUYER_NOT_MATCHED"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    GUARANTEE_UNAVAILABLE = "GUARANTEE_UNAVAILABLE"
    CURRENCY_WITHOUT_RATE = "CURRENCY_WITHOUT_RATE"
    EXPORT_METHOD_NOT_OFFERED = "EXPORT_METHOD_NOT_OFFERED"
    EXPORT_AMOUNT_LIMIT = "EXPORT_AMOUNT_LIMIT"
    PAYMENT_METHOD_NOT_OFFERED = "PAYMENT_METHOD_NOT_OFFERED"
    INSTALMENT_COMPLETE = "INSTALMENT_COMPLETE"
    MONEY_LANDED = "MONEY_LANDED"
    MONEY_MISSING = "MONEY_MISSING"
    NOT_UNASSOCIATED = "NOT_UNASSOCIATED"
    NOTHING_HELD = "NOTHING_HELD"
    BALANCE_TOO_SMALL = "BALANCE_TOO_SMALL"
    REFERENCE_REUSED = "REFERENCE_REUSED"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    PROVIDER_UNKNOWN = "PROVIDER_UNKNOWN"
    AMENDMENT_OPEN = "AMENDMENT_OPEN"
    AMENDMENT_NOT_OPEN = "AMENDMENT_NOT_OPEN"
    AMENDMENT_CHANGES_AMOUNT = "AMENDMENT_CHANGES_AMOUNT"
    DEADLINE_IN_THE_PAST = "DEADLINE_IN_THE_PAST"
    QUANTITY_EXCEEDED = "QUANTITY_EXCEEDED"
    DELIVERED = "DELIVERED"
    ALREADY_REVIEWED = "ALREADY_REVIEWED"
    NOT_REVIEWED = "NOT_REVIEWED"
    EFFECTIVE_IN_THE_PAST = "EFFECTIVE_IN_THE_PAST"
    ACKNOWLEDGEMENT_MISSING = "ACKNOWLEDGEMENT_MISSING"
    PRODUCT_NOT_ON_OFFER = "PRODUCT_NOT_ON_OFFER"
    LANE_NOT_OFFERED = "LANE_NOT_OFFERED"
    CONSIGNMENT_MISSING = "CONSIGNMENT_MISSING"
    CONSIGNMENT_TAKEN = "CONSIGNMENT_TAKEN"
    FILE_REFUSED = "FILE_REFUSED"
    ENROLMENT_NOT_POSSIBLE = "ENROLMENT_NOT_POSSIBLE"
    NOT_GUARANTEED = "NOT_GUARANTEED"
    CLAIM_NOT_POSSIBLE = "CLAIM_NOT_POSSIBLE"
    CLAIM_EXISTS = "CLAIM_EXISTS"
    CLAIM_DECIDED = "CLAIM_DECIDED"
    CLAIM_NOT_DECIDED = "CLAIM_NOT_DECIDED"
    WAIVER_EXISTS = "WAIVER_EXISTS"
    WAIVER_NOT_STANDING = "WAIVER_NOT_STANDING"
    COUPON_NOT_AVAILABLE = "COUPON_NOT_AVAILABLE"
    COUPON_EXPIRED = "COUPON_EXPIRED"
    COUPON_CURRENCY = "COUPON_CURRENCY"
    DISPUTE_OPEN = "DISPUTE_OPEN"
    DISPUTE_NOT_OPEN = "DISPUTE_NOT_OPEN"
    PROTECTION_OVER = "PROTECTION_OVER"
    NOTHING_TO_REFUND = "NOTHING_TO_REFUND"
    REFUND_TOO_LARGE = "REFUND_TOO_LARGE"
    CLOCK_FIXED = "CLOCK_FIXED"
    CLOCK_BACKWARDS = "CLOCK_BACKWARDS"
    CURSOR_INVALID = "CURSOR_INVALID"
    CURSOR_EXPIRED = "CURSOR_EXPIRED"
    CURSOR_UNKNOWN = "CURSOR_UNKNOWN"


class Refusal(Exception):
    """A request refused for a reason the client can act on; nothing of it was done.

    `field` is the path of the input field that is at fault, `params` the facts of the message for a program,
    `also` what else was wrong with the same request, so that a form can show everything at once.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        field: tuple[str | int, ...] = (),
        params: Mapping[str, str] | None = None,
        also: Sequence["Refusal"] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.params = dict(params or {})
        self.also = tuple(also)

    @property
    def all(self) -> tuple["Refusal", ...]:
        """This refusal and what else was wrong."""
        return (self, *self.also)


def refuse_all(refusals: Sequence[Refusal]) -> None:
    """Raise what was found wrong as one refusal; nothing when nothing was."""
    if refusals:
        first = refusals[0]
        raise Refusal(first.code, first.message, first.field, first.params, refusals[1:])
