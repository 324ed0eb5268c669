"""What the lapse of each kind of deadline does: the one place where time's acts are listed."""

from collections.abc import Mapping

from app.domain import deadlines, fulfilment, funds
from app.domain.deadlines import Lapse
from app.domain.records import DeadlineKind
from app.domain.trade import Act, Trade

LAPSES: Mapping[DeadlineKind, Lapse] = {
    DeadlineKind.DISPATCH: fulfilment.raise_overdue,
    DeadlineKind.AUTO_RECEIPT: fulfilment.receive_automatically,
    DeadlineKind.APPROACH: deadlines.announce_approach,
    DeadlineKind.TRANSFER_WAITING: funds.tell_waiting,
}


def settle(trade: Trade, act: Act) -> Trade:
    """The trade after everything that has run out at `act.now`."""
    return deadlines.settle(trade, act, LAPSES)
