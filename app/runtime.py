"""What a process runs operations with, whoever asks for them: a client, the product itself, or an endpoint's event."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from app.auth import Authenticator
from app.clock import Clock
from app.domain.access import Actor, Viewer
from app.domain.destinations import Reach
from app.domain.trade import Mint
from app.events.feeds import Feeds
from app.graphql.asking import Asking
from app.graphql.limits import Limits
from app.graphql.operations import Operations
from app.graphql.schema import engine, schema
from app.graphql.shaping import Shaping
from app.keyring import Keyring
from app.links import Links
from app.outgoing import Outgoing
from app.reads import Reader
from app.resolvers.context import Context, Onlooker
from app.services import Services
from app.settings import Settings
from app.storage import Storage


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


async def _nobody(_payment: UUID) -> None:
    """Nobody answers a started payment but its real provider."""


class Runtime:
    """The services of a process with what executes documents on them."""

    def __init__(
        self,
        made: Services,
        payment_provider: str = "",
        started: Callable[[UUID], Awaitable[None]] = _nobody,
    ) -> None:
        chosen, self.made = made.settings, made
        self.limits = Limits(**asdict(chosen.limits))
        self.authenticate = Authenticator(made.reader.lanes, chosen.jwt_secrets, made.clock)
        self.keyring = Keyring(chosen.webhooks.keys or ())
        operations = Operations(schema, self.limits, False, self.extensions, engine.operations)
        self.shaping = Shaping(operations, self.onlook)
        self.outgoing = Outgoing(Reach(chosen.webhooks.loopback), self.keyring, self.shaping)
        # what the product itself asks is within its own limits, whatever those of its clients are
        own = Operations(schema, Limits(), introspection=False, plans=engine.operations)
        self.ask = Asking(own, self.context_for)
        self.kit = Kit(
            *(made.engine, made.clock, made.mint, made.feeds, made.reader, made.storage, Links(chosen.jwt_secrets)),
            *(payment_provider, started, chosen.access_token_lifetime, self.outgoing),
        )

    @property
    def settings(self) -> Settings:
        """The settings of the process."""
        return self.made.settings

    def extensions(self) -> dict[str, str]:
        """What every answer says beside its data."""
        return {"clock": "SHIFTED"} if self.made.clock.ahead else {}

    async def context_for(self, actor: Actor | None) -> Context:
        """The context of an operation of an actor."""
        return Context(self.kit, actor, await self.made.clock.learn())

    async def onlook(self, viewer: Viewer | None) -> Onlooker:
        """The context of what is told to everybody who sees the same."""
        return Onlooker(self.kit, viewer, await self.made.clock.learn())

    def presume(self, token: str) -> Context | None:
        """The context of a token's session as it was last seen, for whoever looks whether it still is so."""
        session, clock = self.authenticate.recall(token), self.made.clock
        if session is None or session.premise is None:
            return None
        premise = session.premise.and_also(clock.premise) if clock.premise else session.premise
        return Context(self.kit, session.actor, clock.now(), premise)
