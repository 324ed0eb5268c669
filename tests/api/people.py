"""People and programs that talk to a server through the client `gql`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeAlias

from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from graphql import build_schema, parse

from app.auth import issue_jwt
from app.domain.access import Actor
from app.graphql.schema import schema as served
from tests.api.server import PATIENCE, Server

SCHEMA = build_schema(served.as_str())
assert SCHEMA.mutation_type is not None
MUTATIONS = SCHEMA.mutation_type.fields
ERRORS = "userErrors { code field message params { name value } }"
Json: TypeAlias = dict[str, Any]


def mutation(name: str, selection: str = "") -> str:
    """The document of a mutation; its payload always says what was refused."""
    given = MUTATIONS[name].args["input"].type
    return f"mutation Act($input: {given}) {{ {name}(input: $input) {{ {selection} {ERRORS} }} }}"


read = lru_cache(parse)


class Written(GraphQLRequest):
    """A request whose document is read once for all who ask the same, and sent as it is written."""

    def __init__(self, document: str, variables: Json) -> None:
        super().__init__(read(document), variable_values=variables)
        self._text = document

    @property
    def payload(self) -> Json:
        """What is sent."""
        return {"query": self._text, "variables": self.variable_values}


@dataclass(frozen=True)
class Person:
    """Somebody with a token and an open HTTP connection to one server."""

    server: Server
    token: str | None
    session: AsyncClientSession

    async def ask(self, document: str, **variables: Any) -> Json:
        """The data of an operation; any error at all fails the test."""
        found: Json = await self.session.execute(Written(document, variables))
        return found

    async def attempt(self, name: str, selection: str = "", /, **input: Any) -> Json:
        """The payload of a mutation, whether it was done or refused."""
        payload: Json = (await self.ask(mutation(name, selection), input=input))[name]
        return payload

    async def do(self, name: str, selection: str = "", /, **input: Any) -> Json:
        """The payload of a mutation that must succeed."""
        payload = await self.attempt(name, selection, **input)
        assert payload["userErrors"] == [], (name, payload["userErrors"])
        return payload

    async def refused(self, name: str, /, **input: Any) -> list[tuple[str, str]]:
        """The codes and field paths with which a mutation must be refused."""
        payload = await self.attempt(name, **input)
        assert payload["userErrors"], f"{name} was done"
        return [(error["code"], ".".join(error["field"])) for error in payload["userErrors"]]

    def connected(self) -> AbstractAsyncContextManager["Socket"]:
        """A WebSocket for the length of a block."""
        return socket_of(self.server, self.token)


@dataclass(frozen=True)
class Socket:
    """An open WebSocket; what is subscribed to over it is heard until its block ends."""

    session: AsyncClientSession
    stack: AsyncExitStack

    async def listen(self, document: str, **variables: Any) -> "Listener":
        """Subscribe; the first message must have come."""
        listener = Listener()
        task = asyncio.create_task(listener.follow(self.session, Written(document, variables)))
        self.stack.push_async_callback(_cancelled, task)
        return listener


@asynccontextmanager
async def socket_of(server: Server, token: str | None) -> AsyncIterator[Socket]:
    """A WebSocket to a server for the length of a block."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    transport = WebsocketsTransport(
        server.socket, init_payload=headers, close_timeout=1, connect_args={"compression": None}
    )
    async with Client(transport=transport) as session, AsyncExitStack() as stack:
        yield Socket(session, stack)


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@dataclass(frozen=True)
class Heard:
    """A message and when it came."""

    at: datetime
    message: Json


class Listener:
    """What one subscription has brought."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.end: BaseException | None = None
        self._news = asyncio.Condition()

    async def follow(self, session: AsyncClientSession, request: GraphQLRequest) -> None:
        """Keep every message until cancelled, or until the subscription ends with what ends it."""
        try:
            async for data in session.subscribe(request):
                await self._keep(next(iter(data.values())))
            await self._over(EOFError("the subscription was completed"))
        except Exception as error:
            await self._over(error)

    async def _keep(self, message: Json) -> None:
        async with self._news:
            self.heard.append(Heard(datetime.now(UTC), message))
            self._news.notify_all()

    async def _over(self, error: Exception) -> None:
        async with self._news:
            self.end = error
            self._news.notify_all()

    @property
    def messages(self) -> list[Json]:
        """What was heard so far."""
        return [heard.message for heard in self.heard]

    @property
    def events(self) -> list[Json]:
        """The events that were heard so far, without the message a fresh subscription opens with."""
        return [message["event"] for message in self.messages if message["event"] is not None]

    @property
    def kinds(self) -> list[str]:
        """The kinds of the events that were heard so far."""
        return [event["kind"] for event in self.events]

    @property
    def cursor(self) -> str:
        """Where to resume."""
        return str(self.messages[-1]["cursor"])

    async def until(self, wanted: Callable[[Json], object], patience: float = PATIENCE) -> Heard:
        """The first message that is wanted, heard already or to come."""
        seen = 0
        async with self._news:
            try:
                async with asyncio.timeout(patience):
                    while True:
                        for heard in self.heard[seen:]:
                            if wanted(heard.message):
                                return heard
                        seen = len(self.heard)
                        assert self.end is None, f"the subscription ended: {self.end!r}"
                        await self._news.wait()
            except TimeoutError:
                raise AssertionError(f"not heard within {patience} s; heard: {self.messages}") from None

    async def opened(self) -> Heard:
        """The first message."""
        return await self.until(lambda _: True)

    async def kind(self, kind: str) -> Heard:
        """The first event of a kind."""
        return await self.until(lambda message: message["event"] is not None and message["event"]["kind"] == kind)

    async def version(self, version: int) -> Heard:
        """The event that made this version of its subject."""
        return await self.until(lambda message: message["event"] and message["event"]["version"] == version)

    async def ended(self) -> BaseException:
        """What ends the subscription."""
        async with self._news, asyncio.timeout(PATIENCE):
            await self._news.wait_for(lambda: self.end is not None)
        assert self.end is not None
        return self.end


class Hall:
    """Lets people in: one HTTP connection for each, closed with the hall."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    async def enter(self, server: Server, who: Actor | str | None) -> Person:
        """Somebody at the door of a server, by their account or by a token of theirs."""
        token = who if isinstance(who, str) or who is None else self.token(server, who)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = HTTPXAsyncTransport(server.graphql, headers=headers, timeout=PATIENCE, verify=False)
        session = await self._stack.enter_async_context(Client(transport=transport, execute_timeout=PATIENCE))
        return Person(server, token, session)

    @staticmethod
    def token(server: Server, actor: Actor) -> str:
        """A bearer token of an account."""
        return issue_jwt(server.settings, actor.account_id, datetime.now(UTC))
