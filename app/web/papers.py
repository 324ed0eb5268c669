"""The door of papers: an order's proforma invoice as HTML and as PDF, for whoever may see the order (ORD-12)."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.domain.access import Actor
from app.domain.errors import ErrorCode, Refusal
from app.graphql.asking import Ask
from app.papers.page import POLICY, page
from app.papers.printer import Printer
from app.papers.proforma import DOCUMENT, proforma
from app.web.door import PRIVATE, Door

PATH = "/orders/{id}/proforma.{form}"
_ID = re.compile(r"ord_[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Papers:
    """The routes of the papers that are made of an order."""

    ask: Ask
    door: Door
    printer: Printer

    def routes(self) -> list[BaseRoute]:
        """Where papers are fetched."""
        return [Route(PATH, self.fetch, methods=["GET", "OPTIONS"], name="proforma")]

    async def fetch(self, request: Request) -> Response:
        """Give out an order's proforma invoice as it is now."""
        return await self.door.answer(request, self._fetch, "a paper's request")

    async def _fetch(self, request: Request, actor: Actor) -> Response:
        form = request.path_params["form"]
        order = await self._order(actor, request.path_params["id"]) if form in ("html", "pdf") else None
        if order is None:
            raise Refusal(ErrorCode.NOT_FOUND, "There is no such order, or you may not see it.", ("id",))
        paper = await asyncio.to_thread(proforma, order)
        named = f'filename="proforma-{paper.number}.{form}"'
        if form == "pdf":
            headers = {"content-disposition": f"attachment; {named}", **PRIVATE}
            return Response(await self.printer.pdf(paper), media_type="application/pdf", headers=headers)
        headers = {"content-disposition": f"inline; {named}", "content-security-policy": f"{POLICY}; sandbox"}
        return Response(await asyncio.to_thread(page, paper), media_type="text/html", headers={**headers, **PRIVATE})

    async def _order(self, actor: Actor, id: str) -> Mapping[str, Any] | None:
        if not _ID.fullmatch(id):
            return None
        found: Mapping[str, Any] | None = (await self.ask(actor, DOCUMENT, id=id))["node"]
        return found
