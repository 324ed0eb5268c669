"""A small schema that does what a transport must survive: it counts, waits, fails and refuses."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

import strawberry
from strawberry.types import Info

from app.domain.access import Actor, Role
from app.domain.errors import ErrorCode, Refusal
from app.events.follower import FeedInterruptedError
from app.graphql.errors import Unauthenticated
from app.graphql.sessions import Session

SECRET = "SELECT secret FROM vault"
ACTOR = Actor(UUID(int=1), "buyer@example.com", True, Role.BUYER)


@dataclass
class Seen:
    """What the resolvers were asked to do, for the tests to look at."""

    opened: int = 0
    closed: int = 0
    written: list[str] = field(default_factory=list)
    contexts: list[object] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True)
class Context:
    """The context of one operation."""

    actor: Actor | None
    seen: Seen


def _seen(info: Info) -> Seen:
    context = cast(Context, info.context)
    context.seen.contexts.append(context)
    return context.seen


@strawberry.type
class Money:
    amount: str = "5.00"

    @strawberry.field
    def broken(self) -> str:
        raise RuntimeError(SECRET)


@strawberry.type
class Order:
    number: str

    @strawberry.field
    def total(self) -> Money:
        return Money()

    @strawberry.field
    def self(self) -> "Order":
        return self

    @strawberry.field
    def items(self, first: int | None = None, last: int | None = None) -> list["Order"]:
        return [Order(number=str(n)) for n in range(first or last or 1)]

    @strawberry.field
    def required(self) -> int:
        return cast(int, None)


@strawberry.type
class Query:
    @strawberry.field
    def order(self, number: str = "1") -> Order:
        return Order(number=number)

    @strawberry.field
    def orders(self, first: int | None = None, last: int | None = None) -> list[Order]:
        return [Order(number=str(n)) for n in range(first or last or 1)]

    @strawberry.field
    def nodes(self, ids: list[strawberry.ID]) -> list[Order]:
        return [Order(number=id) for id in ids]

    @strawberry.field
    def whoami(self, info: Info) -> str | None:
        _seen(info)
        actor = cast(Context, info.context).actor
        return actor.email if actor else None

    @strawberry.field
    async def slow(self, info: Info) -> str:
        await _seen(info).gate.wait()
        return "done"

    @strawberry.field
    def crash(self) -> str | None:
        raise RuntimeError(SECRET)

    @strawberry.field
    def refusal(self) -> str | None:
        raise Refusal(ErrorCode.QUOTA_EXCEEDED, "The quota is used up.", ("input", "total"), {"needed": "5.00"})

    @strawberry.field
    def private(self) -> str | None:
        raise Unauthenticated()

    @strawberry.field
    def unencodable(self) -> strawberry.scalars.JSON:
        return cast(strawberry.scalars.JSON, object())


@strawberry.input
class NoteInput:
    text: str
    tags: list[str] = strawberry.field(default_factory=list)


@strawberry.type
class Mutation:
    @strawberry.mutation
    def note(self, info: Info, text: str) -> str:
        _seen(info).written.append(text)
        return text

    @strawberry.mutation
    def note_put(self, info: Info, input: NoteInput) -> str:
        _seen(info).written.append(input.text)
        return input.text

    @strawberry.mutation
    async def note_later(self, info: Info, text: str) -> str:
        seen = _seen(info)
        seen.opened += 1
        await seen.gate.wait()
        seen.written.append(text)
        return text

    @strawberry.mutation
    def crash(self) -> str | None:
        raise RuntimeError(SECRET)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, info: Info, to: int = 3) -> AsyncGenerator[int, None]:
        _seen(info)
        for number in range(1, to + 1):
            yield number

    @strawberry.subscription
    async def wait(self, info: Info) -> AsyncGenerator[str, None]:
        seen = _seen(info)
        seen.opened += 1
        try:
            yield "waiting"
            await seen.gate.wait()
            yield "done"
        finally:
            seen.closed += 1

    @strawberry.subscription
    async def flood(self, info: Info, size: int = 100_000) -> AsyncGenerator[str, None]:
        seen = _seen(info)
        seen.opened += 1
        try:
            while True:
                yield "x" * size
                await asyncio.sleep(0)
        finally:
            seen.closed += 1

    @strawberry.subscription
    async def fails(self, after: int = 1) -> AsyncGenerator[int, None]:
        for number in range(after):
            yield number
        raise RuntimeError(SECRET)

    @strawberry.subscription
    async def refuses(self) -> AsyncGenerator[int, None]:
        raise Refusal(ErrorCode.CURSOR_EXPIRED, "The cursor is too old.", ("after",))
        yield 0

    @strawberry.subscription
    async def interrupted(self) -> AsyncGenerator[int, None]:
        yield 0
        raise FeedInterruptedError(SECRET)

    @strawberry.subscription
    async def orders(self) -> AsyncGenerator[Order, None]:
        yield Order(number="7")


schema = strawberry.Schema(Query, Mutation, Subscription)


async def authenticate(token: str | None) -> Session:
    """Know one token, let in who gives none, refuse the rest."""
    if token is None:
        return Session(None)
    if token != "good":
        raise Unauthenticated()
    return Session(ACTOR)
