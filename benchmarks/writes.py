"""Mutations of orders over HTTP, beside pgbench with the statements that the product sends for them.

Measured on a database of its own: what pgbench writes is not what the domain would have decided.
"""

import asyncio
import os
import re
import resource
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg

from app.db.embedded import BINARIES
from app.db.engine import WRITE_SETTINGS
from benchmarks import postgres, product
from benchmarks.load import Target, ask, load_each
from benchmarks.postgres import Postgres
from benchmarks.product import Product
from benchmarks.recording import Recording, heard, script
from benchmarks.rounds import CONNECTIONS, Rounds, Say, Speed
from tests.relays import relayed

PRODUCT, PGBENCH = "the product", "pgbench"
ORDERS = 512  # so many that none gathers more receipts than an order has
MARK = "0123456789abcdef"  # as long as any fresh text
CLEAN = b'"userErrors":[]'
PAYLOAD = "{ order { id version status updatedAt funds { status received { amount } } } userErrors { code } }"
REFERENCE, MONEY = "a reference is kept", "money arrives"
MUTATIONS: Mapping[str, str] = {
    REFERENCE: f"mutation Refer($input: OrderReferenceInput!) {{ orderSetReference(input: $input) {PAYLOAD} }}",
    MONEY: f"mutation Record($input: ReceiptRecordInput!) {{ receiptRecord(input: $input) {PAYLOAD} }}",
}
# Agreed orders that wait for money, of as many sellers as there are
AGREED = """
SELECT o.id, m.account_id AS owner FROM orders o JOIN members m ON m.seller_id = o.seller_id AND m.role = 'OWNER'
WHERE o.status = 'PENDING_PAYMENT' AND o.currency = 'USD'
ORDER BY row_number() OVER (PARTITION BY o.seller_id ORDER BY o.id), o.id LIMIT $1
"""
OPERATOR = """
INSERT INTO accounts (id, email, email_verified, name, country, operator, created_at)
VALUES (gen_random_uuid(), 'operator@benchmarks.example', true, 'Operator', 'US', true, '2020-01-01')
ON CONFLICT (email) DO UPDATE SET name = excluded.name RETURNING id
"""
STANDING = "SELECT version, entries FROM orders WHERE id = $1"


class Failed(Exception):
    """pgbench could not run the statements."""


@dataclass(frozen=True, slots=True)
class Writes:
    """What each mutation showed, by its name: rounds of the product and of pgbench, and the round trips of one."""

    seen: Mapping[str, Rounds]
    trips: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Actor:
    """An order, and who acts on it."""

    order_id: UUID
    owner: UUID
    operator: UUID

    def target(self, served: Product, name: str) -> Target:
        """A mutation's request, with the mark for a text that is fresh each time."""
        given: dict[str, Any] = {"orderId": f"ord_{self.order_id.hex}", "reference": MARK}
        if name == MONEY:
            given |= {"method": "TT", "amount": {"amount": "0.01", "currencyCode": "USD"}, "payer": "A buyer"}
        return served.target(MUTATIONS[name], self.operator if name == MONEY else self.owner, {"input": given})


async def measure(url: str, rounds: int, seconds: float, say: Say) -> Writes:
    """Each mutation by the product and by pgbench in turn, on agreed orders of a filled database."""
    actors = await _actors(url)
    server = await postgres.found(url)
    seen, trips = {}, {}
    with TemporaryDirectory(prefix="writes-") as folder:
        for name in MUTATIONS:
            recorded = await _recorded(url, name, actors)
            trips[name] = len(recorded[0].statements)
            say(f"{name}: {trips[name]} round trips")
            file = Path(folder) / "script.sql"
            file.write_text(script(recorded, await _types(url, recorded[0])))
            async with product.serving(url, CONNECTIONS) as served:
                requests = _requests([actor.target(served, name) for actor in actors])
                seen[name] = await _rounds(url, served, server, requests, file, rounds, seconds, say)
    return Writes(seen, trips)


async def _actors(url: str) -> list[Actor]:
    connection = await asyncpg.connect(url)
    try:
        operator = await connection.fetchval(OPERATOR)
        return [Actor(row["id"], row["owner"], operator) for row in await connection.fetch(AGREED, ORDERS)]
    finally:
        await connection.close()


async def _recorded(url: str, name: str, actors: Sequence[Actor]) -> list[Recording]:
    """What the product asks of PostgreSQL for a mutation of each order, once it has been done before."""
    recorded = []
    connection = await asyncpg.connect(url)
    telling = f"{url}{'&' if '?' in url else '?'}log_statement=all&client_min_messages=log"
    try:
        with TemporaryDirectory(prefix="relay-") as folder:
            async with relayed(telling, Path(folder)) as relay, product.serving(relay.url) as served:
                for actor in actors:
                    target = actor.target(served, name)
                    await _said(_with(target, secrets.token_hex(8)))
                    (standing,) = await connection.fetch(STANDING, actor.order_id)
                    text, began = secrets.token_hex(8), time()
                    relay.heard.clear()
                    await _said(_with(target, text))
                    version, entries = standing
                    recorded.append(Recording(actor.order_id, version, entries, began, text, heard(relay)))
    finally:
        await connection.close()
    # the timer that looks for deadlines may have spoken in between
    least = min(len(each.statements) for each in recorded)
    return [each for each in recorded if len(each.statements) == least]


async def _types(url: str, recording: Recording) -> dict[str, list[str]]:
    """Of what types the parameters of each statement are."""
    connection = await asyncpg.connect(url)
    try:
        types = {}
        for statement in recording.statements:
            if "; " in statement.text:
                types[statement.text] = ["uuid"] * len(statement.parameters)
            else:
                prepared = await connection.prepare(statement.text)
                types[statement.text] = [each.name for each in prepared.get_parameters()]
        return types
    finally:
        await connection.close()


async def _said(target: Target) -> None:
    answer = await ask(target)
    if CLEAN not in answer:
        raise Failed(answer.decode())


def _with(target: Target, text: str) -> Target:
    return Target(target.port, target.request.replace(MARK.encode(), text.encode()))


def _requests(targets: Sequence[Target]) -> Iterator[bytes]:
    """Requests of all in turn, each with a text of its own."""
    return (_with(each, secrets.token_hex(8)).request for each in cycle(targets))


async def _rounds(
    url: str,
    served: Product,
    server: Postgres,
    requests: Iterator[bytes],
    file: Path,
    rounds: int,
    seconds: float,
    say: Say,
) -> Rounds:
    """Both in every round, the other one first each time."""
    port = urlsplit(served.process.url).port or 0

    async def ask_product() -> Speed:
        before, database = served.process.cpu(), server.cpu()
        done = await load_each(port, requests, CONNECTIONS, seconds, said=CLEAN)
        used = served.process.cpu_since(before) / done.requests
        return Speed(done.rate, used, _each(database, server.cpu(), done.requests))

    async def run_pgbench() -> Speed:
        before, database = _children(), server.cpu()
        rate = await _pgbench(url, file, seconds)
        done = round(rate * seconds)
        return Speed(rate, (_children() - before) / done, _each(database, server.cpu(), done))

    contenders = {PRODUCT: ask_product, PGBENCH: run_pgbench}
    for contender in contenders.values():
        await contender()
    seen: dict[str, list[Speed]] = {name: [] for name in contenders}
    for number in range(rounds):
        for name in list(contenders)[:: 1 if number % 2 else -1]:
            seen[name].append(await contenders[name]())
        say(f"round {number + 1} of {rounds}: {', '.join(f'{name} {seen[name][-1].rate:.0f}/s' for name in seen)}")
    return seen


def _each(before: float | None, after: float | None, number: int) -> float | None:
    return None if before is None or after is None else (after - before) / number


def _children() -> float:
    """Seconds of CPU of programs that this one has run to their end."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def _pgbench(url: str, file: Path, seconds: float) -> float:
    """Transactions a second, with plans that are kept as the product's are."""
    known = postgres.libpq(url)
    kept = " ".join((known["PGOPTIONS"], *(f"-c {name}={value}" for name, value in WRITE_SETTINGS.items())))
    options = ["-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "2", "-T", str(max(1, round(seconds)))]
    child = await asyncio.create_subprocess_exec(
        str(BINARIES / "pgbench"),
        *options,
        "-f",
        str(file),
        env={**os.environ, **known, "PGOPTIONS": kept},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await child.communicate())[0].decode()
    found = re.search(r"tps = ([\d.]+)", said)
    if child.returncode or found is None or "ERROR" in said:
        raise Failed(said[-4000:])
    return float(found[1])
