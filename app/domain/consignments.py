"""Consignment orders: the agent's own orders, through which goods are exported; each of exactly one order (SHP-4)."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import Consignment
from app.domain.happenings import EventKind
from app.domain.lifecycle import Step
from app.domain.policy import ExportMethod
from app.domain.steps import require
from app.domain.trade import Act, Trade

CONSIGNMENTS_MOST = 100
NUMBER_LONGEST = 64


def link(trade: Trade, act: Act, number: str, customs_cleared_at: datetime | None) -> Trade:
    """The seller names a consignment order; named again, its customs clearance is put right (SHP-4)."""
    require(trade, Step.LINK_CONSIGNMENT, act)
    number = number.strip()
    if not 0 < len(number) <= NUMBER_LONGEST:
        raise Refusal(ErrorCode.REQUIRED, f"From 1 to {NUMBER_LONGEST} characters.", ("number",))
    _check_clearance(trade, act, customs_cleared_at)
    known = next((row for row in trade.consignments if row.number == number), None)
    if known is None and len(trade.consignments) >= CONSIGNMENTS_MOST:
        raise Refusal(ErrorCode.TOO_MANY, f"At most {CONSIGNMENTS_MOST} consignment orders an order.", ("number",))
    row = (
        Consignment(
            act.mint.id(), trade.order.id, number, customs_cleared_at, act.account_id or trade.seller.id, act.now
        )
        if known is None
        else replace(known, customs_cleared_at=customs_cleared_at)
    )
    facts = {"number": number}
    if customs_cleared_at is not None:
        facts["customsClearedAt"] = customs_cleared_at.isoformat()
    return trade.put("consignments", row).record(EventKind.CONSIGNMENT_LINKED, act, facts=facts)


def _check_clearance(trade: Trade, act: Act, at: datetime | None) -> None:
    drafted = trade.order.created_at.replace(microsecond=0)
    if at is not None and not drafted <= at <= act.now:
        raise Refusal(
            ErrorCode.OUT_OF_RANGE,
            "Customs clear the goods of an order between its drafting and now.",
            ("customsClearedAt",),
            {"draftedAt": trade.order.created_at.isoformat()},
        )


def taken(number: str) -> Refusal:
    """Why a number that belongs to another order is refused (SHP-4)."""
    message = "This consignment order belongs to another order; each belongs to exactly one."
    return Refusal(ErrorCode.CONSIGNMENT_TAKEN, message, ("number",), {"number": number.strip()})


def unlink(trade: Trade, act: Act, consignment_id: UUID) -> Trade:
    """The seller takes a wrong one off again, but not the last one the agent exported goods by (SHP-4)."""
    require(trade, Step.LINK_CONSIGNMENT, act)
    row = next((row for row in trade.consignments if row.id == consignment_id), None)
    if row is None:
        raise Refusal(ErrorCode.NOT_FOUND, "This order has no such consignment order.", ("consignmentId",))
    kept = tuple(other for other in trade.consignments if other is not row)
    if not kept and trade.shipments and trade.order.export_method is ExportMethod.YIDATONG_AGENCY:
        message = "Goods have left by this consignment order; link the right one before you take it off."
        raise Refusal(ErrorCode.CONSIGNMENT_MISSING, message, ("consignmentId",))
    trade = replace(trade, consignments=kept)
    return trade.record(EventKind.CONSIGNMENT_UNLINKED, act, facts={"number": row.number})
