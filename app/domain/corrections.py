"""Operators' corrections of the books: reasoned, balanced, and never of what the funds card rests on (section 15)."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain import recoveries
from app.domain.claims import check_reason
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.ledger import Account, AccountKind, EntryKind, Move, deltas, seller_account
from app.domain.lifecycle import Step
from app.domain.money import Money
from app.domain.steps import require
from app.domain.trade import Act, Trade

MOVES_MOST = 10
# An order's own accounts follow its receipts, and what a seller owes follows its recoveries: they are corrected there
CORRECTABLE = frozenset(
    {AccountKind.SELLER, AccountKind.SUBSIDY, AccountKind.FEE, AccountKind.PAYMENT_FEE, AccountKind.WORLD}
)


@dataclass(frozen=True, slots=True)
class Shift:
    """An amount that goes from one kind of account to another."""

    source: AccountKind
    target: AccountKind
    amount: Money


def correct(trade: Trade, act: Act, shifts: Sequence[Shift], reason: str) -> Trade:
    """An operator corrects the books by one balanced entry, with a reason; no balance goes below 0 by it."""
    require(trade, Step.CORRECT_LEDGER, act)
    check_reason(reason)
    if not 1 <= len(shifts) <= MOVES_MOST:
        raise Refusal(ErrorCode.TOO_MANY, f"A correction has 1 to {MOVES_MOST} moves.", ("moves",))
    for at, shift in enumerate(shifts):
        _check(shift, at)
    moves = [
        Move(_account(trade, shift.source), _account(trade, shift.target), shift.amount.minor, shift.amount.currency)
        for shift in shifts
    ]
    trade = trade.post(EntryKind.CORRECTION, act, None, *moves)
    for (account, currency), moved in deltas(trade.posted[-1:]).items():
        if account == seller_account(trade.seller.id) and moved < 0 and recoveries.balance(trade, currency) < 0:
            balance = Money(trade.balances.get(currency, 0), currency)
            raise Refusal(
                ErrorCode.BALANCE_TOO_SMALL,
                f"The seller's balance is {balance}; no more than that can be taken from it.",
                ("moves",),
                {"balance": str(balance)},
            )
    amounts = ", ".join(f"{shift.source} {shift.target} {shift.amount}" for shift in shifts)
    return trade.record(EventKind.LEDGER_CORRECTED, act, facts={"moves": amounts, "reason": reason})


def _check(shift: Shift, at: int) -> None:
    for name, kind in (("from", shift.source), ("to", shift.target)):
        if kind not in CORRECTABLE:
            named = ", ".join(sorted(CORRECTABLE))
            raise Refusal(ErrorCode.INVALID, f"A correction moves money between {named}.", ("moves", at, name))
    if shift.source is shift.target:
        raise Refusal(ErrorCode.INVALID, "A move goes from one account to another.", ("moves", at, "to"))
    if shift.amount.minor <= 0:
        raise Refusal(ErrorCode.OUT_OF_RANGE, "A move is of more than 0.", ("moves", at, "amount"))


def _account(trade: Trade, kind: AccountKind) -> Account:
    return seller_account(trade.seller.id) if kind is AccountKind.SELLER else Account(kind)
