"""Buyers, sellers and their members as clients see them."""

from datetime import datetime

from sqlalchemy import ColumnElement, Integer, and_, cast, func, literal, select
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain.access import SELLER_FINANCE, SELLER_SIDE, Role
from app.domain.ledger import AccountKind
from app.domain.policy import WithdrawalRoute
from app.domain.records import Membership, ServiceStatus
from app.domain.sellers import ApplicationStatus
from app.reads import Connection, Node, as_enum, column, computed, many, one, page, public_id, sum_of
from app.schema import enrolment as upgrade
from app.schema import punctuality
from app.schema.attachments import Attachment
from app.schema.enrolment import CampaignEligibility, Enrolment, LaneCoverage, StarRating
from app.schema.exposure import BUNDLES, LiabilityExposure, liability_exposure
from app.schema.freight import FreightTemplate
from app.schema.money import Money, money
from app.schema.order_lists import CEILING
from app.schema.postings import ORDER, Posting
from app.schema.products import Product
from app.schema.punctuality import DeskCount, DispatchContribution, OnTimeRate
from app.schema.scalars import CountryCode, CurrencyCode, Email, said
from app.schema.statement import SORTS, StatementDay, StatementLine, finance_only, narrow_days, narrow_statement

own_seller = reads.seller_only(t.sellers.c.id)


@reads.reads(t.accounts, prefix="buy", through=("Order", t.orders.c.buyer_id == t.accounts.c.id))
class Buyer(Node):
    """The buyer of an order."""

    id: ID = column(public_id("buy", t.accounts.c.id), "The buyer's id.")
    name: str = column(t.accounts.c.name, "The buyer's name.")
    country: CountryCode = column(said(CountryCode, t.accounts.c.country), "Where the buyer is registered.")


@reads.reads(t.members, prefix="mem", visible=reads.seller_only(t.members.c.seller_id))
class Member(Node):
    """A member of a seller."""

    id: ID = column(public_id("mem", t.members.c.id), "The member's id.")
    name: str | None = column(
        select(t.accounts.c.name).where(t.accounts.c.id == t.members.c.account_id).scalar_subquery(),
        "The member's name.",
    )
    role: Role = column(as_enum(Role, t.members.c.role), "The member's role.")
    active: bool = column(t.members.c.removed_at.is_(None), "Whether they are still a member.")


@reads.reads(t.handovers, prefix="hnd", visible=reads.seller_only(t.handovers.c.seller_id))
class Handover(Node):
    """The orders of a removed member on their way to a colleague (DSK-3)."""

    id: ID = column(public_id("hnd", t.handovers.c.id), "The handover's id.")
    member: Member | None = one(t.members.c.account_id == t.handovers.c.from_id, description="Whose orders they were.")
    successor: Member | None = one(
        t.members.c.account_id == t.handovers.c.to_id, description="The colleague who takes them over."
    )
    began_at: datetime = column(t.handovers.c.began_at, "When the member was removed.")
    finished_at: datetime | None = column(
        t.handovers.c.finished_at, "When the last order was the colleague's; null while some are on their way."
    )


@reads.reads(t.applications, prefix="apl", visible=finance_only(t.applications.c.seller_id))
class Application(Node):
    """An application for the trade-assurance service."""

    id: ID = column(public_id("apl", t.applications.c.id), "The application's id.")
    status: ApplicationStatus = column(as_enum(ApplicationStatus, t.applications.c.status), "What became of it.")
    registered_name: str = column(t.applications.c.registered_name, "The name the enterprise is registered under.")
    registration_number: str = column(t.applications.c.registration_number, "Its registration number.")
    country: CountryCode = column(said(CountryCode, t.applications.c.country), "Where it is registered.")
    address: str = column(t.applications.c.address, "Its registered address.")
    legal_representative: str = column(t.applications.c.legal_representative, "Who represents it.")
    submitted_at: datetime = column(t.applications.c.submitted_at, "When the application was made.")
    decided_at: datetime | None = column(t.applications.c.decided_at, "When it was decided.")
    reason: str | None = column(t.applications.c.reason, "The operator's reason.")
    documents: list[Attachment] = many(
        t.attachments.c.about == t.applications.c.id, t.attachments.c.id, description="The documents sent with it."
    )
    seller: "Seller | None" = one(t.sellers.c.id == t.applications.c.seller_id, description="Who applies.")


@reads.reads(t.balances, visible=finance_only(t.balances.c.owner_id))
class Balance:
    """What a seller may withdraw in one currency."""

    currency: CurrencyCode = column(said(CurrencyCode, t.balances.c.currency), "The currency.")
    amount: Money = money(t.balances.c.amount, t.balances.c.currency, "What may be withdrawn.")


@reads.reads(t.balances, visible=finance_only(t.balances.c.owner_id))
class Owed:
    """What a seller owes the platform in one currency."""

    currency: CurrencyCode = column(said(CurrencyCode, t.balances.c.currency), "The currency.")
    amount: Money = money(-t.balances.c.amount, t.balances.c.currency, "What is owed.")


@reads.reads(t.withdrawals, prefix="wdr", visible=finance_only(t.withdrawals.c.seller_id))
class Withdrawal(Node):
    """Money that left a seller's balance for their bank."""

    id: ID = column(public_id("wdr", t.withdrawals.c.id), "The withdrawal's id.")
    amount: Money = money(t.withdrawals.c.amount, t.withdrawals.c.currency, "What was withdrawn.")
    route: WithdrawalRoute = column(as_enum(WithdrawalRoute, t.withdrawals.c.route), "To whose account.")
    at: datetime = column(t.withdrawals.c.at, "When.")


def _occupied() -> ColumnElement[int]:
    """What of the seller's quota is occupied; cheap by an index that holds only orders that occupy some."""
    return (
        select(func.coalesce(func.sum(t.orders.c.quota_occupied), 0))
        .where(t.orders.c.seller_id == t.sellers.c.id, t.orders.c.quota_occupied > 0)
        .scalar_subquery()
    )


@reads.reads(t.sellers, prefix="sel", visible=reads.public)
class Seller(Node):
    """A supplier company."""

    id: ID = column(public_id("sel", t.sellers.c.id), "The seller's id.")
    name: str = column(t.sellers.c.name, "The seller's name.")
    country: CountryCode = column(said(CountryCode, t.sellers.c.country), "Where the seller is.")
    service: ServiceStatus = column(
        as_enum(ServiceStatus, t.sellers.c.service), "Whether the seller may make assured orders."
    )
    enrolled: bool = column(upgrade.ENROLLED, "Whether new orders of this seller promise on-time dispatch (ENR-1).")
    membership: Membership | None = column(
        as_enum(Membership, t.sellers.c.membership),
        "What kind of member the seller is.",
        to=SELLER_SIDE,
        only=own_seller,
    )
    quota_limit: Money | None = money(
        t.sellers.c.quota_limit,
        literal("USD"),
        "The limit of the guarantee quota (SVC-2).",
        to=SELLER_FINANCE,
        only=own_seller,
    )
    quota_occupied: Money | None = money(
        _occupied(), literal("USD"), "What orders occupy of it.", to=SELLER_FINANCE, only=own_seller
    )
    quota_available: Money | None = money(
        func.greatest(t.sellers.c.quota_limit - _occupied(), 0),
        literal("USD"),
        "What is free of it.",
        to=SELLER_FINANCE,
        only=own_seller,
    )
    sales_see_all: bool | None = column(
        t.sellers.c.sales_see_all,
        "Whether sales see all orders, or those assigned to them.",
        to=SELLER_SIDE,
        only=own_seller,
    )
    products: Connection[Product] = page(
        t.products.c.seller_id == t.sellers.c.id,
        t.products.c.id.desc(),
        description="What the seller sells, newest first; for others what is on offer.",
    )
    enrolment: Enrolment | None = reads.same_row(
        "Joining and leaving the on-time dispatch guarantee, and their dates (ENR-2).", to=SELLER_SIDE, only=own_seller
    )
    penalty_points: int | None = column(
        cast(
            sum_of(
                t.orders.c.penalty_points,
                and_(t.orders.c.seller_id == t.sellers.c.id, t.orders.c.penalty_points > 0),
            ),
            Integer,
        ),
        "What overdue orders cost outside the on-time dispatch guarantee, but for those waived (ENR-3).",
        to=SELLER_FINANCE,
        only=own_seller,
    )
    liability_exposure: LiabilityExposure | None = computed(
        liability_exposure,
        BUNDLES,
        upgrade.POLICY,
        reads.now,
        description="What the seller may still have to pay for: coupons at their expense that nobody has used yet, by "
        "the day on which they end.",
        to=SELLER_FINANCE,
        only=own_seller,
    )
    star_rating: StarRating | None = computed(
        upgrade.star_rating,
        upgrade.ENROLLED,
        upgrade.READY,
        upgrade.SMALL_FAST,
        description="Whether the seller's stars are evaluated, and how far each goal is (ENR-4).",
        to=SELLER_SIDE,
        only=own_seller,
    )
    lane_coverage: list[LaneCoverage] | None = computed(
        upgrade.lane_coverage,
        upgrade.POLICY,
        upgrade.COVERED,
        description="The core countries, and to which of them a lane of the seller's is guaranteed (ENR-5).",
        to=SELLER_SIDE,
        only=own_seller,
    )
    campaign_eligibility: CampaignEligibility | None = computed(
        upgrade.campaign_eligibility,
        upgrade.POLICY,
        upgrade.SERVICE,
        upgrade.ENROLLED,
        upgrade.REJOIN_ALLOWED_AT,
        reads.now,
        description="Whether the seller can enter the campaign that runs or comes next, and why not (ENR-6).",
        to=SELLER_SIDE,
        only=own_seller,
    )
    on_time_dispatch_rate: OnTimeRate | None = computed(
        punctuality.on_time_dispatch_rate,
        punctuality.DISPATCHES,
        punctuality.WINDOWS,
        reads.now,
        description="Which part of the orders whose dispatch deadline fell in the last 30 days (policy) was dispatched "
        "in full by it; amended deadlines count as amended (DSK-4).",
        to=SELLER_SIDE,
        only=own_seller,
    )
    on_time_dispatch_orders: Connection[DispatchContribution] | None = page(
        and_(t.orders.c.seller_id == t.sellers.c.id, punctuality.CONTRIBUTING),
        *punctuality.LATEST_FIRST,
        description="The orders whose dispatch deadline fell in the days of the rate, latest deadline first: those "
        "that count, and those that are left out and why; of those that the viewer sees (DSK-4).",
        to=SELLER_SIDE,
        only=own_seller,
    )
    on_time_delivery_rate: OnTimeRate | None = computed(
        punctuality.on_time_delivery_rate,
        punctuality.DELIVERIES,
        punctuality.WINDOWS,
        reads.now,
        description="Which part of the promises of delivery that fell due in the last 90 days (policy) was kept "
        "(DSK-5).",
        to=SELLER_SIDE,
        only=own_seller,
    )
    desk_counts: list[DeskCount] | None = reads.tallies(
        "Order",
        t.orders.c.seller_id == t.sellers.c.id,
        punctuality.FIGURES,
        *punctuality.BY_DEADLINE,
        orders=punctuality.BY_CREATION,
        ceiling=CEILING,
        description="How many orders are overdue, fall due soon, or have a claim under review, of those that the "
        "viewer sees (DSK-4).",
        to=SELLER_SIDE,
        only=own_seller,
    )
    members: list[Member] = many(
        t.members.c.seller_id == t.sellers.c.id,
        t.members.c.id,
        description="The seller's people; empty for other companies.",
    )
    handovers: Connection[Handover] | None = page(
        t.handovers.c.seller_id == t.sellers.c.id,
        t.handovers.c.id.desc(),
        description="Members who were removed, newest first, and whether their orders are all handed over (DSK-3); "
        "null for whom it is hidden.",
        to=SELLER_SIDE,
    )
    applications: list[Application] | None = many(
        t.applications.c.seller_id == t.sellers.c.id,
        t.applications.c.submitted_at.desc(),
        t.applications.c.id,
        description="The seller's applications for the service, newest first; null for whom it is hidden.",
        to=SELLER_FINANCE,
    )
    freight_templates: list[FreightTemplate] = many(
        t.templates.c.seller_id == t.sellers.c.id,
        t.templates.c.name,
        t.templates.c.id,
        description="The seller's freight templates; empty for other companies.",
    )
    balances: list[Balance] | None = many(
        and_(t.balances.c.owner_id == t.sellers.c.id, t.balances.c.account == AccountKind.SELLER.value),
        t.balances.c.currency,
        description="What may be withdrawn, a currency each; null for whom it is hidden.",
        to=SELLER_FINANCE,
    )
    owed: list[Owed] | None = many(
        and_(
            t.balances.c.owner_id == t.sellers.c.id,
            t.balances.c.account == AccountKind.RECEIVABLE.value,
            t.balances.c.amount < 0,
        ),
        t.balances.c.currency,
        description="What the seller owes the platform and was not collected yet, a currency each (COU-4); null for "
        "whom it is hidden.",
        to=SELLER_FINANCE,
        only=own_seller,
    )
    statement: Connection[StatementLine] | None = page(
        t.statement_lines.c.seller_id == t.sellers.c.id,
        sorts=SORTS,
        narrow=narrow_statement,
        description="Every move of the seller's accounts, newest first within a currency unless told otherwise; null "
        "for whom it is hidden.",
        to=SELLER_FINANCE,
    )
    statement_days: Connection[StatementDay] | None = page(
        t.statement_lines.c.seller_id == t.sellers.c.id,
        sorts=SORTS,
        narrow=narrow_days,
        description="The same by the days of the platform's calendar, in one currency; null for whom it is hidden.",
        to=SELLER_FINANCE,
    )
    postings: Connection[Posting] | None = page(
        and_(t.postings.c.seller_id == t.sellers.c.id, t.postings.c.order_id.is_(None)),
        *ORDER,
        description="What is to be booked beside the orders, oldest first: withdrawals, and what was collected for "
        "them; null for whom it is hidden. New rows come after every cursor, with an event of the seller.",
        to=SELLER_FINANCE,
    )
    withdrawals: Connection[Withdrawal] | None = page(
        t.withdrawals.c.seller_id == t.sellers.c.id,
        t.withdrawals.c.id.desc(),
        description="The seller's withdrawals, newest first; null for whom it is hidden.",
        to=SELLER_FINANCE,
    )


@reads.reads(t.accounts, prefix="acc", visible=reads.account_only(t.accounts.c.id))
class Account(Node):
    """An account of the platform; its owner and operators see it."""

    id: ID = column(public_id("acc", t.accounts.c.id), "The account's id.")
    name: str = column(t.accounts.c.name, "The name.")
    email: Email = column(said(Email, t.accounts.c.email), "The e-mail.")
    email_verified: bool = column(t.accounts.c.email_verified, "Whether the identity provider has verified the e-mail.")
    country: CountryCode = column(said(CountryCode, t.accounts.c.country), "Where the account is registered.")
