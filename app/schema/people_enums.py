"""The GraphQL enums of who acts, and of sellers and their service, each value described once."""

from app.domain import access, eligibility, records, sellers
from app.schema.enums import described

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
    eligibility.CampaignCondition,
    "CampaignCondition",
    "What entering a campaign requires (ENR-6).",
    """
    SERVICE_ACTIVE: The trade-assurance service is open for the seller.
    ENROLLED: The seller has joined the on-time dispatch guarantee.
    """,
)
