"""The operations in flight on one WebSocket: started, stopped and told apart by the client's ids."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from graphql import OperationType

from app.events.follower import FeedInterruptedError
from app.graphql import messages
from app.graphql.errors import Code, Formatted, RequestRefused, formatted, masked
from app.graphql.messages import Close, CloseCode, Subscribe
from app.graphql.operations import Operations
from app.graphql.outlet import Outlet

INTERRUPTED = "The stream was interrupted; resume by cursor"


@dataclass(eq=False, slots=True)
class _Run:
    """One operation in flight; `kind` is known once its document is read."""

    id: str
    task: asyncio.Task[None] | None = None
    kind: OperationType | None = None


class Running:
    """Runs each operation in a task of its own, so that none waits for another or ends it."""

    def __init__(
        self, operations: Operations, outlet: Outlet, limit: int, new_context: Callable[[], Awaitable[object]]
    ) -> None:
        self._operations = operations
        self._outlet = outlet
        self._limit = limit
        self._new_context = new_context
        self._runs: dict[str, _Run] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, message: Subscribe) -> None:
        """Start an operation; an id that is in use closes the socket."""
        if message.id in self._runs:
            raise Close(CloseCode.SUBSCRIBER_ALREADY_EXISTS, f"Subscriber for {message.id} already exists")
        if len(self._tasks) >= self._limit:
            text = f"This connection has {self._limit} operations in flight already."
            await self._outlet.send(
                messages.error(message.id, [formatted(Code.OPERATION_LIMIT, text, limit=self._limit)])
            )
            return
        run = self._runs[message.id] = _Run(message.id)
        run.task = asyncio.create_task(self._operate(run, message))
        self._tasks.add(run.task)
        run.task.add_done_callback(self._tasks.discard)

    def stop(self, id: str) -> None:
        """Forget an operation and cancel it; a mutation that has begun is carried out, unheard."""
        run = self._runs.pop(id, None)
        if run is not None and run.task is not None and run.kind is not OperationType.MUTATION:
            run.task.cancel()

    async def stop_all(self) -> None:
        """Stop everything and wait until all generators are closed and all mutations carried out."""
        for id in list(self._runs):
            self.stop(id)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _operate(self, run: _Run, message: Subscribe) -> None:
        try:
            operation = self._operations.prepare(message.request)
            run.kind = operation.kind
            context = await self._new_context()
            if run.kind is OperationType.SUBSCRIPTION:
                async with aclosing(self._operations.events(operation, context)) as events:
                    async for response in events:
                        await self._send(run, messages.next_(run.id, response))
            else:
                await self._send(run, messages.next_(run.id, await self._operations.answer(operation, context)))
        except RequestRefused as refusal:
            await self._fail(run, refusal.errors)
        except FeedInterruptedError:
            # an `error` would end the subscription for good; a closed socket is opened again
            await self._outlet.close(Close(CloseCode.TRY_AGAIN_LATER, INTERRUPTED))
        except Exception as error:
            await self._fail(run, [masked(error, "an operation over WebSocket")])
        else:
            await self._end(run, messages.complete(run.id))

    async def _send(self, run: _Run, text: str) -> None:
        if self._runs.get(run.id) is run:
            await self._outlet.send(text)

    async def _fail(self, run: _Run, errors: list[Formatted]) -> None:
        await self._end(run, messages.error(run.id, errors))

    async def _end(self, run: _Run, text: str) -> None:
        """Send the last message of an operation; its id is free again before the client reads it."""
        if self._runs.get(run.id) is run:
            del self._runs[run.id]
            await self._outlet.send(text)
