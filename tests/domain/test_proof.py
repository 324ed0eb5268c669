"""The proof of an order's money from its entries: the true rows pass, and each row that says otherwise is found."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import pytest

from app.domain import fulfilment, funds
from app.domain.ledger import AccountKind, Entry, Move, deltas, sealed
from app.domain.lifecycle import Who
from app.domain.proof import Booked, Parts, Sums, currency_faults, order_faults, parts_of, sums_of
from app.domain.records import Status
from app.domain.trade import Trade
from tests.domain.build import act, associate, confirmed, last_receipt, pay, send, transfer


def _undone() -> Trade:
    """An order of which a transfer was associated with by mistake, and one of another currency was held."""
    trade = associate(transfer(pay(confirmed(), 30_00, currency="CHF"), 200_00))
    return funds.undo_association(trade, act(Who.OPERATOR), last_receipt(trade).id)


RECEIVED = fulfilment.confirm_receipt(send(associate(transfer(pay(confirmed()), 400_00))), act(Who.BUYER))
STORIES = {"received": RECEIVED, "undone": _undone(), "nothing": confirmed()}
each_story = pytest.mark.parametrize("trade", STORIES.values(), ids=list(STORIES))


def booked(trade: Trade) -> Booked:
    """What the order's row says."""
    order = trade.order
    columns: dict[str, Any] = {field.name: getattr(order, field.name, None) for field in fields(Booked)}
    return Booked(**{**columns, "instalments_received": sum(row.received for row in trade.instalments)})


def balances(trade: Trade) -> Mapping[tuple[AccountKind, str], int]:
    """What the order's accounts say."""
    return {
        (account.kind, currency): amount
        for (account, currency), amount in deltas(trade.posted).items()
        if account.owner == trade.order.id
    }


def faults(trade: Trade, order: Booked | None = None) -> list[str]:
    """What the proof finds, with another row of the order where one is given."""
    return order_faults(order or booked(trade), trade.posted, trade.receipts, balances(trade))


@each_story
def test_the_sums_of_an_order_follow_from_its_entries(trade: Trade) -> None:
    """PAY-10: received, refunded, released and fee, and each receipt's parts, are worked out from the entries alone."""
    assert faults(trade) == []
    order = trade.order
    assert sums_of(trade.posted) == Sums(order.received, order.refunded, order.released, order.fee_charged)
    for row in trade.receipts:
        moves = [move for entry in trade.posted if entry.cause == row.id for move in entry.moves]
        assert parts_of(moves) == Parts(*(getattr(row, field.name) for field in fields(Parts)))


@each_story
@pytest.mark.parametrize("by", [1, -1])
@pytest.mark.parametrize("column", ["received", "refunded", "released", "fee_charged", "instalments_received"])
def test_a_sum_that_the_entries_do_not_bear_out_is_found(trade: Trade, column: str, by: int) -> None:
    """PAY-10: a cent more or less in any of the order's sums is a fault."""
    row = booked(trade)
    assert len(faults(trade, replace(row, **{column: getattr(row, column) + by}))) == 1


@pytest.mark.parametrize("by", [1, -1])
@pytest.mark.parametrize("part", [field.name for field in fields(Parts)])
def test_a_receipt_that_the_entries_do_not_bear_out_is_found(part: str, by: int) -> None:
    """PAY-10: a cent more or less in any part of a receipt is a fault."""
    last = last_receipt(RECEIVED)
    wrong = replace(last, **{part: getattr(last, part) + by})
    (fault,) = faults(RECEIVED.put("receipts", wrong))
    assert f": {part} is " in fault


def test_a_cut_chain_shows_at_the_order() -> None:
    """PAY-10: without its last entry the order's count, hash, sums, receipts and balances all disagree."""
    cut = replace(_undone(), posted=_undone().posted[:-1])
    assert any("counts" in fault for fault in faults(cut))
    assert any("hash" in fault for fault in faults(cut))


def _forged(trade: Trade, *moves: Move) -> Trade:
    """The trade with one more entry, well chained, that no act of the product makes."""
    return trade.post(trade.posted[-1].kind, act(Who.OPERATOR), trade.posted[-1].cause, *moves)


@pytest.mark.parametrize("beyond", [1, 100])
def test_an_account_below_zero_is_found(beyond: int) -> None:
    """Section 15: an entry that takes more out of an order's account than stands there is a fault, by a cent too."""
    trade = pay(confirmed(), 100_00)
    escrow, held = trade.account(AccountKind.ESCROW), trade.account(AccountKind.HELD)
    found = faults(_forged(trade, Move(escrow, held, 100_00 + beyond, "USD")))
    assert any("takes ESCROW to -" in fault for fault in found)
    assert not any("takes ESCROW" in fault for fault in faults(_forged(trade, Move(escrow, held, 100_00, "USD"))))


def test_an_escrow_left_after_receipt_is_found() -> None:
    """Section 15: after receipt an order's escrow is 0; anything else is a fault."""
    left = pay(confirmed(), 100_00)
    assert faults(left) == []
    assert faults(left, replace(booked(left), status=Status.COMPLETED)) == [
        "it is completed and something is left in escrow"
    ]


@pytest.mark.parametrize(("amount", "found"), [(0, 0), (1, 1), (-1, 1)])
def test_a_currency_that_does_not_add_up_is_found(amount: int, found: int) -> None:
    """Section 15: over all accounts each currency is 0, neither more nor less."""
    totals = {(AccountKind.WORLD, "USD"): -551_23, (AccountKind.ESCROW, "USD"): 551_23 + amount}
    assert len(currency_faults({**totals, (AccountKind.WORLD, "JPY"): 0})) == found


def test_an_entry_of_somebody_elses_account_is_found() -> None:
    """Section 15: an order's entries move its own accounts, its seller's, and those of nobody."""
    other = confirmed()
    entry: Entry = RECEIVED.posted[0]
    moved = replace(entry.moves[0], target=other.account(AccountKind.ESCROW))
    forged = replace(RECEIVED, posted=(sealed(replace(entry, moves=(moved,))), *RECEIVED.posted[1:]))
    assert any("account of somebody else" in fault for fault in faults(forged))
