"""The GraphQL enums of what can be done and what has happened, each value described once."""

from app.domain import happenings, lifecycle
from app.schema.enums import described

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
    SET_LEAD_SOURCE: Say where it came from: `orderSetLeadSource`.
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
    LEAD_SOURCE_SET: The seller said where the order came from, or that it is not known.
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
