"""Sheets: asked for, called off, and where they are fetched."""

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import ID

from app.actions import sheets
from app.domain.sheets import Choice
from app.links import LIFETIME
from app.resolvers.answers import about
from app.resolvers.context import GIVEN, Info
from app.resolvers.roots import mutation, query
from app.schema.ids import key
from app.schema.order_lists import narrow_orders
from app.schema.sheets import Sheet, SheetCancelInput, SheetLink, SheetPayload, SheetRequestInput, said

PATH = "/sheets"


@strawberry.type
class SheetMutations:
    """Lists of orders as files."""

    @mutation
    async def sheet_request(self, info: Info, input: Annotated[SheetRequestInput, GIVEN]) -> SheetPayload:
        """Ask for a list of orders as a file (DSK-3): of chosen ones, of those of a filter, or of all you see. It is
        written in the background, as you may see the orders by then; its events `SHEET_CHANGED` say how far it is.
        Members of a seller.
        """
        call = info.context.call("sheetRequest", input)

        async def ask() -> UUID:
            chosen = None if input.order_ids is None else [key("ord", each, "orderIds") for each in input.order_ids]
            narrow_orders(input.filter)
            choice = Choice(chosen, None if input.filter is None else said(input.filter))
            return await sheets.request(info.context.kit, call, input.format, choice)

        return await about(info.context, ask, SheetPayload, sheet=Sheet)

    @mutation
    async def sheet_cancel(self, info: Info, input: Annotated[SheetCancelInput, GIVEN]) -> SheetPayload:
        """Call a sheet of yours off that is not whole yet; what was written of it is let go of."""
        call = info.context.call("sheetCancel", input)

        async def cancel() -> UUID:
            return await sheets.cancel(info.context.kit, call, key("sht", input.sheet_id, "sheetId"))

        return await about(info.context, cancel, SheetPayload, sheet=Sheet)


@strawberry.type
class SheetQueries:
    """Where sheets are fetched."""

    @query
    async def sheet_link(
        self, info: Info, sheet_id: Annotated[ID, strawberry.argument(description="The sheet's id.")]
    ) -> SheetLink | None:
        """Where a sheet of yours is fetched for the next ten minutes, by whoever holds the link; null until it is
        ready, and once it is kept no more.
        """
        kit, actor = info.context.kit, info.context.signed_in()
        if not await sheets.is_ready(kit, actor, key("sht", sheet_id, "sheetId")):
            return None
        until = kit.clock.real().replace(microsecond=0) + LIFETIME
        return SheetLink(path=kit.links.signed(f"{PATH}/{sheet_id}", until), expires_at=until)
