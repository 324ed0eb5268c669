"""Subscriptions: shared by all whose messages cannot differ, and run alone by everybody else."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from functools import partial

from app.domain.access import Actor, Viewer
from app.domain.errors import Refusal
from app.events.follower import FeedInterruptedError
from app.events.groups import Group, Opening
from app.events.live import Live
from app.events.members import Member, Sink
from app.graphql.errors import RequestRefused, log
from app.graphql.operations import Operation, Operations
from app.graphql.sessions import ContextFor
from app.graphql.sharing import Key, Shared, shared

AT_ONCE = 8  # however many come back at once, this many of their statements and no more wait for the read pool

Onlook = Callable[[Viewer | None], Awaitable[object]]


class Unshareable(Exception):
    """The source of a subscription is not one that a group can follow."""


class Subscriptions:
    """The subscriptions of one process; `onlook` makes the context of what a viewer is told.

    Without it none is shared, and each runs in the context of its operation. A group's context is made from its key
    and from nothing else, so no request can leave anything in it for another.
    """

    def __init__(self, operations: Operations, context_for: ContextFor, onlook: Onlook | None) -> None:
        self._operations = operations
        self._context_for = context_for
        self._onlook = onlook
        self._groups: dict[Key, Group] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def join(self, operation: Operation, actor: Actor | None, sink: Sink) -> Member | None:
        """Become a member of the group that is told the same, or None when it has to be told alone."""
        if self._onlook is None or actor is None or (found := shared(operation, actor.viewer)) is None:
            return None
        group = self._groups.get(found.key)
        if group is None:
            begin, over = partial(self._begin, self._onlook, found), partial(self._over, found)
            group = self._groups[found.key] = Group(begin, over)
        try:
            return await group.join(sink, found.after)
        except (Refusal, Unshareable):  # alone it is refused for the same reason, and told where in the document
            return None

    async def alone(self, operation: Operation, actor: Actor | None) -> AsyncGenerator[bytes, None]:
        """Run a subscription for one subscriber; a refusal or an interruption ends it."""
        if self._onlook is None:
            context = await self._context_for(actor)
        else:
            context = await self._onlook(None if actor is None else actor.viewer)
        async with aclosing(self._operations.events(operation, context)) as events:
            async for response in events:
                yield response

    async def events(self, operation: Operation, actor: Actor | None) -> AsyncGenerator[bytes, None]:
        """Run a subscription, shared or not; each item is a JSON response."""
        slot = Slot()
        member = await self.join(operation, actor, slot)
        if member is None:
            async with aclosing(self.alone(operation, actor)) as events:
                async for response in events:
                    yield response
            return
        try:
            while (payload := await slot.next()) is not None:
                yield payload
                member.resume()
        finally:
            member.leave()
        raise self.ending(slot.reason, operation)

    def ending(self, reason: Exception | None, operation: Operation) -> Exception:
        """What ends a member's subscription: a refusal, or an interruption after which it comes again."""
        if isinstance(reason, Refusal):
            return self._operations.failure(reason, operation)
        if isinstance(reason, RequestRefused):
            return RequestRefused(reason.errors, reason.status)
        return FeedInterruptedError("the shared stream failed")

    async def _begin(self, onlook: Onlook, found: Shared) -> Opening:
        operation, viewer = found.operation, found.key.viewer
        async with self._turns:
            source = await self._operations.source(operation, await onlook(viewer))
        if not isinstance(source, Live):
            raise Unshareable

        async def tell(message: object) -> bytes:
            async with self._turns:
                return await self._operations.message(operation, await onlook(viewer), message)

        return Opening(source, tell)

    def _over(self, found: Shared, group: Group, reason: Exception | None) -> None:
        """Forget a group; a newer one of the same key stays."""
        if self._groups.get(found.key) is group:
            del self._groups[found.key]
        if reason is not None and not isinstance(reason, Refusal | RequestRefused | FeedInterruptedError):
            log.error("a shared subscription failed: %s", found.operation.name, exc_info=reason)


class Slot:
    """Room for one message, for whoever asks for one after another."""

    __slots__ = ("_payload", "_stirred", "reason")

    def __init__(self) -> None:
        self._payload: bytes | None = None
        self.reason: Exception | None = None
        self._stirred = asyncio.Event()

    def take(self, payload: bytes) -> bool:
        """Hold a message, unless there is one already."""
        if self._payload is not None:
            return False
        self._payload = payload
        self._stirred.set()
        return True

    def ended(self, reason: Exception) -> None:
        """Let whoever asks next hear that there is no more."""
        self.reason = reason
        self._stirred.set()

    async def next(self) -> bytes | None:
        """The message, or None when there will be no more."""
        await self._stirred.wait()
        payload, self._payload = self._payload, None
        if self.reason is None:
            self._stirred.clear()
        return payload
