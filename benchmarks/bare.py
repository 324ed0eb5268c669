"""The limits: a bare ASGI handler with one statement by hand, which answers a query as the product does.

`python -m benchmarks.bare list <seller>` answers the seller's list, `page <buyer> <number>` a buyer's page of an order
and `desk <question> <wanted>` what a seller's desk asks, whoever asks; DATABASE_URL names the database.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import uvicorn
from starlette.types import Receive, Scope, Send

from app.db.engine import Pool, read_pool
from app.domain.access import Role, Viewer
from app.domain.happenings import KINDS_FOR
from app.serving import Server, address, listening
from benchmarks.bare_page import page
from benchmarks.handwritten import LIST
from benchmarks.handwritten_desk import CEILING, STATEMENTS, Wanted
from benchmarks.handwritten_page import PAGE

Answer = Callable[[], Awaitable[bytes]]


class Bare:
    """Answers every request with the same thing, read anew."""

    def __init__(self, make: Callable[[Pool], Awaitable[Answer]]) -> None:
        self._make = make
        self._answer: Answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request: read it, run the statement, send what it says."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        while (await receive()).get("more_body"):
            pass
        body = await self._answer()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        pool = await read_pool(os.environ["DATABASE_URL"])
        self._answer = await self._make(pool)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await pool.close()
        await send({"type": "lifespan.shutdown.complete"})


def the_list(seller: UUID) -> Callable[[Pool], Awaitable[Answer]]:
    """The seller's list."""

    async def make(pool: Pool) -> Answer:
        async def answer() -> bytes:
            body: bytes = await pool.fetchval(LIST, seller)
            return body

        return answer

    return make


def the_page(buyer: UUID, number: str) -> Callable[[Pool], Awaitable[Answer]]:
    """The buyer's page; what never changes, such as a version of the policy, is read once."""

    async def make(pool: Pool) -> Answer:
        viewer, heard = Viewer(Role.BUYER, buyer), sorted(KINDS_FOR[Role.BUYER])
        found = await pool.fetch("SELECT id, document::text FROM policies")
        policies = {row["id"]: orjson.loads(row["document"]) for row in found}

        async def answer() -> bytes:
            row: Any = await pool.fetchrow(PAGE, number, buyer, heard)
            return page(row, policies, viewer, datetime.now(UTC))

        return answer

    return make


def the_desk(question: str, wanted: Wanted) -> Callable[[Pool], Awaitable[Answer]]:
    """What a seller's desk asks; where counting stops is policy, and is read once."""

    async def make(pool: Pool) -> Answer:
        ceiling = await pool.fetchval(CEILING)
        statement, arguments = STATEMENTS[question], wanted.arguments(question, ceiling)

        async def answer() -> bytes:
            body: bytes = await pool.fetchval(statement, *arguments)
            return body

        return answer

    return make


def _made(what: str, someone: str, *more: str) -> Callable[[Pool], Awaitable[Answer]]:
    if what == "desk":
        return the_desk(someone, Wanted.read(more[0]))
    return the_list(UUID(someone)) if what == "list" else the_page(UUID(someone), more[0])


def main() -> None:
    """Serve on a free port, and say which."""
    make = _made(*sys.argv[1:])
    with listening("127.0.0.1", 0) as listener, suppress(KeyboardInterrupt, asyncio.CancelledError):
        config = uvicorn.Config(Bare(make), log_level="warning", server_header=False, lifespan="on")
        Server(config, f"Serving {address(listener)}").run(sockets=[listener])


if __name__ == "__main__":
    main()
