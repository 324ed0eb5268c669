"""The buyer's page of an order, everything on it: the product beside its limit, asked in turn."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson

from benchmarks import postgres
from benchmarks.lists import LIMIT, PRODUCT, TENTH, Unequal, data_of, leaves
from benchmarks.load import Target, ask
from benchmarks.product import by_hand, serving
from benchmarks.queries import PAGE
from benchmarks.rounds import Contender, Rounds, Say, interleave
from benchmarks.seeding import COMPANY

# On its way, so that everything on the page has something to say
SHOWN = """
SELECT o.number, o.buyer_id AS buyer FROM orders o JOIN sellers s ON s.id = o.seller_id
WHERE o.notes = 'dispatched' AND o.status = 'DISPATCHED' AND starts_with(s.name, $1) ORDER BY o.id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Pages:
    """What each server showed, round by round."""

    answer_bytes: int
    leaves: int
    rounds: Rounds


async def measure(url: str, tenth: str, rounds: int, seconds: float, say: Say) -> Pages:
    """The product and its limit on one database, and the product on a tenth of it as well."""
    server = await postgres.found(url)
    async with AsyncExitStack() as stack:
        contenders = []
        for name, database in ((PRODUCT, url), (TENTH, tenth)):
            row = await _order(database)
            product = await stack.enter_async_context(serving(database))
            limit = await stack.enter_async_context(by_hand("page", database, row["buyer"], row["number"]))
            target = product.target(PAGE, row["buyer"], {"number": row["number"]})
            contenders.append(Contender(name, product.process, target))
            contenders.append(Contender(LIMIT, limit, Target.of(f"{limit.url}/", b"{}")))
            body = await same(*(each.target for each in contenders[-2:]))
        say(f"the page has {len(body):,} bytes")
        seen = await interleave(contenders[:3], server, rounds, seconds, say)
    return Pages(len(body), leaves(orjson.loads(body)), seen)


async def _order(url: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        row = await connection.fetchrow(SHOWN, COMPANY)
    finally:
        await connection.close()
    assert row is not None, "no order is on its way"
    return row


async def same(product: Target, limit: Target) -> bytes:
    """The product's answer, once the limit's is known to say the same in the same order."""
    ours, theirs = await ask(product), await ask(limit)
    if orjson.dumps(data_of(ours)) != orjson.dumps(data_of(theirs)):
        raise Unequal(f"{ours[:4000]!r}\n{theirs[:4000]!r}")
    return ours
