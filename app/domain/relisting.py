"""What a change of an order is to those who follow a list of orders: what it was before, told by one of its events."""

from collections.abc import Sequence
from typing import Any

from app.domain.happenings import AUDIENCE, Happening
from app.domain.trade import Trade

# The columns of an order by which it is known whose list it is on, and under which tab
LISTED = (
    *("id", "seller_id", "buyer_id", "salesperson_id", "drafted_by", "status", "type", "created_at"),
    *("currency", "total", "store_coupon", "coupon", "transport_mode", "export_method", "destination"),
    *("buyer_country", "lead_source", "dispatch_guaranteed", "delivery_guaranteed", "overdue_at"),
    *("delivery_overdue_at", "disputed", "claim_status"),
)
Past = dict[str, Any]
NOT_THERE: Past = {"id": None}


def past(before: Trade | None, after: Trade) -> Past:
    """What an order was before in those columns that are others now.

    What changed without having been known raises NotLoaded: nobody could tell what it was.
    """
    if before is None:
        return NOT_THERE
    if after.order is before.order:
        return {}
    was, now = vars(before.order), vars(after.order)
    moved = (name for name in LISTED if name in now and (name not in was or was[name] != now[name]))
    return {name: getattr(before.order, name) for name in moved}


def whole(trade: Trade) -> Past:
    """All that an order was that will be no more."""
    return {name: getattr(trade.order, name) for name in LISTED}


def bearer(happenings: Sequence[Happening]) -> Happening | None:
    """The event of a change that tells what was before: of those that most may hear, the first; None of none."""
    return max(happenings, key=_heard, default=None)


def _heard(happening: Happening) -> tuple[int, int]:
    sides = (happening.seller_id is not None) + (happening.buyer_id is not None)
    return sides, len(AUDIENCE[happening.kind])
