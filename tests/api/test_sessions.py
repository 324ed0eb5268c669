"""Sessions that are known: no statement is spent on them, and not one answer is given on what is no longer so."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app import settings
from app.auth import Authenticator, issue_jwt
from app.clock import Clock, MovableClock, SystemClock
from app.db.engine import Pool
from app.db.premise import Premise
from app.domain.access import ALL_SCOPES, Actor, Scope
from app.graphql.sessions import Session
from app.looks import Looks
from app.main import build
from app.reads import Statement
from tests.api.server import environment
from tests.market import Team, drafted, new_seller, open_market
from tests.means import TestMeans
from tests.tokens import issue_access_token

HOUR = timedelta(hours=1)
PLANNED = "{ viewer { role account { email } orders { totalCount } } }"
# introspection runs through graphql-core, and so does whatever stands beside it
BY_PYTHON = '{ __type(name: "Order") { name } viewer { role account { email } orders { totalCount } } }'
MUTATION = 'mutation { orderCancel(input: { orderId: "ord_0", idempotencyKey: "k" }) { userErrors { code } } }'
INVALID = "{ nothing }"


@dataclass
class Counter:
    """A server in this process: asked, and watched at what it asks of the database."""

    http: httpx.AsyncClient
    means: TestMeans
    chosen: settings.Settings
    statements: list[Statement]
    looks: list[str] = field(default_factory=list)
    again: list[Premise] = field(default_factory=list)

    async def ask(self, token: str, query: str = PLANNED, method: str = "POST") -> httpx.Response:
        """Send one operation with a token."""
        given: dict[str, Any] = {"json": {"query": query}} if method == "POST" else {"params": {"query": query}}
        return await self.http.request(method, "/graphql", headers={"authorization": f"Bearer {token}"}, **given)

    async def known(self, token: str) -> None:
        """Ask twice: the first time the session is looked at, the second time it is known."""
        for _ in range(2):
            assert "errors" not in (await self.ask(token)).json()
        self.looks.clear()
        self.again.clear()
        self.statements.clear()

    def jwt(self, actor: Actor, lifetime: timedelta = HOUR) -> str:
        """A person's own token."""
        return issue_jwt(self.chosen, actor.account_id, self.means.clock.real(), lifetime)

    async def access_token(self, actor: Actor, *scopes: Scope) -> str:
        """A token of an integration."""
        ends = self.means.clock.real() + HOUR
        return await issue_access_token(self.means, actor.account_id, scopes or ALL_SCOPES, ends)

    async def change(self, statement: str, **values: object) -> None:
        """Run one statement beside the server."""
        async with self.means.engine.begin() as connection:
            await connection.execute(text(statement), values)


@asynccontextmanager
async def counter(url: str, folder: Path, means: TestMeans, clock: Clock | None = None) -> AsyncIterator[Counter]:
    """A server for the length of a block, on the clock of the means unless another one is given."""
    chosen = settings.load(environment(url, folder))
    app = build(chosen, clock or means.clock)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            with app.state.services.reader.recorded() as statements:
                yield Counter(http, means, chosen, statements)


@pytest.fixture
async def here(
    database_url: str, means: TestMeans, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Counter]:
    """A server whose looks at sessions are counted, on a clock that stands still."""
    still = TestMeans(means.engine)
    async with counter(database_url, tmp_path, still) as made:
        looks_are_counted(made, monkeypatch)
        yield made


def looks_are_counted(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the token of every look at a session, and of those that were known the premise that is looked at again."""
    look, holds = Authenticator._look, Looks.holds

    async def counted(self: Authenticator, bearer: str) -> Session:
        counter.looks.append(bearer)
        return await look(self, bearer)

    async def counted_again(self: Looks, premise: Premise) -> bool:
        counter.again.append(premise)
        return await holds(self, premise)

    monkeypatch.setattr(Authenticator, "_look", counted)
    monkeypatch.setattr(Looks, "holds", counted_again)


@pytest.fixture
async def team(here: Counter) -> Team:
    """A company with its people."""
    return await new_seller(here.means)


async def test_a_known_session_costs_no_statement_of_its_own(here: Counter, team: Team) -> None:
    """The first request looks, the next ones are one statement each, by GET and by POST; another token looks again."""
    token = here.jwt(team.owner)
    for _ in range(3):
        assert (await here.ask(token)).json()["data"]["viewer"]["role"] == "OWNER"
    assert (await here.ask(token, method="GET")).json()["data"]["viewer"]["role"] == "OWNER"
    assert here.looks == [token]
    assert len(here.statements) == 4
    sales = here.jwt(team.sales)
    assert (await here.ask(sales)).json()["data"]["viewer"]["account"]["email"] == team.sales.email
    assert here.looks == [token, sales]


@pytest.mark.parametrize("query", [BY_PYTHON, MUTATION, INVALID], ids=["by Python", "mutation", "invalid"])
async def test_where_no_plan_looks_the_session_is_looked_at(here: Counter, team: Team, query: str) -> None:
    """Once a request, whether it is as it was."""
    token = here.jwt(team.owner)
    await here.known(token)
    await here.ask(token, query)
    await here.ask(token, query)
    assert [premise.arguments for premise in here.again] == [(team.owner.account_id, None)] * 2
    assert here.looks == []
    await here.change("UPDATE accounts SET email = 'other.' || email WHERE id = :id", id=team.owner.account_id)
    await here.ask(token, query)
    assert (len(here.again), here.looks) == (3, [token])


ENDINGS = {
    "revoked": ("UPDATE access_tokens SET revoked_at = now() WHERE account_id = :id", "revoked"),
    "ended": ("UPDATE access_tokens SET expires_at = '2020-01-01' WHERE account_id = :id", "expired"),
    "forgotten": ("DELETE FROM access_tokens WHERE account_id = :id", "not known"),
    "disabled": ("UPDATE accounts SET disabled_at = now() WHERE id = :id", "disabled"),
    "removed": ("UPDATE members SET removed_at = now() WHERE account_id = :id", "removed"),
}
ASKED = [(PLANNED, "POST"), (PLANNED, "GET"), (BY_PYTHON, "POST"), (MUTATION, "POST"), (INVALID, "POST")]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(("query", "method"), ASKED, ids=["planned", "by GET", "by Python", "mutation", "invalid"])
async def test_what_ends_a_token_is_heeded_by_the_very_next_request(
    here: Counter, team: Team, ending: str, query: str, method: str
) -> None:
    """However well the session is known: refused with the reason, whatever is asked, and not a word of data."""
    token = await here.access_token(team.owner)
    await here.known(token)
    statement, word = ENDINGS[ending]
    await here.change(statement, id=team.owner.account_id)
    response = await here.ask(token, query, method)
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    body = response.json()
    assert "data" not in body
    (error,) = body["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert word in error["message"]
    assert (await here.ask(token)).status_code == 401


async def test_an_account_that_is_disabled_and_enabled_again_is_told_so_each_time(here: Counter, team: Team) -> None:
    """What is known of a token never outlives what it was found from, in either direction."""
    token = here.jwt(team.owner)
    await here.known(token)
    for disabled, status in (("now()", 401), ("NULL", 200), ("now()", 401), ("NULL", 200)):
        await here.change(f"UPDATE accounts SET disabled_at = {disabled} WHERE id = :id", id=team.owner.account_id)
        for _ in range(2):
            assert (await here.ask(token)).status_code == status


@pytest.mark.parametrize("query", [PLANNED, BY_PYTHON], ids=["planned", "by Python"])
async def test_another_role_counts_from_the_very_next_request(here: Counter, query: str) -> None:
    """Role, company setting and scopes are those of the moment of the answer."""
    market = await open_market(here.means)
    seller = market.seller
    await drafted(market)
    token = await here.access_token(seller.sales)

    async def seen() -> tuple[str, int]:
        viewer = (await here.ask(token, query)).json()["data"]["viewer"]
        return viewer["role"], viewer["orders"]["totalCount"]

    await here.known(token)
    assert await seen() == ("SALES", 1)
    await here.change("UPDATE sellers SET sales_see_all = false WHERE id = :id", id=seller.id)
    assert await seen() == ("SALES", 0)
    await here.change("UPDATE members SET role = 'OWNER' WHERE account_id = :id", id=seller.sales.account_id)
    assert await seen() == ("OWNER", 1)
    await here.change(
        "UPDATE access_tokens SET scopes = ARRAY['ORDERS_READ'] WHERE account_id = :id", id=seller.sales.account_id
    )
    assert await seen() == ("SALES", 1)
    await here.change(
        "UPDATE access_tokens SET scopes = ARRAY['FINANCE_READ'] WHERE account_id = :id", id=seller.sales.account_id
    )
    assert await seen() == ("OWNER", 0)
    await here.change("UPDATE accounts SET operator = true WHERE id = :id", id=seller.sales.account_id)
    assert (await seen())[0] == "OPERATOR"


async def test_what_a_session_does_not_rest_on_disturbs_nothing(here: Counter, team: Team) -> None:
    """A row that was written again is not a session that changed."""
    token = here.jwt(team.owner)
    await here.known(token)
    await here.change("UPDATE accounts SET name = 'Somebody else' WHERE id = :id", id=team.owner.account_id)
    await here.change("UPDATE sellers SET version = version + 1 WHERE id = :id", id=team.id)
    await here.change("UPDATE accounts SET disabled_at = NULL WHERE id = :id", id=team.owner.account_id)
    assert (await here.ask(token)).status_code == 200
    assert here.looks == []


async def test_a_known_session_ends_at_its_instant(here: Counter, team: Team) -> None:
    """The microsecond before is good without a look, the instant itself is refused."""
    token = here.jwt(team.owner, timedelta(minutes=5))
    await here.known(token)
    here.means.time.step(minutes=5, microseconds=-1)
    assert (await here.ask(token)).status_code == 200
    assert here.looks == []
    here.means.time.step(microseconds=1)
    response = await here.ask(token)
    assert response.status_code == 401
    assert "expired" in response.json()["errors"][0]["message"]


async def test_each_token_is_answered_as_its_own_viewer(here: Counter, team: Team) -> None:
    """The same document, by turns: nobody is answered what another one sees."""
    buyer, stranger = (await open_market(here.means)).buyer, await new_seller(here.means)
    tokens = {actor.email: here.jwt(actor) for actor in (team.owner, team.sales, team.finance, buyer, stranger.owner)}
    for _ in range(3):
        for email, token in tokens.items():
            assert (await here.ask(token)).json()["data"]["viewer"]["account"]["email"] == email
    assert len(here.looks) == len(tokens)


async def test_a_move_of_the_clock_is_heeded_by_the_very_next_request(
    fresh_database_url: str, fresh_engine: AsyncEngine, fresh_pool: Pool, tmp_path: Path
) -> None:
    """What time it is for the domain is presumed and looked at together with the session."""
    means = TestMeans(fresh_engine, SystemClock())
    async with counter(fresh_database_url, tmp_path, means, MovableClock(fresh_pool)) as here:
        token = here.jwt((await new_seller(means)).owner)
        await here.known(token)
        assert "clock" not in (await here.ask(token)).json()["extensions"]
        assert len(here.statements) == 1
        await here.change("UPDATE clock SET ahead_seconds = 86400")
        for _ in range(2):
            assert (await here.ask(token)).json()["extensions"]["clock"] == "SHIFTED"
        # the first of the two was run once more, with the time it had learnt
        assert len(here.statements) == 1 + 2 + 1


async def test_operators_are_told_how_what_is_kept_does(here: Counter, team: Team) -> None:
    """And nobody else; a bad token makes the server no less healthy."""

    async def health(token: str | None) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        response = await here.http.get("/health", headers=headers)
        assert response.status_code == 200
        told: dict[str, Any] = response.json()
        return told

    operator = here.jwt((await open_market(here.means)).operator)
    before = await health(operator)
    await here.known(here.jwt(team.owner))
    after = await health(operator)
    for name, figure, more in (
        ("sessions", "found", 1),
        ("sessions", "kept", 1),
        ("documents", "found", 1),
        ("documents", "examined", 1),
        ("documents", "kept", 1),
        ("plans", "planned", 2),
    ):
        assert after[name][figure] - before[name][figure] == more, (name, figure)
    for token in (None, here.jwt(team.owner), "nonsense"):
        assert set(await health(token)) == {"status", "serverTime"}
