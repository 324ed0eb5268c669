"""The composition root of the server: settings and services in, one ASGI application out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app import settings
from app.clock import Clock
from app.services import DATABASE_TROUBLE, Services, services
from app.settings import Settings


def create() -> Starlette:
    """The application of the environment's settings; each server process calls it once."""
    return build(settings.load())


def build(chosen: Settings, clock: Clock | None = None) -> Starlette:
    """The application; its services live as long as its lifespan."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with services(chosen, clock) as made:
            app.state.services = made
            yield

    return Starlette(routes=[Route("/health", health)], lifespan=lifespan)


async def health(request: Request) -> Response:
    """Whether this process can serve: it answers, and so does its database."""
    made: Services = request.app.state.services
    try:
        await made.read_pool.fetchval("SELECT 1", timeout=2)
    except DATABASE_TROUBLE:
        return JSONResponse({"status": "unavailable", "database": "does not answer"}, 503)
    return JSONResponse({"status": "ok", "serverTime": made.clock.now().isoformat()})
