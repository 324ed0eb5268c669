"""Budgets: what an operation costs is told, a budget is one for all processes, and whoever waits as told is served."""

import asyncio
import math
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest

from app.auth import issue_jwt
from app.db import budgets as stored
from app.db.budgets import Rate
from app.db.engine import Pool
from app.domain.access import ALL_SCOPES, Actor
from app.graphql.budgets import FIELD_BYTES, PART, Budgets
from tests.api.server import PATIENCE, Server, serving
from tests.api.test_live import raw
from tests.asking import http_client
from tests.market import Market, drafted, open_market
from tests.means import TestMeans
from tests.sizes import size
from tests.tokens import issue_access_token
from tests.transport.talking import run, told, told_until_end

Json = dict[str, Any]
COST, BUDGET, RESTORE, SLOWLY = 2_000, 2_000, 8_000, 1_500
LIST = "query($n: Int!) { viewer { orders(first: $n) { nodes { id number status buyer { name } } } } }"
RATE = Rate(size=1_000, restore=100)


def costly(times: int) -> str:
    """A query that answers all that it may cost: three orders, so many times."""
    again = (f"n{number}: viewer {{ orders(first: 3) {{ nodes {{ id number status }} }} }}" for number in range(times))
    return f"{{ {' '.join(again)} }}"


@dataclass
class Customer:
    """Somebody with a token, who asks one server or another."""

    http: httpx.AsyncClient
    servers: Sequence[Server]
    token: str
    answers: list[httpx.Response] = field(default_factory=list)

    async def ask(self, n: int = 1, at: int = 0, query: str = LIST) -> httpx.Response:
        """Ask for so many orders."""
        answer = await self.http.post(
            self.servers[at].graphql,
            json={"query": query, "variables": {"n": n} if query == LIST else {}},
            headers={"authorization": f"Bearer {self.token}", "accept": "application/graphql-response+json"},
        )
        self.answers.append(answer)
        return answer

    async def cost(self, n: int = 1, at: int = 0) -> Json:
        """What an operation that is served says of its cost."""
        answer = await self.ask(n, at)
        assert answer.status_code == 200, answer.text
        cost: Json = answer.json()["extensions"]["cost"]
        return cost


@pytest.fixture(params=[RESTORE])
async def servers(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> AsyncIterator[list[Server]]:
    """Two processes on one database, with small budgets that fill again quickly unless a test says how slowly."""
    limits = {"LIMIT_COST": str(COST), "BUDGET": str(BUDGET), "RESTORE_RATE": str(request.param)}
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(serving(database_url, tmp_path, **limits)) for _ in range(2)]


@pytest.fixture
async def market(means: TestMeans) -> Market:
    """A market with a few orders."""
    market = await open_market(means)
    for _ in range(3):
        await drafted(market)
    return market


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A client that keeps its connections."""
    async with http_client(timeout=PATIENCE) as made:
        yield made


async def access_token(market: Market, actor: Actor) -> str:
    """A token of an integration."""
    ends = market.means.clock.real() + timedelta(hours=1)
    return await issue_access_token(market.means, actor.account_id, ALL_SCOPES, ends)


async def test_an_answer_says_what_it_cost(servers: list[Server], market: Market, http: httpx.AsyncClient) -> None:
    """What it might have read, what it read, what is left of how much, and how fast that comes back."""
    customer = Customer(http, servers, await access_token(market, market.seller.owner))
    answer = await customer.ask(10)
    cost = answer.json()["extensions"]["cost"]
    # viewer, orders; nodes, id, number, status, buyer and its name of each of ten
    assert cost["requested"] == 2 + 10 * 6
    # three orders were there, so less was answered; what stands beside the data is not charged
    data, _, _ = answer.content.removeprefix(b'{"data":').partition(b',"extensions":')
    assert cost["actual"] == math.ceil(len(data) / FIELD_BYTES) < cost["requested"]
    assert (cost["maximum"], cost["restoreRate"]) == (BUDGET, RESTORE)
    assert BUDGET - cost["requested"] <= cost["available"] <= BUDGET
    by_python = await customer.ask(query='{ __type(name: "Order") { name description } serverTime }')
    assert by_python.json()["extensions"]["cost"]["requested"] == by_python.json()["extensions"]["cost"]["actual"] == 4


async def test_what_is_over_the_budget_is_throttled(
    servers: list[Server], market: Market, http: httpx.AsyncClient
) -> None:
    """Typed, with when to come again, over HTTP and over a WebSocket; a budget of another token is another one."""
    customer = Customer(http, servers, await access_token(market, market.seller.owner))
    answers = await asyncio.gather(*(customer.ask(query=costly(40)) for _ in range(20)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused and len(refused) < len(answers)
    (error,) = refused[0].json()["errors"]
    facts = error["extensions"]
    assert facts["code"] == "THROTTLED"
    assert 0 <= facts["available"] < facts["cost"] <= COST
    assert 0 < facts["retryAfter"] <= BUDGET / RESTORE + 0.01
    assert int(refused[0].headers["retry-after"]) >= facts["retryAfter"]
    assert "data" not in refused[0].json()
    other = Customer(http, servers, await access_token(market, market.seller.owner))
    now = market.means.clock.real()
    person = Customer(http, servers, issue_jwt(servers[0].settings, market.seller.owner.account_id, now))
    for each in (other, person):
        assert (await each.cost())["available"] > BUDGET / 2


@pytest.mark.parametrize("servers", [SLOWLY], indirect=True)
async def test_a_socket_is_throttled_as_well(servers: list[Server], market: Market) -> None:
    """A subscription is charged when it begins; what is refused is an error of that operation and no more."""
    token = await access_token(market, market.seller.owner)
    async with raw(servers[0], token) as socket:
        for number in range(12):
            await run(socket, f"q{number}", costly(40))
        ends = [await told_until_end_of_one(socket) for _ in range(12)]
        codes = {message["payload"][0]["extensions"]["code"] for message in ends if message["type"] == "error"}
        assert codes == {"THROTTLED"}
        assert any(message["type"] == "complete" for message in ends)
        await asyncio.sleep(BUDGET / SLOWLY)
        await run(socket, "again", LIST, variables={"n": 1})
        assert [message["type"] for message in await told_until_end(socket, "again")] == ["next", "complete"]


async def told_until_end_of_one(socket: Any) -> Json:
    """The next message that ends an operation."""
    while True:
        message: Json = await told(socket)
        if message["type"] in ("complete", "error"):
            return message


@pytest.mark.parametrize("servers", [100], indirect=True)
async def test_processes_share_one_budget(servers: list[Server], market: Market, http: httpx.AsyncClient) -> None:
    """Two processes together serve no more than the budget and what came back meanwhile."""
    customer = Customer(http, servers, await access_token(market, market.seller.owner))
    began = monotonic()
    answers = await asyncio.gather(*(customer.ask(at=number % 2, query=costly(40)) for number in range(40)))
    restored = 100 * (monotonic() - began)
    served = [answer.json()["extensions"]["cost"] for answer in answers if answer.status_code == 200]
    assert served and len(served) < len(answers)
    assert all(cost["actual"] == cost["requested"] for cost in served)
    assert sum(cost["actual"] for cost in served) <= BUDGET + restored


@pytest.mark.parametrize("servers", [SLOWLY], indirect=True)
async def test_whoever_waits_as_told_is_never_refused_twice_in_a_row(
    servers: list[Server], market: Market, http: httpx.AsyncClient
) -> None:
    """Whichever process has refused, and whichever is asked then."""
    customer = Customer(http, servers, await access_token(market, market.seller.owner))
    draw, refusals = random.Random(7), 0
    for _ in range(size("requests on a budget")):
        query = costly(draw.randrange(1, 50))
        answer = await customer.ask(at=draw.randrange(2), query=query)
        if answer.status_code == 429:
            refusals += 1
            await asyncio.sleep(answer.json()["errors"][0]["extensions"]["retryAfter"])
            assert (await customer.ask(at=draw.randrange(2), query=query)).status_code == 200
    assert refusals


@pytest.mark.parametrize("missing", [0, 1])
async def test_a_budget_grants_all_or_nothing(fresh_pool: Pool, means: TestMeans, missing: int) -> None:
    """Exactly what is there is granted, one more is not, and a refusal takes nothing."""
    payer = means.mint.id()
    first = await stored.take(fresh_pool, payer, RATE, least=400, wanted=400, back=0)
    assert (first.granted, first.left) == (400, 600)
    await _stopped(fresh_pool)
    second = await stored.take(fresh_pool, payer, RATE, least=600 + missing, wanted=900, back=0)
    assert second.granted == pytest.approx(0 if missing else 600, abs=1e-6)
    assert second.left == pytest.approx(600 if missing else 0, abs=1e-6)


async def test_many_at_once_take_a_part_together(fresh_pool: Pool, means: TestMeans) -> None:
    """What a process holds beforehand is one part, however many operations begin before it is there."""
    payer, budgets = means.mint.id(), Budgets(fresh_pool, Rate(1_000, 1))
    part = 1_000 // PART
    await asyncio.gather(*(budgets.spend(payer, 1) for _ in range(part)))
    assert await fresh_pool.fetchval("SELECT level FROM budgets") == 1_000 - part - 1
    await asyncio.gather(*(budgets.spend(payer, 1) for _ in range(2)))
    assert 1_000 - 2 * part - 2 <= await fresh_pool.fetchval("SELECT level FROM budgets") < 1_000 - part - 1


async def test_a_budget_fills_again_and_no_further(fresh_pool: Pool, means: TestMeans) -> None:
    """By its rate, by what is given back, up to its size."""
    payer = means.mint.id()
    await stored.take(fresh_pool, payer, RATE, least=1_000, wanted=1_000, back=0)
    await fresh_pool.execute("UPDATE budgets SET counted_at = clock_timestamp() - interval '3 s'")
    third = await stored.take(fresh_pool, payer, RATE, least=1, wanted=1, back=50)
    assert 349 <= third.left < 350
    await fresh_pool.execute("UPDATE budgets SET counted_at = clock_timestamp() - interval '1 h'")
    assert (await stored.take(fresh_pool, payer, RATE, least=1, wanted=1, back=500)).left == RATE.size - 1


async def test_budgets_nobody_uses_are_forgotten(fresh_pool: Pool, means: TestMeans) -> None:
    """A month without a request, and not a day before."""
    for days in (29, 31):
        payer = means.mint.id()
        await stored.take(fresh_pool, payer, RATE, least=1, wanted=1, back=0)
        statement = "UPDATE budgets SET counted_at = now() - $2 * interval '1 day' WHERE payer = $1"
        await fresh_pool.execute(statement, payer, days)
    await stored.forget_unused(fresh_pool)
    assert await fresh_pool.fetchval("SELECT count(*) FROM budgets") == 1


async def _stopped(pool: Pool) -> None:
    """Nothing comes back meanwhile."""
    await pool.execute("UPDATE budgets SET counted_at = clock_timestamp() + interval '1 h'")
