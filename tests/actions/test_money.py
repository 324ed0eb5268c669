"""Money through the actions on the real database (section 15): whatever happens, every account holds what it must."""

import asyncio
from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import ledger, orders, payments, sellers
from app.db import tables as t
from app.domain.happenings import EventKind
from app.domain.ledger import EntryKind
from app.domain.policy import PaymentMethod
from tests.actions.books import Account, standing
from tests.actions.histories import History, costly, kinds_of
from tests.actions.ledgers import SIDES, faults
from tests.actions.looking import entry_kinds
from tests.actions.taking import arrival, associated
from tests.market import (
    PROVIDER,
    Market,
    by,
    completed,
    confirmed,
    event_rows,
    open_market,
    order_row,
    row_of,
)
from tests.means import TestMeans
from tests.sizes import size

HISTORIES = size("histories of money")
# Coupons, recoveries, refunds and corrections have tests of their own; no history of a plain order has any
OF_PROMISES = {
    EntryKind.COUPON_POSTED,
    EntryKind.COUPON_TAKEN_BACK,
    EntryKind.RECOVERY_OWED,
    EntryKind.RECOVERY_COLLECTED,
    EntryKind.RECOVERY_REVERSED,
    EntryKind.REFUND,
    EntryKind.CORRECTION,
}
PROTECTED = {"UNASSOCIATED", "HELD", "ESCROW", "SELLER"}
MOVED = text(f"SELECT account, owner, currency, sum(amount) AS amount FROM ({SIDES}) side GROUP BY 1, 2, 3")
KEPT = text(
    "SELECT account, owner_id AS owner, currency, amount FROM balances"
    " WHERE owner_id = :seller OR owner_id IN (SELECT id FROM orders WHERE seller_id = :seller)"
)
CARDS = text(
    "SELECT id, total, received, refunded, released, fee_charged, landed,"
    "  ARRAY(SELECT i.received FROM instalments i WHERE i.order_id = o.id ORDER BY i.position) AS filled,"
    "  ARRAY(SELECT i.amount FROM instalments i WHERE i.order_id = o.id ORDER BY i.position) AS parts"
    " FROM orders o WHERE seller_id = :seller"
)
PARTS = text(
    "SELECT r.id, r.unassociated, r.counted, r.held, r.returned, r.payment_fee FROM receipts r"
    " JOIN orders o ON o.id = r.order_id WHERE o.seller_id = :seller"
)


async def check(history: History) -> None:
    """PAY-10: moves, balances, funds cards and receipts are those of the books kept by hand."""
    market = history.market
    seller = {"seller": market.seller.id}
    async with market.means.engine.connect() as connection:
        moved = _sums(await connection.execute(MOVED, seller))
        kept = _sums(await connection.execute(KEPT, seller))
        cards = {row.id: row for row in await connection.execute(CARDS, seller)}
        parts = {row.id: tuple(row)[1:] for row in await connection.execute(PARTS, seller)}
    expected = standing(history.books, market.seller.id, history.withdrawn)
    assert moved == expected
    assert kept == {account: amount for account, amount in expected.items() if account[1] is not None}
    assert all(amount > 0 for (account, _, _), amount in expected.items() if account in PROTECTED)
    for currency in {currency for _, _, currency in moved}:
        assert sum(amount for (_, _, of), amount in moved.items() if of == currency) == 0
    for book in history.books:
        card = cards[book.order_id]
        assert (card.total, card.received, card.refunded) == (book.total, book.received, 0)
        assert (card.released, card.fee_charged, card.landed) == (book.released, book.charged, book.landed)
        if book.counting:
            assert (card.parts, card.filled) == (book.parts, book.filled())
    slips = [slip for book in history.books for slip in book.slips]
    assert parts == {slip.id: (slip.waiting, slip.counted, slip.held, slip.returned, slip.fee) for slip in slips}


def _sums(rows: Any) -> dict[Account, int]:
    return {(row.account, row.owner, row.currency): int(row.amount) for row in rows if row.amount}


def test_every_account_holds_what_its_receipts_say(fresh_database_url: str) -> None:
    """Section 15, PAY-4 to PAY-10: random histories in three currencies; each kind of entry of plain orders occurs."""
    seen: Counter[str] = Counter()

    async def live(engine: AsyncEngine, rng: Random) -> None:
        market = await open_market(TestMeans(engine), quota_limit=10**12)
        history = History(market, rng)
        for _ in range(rng.randint(1, 2)):
            await history.begin()
        for _ in range(rng.randint(15, 40)):
            await history.step()
            await check(history)
        seen.update(await kinds_of(market))
        assert await faults(engine, market.seller.id) == []

    # a loop of its own: hypothesis calls from outside of any
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        context = costly(fresh_database_url)
        engine = runner.run(context.__aenter__())

        @given(st.randoms(use_true_random=True))
        @settings(max_examples=HISTORIES, phases=[Phase.generate])
        def histories(rng: Random) -> None:
            runner.run(live(engine, rng))

        try:
            histories()
            report = runner.run(ledger.check(TestMeans(engine)))
        finally:
            runner.run(context.__aexit__(None, None, None))
    assert report.faults == []
    assert report.orders >= HISTORIES
    assert {kind for kind in EntryKind if not seen[kind]} == OF_PROMISES


async def test_the_example_of_the_rule_book(market: Market) -> None:
    """PAY-1, FEE-1, PAY-11: 551.23 by easy dispatch costs 11.02, and the statement says how 540.21 came and went."""
    order_id = await completed(market)
    await sellers.withdraw(market.means, by(market.seller.owner), 540_21, "USD")
    card = await order_row(market.means, order_id)
    assert (card["total"], card["received"], card["released"], card["fee"]) == (551_23, 551_23, 551_23, 11_02)
    query = text("SELECT kind, amount, balance FROM statement_lines WHERE seller_id = :seller ORDER BY ordinal")
    async with market.means.engine.connect() as connection:
        lines = [tuple(row) for row in await connection.execute(query, {"seller": market.seller.id})]
    assert lines == [("RELEASE", 551_23, 551_23), ("FEE", -11_02, 540_21), ("WITHDRAWAL", -540_21, 0)]
    assert await faults(market.means.engine, market.seller.id) == []


async def test_what_is_too_much_of_a_transfer_stays_held_when_it_is_undone(market: Market) -> None:
    """PAY-6, PAY-7: the excess is held through undo and a second association; sent back, the rest still waits."""
    means, operator = market.means, by(market.operator)
    order_id = await confirmed(market)
    receipt_id = await associated(market, order_id, 551_23 + 5)
    await payments.undo_association(means, operator, order_id, receipt_id)
    await payments.associate(means, operator, order_id, receipt_id)
    row = await row_of(means, t.receipts, receipt_id)
    assert (row["counted"], row["held"], row["unassociated"]) == (551_23, 5, 0)
    await payments.undo_association(means, operator, order_id, receipt_id)
    await payments.refund_held(means, operator, order_id, receipt_id)
    row = await row_of(means, t.receipts, receipt_id)
    assert (row["counted"], row["returned"], row["unassociated"]) == (0, 5, 551_23)
    means.time.step(hours=49)
    await orders.set_reference(means, by(market.buyer), order_id, "A1")
    assert len(await event_rows(means, order_id, EventKind.TRANSFER_WAITING)) == 1
    assert await faults(means.engine, market.seller.id) == []


@pytest.mark.parametrize("operator_first", [True, False])
@pytest.mark.parametrize("method", [PaymentMethod.VISA, PaymentMethod.TT])
async def test_what_an_operator_and_a_provider_state_counts_once(
    market: Market, method: PaymentMethod, operator_first: bool
) -> None:
    """PAY-3, PAY-6: one reference is one receipt, whoever states it first; another amount is more money."""
    order_id = await confirmed(market)
    told = arrival(market, method, 165_37)
    typed = replace(told, provider="operator")
    statements = [(by(market.operator), typed), (PROVIDER, told)]
    ids = [
        await payments.arrive(market.means, call, order_id, said)
        for call, said in (statements if operator_first else reversed(statements))
    ]
    assert ids[0] == ids[1]
    assert len(await entry_kinds(market, order_id)) == 1
    slip = replace(typed, reference=f"slip-{order_id}", amount=1)
    await payments.arrive(market.means, by(market.operator), order_id, slip)
    await payments.arrive(market.means, PROVIDER, order_id, replace(slip, provider="demonstration", amount=10))
    assert len(await entry_kinds(market, order_id)) == 3
    assert await faults(market.means.engine, market.seller.id) == []
