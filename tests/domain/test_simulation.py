"""Supposing: what is refused, what is hidden, and the worked example without any database."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.errors import ErrorCode, Refusal
from app.domain.lifecycle import Who
from app.domain.money import Money
from app.domain.records import DeadlineKind, Status
from app.domain.simulation import ACTS_MOST, AHEAD_MOST, ActKind, InForce, Plan, Planned, Stood, simulate
from app.domain.trade import Trade
from tests.domain import build
from tests.domain.build import ACTORS, DAY, START, confirmed, drafted, one_line, paid, requested, submitted
from tests.domain.promising import LATE


def run(trade: Trade, *acts: Planned, who: Who = Who.OWNER, **plan: Any) -> tuple[Stood, ...]:
    """A simulation from the start on."""
    return simulate(trade, ACTORS[who], Plan(acts=acts, **plan), START)


def on(days: int, kind: ActKind, **more: Any) -> Planned:
    """An act so many days from the start."""
    return Planned(kind, START + days * DAY, **more)


def codes(stood: tuple[Stood, ...]) -> list[str | None]:
    """Why each step was refused."""
    return [None if each.refusal is None else str(each.refusal.code) for each in stood]


def test_the_whole_life_of_the_worked_example() -> None:
    """PAY-1: from a draft to release; the trade that was given stays as it is."""
    trade = drafted(one_line("551.23"))
    acts = (
        on(0, ActKind.SUBMITTED),
        on(1, ActKind.CONFIRMED),
        on(2, ActKind.PAID),
        on(5, ActKind.DISPATCHED),
        on(9, ActKind.DELIVERED),
        on(10, ActKind.RECEIVED),
    )
    stood = run(trade, *acts)
    assert codes(stood) == [None] * 7
    assert [each.trade.order.status for each in stood] == [
        *(Status.DRAFT, Status.PENDING_CONFIRMATION, Status.PENDING_PAYMENT, Status.PENDING_DISPATCH),
        *(Status.DISPATCHED, Status.DISPATCHED, Status.COMPLETED),
    ]
    last = stood[-1].trade.order
    assert (last.received, last.released, last.fee_charged) == (551_23, 551_23, 11_02)
    assert (trade.order.status, trade.order.number) == (Status.DRAFT, None)


def test_dispatched_on_the_fifth_or_a_second_too_late() -> None:
    """SHP-1, SHP-3: in time until the last good second, overdue after it; the promised claim opens with it."""
    trade = build.paid(one_line("300.00"), seller=LATE)
    (clock,) = [row for row in trade.deadlines if row.kind is DeadlineKind.DISPATCH]
    late = clock.due_at + timedelta(seconds=1)
    claim = Planned(ActKind.CLAIM_FILED, late)
    for at, overdue, refused in ((clock.due_at, None, "CLAIM_NOT_POSSIBLE"), (late, clock.due_at, None)):
        stood = run(trade, Planned(ActKind.DISPATCHED, at), claim)
        assert stood[1].trade.order.overdue_at == overdue
        assert codes(stood) == [None, None, refused]
    assert stood[-1].trade.claims[0].amount == 30_00


def test_another_term_moves_the_deadline_and_another_total_the_fee() -> None:
    """ORD-10, FEE-1: an agreed order is amended as if both sides did so, an offer is made anew, a draft is edited."""
    for trade in (drafted(), submitted(), confirmed()):
        (stood,) = run(trade, changes={"shipping_fee": Decimal(125)})
        assert (stood.refusal, stood.trade.order.total, stood.trade.order.fee) == (None, 651_23, 13_02)
    before, after = (run(paid(), changes=changes)[0].trade for changes in ({}, {"dispatch_days": 9}))
    due = [[row.due_at for row in each.deadlines if row.kind is DeadlineKind.DISPATCH][-1] for each in (before, after)]
    assert due[1] - due[0] == 2 * DAY
    (refused,) = run(paid(), changes={"shipping_fee": Decimal(125)})
    assert refused.refusal is not None
    assert refused.refusal.code is ErrorCode.AMENDMENT_CHANGES_AMOUNT
    assert refused.trade.order.total == 551_23


def test_what_is_refused_leaves_the_order_to_time_alone() -> None:
    """Each act is judged on what came of those before it, and a refusal says why."""
    stood = run(
        confirmed(),
        on(1, ActKind.DISPATCHED),
        on(1, ActKind.DELIVERED),
        on(2, ActKind.PAID, amount=Money(100, "USD")),
        on(2, ActKind.CONFIRMED),
        on(3, ActKind.RECEIVED),
    )
    refused = ["STEP_NOT_ALLOWED", "STEP_NOT_ALLOWED", None, "STEP_NOT_ALLOWED", "STEP_NOT_ALLOWED"]
    assert codes(stood) == [None, *refused]
    assert [each.trade.order.received for each in stood] == [0, 0, 0, 1_00, 1_00, 1_00]
    (_, unpaid) = run(submitted(), on(0, ActKind.PAID))
    assert unpaid.refusal is not None
    assert (unpaid.refusal.code, unpaid.refusal.field) == (ErrorCode.REQUIRED, ("amount",))


def test_the_policy_in_force_when_it_is_agreed_counts() -> None:
    """FEE-4: a fee that changes before the supposed confirmation is the one that is agreed."""
    rules = tuple(replace(rule, rate=rule.rate * 2) for rule in build.POLICY.fees)
    dearer = replace(build.POLICY, id=build.MINT.id(), fees=rules)
    agreed = on(3, ActKind.CONFIRMED)
    known = {agreed.at: InForce(dearer, build.RATES)}
    fees = [run(submitted(), agreed, in_force=given)[1].trade.order.fee for given in ({}, known)]
    assert fees == [11_02, 22_05]
    assert run(confirmed(), on(3, ActKind.NOTHING), in_force=known)[1].trade.policy.id == build.POLICY.id


def test_how_much_of_the_quota_is_free_stays_the_seller_s() -> None:
    """Section 13, GUA-2: the seller is told the numbers; a buyer neither hears them nor finds them by trying totals."""
    small = replace(build.SELLER, quota_limit=600_00)
    offered = submitted(seller=small)
    for who, code in ((Who.OWNER, "QUOTA_EXCEEDED"), (Who.BUYER, None)):
        assert codes(run(offered, who=who, changes={"shipping_fee": Decimal(125)})) == [code]
    full = replace(offered, quota_in_use=600_00)
    stood = run(full, on(0, ActKind.CONFIRMED), who=Who.BUYER)
    assert codes(stood) == [None, "GUARANTEE_UNAVAILABLE"]
    assert stood[1].refusal is not None
    assert stood[1].refusal.params == {}
    request = replace(build.completing(requested()), seller=small)
    asked = run(replace(request, quota_in_use=500_00), on(0, ActKind.SUBMITTED), who=Who.BUYER)
    assert codes(asked) == [None, "GUARANTEE_UNAVAILABLE"]
    assert asked[1].refusal is not None
    assert asked[1].refusal.params == {}


@pytest.mark.parametrize(
    ("acts", "field"),
    [
        ([Planned(ActKind.NOTHING, START)] * (ACTS_MOST + 1), ("acts",)),
        ([Planned(ActKind.NOTHING, START - timedelta(microseconds=1))], ("acts", 0, "at")),
        ([on(2, ActKind.NOTHING), on(1, ActKind.NOTHING)], ("acts", 1, "at")),
        ([Planned(ActKind.NOTHING, START + AHEAD_MOST + timedelta(microseconds=1))], ("acts", 0, "at")),
    ],
)
def test_the_bounds(acts: list[Planned], field: tuple[str | int, ...]) -> None:
    """Not too many acts, none in the past, out of order, or beyond five years."""
    with pytest.raises(Refusal) as refused:
        run(paid(), *acts)
    assert refused.value.field == field
    inside = [Planned(ActKind.NOTHING, START)] * (ACTS_MOST - 1) + [Planned(ActKind.NOTHING, START + AHEAD_MOST)]
    assert len(run(paid(), *inside)) == ACTS_MOST + 1
