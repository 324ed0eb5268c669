"""A schema whose one subscription can be shared: an order in memory, its events told in as many bytes as asked."""

from collections.abc import AsyncIterable
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import strawberry
from strawberry.types import Info

from app.db.feed import Event
from app.domain.access import Actor, Role, Viewer
from app.domain.errors import ErrorCode, Refusal
from app.events.cursors import order_cursor, parse_order
from app.events.feeds import Feeds
from app.events.live import Live, Told
from app.events.streams import Stream
from app.events.tunables import Tunables
from app.graphql.endpoint import GraphQLEndpoint
from app.graphql.errors import Unauthenticated
from app.graphql.limits import Limits
from app.graphql.sessions import Session
from tests.feed.writing import KINDS, event
from tests.transport.serving import endpoint

TICKS = "subscription Ticks($size: Int, $after: String) { ticks(size: $size, after: $after) { text } }"
ORDER = UUID(int=1)
BUYER = Actor(UUID(int=1), "buyer@example.com", True, Role.BUYER)
ACTORS = {
    "buyer": BUYER,
    "buyer elsewhere": Actor(UUID(int=1), "changed@example.com", False, Role.BUYER, token_id=UUID(int=9)),
    "other": Actor(UUID(int=2), "other@example.com", True, Role.BUYER),
}


@dataclass
class Ticker:
    """An order whose events come as a test wants, and a list of what was executed, for whom."""

    feeds: "Ticks"
    executed: list[tuple[int, UUID | None]] = field(default_factory=list)
    fails: bool = False

    def tick(self, count: int = 1) -> None:
        """Let so many events happen."""
        for _ in range(count):
            self.feeds.rows.append(event(len(self.feeds.rows) + 1))
            self.feeds.hub.offer(self.feeds.rows[-1])


class Ticks(Feeds):
    """Feeds without a database."""

    def __init__(self) -> None:
        super().__init__("postgresql://nowhere/", lambda role: KINDS, tunables=Tunables())
        self.rows: list[Event] = []

    async def read(self, stream: Stream, after: int, limit: int) -> list[Event]:
        """The rows there are."""
        return self.rows[after : after + limit]


@dataclass(frozen=True)
class Looking:
    """The context of what is told."""

    ticker: Ticker
    viewer: Viewer | None


@strawberry.type
class Tick:
    version: int
    size: strawberry.Private[int]

    @strawberry.field
    def text(self, info: Info) -> str:
        looking = cast(Looking, info.context)
        looking.ticker.executed.append((self.version, looking.viewer.account_id if looking.viewer else None))
        return str(self.version).ljust(self.size, ".")

    @strawberry.field
    def said(self, it: str | None = None) -> str | None:
        return it


@strawberry.type
class Query:
    @strawberry.field
    def nothing(self) -> str:
        return ""


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self, info: Info, size: int | None = None, after: str | None = None) -> AsyncIterable[Tick]:
        looking = cast(Looking, info.context)
        feeds, last = looking.ticker.feeds, len(looking.ticker.feeds.rows)
        viewer = looking.viewer or Viewer(Role.BUYER, UUID(int=0))

        async def resume(cursor: str) -> int:
            if parse_order(cursor) > last:
                raise Refusal(ErrorCode.CURSOR_UNKNOWN, "There is no such event.", ("after",))
            return parse_order(cursor)

        def message(version: int) -> Tick:
            return Tick(version=version, size=size or 0)

        async def opening() -> Tick:
            return message(0)

        def tell(row: Event) -> Told[Tick]:
            if looking.ticker.fails:
                raise RuntimeError("a mistake")
            return Told(message(row.version))

        async def refresh() -> None:
            """Nothing here grows old."""

        at = last if after is None else await resume(after)
        first = opening if after is None else None
        return Live(feeds, feeds.order_of(viewer, ORDER), at, order_cursor(at), first, tell, resume, refresh)


schema = strawberry.Schema(Query, subscription=Subscription)


async def authenticate(token: str | None) -> Session:
    """Know everybody by name."""
    if token is not None and token not in ACTORS:
        raise Unauthenticated()
    return Session(ACTORS[token] if token else None)


def ticking(limits: Limits | None = None, **changed: Any) -> tuple[Ticker, GraphQLEndpoint]:
    """An order and an endpoint at which it can be followed."""
    ticker = Ticker(Ticks())

    async def context_for(actor: Actor | None) -> Looking:
        return Looking(ticker, actor.viewer if actor else None)

    async def onlook(viewer: Viewer | None) -> Looking:
        return Looking(ticker, viewer)

    given = endpoint(
        limits=limits, schema=schema, authenticate=authenticate, context_for=context_for, onlook=onlook, **changed
    )
    return ticker, given
