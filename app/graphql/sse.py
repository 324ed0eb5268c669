"""Server-sent events: one subscription a connection (graphql-sse, "distinct connections")."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress

from starlette.types import Receive, Scope, Send

from app.events.follower import FeedInterruptedError
from app.graphql.errors import Code, Formatted, RequestRefused, formatted, masked
from app.graphql.limits import Limits
from app.graphql.negotiation import EVENT_STREAM
from app.graphql.protocols import hang_up
from app.graphql.sessions import Session
from app.graphql.vigil import Vigil

PING = b":\n\n"
COMPLETE = b"event: complete\ndata:\n\n"


class EventStream:
    """A response that stays open: every item is a `next` event, the end a `complete` event."""

    def __init__(
        self,
        events: AsyncGenerator[bytes, None],
        refusal: Callable[[list[Formatted]], bytes],
        session: Session,
        vigil: Vigil,
        limits: Limits,
        headers: Mapping[str, str],
    ) -> None:
        self._events = events
        self._refusal = refusal
        self._session = session
        self._vigil = vigil
        self._limits = limits
        self._headers = {
            **headers,
            "content-type": f"{EVENT_STREAM}; charset=utf-8",
            "cache-control": "no-cache",
            "x-accel-buffering": "no",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the subscription, the session or the client ends, whichever is first."""
        out = _Writer(send, self._limits.send_timeout)
        tasks = {
            asyncio.create_task(self._follow(out)),
            asyncio.create_task(self._ping(out)),
            asyncio.create_task(_disconnected(receive)),
        }
        if self._session.ends:
            tasks.add(asyncio.create_task(self._watch(out)))
        try:
            await out.start(self._headers)
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except (TimeoutError, FeedInterruptedError):  # the reader stalls or the feed is away: it resumes by its cursor
            hang_up(scope)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._events.aclose()

    async def _follow(self, out: "_Writer") -> None:
        await out.started.wait()
        try:
            async with aclosing(self._events) as events:
                async for response in events:
                    await out.write(_next(response))
        except RequestRefused as refusal:
            await out.write(_next(self._refusal(refusal.errors)))
        except (TimeoutError, FeedInterruptedError):
            raise
        except Exception as error:
            await out.write(_next(self._refusal([masked(error, "an event stream")])))
        await out.end()

    async def _ping(self, out: "_Writer") -> None:
        await out.started.wait()
        while True:
            await out.write(PING)
            await asyncio.sleep(self._limits.keep_alive_every)

    async def _watch(self, out: "_Writer") -> None:
        over: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        watch = self._vigil.watch(self._session, over.set_result)
        try:
            reason = await over
        finally:
            watch.stop()
        await out.write(_next(self._refusal([formatted(Code.UNAUTHENTICATED, reason + ".")])))
        await out.end()


async def single(response: bytes) -> AsyncGenerator[bytes, None]:
    """The one item of a query or mutation whose client reads nothing but event streams."""
    yield response


def _next(response: bytes) -> bytes:
    """One event; JSON as it is written here never holds a line break."""
    return b"event: next\ndata: " + response + b"\n\n"


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class _Writer:
    """Writes one event at a time, each within the time a reader may stall."""

    def __init__(self, send: Send, timeout: float) -> None:
        self._send = send
        self._timeout = timeout
        self._turn = asyncio.Lock()
        self._ended = False
        self.started = asyncio.Event()

    async def start(self, headers: Mapping[str, str]) -> None:
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": 200, "headers": raw})
        self.started.set()

    async def write(self, chunk: bytes, more: bool = True) -> None:
        async with self._turn, asyncio.timeout(self._timeout):
            if not self._ended:
                self._ended = not more
                with suppress(OSError):
                    await self._send({"type": "http.response.body", "body": chunk, "more_body": more})

    async def end(self) -> None:
        await self.write(COMPLETE, more=False)
