"""The composition root of the server: settings and services in, one ASGI application out."""

import gc
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from app import demonstration, settings
from app.background import working
from app.clock import Clock
from app.db.budgets import Rate
from app.graphql.budgets import Budgets
from app.graphql.endpoint import GraphQLEndpoint
from app.graphql.origins import Origins
from app.graphql.schema import engine, schema
from app.papers.printer import Printer
from app.runtime import Runtime
from app.services import Services, services
from app.settings import Settings
from app.web import pages
from app.web.door import Door
from app.web.files import Files
from app.web.health import Health
from app.web.papers import Papers
from app.web.provider import NAME as DEMONSTRATION
from app.web.provider import DemonstrationProvider
from app.web.sheets import Sheets
from app.web.webhooks import Webhooks


class Application(Starlette):
    """The routes, and a short way to those that answer whatever is sent to their address, errors included."""

    def __init__(self, lifespan: Lifespan["Application"]) -> None:
        super().__init__(lifespan=lifespan)
        self._direct: dict[tuple[str, str], ASGIApp] = {}

    def add(self, routes: Sequence[BaseRoute]) -> None:
        """Serve these as well."""
        self.router.routes.extend(routes)
        for each in routes:
            if isinstance(each, Route | WebSocketRoute) and not each.param_convertors:
                if isinstance(each, WebSocketRoute):
                    self._direct["websocket", each.path] = each.app
                elif each.methods is None:
                    self._direct["http", each.path] = each.app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, serve one socket, or live."""
        direct = self._direct.get((scope["type"], scope.get("path", "")))
        await (direct or super().__call__)(scope, receive, send)


def create() -> Application:
    """The application of the environment's settings; each server process calls it once."""
    made = build(settings.load())
    gc.freeze()  # all that is loaded by now lives as long as the process, and no collection need walk over it
    gc.enable()
    return made


def build(chosen: Settings, clock: Clock | None = None) -> Application:
    """The application; its services, and the routes made of them, live as long as its lifespan."""

    @asynccontextmanager
    async def lifespan(app: Application) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            made = await stack.enter_async_context(services(chosen, clock))
            app.state.services = made
            await stack.enter_async_context(made.feeds.running())
            app.add(await _routes(made, stack))
            yield

    return Application(lifespan)


async def _routes(made: Services, stack: AsyncExitStack) -> list[BaseRoute]:
    chosen = made.settings
    webhooks = Webhooks(made, chosen.payment_secrets, chosen.bank_feed_secret, chosen.tracking_secrets)
    if chosen.demonstration:
        paying = DemonstrationProvider(made, webhooks)
        await stack.enter_async_context(paying.running())
        runtime = Runtime(made, DEMONSTRATION, paying.started)
    else:
        runtime = Runtime(made, next(iter(chosen.payment_secrets), ""))
    authenticate = runtime.authenticate
    await stack.enter_async_context(working(runtime))
    await stack.enter_async_context(authenticate.usage.running(made.read_pool))
    origins = Origins(frozenset(chosen.allowed_origins))
    endpoint = GraphQLEndpoint(
        schema=schema,
        limits=runtime.limits,
        authenticate=authenticate,
        presume=runtime.presume,
        context_for=runtime.context_for,
        extensions=runtime.extensions,
        now=made.clock.real,
        origins=origins,
        introspection=chosen.introspection,
        page=await _page(made),
        plans=engine.operations,
        onlook=runtime.onlook,
        holding=authenticate.holding,
        budgets=Budgets(made.read_pool, Rate(chosen.budget, chosen.restore_rate)),
    )

    def figures() -> dict[str, Mapping[str, int]]:
        return {**endpoint.operations.figures(), "sessions": authenticate.known.figures()}

    health = Health(made.read_pool, made.clock, authenticate, figures)
    door = Door(authenticate, origins)
    files = Files(made, door, chosen.file_bytes)
    papers = Papers(runtime.ask, door, Printer())
    sheets = Sheets(made, runtime.kit.links, authenticate.again, door)
    assets = [pages.assets()] if chosen.graphiql else []
    doors = [*files.routes(), *papers.routes(), *sheets.routes()]
    return [*endpoint.routes(), *health.routes(), *webhooks.routes(), *doors, *assets]


async def _page(made: Services) -> bytes | None:
    if not made.settings.graphiql:
        return None
    tokens = await demonstration.tokens(made) if made.settings.demonstration else []
    return pages.graphiql_page(tokens, pages.examples())
