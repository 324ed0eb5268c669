"""Claims, coupons and recoveries on the real database: under which lock, how often, in which order."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import claims, coupons, fulfilment, orders, payments, settling
from app.db import tables as t
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.ledger import EntryKind
from tests.actions.ledgers import faults
from tests.actions.looking import entry_kinds, refusal
from tests.actions.promising import (
    approve,
    balances,
    claim,
    compensated,
    confirm_with,
    coupon_row,
    elsewhere,
    overdue,
    promised,
    receive,
    recoveries,
    refund,
    send,
    settle,
    sweep,
    use,
    waive,
)
from tests.actions.racing import waiting
from tests.actions.taking import land
from tests.domain.build import one_line, terms
from tests.market import Market, by, event_rows, open_market, order_row, pay, submitted
from tests.means import TestMeans

TOTAL, COUPON, PAYABLE, FEE = 551_23, 30_00, 521_23, 11_02


@pytest.fixture
async def market(fresh_engine: AsyncEngine) -> Market:
    """A market alone on a database, so that a sweep finds nothing of others."""
    return await open_market(TestMeans(fresh_engine))


def alongside(market: Market) -> Market:
    """The same market as another process sees it."""
    return replace(market, means=replace(market.means))


# --- section 15 in the ledger -----------------------------------------------------------------------------------


async def test_the_worked_example_from_the_receipt_to_the_release(market: Market) -> None:
    """PAY-1, PAY-4, section 15: 521.23 and 30.00 arrive in two entries, are released, and 11.02 of them are the fee."""
    _, coupon_id = await compensated(market)
    other = await elsewhere(market)
    order_id = await use(other, coupon_id)
    row = await order_row(other.means, order_id)
    assert (row["total"], row["coupon"], row["received"], row["fee"]) == (TOTAL, COUPON, PAYABLE, FEE)
    assert await entry_kinds(other, order_id) == [EntryKind.RECEIPT_COUNTED, EntryKind.COUPON_POSTED]
    assert await balances(other, order_id) == {"ESCROW": TOTAL}
    await receive(other, order_id)
    assert (await balances(other, order_id), await balances(other)) == ({}, {"SELLER": TOTAL - FEE})
    assert await faults(market.means.engine, other.seller.id) == []


async def test_a_transfer_posts_the_coupon_with_its_association(market: Market) -> None:
    """PAY-4: two entries at once, and not before."""
    _, coupon_id = await compensated(market)
    order_id = await confirm_with(await elsewhere(market), coupon_id)
    receipt_id = await land(market, order_id, PAYABLE)
    assert await balances(market, order_id) == {"UNASSOCIATED": PAYABLE}
    await payments.associate(market.means, by(market.operator), order_id, receipt_id)
    assert await balances(market, order_id) == {"ESCROW": TOTAL}
    kinds = [EntryKind.TRANSFER_LANDED, EntryKind.TRANSFER_ASSOCIATED, EntryKind.COUPON_POSTED]
    assert await entry_kinds(market, order_id) == kinds


async def test_a_recovery_is_owed_by_the_sweep_in_the_late_order_s_own_chain(market: Market) -> None:
    """COU-4, section 15: what the use caused on the late order is a row due at once, settled under its own lock."""
    late, coupon_id = await compensated(market)
    before = await entry_kinds(market, late)
    user = await use(await elsewhere(market), coupon_id)
    assert (await recoveries(market), await entry_kinds(market, late)) == ([], before)
    used_at = market.means.time.at
    market.means.time.step(minutes=1)
    await sweep(market)
    (recovery,) = await recoveries(market)
    assert (recovery["order_id"], recovery["amount"], recovery["status"]) == (late, COUPON, "OWED")
    assert recovery["owed_at"] == used_at
    assert await entry_kinds(market, late) == [*before, EntryKind.RECOVERY_OWED]
    assert EntryKind.RECOVERY_OWED not in await entry_kinds(market, user)
    assert await balances(market) == {"RECEIVABLE": -COUPON}
    assert len(await event_rows(market.means, late, EventKind.RECOVERY_OWED)) == 1
    assert await faults(market.means.engine, market.seller.id) == []


async def test_whoever_locks_the_late_order_first_settles_it(market: Market) -> None:
    """Section 16: first settle, then act; no sweep is needed."""
    late, coupon_id = await compensated(market)
    await use(await elsewhere(market), coupon_id)
    market.means.time.step(seconds=2)
    await settle(market, late)
    assert [row["status"] for row in await recoveries(market)] == ["OWED"]


async def test_an_order_held_by_somebody_else_is_reckoned_later(market: Market) -> None:
    """Section 15: the sweep passes over a locked order, and nothing of it is lost."""
    late, coupon_id = await compensated(market)
    await use(await elsewhere(market), coupon_id)
    market.means.time.step(seconds=2)
    async with market.means.engine.begin() as holding:
        await holding.execute(select(t.orders.c.id).where(t.orders.c.id == late).with_for_update())
        await sweep(market)
        assert await recoveries(market) == []
    await sweep(market)
    assert len(await recoveries(market)) == 1


async def test_it_is_collected_from_the_balance_and_the_rest_from_the_next_release(market: Market) -> None:
    """COU-4, section 15: 9.80 stand there, 20.20 come from the next release; COU-5 says from where."""
    small = await promised(market, one_line("10.00"))
    late, coupon_id = await compensated(market)
    await receive(market, small)
    assert await balances(market) == {"SELLER": 9_80}
    await use(await elsewhere(market), coupon_id)
    market.means.time.step(seconds=2)
    await sweep(market)
    assert [(row["status"], row["collected"]) for row in await recoveries(market)] == [("PARTLY_COLLECTED", 9_80)]
    assert await balances(market) == {"RECEIVABLE": 9_80 - COUPON}
    another = await promised(market, one_line("100.00"))
    await receive(market, another)
    assert [(row["status"], row["collected"]) for row in await recoveries(market)] == [("COLLECTED", COUPON)]
    assert await balances(market) == {"SELLER": 98_00 - 20_20}
    c = t.collections.c
    async with market.means.engine.connect() as connection:
        taken = (await connection.execute(select(c.order_id, c.amount).order_by(c.id))).all()
    assert [tuple(row) for row in taken] == [(late, 9_80), (another, 20_20)]
    assert await faults(market.means.engine, market.seller.id) == []


async def test_the_oldest_is_collected_first(market: Market) -> None:
    """Section 15: of two debts of 30.00, 49.00 pay the older whole and 19.00 of the newer."""
    other = await elsewhere(market)
    coupon_ids = [(await compensated(market))[1] for _ in range(2)]
    for coupon_id in reversed(coupon_ids):
        await use(other, coupon_id)
        market.means.time.step(hours=1)
    await sweep(market)
    first, second = await recoveries(market)
    assert (first["coupon_id"], second["coupon_id"]) == (coupon_ids[1], coupon_ids[0])
    await receive(market, await promised(market, one_line("50.00")))
    assert [row["collected"] for row in await recoveries(market)] == [COUPON, 19_00]


async def test_a_sweep_with_two_orders_of_one_indebted_seller_collects_once(market: Market) -> None:
    """Section 15: both are due together, 39.99 stand there: 30.00 for the one, 9.99 for the other, no cent twice."""
    other = await elsewhere(market)
    pairs = [await compensated(market) for _ in range(2)]
    await receive(market, await promised(market, one_line("40.81")))
    assert await balances(market) == {"SELLER": 40_81 - 82}
    for _, coupon_id in pairs:
        await use(other, coupon_id)
    market.means.time.step(seconds=2)
    await sweep(market)
    rows = await recoveries(market)
    assert sorted(row["collected"] for row in rows) == [9_99, COUPON]
    assert await balances(market) == {"RECEIVABLE": 39_99 - 2 * COUPON}
    assert await faults(market.means.engine, market.seller.id) == []


NEXT_EVENT = text(
    "INSERT INTO events (subject, subject_id, version, kind, at, by, data) SELECT subject, subject_id, version + 1,"
    " kind, at, by, data FROM events WHERE subject_id = :order ORDER BY version DESC LIMIT 1"
)


async def test_a_release_and_a_recovery_that_are_due_together_are_settled_against_each_other(market: Market) -> None:
    """COU-5: neither is seen by the other as it is judged; what then stands beside a debt is collected at once."""
    _, coupon_id = await compensated(market)
    release = await promised(market, one_line("40.81"))
    await send(market, release)
    market.means.time.step(days=60)
    await use(await elsewhere(market), coupon_id)
    market.means.time.step(seconds=2)
    await sweep(market)
    assert await balances(market) == {"SELLER": 40_81 - 82 - COUPON}
    assert [row["status"] for row in await recoveries(market)] == ["COLLECTED"]
    assert await faults(market.means.engine, market.seller.id) == []


async def test_money_that_arrives_while_a_debt_arises_is_collected(market: Market) -> None:
    """COU-5: a release that was judged before the debt was there, and written after, leaves none beside a balance."""
    _, coupon_id = await compensated(market)
    release = await promised(market, one_line("40.81"))
    await send(market, release)
    await use(await elsewhere(market), coupon_id)
    market.means.time.step(seconds=2)
    async with market.means.engine.connect() as blocking:
        # the version that the release will have is somebody else's for now: with its event its money has to wait
        await blocking.execute(NEXT_EVENT, {"order": release})
        receiving = await waiting(market, fulfilment.confirm_receipt(market.means, by(market.buyer), release))
        await sweep(alongside(market))
        assert await balances(market) == {"RECEIVABLE": -COUPON}
        await blocking.rollback()
    await receiving
    await sweep(market)
    assert await balances(market) == {"SELLER": 40_81 - 82 - COUPON}
    assert [row["status"] for row in await recoveries(market)] == ["COLLECTED"]
    assert await faults(market.means.engine, market.seller.id) == []


async def test_a_full_refund_of_the_order_that_used_it_reverses_the_recovery(market: Market) -> None:
    """PAY-9: the coupon is the buyer's again, what was collected the late seller's; a later use makes a new one."""
    late, coupon_id = await compensated(market)
    await receive(market, await promised(market, one_line("20.41")))
    other = await elsewhere(market)
    user = await use(other, coupon_id)
    market.means.time.step(seconds=2)
    await sweep(market)
    assert await balances(market) == {"RECEIVABLE": 20_00 - COUPON}
    await refund(market, user)
    assert (await coupon_row(market, coupon_id))["status"] == "AVAILABLE"
    market.means.time.step(seconds=2)
    await sweep(market)
    assert [row["status"] for row in await recoveries(market)] == ["REVERSED"]
    assert await balances(market) == {"SELLER": 20_00}
    assert (await entry_kinds(market, late))[-1] == EntryKind.RECOVERY_REVERSED
    await use(other, coupon_id)
    market.means.time.step(seconds=2)
    await sweep(market)
    assert [(row["status"], row["collected"]) for row in await recoveries(market)] == [
        ("REVERSED", 20_00),
        ("PARTLY_COLLECTED", 20_00),
    ]
    for seller in (market.seller.id, other.seller.id):
        assert await faults(market.means.engine, seller) == []


@pytest.mark.parametrize("swept", [True, False])
async def test_a_waiver_after_use_takes_the_recovery_off_the_seller(market: Market, swept: bool) -> None:
    """CLM-8, section 18: whether or not what was owed had been reckoned; the buyer keeps what was paid for them."""
    late, coupon_id = await compensated(market)
    await use(await elsewhere(market), coupon_id)
    market.means.time.step(seconds=2)
    if swept:
        await sweep(market)
    await waive(market, late)
    market.means.time.step(seconds=2)
    await sweep(market)
    assert [row["status"] for row in await recoveries(market)] == ["REVERSED"]
    assert await balances(market) == {}
    row = await coupon_row(market, coupon_id)
    assert (row["status"], row["used"], row["liability"]) == ("USED", COUPON, "PLATFORM")


async def test_a_waiver_before_use_leaves_nothing_to_recover(market: Market) -> None:
    """CLM-8, COU-4: platform-liable is the platform's expense."""
    late, coupon_id = await compensated(market)
    await waive(market, late)
    await use(await elsewhere(market), coupon_id)
    market.means.time.step(seconds=2)
    await sweep(market)
    assert (await recoveries(market), await balances(market)) == ([], {})


# --- races ------------------------------------------------------------------------------------------------------


async def test_two_orders_race_for_one_coupon(market: Market) -> None:
    """COU-3: exactly one wins and the other is told; what was refused is not agreed."""
    _, coupon_id = await compensated(market)
    other = await elsewhere(market)
    ids = [await submitted(place, one_line("551.23")) for place in (market, other, other, other)]
    tries = (orders.confirm(market.means, by(market.buyer), order_id, coupon_id) for order_id in ids)
    answers = await asyncio.gather(*tries, return_exceptions=True)
    lost = [answer.code for answer in answers if isinstance(answer, Refusal)]
    assert lost == [ErrorCode.COUPON_NOT_AVAILABLE] * 3
    applied = [order_id for order_id in ids if (await order_row(market.means, order_id))["coupon_id"]]
    assert applied == [(await coupon_row(market, coupon_id))["reserved_order_id"]]
    assert len([i for i in ids if (await order_row(market.means, i))["status"] == "PENDING_PAYMENT"]) == 1


async def test_two_claims_race_and_one_is_filed(market: Market) -> None:
    """CLM-4: one an order, ever."""
    order_id = await overdue(market)
    answers = await asyncio.gather(*(claim(market, order_id) for _ in range(5)), return_exceptions=True)
    assert [answer.code for answer in answers if isinstance(answer, Refusal)] == [ErrorCode.CLAIM_NOT_POSSIBLE] * 4


async def test_two_decisions_race_and_one_coupon_is_issued(market: Market) -> None:
    """CLM-6: exactly one of them."""
    claim_id = await claim(market, await overdue(market))
    answers = await asyncio.gather(*(approve(market, claim_id) for _ in range(5)), return_exceptions=True)
    assert [answer.code for answer in answers if isinstance(answer, Refusal)] == [ErrorCode.CLAIM_DECIDED] * 4
    async with market.means.engine.connect() as connection:
        count = (await connection.execute(select(func.count()).select_from(t.coupons))).scalar()
    assert count == 1


async def test_an_undone_decision_races_with_the_coupon_s_use(market: Market) -> None:
    """CLM-6, COU-1: either the coupon was applied and the decision stands, or it is revoked and the order is not."""
    late, coupon_id = await compensated(market)
    order_id = await submitted(await elsewhere(market), one_line("551.23"))
    claim_id = (await coupon_row(market, coupon_id))["claim_id"]
    answers = await asyncio.gather(
        claims.undo_decision(market.means, by(market.operator), claim_id, "Of another order."),
        orders.confirm(market.means, by(market.buyer), order_id, coupon_id),
        return_exceptions=True,
    )
    codes = {answer.code for answer in answers if isinstance(answer, Refusal)}
    assert len(codes) == 1
    status = (await coupon_row(market, coupon_id))["status"]
    expected = {
        "REVOKED": {ErrorCode.COUPON_NOT_AVAILABLE},
        "RESERVED": {ErrorCode.CLAIM_NOT_DECIDED, ErrorCode.COUPON_NOT_AVAILABLE},
    }
    assert codes <= expected[status]
    assert late


# --- the clocks of coupons --------------------------------------------------------------------------------------


async def test_a_coupon_is_announced_once_and_expires_once_by_two_workers(market: Market) -> None:
    """COU-2, section 14, section 18: two workers at once, one event each; `dueAt` keeps the true instant."""
    _, coupon_id = await compensated(market)
    expires = (await coupon_row(market, coupon_id))["expires_at"]
    for at, kind, due in (
        (expires - timedelta(days=6), EventKind.COUPON_EXPIRING, expires - timedelta(days=7)),
        (expires + timedelta(hours=1), EventKind.COUPON_EXPIRED, expires),
    ):
        market.means.time.at = at
        await asyncio.gather(*(coupons.settle_due_coupons(alongside(market).means) for _ in range(4)))
        (event,) = await event_rows(market.means, coupon_id, kind)
        assert (event["due_at"], event["detected_at"], event["at"]) == (due, at, due + timedelta(seconds=1))
    row = await coupon_row(market, coupon_id)
    events = await event_rows(market.means, coupon_id)
    assert (row["status"], [event["version"] for event in events]) == ("EXPIRED", [1, 2, 3])
    assert row["version"] == 3


async def test_a_coupon_expires_to_the_second_for_whoever_tries_it(market: Market) -> None:
    """COU-1, section 18: on day 90 and 91, with no sweep between."""
    _, coupon_id = await compensated(market)
    expires = (await coupon_row(market, coupon_id))["expires_at"]
    order_id = await submitted(await elsewhere(market), one_line("551.23"))
    market.means.time.at = expires + timedelta(seconds=1)
    late = await refusal(orders.confirm(market.means, by(market.buyer), order_id, coupon_id))
    assert late.code is ErrorCode.COUPON_EXPIRED
    market.means.time.at = expires + timedelta(microseconds=999_999)
    await orders.confirm(market.means, by(market.buyer), order_id, coupon_id)
    market.means.time.step(days=1)
    await sweep(market)
    assert (await coupon_row(market, coupon_id))["status"] == "RESERVED"


async def test_a_reserved_coupon_given_back_after_its_time_is_expired(market: Market) -> None:
    """PAY-9, section 14: its clock has run out meanwhile, without a word."""
    _, coupon_id = await compensated(market)
    user = await use(await elsewhere(market), coupon_id)
    market.means.time.step(days=120)
    await sweep(market)
    await refund(market, user)
    assert (await coupon_row(market, coupon_id))["status"] == "EXPIRED"
    kinds = [event["kind"] for event in await event_rows(market.means, coupon_id)]
    assert kinds[-2:] == [EventKind.COUPON_GIVEN_BACK, EventKind.COUPON_EXPIRED]
    assert EventKind.COUPON_EXPIRING not in kinds


# --- the days to pay --------------------------------------------------------------------------------------------


async def test_the_sweep_cancels_a_discounted_order_that_nobody_paid(market: Market) -> None:
    """ORD-11: after seven days the coupon is the buyer's again, and what had counted goes back."""
    _, coupon_id = await compensated(market)
    other = await elsewhere(market)
    order_id = await confirm_with(other, coupon_id, terms())
    await pay(other, order_id, 1_00)
    market.means.time.step(days=7, seconds=1)
    await sweep(market)
    row = await order_row(market.means, order_id)
    assert (row["status"], row["close_reason"], row["refunded"]) == ("CLOSED", "UNPAID", 1_00)
    assert (await coupon_row(market, coupon_id))["status"] == "AVAILABLE"
    assert await balances(market, order_id) == {}
    assert await faults(market.means.engine, other.seller.id) == []


async def test_a_landed_transfer_of_a_closed_order_goes_back(market: Market) -> None:
    """PAY-6, section 16: a full refund closes the order while a transfer waits; it is refunded, never absorbed."""
    order_id = await promised(market, terms())
    receipt_id = await land(market, order_id, 50_00)
    await refund(market, order_id)
    assert await balances(market, order_id) == {"UNASSOCIATED": 50_00}
    await payments.refund_held(market.means, by(market.operator), order_id, receipt_id)
    assert await balances(market, order_id) == {}
    assert await faults(market.means.engine, market.seller.id) == []


async def test_batches_are_settled_whole(market: Market) -> None:
    """Section 14: what a batch leaves for the next is found by it."""
    await overdue(market)
    await send(market, await promised(market))
    market.means.time.step(days=400)
    first = await settling.settle_due(market.means, limit=1)
    assert first.due == 1
    await sweep(market)
    assert (await settling.settle_due(market.means)).due == 0
