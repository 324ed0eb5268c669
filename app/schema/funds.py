"""The money of an order as clients see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum, unique
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import and_, case, literal
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain.access import SELLER_FINANCE, SELLER_SIDE
from app.domain.fees import methods_on_offer
from app.domain.funds import OPEN
from app.domain.money import Money as Amount
from app.domain.money import convert, times
from app.domain.policy import PaymentMethod, Policy, policy_from
from app.domain.records import DeadlineKind, DeadlineStatus, InstalmentKind, Status
from app.reads import Node, as_enum, column, computed, many, never_null, public_id
from app.schema.enums import described
from app.schema.money import Money, money, money_of
from app.schema.scalars import CurrencyCode, said


@unique
class FundsStatus(StrEnum):
    """How much of an order's money is where."""

    UNPAID = "UNPAID"
    PARTIALLY_RECEIVED = "PARTIALLY_RECEIVED"
    FULLY_RECEIVED = "FULLY_RECEIVED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"


described(
    FundsStatus,
    "FundsStatus",
    "How much of an order's money is where.",
    """
    UNPAID: Nothing has counted yet.
    PARTIALLY_RECEIVED: Some of it has counted.
    FULLY_RECEIVED: All of it has counted.
    PARTIALLY_REFUNDED: Some of it went back.
    REFUNDED: All of it went back.
    """,
)


@reads.reads(t.instalments, prefix="ins", through=("Order", t.orders.c.id == t.instalments.c.order_id))
class Instalment(Node):
    """A part of the agreed total that is paid at once."""

    id: ID = column(public_id("ins", t.instalments.c.id), "The instalment's id.")
    position: int = column(t.instalments.c.position + 1, "Which instalment, from 1.")
    kind: InstalmentKind = column(as_enum(InstalmentKind, t.instalments.c.kind), "Which part of the total.")
    amount: Money = money(t.instalments.c.amount, t.instalments.c.currency, "What it is.")
    coupon_offset: Money = money(t.instalments.c.coupon, t.instalments.c.currency, "What a platform coupon pays of it.")
    payable: Money = money(
        t.instalments.c.amount - t.instalments.c.coupon, t.instalments.c.currency, "What the buyer pays of it."
    )
    received: Money = money(
        t.instalments.c.received, t.instalments.c.currency, "What has counted for it of the buyer's."
    )
    missing: Money = money(
        t.instalments.c.amount - t.instalments.c.coupon - t.instalments.c.received,
        t.instalments.c.currency,
        "What the buyer has not paid of it yet.",
    )
    completed_at: datetime | None = column(t.instalments.c.completed_at, "When it was complete.")


@reads.reads(t.collection_accounts, through=("Order", t.orders.c.id == t.collection_accounts.c.order_id))
class CollectionAccount:
    """A bank account that receives transfers for this order only."""

    bank: str = column(t.collection_accounts.c.bank, "The bank.")
    holder: str = column(t.collection_accounts.c.holder, "In whose name it is.")
    number: str = column(t.collection_accounts.c.number, "The account number.")
    bic: str = column(t.collection_accounts.c.bic, "The bank's BIC.")
    currency: CurrencyCode = column(said(CurrencyCode, t.collection_accounts.c.currency), "Its currency.")


@reads.reads(t.payments, prefix="pay", through=("Order", t.orders.c.id == t.payments.c.order_id))
class Payment(Node):
    """A payment the buyer started: what to pay to whom under which reference. It moves no money."""

    id: ID = column(public_id("pay", t.payments.c.id), "The payment's id.")
    instalment: int = column(t.payments.c.instalment + 1, "For which instalment, from 1.")
    method: PaymentMethod = column(as_enum(PaymentMethod, t.payments.c.method), "How it is paid.")
    provider: str = column(t.payments.c.provider, "Through whom.")
    reference: str = column(t.payments.c.reference, "The reference that the provider is given.")
    amount: Money = money(t.payments.c.amount, t.payments.c.currency, "The exact amount.")
    payment_fee: Money = money(t.payments.c.payment_fee, t.payments.c.currency, "The buyer's fee on top of it.")
    started_at: datetime = column(t.payments.c.started_at, "When it was started.")
    expires_at: datetime = column(t.payments.c.expires_at, "Until when it can be paid.")


def _funds_status() -> Any:
    o = t.orders.c
    return never_null(
        case(
            (and_(o.refunded > 0, o.refunded >= o.received), literal("REFUNDED")),
            (o.coupon_returned > 0, literal("REFUNDED")),
            (o.refunded > 0, literal("PARTIALLY_REFUNDED")),
            (and_(o.received == 0, o.coupon_posted == 0), literal("UNPAID")),
            (o.received + o.coupon < o.total, literal("PARTIALLY_RECEIVED")),
            else_=literal("FULLY_RECEIVED"),
        )
    )


@strawberry.type(description="A payment method on offer.")
class MethodOnOffer:
    """A payment method on offer."""

    method: PaymentMethod = strawberry.field(description="The method.")
    payment_fee: Money = strawberry.field(description="What the buyer pays on top of the amount.")


@strawberry.type(description="What the buyer is to pay next, and how.")
class NextPayment:
    """What the buyer is to pay next, and how."""

    instalment: int = strawberry.field(description="Which instalment, from 1.")
    amount: Money = strawberry.field(description="What is missing of it.")
    methods: list[MethodOnOffer] = strawberry.field(description="The methods on offer for this amount.")
    until: datetime | None = strawberry.field(description="Until when it must be paid; null: no deadline.")


@dataclass(frozen=True)
class InstalmentFact:
    """What the next payment reads of an instalment."""

    position: int
    payable: int
    received: int


@dataclass(frozen=True)
class PolicyFact:
    """The policy pinned to the order."""

    id: UUID
    document: Mapping[str, Any]


@dataclass(frozen=True)
class BuyerFact:
    """Where the buyer is registered."""

    country: str


@dataclass(frozen=True)
class DiscountUntil:
    """Until when the first instalment of a discounted order must be complete (ORD-11)."""

    due_at: datetime


@dataclass(frozen=True)
class PaymentFacts:
    """What the next payment is computed from."""

    status: Status
    currency: str
    usd_rate: Decimal | None
    confirmed_at: datetime | None
    instalments: list[InstalmentFact]
    policy: PolicyFact | None
    buyer: BuyerFact | None
    discount_until: DiscountUntil | None


_policies: dict[UUID, Policy] = {}


def pinned_policy(fact: PolicyFact, at: datetime) -> Policy:
    """The policy agreed at an instant; a version never changes, so each is read once."""
    known = _policies.get(fact.id)
    if known is None:
        known = _policies[fact.id] = policy_from(fact.id, at, fact.document)
    return known


def next_payment(facts: PaymentFacts) -> NextPayment | None:
    """The first instalment that is not complete, with the methods on offer for it (PAY-1, PAY-2)."""
    due = next((row for row in facts.instalments if row.received < row.payable), None)
    pinned = facts.policy is not None and facts.usd_rate is not None and facts.confirmed_at is not None
    if due is None or facts.status not in OPEN or not pinned:
        return None
    assert facts.policy is not None and facts.usd_rate is not None and facts.confirmed_at is not None
    missing = due.payable - due.received
    usd = convert(missing, facts.currency, "USD", facts.usd_rate)
    country = facts.buyer.country if facts.buyer else ""
    offered = methods_on_offer(pinned_policy(facts.policy, facts.confirmed_at), facts.currency, country, usd)
    return NextPayment(
        instalment=due.position + 1,
        amount=money_of(Amount(missing, facts.currency)),
        methods=[
            MethodOnOffer(
                method=rule.method, payment_fee=money_of(Amount(times(missing, rule.fee_rate), facts.currency))
            )
            for rule in offered
        ],
        until=None if facts.discount_until is None else facts.discount_until.due_at,
    )


@reads.reads(t.orders, part=True)
class FundsCard:
    """The money of an order (PAY-1)."""

    agreed_total: Money = money(t.orders.c.total, t.orders.c.currency, "What was agreed.")
    coupon_offset: Money = money(
        t.orders.c.coupon, t.orders.c.currency, "What a platform coupon pays of it; it does not lower the agreed total."
    )
    coupon_posted: Money = money(
        t.orders.c.coupon_posted, t.orders.c.currency, "What of the coupon's offset the platform has paid."
    )
    buyer_payable: Money = money(
        t.orders.c.total - t.orders.c.coupon, t.orders.c.currency, "What the buyer pays: the total less the coupon."
    )
    status: FundsStatus = column(as_enum(FundsStatus, _funds_status()), "How much has come in or gone back.")
    received: Money = money(t.orders.c.received, t.orders.c.currency, "What has counted so far.")
    missing: Money = money(
        t.orders.c.total - t.orders.c.coupon - t.orders.c.received,
        t.orders.c.currency,
        "What the buyer has not paid yet.",
    )
    refunded: Money = money(t.orders.c.refunded, t.orders.c.currency, "What went back.")
    released: Money | None = money(
        t.orders.c.released, t.orders.c.currency, "What was released to the seller.", to=SELLER_FINANCE
    )
    estimated_fee: Money | None = money(
        t.orders.c.fee,
        t.orders.c.currency,
        "The transaction fee: estimated until confirmation, then agreed; null until it can be said.",
        to=SELLER_SIDE,
    )
    fee_charged: Money | None = money(
        t.orders.c.fee_charged, t.orders.c.currency, "What of the fee was charged.", to=SELLER_SIDE
    )
    fee_rate: Decimal | None = column(t.orders.c.fee_rate, "The fee's rate after promotion.", to=SELLER_FINANCE)
    fee_cap: Money | None = money(
        t.orders.c.fee_cap, t.orders.c.currency, "The most that the fee can be.", to=SELLER_FINANCE
    )
    instalments: list[Instalment] = many(
        t.instalments.c.order_id == t.orders.c.id, t.instalments.c.position, description="The payment schedule."
    )
    collection_accounts: list[CollectionAccount] = many(
        t.collection_accounts.c.order_id == t.orders.c.id,
        t.collection_accounts.c.bank,
        t.collection_accounts.c.id,
        description="Where transfers for this order go.",
    )
    next_payment: NextPayment | None = computed(
        next_payment,
        reads.record(
            PaymentFacts,
            status=as_enum(Status, t.orders.c.status),
            currency=t.orders.c.currency,
            usd_rate=t.orders.c.usd_rate,
            confirmed_at=t.orders.c.confirmed_at,
            instalments=reads.rows(
                InstalmentFact,
                t.instalments.c.order_id == t.orders.c.id,
                t.instalments.c.position,
                position=t.instalments.c.position,
                payable=t.instalments.c.amount - t.instalments.c.coupon,
                received=t.instalments.c.received,
            ),
            policy=reads.row(
                PolicyFact,
                t.policies.c.id == t.orders.c.policy_id,
                id=t.policies.c.id,
                document=t.policies.c.document,
            ),
            buyer=reads.row(BuyerFact, t.accounts.c.id == t.orders.c.buyer_id, country=t.accounts.c.country),
            discount_until=reads.row(
                DiscountUntil,
                and_(
                    t.deadlines.c.order_id == t.orders.c.id,
                    t.deadlines.c.kind == DeadlineKind.UNPAID_DISCOUNT.value,
                    t.deadlines.c.status == DeadlineStatus.RUNNING.value,
                ),
                due_at=t.deadlines.c.due_at,
            ),
        ),
        description="What the buyer is to pay next, and how; null when nothing is.",
    )
