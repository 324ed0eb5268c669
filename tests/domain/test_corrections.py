"""Corrections of the books by operators (section 15)."""

from dataclasses import replace

import pytest

from app.domain import corrections
from app.domain.corrections import MOVES_MOST, Shift
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.ledger import SUBSIDY, AccountKind, EntryKind, deltas, seller_account
from app.domain.lifecycle import Who
from app.domain.money import Money
from app.domain.proof import sums_of
from app.domain.trade import Trade
from tests.domain import build
from tests.domain.build import act

SUBSIDY_TO_SELLER = (AccountKind.SUBSIDY, AccountKind.SELLER)
SELLER_TO_SUBSIDY = (AccountKind.SELLER, AccountKind.SUBSIDY)


def usd(minor: int) -> Money:
    """An amount of dollars."""
    return Money(minor, "USD")


def refused(trade: Trade, shifts: list[Shift], reason: str = "Charged twice.", who: Who = Who.OPERATOR) -> Refusal:
    """The refusal of a correction."""
    with pytest.raises(Refusal) as refusal:
        corrections.correct(trade, act(who), shifts, reason)
    return refusal.value


def test_a_correction_is_one_balanced_entry_with_a_reason() -> None:
    """Section 15: the operator's correction, told to the seller's finance, and none of the order's own funds."""
    before = build.paid()
    after = corrections.correct(before, act(Who.OPERATOR), [Shift(*SUBSIDY_TO_SELLER, usd(5_00))], "Charged twice.")
    entry = after.posted[-1]
    assert (entry.kind, entry.sequence) == (EntryKind.CORRECTION, before.order.entries + 1)
    seller = seller_account(before.seller.id)
    assert deltas([entry]) == {(SUBSIDY, "USD"): -5_00, (seller, "USD"): 5_00}
    event = after.happenings[-1]
    assert event.kind is EventKind.LEDGER_CORRECTED and event.facts["reason"] == "Charged twice."
    assert sums_of(after.posted) == sums_of(before.posted)


@pytest.mark.parametrize(("balance", "allowed"), [(5_00, True), (4_99, False)])
def test_a_correction_takes_no_balance_below_nothing(balance: int, allowed: bool) -> None:
    """Section 15: the seller's account never goes below 0."""
    trade = replace(build.paid(), balances={"USD": balance}, posted=())
    shifts = [Shift(*SELLER_TO_SUBSIDY, usd(5_00))]
    if allowed:
        assert corrections.correct(trade, act(Who.OPERATOR), shifts, "Paid twice.").posted[-1].moves[0].amount == 5_00
    else:
        assert refused(trade, shifts).code is ErrorCode.BALANCE_TOO_SMALL


@pytest.mark.parametrize(
    ("shifts", "field", "code"),
    [
        ([], ("moves",), ErrorCode.TOO_MANY),
        ([Shift(*SUBSIDY_TO_SELLER, usd(1))] * (MOVES_MOST + 1), ("moves",), ErrorCode.TOO_MANY),
        ([Shift(AccountKind.ESCROW, AccountKind.SELLER, usd(1))], ("moves", 0, "from"), ErrorCode.INVALID),
        ([Shift(AccountKind.SUBSIDY, AccountKind.RECEIVABLE, usd(1))], ("moves", 0, "to"), ErrorCode.INVALID),
        ([Shift(AccountKind.FEE, AccountKind.FEE, usd(1))], ("moves", 0, "to"), ErrorCode.INVALID),
        ([Shift(*SUBSIDY_TO_SELLER, usd(0))], ("moves", 0, "amount"), ErrorCode.OUT_OF_RANGE),
    ],
)
def test_what_no_correction_can_say(shifts: list[Shift], field: tuple[str | int, ...], code: ErrorCode) -> None:
    """Section 15: at least one move, of more than nothing, between accounts that no other rows follow."""
    refusal = refused(build.paid(), shifts)
    assert (refusal.code, refusal.field) == (code, field)


def test_a_correction_is_an_operators_and_has_a_reason() -> None:
    """Section 15."""
    shifts = [Shift(*SUBSIDY_TO_SELLER, usd(1))]
    assert refused(build.paid(), shifts, who=Who.FINANCE).code is ErrorCode.FORBIDDEN
    assert refused(build.paid(), shifts, reason=" ").code is ErrorCode.REQUIRED
