"""Disputes about a refund on the real database: what is written, what moves, who sees it, and what time does to it."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import disputes, fulfilment, sellers, settling
from app.actions.work import call_of
from app.db import tables as t
from app.domain.access import Actor
from app.domain.errors import ErrorCode
from app.domain.fulfilment import Parcel
from app.domain.happenings import EventKind
from app.domain.ledger import EntryKind
from app.domain.money import Money
from app.domain.records import CloseReason, Status
from app.domain.remedies import DisputeAnswer, DisputeOutcome, DisputeReason, DisputeStatus
from tests.actions.ledgers import SIDES, faults
from tests.actions.looking import entry_kinds, refusal
from tests.actions.taking import sent
from tests.market import (
    Market,
    by,
    completed,
    event_rows,
    new_account,
    new_seller,
    open_market,
    order_row,
    paid,
    row_of,
)
from tests.means import TestMeans

TOTAL, FEE = 551_23, 11_02
STANDING = text(f"SELECT account, sum(amount)::bigint AS amount FROM ({SIDES}) side GROUP BY 1 HAVING sum(amount) <> 0")


def usd(minor: int) -> Money:
    """An amount of cents."""
    return Money(minor, "USD")


async def standing(market: Market) -> dict[str, int]:
    """What stands on each account of the market; the rest is empty."""
    async with market.means.engine.connect() as connection:
        rows = await connection.execute(STANDING, {"seller": market.seller.id})
        return {row.account: row.amount for row in rows}


async def asked(market: Market, order_id: UUID, amount: int | None = 100_00) -> UUID:
    """The buyer applies for a refund; the id of the dispute."""
    money = None if amount is None else usd(amount)
    return await disputes.apply_for_refund(
        market.means, by(market.buyer), order_id, DisputeReason.QUALITY, money, "Brittle."
    )


async def answered(
    market: Market, dispute: UUID, actor: Actor, word: DisputeAnswer = DisputeAnswer.ACCEPT, amount: int | None = None
) -> UUID:
    """A side answers."""
    money = None if amount is None else usd(amount)
    return await disputes.answer(market.means, by(actor), dispute, word, money, None)


async def refunded(market: Market, order_id: UUID, amount: int | None) -> UUID:
    """What the buyer asks for, the seller gives."""
    return await answered(market, await asked(market, order_id, amount), market.seller.owner)


# --- what moves -------------------------------------------------------------------------------------------------


async def test_a_part_before_release(market: Market) -> None:
    """Section 15: partial refund before release: escrow → world; what is released later is the rest, its fee too."""
    order_id = await paid(market)
    await refunded(market, order_id, 100_00)
    assert await standing(market) == {"WORLD": 100_00 - TOTAL, "ESCROW": TOTAL - 100_00}
    await fulfilment.dispatch(market.means, by(market.seller.owner), order_id, Parcel("DHL", "1Z"))
    await fulfilment.confirm_receipt(market.means, by(market.buyer), order_id)
    # 2 % of 451.23
    assert await standing(market) == {"WORLD": 100_00 - TOTAL, "SELLER": TOTAL - 100_00 - 9_02, "FEE": 9_02}
    assert await faults(market.means.engine, market.seller.id) == []


async def test_all_before_release(market: Market) -> None:
    """Section 15, DSP-3: full refund before release: everything goes back, no fee, and the order is closed."""
    order_id = await paid(market)
    dispute = await refunded(market, order_id, None)
    assert await standing(market) == {}
    order, row = await order_row(market.means, order_id), await row_of(market.means, t.disputes, dispute)
    assert (order["status"], order["close_reason"]) == (Status.CLOSED, CloseReason.REFUNDED)
    assert (order["refunded"], order["quota_occupied"]) == (TOTAL, 0)
    assert (row["status"], row["outcome"], row["refunded"]) == ("RESOLVED", DisputeOutcome.FULL, TOTAL)


async def test_a_part_after_release(market: Market) -> None:
    """Section 15: partial refund after release: seller → world; the fee stays."""
    order_id = await completed(market)
    await refunded(market, order_id, 100_00)
    assert await standing(market) == {"WORLD": 100_00 - TOTAL, "SELLER": TOTAL - FEE - 100_00, "FEE": FEE}
    assert await faults(market.means.engine, market.seller.id) == []


async def test_all_after_release(market: Market) -> None:
    """Section 15, DSP-3: full refund after release: from the seller, and the fee goes back to them."""
    order_id = await completed(market)
    await refunded(market, order_id, None)
    assert await standing(market) == {}
    assert (await order_row(market.means, order_id))["status"] == Status.CLOSED


async def test_all_after_the_seller_has_withdrawn(market: Market) -> None:
    """Section 15: a balance that is too small: the buyer is paid at once, and the seller owes the rest."""
    order_id = await completed(market)
    await sellers.withdraw(market.means, by(market.seller.owner), 500_00, "USD")
    await refunded(market, order_id, None)
    # 40.21 and the fee of 11.02 that came back were there; the bank has what was withdrawn
    assert await standing(market) == {"WORLD": 500_00, "RECEIVABLE": -500_00}


async def test_parts_add_up(market: Market) -> None:
    """DSP-3: several refunds of an order add up to all that was paid, to the cent, and the last one closes it."""
    order_id = await paid(market)
    for amount in (1, 200_00, 351_21):
        await refunded(market, order_id, amount)
        assert (await order_row(market.means, order_id))["status"] == Status.PENDING_DISPATCH
    refused = await refusal(asked(market, order_id, 2))
    assert refused.code is ErrorCode.REFUND_TOO_LARGE
    await refunded(market, order_id, 1)
    assert (await order_row(market.means, order_id))["status"] == Status.CLOSED
    assert await standing(market) == {}
    assert await entry_kinds(market, order_id, after=2) == [EntryKind.REFUND] * 4


# --- how it is argued -------------------------------------------------------------------------------------------


async def test_an_argument_from_first_word_to_last(market: Market) -> None:
    """DSP-2: asked, countered, countered, rejected, escalated, decided: each is a row, an event, and nothing else."""
    order_id = await paid(market)
    entries = (await order_row(market.means, order_id))["entries"]
    before = (await order_row(market.means, order_id))["version"]
    dispute = await asked(market, order_id, 300_00)
    await answered(market, dispute, market.seller.sales, DisputeAnswer.COUNTER, 50_00)
    await answered(market, dispute, market.buyer, DisputeAnswer.COUNTER, 200_00)
    await answered(market, dispute, market.seller.owner, DisputeAnswer.REJECT)
    await disputes.escalate(market.means, by(market.buyer), dispute, "Enough.")
    assert (await order_row(market.means, order_id))["entries"] == entries
    await disputes.decide(market.means, by(market.operator), dispute, usd(150_00), "Half of it was brittle.")
    async with market.means.engine.connect() as connection:
        query = text("SELECT kind, by, amount, text FROM dispute_steps WHERE dispute_id = :id ORDER BY id")
        steps = [tuple(row) for row in await connection.execute(query, {"id": dispute})]
    assert steps == [
        ("OPENED", "BUYER", 300_00, "Brittle."),
        ("COUNTERED", "SELLER", 50_00, None),
        ("COUNTERED", "BUYER", 200_00, None),
        ("REJECTED", "SELLER", None, None),
        ("ESCALATED", "BUYER", None, "Enough."),
        ("DECIDED", "OPERATOR", 150_00, "Half of it was brittle."),
    ]
    told = [event["kind"] for event in await event_rows(market.means, order_id) if event["version"] > before]
    assert [kind for kind in told if kind != EventKind.DEADLINE_SET] == [
        EventKind.DISPUTE_OPENED,
        *[EventKind.DISPUTE_ANSWERED] * 3,
        EventKind.DISPUTE_ESCALATED,
        EventKind.DISPUTE_RESOLVED,
        EventKind.FUNDS_REFUNDED,
    ]
    row = await row_of(market.means, t.disputes, dispute)
    assert (row["outcome"], row["refunded"], row["decided_by"]) == ("PARTIAL", 150_00, market.operator.account_id)


async def test_a_rejection_and_its_undo(market: Market) -> None:
    """Section 0: an operator's no is taken back while it is the last word, and decided anew."""
    order_id = await paid(market)
    dispute = await asked(market, order_id)
    await disputes.escalate(market.means, by(market.seller.sales), dispute, None)
    await disputes.decide(market.means, by(market.operator), dispute, usd(0), "Nothing shows it.")
    await disputes.reopen(market.means, by(market.operator), dispute, "The pictures came later.")
    row = await row_of(market.means, t.disputes, dispute)
    assert (row["status"], row["outcome"], row["resolved_at"]) == (DisputeStatus.ESCALATED, None, None)
    await disputes.decide(market.means, by(market.operator), dispute, None, "They show it.")
    assert (await order_row(market.means, order_id))["status"] == Status.CLOSED


async def test_a_retry_does_nothing_twice(market: Market) -> None:
    """PAY-10: the same key opens one dispute and refunds once; another input under it is refused."""
    order_id = await paid(market)
    opening = call_of(market.buyer, "disputeOpen", {"amount": "1.00"}, "key-1")
    opened = [
        await disputes.apply_for_refund(market.means, opening, order_id, DisputeReason.NOT_RECEIVED, usd(1_00), None)
        for _ in range(3)
    ]
    assert len(set(opened)) == 1
    accepting = call_of(market.seller.owner, "disputeAnswer", {"answer": "ACCEPT"}, "key-2")
    for _ in range(3):
        await disputes.answer(market.means, accepting, opened[0], DisputeAnswer.ACCEPT, None, None)
    assert (await order_row(market.means, order_id))["refunded"] == 1_00
    other = call_of(market.seller.owner, "disputeAnswer", {"answer": "REJECT"}, "key-2")
    again = disputes.answer(market.means, other, opened[0], DisputeAnswer.REJECT, None, None)
    assert (await refusal(again)).code is ErrorCode.IDEMPOTENCY_KEY_REUSED


async def test_a_stranger_finds_no_dispute(market: Market) -> None:
    """Section 13: another buyer and another seller are told what is told of a dispute that does not exist."""
    dispute = await asked(market, await paid(market))
    other = await new_seller(market.means)
    for stranger in (await new_account(market.means), other.owner, other.sales):
        for doing in (
            answered(market, dispute, stranger),
            disputes.escalate(market.means, by(stranger), dispute, None),
            disputes.withdraw(market.means, by(stranger), dispute, None),
        ):
            refused = await refusal(doing)
            assert (refused.code, refused.field) == (ErrorCode.NOT_FOUND, ("disputeId",))
    unknown = await refusal(disputes.withdraw(market.means, by(market.buyer), UUID(int=1), None))
    assert (unknown.code, unknown.field) == (ErrorCode.NOT_FOUND, ("disputeId",))


# --- time -------------------------------------------------------------------------------------------------------


async def test_the_sweep_escalates_the_silent(fresh_engine: AsyncEngine) -> None:
    """DSP-2, section 14: five days of silence, and the operators have it; the true instant is kept after a downtime."""
    market = await open_market(TestMeans(fresh_engine))
    dispute = await asked(market, order_id := await paid(market))
    asked_at = market.means.time.at
    market.means.time.step(days=5, microseconds=999_999)
    assert (await settling.settle_due(market.means)).settled == 0
    market.means.time.step(days=3)
    await settling.settle_due(market.means)
    assert (await row_of(market.means, t.disputes, dispute))["status"] == DisputeStatus.ESCALATED
    (event,) = await event_rows(market.means, order_id, EventKind.DISPUTE_ESCALATED)
    assert (event["by"], event["due_at"], event["detected_at"]) == (
        "TIME",
        asked_at + timedelta(days=5),
        market.means.time.at,
    )
    assert event["at"] == asked_at + timedelta(days=5, seconds=1)


async def test_protection_ends_whether_or_not_a_sweep_has_run(market: Market) -> None:
    """DSP-1, section 16: the second after the thirtieth day a refund is refused, and the end of protection is told."""
    order_id = await completed(market)
    market.means.time.step(days=30)
    dispute = await asked(market, order_id)
    await disputes.withdraw(market.means, by(market.buyer), dispute, None)
    market.means.time.step(seconds=1)
    assert (await refusal(asked(market, order_id))).code is ErrorCode.PROTECTION_OVER
    assert len(await event_rows(market.means, order_id, EventKind.PROTECTION_ENDED)) == 1


@pytest.mark.parametrize("open_for", [1, 40])
async def test_the_receipt_waits_in_the_database_too(fresh_engine: AsyncEngine, open_for: int) -> None:
    """Section 14: a sweep does not receive a disputed order; when the dispute ends, what was left of 15 days runs."""
    market = await open_market(TestMeans(fresh_engine))
    dispute = await asked(market, order_id := await sent(market))
    market.means.time.step(days=open_for)
    await settling.settle_due(market.means)
    assert (await order_row(market.means, order_id))["status"] == Status.DISPATCHED
    waiting = await refusal(fulfilment.confirm_receipt(market.means, by(market.buyer), order_id))
    assert waiting.code is ErrorCode.DISPUTE_OPEN
    await disputes.withdraw(market.means, by(market.buyer), dispute, None)
    market.means.time.step(days=15)
    await settling.settle_due(market.means)
    assert (await order_row(market.means, order_id))["status"] == Status.DISPATCHED
    market.means.time.step(seconds=1)
    await settling.settle_due(market.means)
    assert (await order_row(market.means, order_id))["status"] == Status.COMPLETED
