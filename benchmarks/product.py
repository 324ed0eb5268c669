"""The product as it is measured: `python -m app serve` in production mode with one process, asked by known accounts."""

import os
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson

from app import settings
from app.auth import issue_jwt
from app.clock import SystemClock
from app.settings import Settings
from benchmarks.load import Target
from benchmarks.processes import Process, running

NO_END = str(10**9)  # one client asks as much as a server can answer


@dataclass(frozen=True, slots=True)
class Product:
    """A running server of the product."""

    process: Process
    settings: Settings

    def target(self, query: str, account: UUID, variables: Mapping[str, Any] | None = None) -> Target:
        """A request of an account, with a token of its own."""
        return self.asked(query, self.token(account), variables)

    def token(self, account: UUID) -> str:
        """A token of an account."""
        return issue_jwt(self.settings, account, SystemClock().now(), timedelta(hours=8))

    def asked(self, query: str, token: str, variables: Mapping[str, Any] | None = None) -> Target:
        """A request with a token."""
        body = orjson.dumps({"query": query, "variables": variables} if variables else {"query": query})
        return Target.of(f"{self.process.url}/graphql", body, {"authorization": f"Bearer {token}"})


def environment(url: str) -> dict[str, str]:
    """What a server of the product on a database is told."""
    told = {"MODE": "production", "DATABASE_URL": url, "JWT_SECRETS": secrets.token_hex(32)}
    return {**os.environ, **told, "BUDGET": NO_END, "RESTORE_RATE": NO_END}


@asynccontextmanager
async def serving(url: str, connections: int | None = None) -> AsyncIterator[Product]:
    """The product on a database; with `connections` it has so many for reading and for writing."""
    environ = environment(url)
    if connections is not None:
        environ["CONNECTIONS"] = str(connections)
    async with running(["-m", "app", "serve", "--port", "0"], environ) as process:
        yield Product(process, settings.load(environ))


def by_hand(what: str, url: str, *who: object) -> Any:
    """The limit of a query for somebody, on a database."""
    return running(["-m", "benchmarks.bare", what, *map(str, who)], {**os.environ, "DATABASE_URL": url})
