"""Trades with a dispute about a refund, for tests."""

from datetime import datetime

from app.domain import disputes, refunds
from app.domain.conditions import State
from app.domain.lifecycle import Who
from app.domain.money import Money
from app.domain.remedies import Dispute, DisputeAnswer, DisputeReason
from app.domain.trade import Trade
from tests.domain.build import START, act, at_state, pay

ASKED, OFFERED = 100, 40
AFTER_MONEY = (State.PAYMENT, State.DISPATCH, State.PARTLY, State.DISPATCHED, State.COMPLETED)


def in_money(trade: Trade) -> Trade:
    """The trade with money that counted, more than will be asked for."""
    return trade if trade.order.received else pay(trade, 200)


def money(trade: Trade, minor: int) -> Money:
    """An amount in the order's currency."""
    return Money(minor, trade.order.currency)


def last(trade: Trade) -> Dispute:
    """The dispute that was opened last."""
    return trade.disputes[-1]


def asked(
    trade: Trade,
    amount: int | None = ASKED,
    at: datetime = START,
    reason: DisputeReason = DisputeReason.QUALITY,
    text: str | None = "The cases are brittle.",
) -> Trade:
    """The buyer applies for a refund; `amount` None: of everything."""
    given = None if amount is None else money(trade, amount)
    return disputes.apply_for_refund(in_money(trade), act(Who.BUYER, at), reason, given, text)


def said(
    trade: Trade, who: Who, word: DisputeAnswer, amount: int | None = None, at: datetime = START, text: str = ""
) -> Trade:
    """A side answers."""
    given = None if amount is None else money(trade, amount)
    return disputes.answer(trade, act(who, at), last(trade).id, word, given, text or None)


def offered(trade: Trade, amount: int = OFFERED, at: datetime = START) -> Trade:
    """The seller offers less than the buyer asks for."""
    return said(trade, Who.SALES, DisputeAnswer.COUNTER, amount, at)


def escalated(trade: Trade, who: Who = Who.BUYER, at: datetime = START) -> Trade:
    """A side hands the dispute to the operators."""
    return disputes.escalate(trade, act(who, at), last(trade).id, "No more words.")


def decided(trade: Trade, amount: int | None, at: datetime = START) -> Trade:
    """An operator decides; `amount` None: everything goes back."""
    given = None if amount is None else money(trade, amount)
    return disputes.decide(trade, act(Who.OPERATOR, at), last(trade).id, given, "The pictures show it.")


def withdrawn(trade: Trade, at: datetime = START) -> Trade:
    """The buyer takes the dispute back."""
    return disputes.withdraw(trade, act(Who.BUYER, at), last(trade).id)


def rejected(trade: Trade, at: datetime = START) -> Trade:
    """An operator has rejected what the buyer asked for."""
    return decided(escalated(asked(trade, at=at), at=at), 0, at)


def reopened(trade: Trade, at: datetime = START) -> Trade:
    """An operator takes the rejection back."""
    return disputes.reopen(trade, act(Who.OPERATOR, at), last(trade).id, "The pictures were of another order.")


def at(state: State) -> Trade:
    """A trade in a state, with money that counted."""
    return in_money(at_state(state))


def left(trade: Trade) -> int:
    """What the buyer paid and has not got back."""
    return refunds.refundable(trade.order)


def refunded(trade: Trade, at: datetime = START) -> Trade:
    """An operator gives the buyer all of it back, which closes the order."""
    return decided(escalated(asked(trade, None, at), at=at), None, at)
