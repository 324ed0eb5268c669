"""What would become of an order, as clients ask for it and see it."""

from datetime import datetime
from decimal import Decimal

import strawberry
from strawberry import ID

from app.domain import claims, explanations, forecast
from app.domain.access import SELLER_FINANCE, SELLER_SIDE, Viewer
from app.domain.deadlines import in_force
from app.domain.errors import ErrorCode, Refusal
from app.domain.freight import DeliveryCondition
from app.domain.money import Money as Amount
from app.domain.money import minor_units
from app.domain.policy import Policy
from app.domain.records import Deadline, DeadlineKind, DeadlineStatus, Order, Status
from app.domain.remedies import ClaimStatus, Guarantee, Liability
from app.domain.simulation import ActKind, Planned, Stood
from app.domain.trade import Trade
from app.schema.claims import CheckFacts, ClaimCheck, ClockFact, TermsFact, claim_check
from app.schema.contract_inputs import ContractInput
from app.schema.enums import described
from app.schema.explanations import Explanation
from app.schema.explanations import shown as shown_explanations
from app.schema.facts import Fact, UserError, facts_of, user_errors
from app.schema.forecast import ScheduledTransition, transitions
from app.schema.inputs import ORDER
from app.schema.money import Money, MoneyInput, money_of

described(
    ActKind,
    "SimulatedActKind",
    "What is supposed to happen to an order.",
    """
    SUBMITTED: Whoever has written it offers it to the other side, and acknowledges what must be.
    CONFIRMED: The buyer agrees, with the coupon if one is named.
    PAID: Money comes online: the amount named, or what is due next.
    DISPATCHED: The seller dispatches all that is left.
    DELIVERED: Carriers say that all that was sent has arrived.
    RECEIVED: The buyer confirms the receipt.
    CLAIM_FILED: The buyer files a claim.
    NOTHING: Nobody does anything; only time passes.
    """,
)


@strawberry.input(description="Something that is supposed to happen at an instant.")
class SimulatedActInput:
    """Something that is supposed to happen at an instant."""

    act: ActKind = strawberry.field(description="What happens.")
    at: datetime = strawberry.field(
        description="When: not before now or the act before it, and within five years. It is judged as if it came then."
    )
    amount: MoneyInput | None = strawberry.field(
        default=None, description="For PAID: how much comes; what is due next if left out."
    )
    guarantee: Guarantee | None = strawberry.field(
        default=None, description="For CLAIM_FILED: which promise; the first that can be claimed if left out."
    )


@strawberry.input(description="What is supposed of an order. Nothing of it is stored.")
class SimulateOrderInput:
    """What is supposed of an order."""

    order_id: ID = strawberry.field(description=ORDER)
    contract: ContractInput | None = strawberry.field(
        default=None,
        description="Other terms from now on: written on a draft, offered anew, or agreed as an amendment.",
    )
    coupon_id: ID | None = strawberry.field(
        default=None, description="The buyer's platform coupon that is applied when the order is agreed."
    )
    acts: list[SimulatedActInput] = strawberry.field(
        default_factory=list, description="What happens one after another, at most 20 acts."
    )


@strawberry.type(description="A deadline in a simulation, with its arithmetic.")
class SimulatedDeadline:
    """A deadline in a simulation."""

    kind: DeadlineKind = strawberry.field(description="What it is for.")
    due_at: datetime = strawberry.field(description="The last good second: in time is before `dueAt` + 1 s.")
    status: DeadlineStatus = strawberry.field(description="What has become of it by then.")
    rule: str = strawberry.field(description="The rule it was computed by.")
    inputs: list[Fact] = strawberry.field(description="What it was computed from.")


@strawberry.type(description="How an order would stand after a simulated act.")
class SimulatedStep:
    """How an order would stand after a simulated act."""

    act: ActKind | None = strawberry.field(description="The act; null for how it stands at first, with other terms.")
    at: datetime = strawberry.field(description="When.")
    user_errors: list[UserError] = strawberry.field(
        description="Why the act would be refused; the order then stands as time alone has left it."
    )
    status: Status = strawberry.field(description="Where it stands.")
    agreed_total: Money = strawberry.field(description="The agreed total.")
    coupon_offset: Money = strawberry.field(description="What a platform coupon pays of it.")
    buyer_payable: Money = strawberry.field(description="What the buyer pays.")
    received: Money = strawberry.field(description="What has counted.")
    refunded: Money = strawberry.field(description="What went back.")
    fee: Money | None = strawberry.field(description="The transaction fee; null for the buyer.")
    fee_cap: Money | None = strawberry.field(description="The most that the fee can be; null for whom it is hidden.")
    fee_rate: Decimal | None = strawberry.field(description="The fee's rate; null for whom it is hidden.")
    fee_charged: Money | None = strawberry.field(description="What of the fee was charged; null for the buyer.")
    released: Money | None = strawberry.field(
        description="What was released to the seller; null for whom it is hidden."
    )
    quota_occupied: Money | None = strawberry.field(
        description="What it occupies of the seller's quota; null for whom it is hidden."
    )
    penalty_points: int | None = strawberry.field(
        description="What being overdue costs the seller; null for whom it is hidden."
    )
    deadlines: list[SimulatedDeadline] = strawberry.field(description="Its deadlines, but for those that were moved.")
    dispatch_guaranteed: bool = strawberry.field(description="Whether dispatch on time is guaranteed.")
    delivery_guaranteed: bool = strawberry.field(description="Whether delivery on time is guaranteed.")
    delivery_guarantee_failed: list[DeliveryCondition] = strawberry.field(
        description="Which conditions of that guarantee failed when it was agreed."
    )
    promised_at: datetime | None = strawberry.field(description="The last good second of the promised date.")
    overdue_since: datetime | None = strawberry.field(
        description="The last good second of the dispatch deadline that passed."
    )
    delivery_overdue_since: datetime | None = strawberry.field(
        description="The last good second of the promised date that passed."
    )
    claim_status: ClaimStatus | None = strawberry.field(description="Where its claim stands; null: there is none.")
    liability: Liability | None = strawberry.field(
        description="Who would bear the claim that is filed; null without one, and for whom it is hidden."
    )
    explanations: list[Explanation] = strawberry.field(
        description="How its amounts and its promised date come about then."
    )
    claim_check: ClaimCheck = strawberry.field(description="Why a claim could or could not be filed then.")
    what_happens_next: list[ScheduledTransition] = strawberry.field(
        description="What time would do from then on, if nobody acts."
    )


def planned_of(number: int, each: SimulatedActInput) -> Planned:
    """The act as the domain knows it."""
    amount = None
    if each.amount is not None:
        try:
            minor = minor_units(each.amount.amount, each.amount.currency_code)
        except ValueError as error:
            message = f"{each.amount.amount} {each.amount.currency_code} is not an amount: {error}."
            raise Refusal(ErrorCode.INVALID, message, ("acts", number, "amount")) from None
        amount = Amount(minor, each.amount.currency_code)
    return Planned(each.act, each.at, amount, each.guarantee)


def step_of(stood: Stood, viewer: Viewer) -> SimulatedStep:
    """A step as its viewer may see it (section 13)."""
    trade, order = stood.trade, stood.trade.order
    finance, side = viewer.role in SELLER_FINANCE, viewer.role in SELLER_SIDE

    def shown(minor: int | None, to: bool = True) -> Money | None:
        return money_of(Amount(minor, order.currency)) if to and minor is not None else None

    def amount(minor: int) -> Money:
        return money_of(Amount(minor, order.currency))

    return SimulatedStep(
        act=None if stood.planned is None else stood.planned.kind,
        at=stood.at,
        user_errors=[] if stood.refusal is None else user_errors(stood.refusal),
        status=order.status,
        agreed_total=amount(order.total),
        coupon_offset=amount(order.coupon),
        buyer_payable=amount(order.total - order.coupon),
        received=amount(order.received),
        refunded=amount(order.refunded),
        fee=shown(order.fee, side),
        fee_cap=shown(order.fee_cap, finance),
        fee_rate=order.fee_rate if finance else None,
        fee_charged=shown(order.fee_charged, side),
        released=shown(order.released, finance),
        quota_occupied=money_of(Amount(order.quota_occupied, "USD")) if finance else None,
        penalty_points=order.penalty_points if finance else None,
        deadlines=[_deadline(row) for row in _shown_deadlines(trade)],
        dispatch_guaranteed=order.dispatch_guaranteed,
        delivery_guaranteed=order.delivery_guaranteed,
        delivery_guarantee_failed=[DeliveryCondition(code) for code in order.delivery_failed],
        promised_at=order.promised_at,
        overdue_since=order.overdue_at,
        delivery_overdue_since=order.delivery_overdue_at,
        claim_status=None if trade.claim is None else trade.claim.status,
        liability=_liability(trade) if finance else None,
        explanations=shown_explanations(explanations.figures_of(trade), viewer.role),
        claim_check=claim_check(check_of(trade), viewer, stood.at),
        what_happens_next=transitions(forecast.course_of(trade), viewer.role, stood.at),
    )


def _shown_deadlines(trade: Trade) -> list[Deadline]:
    rows = [
        row
        for row in trade.deadlines
        if row.order_id == trade.order.id
        and row.kind is not DeadlineKind.RECOVERY
        and row.status is not DeadlineStatus.MOVED
    ]
    return sorted(rows, key=lambda row: (row.due_at, row.kind))


def _deadline(row: Deadline) -> SimulatedDeadline:
    return SimulatedDeadline(
        kind=row.kind, due_at=row.due_at, status=row.status, rule=row.rule, inputs=facts_of(dict(row.inputs))
    )


def _liability(trade: Trade) -> Liability | None:
    """Who bears the claim, as it was decided, or as the rules imply."""
    claim = trade.claim
    if claim is None:
        return None
    return claim.liability or claims.implied(trade.order, claim, trade.waiver).liability


def check_of(trade: Trade) -> CheckFacts:
    """What the claim check reads, of a trade."""
    order = trade.order
    standing = [row for row in trade.waivers if row.withdrawn_at is None]
    dispatch = in_force(trade.deadlines, DeadlineKind.DISPATCH)
    receipt = trade.deadline(DeadlineKind.AUTO_RECEIPT)
    return CheckFacts(
        status=order.status,
        currency=order.currency,
        total=order.total,
        usd_rate=order.usd_rate,
        dispatch_guaranteed=order.dispatch_guaranteed,
        delivery_guaranteed=order.delivery_guaranteed,
        dispatched=order.dispatched_at,
        promised=order.promised_at,
        delivered=order.delivered_at,
        received=order.completed_at,
        received_by=order.received_by,
        claims=len(trade.claims),
        waivers=len(standing),
        refusals=sum(not row.compensate for row in standing),
        dispatch=None if dispatch is None else ClockFact(dispatch.due_at),
        auto_receipt=None if receipt is None else ClockFact(receipt.due_at),
        terms=_terms(order, trade.policy),
    )


def _terms(order: Order, policy: Policy) -> TermsFact | None:
    if order.policy_id is None:
        return None
    return TermsFact(policy.zone, policy.claim_window_days, policy.claim_rate, policy.claim_cap_usd)
