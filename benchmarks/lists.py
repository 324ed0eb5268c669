"""The seller's list: the product beside its limit, stock Strawberry and the servers on Node, asked in turn."""

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app.graphql.schema import schema
from benchmarks import handwritten, node, postgraphile, postgres
from benchmarks.load import Target, ask
from benchmarks.node import Node
from benchmarks.processes import running
from benchmarks.product import Product, by_hand, serving
from benchmarks.queries import LIST
from benchmarks.rewriting import rewritten
from benchmarks.rounds import Contender, Rounds, Say, interleave
from benchmarks.seeding import COMPANY

PRODUCT, LIMIT, STOCK, TENTH = "the product", "bare handler", "Strawberry", "the product, a tenth of the orders"
POSTGRAPHILE, APOLLO, MERCURIUS = "PostGraphile", "Apollo Server", "Mercurius"
SELLERS = """
SELECT s.id AS seller, m.account_id AS owner FROM sellers s JOIN members m ON m.seller_id = s.id AND m.role = 'OWNER'
JOIN LATERAL (SELECT count(*) AS orders FROM orders o WHERE o.seller_id = s.id) o ON true
WHERE starts_with(s.name, $1) ORDER BY o.orders DESC LIMIT 20
"""


class Unequal(Exception):
    """Two servers answer differently: there is nothing to compare."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A seller whose list is asked for, and what it is."""

    seller: UUID
    owner: UUID
    answer: Any
    size: int


@dataclass(frozen=True, slots=True)
class Lists:
    """What each server showed, round by round."""

    answer_bytes: int
    leaves: int
    rounds: Rounds
    rewritten: tuple[str, ...]


@dataclass
class Field:
    """Who takes part, each known to answer the same."""

    asked: Asked
    contenders: list[Contender] = field(default_factory=list)

    async def join(self, contender: Contender, says: Callable[[Any], Any], expected: Any = None) -> None:
        """Take part, if it answers the same once its answer is put in the product's words."""
        body = await ask(contender.target)
        try:
            answer = says(data_of(body))
        except (KeyError, TypeError) as error:
            raise Unequal(f"{contender.name} answers {body[:2000]!r}") from error
        if answer != (expected or self.asked.answer):
            raise Unequal(f"{contender.name} answers otherwise:\n{answer}\n{self.asked.answer}"[:4000])
        self.contenders.append(contender)


async def measure(url: str, tenth: str, rivals: Node | None, rounds: int, seconds: float, say: Say) -> Lists:
    """All servers on one database, and the product on a tenth of it as well."""
    server = await postgres.found(url)
    asked = (await _sellers(url))[0]
    small = min(await _sellers(tenth), key=lambda each: abs(each.size - asked.size))
    among = Field(asked)
    async with AsyncExitStack() as stack:
        product = await stack.enter_async_context(serving(url))
        names = await _ours(among, product)
        limit = await stack.enter_async_context(by_hand("list", url, asked.seller))
        await among.join(Contender(LIMIT, limit, Target.of(f"{limit.url}/", b"{}")), _same)
        less = await stack.enter_async_context(serving(tenth))
        target = less.target(LIST, small.owner)
        await among.join(Contender(TENTH, less.process, target), _same, small.answer)
        environ = {**os.environ, "DATABASE_URL": url}
        stock = await stack.enter_async_context(running(["-m", "benchmarks.stock", str(asked.seller)], environ))
        await among.join(Contender(STOCK, stock, Target.of(f"{stock.url}/graphql", _body())), _same)
        if rivals is not None:
            await stack.enter_async_context(_on_node(among, rivals, url))
        say(f"{len(among.contenders)} servers and queries say the same")
        body = await ask(among.contenders[0].target)
        seen = await interleave(among.contenders, server, rounds, seconds, say)
    return Lists(len(body), leaves(asked.answer), seen, names)


async def _ours(among: Field, product: Product) -> tuple[str, ...]:
    """The product, asked by the query as it is and written otherwise."""
    owner = among.asked.owner
    await among.join(Contender(PRODUCT, product.process, product.target(LIST, owner)), _same)
    names = []
    for query in rewritten(LIST, schema._schema):
        names.append(f"{PRODUCT}, {query.name}")
        await among.join(Contender(names[-1], product.process, product.target(query.text, owner)), query.restored)
    return tuple(names)


@asynccontextmanager
async def _on_node(among: Field, rivals: Node, url: str) -> AsyncIterator[None]:
    await postgraphile.prepare(url)
    environ = node.environ(url, str(among.asked.seller))
    known: Mapping[str, tuple[str, bytes, Callable[[Any], Any]]] = {
        POSTGRAPHILE: ("postgraphile.mjs", _body(postgraphile.QUERY, seller=among.asked.seller), postgraphile.mapped),
        APOLLO: ("apollo.mjs", _body(), _same),
        MERCURIUS: ("mercurius.mjs", _body(), _same),
    }
    async with AsyncExitStack() as stack:
        for name, (source, body, says) in known.items():
            process = await stack.enter_async_context(rivals.running(source, environ))
            await among.join(Contender(name, process, Target.of(process.url, body)), says)
        yield


def _body(query: str = LIST, **variables: object) -> bytes:
    return orjson.dumps({"query": query, "variables": variables} if variables else {"query": query}, default=str)


def data_of(body: bytes) -> dict[str, Any]:
    """An answer without what the product says beside it: what it cost."""
    answer: dict[str, Any] = orjson.loads(body)
    answer.pop("extensions", None)
    return answer


def _same(answer: Any) -> Any:
    return answer


async def _sellers(url: str) -> list[Asked]:
    """The sellers with the most orders, each with the list as the statement by hand reads it."""
    connection = await asyncpg.connect(url, server_settings={"timezone": "UTC", "jit": "off"})
    try:
        found = []
        for row in await connection.fetch(SELLERS, COMPANY):
            text = await connection.fetchval(handwritten.LIST, row["seller"])
            found.append(Asked(row["seller"], row["owner"], orjson.loads(text), len(text)))
    finally:
        await connection.close()
    if not found or not found[0].answer["data"]["viewer"]["orders"]["nodes"]:
        raise Unequal("The list is empty.")
    return found


def leaves(value: Any) -> int:
    """How many scalars an answer has."""
    if isinstance(value, dict):
        return sum(leaves(part) for part in value.values())
    return sum(leaves(part) for part in value) if isinstance(value, list) else 1
