"""What a seller's members do to find their orders again: labels, private notes (DSK-3), the lead's source (DSK-2)."""

from collections.abc import Sequence
from uuid import UUID

from app.actions import work
from app.actions.work import Call, Means
from app.db.trades import Asked
from app.domain import labels, leads, notes
from app.domain.access import Scope
from app.domain.records import LeadSource


async def label(means: Means, call: Call, order_id: UUID, add: Sequence[str], remove: Sequence[str]) -> UUID:
    """Put labels on an order and take others off; the id of the order."""
    work.scoped(call, Scope.ORDERS_WRITE)
    return await work.on_order(means, call, order_id, lambda trade, act: labels.label(trade, act, add, remove))


async def add_note(means: Means, call: Call, order_id: UUID, text: str) -> UUID:
    """Write down something about an order; the id of the note."""
    work.scoped(call, Scope.ORDERS_WRITE)
    return await work.on_order(
        means,
        call,
        order_id,
        lambda trade, act: notes.add(trade, act, text),
        lambda trade: trade.notes[-1].id,
        asked=Asked(facts=frozenset({"notes"})),
    )


async def remove_note(means: Means, call: Call, order_id: UUID, note_id: UUID) -> UUID:
    """Take a note away for good; the id of its order."""
    work.scoped(call, Scope.ORDERS_WRITE)
    return await work.on_order(means, call, order_id, lambda trade, act: notes.remove(trade, act, note_id))


async def set_lead_source(means: Means, call: Call, order_id: UUID, source: LeadSource | None) -> UUID:
    """Say where an order came from, or that it is not known; the id of the order (DSK-2)."""
    work.scoped(call, Scope.ORDERS_WRITE)
    return await work.on_order(
        means,
        call,
        order_id,
        lambda trade, act: leads.set_source(trade, act, source),
        asked=Asked(facts=frozenset()),
    )
