"""What the lapse of each kind of deadline does: the one place where time's acts are listed."""

from collections.abc import Mapping

from app.domain import claims, deadlines, disputes, fulfilment, funds, guarantees, orders, protection, recoveries
from app.domain.deadlines import Lapse
from app.domain.records import DeadlineKind
from app.domain.trade import Act, Trade

LAPSES: Mapping[DeadlineKind, Lapse] = {
    DeadlineKind.DISPATCH: fulfilment.raise_overdue,
    DeadlineKind.DELIVERY: guarantees.raise_delivery_overdue,
    DeadlineKind.AUTO_RECEIPT: fulfilment.receive_automatically,
    DeadlineKind.APPROACH: deadlines.announce_approach,
    DeadlineKind.TRANSFER_WAITING: funds.tell_waiting,
    DeadlineKind.UNPAID_DISCOUNT: orders.cancel_unpaid,
    DeadlineKind.CLAIM_DISPATCH_CLOSE: claims.close_window,
    DeadlineKind.CLAIM_DELIVERY_CLOSE: claims.close_window,
    DeadlineKind.RECOVERY: recoveries.reckon,
    DeadlineKind.PROTECTION_END: protection.end,
    DeadlineKind.DISPUTE_SILENCE: disputes.escalate_silent,
}


def settle(trade: Trade, act: Act) -> Trade:
    """The trade after everything that has run out at `act.now`."""
    return deadlines.settle(trade, act, LAPSES)
