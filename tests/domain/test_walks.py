"""Orders that wander at random through their lives: nothing is lost, nothing gets stuck, every kind of act occurs."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import amendments, disputes, drafts, fulfilment, funds, orders, payments
from app.domain.access import By
from app.domain.calendar import in_time
from app.domain.conditions import State, state_of
from app.domain.contract import CONTACT_FIELDS
from app.domain.errors import Refusal
from app.domain.fulfilment import Parcel, Report, left_to_dispatch
from app.domain.funds import Arrival
from app.domain.ledger import EntryKind
from app.domain.lifecycle import TABLE, Step, Who, judge
from app.domain.policy import FIRST_POLICY, PaymentMethod, TransportMode, policy_from
from app.domain.records import DeadlineKind, DeadlineStatus, DispatchTerm, GuaranteeMethod, PaymentTerms, TrackingKind
from app.domain.steps import associable, facts_of, refundable_held
from app.domain.trade import Act, Trade
from tests.domain import build, invariants
from tests.domain.build import MINT, POLICY, START, act, later, pay, send
from tests.domain.taking import TAKE, ready
from tests.sizes import size

Draw = Callable[[st.SearchStrategy[Any]], Any]
# A policy in which paying by card costs the buyer 1 %, so that payment fees occur
_FEES = [{**rule, "fee_rate": "0.01"} if rule["method"] == "VISA" else rule for rule in FIRST_POLICY["methods"]]
COSTLY = policy_from(POLICY.id, POLICY.effective_at, {**FIRST_POLICY, "methods": _FEES})
# What brings an order on its way by itself; the rest is housekeeping that is open nearly everywhere
IDLE = frozenset(
    {
        *(Step.ASSIGN, Step.LABEL, Step.NOTE, Step.SET_REFERENCE, Step.SET_LEAD_SOURCE, Step.ADD_MILESTONE),
        *(Step.RECORD_RECEIPT, Step.RECORD_TRANSFER, Step.REFUND_HELD),
    }
)
LEAVING = frozenset({Step.CANCEL, Step.DECLINE, Step.REVISE})
NEVER_DRAWN = frozenset(
    {
        Step.DELETE,
        Step.RAISE_OVERDUE,
        Step.RAISE_DELIVERY_OVERDUE,
        Step.RECEIVE_AUTOMATICALLY,
        Step.CANCEL_UNPAID,
    }
)
# What rests on a coupon, on the order that used it, or on a seller's balance has tests of its own
OF_OTHERS = frozenset(
    {
        EntryKind.WITHDRAWAL,
        EntryKind.COUPON_POSTED,
        EntryKind.COUPON_TAKEN_BACK,
        EntryKind.RECOVERY_OWED,
        EntryKind.RECOVERY_REVERSED,
    }
)
DRAWABLE = [step for step in Step if step not in NEVER_DRAWN]
PARTIES = (Who.BUYER, Who.OWNER, Who.SALES, Who.FINANCE, Who.OPERATOR)
SOURCES = (Who.PROVIDER, Who.TRACKING)
PAUSES = [timedelta(seconds=1), timedelta(hours=7), timedelta(days=1), timedelta(days=3), timedelta(days=50)]


def where(trade: Trade) -> State:
    """The column of the table a trade stands in."""
    return state_of(trade.order.status, trade.order.awaiting)


def open_steps(trade: Trade, parties: tuple[Who, ...] = PARTIES) -> list[tuple[Step, Who]]:
    """Every step these may take now."""
    facts = facts_of(trade, trade.order.updated_at)
    return [(step, who) for step in Step for who in parties if judge(step, facts, who) is None]


# --- steps with arguments drawn at random -----------------------------------------------------------------------


def _edit(trade: Trade, doer: Act, draw: Draw) -> Trade:
    changes = build.terms(
        payment_terms=draw(st.sampled_from(PaymentTerms)),
        deposit=Decimal(draw(st.sampled_from(["0.01", "165.37", "551.22"]))),
        dispatch_term=draw(st.sampled_from(DispatchTerm)),
        dispatch_days=draw(st.integers(1, 30)),
        dispatch_date=(doer.now + timedelta(days=draw(st.integers(-3, 20)))).date(),
        dispatch_instant=(doer.now + timedelta(hours=draw(st.integers(-30, 400)))).replace(microsecond=0),
        guarantee_method=draw(st.sampled_from(GuaranteeMethod)),
        transport_mode=draw(st.sampled_from(TransportMode)),
    )
    if where(trade) is State.CONF_SELLER:
        changes = {name: value for name, value in changes.items() if name not in CONTACT_FIELDS}
    return drafts.match_buyer(edited, doer) if _sellers(edited := drafts.edit(trade, doer, changes)) else edited


def _sellers(trade: Trade) -> bool:
    return where(trade) is State.DRAFT and trade.order.buyer_id is None


def _arrive(trade: Trade, doer: Act, draw: Draw, methods: Sequence[PaymentMethod]) -> Trade:
    due = sum(row.missing for row in trade.instalments)
    following = payments.next_instalment(trade.instalments)
    sums = [1, 100, max(due, 1), due + 1, 165_37, following.missing if following else 1]
    started = [row for row in trade.payments if row.receipt_id is None and PaymentMethod.TT not in methods]
    payment = draw(st.sampled_from([None, *started * 3]))
    arrival = Arrival(
        draw(st.sampled_from(methods)) if payment is None else payment.method,
        "demo",
        f"walk-{MINT.id().int}" if payment is None else payment.reference,
        draw(st.sampled_from(sums)) if payment is None else payment.amount + payment.payment_fee,
        draw(st.sampled_from([trade.order.currency] * 3 + ["CHF"])),
        None,
        doer.now,
    )
    return funds.arrive(trade, doer, arrival)


def _pick(draw: Draw, rows: list[Any]) -> Any:
    return draw(st.sampled_from(rows)).id


def _propose(trade: Trade, doer: Act, draw: Draw) -> Trade:
    term: dict[str, Any] = {
        "dispatch_term": draw(st.sampled_from(DispatchTerm)),
        "dispatch_days": draw(st.integers(1, 60)),
        "dispatch_date": (doer.now + timedelta(days=draw(st.integers(0, 20)))).date(),
        "dispatch_instant": (doer.now + timedelta(hours=draw(st.integers(1, 400)))).replace(microsecond=0),
    }
    total = {"shipping_fee": Decimal(draw(st.integers(10, 90))), "deposit": Decimal("100.00")}
    return amendments.propose(trade, doer, term if trade.order.landed or draw(st.booleans()) else total, None)


def _dispatch(trade: Trade, doer: Act, draw: Draw) -> Trade:
    left = left_to_dispatch(trade)
    item_id = draw(st.sampled_from(sorted(left)))
    some = {item_id: Decimal(draw(st.integers(1, int(left[item_id]))))}
    mode, quantities = draw(st.sampled_from([None, *TransportMode])), draw(st.sampled_from([None, some]))
    return fulfilment.dispatch(trade, doer, Parcel("DHL", "JD1", mode, None, quantities))


def _track(trade: Trade, doer: Act, draw: Draw) -> Trade:
    if not trade.shipments:
        return TAKE[Step.RECORD_TRACKING](trade, doer)
    shipment = draw(st.sampled_from(trade.shipments))
    kind = draw(st.sampled_from([*TrackingKind, TrackingKind.DELIVERED]))
    report = Report(kind, draw(st.sampled_from([shipment.dispatched_at, doer.now])), "carrier", f"scan-{MINT.id().int}")
    return fulfilment.track(trade, doer, shipment.id, report)


ONLINE = [method for method in PaymentMethod if method is not PaymentMethod.TT]
DRAWN: Mapping[Step, Callable[[Trade, Act, Draw], Trade]] = {
    Step.EDIT: _edit,
    Step.RECORD_RECEIPT: lambda trade, doer, draw: _arrive(trade, doer, draw, ONLINE),
    Step.RECORD_TRANSFER: lambda trade, doer, draw: _arrive(trade, doer, draw, [PaymentMethod.TT]),
    Step.ASSOCIATE: lambda trade, doer, draw: funds.associate(
        trade, doer, _pick(draw, [row for row in trade.receipts if associable(trade, row)])
    ),
    Step.REFUND_HELD: lambda trade, doer, draw: funds.refund_held(
        trade, doer, _pick(draw, [row for row in trade.receipts if refundable_held(trade, row)])
    ),
    Step.PROPOSE_AMENDMENT: _propose,
    Step.ANSWER_AMENDMENT: lambda trade, doer, draw: amendments.answer(trade, doer, draw(st.booleans())),
    Step.DISPATCH: _dispatch,
    Step.RECORD_TRACKING: _track,
}


def take(trade: Trade, step: Step, who: Who, now: datetime, draw: Draw) -> Trade:
    """A step with random arguments; what it refuses leaves the trade as it was."""
    doer = act(who, now)
    try:
        return DRAWN[step](trade, doer, draw) if step in DRAWN else TAKE[step](trade, doer)
    except Refusal:
        return trade


# --- the way home -----------------------------------------------------------------------------------------------


def on_its_way(trade: Trade) -> bool:
    """Whether a party can take a step that is more than housekeeping, or a clock runs."""
    running = any(row.status is DeadlineStatus.RUNNING for row in trade.deadlines)
    return running or any(step not in IDLE for step, _ in open_steps(trade))


def home(trade: Trade, now: datetime) -> Trade:
    """One step of parties, the provider or time towards the end of an order's life."""
    state = where(trade)
    if state is State.DRAFT:
        drafter = Who.BUYER if trade.order.drafted_by is By.BUYER else Who.OWNER
        return orders.submit(trade, act(drafter, now))
    if state in (State.CONF_SELLER, State.CONF_BUYER) or (state is State.PAYMENT and not trade.order.landed):
        return orders.cancel(trade, act(Who.BUYER, now), "No longer needed.")
    if state is State.PAYMENT:
        return pay(trade, at=now)
    if state in (State.DISPATCH, State.PARTLY):
        return send(trade, at=now)
    if trade.dispute is not None:
        return disputes.withdraw(trade, act(Who.BUYER, now), trade.dispute.id)
    due = trade.deadline(DeadlineKind.AUTO_RECEIPT)
    assert due is not None
    return later(trade, due.due_at + timedelta(seconds=1))


def test_no_order_is_ever_stuck_and_no_money_ever_lost() -> None:
    """Section 16 (not stuck), section 15, PAY-6, PAY-10: random steps while time passes, then an end from anywhere."""
    seen: Counter[object] = Counter()

    def walk(first: Step, data: st.DataObject) -> None:
        now = START
        trade, chosen = _begin(first, data.draw)
        trade = replace(trade, policy=COSTLY)
        for _ in range(data.draw(st.integers(5, 40), "steps")):
            now += data.draw(st.sampled_from(PAUSES), "pause")
            trade = build.occupying(later(trade, now))
            assert later(trade, now) == trade
            step, who = chosen if chosen in open_steps(trade, PARTIES + SOURCES) else _choose(trade, data.draw)
            chosen = None
            before, trade = trade, take(trade, step, who, now, data.draw)
            invariants.check(trade)
            if trade is not before:
                reachable = set(TABLE[step][where(before)].to) or {where(before)}
                assert where(trade) in reachable
                seen[step] += 1
            seen[where(trade)] += 1
            assert where(trade) in (State.COMPLETED, State.CLOSED) or on_its_way(trade)
            if where(trade) is State.CLOSED and data.draw(st.booleans(), "enough"):
                break
        seen.update(entry.kind for entry in trade.posted)
        seen.update(event.kind for event in trade.happenings)
        seen.update((row.kind, row.status) for row in trade.deadlines)
        _bring_home(later(trade, now), now)

    for first in DRAWABLE:
        _walk_often(walk, first)
    assert {state for state in State if not seen[state]} == set()
    assert {step for step in Step if not seen[step]} <= NEVER_DRAWN
    # what a refund took beyond the balance is collected only if more money comes
    assert {kind for kind in EntryKind if not seen[kind]} - {EntryKind.RECOVERY_COLLECTED} == OF_OTHERS


def _walk_often(walk: Callable[[Step, st.DataObject], None], first: Step) -> None:
    @given(st.data())
    @settings(max_examples=size("walks through an order's life") // len(DRAWABLE))
    def often(data: st.DataObject) -> None:
        walk(first, data)

    often()


def _begin(step: Step, draw: Draw) -> tuple[Trade, tuple[Step, Who] | None]:
    """An order on which a step can be taken, and the step: so each has its walks, however the draws fall."""
    # no step closes an order with goods on their way yet
    states = [state for state in TABLE[step] if (step, state) != (Step.RECORD_TRACKING, State.CLOSED)]
    state = draw(st.sampled_from(states))
    who: Who = draw(st.sampled_from(sorted(TABLE[step][state].who)))
    trade = ready(step, state, who)
    # money that came too early counts at confirmation
    return (pay(trade, 100) if step is Step.CONFIRM else trade), (step, who)


def _choose(trade: Trade, draw: Draw) -> tuple[Step, Who]:
    """One of the steps that are open, more often one that leads on, and somebody who may take it."""
    choices = [choice for choice in open_steps(trade, PARTIES + SOURCES) if choice[0] is not Step.DELETE]
    steps = sorted({step for step, _ in choices})
    onward = [step for step in steps if step not in IDLE | LEAVING]
    step: Step = draw(st.sampled_from([*steps, *onward * 4]))
    who: Who = draw(st.sampled_from([who for possible, who in choices if possible is step]))
    return step, who


def _bring_home(trade: Trade, now: datetime) -> None:
    for _ in range(12):
        if where(trade) in (State.COMPLETED, State.CLOSED):
            break
        trade = home(trade, now)
        invariants.check(trade)
    assert where(trade) in (State.COMPLETED, State.CLOSED)
    running = [
        row for row in trade.deadlines if row.status is DeadlineStatus.RUNNING and row.order_id == trade.order.id
    ]
    assert all(in_time(now, row.due_at) for row in running)
