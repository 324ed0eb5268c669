"""Mutations of the seller's desk: labels, private notes and where an order came from."""

from typing import Annotated
from uuid import UUID

import strawberry

from app.actions import desk
from app.actions.work import Call
from app.reads import ref
from app.resolvers.context import GIVEN, Info
from app.resolvers.orders import act_on_order
from app.resolvers.roots import mutation
from app.schema.desk import PrivateNote
from app.schema.desk_inputs import OrderAddNoteInput, OrderLabelInput, OrderLeadSourceInput, OrderRemoveNoteInput
from app.schema.desk_payloads import NotePayload
from app.schema.ids import key
from app.schema.payloads import OrderPayload


@strawberry.type
class DeskMutations:
    """Labels, private notes and where an order came from."""

    @mutation
    async def order_label(self, info: Info, input: Annotated[OrderLabelInput, GIVEN]) -> OrderPayload:
        """Put labels on an order and take others off (DSK-3): all members of the seller see them, the buyer never."""
        return await act_on_order(
            info.context,
            "orderLabel",
            input,
            input.order_id,
            lambda call, order_id: desk.label(info.context.kit, call, order_id, input.add, input.remove),
        )

    @mutation
    async def order_add_note(self, info: Info, input: Annotated[OrderAddNoteInput, GIVEN]) -> NotePayload:
        """Write down a private note about an order (DSK-3): the seller's members read it, the buyer never."""
        made: list[UUID] = []

        async def add(call: Call, order_id: UUID) -> UUID:
            made.append(await desk.add_note(info.context.kit, call, order_id, input.text))
            return made[0]

        payload = await act_on_order(info.context, "orderAddNote", input, input.order_id, add)
        note = ref(PrivateNote, made[0]) if made else None
        return NotePayload(note=note, order=payload.order, user_errors=payload.user_errors)

    @mutation
    async def order_remove_note(self, info: Info, input: Annotated[OrderRemoveNoteInput, GIVEN]) -> OrderPayload:
        """Take a private note away for good: one's own, or as the owner anybody's."""

        async def remove(call: Call, order_id: UUID) -> UUID:
            note_id = key("nte", input.note_id, "noteId")
            return await desk.remove_note(info.context.kit, call, order_id, note_id)

        return await act_on_order(info.context, "orderRemoveNote", input, input.order_id, remove)

    @mutation
    async def order_set_lead_source(self, info: Info, input: Annotated[OrderLeadSourceInput, GIVEN]) -> OrderPayload:
        """Say where an order came from (DSK-2): all members of the seller see it and filter by it, the buyer never."""
        return await act_on_order(
            info.context,
            "orderSetLeadSource",
            input,
            input.order_id,
            lambda call, order_id: desk.set_lead_source(info.context.kit, call, order_id, input.lead_source),
        )
