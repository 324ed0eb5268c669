"""The GraphQL enums of payments and the ledger, each value described once."""

from app.domain import disclosure, ledger, policy, records
from app.schema.enums import described

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
