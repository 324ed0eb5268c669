"""The benchmarks in small: they run, what they compare is equal, and what they fill a database with is right."""

import asyncio

import asyncpg
import pytest

from app.domain.records import Status
from benchmarks import examples, ground, limits, reads, seeding, sweep
from benchmarks.load import Target
from benchmarks.page import Run, page
from tests.databases import administer, apart

ORDERS, DUE = 200, 20


def test_a_small_run_sees_everything_and_leaves_the_ledger_right(fresh_database_url: str) -> None:
    """Seeding, the list beside the bare handler, the sweeps beside the statement by hand, the proof, the page."""
    said: list[str] = []

    async def run() -> Run:
        url = fresh_database_url
        assert await seeding.seed(url, ORDERS, said.append) == ORDERS
        assert await seeding.seed(url, ORDERS, said.append) == ORDERS
        await sweep.settle_rest(url)
        assert await statuses(url) == {str(status) for status in Status}
        seen = await reads.measure(url, 1, 0.2, said.append)
        swept = await sweep.measure(url, DUE, said.append)
        return Run(await ground.survey(url), seen, swept, await sweep.prove(url, said.append), limits.measure(1))

    seen = apart(lambda: asyncio.run(run()))
    assert seen.proof.orders == ORDERS + 3 * DUE + len(examples.EXAMPLES)
    assert seen.sweeps.overdue.orders == seen.sweeps.by_hand.orders == seen.sweeps.received.orders == DUE
    assert seen.reads.leaves > 20 * 18
    assert [speed.connections for speed in seen.reads.product] == [8, 16]
    assert {cost.verdict for cost in seen.costs} >= {limits.ACCEPTED, "REPEAT_LIMIT", "COST_LIMIT", "TOKEN_LIMIT"}
    assert all(cost.verdict != limits.ACCEPTED for cost in seen.costs if cost.name in limits.HOSTILE)
    assert any(line.startswith("200 of 200 orders") for line in said)
    written = page(seen)
    assert "| bare handler |" in written
    assert max(map(len, written.splitlines())) < 400


async def statuses(url: str) -> set[str]:
    """The statuses that copies have."""
    connection = await asyncpg.connect(url)
    try:
        query = (
            "SELECT DISTINCT o.status FROM orders o JOIN sellers s ON s.id = o.seller_id WHERE starts_with(s.name, $1)"
        )
        return {row["status"] for row in await connection.fetch(query, seeding.COMPANY)}
    finally:
        await connection.close()


def test_a_database_with_orders_of_its_own_is_left_alone(fresh_database_url: str) -> None:
    """Nobody fills the wrong database by a slip of DATABASE_URL."""
    administer(
        fresh_database_url,
        "INSERT INTO sellers VALUES (gen_random_uuid(), 'Ningbo', 'CN', 'PAID', 'ACTIVE', 0, true, 0, now())",
    )
    with pytest.raises(seeding.NotOurs, match="Ningbo"):
        apart(lambda: asyncio.run(seeding.seed(fresh_database_url, 1, print)))


def test_load_is_put_on_this_machine_only() -> None:
    """The driver refuses any other address."""
    with pytest.raises(ValueError, match="only"):
        Target.of("http://192.0.2.1:80/graphql", b"{}")
