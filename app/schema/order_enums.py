"""The GraphQL enums of an order and its contract, each value described once."""

from app.domain import lifecycle, policy, records
from app.schema.enums import described

described(
    records.Status,
    "OrderStatus",
    "Where an order stands. Overdue is a flag beside it.",
    """
    DRAFT: Being written; only its drafter sees it.
    PENDING_CONFIRMATION: Offered; awaits the side named in `awaiting`.
    PENDING_PAYMENT: Agreed; waits for the money its dispatch term names.
    PENDING_DISPATCH: The money is in; the goods must be dispatched by the dispatch deadline.
    PARTIALLY_DISPATCHED: Some of the goods are on their way.
    DISPATCHED: All of the goods are on their way.
    COMPLETED: Received; the money was released to the seller.
    CLOSED: Called off.
    """,
)
described(
    lifecycle.Stage,
    "OrderStage",
    "The stage shown to people.",
    """
    CONTRACT: The contract is being written or confirmed.
    PAYMENT: The buyer pays.
    SHIPMENT: The seller dispatches.
    RECEIVING: The goods are on their way.
    REVIEWS: The order is complete and may be reviewed.
    """,
)
described(
    records.OrderType,
    "OrderType",
    "Who began the order.",
    """
    SELLER_DRAFT: The seller drafted it.
    START_ORDER: The buyer asked for it, and the seller completes it.
    BUY_NOW: The buyer placed it at published prices and terms, and it was agreed by that.
    """,
)
described(
    records.LeadSource,
    "LeadSource",
    "Where a seller met the buyer of an order, as the seller says.",
    """
    INQUIRY: The buyer asked about a product.
    RFQ: The buyer asked for quotations, and the seller gave one.
    CHAT: They came to it in conversation.
    DIRECT_ORDER: The buyer ordered without having asked.
    TRADE_SHOW: They met at a trade show.
    OWN_CUSTOMER: The seller brought the buyer along.
    OTHER: Somewhere else.
    """,
)
described(
    records.PaymentTerms,
    "PaymentTerms",
    "In how many instalments the agreed total is paid.",
    """
    FULL: In one payment.
    DEPOSIT_BALANCE: A deposit, then the balance.
    """,
)
described(
    records.DispatchTerm,
    "DispatchTermKind",
    "What the dispatch deadline is counted from.",
    """
    DAYS_AFTER_DEPOSIT: Calendar days after the first instalment counted.
    DAYS_AFTER_FULL_PAYMENT: Calendar days after everything counted.
    FIXED_DATE: The end of a fixed day of the platform's calendar.
    FIXED_INSTANT: A fixed second.
    """,
)
described(
    records.GuaranteeMethod,
    "GuaranteeMethod",
    "How long the seller's quota guarantees the order.",
    """
    NONE: No guarantee clauses; no quota is occupied.
    UNTIL_DISPATCH: Until everything is dispatched.
    UNTIL_RECEIPT: Until the goods are received.
    """,
)
described(
    records.Incoterm,
    "Incoterm",
    "A rule of Incoterms 2020.",
    """
    EXW: Ex Works.
    FCA: Free Carrier.
    CPT: Carriage Paid To.
    CIP: Carriage and Insurance Paid To.
    DAP: Delivered at Place.
    DPU: Delivered at Place Unloaded.
    DDP: Delivered Duty Paid.
    FAS: Free Alongside Ship.
    FOB: Free on Board.
    CFR: Cost and Freight.
    CIF: Cost, Insurance and Freight.
    """,
)
described(
    records.CloseReason,
    "CloseReason",
    "Why an order was closed.",
    """
    CANCELLED_BY_BUYER: The buyer called it off before money arrived.
    CANCELLED_BY_SELLER: The seller called it off before money arrived.
    DECLINED_BY_BUYER: The buyer said no to the offer.
    DECLINED_BY_SELLER: The seller said no to the buyer's request.
    UNPAID: Its discount ran out before the first instalment was complete.
    REFUNDED: Everything the buyer had paid went back.
    """,
)
described(
    records.AmendmentStatus,
    "AmendmentStatus",
    "What became of an amendment.",
    """
    PROPOSED: Waits for the buyer's answer.
    CONFIRMED: In force since the buyer confirmed it.
    DECLINED: The buyer said no.
    WITHDRAWN: The seller took it back.
    LAPSED: The order was dispatched in full, or closed, before an answer.
    """,
)
described(
    policy.TransportMode,
    "TransportMode",
    "How the goods travel.",
    """
    AIR: By air freight.
    SEA: By sea freight.
    LAND: By road or rail.
    EXPRESS: By a courier, door to door.
    MULTIMODAL: By several of them in turn.
    """,
)
described(
    policy.ExportMethod,
    "ExportMethod",
    "Under whose customs title the goods leave.",
    """
    SELF_OPERATED: The seller's own title.
    MARKET_PROCUREMENT: A partner's title, under market procurement supervision; not on offer yet.
    YIDATONG_AGENCY: The Yidatong agency's title; not on offer yet.
    EASY_DISPATCH: Any title, with proof of dispatch, up to an amount.
    """,
)
described(
    policy.Logistics,
    "Logistics",
    "Whose logistics carry the goods.",
    """
    PLATFORM: The platform's.
    OWN: The seller's own.
    """,
)
described(
    records.TrackingKind,
    "TrackingKind",
    "What happened to a shipment.",
    """
    PICKED_UP: The carrier has it.
    IN_TRANSIT: It is on its way.
    CUSTOMS_CLEARED: Customs let it pass; sets `customsClearedAt`.
    OUT_FOR_DELIVERY: It is on its last stretch to the recipient.
    DELIVERED: The recipient has it; sets `deliveredAt`.
    EXCEPTION: Something stands in its way; see the text.
    """,
)
described(
    records.DeadlineKind,
    "DeadlineKind",
    "What a deadline is for.",
    """
    DISPATCH: The goods must be dispatched; if not, the order turns overdue.
    AUTO_RECEIPT: The buyer confirms receipt; if not, the goods count as received.
    APPROACH: The announcement that another deadline comes near.
    TRANSFER_WAITING: A transfer must be associated; if not, both sides and the operators are told.
    DELIVERY: Until when the goods are promised to be delivered.
    CLAIM_DISPATCH_CLOSE: Until when a late dispatch can be claimed.
    CLAIM_DELIVERY_CLOSE: Until when a late delivery can be claimed.
    PROTECTION_END: Until when a refund can be applied for.
    UNPAID_DISCOUNT: Until when the first instalment of a discounted order must be complete.
    DISPUTE_SILENCE: Until when a side of a dispute is to answer; after that operators decide.
    COUPON_EXPIRING: When the owner is told that a coupon will expire.
    COUPON_EXPIRY: Until when a coupon can be applied to an order.
    EXIT_ALLOWED: From when a seller may leave the on-time dispatch guarantee.
    REJOIN_ALLOWED: From when a seller may join the on-time dispatch guarantee again.
    RECOVERY: What a used coupon costs the late seller is reckoned anew, at once.
    """,
)
described(
    records.DeadlineStatus,
    "DeadlineStatus",
    "What became of a deadline.",
    """
    RUNNING: Time runs.
    MET: What it asked for was done in time, or is no longer awaited.
    LAPSED: It ran out.
    MOVED: An amendment put another in its place.
    VOID: It no longer applies.
    WAITING: It does not run for now; what was left of it runs on later.
    """,
)
