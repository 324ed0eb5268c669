"""Claims as clients see them, and the oracle that says why one can or cannot be filed (CLM-9)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import BigInteger, Integer, Numeric, and_, cast, literal, select
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain import claimable
from app.domain.access import OPERATORS, SELLER_FINANCE, By, Viewer
from app.domain.claimable import ClaimFacts
from app.domain.claims import compensation
from app.domain.money import Money as Amount
from app.domain.money import convert
from app.domain.records import DeadlineKind, DeadlineStatus, Status
from app.domain.remedies import ClaimRejection, ClaimStatus, Guarantee, Liability
from app.reads import Node, as_enum, column, computed, count_of, never_null, one, public_id
from app.schema.coupons import Coupon
from app.schema.money import Money, money, money_of

if TYPE_CHECKING:
    from app.schema.order import Order

HOUR = timedelta(hours=1)
_USD = literal("USD")


@reads.reads(
    t.waivers,
    prefix="wvr",
    visible=reads.of_claims,
    through=("Order", t.orders.c.id == t.waivers.c.order_id),
)
class Waiver(Node):
    """An operator's word that something outside anyone's control kept a promise from being kept (CLM-8)."""

    id: ID = column(public_id("wvr", t.waivers.c.id), "The waiver's id.")
    compensate: bool | None = column(
        t.waivers.c.compensate,
        "Whether the buyer is compensated all the same, at the platform's expense.",
        to=SELLER_FINANCE,
    )
    reason: str | None = column(t.waivers.c.reason, "Why it was granted.", to=SELLER_FINANCE)
    granted_at: datetime | None = column(t.waivers.c.granted_at, "When it was granted.", to=SELLER_FINANCE)
    withdrawn_at: datetime | None = column(t.waivers.c.withdrawn_at, "When it was taken back.", to=SELLER_FINANCE)


@strawberry.type(description="The decision the rules imply for a claim on the facts of now; an operator decides.")
class ImpliedDecision:
    """The decision the rules imply for a claim on the facts of now."""

    approve: bool = strawberry.field(description="Whether they imply approval.")
    rejection: ClaimRejection | None = strawberry.field(description="Why it would be rejected instead.")
    liability: Liability | None = strawberry.field(description="Who would bear an approval.")


@dataclass(frozen=True)
class ImpliedFacts:
    """What the implied decision reads of a claim and its order."""

    guarantee: Guarantee
    due_at: datetime
    filed_at: datetime
    dispatched: datetime | None
    overdue: datetime | None
    delivered: datetime | None
    received: datetime | None
    received_by: By | None
    waivers: int
    refusals: int


def implied(facts: ImpliedFacts) -> ImpliedDecision:
    """The decision the rules imply (CLM-6, CLM-7, CLM-8)."""
    done = facts.dispatched
    if facts.guarantee is Guarantee.ON_TIME_DELIVERY:
        done = claimable.delivered_at(facts.delivered, facts.received, facts.received_by)
    decision = claimable.implied(
        facts.guarantee,
        facts.due_at,
        done,
        late=claimable.left_late(facts.dispatched, facts.overdue, facts.filed_at),
        waived=facts.waivers > 0,
        refused=facts.refusals > 0,
    )
    return ImpliedDecision(
        approve=decision.rejection is None, rejection=decision.rejection, liability=decision.liability
    )


def _of_order(column: Any) -> Any:
    return select(column).where(t.orders.c.id == t.claims.c.order_id).scalar_subquery()


def _waivers(order_id: Any, *more: Any) -> Any:
    return count_of(and_(t.waivers.c.order_id == order_id, t.waivers.c.withdrawn_at.is_(None), *more))


def _age(filed_at: datetime, decided_at: datetime | None, now: datetime) -> int:
    return ((decided_at or now) - filed_at) // HOUR


@reads.reads(
    t.claims,
    prefix="clm",
    visible=reads.of_claims,
    through=("Order", t.orders.c.id == t.claims.c.order_id),
)
class Claim(Node):
    """A buyer's claim for the compensation of a broken promise; one an order, ever (CLM-4)."""

    id: ID = column(public_id("clm", t.claims.c.id), "The claim's id.")
    guarantee: Guarantee = column(as_enum(Guarantee, t.claims.c.guarantee), "Which promise was broken.")
    status: ClaimStatus = column(as_enum(ClaimStatus, t.claims.c.status), "What became of it.")
    filed_at: datetime = column(t.claims.c.filed_at, "When it was filed.")
    due_at: datetime = column(t.claims.c.due_at, "The promise in force when it was filed: its last good second.")
    total_usd: Money = money(t.claims.c.total_usd, _USD, "The agreed total in USD.")
    rate: Decimal = column(t.claims.c.rate, "The pinned exchange rate it was converted at: USD for one unit.")
    amount: Money = money(t.claims.c.amount, _USD, "The coupon that compensates it (CLM-5).")
    text: str | None = column(t.claims.c.text, "What the buyer said.")
    decided_at: datetime | None = column(t.claims.c.decided_at, "When it was decided.")
    rejection: ClaimRejection | None = column(
        as_enum(ClaimRejection, t.claims.c.rejection), "Why it was rejected; null otherwise."
    )
    reason: str | None = column(t.claims.c.reason, "The operator's reason for the decision.")
    note: str | None = column(t.claims.c.note, "The operators' own note on the evidence.", to=OPERATORS)
    liability: Liability | None = column(
        as_enum(Liability, t.claims.c.liability), "Who bears it, fixed at approval.", to=SELLER_FINANCE
    )
    implied: ImpliedDecision | None = computed(
        implied,
        reads.record(
            ImpliedFacts,
            guarantee=as_enum(Guarantee, t.claims.c.guarantee),
            due_at=t.claims.c.due_at,
            filed_at=t.claims.c.filed_at,
            dispatched=_of_order(t.orders.c.dispatched_at),
            overdue=_of_order(t.orders.c.overdue_at),
            delivered=_of_order(t.orders.c.delivered_at),
            received=_of_order(t.orders.c.completed_at),
            received_by=as_enum(By, _of_order(t.orders.c.received_by)),
            waivers=_waivers(t.claims.c.order_id),
            refusals=_waivers(t.claims.c.order_id, t.waivers.c.compensate.is_(False)),
        ),
        description="The decision the rules imply on the facts of now.",
        to=OPERATORS,
    )
    age_hours: int = computed(
        _age,
        t.claims.c.filed_at,
        t.claims.c.decided_at,
        reads.now,
        description="For how many whole hours it was under review, or is.",
    )
    coupon: Coupon | None = one(
        t.coupons.c.id == t.claims.c.coupon_id, description="The coupon that was issued; its owner's alone to see."
    )
    order: Annotated["Order", strawberry.lazy("app.schema.order")] | None = one(
        t.orders.c.id == t.claims.c.order_id, description="The order whose promise was broken."
    )


def narrow_claims(
    guarantee: Annotated[Guarantee | None, strawberry.argument(description="Only those about this promise.")] = None,
    filed_before: Annotated[
        datetime | None, strawberry.argument(description="Only those filed before this instant.")
    ] = None,
) -> list[Any]:
    """Which claims a queue shows."""
    conditions: list[Any] = []
    if guarantee is not None:
        conditions.append(t.claims.c.guarantee == guarantee.value)
    if filed_before is not None:
        conditions.append(t.claims.c.filed_at < filed_before)
    return conditions


@strawberry.type(description="One condition of a claim, met or not, with the fact it rests on.")
class ClaimCondition:
    """One condition of a claim."""

    code: str = strawberry.field(
        description="DISPATCH_GUARANTEED, DISPATCH_OVERDUE, DELIVERY_GUARANTEED, DELIVERY_OVERDUE, WINDOW_OPEN, "
        "ORDER_OPEN, NO_CLAIM_YET or NOT_WAIVED."
    )
    met: bool = strawberry.field(description="Whether it is met now.")
    fact: str | None = strawberry.field(description="The fact it rests on, an instant or a status; null: none.")


@strawberry.type(description="Whether one promise of an order can be claimed now, and why or why not.")
class PromiseCheck:
    """Whether one promise of an order can be claimed now."""

    guarantee: Guarantee = strawberry.field(description="Which promise.")
    claimable: bool = strawberry.field(description="Whether every condition is met: filing succeeds exactly then.")
    conditions: list[ClaimCondition] = strawberry.field(description="Each condition.")
    bearer: Liability | None = strawberry.field(
        description="Who would bear it; null for those whom it does not concern."
    )


@strawberry.type(description="Why a claim can or cannot be filed now, what it would bring, and when that changes.")
class ClaimCheck:
    """Why a claim can or cannot be filed now."""

    claimable: bool = strawberry.field(description="Whether any promise can be claimed now.")
    promises: list[PromiseCheck] = strawberry.field(description="Each promise with its conditions.")
    total: Money = strawberry.field(description="The agreed total.")
    rate: Decimal | None = strawberry.field(description="USD for one unit of its currency, pinned; null until agreed.")
    total_usd: Money | None = strawberry.field(description="The total in USD, half-up to the cent; null until agreed.")
    percentage: Decimal | None = strawberry.field(description="The part of it that compensates, such as 0.10.")
    cap: Money | None = strawberry.field(description="The most that compensates.")
    amount: Money | None = strawberry.field(
        description="The coupon: the part of the total rounded up to a whole dollar, at most the cap (CLM-5)."
    )
    changes_at: datetime | None = strawberry.field(
        description="The instant at which time alone will change what can be claimed; null: it will not."
    )


@dataclass(frozen=True)
class ClockFact:
    """The dispatch clock in force."""

    due_at: datetime


@dataclass(frozen=True)
class TermsFact:
    """What the pinned policy says of claims."""

    zone: str
    window_days: int
    rate: Decimal
    cap: int


@dataclass(frozen=True)
class CheckFacts:
    """What the oracle reads of an order, as the read statement brings it."""

    status: Status
    currency: str
    total: int
    usd_rate: Decimal | None
    dispatch_guaranteed: bool
    delivery_guaranteed: bool
    dispatched: datetime | None
    promised: datetime | None
    delivered: datetime | None
    received: datetime | None
    received_by: By | None
    claims: int
    waivers: int
    refusals: int
    dispatch: ClockFact | None
    auto_receipt: ClockFact | None
    terms: TermsFact | None


def oracle_facts(facts: CheckFacts, now: datetime) -> ClaimFacts:
    """The facts as of now: what has run out is settled, whether or not a sweep has come by."""
    read = ClaimFacts(
        status=facts.status,
        dispatch_guaranteed=facts.dispatch_guaranteed,
        delivery_guaranteed=facts.delivery_guaranteed,
        dispatch_due=None if facts.dispatch is None else facts.dispatch.due_at,
        dispatched=facts.dispatched,
        promised=facts.promised,
        delivered=claimable.delivered_at(facts.delivered, facts.received, facts.received_by),
        received=facts.received,
        claimed=facts.claims > 0,
        waived=facts.refusals > 0,
        zone="UTC" if facts.terms is None else facts.terms.zone,
        window_days=0 if facts.terms is None else facts.terms.window_days,
        auto_receipt=None if facts.auto_receipt is None else facts.auto_receipt.due_at,
    )
    return claimable.settled(read, now)


def claim_check(facts: CheckFacts, viewer: Viewer | None, now: datetime) -> ClaimCheck:
    """The oracle's answer (CLM-9): filing judges by the same function."""
    read = oracle_facts(facts, now)
    bears = viewer is not None and viewer.role in SELLER_FINANCE
    late = read.dispatched is None or claimable.missed(read.dispatch_due, read.dispatched, now)
    promises = [
        PromiseCheck(
            guarantee=verdict.guarantee,
            claimable=verdict.open,
            conditions=[ClaimCondition(code=c.code, met=c.met, fact=c.fact) for c in verdict.conditions],
            bearer=claimable.liability_of(verdict.guarantee, late=late, waived=facts.waivers > 0) if bears else None,
        )
        for verdict in claimable.verdicts(read, now)
    ]
    usd = None if facts.usd_rate is None else convert(facts.total, facts.currency, "USD", facts.usd_rate)
    terms = facts.terms
    worth = None if usd is None or terms is None else compensation(usd, terms.rate, terms.cap)
    return ClaimCheck(
        claimable=any(promise.claimable for promise in promises),
        promises=promises,
        total=money_of(Amount(facts.total, facts.currency)),
        rate=facts.usd_rate,
        total_usd=None if usd is None else money_of(Amount(usd, "USD")),
        percentage=None if terms is None else terms.rate,
        cap=None if terms is None else money_of(Amount(terms.cap, "USD")),
        amount=None if worth is None else money_of(Amount(worth, "USD")),
        changes_at=claimable.changes_at(read, now),
    )


def _clock(kind: DeadlineKind, *statuses: DeadlineStatus) -> Any:
    d = t.deadlines.c
    on = and_(d.order_id == t.orders.c.id, d.kind == kind.value, d.status.in_([status.value for status in statuses]))
    return reads.row(ClockFact, on, d.id, due_at=d.due_at)


_TERMS = t.policies.c.document
CHECK = reads.record(
    CheckFacts,
    status=as_enum(Status, t.orders.c.status),
    currency=t.orders.c.currency,
    total=t.orders.c.total,
    usd_rate=t.orders.c.usd_rate,
    dispatch_guaranteed=t.orders.c.dispatch_guaranteed,
    delivery_guaranteed=t.orders.c.delivery_guaranteed,
    dispatched=t.orders.c.dispatched_at,
    promised=t.orders.c.promised_at,
    delivered=t.orders.c.delivered_at,
    received=t.orders.c.completed_at,
    received_by=as_enum(By, t.orders.c.received_by),
    claims=count_of(t.claims.c.order_id == t.orders.c.id),
    waivers=_waivers(t.orders.c.id),
    refusals=_waivers(t.orders.c.id, t.waivers.c.compensate.is_(False)),
    dispatch=_clock(DeadlineKind.DISPATCH, DeadlineStatus.RUNNING, DeadlineStatus.LAPSED, DeadlineStatus.MET),
    auto_receipt=_clock(DeadlineKind.AUTO_RECEIPT, DeadlineStatus.RUNNING),
    terms=reads.row(
        TermsFact,
        t.policies.c.id == t.orders.c.policy_id,
        zone=never_null(t.policies.c.document["zone"].astext),
        window_days=cast(_TERMS["claim_window_days"].astext, Integer),
        rate=cast(_TERMS["claim_rate"].astext, Numeric(30, 10)),
        cap=cast(_TERMS["claim_cap_usd"].astext, BigInteger),
    ),
)
