"""The named conditions that keep a clock from lapsing when it says (section 14, ends or waits)."""

from collections.abc import Mapping
from enum import StrEnum, unique

from app.domain.records import DeadlineKind


@unique
class Cancelling(StrEnum):
    """Something that somebody does, and that ends a clock, moves it, or lets it wait."""

    DISPATCHED_IN_FULL = "DISPATCHED_IN_FULL"
    DELIVERED = "DELIVERED"
    TERMS_AMENDED = "TERMS_AMENDED"
    MONEY_TAKEN_BACK = "MONEY_TAKEN_BACK"
    RECEIPT_CONFIRMED = "RECEIPT_CONFIRMED"
    DISPUTE_OPENED = "DISPUTE_OPENED"
    DISPUTE_ANSWERED = "DISPUTE_ANSWERED"
    DISPUTE_ENDED = "DISPUTE_ENDED"
    CLAIM_FILED = "CLAIM_FILED"
    FIRST_INSTALMENT_COMPLETE = "FIRST_INSTALMENT_COMPLETE"
    FULLY_PAID = "FULLY_PAID"
    TRANSFER_LANDED = "TRANSFER_LANDED"
    TRANSFER_DEALT_WITH = "TRANSFER_DEALT_WITH"
    ORDER_CLOSED = "ORDER_CLOSED"


CANCELLED_BY: Mapping[DeadlineKind, tuple[Cancelling, ...]] = {
    DeadlineKind.DISPATCH: (
        Cancelling.DISPATCHED_IN_FULL,
        Cancelling.TERMS_AMENDED,
        Cancelling.MONEY_TAKEN_BACK,
        Cancelling.ORDER_CLOSED,
    ),
    DeadlineKind.DELIVERY: (
        Cancelling.DELIVERED,
        Cancelling.RECEIPT_CONFIRMED,
        Cancelling.TERMS_AMENDED,
        Cancelling.MONEY_TAKEN_BACK,
        Cancelling.ORDER_CLOSED,
    ),
    DeadlineKind.AUTO_RECEIPT: (
        Cancelling.RECEIPT_CONFIRMED,
        Cancelling.DISPUTE_OPENED,
        Cancelling.ORDER_CLOSED,
    ),
    DeadlineKind.CLAIM_DISPATCH_CLOSE: (Cancelling.CLAIM_FILED, Cancelling.ORDER_CLOSED),
    DeadlineKind.CLAIM_DELIVERY_CLOSE: (
        Cancelling.CLAIM_FILED,
        Cancelling.DELIVERED,
        Cancelling.TERMS_AMENDED,
        Cancelling.MONEY_TAKEN_BACK,
        Cancelling.ORDER_CLOSED,
    ),
    DeadlineKind.PROTECTION_END: (Cancelling.ORDER_CLOSED,),
    DeadlineKind.UNPAID_DISCOUNT: (
        Cancelling.FIRST_INSTALMENT_COMPLETE,
        Cancelling.TRANSFER_LANDED,
        Cancelling.MONEY_TAKEN_BACK,
        Cancelling.TERMS_AMENDED,
        Cancelling.ORDER_CLOSED,
    ),
    DeadlineKind.DISPUTE_SILENCE: (
        Cancelling.DISPUTE_ANSWERED,
        Cancelling.DISPUTE_ENDED,
        Cancelling.ORDER_CLOSED,
    ),
    DeadlineKind.TRANSFER_WAITING: (
        Cancelling.TRANSFER_DEALT_WITH,
        Cancelling.FULLY_PAID,
        Cancelling.ORDER_CLOSED,
    ),
}
