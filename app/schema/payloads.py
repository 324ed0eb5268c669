"""What mutations answer: the object as it is now, and why anything was refused."""

from datetime import datetime

import strawberry
from strawberry import ID

from app.domain.order_lists import ListChange
from app.schema.amendments import Amendment
from app.schema.disputes import Dispute
from app.schema.facts import UserError
from app.schema.fulfilment import Milestone, Shipment
from app.schema.funds import Payment
from app.schema.money import Money
from app.schema.order import Event, Order
from app.schema.order_lists import OrderTabCount
from app.schema.people import Seller, Withdrawal
from app.schema.policy import ExchangeRate, PolicyChange, PolicyVersion
from app.schema.products import Product

ERRORS = "Why nothing was done; empty when it was."


@strawberry.type(description="The order a mutation was about, as it is now.")
class OrderPayload:
    """The order a mutation was about."""

    order: Order | None = strawberry.field(description="The order as it is now, also when the step was refused.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="Whom a draft's e-mail belongs to.")
class MatchPayload:
    """Whom a draft's e-mail belongs to."""

    order: Order | None = strawberry.field(description="The order as it is now; `buyer` is null when nobody matched.")
    invited: bool = strawberry.field(description="Whether nobody has this e-mail and an invitation was recorded.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="A deleted draft.")
class DeletePayload:
    """A deleted draft."""

    deleted_id: strawberry.ID | None = strawberry.field(description="The id that is gone; null when refused.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="A started payment.")
class PaymentPayload:
    """A started payment."""

    payment: Payment | None = strawberry.field(description="What to pay, to whom, until when; null when refused.")
    order: Order | None = strawberry.field(description="Its order as it is now.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="A milestone of the production and its order.")
class MilestonePayload:
    """A milestone of the production and its order."""

    milestone: Milestone | None = strawberry.field(description="The milestone; null when refused.")
    order: Order | None = strawberry.field(description="Its order as it is now.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="A shipment and its order.")
class ShipmentPayload:
    """A shipment and its order."""

    shipment: Shipment | None = strawberry.field(description="The shipment; null when refused.")
    order: Order | None = strawberry.field(description="Its order as it is now.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="A proposed amendment and its order.")
class AmendmentPayload:
    """A proposed amendment and its order."""

    amendment: Amendment | None = strawberry.field(description="The amendment; null when refused.")
    order: Order | None = strawberry.field(description="Its order as it is now.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="A dispute and its order.")
class DisputePayload:
    """A dispute and its order."""

    dispute: Dispute | None = strawberry.field(description="The dispute as it is now; null when there is none.")
    order: Order | None = strawberry.field(description="Its order as it is now.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="A product as it is now.")
class ProductPayload:
    """A product as it is now."""

    product: Product | None = strawberry.field(description="The product as it is now; null when there is none.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="A seller as they are now.")
class SellerPayload:
    """A seller as they are now."""

    seller: Seller | None = strawberry.field(description="The seller; null when refused.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="A withdrawal.")
class WithdrawalPayload:
    """A withdrawal."""

    withdrawal: Withdrawal | None = strawberry.field(description="The withdrawal; null when refused.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="A policy version and what it changes.")
class PolicyPayload:
    """A policy version and what it changes."""

    policy: PolicyVersion | None = strawberry.field(description="The new version; null in a preview or when refused.")
    changes: list[PolicyChange] = strawberry.field(description="What is or would be different, and from when on.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="An exchange rate.")
class RatePayload:
    """An exchange rate."""

    rate: ExchangeRate | None = strawberry.field(description="The rate; null when refused.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="What confirming an amendment now would do.")
class AmendmentEffect:
    """What confirming an amendment now would do."""

    dispatch_due_before: datetime | None = strawberry.field(description="The dispatch deadline in force.")
    dispatch_due_after: datetime | None = strawberry.field(description="The one that would be in force.")
    promised_before: datetime | None = strawberry.field(description="The promised date of delivery in force.")
    promised_after: datetime | None = strawberry.field(description="The one that would be in force.")
    clears_overdue: bool = strawberry.field(description="Whether the order would no longer be overdue.")
    total_before: Money = strawberry.field(description="The agreed total.")
    total_after: Money = strawberry.field(description="What it would be.")
    user_errors: list[UserError] = strawberry.field(description="Why it would be refused; empty if it would not.")


@strawberry.type(description="A page of the viewer's feed.")
class EventPage:
    """A page of the viewer's feed."""

    messages: list["EventMessage"] = strawberry.field(description="The events, in the order of their positions.")
    end_cursor: str = strawberry.field(description="Resumes behind this page, also as a subscription.")
    has_next_page: bool = strawberry.field(description="Whether more is there already.")


@strawberry.type(description="Which of the viewer's orders changed.")
class ChangedOrders:
    """Which of the viewer's orders changed."""

    changes: list["ChangedOrder"] = strawberry.field(description="Each order once, what changed last comes last.")
    end_cursor: str = strawberry.field(description="Where to go on; `events` knows it as well.")
    has_next_page: bool = strawberry.field(description="Whether more is there already.")


@strawberry.type(description="An order that changed.")
class ChangedOrder:
    """An order that changed."""

    order_id: ID = strawberry.field(description="The order's id.")
    order: Order | None = strawberry.field(
        description="The order as it is now, which may be newer than the change; null when you see it no more, or when "
        "it was a draft and is deleted: take it off your list."
    )


@strawberry.type(description="An event of the viewer's feed, with the cursor behind it.")
class EventMessage:
    """An event of the viewer's feed."""

    cursor: str = strawberry.field(description="Resume with it as `after`: nothing is missed, nothing comes twice.")
    event: Event | None = strawberry.field(
        description="What happened; null in the first message of a subscription without `after`."
    )


@strawberry.type(description="An order and what happened to it, with the cursor behind it.")
class OrderUpdate:
    """An order and what happened to it."""

    cursor: str = strawberry.field(description="Resume with it as `after`: nothing is missed, nothing comes twice.")
    event: Event | None = strawberry.field(
        description="What happened; null in the snapshot, the first message of a subscription without `after`, and "
        "when the order was taken from you: then `order` is null, too."
    )
    order: Order | None = strawberry.field(
        description="The order as it is now: never older than the event, perhaps newer. Null once it is hidden."
    )


@strawberry.type(description="What became of an order for a list, with the cursor behind it.")
class OrderListUpdate:
    """What became of an order for a list."""

    cursor: str = strawberry.field(description="Resume with it as `after`: nothing is missed, nothing comes twice.")
    change: ListChange | None = strawberry.field(
        description="What became of the order; null in the first message of a subscription without `after`."
    )
    order_id: ID | None = strawberry.field(description="The order's id; null in that first message.")
    order: Order | None = strawberry.field(
        description="The order as it is now: never older than the change, perhaps newer. Null when it leaves, when it "
        "is hidden by now, and in that first message."
    )
    tabs: list[OrderTabCount] = strawberry.field(
        description="The tabs of which another number is told now, each with that number; in that first message all."
    )


@strawberry.type(description="What a stranger with an order link is told.")
class OrderLink:
    """What a stranger with an order link is told."""

    seller_name: str = strawberry.field(description="Who offers the order.")
    log_in_as: str = strawberry.field(description="A hint at the e-mail to log in with.")
    order: Order | None = strawberry.field(description="The order, for whoever may see it.")
