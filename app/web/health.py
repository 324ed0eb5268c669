"""Health: whether this process can serve, and for operators how what it keeps between requests does."""

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.clock import Clock
from app.db.engine import Pool
from app.domain.access import Role
from app.domain.errors import Refusal
from app.graphql.errors import Unauthenticated
from app.graphql.sessions import Authenticate, bearer
from app.services import DATABASE_TROUBLE

PATH = "/health"
SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Health:
    """The route; `figures` are those of this process."""

    pool: Pool
    clock: Clock
    authenticate: Authenticate
    figures: Callable[[], Mapping[str, Any]]

    def routes(self) -> list[Route]:
        """Where a load balancer asks, and an operator."""
        return [Route(PATH, self.answer, name="health")]

    async def answer(self, request: Request) -> Response:
        """It answers, and so does its database."""
        try:
            async with asyncio.timeout(SECONDS):
                await self.pool.fetchval("SELECT 1")
                now = await self.clock.learn()
                told = {"process": os.getpid(), **self.figures()} if await self._to_operator(request) else {}
        except DATABASE_TROUBLE:
            return JSONResponse({"status": "unavailable", "database": "does not answer"}, 503)
        return JSONResponse({"status": "ok", "serverTime": now.isoformat(), **told})

    async def _to_operator(self, request: Request) -> bool:
        """Whether an operator asks; for everybody else there is no more to hear, whatever token they send."""
        token = bearer(request.headers.get("authorization"))
        try:
            session = await self.authenticate(token)
        except (Unauthenticated, Refusal):
            return False
        return session.actor is not None and session.actor.role is Role.OPERATOR
