"""Fifty at once on the real database, through two pools: one winner where there can be one, the others typed refusals.

Whatever is no Refusal, a deadlock and a timeout included, fails the test that meets it.
"""

from dataclasses import replace
from uuid import UUID

import pytest

from app.actions import fulfilment, orders, payments, sellers, settling
from app.actions.work import call_of
from app.db.engine import write_engine
from app.domain.conditions import State
from app.domain.errors import ErrorCode
from app.domain.lifecycle import Step, Who
from app.domain.policy import PaymentMethod
from app.domain.records import Status
from tests.actions import taking
from tests.actions.looking import entry_kinds, look, where
from tests.actions.racing import CROWD, Act, at_once, codes, won
from tests.actions.taking import TAKE, arrival, card, deposited, land, sent
from tests.domain.build import terms
from tests.market import (
    PROVIDER,
    Market,
    by,
    completed,
    confirmed,
    event_rows,
    open_market,
    order_row,
    submitted,
)
from tests.means import TestMeans

DEPOSIT = 165_37


def step(step: Step, who: Who, order_id: UUID) -> Act:
    """A step of somebody on an order."""
    return lambda market: TAKE[step](market, taking.call_of(market, who), order_id)


async def in_order(market: Market, order_id: UUID) -> None:
    """Every version of the order has its one event."""
    versions = [event["version"] for event in await event_rows(market.means, order_id)]
    assert versions == list(range(1, (await order_row(market.means, order_id))["version"] + 1))


async def test_confirm_against_revise(doors: list[Market]) -> None:
    """The offer is either agreed or taken back, and that once."""
    order_id = await submitted(doors[0])
    outcomes = await at_once(doors, step(Step.CONFIRM, Who.BUYER, order_id), step(Step.REVISE, Who.SALES, order_id))
    assert won(outcomes[0]) + won(outcomes[1]) == 1
    assert codes([*outcomes[0], *outcomes[1]]) <= {ErrorCode.STEP_NOT_ALLOWED, ErrorCode.NOT_FOUND}
    assert await where(doors[0], order_id) is (State.PAYMENT if won(outcomes[0]) else State.DRAFT)
    await in_order(doors[0], order_id)


async def test_confirm_against_cancel(doors: list[Market]) -> None:
    """ORD-11: it is confirmed once before it is cancelled or not at all, and cancelled once in any case."""
    order_id = await submitted(doors[0])
    confirms, cancels = await at_once(
        doors, step(Step.CONFIRM, Who.BUYER, order_id), step(Step.CANCEL, Who.SALES, order_id)
    )
    assert won(confirms) <= 1 == won(cancels)
    assert codes([*confirms, *cancels]) == {ErrorCode.STEP_NOT_ALLOWED}
    order = await order_row(doors[0].means, order_id)
    assert (order["status"], order["quota_occupied"]) == (Status.CLOSED, 0)
    assert order["closed_in"] == (Status.PENDING_PAYMENT if won(confirms) else Status.PENDING_CONFIRMATION)
    await in_order(doors[0], order_id)


async def test_payment_start_against_cancel(doors: list[Market]) -> None:
    """PAY-3, ORD-11: what was started before the cancellation stands, what came after is refused, no money moved."""
    order_id = await confirmed(doors[0])
    starts, cancels = await at_once(
        doors, step(Step.START_PAYMENT, Who.BUYER, order_id), step(Step.CANCEL, Who.BUYER, order_id)
    )
    assert won(cancels) == 1
    assert codes([*starts, *cancels]) == {ErrorCode.STEP_NOT_ALLOWED}
    kinds = [event["kind"] for event in await event_rows(doors[0].means, order_id)]
    assert kinds.count("PAYMENT_STARTED") == won(starts)
    assert kinds[-1] == "ORDER_CANCELLED"
    assert await entry_kinds(doors[0], order_id) == []


@pytest.mark.parametrize("first", ["receipt", "cancel"])
async def test_receipt_against_cancel(doors: list[Market], first: str) -> None:
    """PAY-6, ORD-11: no receipt is refused; all count and nobody cancels, or one cancelled first and all are held."""
    order_id = await confirmed(doors[0])
    both = {
        "receipt": step(Step.RECORD_RECEIPT, Who.PROVIDER, order_id),
        "cancel": step(Step.CANCEL, Who.BUYER, order_id),
    }
    names = sorted(both, key=lambda name: name != first)
    outcomes = dict(zip(names, await at_once(doors, *(both[name] for name in names)), strict=True))
    assert won(outcomes["receipt"]) == CROWD // 2
    cancelled = won(outcomes["cancel"])
    assert cancelled <= 1
    assert codes(outcomes["cancel"]) == {ErrorCode.STEP_NOT_ALLOWED if cancelled else ErrorCode.MONEY_LANDED}
    kind = "RECEIPT_HELD" if cancelled else "RECEIPT_COUNTED"
    assert await entry_kinds(doors[0], order_id) == [kind] * (CROWD // 2)
    assert (await order_row(doors[0].means, order_id))["received"] == (0 if cancelled else CROWD // 2)
    await in_order(doors[0], order_id)


async def test_associate_against_cancel(doors: list[Market]) -> None:
    """PAY-7, ORD-11: landed money stops every cancellation, and it is associated once."""
    order_id = await confirmed(doors[0])
    receipt_id = await land(doors[0], order_id, DEPOSIT)
    associates, cancels = await at_once(
        doors,
        lambda market: payments.associate(market.means, by(market.seller.finance), order_id, receipt_id),
        step(Step.CANCEL, Who.OWNER, order_id),
    )
    assert (won(associates), codes(associates)) == (1, {ErrorCode.NOT_UNASSOCIATED})
    assert won(cancels) == 0
    assert codes(cancels) <= {ErrorCode.MONEY_LANDED, ErrorCode.STEP_NOT_ALLOWED}
    assert (await order_row(doors[0].means, order_id))["received"] == DEPOSIT


async def test_associate_against_undo_and_refund(doors: list[Market]) -> None:
    """PAY-6, PAY-7: however often one transfer is counted and taken back, it is there once."""
    order_id = await confirmed(doors[0])
    receipt_id = await land(doors[0], order_id, DEPOSIT)
    operator = by(doors[0].operator)
    outcomes = await at_once(
        doors,
        lambda market: payments.associate(market.means, operator, order_id, receipt_id),
        lambda market: payments.undo_association(market.means, operator, order_id, receipt_id),
    )
    assert codes([*outcomes[0], *outcomes[1]]) <= {ErrorCode.NOT_UNASSOCIATED}
    assert won(outcomes[0]) - won(outcomes[1]) in (0, 1)
    order = await order_row(doors[0].means, order_id)
    assert order["received"] == (DEPOSIT if won(outcomes[0]) > won(outcomes[1]) else 0)
    await in_order(doors[0], order_id)


async def test_dispatch_against_the_sweep(fresh_database_url: str) -> None:
    """SHP-3: goods that leave late leave once, and the order is overdue once, whoever comes first."""
    engines = [write_engine(fresh_database_url) for _ in range(2)]
    market = await open_market(TestMeans(engines[0]))
    doors = [replace(market, means=replace(market.means, engine=engine)) for engine in engines]
    order_id = await deposited(market)
    market.means.time.step(days=9)
    dispatches, _ = await at_once(
        doors, step(Step.DISPATCH, Who.SALES, order_id), lambda market: settling.settle_due(market.means)
    )
    assert (won(dispatches), codes(dispatches)) == (1, {ErrorCode.STEP_NOT_ALLOWED})
    assert len(await event_rows(market.means, order_id, "OVERDUE_RAISED")) == 1
    (left,) = await event_rows(market.means, order_id, "GOODS_DISPATCHED")
    assert {"name": "late", "value": "yes"} in left["data"]["facts"]
    await in_order(market, order_id)
    for engine in engines:
        await engine.dispose()


async def test_two_answers_to_one_amendment(doors: list[Market]) -> None:
    """ORD-10: the buyer says yes or no, and that once."""
    order_id = await deposited(doors[0])
    await TAKE[Step.PROPOSE_AMENDMENT](doors[0], by(doors[0].seller.owner), order_id)
    yes, no = await at_once(
        doors,
        lambda market: fulfilment.answer_amendment(market.means, by(market.buyer), order_id, True),
        lambda market: fulfilment.answer_amendment(market.means, by(market.buyer), order_id, False),
    )
    assert won(yes) + won(no) == 1
    assert codes([*yes, *no]) == {ErrorCode.AMENDMENT_NOT_OPEN}
    assert (await order_row(doors[0].means, order_id))["dispatch_days"] == (10 if won(yes) else 7)


async def test_proposals_at_once(doors: list[Market]) -> None:
    """ORD-10: one amendment at a time."""
    order_id = await deposited(doors[0])
    (proposals,) = await at_once(doors, step(Step.PROPOSE_AMENDMENT, Who.SALES, order_id))
    assert (won(proposals), codes(proposals)) == (1, {ErrorCode.AMENDMENT_OPEN})


async def test_one_receipt_told_fifty_times(doors: list[Market]) -> None:
    """PAY-3: the same provider reference counts once, and everybody is told of the same receipt."""
    order_id = await confirmed(doors[0])
    told = arrival(doors[0], PaymentMethod.VISA, DEPOSIT)
    (receipts,) = await at_once(doors, lambda market: payments.arrive(market.means, PROVIDER, order_id, told))
    assert len(set(receipts)) == 1
    assert await entry_kinds(doors[0], order_id) == ["RECEIPT_COUNTED"]
    assert (await order_row(doors[0].means, order_id))["received"] == DEPOSIT


async def test_one_reference_for_two_orders(doors: list[Market]) -> None:
    """PAY-3: a reference belongs to the order it was first stated for; of the other it is refused, typed."""
    ones = [await confirmed(doors[0]), await confirmed(doors[0])]
    told = arrival(doors[0], PaymentMethod.VISA, DEPOSIT)

    def arrive(order_id: UUID) -> Act:
        return lambda market: payments.arrive(market.means, PROVIDER, order_id, told)

    outcomes = await at_once(doors, *(arrive(order_id) for order_id in ones))
    assert sorted(map(won, outcomes)) == [0, CROWD // 2]
    assert codes([*outcomes[0], *outcomes[1]]) == {ErrorCode.REFERENCE_REUSED}
    assert sorted([len(await entry_kinds(doors[0], order_id)) for order_id in ones]) == [0, 1]


async def test_drafts_with_one_key(doors: list[Market]) -> None:
    """A retry makes nothing new, also one that does not wait for its answer."""
    call = call_of(doors[0].seller.owner, "orderDraft", {"notes": "once"}, "key-1")
    before = await look(doors[0], UUID(int=0))
    (drafts,) = await at_once(doors, lambda market: orders.draft(market.means, call, {"notes": "once"}, None))
    assert len(set(drafts)) == 1
    assert not codes(drafts)
    after = await look(doors[0], UUID(int=0))
    grown = {name: rows - before.counts[name] for name, rows in after.counts.items() if rows != before.counts[name]}
    assert grown == {"orders": 1, "contacts": 1, "order_words": 1, "events": 1, "idempotency_keys": 1}


async def test_one_key_for_two_orders(doors: list[Market]) -> None:
    """The same key is one request: of two orders it is used on, one is confirmed."""
    ones = [await submitted(doors[0]), await submitted(doors[0])]

    def confirm(order_id: UUID) -> Act:
        call = call_of(doors[0].buyer, "orderConfirm", {"order": str(order_id)}, "key-2")
        return lambda market: orders.confirm(market.means, call, order_id)

    outcomes = await at_once(doors, *(confirm(order_id) for order_id in ones))
    assert sorted(map(won, outcomes)) == [0, CROWD // 2]
    assert codes([*outcomes[0], *outcomes[1]]) == {ErrorCode.IDEMPOTENCY_KEY_REUSED}


async def test_two_orders_race_for_the_quota(doors: list[Market]) -> None:
    """GUA-2: it is enough for one; the other's buyer is told GUARANTEE_UNAVAILABLE and its seller the numbers."""
    market = doors[0]
    ones = [await submitted(market), await submitted(market)]
    await sellers.set_quota(market.means, by(market.operator), market.seller.id, 551_23, "Reviewed.")
    outcomes = await at_once(doors, *(step(Step.CONFIRM, Who.BUYER, order_id) for order_id in ones))
    assert sorted(map(won, outcomes)) == [0, 1]
    winner = max((0, 1), key=lambda at: won(outcomes[at]))
    assert codes(outcomes[winner]) <= {ErrorCode.STEP_NOT_ALLOWED, ErrorCode.GUARANTEE_UNAVAILABLE}
    assert codes(outcomes[1 - winner]) == {ErrorCode.GUARANTEE_UNAVAILABLE}
    assert (await order_row(market.means, ones[winner]))["quota_occupied"] == 551_23
    assert (await order_row(market.means, ones[1 - winner]))["status"] == Status.PENDING_CONFIRMATION
    assert len(await event_rows(market.means, ones[1 - winner], "QUOTA_SHORT")) == CROWD // 2
    await in_order(market, ones[1 - winner])


async def test_dispatches_at_once(doors: list[Market]) -> None:
    """SHP-2: nothing leaves twice."""
    order_id = await deposited(doors[0])
    (dispatches,) = await at_once(doors, step(Step.DISPATCH, Who.OWNER, order_id))
    assert (won(dispatches), codes(dispatches)) == (1, {ErrorCode.STEP_NOT_ALLOWED})


async def test_receipts_of_the_goods_at_once(doors: list[Market]) -> None:
    """PAY-8: the money is released once, and the fee taken once."""
    order_id = await sent(doors[0])
    (receipts,) = await at_once(doors, step(Step.CONFIRM_RECEIPT, Who.BUYER, order_id))
    assert (won(receipts), codes(receipts)) == (1, {ErrorCode.STEP_NOT_ALLOWED})
    assert (await entry_kinds(doors[0], order_id))[1:] == ["RELEASE", "FEE"]


async def test_withdrawals_at_once(doors: list[Market]) -> None:
    """PAY-8: the balance is withdrawn once, never beyond it."""
    await completed(doors[0])
    balance = 551_23 - 11_02
    (withdrawals,) = await at_once(
        doors, lambda market: sellers.withdraw(market.means, by(market.seller.finance), balance, "USD")
    )
    assert (won(withdrawals), codes(withdrawals)) == (1, {ErrorCode.BALANCE_TOO_SMALL})


async def test_a_busy_seller(doors: list[Market]) -> None:
    """Section 15: orders agreed, paid, received and money withdrawn together: nobody waits for each other in a ring."""
    market = doors[0]
    await completed(market)
    offered = [await submitted(market) for _ in range(10)]
    for order_id in offered[:5]:
        await card(market, order_id, 551_23)
    underway = [await sent(market) for _ in range(10)]
    acts: list[Act] = [
        *(step(Step.CONFIRM, Who.BUYER, order_id) for order_id in offered),
        *(step(Step.CONFIRM_RECEIPT, Who.BUYER, order_id) for order_id in underway),
        *(step(Step.RECORD_RECEIPT, Who.PROVIDER, order_id) for order_id in underway),
        *[lambda market: sellers.withdraw(market.means, by(market.seller.owner), 1_00, "USD")] * 10,
        *[lambda market: settling.settle_due(market.means)] * 5,
        *[lambda market: orders.draft(market.means, by(market.seller.sales), terms(), None)] * 5,
    ]
    mixed = [acts[at * 7 % len(acts)] for at in range(len(acts))]
    assert len(set(mixed)) > 30
    outcomes = await at_once(doors, *mixed, times=len(mixed))
    assert [outcome for outcome in outcomes if codes(outcome)] == []


async def test_a_small_pool_makes_people_wait(market: Market, postgres_url: str) -> None:
    """Fifty actions through two connections: all are done, none is turned away."""
    engine = write_engine(postgres_url, size=2)
    narrow = replace(market, means=replace(market.means, engine=engine))
    order_id = await confirmed(market)
    (receipts,) = await at_once([narrow], step(Step.RECORD_RECEIPT, Who.PROVIDER, order_id))
    await engine.dispose()
    assert (len(set(receipts)), codes(receipts)) == (CROWD, set())
    assert (await order_row(market.means, order_id))["received"] == CROWD
