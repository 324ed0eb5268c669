"""What is never null though its type would let it be, and which lists are never empty: all others must be at times."""

from collections.abc import Mapping

_OF_THE_ORDER = "it is seen by whoever sees its order"
_ALWAYS = "it is kept of any past; only the type around it has nulls for what is hidden or not kept"
_VIEWER = "whoever asks has one; without anybody the object around it is null"
_NAMED = "what it names is there as long as the row, and is seen by the same people"
_PAGE = "whoever has none has an empty page, and of whoever asks wrongly the whole object is null"
_DRAFTED = "a draft begins with one, if with nothing in it"

# nullable, so that an error stays small or as the read cannot prove that there is one
VALUED: Mapping[str, str] = {
    "Application.seller": _NAMED,
    "CheckoutLine.product": "only what is on offer can be quoted, and that is seen by everybody",
    "Claim.order": _OF_THE_ORDER,
    "Contract.contact": _DRAFTED,
    "Contract.destination": _DRAFTED,
    "Coupon.order": "its owner is the order's buyer",
    "DispatchContribution.number": "what has a deadline was submitted, and has had a number since",
    "Dispute.order": _OF_THE_ORDER,
    "FundsAsOf.couponPosted": _ALWAYS,
    "FundsAsOf.couponReturned": _ALWAYS,
    "FundsAsOf.received": _ALWAYS,
    "FundsAsOf.refunded": _ALWAYS,
    "LaneChoice.lane": "lanes are seen by everybody who can ask for a quote",
    "Me.account": _VIEWER,
    "Me.coupons": _PAGE,
    "Me.role": _VIEWER,
    "Me.sheets": _PAGE,
    "Member.name": _NAMED,
    "Receipt.order": _OF_THE_ORDER,
    "Recovery.order": _OF_THE_ORDER,
    "ShipmentItem.description": _NAMED,
}
_EACH = "it tells of each of what there is, and of each it says whether"
# lists
FILLED: Mapping[str, str] = {
    "AccessToken.scopes": "a token without a scope is refused",
    "CampaignEligibility.requirements": _EACH,
    "CheckoutQuote.lines": "a quote of nothing is refused",
    "ClaimCheck.promises": _EACH,
    "Explanation.inputs": "nothing is computed from nothing",
    "LedgerProof.figures": "what came in is shown to whoever sees the ledger",
    "Me.orderTabs": _EACH,
    "Order.availableActions": "there is no role without a step",
    "Order.explanations": "there is always a total",
    "Order.stages": _EACH,
    "Product.badges": _EACH,
    "PromiseCheck.conditions": _EACH,
    "Query.simulateOrder": "how the order stands at first is a step",
    "ScheduledTransition.cancelledBy": "there is no clock that nothing stops",
    "Seller.deskCounts": _EACH,
    "Seller.laneCoverage": "the policy in force, of which there is one, names core countries",
    "SimulatedRate.orders": "to simulate nothing is refused",
    "SimulatedStep.explanations": "there is always a total",
    "StatementDay.sums": "a day of a statement is one on which something was booked",
}
