"""Production follow-up: what the seller reports of the making of the goods, day by day, for the buyer (SHP-7)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from app.domain import attachments
from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import AttachmentPurpose
from app.domain.happenings import EventKind
from app.domain.lifecycle import Step
from app.domain.records import Milestone
from app.domain.steps import require
from app.domain.trade import Act, Trade

MILESTONES_MOST = 100
TEXT_LONGEST = 2_000
# A day begins in the east of the world so much earlier, and ends in its west so much later, than in UTC
EAST, WEST = timedelta(hours=14), timedelta(hours=12)


def add(trade: Trade, act: Act, on_date: date, text: str, file_ids: Sequence[UUID]) -> Trade:
    """The seller reports what was reached on a day, with pictures; one event tells of all of it (SHP-7).

    The day is the seller's own, wherever that is: between the order's drafting and now.
    """
    require(trade, Step.ADD_MILESTONE, act)
    text = text.strip()
    if not 0 < len(text) <= TEXT_LONGEST:
        raise Refusal(ErrorCode.TOO_LONG, f"A milestone has from 1 to {TEXT_LONGEST} characters.", ("text",))
    first, last = (trade.order.created_at - WEST).date(), (act.now + EAST).date()
    if not first <= on_date <= last:
        message = f"A milestone is reached between the drafting of the order and today: from {first} to {last}."
        raise Refusal(ErrorCode.OUT_OF_RANGE, message, ("date",), {"from": str(first), "to": str(last)})
    if len(trade.milestones) >= MILESTONES_MOST:
        raise Refusal(ErrorCode.TOO_MANY, f"An order has at most {MILESTONES_MOST} milestones.")
    if len(file_ids) > attachments.AT_ONCE_MOST:
        raise Refusal(ErrorCode.TOO_MANY, f"Name at most {attachments.AT_ONCE_MOST} pictures.", ("fileIds",))
    milestone = Milestone(act.mint.id(), trade.order.id, on_date, text, act.account_id or trade.seller.id, act.now)
    trade = trade.put("milestones", milestone)
    for at, file_id in enumerate(file_ids):
        trade = attachments.attach(
            trade, act, file_id, AttachmentPurpose.PRODUCTION, ("fileIds", at), about=milestone.id
        )
    facts = {"milestone": f"mst_{milestone.id.hex}", "date": str(on_date), "pictures": str(len(set(file_ids)))}
    return trade.record(EventKind.MILESTONE_ADDED, act, facts=facts)


def take_back(trade: Trade, act: Act, milestone_id: UUID) -> Trade:
    """The seller takes a wrong milestone back; its pictures stay among the order's files (SHP-7)."""
    require(trade, Step.ADD_MILESTONE, act)
    milestone = next((row for row in trade.milestones if row.id == milestone_id), None)
    if milestone is None:
        raise Refusal(ErrorCode.NOT_FOUND, "This order has no such milestone.", ("milestoneId",))
    kept = tuple(row for row in trade.milestones if row is not milestone)
    pictures = (replace(row, about=None) for row in trade.attachments if row.about == milestone.id)
    trade = replace(trade, milestones=kept).put("attachments", *pictures)
    facts = {"milestone": f"mst_{milestone.id.hex}", "date": str(milestone.on_date)}
    return trade.record(EventKind.MILESTONE_TAKEN_BACK, act, facts=facts)
