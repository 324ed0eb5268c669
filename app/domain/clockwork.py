"""What the lapse of each kind of deadline does, and by which facts: the one place where time's acts are listed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from app.domain import claims, deadlines, disputes, fulfilment, funds, guarantees, orders, protection, recoveries
from app.domain.deadlines import Lapse, lapse
from app.domain.records import Deadline, DeadlineKind
from app.domain.trade import Act, Trade

LAPSES: Mapping[DeadlineKind, Lapse] = {
    DeadlineKind.DISPATCH: lapse(fulfilment.raise_overdue, "items", "shipment_items", "waivers"),
    DeadlineKind.DELIVERY: lapse(guarantees.raise_delivery_overdue, "shipments", "claims"),
    DeadlineKind.AUTO_RECEIPT: lapse(fulfilment.receive_automatically, "claims", "recoveries", "balances"),
    DeadlineKind.APPROACH: lapse(deadlines.announce_approach),
    DeadlineKind.TRANSFER_WAITING: lapse(funds.tell_waiting, "receipts", "instalments"),
    DeadlineKind.UNPAID_DISCOUNT: lapse(orders.cancel_unpaid, "disputes", "amendments", "claims", "coupons"),
    DeadlineKind.CLAIM_DISPATCH_CLOSE: lapse(claims.close_window),
    DeadlineKind.CLAIM_DELIVERY_CLOSE: lapse(claims.close_window),
    DeadlineKind.RECOVERY: lapse(recoveries.reckon, "claims", "coupons", "recoveries", "balances"),
    DeadlineKind.PROTECTION_END: lapse(protection.end),
    DeadlineKind.DISPUTE_SILENCE: lapse(disputes.escalate_silent, "disputes", "dispute_steps"),
}
# What every lapse is judged by beside its own facts: the clocks, the seller, the policy, and of the order these columns
COLUMNS = frozenset(
    {
        *("id", "version", "status", "awaiting", "drafted_by", "seller_id", "buyer_id", "salesperson_id", "policy_id"),
        *("currency", "total", "received", "refunded", "refunded_after", "released", "fee_rate", "fee_cap", "fee"),
        *("fee_charged", "coupon_id", "coupon_posted", "campaign", "entries", "entry_hash", "dispatch_guaranteed"),
        *("dispatched_at", "delivered_at", "completed_at", "received_by", "overdue_at", "delivery_overdue_at"),
        *("dispatch_due_at", "disputed", "claim_status", "rated_due_at", "waived"),
    }
)
# Of the rows among the facts and of the clocks whole ones, but of these so much
PARTS: Mapping[str, frozenset[str]] = {
    "items": frozenset({"id", "order_id", "quantity"}),
    "deadlines": frozenset(
        {"id", "order_id", "kind", "about", "starts_at", "due_at", "rule", "status", "seconds_left"}
    ),
}


def settle(trade: Trade, act: Act) -> Trade:
    """The trade after everything that has run out at `act.now`."""
    return deadlines.settle(trade, act, LAPSES)


def facts_for(clocks: Iterable[Deadline], order_id: UUID, now: datetime) -> frozenset[str]:
    """The facts by which those of an order's clocks lapse that have run out."""
    due = deadlines.run_out(clocks, order_id, now)
    return frozenset[str]().union(*(LAPSES[clock.kind].facts for clock in due))
