"""Rows to book: each side's accounts as the ledger moves them, once, for ever, and with an event that tells of them."""

import asyncio
from collections import Counter
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import payments, sellers
from app.db.engine import Pool, read_pool
from app.domain.corrections import Shift
from app.domain.ledger import AccountKind
from app.domain.money import Money
from app.reads import Reader
from app.schema.scalars import instant_text
from examples.erp import sync
from examples.erp.copy import Copy
from tests.actions.booking import Row, booked, brief, heard, of_order, of_seller, sums, told
from tests.actions.histories import History, costly
from tests.actions.promising import compensated, elsewhere, receive, recoveries, refund, sweep, use
from tests.market import Market, by, completed, event_rows, new_account, open_market, transfer
from tests.means import TestMeans
from tests.sizes import size

HISTORIES = size("histories that are booked")
BOTH = """query Both($id: ID!, $seller: ID!) {
  order: node(id: $id) { ... on Order { postings { nodes { id } } } }
  seller: node(id: $seller) { ... on Seller { postings { nodes { id } } } }
}"""


async def test_the_example_of_the_rule_book(market: Market, pool: Pool) -> None:
    """Section 15: the seller books escrow and balance, the buyer what left the bank, sales nothing."""
    order_id, reader, team = await completed(market), Reader(pool), market.seller
    ask = of_order(order_id)
    rows = await booked(market, reader, team.finance, ask)
    counted = [("RECEIPT_COUNTED", "ESCROW", "WORLD", amount) for amount in _parts(rows)]
    assert brief(rows) == [
        *counted,
        ("RELEASE", "ESCROW", "SELLER", -551_23),
        ("RELEASE", "SELLER", "ESCROW", 551_23),
        ("FEE", "SELLER", "FEE", -11_02),
    ]
    assert sums(rows) == {("SELLER", "USD"): 540_21}
    assert all(row["receipt"] for row in rows[: len(counted)])
    paid = await booked(market, reader, market.buyer, ask)
    assert brief(paid) == [("RECEIPT_COUNTED", "WORLD", "ESCROW", -amount) for amount in _parts(rows)]
    both = await booked(market, reader, market.operator, ask)
    assert {row["id"] for row in both} == {row["id"] for row in [*rows, *paid]}
    assert len(both) == len(rows) + len(paid)


def _parts(rows: list[Row]) -> list[int]:
    return [amount for kind, _, _, amount in brief(rows) if kind == "RECEIPT_COUNTED"]


async def test_who_may_not_see_the_ledger_is_told_of_no_row(market: Market, pool: Pool) -> None:
    """Section 13: sales, another buyer, another seller."""
    order_id, reader = await completed(market), Reader(pool)
    await sellers.withdraw(market.means, by(market.seller.owner), 1_00, "USD")
    variables = {"id": of_order(order_id), "seller": of_seller(market)}
    sales = await told(market, reader, market.seller.sales, BOTH, **variables)
    assert sales == {"order": {"postings": None}, "seller": {"postings": None}}
    buyer = await told(market, reader, market.buyer, BOTH, **variables)
    assert buyer["seller"] == {"postings": None}
    other = await open_market(market.means)
    stranger = await told(market, reader, await new_account(market.means), BOTH, **variables)
    assert stranger == {"order": None, "seller": {"postings": None}}
    rival = await told(market, reader, other.seller.owner, BOTH, **variables)
    assert rival == {"order": None, "seller": {"postings": {"nodes": []}}}


async def test_a_late_sellers_debt_and_the_coupons_money(market: Market, pool: Pool) -> None:
    """Section 15: the debt is a row of the late seller's order, the coupon's share one of the order it paid for."""
    reader = Reader(pool)
    late_id, coupon_id = await compensated(market)
    other = await elsewhere(market)
    used_id = await use(other, coupon_id)
    await sweep(market)
    (recovery,) = await recoveries(market)
    late = await booked(market, reader, market.seller.owner, of_order(late_id))
    owed = [row for row in late if row["kind"] == "RECOVERY_OWED"]
    assert brief(owed) == [("RECOVERY_OWED", "RECEIVABLE", "SUBSIDY", -30_00)]
    assert owed[0]["recovery"] == {"id": f"rcv_{recovery['id'].hex}"}
    posted = await booked(other, reader, other.seller.owner, of_order(used_id))
    assert ("COUPON_POSTED", "ESCROW", "SUBSIDY", 30_00) in brief(posted)
    await receive(market, late_id)
    late = await booked(market, reader, market.seller.owner, of_order(late_id))
    collected = [row for row in brief(late) if row[0] == "RECOVERY_COLLECTED"]
    assert collected == [
        ("RECOVERY_COLLECTED", "SELLER", "RECEIVABLE", -30_00),
        ("RECOVERY_COLLECTED", "RECEIVABLE", "SELLER", 30_00),
    ]
    await refund(other, used_id)
    back = await booked(other, reader, other.seller.owner, of_order(used_id))
    assert brief(back)[-2:] == [("REFUND", "ESCROW", "WORLD", -521_23), ("REFUND", "ESCROW", "SUBSIDY", -30_00)]
    assert back[-1]["dispute"] is not None
    assert sums(back) == {}
    assert sums(await booked(other, reader, market.buyer, of_order(used_id))) == {}
    await heard(market, reader, late_id)
    await heard(other, reader, used_id)


async def test_what_a_refund_after_release_costs_is_hidden_from_the_buyer(market: Market, pool: Pool) -> None:
    """Section 13: the buyer sees what came back, not from which account of the seller; a correction is not theirs."""
    order_id, reader = await completed(market), Reader(pool)
    shift = Shift(AccountKind.WORLD, AccountKind.SELLER, Money(5_00, "USD"))
    await payments.correct(market.means, by(market.operator), order_id, [shift], "Paid by another way.")
    await refund(market, order_id)
    paid = await booked(market, reader, market.buyer, of_order(order_id))
    assert brief(paid)[-1] == ("REFUND", "WORLD", None, 551_23)
    assert sums(paid) == {}
    rows = await booked(market, reader, market.seller.owner, of_order(order_id))
    assert ("CORRECTION", "SELLER", "WORLD", 5_00) in brief(rows)
    assert sums(rows) == {("SELLER", "USD"): 5_00}
    await heard(market, reader, order_id)


def test_rows_add_up_to_the_books_whatever_happens(fresh_database_url: str) -> None:
    """Section 15: random histories; rows are only ever added, each with an event of its order at its instant."""

    async def live(engine: AsyncEngine, reader: Reader, rng: Random) -> None:
        history, known = History(await open_market(TestMeans(engine), quota_limit=10**12), rng), dict[str, list[str]]()
        for _ in range(2):
            await history.begin()
        for _ in range(rng.randint(15, 40)):
            await history.step()
            await _grown(history, reader, known)
        await _agree(history, reader)

    async def all_of_them() -> None:
        pool = await read_pool(fresh_database_url)
        async with costly(fresh_database_url) as engine:
            for seed in range(HISTORIES):
                await live(engine, Reader(pool), Random(seed))
        await pool.close()

    asyncio.run(all_of_them())


async def _grown(history: History, reader: Reader, known: dict[str, list[str]]) -> None:
    """What was told before is told again, and first."""
    market = history.market
    book = history.rng.choice(history.books)
    ids = [row["id"] for row in await booked(market, reader, market.seller.owner, of_order(book.order_id))]
    before = known.get(of_order(book.order_id), [])
    assert ids[: len(before)] == before
    assert len(set(ids)) == len(ids)
    known[of_order(book.order_id)] = ids


async def _agree(history: History, reader: Reader) -> None:
    """What the rows add up to is what the books kept by hand say."""
    market, balance = history.market, Counter[tuple[str, str]]()
    for book in history.books:
        rows = await booked(market, reader, market.seller.finance, of_order(book.order_id))
        held, kept = book.received - book.released, book.released - book.charged
        expected = {("ESCROW", book.currency): held, ("SELLER", book.currency): kept}
        assert sums(rows) == {key: amount for key, amount in expected.items() if amount}
        balance += sums([row for row in rows if row["account"] == "SELLER"])
        left: Counter[tuple[str, str]] = Counter()
        for slip in book.slips:
            left["WORLD", slip.currency] -= slip.waiting + slip.counted + slip.held + slip.fee
        paid = await booked(market, reader, market.buyer, of_order(book.order_id))
        assert sums(paid) == {key: amount for key, amount in left.items() if amount}
        await heard(market, reader, book.order_id)
    own = await booked(market, reader, market.seller.finance, of_seller(market))
    assert {kind for kind, *_ in brief(own)} <= {"WITHDRAWAL"}
    withdrawn = {("SELLER", currency): -amount for currency, amount in history.withdrawn.items() if amount}
    assert sums(own) == withdrawn
    made = await event_rows(market.means, market.seller.id, "WITHDRAWAL_MADE")
    assert [row["at"] for row in own] == [instant_text(event["at"]) for event in made]


async def test_what_is_collected_for_a_withdrawal_is_the_sellers_own(market: Market, pool: Pool) -> None:
    """Section 15: rows of no order, each with an event of the seller."""
    reader, means, owner = Reader(pool), market.means, by(market.seller.owner)
    order_id = await completed(market)
    await sellers.withdraw(means, owner, 540_21, "USD")
    await refund(market, order_id)
    gift = Shift(AccountKind.SUBSIDY, AccountKind.SELLER, Money(700_00, "USD"))
    await payments.correct(means, by(market.operator), order_id, [gift], "A goodwill payment.")
    means.time.step(minutes=1)
    await sellers.withdraw(means, owner, 100_00, "USD")
    own = await booked(market, reader, market.seller.owner, of_seller(market))
    assert [row["order"] for row in own] == [None] * 4
    assert brief(own) == [
        ("WITHDRAWAL", "SELLER", "WORLD", -540_21),
        ("RECOVERY_COLLECTED", "SELLER", "RECEIVABLE", -540_21),
        ("RECOVERY_COLLECTED", "RECEIVABLE", "SELLER", 540_21),
        ("WITHDRAWAL", "SELLER", "WORLD", -100_00),
    ]
    assert own[1]["recovery"] is not None
    events = [(event["kind"], instant_text(event["at"])) for event in await event_rows(means, market.seller.id)]
    assert {(row["kind"], row["at"]) for row in own} <= {(kind.removesuffix("_MADE"), at) for kind, at in events}


async def test_the_connector_books_each_row_once(
    market: Market, pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that did not come along with their order are asked for, and a page that comes again adds nothing."""
    order_id = await completed(market)
    for amount in range(1, 14):
        await transfer(market, order_id, amount, "JPY")
        await payments.correct(
            market.means, by(market.operator), order_id,
            [Shift(AccountKind.SUBSIDY, AccountKind.SELLER, Money(amount, "USD"))], "A goodwill payment.",
        )  # fmt: skip
    await sellers.withdraw(market.means, by(market.seller.owner), 1_00, "USD")
    reader = Reader(pool)

    async def ask(_: Any, document: str, **variables: Any) -> Any:
        if document == sync.CHANGED:
            return {"changedOrders": {"changes": [], "endCursor": "here", "hasNextPage": False}}
        return await told(market, reader, market.seller.finance, document, **variables)

    monkeypatch.setattr(sync, "ask", ask)
    session: Any = None
    copy = Copy(tmp_path / "erp.sqlite")
    for _ in range(2):
        await sync.read_everything(session, copy)
        await sync.book(session, copy)
    rows = await booked(market, reader, market.seller.finance, of_order(order_id))
    own = await booked(market, reader, market.seller.finance, of_seller(market))
    assert set(copy.books()) == {row["id"] for row in [*rows, *own]}
    assert len(rows) > 10
    assert sum(row[3] for row in copy.books().values() if row[2] == "SELLER") == Decimal("540.21") + Decimal("0.91") - 1
    copy.close()
