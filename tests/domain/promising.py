"""Trades of sellers who promise: broken promises, claims, waivers, and coupons handed from one order to another."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.domain import claims, fulfilment, orders, waivers
from app.domain.conditions import State
from app.domain.ledger import AccountKind, deltas
from app.domain.lifecycle import Who
from app.domain.records import DeadlineKind, DeadlineStatus, Seller
from app.domain.remedies import ClaimRejection, Coupon, Guarantee
from app.domain.trade import Trade
from tests.domain import build
from tests.domain.build import DAY, HOUR, START, act, later, one_line, pay, send
from tests.domain.named import settle

# Enrolled since before the orders of these tests; the other seller has promised nothing
LATE = replace(build.SELLER, enrolled_at=START - 60 * DAY)
OTHER = replace(build.SELLER, id=UUID(int=0xA1), name="Yiwu Lanterns")
EARLY, OVERDUE_AT = START - 12 * DAY, START - 2 * DAY
PROMISED = (State.DISPATCH, State.PARTLY, State.DISPATCHED, State.COMPLETED)


def promised(written: Mapping[str, Any] | None = None, at: datetime = START, **beside: Any) -> Trade:
    """An order of an enrolled seller with its first instalment in: its dispatch on time is guaranteed."""
    return build.paid(one_line("300.00") if written is None else written, at, **{"seller": LATE, **beside})


def due(trade: Trade) -> datetime:
    """The last good second of the dispatch deadline in force."""
    live = (DeadlineStatus.RUNNING, DeadlineStatus.LAPSED, DeadlineStatus.MET)
    (row,) = [row for row in trade.deadlines if row.kind is DeadlineKind.DISPATCH and row.status in live]
    return row.due_at


def overdue(written: Mapping[str, Any] | None = None, at: datetime = EARLY, **beside: Any) -> Trade:
    """An order whose dispatch deadline has passed with nothing sent."""
    trade = promised(written, at, **beside)
    return later(trade, due(trade) + build.SECOND)


def _sent_late() -> Trade:
    return send(overdue(), at=START - DAY)


_BROKEN: Mapping[State, Callable[[], Trade]] = {
    State.DISPATCH: overdue,
    State.PARTLY: lambda: later(send(promised(build.terms(), EARLY), 5, EARLY), OVERDUE_AT),
    State.DISPATCHED: _sent_late,
    State.COMPLETED: lambda: fulfilment.confirm_receipt(_sent_late(), act(Who.BUYER, START - HOUR)),
}


def broken(state: State) -> Trade:
    """An order in a state whose dispatch is overdue, or was late."""
    return _BROKEN[state]()


def claimed(trade: Trade, at: datetime = START, guarantee: Guarantee | None = None) -> Trade:
    """The buyer claims."""
    return claims.file(trade, act(Who.BUYER, at), guarantee, "I was promised Monday.")


def approved(trade: Trade, at: datetime = START) -> Trade:
    """An operator approves the claim."""
    return claims.decide(trade, act(Who.OPERATOR, at), True, None, "The facts are plain.", None)


def rejected(trade: Trade, why: ClaimRejection = ClaimRejection.FACTS, at: datetime = START) -> Trade:
    """An operator rejects the claim."""
    return claims.decide(trade, act(Who.OPERATOR, at), False, why, "The facts say otherwise.", None)


def undone(trade: Trade, at: datetime = START) -> Trade:
    """An operator takes the decision back."""
    return claims.undo_decision(trade, act(Who.OPERATOR, at), "Of another order.")


def waived(trade: Trade, compensate: bool = True, at: datetime = START) -> Trade:
    """An operator waives what the seller would bear."""
    return waivers.grant(trade, act(Who.OPERATOR, at), compensate, "The port was closed.")


def unwaived(trade: Trade, at: datetime = START) -> Trade:
    """An operator takes the waiver back."""
    return waivers.withdraw(trade, act(Who.OPERATOR, at), "It was open after all.")


def compensated(written: Mapping[str, Any] | None = None, at: datetime = EARLY, now: datetime = START) -> Trade:
    """A late order whose claim was approved: by default of 300.00, so that its coupon is worth 30.00."""
    return approved(claimed(overdue(written, at), now), now)


def coupon(trade: Trade) -> Coupon:
    """The coupon that the order's claim brought."""
    issued = trade.issued_coupon
    assert issued is not None
    return issued


def using(
    given: Coupon,
    written: Mapping[str, Any] | None = None,
    at: datetime = START,
    seller: Seller = OTHER,
    before: Callable[[Trade], Trade] = lambda trade: trade,
    **beside: Any,
) -> Trade:
    """An order of another seller that is confirmed with the coupon; what happens `before` comes between."""
    offered = before(build.submitted(one_line("551.23") if written is None else written, at, seller=seller, **beside))
    return orders.confirm(replace(offered, coupons=(given,)), act(Who.BUYER, at), given.id)


def paid_with(given: Coupon, written: Mapping[str, Any] | None = None, at: datetime = START, **beside: Any) -> Trade:
    """The same, with its first instalment in."""
    return pay(using(given, written, at, **beside), at=at)


def in_hand(trade: Trade) -> Coupon:
    """The coupon as the order that it was applied to left it."""
    return trade.coupons[0]


def reckoned(late: Trade, user: Trade, at: datetime = START + timedelta(seconds=2), has: int | None = None) -> Trade:
    """The late order as a sweep finds and leaves it, once the other order has used its coupon, or given it back.

    `has` is what stands on the seller's account beside this order's own moves.
    """
    row = in_hand(user)
    late = late.put("coupons", row).put("deadlines", *(d for d in user.deadlines if d.order_id == late.order.id))
    if has is not None:
        late = replace(late, balances={"USD": has})
    return settle(late, act(Who.TIME, at))


def books(*trades: Trade) -> dict[str, int]:
    """What stands on the accounts by their names, in USD cents, those of both sellers apart; zeroes left out.

    Order accounts are added up over the orders.
    """
    standing = Counter[str]()
    for (account, _), amount in deltas([entry for trade in trades for entry in trade.posted]).items():
        name = account.kind.lower()
        if account.kind in (AccountKind.SELLER, AccountKind.RECEIVABLE) and account.owner == LATE.id:
            name = f"late {name}"
        standing[name] += amount
    return {name: amount for name, amount in standing.items() if amount}
