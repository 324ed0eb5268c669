"""The operations in flight on one WebSocket: started, stopped and told apart by the client's ids."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import aclosing
from typing import Any

from graphql import OperationType

from app.domain.access import Actor
from app.events.follower import FeedInterruptedError
from app.events.members import Member
from app.graphql import messages
from app.graphql.errors import Code, RequestRefused, formatted, masked
from app.graphql.messages import Close, CloseCode, Subscribe
from app.graphql.operations import Operation, Operations
from app.graphql.outlet import Outlet
from app.graphql.subscriptions import Subscriptions

INTERRUPTED = "The stream was interrupted; resume by cursor"


class _Run:
    """One operation in flight, by a task of its own or as a member of those who share it.

    `operation` is known once its document is read.
    """

    __slots__ = ("_head", "_running", "_tell", "id", "member", "operation", "task")

    def __init__(self, id: str, running: "Running") -> None:
        self.id = id
        self.task: asyncio.Task[None] | None = None
        self.member: Member | None = None
        self.operation: Operation | None = None
        self._running = running
        self._head = messages.next_(id)
        self._tell = running.outlet.tell

    def take(self, payload: bytes) -> bool:
        """Send a response that was made for all members."""
        return self._tell(self._head, payload)

    def ended(self, reason: Exception) -> None:
        """Hear that those who share it are told no more."""
        self.member = None
        self._running.finish(self, reason)

    def message(self, response: bytes) -> bytes:
        """The message with a response."""
        return self._head + response + messages.END


class Running:
    """Runs each operation so that none waits for another or ends it; what is shared has no task while it is silent."""

    def __init__(
        self,
        operations: Operations,
        subscriptions: Subscriptions,
        outlet: Outlet,
        limit: int,
        actor: Actor | None,
        new_context: Callable[[], Awaitable[object]],
    ) -> None:
        self.outlet = outlet
        self._operations = operations
        self._subscriptions = subscriptions
        self._limit = limit
        self._actor = actor
        self._new_context = new_context
        self._runs: dict[str, _Run] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, message: Subscribe) -> None:
        """Start an operation; an id that is in use closes the socket."""
        if message.id in self._runs:
            raise Close(CloseCode.SUBSCRIBER_ALREADY_EXISTS, f"Subscriber for {message.id} already exists")
        if len(self._tasks) + sum(run.member is not None for run in self._runs.values()) >= self._limit:
            text = f"This connection has {self._limit} operations in flight already."
            await self.outlet.send(
                messages.error(message.id, [formatted(Code.OPERATION_LIMIT, text, limit=self._limit)])
            )
            return
        run = self._runs[message.id] = _Run(message.id, self)
        self._begin(run, self._operate(run, message))

    def stop(self, id: str) -> None:
        """Forget an operation and cancel it; a mutation that has begun is carried out, unheard."""
        run = self._runs.pop(id, None)
        if run is None:
            return
        if run.member is not None:
            run.member.leave()
        elif run.task is not None and (run.operation is None or run.operation.kind is not OperationType.MUTATION):
            run.task.cancel()

    async def stop_all(self) -> None:
        """Stop everything and wait until all generators are closed and all mutations carried out."""
        for id in list(self._runs):
            self.stop(id)
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def resume(self) -> None:
        """Go on with those who were told nothing while the client did not read."""
        for run in list(self._runs.values()):
            if run.member is not None:
                run.member.resume()

    def finish(self, run: _Run, reason: Exception) -> None:
        """End an operation whose fellows were all ended for a reason."""
        if run.operation is not None:
            self._begin(run, self._fail(run, self._subscriptions.ending(reason, run.operation)))

    def _begin(self, run: _Run, work: Coroutine[Any, Any, None]) -> None:
        run.task = asyncio.create_task(work)
        self._tasks.add(run.task)
        run.task.add_done_callback(self._tasks.discard)

    async def _operate(self, run: _Run, message: Subscribe) -> None:
        try:
            run.operation = self._operations.prepare(message.request)
            if run.operation.kind is OperationType.SUBSCRIPTION:
                await self._operations.charge(run.operation, None if self._actor is None else self._actor.keeper)
                run.member = await self._subscriptions.join(run.operation, self._actor, run)
                if run.member is None:
                    await self._follow(run, run.operation)
            else:
                answer = await self._operations.answer(run.operation, await self._new_context())
                await self._send(run, run.message(answer))
        except Exception as error:
            await self._fail(run, error)
        else:
            if run.member is None:
                await self._end(run, messages.complete(run.id))
            elif run.task is not None:
                self._tasks.discard(run.task)
                run.task = None

    async def _follow(self, run: _Run, operation: Operation) -> None:
        async with aclosing(self._subscriptions.alone(operation, self._actor)) as events:
            async for response in events:
                await self._send(run, run.message(response))

    async def _send(self, run: _Run, text: bytes) -> None:
        if self._runs.get(run.id) is run:
            await self.outlet.send(text)

    async def _fail(self, run: _Run, error: Exception) -> None:
        if isinstance(error, FeedInterruptedError):
            # an `error` would end the subscription for good; a closed socket is opened again
            await self.outlet.close(Close(CloseCode.TRY_AGAIN_LATER, INTERRUPTED))
        elif isinstance(error, RequestRefused):
            await self._end(run, messages.error(run.id, error.errors))
        else:
            await self._end(run, messages.error(run.id, [masked(error, "an operation over WebSocket")]))

    async def _end(self, run: _Run, text: bytes) -> None:
        """Send the last message of an operation; its id is free again before the client reads it."""
        if self._runs.get(run.id) is run:
            del self._runs[run.id]
            await self.outlet.send(text)
