"""The seller's list through the real server, beside a bare handler that gives the same JSON by one statement."""

import os
import secrets
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

import asyncpg
import orjson

from app import settings
from app.auth import issue_jwt
from app.clock import SystemClock
from benchmarks.load import Target, ask, load
from benchmarks.processes import Process, running
from benchmarks.seeding import COMPANY, Say

LIST = """
query SellersList {
  viewer {
    orders(first: 20) {
      nodes {
        id number version status awaiting type draftedBy overdue sellerReference
        createdAt updatedAt confirmedAt dispatchedAt
        contract {
          products { ...Amount }
          shippingFee { ...Amount }
          agreedTotal { ...Amount }
          items { id position description quantity unit amount { ...Amount } }
        }
        funds {
          status
          received { ...Amount }
          missing { ...Amount }
          instalments { kind amount { ...Amount } received { ...Amount } completedAt }
        }
        shipments { id carrier trackingNumber dispatchedAt deliveredAt }
        deadlines { kind dueAt rule status }
      }
    }
  }
}
fragment Amount on Money { amount currencyCode }
"""
CONNECTIONS = (8, 16)
LARGEST = """
SELECT s.id AS seller, m.account_id AS owner FROM sellers s JOIN members m ON m.seller_id = s.id AND m.role = 'OWNER'
WHERE starts_with(s.name, $1) ORDER BY (SELECT count(*) FROM orders o WHERE o.seller_id = s.id) DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Speed:
    """One server under so many connections: medians of the rounds."""

    connections: int
    rate: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Reads:
    """What the list costs the product and the bare handler, and the medians of the ratios within a round."""

    answer_bytes: int
    leaves: int
    rounds: int
    product: tuple[Speed, ...]
    bare: tuple[Speed, ...]
    rate_ratio: tuple[float, ...]
    cpu_ratio: tuple[float, ...]


class Unequal(Exception):
    """The two servers answer differently: there is nothing to compare."""


async def measure(url: str, rounds: int, seconds: float, say: Say) -> Reads:
    """Both servers on one database, asked in turn."""
    connection = await asyncpg.connect(url)
    try:
        row = await connection.fetchrow(LARGEST, COMPANY)
    finally:
        await connection.close()
    assert row is not None, "no orders are seeded"
    environ = {**os.environ, "MODE": "production", "DATABASE_URL": url, "JWT_SECRETS": secrets.token_hex(32)}
    loaded = settings.load(environ)
    token = issue_jwt(loaded, row["owner"], SystemClock().now(), timedelta(hours=2))
    async with AsyncExitStack() as stack:
        product = await stack.enter_async_context(running(["-m", "app", "serve", "--port", "0"], environ))
        bare = await stack.enter_async_context(running(["-m", "benchmarks.bare", str(row["seller"])], environ))
        body = orjson.dumps({"query": LIST})
        targets = {
            product: Target.of(f"{product.url}/graphql", body, {"authorization": f"Bearer {token}"}),
            bare: Target.of(f"{bare.url}/", body),
        }
        answer = await _same(targets[product], targets[bare])
        say(f"both answer {len(answer):,} bytes")
        return await _rounds(product, bare, targets, answer, rounds, seconds, say)


async def _same(product: Target, bare: Target) -> bytes:
    """The product's answer, once the bare handler's is known to say the same in the same order."""
    ours, theirs = await ask(product), await ask(bare)
    if orjson.dumps(orjson.loads(ours)) != orjson.dumps(orjson.loads(theirs)):
        raise Unequal(f"{ours[:2000]!r}\n{theirs[:2000]!r}")
    if b'"nodes":[{' not in ours:
        raise Unequal("The list is empty.")
    return ours


async def _rounds(
    product: Process,
    bare: Process,
    targets: Mapping[Process, Target],
    answer: bytes,
    rounds: int,
    seconds: float,
    say: Say,
) -> Reads:
    seen: dict[tuple[Process, int], list[Speed]] = {}
    for target in targets.values():
        await load(target, max(CONNECTIONS), min(1.0, seconds))
    for number in range(rounds):
        for connections in CONNECTIONS:
            # whoever comes first in one round comes second in the next
            for process in (product, bare) if number % 2 else (bare, product):
                before = process.cpu()
                load_seen = await load(targets[process], connections, seconds)
                used = (process.cpu() - before) / load_seen.requests
                seen.setdefault((process, connections), []).append(Speed(connections, load_seen.rate, used))
        say(f"round {number + 1} of {rounds}")

    def medians(process: Process) -> tuple[Speed, ...]:
        return tuple(
            Speed(each, median(s.rate for s in seen[process, each]), median(s.cpu for s in seen[process, each]))
            for each in CONNECTIONS
        )

    pairs = {each: list(zip(seen[product, each], seen[bare, each], strict=True)) for each in CONNECTIONS}
    return Reads(
        answer_bytes=len(answer),
        leaves=_leaves(orjson.loads(answer)),
        rounds=rounds,
        product=medians(product),
        bare=medians(bare),
        rate_ratio=tuple(median(b.rate / p.rate for p, b in pairs[each]) for each in CONNECTIONS),
        cpu_ratio=tuple(median(p.cpu / b.cpu for p, b in pairs[each]) for each in CONNECTIONS),
    )


def _leaves(value: Any) -> int:
    """How many scalars an answer has."""
    if isinstance(value, dict):
        return sum(_leaves(part) for part in value.values())
    return sum(_leaves(part) for part in value) if isinstance(value, list) else 1
