"""What would become of an order: the domain's own steps on a trade that is never written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum, unique
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID

from app.domain import amendments, buying, claims, drafts, fulfilment, funds, orders
from app.domain.access import Actor, By, Role
from app.domain.clockwork import settle
from app.domain.errors import ErrorCode, Refusal
from app.domain.exports import Acknowledgement
from app.domain.fulfilment import Parcel, Report
from app.domain.funds import Arrival
from app.domain.money import Money
from app.domain.payments import next_instalment
from app.domain.policy import PaymentMethod, Policy
from app.domain.records import Status, TrackingKind
from app.domain.remedies import Guarantee
from app.domain.trade import Act, Kept, Trade

ACTS_MOST = 20
AHEAD_MOST = timedelta(days=5 * 366)
SOURCE = "simulation"


@unique
class ActKind(StrEnum):
    """What is supposed to happen to an order."""

    SUBMITTED = "SUBMITTED"
    CONFIRMED = "CONFIRMED"
    PAID = "PAID"
    DISPATCHED = "DISPATCHED"
    DELIVERED = "DELIVERED"
    RECEIVED = "RECEIVED"
    CLAIM_FILED = "CLAIM_FILED"
    NOTHING = "NOTHING"


@dataclass(frozen=True, slots=True)
class Planned:
    """Something that is supposed to happen at an instant; `amount` for money, `guarantee` for a claim."""

    kind: ActKind
    at: datetime
    amount: Money | None = None
    guarantee: Guarantee | None = None


@dataclass(frozen=True, slots=True)
class InForce:
    """The policy and the rates that an order would be agreed under at an instant."""

    policy: Policy
    rates: Mapping[tuple[str, str], Decimal]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is supposed: other terms from now on, a coupon at the agreement, and acts in their order.

    `in_force` is what holds at the instant of each act, for an order that nobody has agreed to yet.
    """

    changes: Mapping[str, Any] = field(default_factory=dict)
    coupon_id: UUID | None = None
    acts: tuple[Planned, ...] = ()
    in_force: Mapping[datetime, InForce] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stood:
    """How the order stands after an act, or with the other terms and no act yet; why it was refused, if it was."""

    planned: Planned | None
    at: datetime
    trade: Trade
    refusal: Refusal | None = None


class Throwaway:
    """A mint for what is never kept: its ids come after all others, and mean nothing."""

    def __init__(self) -> None:
        self._next = count(1)

    def id(self) -> UUID:
        """The next id."""
        return UUID(int=(1 << 128) - (1 << 64) + next(self._next))

    def order_number(self, now: datetime) -> str:
        """No order is found by it."""
        return f"{0:020d}"

    def account_number(self) -> str:
        """No account has it."""
        return f"{0:016d}"

    def link(self) -> str:
        """It leads nowhere."""
        return SOURCE

    def secret(self) -> str:
        """It opens nothing."""
        return SOURCE

    def chance(self) -> float:
        """Nothing is left to it."""
        return 0.5


def check(acts: Sequence[Planned], now: datetime) -> None:
    """Refuse more acts than are looked at, and moments that are past, too far ahead, or out of their order."""
    if len(acts) > ACTS_MOST:
        raise Refusal(ErrorCode.TOO_MANY, f"At most {ACTS_MOST} acts are simulated.", ("acts",))
    earliest = now
    for number, planned in enumerate(acts):
        if not earliest <= planned.at <= now + AHEAD_MOST:
            message = "Acts come one after another, from now on, within five years."
            raise Refusal(ErrorCode.OUT_OF_RANGE, message, ("acts", number, "at"))
        earliest = planned.at


def simulate(trade: Trade, viewer: Actor, plan: Plan, now: datetime) -> tuple[Stood, ...]:
    """How the order stands at first and after each act, refused or not; each is judged as if it came by itself."""
    check(plan.acts, now)
    doers = Doers(viewer, Throwaway())
    trade = settle(_unjudged(trade, viewer, plan), Act(By.TIME, now, doers.mint))
    steps = [_taken(None, now, trade, lambda trade: _changed(trade, doers, plan.changes, now))]
    for planned in plan.acts:
        trade = settle(steps[-1].trade, Act(By.TIME, planned.at, doers.mint))
        if trade.order.policy_id is None and (known := plan.in_force.get(planned.at)) is not None:
            trade = replace(trade, policy=known.policy, policy_now=known.policy, rates=known.rates)
        steps.append(_taken(planned, planned.at, trade, partial(_STEPS[planned.kind], doers, planned, plan)))
    return tuple(replace(stood, refusal=_told(stood.refusal, viewer.role)) for stood in steps)


def _taken(planned: Planned | None, at: datetime, trade: Trade, step: Callable[[Trade], Trade]) -> Stood:
    try:
        return Stood(planned, at, step(trade))
    except Refusal as refusal:
        return Stood(planned, at, refusal.trade if isinstance(refusal, Kept) else trade, refusal)


def _unjudged(trade: Trade, viewer: Actor, plan: Plan) -> Trade:
    """How much of the seller's quota is free is not the buyer's to find out by trying totals (section 13)."""
    if viewer.role is not Role.BUYER or not plan.changes:
        return trade
    return replace(trade, quota_in_use=trade.order.quota_occupied, seller=replace(trade.seller, quota_limit=_BOUNDLESS))


_BOUNDLESS = 1 << 80


def _told(refusal: Refusal | None, role: Role) -> Refusal | None:
    """A refusal as a role may hear it: the quota's numbers are the seller's (GUA-2)."""
    if refusal is None or role is not Role.BUYER or refusal.code is not ErrorCode.QUOTA_EXCEEDED:
        return refusal
    return Refusal(ErrorCode.GUARANTEE_UNAVAILABLE, "The seller cannot guarantee this order at present.")


@dataclass(frozen=True, slots=True)
class Doers:
    """Who acts in a simulation: the order's own buyer, an owner of its seller, and sources without an account."""

    viewer: Actor
    mint: Throwaway

    def buyer(self, trade: Trade, at: datetime) -> Act:
        """The buyer: whoever asks, if they are it, else the account that the contract names."""
        actor = Actor(trade.order.buyer_id or UUID(int=0), trade.contact.email or "", True, Role.BUYER)
        if self.viewer.role is Role.BUYER:
            actor = replace(actor, email=self.viewer.email, email_verified=self.viewer.email_verified)
        return Act(By.BUYER, at, self.mint, actor)

    def seller(self, trade: Trade, at: datetime) -> Act:
        """An owner of the seller."""
        actor = Actor(UUID(int=0), "", True, Role.OWNER, trade.order.seller_id)
        return Act(By.SELLER, at, self.mint, actor)

    def source(self, by: By, at: datetime) -> Act:
        """A provider or a carrier."""
        return Act(by, at, self.mint)


def _changed(trade: Trade, doers: Doers, patch: Mapping[str, Any], now: datetime) -> Trade:
    """The order under other terms: written by its drafter, offered anew, or agreed as an amendment."""
    if not patch:
        return trade
    buyer, seller = doers.buyer(trade, now), doers.seller(trade, now)
    if doers.viewer.role is Role.BUYER:
        # what is not on offer is nothing that a buyer could learn of
        patch = buying.filled(trade, patch, By.BUYER)
    status = trade.order.status
    if status is Status.DRAFT:
        return drafts.edit(trade, buyer if trade.order.drafted_by is By.BUYER else seller, patch)
    if status is not Status.PENDING_CONFIRMATION:
        return amendments.answer(amendments.propose(trade, seller, patch, None), buyer, True)
    if trade.order.awaiting is By.SELLER:
        return drafts.edit(trade, seller, patch)
    return _offered(drafts.edit(orders.revise(trade, seller), seller, patch), seller)


def _offered(trade: Trade, doer: Act, coupon_id: UUID | None = None) -> Trade:
    """What must be acknowledged is supposed to be."""
    return orders.submit(trade, doer, coupon_id, tuple(Acknowledgement))


def _submitted(doers: Doers, planned: Planned, plan: Plan, trade: Trade) -> Trade:
    by_buyer = trade.order.status is Status.DRAFT and trade.order.drafted_by is By.BUYER
    doer = doers.buyer(trade, planned.at) if by_buyer else doers.seller(trade, planned.at)
    return _offered(trade, doer, plan.coupon_id)


def _confirmed(doers: Doers, planned: Planned, plan: Plan, trade: Trade) -> Trade:
    return orders.confirm(trade, doers.buyer(trade, planned.at), plan.coupon_id)


def _paid(doers: Doers, planned: Planned, plan: Plan, trade: Trade) -> Trade:
    """Money comes online: what is said, or what is due."""
    following = next_instalment(trade.instalments)
    amount = planned.amount
    if amount is None and following is not None:
        amount = Money(following.missing, trade.order.currency)
    if amount is None or amount.minor <= 0:
        raise Refusal(ErrorCode.REQUIRED, "Nothing is due then; say how much comes all the same.", ("amount",))
    reference = doers.mint.id().hex
    arrival = Arrival(PaymentMethod.VISA, SOURCE, reference, amount.minor, amount.currency, None, planned.at)
    return funds.arrive(trade, doers.source(By.PROVIDER, planned.at), arrival)


def _dispatched(doers: Doers, planned: Planned, plan: Plan, trade: Trade) -> Trade:
    parcel = Parcel(trade.order.carrier or SOURCE, SOURCE)
    return fulfilment.dispatch(trade, doers.seller(trade, planned.at), parcel)


def _delivered(doers: Doers, planned: Planned, plan: Plan, trade: Trade) -> Trade:
    """Carriers say of all that was sent that it has arrived then."""
    under_way = [shipment for shipment in trade.shipments if shipment.delivered_at is None]
    if not under_way:
        raise Refusal(ErrorCode.STEP_NOT_ALLOWED, "Nothing is on its way that could be delivered then.")
    doer = doers.source(By.TRACKING, planned.at)
    for shipment in under_way:
        report = Report(TrackingKind.DELIVERED, planned.at, SOURCE, doers.mint.id().hex)
        trade = fulfilment.track(trade, doer, shipment.id, report)
    return trade


def _received(doers: Doers, planned: Planned, plan: Plan, trade: Trade) -> Trade:
    return fulfilment.confirm_receipt(trade, doers.buyer(trade, planned.at))


def _claimed(doers: Doers, planned: Planned, plan: Plan, trade: Trade) -> Trade:
    return claims.file(trade, doers.buyer(trade, planned.at), planned.guarantee, None)


def _nothing(doers: Doers, planned: Planned, plan: Plan, trade: Trade) -> Trade:
    return trade


_STEPS: Mapping[ActKind, Callable[[Doers, Planned, Plan, Trade], Trade]] = {
    ActKind.SUBMITTED: _submitted,
    ActKind.CONFIRMED: _confirmed,
    ActKind.PAID: _paid,
    ActKind.DISPATCHED: _dispatched,
    ActKind.DELIVERED: _delivered,
    ActKind.RECEIVED: _received,
    ActKind.CLAIM_FILED: _claimed,
    ActKind.NOTHING: _nothing,
}
