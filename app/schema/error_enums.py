"""The GraphQL enum of why a request is refused, each code described once."""

from app.domain.errors import ErrorCode
from app.schema.enums import described

described(
    ErrorCode,
    "ErrorCode",
    "Why a request was refused. New codes may come: show the message of one you do not know.",
    """
    UNAUTHENTICATED: A bearer token is needed.
    INVALID: A value that cannot be used; the message says which can.
    REQUIRED: Something is missing.
    TOO_LONG: A text is too long.
    TOO_MANY: There are too many of something.
    OUT_OF_RANGE: A number, an amount or an instant is too small or too large.
    NOT_FOUND: It does not exist, or you may not see it.
    FORBIDDEN: It is not yours to do: another party or role does it, or nobody.
    SCOPE_MISSING: The access token lacks a scope.
    PERSON_NEEDED: An access token cannot do this, whatever its scopes: somebody does it in their own session.
    VERSION_CONFLICT: The object changed since the version you named; look at it again.
    IDEMPOTENCY_KEY_REUSED: The key was used before, with another input.
    STEP_NOT_ALLOWED: The order is not in a state that allows this step.
    SERVICE_NOT_ACTIVE: The seller has not opened the trade-assurance service.
    SERVICE_ALREADY_ACTIVE: The service is open; there is nothing to apply for.
    APPLICATION_PENDING: An application already waits for a decision.
    BUYER_NOT_MATCHED: No registered buyer is matched to the draft: `orderMatchBuyer`.
    QUOTA_EXCEEDED: The seller's quota does not suffice; the params have the numbers.
    GUARANTEE_UNAVAILABLE: The seller cannot guarantee the order at present.
    CURRENCY_WITHOUT_RATE: No exchange rate is known for this currency.
    EXPORT_METHOD_NOT_OFFERED: This export method cannot take this order; the message says why.
    EXPORT_AMOUNT_LIMIT: The order is worth more than its export method allows.
    PAYMENT_METHOD_NOT_OFFERED: This method is not on offer for this payment; see `nextPayment`.
    INSTALMENT_COMPLETE: That instalment is paid, or another must be paid first.
    MONEY_LANDED: Money has arrived; the way out is a refund.
    MONEY_MISSING: Dispatch waits for money that has not come in.
    NOT_UNASSOCIATED: No transfer is there to associate, or to take the association back from.
    NOTHING_HELD: No money is held.
    BALANCE_TOO_SMALL: The balance is smaller than the withdrawal.
    REFERENCE_REUSED: This reference of the provider told of something else before.
    SIGNATURE_INVALID: The signature of a webhook is wrong or too old.
    PROVIDER_UNKNOWN: Nobody of this name may send webhooks.
    AMENDMENT_OPEN: An amendment waits for an answer already.
    AMENDMENT_NOT_OPEN: No amendment waits for an answer.
    AMENDMENT_CHANGES_AMOUNT: Money has landed or goods have left, so amounts can no longer change.
    DEADLINE_IN_THE_PAST: The new dispatch deadline would be over already.
    QUANTITY_EXCEEDED: More than what is left of a line.
    DELIVERED: The goods are delivered; their shipment can no longer change.
    ALREADY_REVIEWED: The order has its review.
    NOT_REVIEWED: No review waits for a reply.
    EFFECTIVE_IN_THE_PAST: It can come in force now or later only.
    CLOCK_FIXED: This server keeps real time; only the embedded database's clock can be moved.
    CLOCK_BACKWARDS: The clock moves forward only.
    CURSOR_INVALID: The cursor is not one of this list's.
    CURSOR_EXPIRED: The cursor is older than what is still served; begin with a snapshot.
    CURSOR_UNKNOWN: The cursor names an event that is not there; begin with a snapshot.
    ACKNOWLEDGEMENT_MISSING: What must be acknowledged before submitting was not.
    PRODUCT_NOT_ON_OFFER: The product is not on offer so; look at its terms.
    LANE_NOT_OFFERED: The lane does not go there, does not take these goods, or is not offered for them.
    CONSIGNMENT_MISSING: The agent's export needs a consignment order before dispatch.
    CONSIGNMENT_TAKEN: This consignment order belongs to another order.
    FILE_REFUSED: The file is too large, of no known kind, or was not found.
    ENROLMENT_NOT_POSSIBLE: Joining or leaving is not possible yet; the answer names the date.
    NOT_GUARANTEED: The order carries no such promise.
    CLAIM_NOT_POSSIBLE: No claim can be filed now; the order's claim check says why.
    CLAIM_EXISTS: There is one claim an order, and this order has it.
    CLAIM_DECIDED: The claim has been decided.
    CLAIM_NOT_DECIDED: There is no decision that could be taken back.
    WAIVER_EXISTS: A waiver stands already.
    WAIVER_NOT_STANDING: There is no waiver that could be taken back.
    COUPON_NOT_AVAILABLE: The coupon is applied to another order, used or revoked.
    COUPON_EXPIRED: The coupon's time is over.
    COUPON_CURRENCY: The coupon is for orders in its own currency.
    DISPUTE_OPEN: A dispute is open.
    DISPUTE_NOT_OPEN: No dispute waits for this.
    PROTECTION_OVER: The time for refunds is over.
    NOTHING_TO_REFUND: Nothing has counted that could be refunded.
    REFUND_TOO_LARGE: More than was paid and not yet returned.
    """,
)
