"""Queries: the way in for each role, and what Python answers beside what is read."""

from datetime import datetime
from typing import Annotated

import strawberry
from sqlalchemy import and_
from strawberry import ID

from app import reads
from app.actions import checkout, reading
from app.db import tables as t
from app.domain import orders
from app.domain.access import OPERATORS, SELLER_FINANCE, SELLER_SIDE, Role, Viewer
from app.domain.money import Money as Amount
from app.domain.order_lists import OrderSort
from app.domain.records import ServiceStatus
from app.domain.remedies import ClaimStatus, DisputeStatus, RecoveryStatus
from app.domain.sellers import ApplicationStatus
from app.domain.tokens import MAKERS
from app.reads import Connection, Node, computed, lookup, lookups, one, page, ref
from app.resolvers.clock import shown
from app.resolvers.context import Info
from app.resolvers.feed import FeedQueries
from app.resolvers.proofs import ProofQueries
from app.resolvers.roots import query
from app.resolvers.sheets import SheetQueries
from app.resolvers.simulation import SimulationQueries
from app.schema.checkout import CheckoutQuote, CheckoutQuoteInput, quote_of
from app.schema.claims import Claim, narrow_claims
from app.schema.clock import Clock, SweepRun
from app.schema.contract_inputs import ContractInput
from app.schema.coupons import Coupon, Recovery, narrow_coupons
from app.schema.disputes import Dispute, narrow_disputes
from app.schema.facts import user_errors
from app.schema.freight import Lane, narrow_lanes
from app.schema.ids import key
from app.schema.money import money_of
from app.schema.order import Order, Receipt
from app.schema.order_lists import CEILING, SORTS, TABS, OrderTabCount, narrow_orders
from app.schema.payloads import AmendmentEffect, OrderLink
from app.schema.people import Account, Application, Seller
from app.schema.policy import ExchangeRate, PolicyVersion
from app.schema.products import Product
from app.schema.ranking import RankedSeller
from app.schema.sheets import Sheet
from app.schema.tokens import AccessToken
from app.schema.webhooks import WebhookEndpoint


def _role(viewer: Viewer | None) -> Role | None:
    return None if viewer is None else viewer.role


def _same(now: datetime) -> datetime:
    return now


@reads.reads(reads.NOTHING, part=True)
class Desk:
    """What operators work off: each queue oldest first."""

    unassociated_transfers: Connection[Receipt] = page(
        t.receipts.c.unassociated > 0,
        t.receipts.c.recorded_at,
        t.receipts.c.id,
        description="Transfers that wait to be associated (PAY-7).",
    )
    applications: Connection[Application] = page(
        t.applications.c.status == ApplicationStatus.PENDING.value,
        t.applications.c.submitted_at,
        t.applications.c.id,
        description="Applications that wait for a decision (SVC-1).",
    )
    claims: Connection[Claim] = page(
        t.claims.c.status == ClaimStatus.UNDER_REVIEW.value,
        t.claims.c.filed_at,
        t.claims.c.id,
        description="Claims that wait for a decision (CLM-6).",
        narrow=narrow_claims,
    )
    recoveries: Connection[Recovery] = page(
        t.recoveries.c.status.in_([RecoveryStatus.OWED.value, RecoveryStatus.PARTLY_COLLECTED.value]),
        t.recoveries.c.id,
        description="What sellers owe and was not collected yet (COU-4).",
    )
    disputes: Connection[Dispute] = page(
        t.disputes.c.status == DisputeStatus.ESCALATED.value,
        t.disputes.c.opened_at,
        t.disputes.c.id,
        description="Disputes that wait for a decision (DSP-2).",
        narrow=narrow_disputes,
    )
    product_reviews: Connection[Product] = page(
        and_(t.products.c.published, t.products.c.agency_reviewed.is_(False)),
        t.products.c.updated_at,
        t.products.c.id,
        description="Products on offer that have not passed the agent's review (FEE-3).",
    )
    policies: Connection[PolicyVersion] = page(
        None, t.policies.c.effective_at.desc(), t.policies.c.id.desc(), description="Policy versions, newest first."
    )
    exchange_rates: Connection[ExchangeRate] = page(
        None, t.exchange_rates.c.id.desc(), description="Exchange rates, newest first."
    )
    sweep_runs: Connection[SweepRun] = page(
        None,
        t.sweep_runs.c.started_at.desc(),
        t.sweep_runs.c.id.desc(),
        description="Runs of the sweep that settled something, newest first.",
    )


@reads.reads(reads.NOTHING, part=True)
class Me:
    """Whoever asks: the way in for each role."""

    role: Role | None = computed(
        _role,
        reads.viewer,
        description="In which role the viewer looks: a seller's access token without FINANCE_READ sees what sales see.",
    )
    account: Account | None = one(t.accounts.c.id == reads.VIEWER_ACCOUNT, description="The viewer's account.")
    seller: Seller | None = one(t.sellers.c.id == reads.VIEWER_SELLER, description="The viewer's company.")
    orders: Connection[Order] = page(
        None, sorts=SORTS, narrow=narrow_orders, description="The viewer's orders, newest first unless told otherwise."
    )
    order_tabs: list[OrderTabCount] = reads.tallies(
        "Order",
        None,
        TABS,
        *SORTS[OrderSort.CREATED_DESC],
        ceiling=CEILING,
        narrow=narrow_orders,
        description="How many of the viewer's orders are under each tab (DSK-1).",
    )
    coupons: Connection[Coupon] | None = page(
        t.coupons.c.buyer_id == reads.VIEWER_ACCOUNT,
        t.coupons.c.id.desc(),
        description="The viewer's platform coupons, newest first (COU-2).",
        narrow=narrow_coupons,
    )
    recoveries: Connection[Recovery] | None = page(
        t.recoveries.c.seller_id == reads.VIEWER_SELLER,
        t.recoveries.c.id.desc(),
        description="What the viewer's company owed or owes the platform, newest first (COU-5).",
        to=SELLER_FINANCE,
    )
    quota_orders: Connection[Order] | None = page(
        t.orders.c.quota_occupied > 0,
        t.orders.c.id.desc(),
        description="The orders that occupy the guarantee quota, newest first (SVC-2).",
        to=SELLER_FINANCE,
    )
    sheets: Connection[Sheet] | None = page(
        t.sheets.c.account_id == reads.VIEWER_ACCOUNT,
        t.sheets.c.id.desc(),
        description="The lists of orders that the viewer asked for as files, newest first (DSK-3).",
    )
    delivery_place: RankedSeller | None = one(
        t.delivery_places.c.seller_id == reads.VIEWER_SELLER,
        description="The place of the viewer's company in the ranking of delivery on time; null while it has none.",
        to=SELLER_SIDE,
    )
    access_tokens: Connection[AccessToken] | None = page(
        None,
        t.access_tokens.c.id.desc(),
        description="The access tokens of a buyer, or of an owner's company, newest first (INT-1); null for everybody "
        "else, and empty for a token that lacks any scope.",
        to=MAKERS,
    )
    webhook_endpoints: Connection[WebhookEndpoint] | None = page(
        None,
        t.webhook_endpoints.c.id.desc(),
        description="The webhook endpoints of a buyer, or of an owner's company, newest first; null for others.",
        to=MAKERS,
    )
    desk: Desk | None = reads.same_row("The operators' queues.", to=OPERATORS)


@strawberry.type(description="Everything that can be read.")
class Query(FeedQueries, ProofQueries, SimulationQueries, SheetQueries):
    """Everything that can be read."""

    viewer: Me | None = reads.alone("Whoever asks; null without a token.")
    order: Order | None = lookup(
        "An order by its number.", by=t.orders.c.number, argument="number", about="The 20 digits of its number."
    )
    node: Node | None = lookup("Any object by its id.")
    nodes: list[Node | None] = lookups("Objects by their ids, in the same order.")
    products: Connection[Product] | None = page(
        t.products.c.published, t.products.c.id.desc(), description="Products on offer, newest first."
    )
    sellers: Connection[Seller] | None = page(
        t.sellers.c.service == ServiceStatus.ACTIVE.value,
        t.sellers.c.name,
        t.sellers.c.id,
        description="Sellers of whom a buyer can ask for an order, by name.",
    )
    delivery_ranking: Connection[RankedSeller] | None = page(
        None,
        t.delivery_places.c.position,
        description="Sellers by the part of their promises of delivery that they kept over the last 90 days (policy), "
        "of those with at least 10 of them (policy); made once a day (DSK-5).",
    )

    lanes: Connection[Lane] | None = page(
        t.lanes.c.retired_at.is_(None),
        t.lanes.c.name,
        t.lanes.c.id,
        description="Lanes that are run, by name (DLV-1).",
        narrow=narrow_lanes,
    )

    server_time: datetime = computed(
        _same,
        reads.now,
        description="The server's time: count down against it, not against the device's clock.",
    )

    @query
    async def clock(self, info: Info) -> Clock:
        """What time it is here, and how far an operator has moved it ahead of real time."""
        return shown(info.context.kit.clock)

    @query
    async def order_link(
        self, info: Info, link: Annotated[str, strawberry.argument(description="The secret of the link.")]
    ) -> OrderLink | None:
        """What is behind an order link: for a stranger the seller's name and a hint at the account, nothing else
        (ORD-7).
        """
        found = await reading.order_of_link(info.context.kit.engine, link)
        if found is None:
            return None
        return OrderLink(
            seller_name=found.seller_name, log_in_as=orders.link_answer(found.email), order=ref(Order, found.order_id)
        )

    @query
    async def checkout_quote(
        self,
        info: Info,
        input: Annotated[CheckoutQuoteInput, strawberry.argument(description="What the quote is for.")],
    ) -> CheckoutQuote | None:
        """What products ready to ship would cost a buyer now, by which lanes they can be sent, and by when delivery is
        guaranteed if they are ordered and paid at once (DLV-2). Nothing is stored.
        """
        context = info.context
        asked = checkout.Asked(
            lines=[(key("prd", line.product_id, "lines"), line.quantity) for line in input.lines],
            destination=str(input.destination),
            lane_id=None if input.lane_id is None else key("lan", input.lane_id, "laneId"),
            store_coupon=input.store_coupon,
            coupon_id=None if input.coupon_id is None else key("cpn", input.coupon_id, "couponId"),
        )
        found = await checkout.quote(context.kit, context.signed_in(), asked)
        return quote_of(found, input.destination)

    @query
    async def amendment_effect(
        self,
        info: Info,
        order_id: Annotated[ID, strawberry.argument(description="The order's id.")],
        contract: Annotated[
            ContractInput | None,
            strawberry.argument(description="Terms to try; those of the open amendment if left out."),
        ] = None,
    ) -> AmendmentEffect | None:
        """What confirming an amendment now would do to the dispatch deadline, the flag and the sums (ORD-10); the same
        function confirms it. Both sides may ask. Null when no terms are given and no amendment waits for an answer.
        """
        context = info.context
        patch = None if contract is None else contract.patch()
        found = await reading.amendment_effect(context.kit, context.signed_in(), key("ord", order_id, "orderId"), patch)
        if found is None:
            return None
        effect, currency = found
        return AmendmentEffect(
            dispatch_due_before=effect.due_before,
            dispatch_due_after=effect.due_after,
            promised_before=effect.promised_before,
            promised_after=effect.promised_after,
            clears_overdue=effect.clears_overdue,
            total_before=money_of(Amount(effect.total_before, currency)),
            total_after=money_of(Amount(effect.total_after, currency)),
            user_errors=user_errors(effect.refusal) if effect.refusal else [],
        )
