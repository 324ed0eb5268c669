"""The product's subscriptions in this process, without a transport: who hears what, and what it took to tell them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import orjson
from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from app import settings
from app.domain.access import Actor, Viewer
from app.events.members import Member
from app.graphql.limits import Limits
from app.graphql.operations import Operation, Operations
from app.graphql.requests import GraphQLRequest
from app.graphql.schema import engine, schema
from app.graphql.subscriptions import Subscriptions
from app.links import Links
from app.resolvers.context import Context, Onlooker
from app.runtime import Kit
from app.services import Services, services
from tests.api.server import PATIENCE, environment
from tests.means import NOWHERE, StepClock

WIDE = Limits(cost=10**9, depth=20, document_bytes=10**6, tokens=10**5, aliases=10**3)


class Ear:
    """A subscriber that keeps every message."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.reason: Exception | None = None
        self.member: Member | None = None
        self._stirred = asyncio.Event()

    def take(self, payload: bytes) -> bool:
        """Keep a message."""
        self.payloads.append(payload)
        self._stirred.set()
        return True

    def ended(self, reason: Exception) -> None:
        """Keep the reason."""
        self.reason = reason
        self._stirred.set()

    async def heard(self, count: int) -> list[Any]:
        """All messages, when there are so many."""
        async with asyncio.timeout(PATIENCE):
            while len(self.payloads) < count:
                self._stirred.clear()
                await self._stirred.wait()
        return [orjson.loads(payload) for payload in self.payloads]


class CountedOperations(Operations):
    """Operations that count what is executed for whom."""

    def __init__(self) -> None:
        super().__init__(schema, WIDE, False, dict, engine.operations)
        self.sources: Counter[Viewer | None] = Counter()
        self.messages: Counter[Viewer | None] = Counter()

    async def source(self, operation: Operation, context: object) -> Any:
        """Begin a subscription for a group."""
        self.sources[cast(Onlooker, context).viewer] += 1
        return await super().source(operation, context)

    async def message(self, operation: Operation, context: object, payload: object) -> bytes:
        """Execute one message of a group."""
        self.messages[cast(Onlooker, context).viewer] += 1
        return await super().message(operation, context, payload)


async def _nobody(_payment: object) -> None:
    """Nobody answers a started payment."""


@dataclass
class Stage:
    """The services of a process, its subscriptions, and the contexts that were made for them."""

    made: Services
    kit: Any
    operations: CountedOperations = field(default_factory=CountedOperations)
    onlooker: type[Onlooker] = Onlooker

    def __post_init__(self) -> None:
        self.subscriptions = Subscriptions(self.operations, self._context_for, self._onlook)

    async def _context_for(self, actor: Actor | None) -> object:
        return Context(self.kit, actor, await self.made.clock.learn())

    async def _onlook(self, viewer: Viewer | None) -> object:
        return self.onlooker(self.kit, viewer, await self.made.clock.learn())

    def prepared(self, document: str, **variables: Any) -> Operation:
        """An operation of a document."""
        return self.operations.prepare(GraphQLRequest(document, variables, None))

    async def listen(self, actor: Actor, document: str, **variables: Any) -> Ear:
        """Become a member of a group."""
        ear = Ear()
        ear.member = await self.subscriptions.join(self.prepared(document, **variables), actor, ear)
        assert ear.member is not None, "the subscription was not shared"
        return ear

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return len(self.subscriptions._groups)


@asynccontextmanager
async def staged(database_url: str, folder: Path, clock: StepClock) -> AsyncIterator[Stage]:
    """The feeds of a process, running."""
    chosen = settings.load(environment(database_url, folder))
    async with services(chosen, clock) as made, made.feeds.running():
        means = (made.engine, made.clock, made.mint, made.feeds, made.reader, made.storage)
        yield Stage(made, Kit(*means, Links(("a key",)), "", _nobody, chosen.access_token_lifetime, NOWHERE))


def everything(type_: GraphQLObjectType, depth: int, before: tuple[str, ...] = ()) -> str:
    """A selection of every field that needs no argument, so many levels deep; no type within itself."""
    fields = []
    for name, each in type_.fields.items():
        inner = get_named_type(each.type)
        if any(is_required_argument(argument) for argument in each.args.values()):
            continue
        if is_leaf_type(inner):
            fields.append(name)
        elif isinstance(inner, GraphQLObjectType) and depth and inner.name not in before:
            below = everything(inner, depth - 1, (*before, type_.name))
            fields.extend([f"{name} {{ {below} }}"] if below else [])
    return " ".join(fields)


def subscription(field: str, depth: int = 3) -> str:
    """A subscription with everything in its messages."""
    root = schema._schema.subscription_type
    assert root is not None
    message = get_named_type(root.fields[field].type)
    assert isinstance(message, GraphQLObjectType)
    head = {
        "orderUpdates": "subscription ($id: ID!, $after: String) { orderUpdates(orderId: $id, after: $after)",
        "events": "subscription ($after: String) { events(after: $after)",
        "orderList": "subscription ($filter: OrderFilter, $after: String) { orderList(filter: $filter, after: $after)",
    }[field]
    return f"{head} {{ {everything(message, depth)} }} }}"
