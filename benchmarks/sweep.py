"""Thousands of deadlines due at once among all the orders, beside a statement by hand that writes the same rows."""

import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import psutil
from sqlalchemy import text

from app.actions.ledger import check
from app.clock import SystemClock
from app.db import feed, trades
from app.db.engine import write_engine
from app.jobs.sweeps import sweep
from benchmarks import seeding
from benchmarks.seeding import Say
from tests.means import TestMeans

# What the product writes for a dispatch deadline that lapsed, decided by the database instead of the domain
BY_HAND = """
WITH due AS (
    SELECT d.id, d.order_id, d.due_at, d.rule FROM deadlines d JOIN orders o ON o.id = d.order_id
    WHERE d.status = 'RUNNING' AND d.kind = 'DISPATCH' AND d.due_at <= now() - interval '1 second'
    ORDER BY d.due_at LIMIT :limit FOR NO KEY UPDATE OF o SKIP LOCKED
), lapsed AS (
    UPDATE deadlines d SET status = 'LAPSED', settled_at = due.due_at + interval '1 second', detected_at = now()
    FROM due WHERE d.id = due.id
), flagged AS (
    UPDATE orders o SET overdue_at = due.due_at, updated_at = due.due_at + interval '1 second', version = version + 1
    FROM due WHERE o.id = due.order_id
    RETURNING o.*, due.due_at, due.rule, (
        SELECT count(*) FROM items i WHERE i.order_id = o.id AND i.quantity > (SELECT coalesce(sum(s.quantity), 0)
            FROM shipment_items s WHERE s.order_id = o.id AND s.item_id = i.id)) AS lines_left
), said AS (
    INSERT INTO events (subject, subject_id, version, kind, at, due_at, detected_at, by, order_id, seller_id,
        salesperson_id, buyer_id, data, listed_before)
    SELECT 'ORDER', id, version, 'OVERDUE_RAISED', updated_at, due_at, now(), 'TIME', id, seller_id, salesperson_id,
        buyer_id, jsonb_build_object('changes', jsonb_build_array(jsonb_build_object(
            'field', 'overdueSince', 'before', NULL,
            'after', to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'))),
        'facts', jsonb_build_array(
            jsonb_build_object('name', 'rule', 'value', rule),
            jsonb_build_object('name', 'linesLeft', 'value', lines_left::text),
            jsonb_build_object('name', 'received', 'value', to_char(received / 100.0, 'FM999999990.00') || ' USD'))),
        jsonb_build_object('overdue_at', NULL)
    FROM flagged RETURNING 1
) SELECT count(*) FROM said
"""
# Of 500, 1,000 and all at once this was the fastest: what is locked and written still lies in the caches
BY_HAND_BATCH = 500
# What each of the last orders due became, but for ids and instants of detection; instants beside their deadline
WRITTEN = """
SELECT o.overdue_at - d.due_at AS flag, o.updated_at - d.due_at AS stamp, o.version - e.version AS behind, d.status,
    d.settled_at - d.due_at AS settled, e.kind, e.at - e.due_at AS at, e.by,
    e.listed_before::text AS listed,
    replace(e.data::text, to_char(d.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'), 'dueAt') AS data,
    e.seller_id = o.seller_id AS seller, e.buyer_id = o.buyer_id AS buyer, e.salesperson_id = o.salesperson_id AS sales,
    count(*) AS orders
FROM events e JOIN orders o ON o.id = e.order_id
JOIN deadlines d ON d.order_id = o.id AND d.kind = 'DISPATCH' AND d.due_at = e.due_at
WHERE e.kind = 'OVERDUE_RAISED' AND e.id > :after GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
"""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What settling so many orders took: by the clock, and of this process's CPU."""

    orders: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """Orders a second."""
        return self.orders / self.seconds


@dataclass(frozen=True, slots=True)
class Sweeps:
    """Dispatch deadlines that lapse, the same by hand, automatic receipts with their money, and nothing due.

    Of several rounds the medians; `plan` is how the database runs the statement by hand.
    """

    overdue: Sweep
    by_hand: Sweep
    received: Sweep
    nothing: Sweep
    plan: str = ""

    @property
    def ratio(self) -> float:
        """How many times as long the product takes as the statement by hand."""
        return self.overdue.seconds / self.by_hand.seconds


@dataclass(frozen=True, slots=True)
class Proof:
    """What proving the ledger of all orders took."""

    orders: int
    entries: int
    seconds: float


class Wrong(Exception):
    """The ledger does not add up after all that was done to it."""


class Unequal(Exception):
    """The hand-written statement does not write what the product writes."""


async def measure(url: str, due: int, say: Say, rounds: int = 1) -> Sweeps:
    """Each kind of sweep on so many fresh orders, the product's and the one by hand in turn, and a look at nothing."""
    async with _means(url) as means:
        plan = await _plan(means)
        overdue, by_hand, received = [], [], []
        for _ in range(rounds):
            seen, written = await _swept(means, url, "DISPATCH", due, sweep, say)
            limit, by_sql = await _swept(means, url, "DISPATCH", due, _by_hand, say)
            if sorted(map(repr, written)) != sorted(map(repr, by_sql)):
                raise Unequal(f"{written}\n{by_sql}")
            overdue.append(seen)
            by_hand.append(limit)
            received.append((await _swept(means, url, "AUTO_RECEIPT", due, sweep, say))[0])
        return Sweeps(_median(overdue), _median(by_hand), _median(received), await _nothing(means), plan)


def _median(rounds: list[Sweep]) -> Sweep:
    return sorted(rounds, key=lambda each: each.seconds)[len(rounds) // 2]


async def _plan(means: TestMeans) -> str:
    rows = await _rows(means, f"EXPLAIN (COSTS OFF) {BY_HAND}", limit=BY_HAND_BATCH)
    return "\n".join(row[0] for row in rows)


async def settle_rest(url: str) -> None:
    """Settle what an interrupted run has left due, and number its events."""
    async with _means(url) as means:
        await sweep(means)
    connection = await asyncpg.connect(url)
    try:
        while await feed.number_next(connection):
            pass
    finally:
        await connection.close()


async def prove(url: str, say: Say) -> Proof:
    """Prove the ledger of every order and of the whole."""
    began = time.monotonic()
    async with _means(url) as means:
        report = await check(means)
    if not report.right:
        raise Wrong("\n".join(report.lines()))
    say(f"the ledger of {report.orders:,} orders is right")
    return Proof(report.orders, report.entries, time.monotonic() - began)


@asynccontextmanager
async def _means(url: str) -> AsyncIterator[TestMeans]:
    engine = write_engine(url)
    try:
        yield TestMeans(engine, SystemClock())
    finally:
        await engine.dispose()


async def _swept(
    means: TestMeans, url: str, kind: str, due: int, work: Callable[[TestMeans], Awaitable[int]], say: Say
) -> tuple[Sweep, list[Any]]:
    """Fresh orders settled, with what was written for them."""
    await seeding.add_due(url, kind, due, say)
    last = await _rows(means, "SELECT coalesce(max(id), 0) FROM events")
    with _loaded():
        seen = await _timed(lambda: work(means))
    if seen.orders != due:
        raise Unequal(f"{seen.orders} of {due} orders were settled")
    return seen, await _rows(means, WRITTEN, after=last[0][0])


@contextmanager
def _loaded() -> Iterator[None]:
    """What is loaded by now is out of the collector's way, as in the server's processes once they have begun."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


async def _timed(work: Callable[[], Awaitable[int]]) -> Sweep:
    process = psutil.Process()
    before, began = process.cpu_times(), time.monotonic()
    orders = await work()
    seconds, after = time.monotonic() - began, process.cpu_times()
    return Sweep(orders, seconds, after.user + after.system - before.user - before.system)


async def _by_hand(means: TestMeans) -> int:
    total = 0
    while True:
        async with means.engine.begin() as connection:
            settled: int = (await connection.execute(text(BY_HAND), {"limit": BY_HAND_BATCH})).scalar_one()
        if not settled:
            return total
        total += settled


async def _rows(means: TestMeans, query: str, **values: Any) -> list[Any]:
    async with means.engine.connect() as connection:
        return list((await connection.execute(text(query), values)).all())


async def _nothing(means: TestMeans, looks: int = 200) -> Sweep:
    """What a look costs that finds nothing due: the question for the nearest deadline, asked at least once a second."""

    async def look() -> int:
        for _ in range(looks):
            async with means.engine.connect() as connection:
                await trades.next_due(connection)
        return looks

    await sweep(means)
    return await _timed(look)
