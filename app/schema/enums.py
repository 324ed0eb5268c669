"""The domain's enums as GraphQL enums, each value with what it means."""

from enum import Enum
from typing import Any

import strawberry

from app.domain import access, disclosure, eligibility, happenings, ledger, lifecycle, policy, records, sellers
from app.domain.errors import ErrorCode


def described(kind: type[Enum], name: str, about: str, values: str) -> None:
    """Declare an enum with the descriptions in `values`, one `NAME: text` a line: one for each value, and no other."""
    strawberry.enum(kind, name=name, description=about)
    texts = dict(line.strip().split(": ", 1) for line in values.strip().splitlines())
    definition: Any = kind.__strawberry_definition__  # type: ignore[attr-defined]
    odd = set(texts) ^ {value.name for value in definition.values}
    if odd:
        raise TypeError(f"{name} and its descriptions do not agree on {', '.join(sorted(odd))}")
    for value in definition.values:
        value.description = texts[value.name]


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
    eligibility.CampaignCondition,
    "CampaignCondition",
    "What entering a campaign requires (ENR-6).",
    """
    SERVICE_ACTIVE: The trade-assurance service is open for the seller.
    ENROLLED: The seller has joined the on-time dispatch guarantee.
    """,
)
described(
    access.By,
    "ActorKind",
    "What kind of actor did something, time included.",
    """
    BUYER: The order's buyer.
    SELLER: A member of the order's seller.
    OPERATOR: The platform's staff.
    PROVIDER: A payment provider or the bank feed.
    TRACKING: A source of tracking.
    TIME: A deadline that ran out, or the handing over of a removed member's orders.
    """,
)
described(
    access.Role,
    "Role",
    "In which role an account acts.",
    """
    BUYER: A buyer.
    OWNER: The owner of a seller.
    FINANCE: A finance member of a seller.
    SALES: A salesperson of a seller.
    OPERATOR: The platform's staff.
    """,
)
described(
    access.Scope,
    "TokenScope",
    "What an access token may be used for.",
    """
    ORDERS_READ: See orders and their events; what else is read of an order needs it as well.
    ORDERS_WRITE: Act on orders, products, lanes and templates.
    SHIPMENTS_READ: See what was made and sent of orders: shipments, tracking, milestones, consignment orders, files.
    SHIPMENTS_WRITE: Dispatch goods, correct and prove shipments, report of the production, link consignment orders.
    CLAIMS_READ: See claims, waivers and disputes of orders.
    CLAIMS_WRITE: File and decide claims, grant waivers, open, answer and withdraw disputes.
    FINANCE_READ: See what owners and finance see.
    FINANCE_WRITE: Let money count and withdraw; for operators also quotas, rates, policy and the decision of disputes.
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
    records.InstalmentKind,
    "InstalmentKind",
    "Which part of the agreed total an instalment is.",
    """
    FULL: All of it, in one payment.
    DEPOSIT: What is paid before the balance.
    BALANCE: What the deposit leaves to be paid.
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
    records.ServiceStatus,
    "ServiceStatus",
    "Whether a seller may make assured orders.",
    """
    INACTIVE: Not applied, or rejected.
    PENDING: An application is being reviewed.
    ACTIVE: The service is open.
    """,
)
described(
    records.Membership,
    "Membership",
    "What kind of member of the platform a seller is.",
    """
    PAID: The service is active as soon as it is applied for.
    FREE: The service needs a verification of the enterprise.
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
    policy.PaymentMethod,
    "PaymentMethod",
    "How a buyer pays.",
    """
    VISA: A Visa card.
    MASTERCARD: A Mastercard.
    E_CHECKING: A cheque drawn electronically on a US bank account.
    TT: A bank transfer to one of the order's collection accounts; it counts once it is associated.
    PAYPAL: A PayPal account.
    APPLE_PAY: Apple Pay, with a card of the buyer's wallet.
    GOOGLE_PAY: Google Pay, with a card of the buyer's wallet.
    REAL_TIME_BANK_TRANSFER: A transfer from the buyer's bank that arrives at once, through a payment provider.
    BOLETO: A boleto, for buyers in Brazil.
    PAY_LATER: A payment provider advances the money, and the buyer pays the provider later.
    """,
)
described(
    policy.WithdrawalRoute,
    "WithdrawalRoute",
    "To whose account a balance is withdrawn.",
    """
    COMPANY: The seller's own company.
    AGENT: The export agent.
    PARTNER: The export partner.
    """,
)
described(
    sellers.ApplicationStatus,
    "ApplicationStatus",
    "What became of an application for the service.",
    """
    PENDING: Waits for an operator.
    APPROVED: The service is open.
    REJECTED: Not opened; see the reason.
    """,
)
described(
    ledger.AccountKind,
    "AccountKind",
    "An account of the ledger.",
    """
    UNASSOCIATED: Transfers of an order that wait to be associated.
    HELD: Money of an order that does not count.
    ESCROW: Money of an order that counts and is kept until the goods are received.
    SELLER: What a seller may withdraw.
    RECEIVABLE: What a seller owes the platform: 0 or less.
    WORLD: The banks of buyers and sellers.
    FEE: The transaction fees that were charged.
    PAYMENT_FEE: What buyers paid on top for a payment method.
    SUBSIDY: What the platform pays for coupons.
    """,
)
described(
    disclosure.CauseKind,
    "LedgerCauseKind",
    "What a ledger entry points to as its cause.",
    """
    RECEIPT: Money that arrived.
    DISPUTE: An application for a refund.
    CLAIM: A claim for a broken promise.
    COUPON: A platform coupon.
    RECOVERY: What a seller owes for a coupon, or for a refund that was more than the balance.
    COLLECTION: A part of a recovery that was collected.
    OTHER: Something beside the order; shown to operators only.
    """,
)
described(
    disclosure.FigureName,
    "LedgerFigureName",
    "A sum of the funds card that the ledger proves.",
    """
    RECEIVED: What the buyer paid and counts.
    REFUNDED: What went back to the buyer, before or after the release.
    COUPON_POSTED: What a platform coupon paid.
    COUPON_RETURNED: What of it went back to the platform.
    RELEASED: What was released to the seller.
    REFUNDED_AFTER: What of the refunds came back from the seller.
    FEE_CHARGED: What of the transaction fee was charged and not given back.
    """,
)
described(
    ledger.EntryKind,
    "EntryKind",
    "What a ledger entry records.",
    """
    RECEIPT_COUNTED: Money came in online and counts.
    PAYMENT_FEE: What the buyer paid on top for the method.
    TRANSFER_LANDED: A transfer came in and waits to be associated.
    TRANSFER_ASSOCIATED: A transfer counts now.
    ASSOCIATION_UNDONE: A transfer counts no longer.
    RECEIPT_HELD: Money came in that does not count.
    HELD_COUNTED: Held money counts now.
    HELD_REFUNDED: Held money went back to its payer.
    RELEASE: An order's money went to the seller's balance.
    FEE: The transaction fee was taken from the balance.
    WITHDRAWAL: Money left the balance for the bank.
    COUPON_POSTED: The platform paid a coupon's share into escrow.
    COUPON_TAKEN_BACK: An association was undone, and the coupon's share went back with it.
    REFUND: Money went back to the buyer; a full refund also returns a coupon's value, and the fee to the seller.
    RECOVERY_OWED: The seller owes the platform what was paid at their expense.
    RECOVERY_COLLECTED: A part of what the seller owes was collected.
    RECOVERY_REVERSED: What the seller owed is owed no more; what was collected went back.
    CORRECTION: An operator corrected the books, with a reason.
    """,
)
described(
    lifecycle.Step,
    "OrderStep",
    "Something that can be done to an order, and by which mutation.",
    """
    EDIT: Write on at a draft, or complete a request: `orderEdit`.
    MATCH_BUYER: Find the account of the draft's e-mail: `orderMatchBuyer`.
    DELETE: Delete a draft that was never submitted: `orderDelete`.
    SUBMIT: Offer it to the other side: `orderSubmit`.
    REVISE: Take one's own offer back: `orderRevise`.
    CONFIRM: Agree to the offer: `orderConfirm`.
    CANCEL: Call it off before money arrives: `orderCancel`.
    DECLINE: Say no to the other side's offer: `orderDecline`.
    START_PAYMENT: Start a payment: `paymentStart`.
    RECORD_RECEIPT: State that money came in online: `receiptRecord`.
    RECORD_TRANSFER: State that a bank transfer came in: `receiptRecord` with TT.
    ASSOCIATE: Let a transfer count: `receiptAssociate`.
    UNDO_ASSOCIATION: Take a wrong association back: `receiptUndoAssociation`.
    REFUND_HELD: Send held money back to its payer: `receiptRefundHeld`.
    PROPOSE_AMENDMENT: Propose other terms: `amendmentPropose`.
    WITHDRAW_AMENDMENT: Take the proposal back: `amendmentWithdraw`.
    ANSWER_AMENDMENT: Confirm or decline the proposal: `amendmentAnswer`.
    ADD_MILESTONE: Report what was reached of the production: `milestoneAdd`; take it back: `milestoneTakeBack`.
    DISPATCH: Dispatch some or all of the goods: `shipmentDispatch`.
    CORRECT_SHIPMENT: Put a carrier or tracking number right: `shipmentCorrect`.
    RECORD_TRACKING: Record what a carrier reports: `trackingRecord`.
    CONFIRM_RECEIPT: Say that the goods have arrived: `orderConfirmReceipt`.
    RECEIVE_AUTOMATICALLY: The goods count as received when their time is over; only time does it.
    RAISE_OVERDUE: The order turns overdue; only time does it.
    OPEN_DISPUTE: Apply for a refund: `disputeOpen`.
    ANSWER_DISPUTE: Answer what the buyer asks for: `disputeAnswer`.
    ANSWER_OFFER: Answer what the seller offers or refuses: `disputeAnswer`.
    WITHDRAW_DISPUTE: Take the dispute back: `disputeWithdraw`.
    ESCALATE_DISPUTE: Hand the dispute to the operators: `disputeEscalate`.
    DECIDE_DISPUTE: Decide what goes back: `disputeDecide`.
    REOPEN_DISPUTE: Take the rejection of a dispute back: `disputeReopen`.
    RAISE_DELIVERY_OVERDUE: The promised date of delivery is over; only time does it.
    REVIEW: Review the completed order: `reviewWrite`.
    REPLY: Reply to the review: `reviewReply`.
    ASSIGN: Give the order to a salesperson: `orderAssign`.
    LABEL: Put labels on it and take others off: `orderLabel`.
    NOTE: Write down a private note: `orderAddNote`; take it away: `orderRemoveNote`.
    SET_REFERENCE: Keep one's own number of it: `orderSetReference`.
    LINK_CONSIGNMENT: Link a consignment order of the agent's: `consignmentLink`; take it off: `consignmentUnlink`.
    ATTACH_PROOF: Prove a shipment by files: `shipmentAttachProof`.
    ATTACH_EVIDENCE: Show by files what one says of it: `orderAttachEvidence`.
    CANCEL_UNPAID: Time calls a discounted order off whose first instalment was not complete.
    FILE_CLAIM: Claim the compensation of a broken promise: `claimFile`.
    DECIDE_CLAIM: Approve or reject a claim: `claimDecide`.
    UNDO_CLAIM_DECISION: Take the decision on a claim back: `claimUndoDecision`.
    WAIVE: Waive what the seller would bear for a broken promise: `waiverGrant`.
    WITHDRAW_WAIVER: Take a waiver back: `waiverWithdraw`.
    CORRECT_LEDGER: Correct the books by a balanced entry, with a reason: `ledgerCorrect`.
    """,
)
described(
    happenings.Subject,
    "EventSubject",
    "What an event is about; versions count per subject.",
    """
    ORDER: An order.
    SELLER: A seller: its service, quota and withdrawals.
    POLICY: A version of policy or an exchange rate, for operators.
    COUPON: A platform coupon: of interest to its owner.
    SHEET: A list of orders as a file, of interest to the member who asked for it.
    ACCESS_TOKEN: An access token, of interest to whoever made it and to the owners of their company.
    WEBHOOK: An address that events are sent to, of interest to whoever keeps it.
    """,
)
described(
    happenings.EventKind,
    "EventKind",
    "What happened. New kinds may come: treat one you do not know as a sign to look at its subject again.",
    """
    ORDER_DRAFTED: A draft was begun; only its side hears of it.
    ORDER_EDITED: The contract was written on: see `fields`.
    BUYER_MATCHED: The draft's e-mail was looked up: see `registered`.
    DRAFT_DELETED: The draft was deleted; the order is no more, and only its side hears of it.
    ORDER_SUBMITTED: An offer was made to the other side.
    ORDER_REVISED: An offer was taken back by its side.
    ORDER_CONFIRMED: The buyer agreed.
    ORDER_CANCELLED: A side called the order off.
    ORDER_CLOSED: The order ended: a full refund closed it, or its discount ran out unpaid.
    ORDER_DECLINED: The side that was asked said no.
    QUOTA_SHORT: A confirmation failed because the seller's quota no longer sufficed.
    PAYMENT_STARTED: The buyer started a payment; no money moved.
    RECEIPT_RECORDED: Money arrived online, as a payment provider or an operator states.
    TRANSFER_LANDED: A bank transfer arrived and waits to be associated.
    TRANSFER_WAITING: A transfer has waited too long to be associated.
    FUNDS_ASSOCIATED: A transfer was associated with the order and counts.
    ASSOCIATION_UNDONE: An operator took an association back; that money counts no longer.
    FUNDS_HELD: Money that does not count is held beside the order.
    HELD_COUNTED: Money that was held counts now.
    HELD_REFUNDED: Money that was held went back to its payer.
    INSTALMENT_COMPLETED: All of an instalment has counted.
    DEADLINE_SET: A deadline was set.
    DEADLINE_MOVED: An amendment moved a deadline.
    DEADLINE_APPROACHING: A deadline comes near.
    OVERDUE_RAISED: The dispatch deadline passed with goods left to dispatch.
    OVERDUE_CLEARED: An amendment moved the deadline ahead, so the order is no longer overdue.
    AMENDMENT_PROPOSED: The seller proposed other terms.
    AMENDMENT_WITHDRAWN: The seller took the proposal back.
    AMENDMENT_CONFIRMED: The buyer confirmed the proposal; its terms are in force.
    AMENDMENT_DECLINED: The buyer declined the proposal.
    AMENDMENT_LAPSED: Nobody answered the proposal before everything was dispatched or the order closed.
    MILESTONE_TAKEN_BACK: The seller took a wrong report of the production back.
    MILESTONE_ADDED: The seller reported what was reached of the production, and on which day.
    GOODS_DISPATCHED: Some or all of the goods left.
    SHIPMENT_CORRECTED: A carrier or tracking number was put right.
    TRACKING_RECORDED: A carrier reported something.
    GOODS_DELIVERED: Everything was delivered, as carriers say.
    RECEIPT_CONFIRMED: The buyer has the goods; the order is complete.
    RECEIVED_AUTOMATICALLY: The buyer stayed silent for so long that the goods count as received.
    FUNDS_RELEASED: The order's money went to the seller's balance.
    FEE_CHARGED: The transaction fee was taken from the balance.
    REVIEWED: The buyer reviewed the order.
    REVIEW_REPLIED: The seller replied to the review.
    SALESPERSON_ASSIGNED: The order was given to a salesperson, or to nobody.
    SELLER_REFERENCE_SET: The seller keeps another number of it.
    BUYER_REFERENCE_SET: The buyer keeps another number of it.
    LABELS_CHANGED: The seller's members put labels on it or took some off.
    NOTE_ADDED: A member of the seller wrote a private note.
    NOTE_REMOVED: A private note was taken away.
    DESK_SETTINGS_CHANGED: The owner set up the seller's desk in another way.
    MEMBER_REMOVED: A member was removed, and their orders go to a colleague.
    SHEET_CHANGED: A list of orders that a member asked for as a file is further on; the facts say how far.
    ACCESS_TOKEN_CHANGED: An access token was made, given another text or revoked; the facts say which.
    WEBHOOK_CHANGED: Whoever keeps a webhook endpoint has done something to it; the facts say what.
    WEBHOOK_UNHEALTHY: The server paused a webhook endpoint by itself; the facts say why.
    WITHDRAWAL_MADE: Money left the balance for the bank.
    APPLICATION_SUBMITTED: A seller applied for the service.
    APPLICATION_DECIDED: An operator decided on the application.
    SERVICE_ACTIVATED: The seller may make assured orders from now on.
    QUOTA_CHANGED: An operator set the limit of the seller's quota.
    POLICY_CHANGED: An operator added a version of policy.
    RATE_CHANGED: An operator set an exchange rate.
    COUPON_APPLIED: A platform coupon lowers what the buyer pays.
    COUPON_POSTED: The platform paid the coupon's share of an instalment.
    FUNDS_REFUNDED: Money went back to the buyer.
    LEDGER_CORRECTED: An operator corrected the books, with a reason.
    DEADLINE_PAUSED: A clock waits; what was left of it is kept.
    DEADLINE_RESUMED: A clock that waited runs on.
    DELIVERY_OVERDUE_RAISED: The promised date passed and the goods were not delivered.
    DELIVERY_OVERDUE_CLEARED: Tracking proved that the goods were delivered in time, or the promise was amended.
    CLAIM_WINDOW_CLOSED: The time in which a broken promise could be claimed is over.
    PROTECTION_ENDED: The time in which a refund can be applied for is over.
    CLAIM_FILED: The buyer claimed the compensation of a broken promise.
    CLAIM_APPROVED: The claim was approved; a coupon compensates the buyer.
    CLAIM_REJECTED: The claim was rejected, with a reason.
    CLAIM_DECISION_UNDONE: An operator took the decision on a claim back; it is under review again.
    WAIVER_GRANTED: An operator waived what the seller owes for a broken promise.
    WAIVER_WITHDRAWN: An operator took a waiver back.
    COUPON_ISSUED: A platform coupon was issued to the buyer.
    COUPON_RESERVED: The coupon was applied to an order.
    COUPON_USED: The coupon paid for a part of an order.
    COUPON_GIVEN_BACK: The order the coupon was applied to is off; the coupon is the buyer's again.
    COUPON_EXPIRING: The coupon will expire soon.
    COUPON_EXPIRED: The coupon can no longer be applied.
    COUPON_REVOKED: The decision that issued the coupon was taken back before it was applied.
    RECOVERY_OWED: The seller owes the platform what was paid at their expense.
    RECOVERY_COLLECTED: Something of what the seller owes was collected.
    RECOVERY_REVERSED: What the seller owed is owed no more; what was collected of it went back.
    DISPUTE_OPENED: The buyer applied for a refund.
    DISPUTE_ANSWERED: A side of the dispute accepted or rejected the amount named, or named another.
    DISPUTE_ESCALATED: The operators will decide the dispute.
    DISPUTE_RESOLVED: The dispute ended.
    DISPUTE_REOPENED: An operator took the rejection of a dispute back.
    CONSIGNMENT_LINKED: A consignment order at the agent's was linked.
    CONSIGNMENT_UNLINKED: A consignment order was taken off again.
    ATTACHMENT_ADDED: A file was attached.
    ATTACHMENT_REMOVED: An attached file was removed.
    ENROLMENT_JOINED: The seller joined the on-time dispatch guarantee.
    ENROLMENT_LEFT: The seller left the on-time dispatch guarantee.
    ENROLMENT_EXIT_ALLOWED: The seller may leave the on-time dispatch guarantee from now on.
    ENROLMENT_REJOIN_ALLOWED: The seller may join the on-time dispatch guarantee again.
    CLOCK_MOVED: An operator moved the clock forward.
    """,
)
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
