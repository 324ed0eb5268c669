"""What lists and rates go by beside the terms: facts of an order's rows, kept on the order (DSK-2, DSK-4, DSK-5)."""

from typing import Any

from app.domain import deadlines
from app.domain.partial import changed, holds
from app.domain.records import Buyer, DeadlineKind, Status
from app.domain.trade import Trade


def listed(before: Trade | None, after: Trade, buyer: Buyer | None) -> Trade:
    """The trade with what lists go by as its rows are now; rows that nobody has touched are not looked at."""
    columns: dict[str, Any] = {}
    if _touched(before, after, "contact"):
        columns["destination"] = after.contact.country
    if _touched(before, after, "deadlines"):
        columns |= _dispatch_due(after)
    if _touched(before, after, "disputes"):
        columns["disputed"] = after.dispute is not None
    if _touched(before, after, "claims"):
        columns["claim_status"] = None if after.claim is None else after.claim.status
    if _touched(before, after, "waivers"):
        columns["waived"] = after.waiver is not None
    if buyer_moved(before, after):
        columns["buyer_country"] = None if buyer is None else buyer.country
    order = after.order
    new = {name: value for name, value in columns.items() if not holds(order, name) or getattr(order, name) != value}
    return changed(after, {"order": changed(order, new)}) if new else after


def _dispatch_due(trade: Trade) -> dict[str, Any]:
    """The dispatch deadline that counts; closing leaves the one that it is rated by as it was (DSK-4)."""
    clock = deadlines.in_force(trade.deadlines, DeadlineKind.DISPATCH)
    due = {"dispatch_due_at": None if clock is None else clock.due_at}
    kept = clock is None and trade.order.status is Status.CLOSED
    return due if kept else {**due, "rated_due_at": due["dispatch_due_at"]}


def buyer_moved(before: Trade | None, after: Trade) -> bool:
    """Whether the order has another buyer than before."""
    return before is None or before.order.buyer_id != after.order.buyer_id


def _touched(before: Trade | None, after: Trade, name: str) -> bool:
    if not holds(after, name):
        return False
    return before is None or not holds(before, name) or getattr(after, name) is not getattr(before, name)
