"""The GraphQL enums of goods, exports and remedies, each value described once."""

from app.domain import exports, goods, remedies
from app.schema.enums import described

described(
    remedies.Guarantee,
    "Guarantee",
    "Which promise a claim is about.",
    """
    ON_TIME_DISPATCH: Everything is dispatched by the dispatch deadline.
    ON_TIME_DELIVERY: Everything is delivered by the end of the promised date.
    """,
)
described(
    remedies.ClaimStatus,
    "ClaimStatus",
    "What became of a claim.",
    """
    UNDER_REVIEW: Operators look at the facts.
    APPROVED: A coupon was issued.
    REJECTED: It was rejected; the rejection and the reason say why.
    """,
)
described(
    remedies.ClaimRejection,
    "ClaimRejection",
    "Why a claim was rejected.",
    """
    NOT_DUE: The promise was kept after all, as the facts at the decision show.
    WAIVED: An event outside anyone's control was accepted as the cause.
    ORDER_REFUNDED: A refund closed the order first.
    FACTS: The facts do not support it.
    OTHER: For another reason, which is given in words.
    """,
)
described(
    remedies.Liability,
    "Liability",
    "Who bears a compensation.",
    """
    SELLER: The late seller, once the coupon is used.
    PLATFORM: The platform.
    """,
)
described(
    remedies.CouponStatus,
    "CouponStatus",
    "Where a platform coupon stands.",
    """
    AVAILABLE: It can be applied to an order.
    RESERVED: It is applied to an order whose money has not come in yet.
    USED: It paid for a part of an order.
    EXPIRED: It was not applied in time.
    REVOKED: The decision that issued it was taken back.
    """,
)
described(
    remedies.RecoveryCause,
    "RecoveryCause",
    "Why a seller owes the platform.",
    """
    COUPON_USED: A coupon at the seller's expense was used.
    REFUND_ADVANCED: A refund was more than the seller's balance, and the platform paid the rest at once.
    """,
)
described(
    remedies.RecoveryStatus,
    "RecoveryStatus",
    "How much of a recovery came back.",
    """
    OWED: Nothing was collected yet.
    PARTLY_COLLECTED: Some of it was collected.
    COLLECTED: All of it was collected.
    REVERSED: It is owed no more, and what was collected went back.
    """,
)
described(
    remedies.DisputeStatus,
    "DisputeStatus",
    "Whose word a dispute waits for.",
    """
    AWAITING_SELLER: The seller accepts, rejects or names another amount.
    AWAITING_BUYER: The buyer accepts, names another amount, escalates or withdraws.
    ESCALATED: The operators decide.
    RESOLVED: It has ended.
    """,
)
described(
    remedies.DisputeReason,
    "DisputeReason",
    "Why the buyer asks for money back.",
    """
    NOT_DISPATCHED_ON_TIME: The goods were not dispatched in time.
    QUALITY: The goods are not as agreed.
    NOT_RECEIVED: The goods did not arrive.
    OTHER: For another reason, which is given in words.
    """,
)
described(
    remedies.DisputeOutcome,
    "DisputeOutcome",
    "How a dispute ended.",
    """
    FULL: All that the buyer had paid was refunded.
    PARTIAL: A part of it was refunded.
    REJECTED: Nothing was refunded.
    WITHDRAWN: The buyer took it back.
    """,
)
described(
    remedies.DisputeStepKind,
    "DisputeStepKind",
    "What was done in a dispute.",
    """
    OPENED: The buyer opened it.
    ACCEPTED: A side agreed to the amount named.
    REJECTED: A side said no to the amount named.
    COUNTERED: A side named another amount.
    ESCALATED: It went to the operators: a side asked for it, or stayed silent too long.
    WITHDRAWN: The buyer took it back.
    DECIDED: An operator decided.
    REOPENED: An operator took a rejection back.
    """,
)
described(
    remedies.DisputeAnswer,
    "DisputeAnswer",
    "What a side of a dispute says to the amount that the other named.",
    """
    ACCEPT: Agreed; it is refunded at once.
    REJECT: No.
    COUNTER: Another amount, which is named beside.
    """,
)
described(
    goods.CargoClass,
    "CargoClass",
    "What kind of goods a lane takes.",
    """
    GENERAL: General cargo.
    BEAUTY: Cosmetics and care.
    PLANT_EXTRACTS: Powders and oils drawn from plants.
    BATTERY: Goods with batteries.
    """,
)
described(
    goods.LaneProvider,
    "LaneProvider",
    "Who runs a lane.",
    """
    PLATFORM: The platform's logistics.
    COURIER: An express courier.
    SELLER_OWN: The seller; never guaranteed.
    """,
)
described(
    goods.TransitUnit,
    "TransitUnit",
    "Which days a transit counts.",
    """
    CALENDAR_DAYS: Every day.
    BUSINESS_DAYS: Monday to Friday.
    """,
)
described(
    goods.AttachmentPurpose,
    "AttachmentPurpose",
    "What an uploaded file is for.",
    """
    CONTRACT: A contract agreed offline.
    PROOF: A proof of a shipment.
    PRODUCTION: A picture of the goods being made.
    EVIDENCE: Evidence in a claim or a dispute.
    PRODUCT: A picture of a product.
    VERIFICATION: A document of an application for the service.
    """,
)
described(
    exports.Acknowledgement,
    "Acknowledgement",
    "What a seller says to know when submitting.",
    """
    YIDATONG_EXPORT: This order must be exported through Yidatong; asked for where Yidatong exports it.
    NO_COLLECTION_ACCOUNT: The attached contract names no collection account; the order has accounts of its own.
    """,
)
