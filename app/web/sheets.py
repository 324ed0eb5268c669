"""The door of sheets: a finished list of orders, for whoever holds a link to it that has not expired (DSK-3)."""

import re
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from app.actions import sheets
from app.actions.files import Keeping
from app.domain.errors import ErrorCode, Refusal
from app.jobs.sheets import KINDS, Recognize
from app.links import Links
from app.resolvers.sheets import PATH
from app.web.door import PRIVATE, Door

_ID = re.compile(r"sht_[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Sheets:
    """The route of what was written."""

    means: Keeping
    links: Links
    recognize: Recognize
    door: Door

    def routes(self) -> list[BaseRoute]:
        """Where sheets are fetched."""
        return [Route(PATH + "/{id}", self.fetch, methods=["GET", "OPTIONS"], name="sheet")]

    async def fetch(self, request: Request) -> Response:
        """Give a sheet out, to be saved."""
        return await self.door.open(request, self._fetch, "a sheet's request")

    async def _fetch(self, request: Request) -> Response:
        asked, named = request.query_params, request.path_params["id"]
        self.links.check(
            f"{PATH}/{named}", asked.get("expires", ""), asked.get("signature", ""), self.means.clock.real()
        )
        if not _ID.fullmatch(named):
            raise Refusal(ErrorCode.NOT_FOUND, "There is no such sheet.", ("id",))
        sheet, content = await sheets.fetch(self.means, UUID(named[4:]))
        if await self.recognize(sheet.account_id, sheet.token_id) is None:
            raise Refusal(ErrorCode.FORBIDDEN, "Whoever asked for this sheet may no longer see it.")
        kind = KINDS[sheet.format]
        headers = {
            "content-disposition": f'attachment; filename="orders-{sheet.requested_at:%Y-%m-%d}.{kind.suffix}"',
            "content-length": str(sheet.size),
            "content-security-policy": "default-src 'none'; sandbox",
            **PRIVATE,
        }
        return StreamingResponse(content, media_type=kind.media_type, headers=headers)
