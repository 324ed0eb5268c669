"""Private notes: what a seller's members write down about an order, for each other and never for the buyer (DSK-3)."""

from dataclasses import replace
from uuid import UUID

from app.domain.access import Role
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.lifecycle import Step
from app.domain.records import Note
from app.domain.steps import require
from app.domain.trade import Act, Trade

NOTES_MOST = 100
NOTE_LONGEST = 2_000


def add(trade: Trade, act: Act, text: str) -> Trade:
    """A member writes something down; its event names the note and keeps none of its words, so that it can go."""
    require(trade, Step.NOTE, act)
    text = text.strip()
    if not 0 < len(text) <= NOTE_LONGEST:
        raise Refusal(ErrorCode.TOO_LONG, f"A note has from 1 to {NOTE_LONGEST} characters.", ("text",))
    if len(trade.notes) >= NOTES_MOST:
        message = f"An order has at most {NOTES_MOST} notes; remove one that is no longer needed."
        raise Refusal(ErrorCode.TOO_MANY, message, ("text",))
    note = Note(act.mint.id(), trade.order.id, act.account_id or trade.seller.id, text, act.now)
    return trade.put("notes", note).record(EventKind.NOTE_ADDED, act, facts={"note": f"nte_{note.id.hex}"})


def remove(trade: Trade, act: Act, note_id: UUID) -> Trade:
    """Whoever wrote a note, or the owner, takes it away for good."""
    require(trade, Step.NOTE, act)
    note = next((note for note in trade.notes if note.id == note_id), None)
    if note is None:
        raise Refusal(ErrorCode.NOT_FOUND, "This order has no such note.", ("noteId",))
    if act.role is not Role.OWNER and note.author_id != act.account_id:
        raise Refusal(ErrorCode.FORBIDDEN, "This note is a colleague's; they or the owner remove it.", ("noteId",))
    kept = tuple(other for other in trade.notes if other is not note)
    return replace(trade, notes=kept).record(EventKind.NOTE_REMOVED, act, facts={"note": f"nte_{note.id.hex}"})
