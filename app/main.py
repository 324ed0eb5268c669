"""The composition root of the server: settings and services in, one ASGI application out."""

import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from app import demonstration, settings
from app.auth import Authenticator
from app.clock import Clock
from app.db.budgets import Rate
from app.domain.access import Actor, Viewer
from app.domain.deliveries import Terms
from app.domain.destinations import Reach
from app.domain.trade import Mint
from app.events.feeds import Feeds
from app.graphql.asking import Asking
from app.graphql.budgets import Budgets
from app.graphql.endpoint import GraphQLEndpoint
from app.graphql.limits import Limits
from app.graphql.operations import Operations
from app.graphql.origins import Origins
from app.graphql.schema import engine, schema
from app.graphql.shaping import Shaping
from app.jobs import retention, scheduler
from app.jobs import sheets as writing_of_sheets
from app.jobs import webhooks as sending_of_webhooks
from app.jobs.sheets import Writing
from app.jobs.webhooks import Sending
from app.keyring import Keyring
from app.links import Links
from app.outgoing import Outgoing
from app.papers.printer import Printer
from app.posting import Poster
from app.reads import Reader
from app.resolvers.context import Context, Onlooker
from app.services import Services, services
from app.settings import Settings
from app.storage import Storage
from app.web import pages
from app.web.door import Door
from app.web.files import Files
from app.web.health import Health
from app.web.papers import Papers
from app.web.provider import NAME as DEMONSTRATION
from app.web.provider import DemonstrationProvider
from app.web.sheets import Sheets
from app.web.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class Kit:
    """What every operation shares."""

    engine: AsyncEngine
    clock: Clock
    mint: Mint
    feeds: Feeds
    reader: Reader
    storage: Storage
    links: Links
    payment_provider: str
    started: Callable[[UUID], Awaitable[None]]
    token_lifetime: timedelta
    outgoing: Outgoing


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
            await stack.enter_async_context(scheduler.running(made, chosen.sweep_interval))
            await stack.enter_async_context(
                retention.running(made.read_pool, made.clock, chosen.retention, made, chosen.webhooks.retention)
            )
            app.add(await _routes(made, stack))
            yield

    return Application(lifespan)


async def _routes(made: Services, stack: AsyncExitStack) -> list[BaseRoute]:
    chosen = made.settings
    webhooks = Webhooks(made, chosen.payment_secrets, chosen.bank_feed_secret, chosen.tracking_secrets)
    provider = next(iter(chosen.payment_secrets), "")
    started: Callable[[UUID], Awaitable[None]] = _nobody
    if chosen.demonstration:
        paying = DemonstrationProvider(made, webhooks)
        await stack.enter_async_context(paying.running())
        provider, started = DEMONSTRATION, paying.started
    links = Links(chosen.jwt_secrets)
    means = (made.engine, made.clock, made.mint, made.feeds, made.reader, made.storage)
    reach, keyring = Reach(chosen.webhooks.loopback), Keyring(chosen.webhooks.keys or ())

    async def onlook(viewer: Viewer | None) -> Onlooker:
        return Onlooker(kit, viewer, await made.clock.learn())

    def extensions() -> dict[str, str]:
        return {"clock": "SHIFTED"} if made.clock.ahead else {}

    shaping = Shaping(Operations(schema, limits_of(chosen), False, extensions, engine.operations), onlook)
    outgoing = Outgoing(reach, keyring, shaping)
    kit = Kit(*means, links, provider, started, chosen.access_token_lifetime, outgoing)

    async def context_for(actor: Actor | None) -> Context:
        return Context(kit, actor, await made.clock.learn())

    def presume(token: str) -> Context | None:
        session, clock = authenticate.recall(token), made.clock
        if session is None or session.premise is None:
            return None
        premise = session.premise.and_also(clock.premise) if clock.premise else session.premise
        return Context(kit, session.actor, clock.now(), premise)

    authenticate = Authenticator(made.reader.lanes, chosen.jwt_secrets, made.clock)
    await stack.enter_async_context(authenticate.usage.running(made.read_pool))
    origins = Origins(frozenset(chosen.allowed_origins))
    endpoint = GraphQLEndpoint(
        schema=schema,
        limits=limits_of(chosen),
        authenticate=authenticate,
        presume=presume,
        context_for=context_for,
        extensions=extensions,
        now=made.clock.real,
        origins=origins,
        introspection=chosen.introspection,
        page=await _page(made),
        plans=engine.operations,
        onlook=onlook,
        holding=authenticate.holding,
        budgets=Budgets(made.read_pool, Rate(chosen.budget, chosen.restore_rate)),
    )

    def figures() -> dict[str, Mapping[str, int]]:
        return {**endpoint.operations.figures(), "sessions": authenticate.known.figures()}

    health = Health(made.read_pool, made.clock, authenticate, figures)
    door = Door(authenticate, origins)
    files = Files(made, door, chosen.file_bytes)
    # what the product itself asks is within its own limits, whatever those of its clients are
    ask = Asking(Operations(schema, Limits(), introspection=False, plans=engine.operations), context_for)
    papers = Papers(ask, door, Printer())
    sheets = Sheets(made, links, authenticate.again, door)
    writing = Writing(made, ask, authenticate.again, chosen.sheet_retention)
    await stack.enter_async_context(writing_of_sheets.running(writing))
    post = Poster(reach, chosen.webhooks.timeout.total_seconds())
    terms = Terms(chosen.webhooks.attempts, chosen.webhooks.first_wait, chosen.webhooks.pause_after)
    sending = Sending(made, shaping, post, keyring, authenticate.again, terms, chosen.webhooks.at_once)
    await stack.enter_async_context(sending_of_webhooks.running(sending, made.feeds.hub.followed))
    assets = [pages.assets()] if chosen.graphiql else []
    doors = [*files.routes(), *papers.routes(), *sheets.routes()]
    return [*endpoint.routes(), *health.routes(), *webhooks.routes(), *doors, *assets]


async def _nobody(_payment: UUID) -> None:
    """Nobody answers a started payment but its real provider."""


async def _page(made: Services) -> bytes | None:
    if not made.settings.graphiql:
        return None
    tokens = await demonstration.tokens(made) if made.settings.demonstration else []
    return pages.graphiql_page(tokens, pages.examples())


def limits_of(chosen: Settings) -> Limits:
    """The transports' bounds of these settings; those that are no setting keep their own."""
    return Limits(**asdict(chosen.limits))
