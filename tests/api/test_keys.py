"""Idempotency keys: every mutation, done once a key, whatever its client does (INT-3)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type
from sqlalchemy import text

from app.domain.access import ALL_SCOPES, Actor
from tests.api.contracts import key
from tests.api.people import MUTATIONS, Hall, Json, Person
from tests.api.server import Server
from tests.api.valid import CASES, Case, given
from tests.market import Market, open_market
from tests.means import TestMeans
from tests.sizes import size
from tests.tokens import issue_access_token

AT_ONCE = 6  # mutations under way beside one another
# What only the first answer says, because it is kept nowhere
ONCE = {"text", "notice"}
REUSED = "IDEMPOTENCY_KEY_REUSED"
Problems = list[str]


def selection(kind: Any) -> str:
    """All of a payload: leaves as they are, objects by what tells them and their versions apart."""
    told = []
    for name, field in get_named_type(kind).fields.items():
        inner = get_named_type(field.type)
        if is_leaf_type(inner):
            told.append(name)
        elif name == "userErrors":
            told.append("userErrors { code field message }")
        elif isinstance(inner, GraphQLObjectType):
            known = [each for each in ("id", "version", "field") if each in inner.fields]
            nested = selection(inner) if name == "results" else " ".join(known)
            told.append(f"{name} {{ {nested or '__typename'} }}")
    return " ".join(told)


@dataclass
class Trial:
    """One mutation on a scene of its own, and the first answer to it."""

    name: str
    case: Case
    market: Market
    input: Json
    person: Person
    first: Json

    @property
    def actor(self) -> Actor:
        """Whoever takes it."""
        return actor_of(self.case, self.market)

    async def answer(self, input: Json, name: str | None = None, person: Person | None = None) -> Json:
        """The whole payload."""
        called = name or self.name
        payload = await (person or self.person).attempt(called, selection(MUTATIONS[called].type), **input)
        return {each: value for each, value in payload.items() if each not in ONCE}


def actor_of(case: Case, market: Market) -> Actor:
    """Whoever a case names."""
    return getattr(market if case.who in ("buyer", "operator") else market.seller, case.who)  # type: ignore[no-any-return]


async def effects(market: Market, actor: Actor) -> int:
    """How many events somebody's doings made in all."""
    query = text("SELECT count(*) FROM events WHERE by_account_id = :id")
    async with market.means.engine.connect() as connection:
        return int((await connection.execute(query, {"id": actor.account_id})).scalar_one())


@dataclass
class Trials:
    """Every mutation tried once on each server, with what was found wrong."""

    server: Server
    means: TestMeans
    hall: Hall

    async def begin(self, name: str) -> Trial:
        """A scene of its own, and the mutation done on it."""
        case = CASES[name]
        market = await open_market(self.means, quota_limit=10_000_000_00, **case.seller)
        input = {**await given(name, case, market), "idempotencyKey": key()}
        return Trial(name, case, market, input, await self.hall.enter(self.server, actor_of(case, market)), {})

    async def once(self, name: str) -> tuple[Trial, Problems]:
        """Same key and body, same key and another body, and the key of another token."""
        trial = await self.begin(name)
        before = await effects(trial.market, trial.actor)
        trial.first = await trial.answer(trial.input)
        if trial.first["userErrors"]:
            return trial, [f"is refused: {trial.first['userErrors']}"]
        done = await effects(trial.market, trial.actor) - before
        problems = []
        if (again := await trial.answer(trial.input)) != trial.first:
            problems.append(f"is answered otherwise again: {again} not {trial.first}")
        if REUSED not in (codes := await self.another_body(trial, trial.person)):
            problems.append(f"another body is answered {codes or 'and done'}")
        if (made := await effects(trial.market, trial.actor) - before) != done:
            problems.append(f"made {made} events in place of {done}")
        return trial, [*problems, *await self.by_another_token(trial), *await self.at_once(name, done)]

    async def another_body(self, trial: Trial, person: Person) -> list[str]:
        """The codes with which somebody's other request under the same key is refused."""
        name = trial.case.instead or trial.name
        other = {**trial.input, **trial.case.other}
        if trial.case.instead:
            fresh = await given(name, replace(CASES[name], make=None, more=None), trial.market)
            known = MUTATIONS[name].args["input"].type.of_type.fields
            other = {**fresh, **{each: value for each, value in trial.input.items() if each in known}}
        return [error["code"] for error in (await trial.answer(other, name, person))["userErrors"]]

    async def by_another_token(self, trial: Trial) -> Problems:
        """A key is its token's own: of another one it is fresh, with whatever body, and may be refused as such."""
        answer = await trial.answer(trial.input, person=await self.token(trial))
        same = [error["code"] for error in answer["userErrors"]]
        other = await self.another_body(trial, await self.token(trial))
        if REUSED in (*same, *other):
            return ["another token is told that its key was used"]
        if not same and MADE.get(trial.name) and answer[MADE[trial.name]] == trial.first[MADE[trial.name]]:
            return ["another token is answered what the first one made"]
        return []

    async def token(self, trial: Trial) -> Person:
        """Whoever takes it, by a new access token."""
        until = datetime.now(UTC) + timedelta(days=1)
        text = await issue_access_token(self.means, trial.actor.account_id, ALL_SCOPES, until)
        return await self.hall.enter(self.server, text)

    async def at_once(self, name: str, done: int) -> Problems:
        """Many at once with one key are one, answered alike."""
        trial = await self.begin(name)
        before = await effects(trial.market, trial.actor)
        doors = [await self.hall.enter(self.server, trial.actor) for _ in range(size("requests under one key"))]
        answers = await asyncio.gather(*(trial.answer(trial.input, person=door) for door in doors))
        problems = []
        if answers[0]["userErrors"] or any(answer != answers[0] for answer in answers):
            problems.append(f"at once it is answered {[answer for answer in answers if answer != answers[0]][:1]}")
        if (made := await effects(trial.market, trial.actor) - before) != done:
            problems.append(f"at once it made {made} events in place of {done}")
        return problems


# What is made anew by each request, and so told apart
MADE = {
    **dict.fromkeys(("orderDraft", "orderPlace"), "order"),
    "productCreate": "product",
    "laneCreate": "lane",
    "sellerLaneCreate": "lane",
    "templateCreate": "template",
    "sheetRequest": "sheet",
    "withdrawalMake": "withdrawal",
    "paymentStart": "payment",
    "amendmentPropose": "amendment",
    "milestoneAdd": "milestone",
}


@pytest.fixture
async def trials(server: Server, means: TestMeans, hall: Hall) -> AsyncIterator[Trials]:
    """The trials on this module's server."""
    yield Trials(server, means, hall)


async def test_every_mutation_is_done_once_a_key(trials: Trials, server: Server, hall: Hall) -> None:
    """INT-3: same key and body, same key and another body, many at once, another token, and after a restart."""
    wrong: dict[str, Problems] = {}
    done: list[Trial] = []
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> None:
        async with gate:
            try:
                trial, wrong[name] = await trials.once(name)
                done.append(trial)
            except Exception as error:
                wrong[name] = [f"fails: {error!r}"]

    await asyncio.gather(*map(one, CASES))
    assert "\n".join(f"{name} {each}" for name, problems in wrong.items() for each in problems) == ""
    before = {trial.name: await trial.answer(trial.input) for trial in done}
    await server.stop()
    await server.start()
    for trial in done:
        trial.person = await hall.enter(server, trial.actor)
        assert await trial.answer(trial.input) == before[trial.name], trial.name
