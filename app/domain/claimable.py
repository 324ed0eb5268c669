"""The oracle of claims (CLM-9): why a broken promise can or cannot be claimed at an instant, and when that changes."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.domain import deadlines
from app.domain.access import By
from app.domain.calendar import SECOND, Calendar, in_time, last_good_second
from app.domain.records import DeadlineKind, Order, Status
from app.domain.remedies import ClaimRejection, Guarantee, Liability
from app.domain.trade import Trade


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """Everything the oracle reads of an order: a trade and the read statement bring the same.

    `dispatch_due` and `promised` are the last good seconds in force, `received` when the goods were received,
    `delivered` when carriers or the buyer say that they arrived, `waived` whether a waiver refuses the claim,
    `auto_receipt` the last good second before the goods count as received without a word.
    """

    status: Status
    dispatch_guaranteed: bool
    delivery_guaranteed: bool
    dispatch_due: datetime | None
    dispatched: datetime | None
    promised: datetime | None
    delivered: datetime | None
    received: datetime | None
    claimed: bool
    waived: bool
    zone: str
    window_days: int
    auto_receipt: datetime | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a claim, met or not, with the fact it rests on."""

    code: str
    met: bool
    fact: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a promise can be claimed at an instant, by which conditions; `due` is the promise it rests on."""

    guarantee: Guarantee
    conditions: tuple[Condition, ...]
    due: datetime | None

    @property
    def open(self) -> bool:
        """Whether every condition is met."""
        return all(condition.met for condition in self.conditions)

    @property
    def failed(self) -> Condition | None:
        """The first condition that is not met."""
        return next((condition for condition in self.conditions if not condition.met), None)


def verdicts(facts: ClaimFacts, now: datetime) -> tuple[Verdict, Verdict]:
    """Why each promise can or cannot be claimed at this instant (CLM-2 to CLM-4, CLM-9)."""
    facts = settled(facts, now)
    return _dispatch(facts, now), _delivery(facts, now)


def settled(facts: ClaimFacts, now: datetime) -> ClaimFacts:
    """The facts once time has received the goods for the buyer, whether or not a sweep has come by."""
    due = facts.auto_receipt
    if due is None or in_time(now, due):
        return facts
    return replace(facts, status=Status.COMPLETED, received=due + SECOND, auto_receipt=None)


def _common(facts: ClaimFacts) -> tuple[Condition, ...]:
    return (
        Condition("ORDER_OPEN", facts.status is not Status.CLOSED, str(facts.status)),
        Condition("NO_CLAIM_YET", not facts.claimed, None),
        Condition("NOT_WAIVED", not facts.waived, None),
    )


def _dispatch(facts: ClaimFacts, now: datetime) -> Verdict:
    """Open from the moment the order is overdue, dispatched since or not, until 30 days after receipt (CLM-2)."""
    due, closes = facts.dispatch_due, window_end(facts, facts.received)
    late = missed(due, facts.dispatched, now)
    conditions = (
        Condition("DISPATCH_GUARANTEED", facts.dispatch_guaranteed, None),
        Condition("DISPATCH_OVERDUE", late, _instant(due)),
        Condition("WINDOW_OPEN", closes is None or in_time(now, closes), _instant(closes)),
        *_common(facts),
    )
    return Verdict(Guarantee.ON_TIME_DISPATCH, conditions, due)


def _delivery(facts: ClaimFacts, now: datetime) -> Verdict:
    """Open from the end of the promised date if not delivered by then, for 30 calendar days (CLM-3)."""
    due, closes = facts.promised, window_end(facts, facts.promised)
    late = missed(due, facts.delivered, now)
    conditions = (
        Condition("DELIVERY_GUARANTEED", facts.delivery_guaranteed, None),
        Condition("DELIVERY_OVERDUE", late, _instant(due)),
        Condition("WINDOW_OPEN", closes is None or in_time(now, closes), _instant(closes)),
        *_common(facts),
    )
    return Verdict(Guarantee.ON_TIME_DELIVERY, conditions, due)


def missed(due: datetime | None, done: datetime | None, now: datetime) -> bool:
    """Whether a promise is broken by now: its last good second is over, and what was promised was not done by then."""
    return due is not None and not in_time(now, due) and (done is None or not in_time(done, due))


def window_end(facts: ClaimFacts, since: datetime | None) -> datetime | None:
    """The last good second of a claim window that began at an instant; None while it has not begun."""
    if since is None:
        return None
    return last_good_second(Calendar(facts.zone).plus_days(since, facts.window_days))


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def changes_at(facts: ClaimFacts, now: datetime) -> datetime | None:
    """The instant at which time alone will change whether something can be claimed; None: it never will (CLM-9)."""
    bounds = (
        facts.dispatch_due,
        facts.promised,
        # goods that nobody confirms are received by time, and from then on the window runs
        window_end(facts, facts.received or (facts.auto_receipt and facts.auto_receipt + SECOND)),
        window_end(facts, facts.promised),
    )
    answer = [verdict.open for verdict in verdicts(facts, now)]
    for at in sorted(bound + SECOND for bound in bounds if bound is not None):
        if at > now and [verdict.open for verdict in verdicts(facts, at)] != answer:
            return at
    return None


def facts_of(trade: Trade) -> ClaimFacts:
    """What the oracle reads, of a trade that was settled up to now."""
    order = trade.order
    clock = deadlines.in_force(trade.deadlines, DeadlineKind.DISPATCH)
    receipt, waiver = trade.deadline(DeadlineKind.AUTO_RECEIPT), trade.waiver
    return ClaimFacts(
        status=order.status,
        dispatch_guaranteed=order.dispatch_guaranteed,
        delivery_guaranteed=order.delivery_guaranteed,
        dispatch_due=None if clock is None else clock.due_at,
        dispatched=order.dispatched_at,
        promised=order.promised_at,
        delivered=delivered_of(order),
        received=order.completed_at,
        claimed=bool(trade.claims),
        waived=waiver is not None and not waiver.compensate,
        zone=trade.policy.zone,
        window_days=trade.policy.claim_window_days,
        auto_receipt=None if receipt is None else receipt.due_at,
    )


def delivered_of(order: Order) -> datetime | None:
    """When the goods of an order arrived."""
    return delivered_at(order.delivered_at, order.completed_at, order.received_by)


def delivered_at(reported: datetime | None, received: datetime | None, received_by: By | None) -> datetime | None:
    """When the goods arrived, as carriers report or the buyer by confirming; auto-receipt says nothing (DLV-5)."""
    said = received if received_by is By.BUYER else None
    return min((at for at in (reported, said) if at is not None), default=None)


@dataclass(frozen=True, slots=True)
class Implied:
    """What the rules imply for a claim: rejected or approved, borne by whom, and whether the facts can still change."""

    rejection: ClaimRejection | None
    liability: Liability | None
    conclusive: bool


def implied(
    guarantee: Guarantee, due: datetime, done: datetime | None, *, late: bool, waived: bool, refused: bool
) -> Implied:
    """The decision the rules imply: a filed claim is judged on the term in force when it was filed (CLM-6).

    `done` is when what was promised was done, `late` whether the goods left late or not at all, `waived` whether a
    waiver stands, `refused` whether it refuses the compensation.
    """
    if refused:
        return Implied(ClaimRejection.WAIVED, None, conclusive=True)
    if done is not None and in_time(done, due):
        return Implied(ClaimRejection.NOT_DUE, None, conclusive=True)
    # goods whose delivery nobody has reported may yet turn out to have arrived in time
    conclusive = done is not None or guarantee is Guarantee.ON_TIME_DISPATCH
    return Implied(None, liability_of(guarantee, late=late, waived=waived), conclusive)


def left_late(dispatched: datetime | None, overdue: datetime | None, filed: datetime) -> bool:
    """Whether the goods left late or not at all (CLM-7), by the term in force when the claim was filed (CLM-6).

    Nothing can be claimed before the dispatch deadline is over, so what left after the filing left late, whatever an
    amendment has made of the deadline since.
    """
    return dispatched is None or overdue is not None or dispatched >= filed


def liability_of(guarantee: Guarantee, *, late: bool, waived: bool) -> Liability:
    """Who bears it: the seller for dispatch, for delivery only if the goods left late or not at all (CLM-7, CLM-8)."""
    seller = guarantee is Guarantee.ON_TIME_DISPATCH or late
    return Liability.SELLER if seller and not waived else Liability.PLATFORM


def can_claim(trade: Trade, now: datetime) -> bool:
    """Whether anything can be claimed at this instant."""
    return any(verdict.open for verdict in verdicts(facts_of(trade), now))
