"""What narrows a list of orders, as clients say it (DSK-2)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry
from strawberry import ID, UNSET

from app.domain.access import By
from app.domain.order_lists import OrderService, OrderTab
from app.domain.policy import ExportMethod, TransportMode
from app.domain.records import LeadSource, OrderType, Status
from app.domain.remedies import ClaimStatus
from app.schema.enums import described
from app.schema.scalars import CountryCode, CurrencyCode

described(
    OrderTab,
    "OrderTab",
    "A tab of a list of orders (DSK-1).",
    """
    ALL: Every order, drafts included.
    TO_CONFIRM: Offered, and not agreed yet.
    TO_PAY: Agreed; waits for the money its dispatch term names.
    TO_DISPATCH: The money is in, and not everything is dispatched.
    TO_RECEIVE: Everything is on its way.
    AFTER_SALES: A dispute is open, or a claim is under review; it is under its own tab as well.
    FINISHED: Completed or closed.
    """,
)
described(
    OrderService,
    "OrderService",
    "What an order has beside its terms: what is promised of it, and whether a lender may lend on it.",
    """
    ON_TIME_DISPATCH: Dispatch on time is guaranteed.
    ON_TIME_DELIVERY: Delivery on time is guaranteed.
    LOAN_ELIGIBLE: The seller may borrow on it, as `Order.loanEligible` says; found by the seller's side alone.
    """,
)


def _optional(description: str) -> Any:
    return strawberry.field(default=UNSET, description=description)


@strawberry.input(description="From one instant to before another; each end may be left open.")
class InstantRange:
    """From one instant to before another."""

    from_: datetime | None = strawberry.field(name="from", default=UNSET, description="At this instant or later.")
    before: datetime | None = _optional("Earlier than this instant.")


@strawberry.input(description="Amounts of one currency, both ends included; each may be left open.")
class AmountRange:
    """Amounts of one currency."""

    currency_code: CurrencyCode = strawberry.field(description="The currency; amounts of others are left out.")
    least: Decimal | None = _optional("At least so much.")
    most: Decimal | None = _optional("At most so much.")


@strawberry.input(
    description="Which orders to list: those of which every condition that is given holds. A list holds for an order "
    "that has one of its values. What a viewer cannot see of an order is as if it were not there."
)
class OrderFilter:
    """Which orders to list: those of which every condition that is given holds."""

    text: str | None = _optional(
        "Its number or the last six digits of it, words of the buyer's e-mail or name, the buyer's id, words of a "
        "product's name, or for the seller's side of a label; every word must be found, whatever its case."
    )
    tab: OrderTab | None = _optional("The tab it is under.")
    status: list[Status] | None = _optional("Where it stands.")
    salesperson: list[ID] | None = _optional("The members of the seller who look after it, by their ids.")
    destination: list[CountryCode] | None = _optional("Where the goods go.")
    created: InstantRange | None = _optional("When its draft was begun.")
    amount: AmountRange | None = _optional("The agreed total.")
    buyer_country: list[CountryCode] | None = _optional("Where the buyer is registered.")
    drafted_by: By | None = _optional("Which side drafted it.")
    type: list[OrderType] | None = _optional("Who began it, and how.")
    lead_source: list[LeadSource] | None = _optional(
        "Where the seller met the buyer, as the seller says; found by the seller's side alone."
    )
    transport_mode: list[TransportMode] | None = _optional("How the goods travel.")
    currency: list[CurrencyCode] | None = _optional("The currency of its amounts.")
    export_method: list[ExportMethod] | None = _optional("Under whose customs title the goods leave.")
    discounted: bool | None = _optional("Whether a store coupon or a platform coupon lowers what the buyer pays.")
    services: list[OrderService] | None = _optional("What it has beside its terms: each of these.")
    overdue: bool | None = _optional("Whether the dispatch deadline passed unmet.")
    claim_status: list[ClaimStatus] | None = _optional("What became of the claim for its broken promise.")
    seller: list[ID] | None = _optional("The sellers, by their ids.")
    and_: "list[OrderFilter] | None" = strawberry.field(name="and", default=UNSET, description="Each of these holds.")
    or_: "list[OrderFilter] | None" = strawberry.field(name="or", default=UNSET, description="One of these holds.")
    not_: "OrderFilter | None" = strawberry.field(name="not", default=UNSET, description="This does not hold.")
