"""Bearer tokens: whose they are, what ends them, and that a refusal tells nothing it should not."""

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.auth import DISABLED, EXPIRED, ISSUER, Authenticator, issue_jwt, read_jwt, token_for
from app.db.engine import Pool
from app.domain.access import ALL_SCOPES, Actor, Role, Scope
from app.domain.errors import ErrorCode, Refusal
from app.domain.tokens import hashed
from app.graphql.errors import Unauthenticated
from app.known import KnownSessions
from app.settings import Settings, load
from tests.market import Team, new_account, new_operator, new_seller
from tests.means import START, StepClock, TestMeans
from tests.tokens import issue_access_token

OLD, NEW, FOREIGN = "o" * 40, "n" * 40, "f" * 40
HOUR = timedelta(hours=1)


@pytest.fixture
def chosen() -> Settings:
    """Settings with two keys, of which the first signs."""
    return load({"MODE": "production", "DATABASE_URL": "postgresql://host/name", "JWT_SECRETS": f"{NEW},{OLD}"})


@pytest.fixture
def means(engine: AsyncEngine) -> TestMeans:
    """The means of the tests."""
    return TestMeans(engine)


@pytest.fixture
def authenticate(pool: Pool, means: TestMeans, chosen: Settings) -> Authenticator:
    """The function under test."""
    return Authenticator(pool, chosen.jwt_secrets, means.clock)


async def change(means: TestMeans, statement: str, **values: object) -> None:
    """Run one statement."""
    async with means.engine.begin() as connection:
        await connection.execute(text(statement), values)


async def refused(authenticate: Authenticator, token: str) -> str:
    """The sentence a token is refused with."""
    with pytest.raises(Unauthenticated) as refusal:
        await authenticate(token)
    return refusal.value.message


async def test_nobody_is_a_session_without_an_actor(authenticate: Authenticator) -> None:
    """No token is no error: what needs an account refuses by itself."""
    session = await authenticate(None)
    assert (session.actor, session.ends) == (None, False)


async def test_a_signature_is_verified_once_and_all_else_each_time(
    authenticate: Authenticator, means: TestMeans, chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it was found to say, it says as long as it lasts; whether the account may act is another question."""
    verified, decode = list[str](), jwt.decode

    def verify(token: str, *rest: Any, **more: Any) -> Any:
        verified.append(token)
        return decode(token, *rest, **more)

    monkeypatch.setattr(jwt, "decode", verify)
    actor = await new_account(means)
    token = issue_jwt(chosen, actor.account_id, START, HOUR)
    assert [(await authenticate(token)).actor for _ in range(3)] == [actor] * 3
    assert verified == [token]
    await change(means, "UPDATE accounts SET disabled_at = :now WHERE id = :id", id=actor.account_id, now=START)
    assert await refused(authenticate, token) == DISABLED
    assert isinstance(means.clock, StepClock)
    means.clock.step(hours=1)
    assert await refused(authenticate, token) == EXPIRED


async def test_a_jwt_stands_for_its_account_in_every_role(
    authenticate: Authenticator, means: TestMeans, chosen: Settings
) -> None:
    """Role, company and e-mail come from the tables."""
    team = await new_seller(means)
    for actor in (await new_account(means), await new_operator(means), team.owner, team.sales, team.finance):
        session = await authenticate(issue_jwt(chosen, actor.account_id, START, HOUR))
        assert session.actor == actor
        assert session.expires_at == START + HOUR
        assert session.still_valid is not None
        assert await session.still_valid()


async def test_what_the_client_claims_beside_is_not_believed(
    authenticate: Authenticator, means: TestMeans, chosen: Settings
) -> None:
    """A verified e-mail is what the account's row says, whatever the token says."""
    account = await new_account(means, email_verified=False)
    more = {"email": "other@example.com", "email_verified": True, "role": "OPERATOR", "scopes": ["ORDERS_WRITE"]}
    session = await authenticate(jwt.encode(claims(sub=str(account.account_id), **more), NEW, "HS256"))
    assert session.actor == account
    assert account.email_verified is False


async def test_sales_see_all_follows_the_company_setting(
    authenticate: Authenticator, means: TestMeans, chosen: Settings
) -> None:
    """A company may show its sales only what is assigned to them; an open socket is told."""
    team = await new_seller(means, sales_see_all=False)
    session = await authenticate(issue_jwt(chosen, team.sales.account_id, START))
    assert session.actor is not None
    assert session.actor.viewer.sees_all is False
    assert session.still_valid is not None
    await change(means, "UPDATE sellers SET sales_see_all = true WHERE id = :id", id=team.id)
    assert await session.still_valid() is False


async def test_the_first_key_signs_and_all_are_accepted(
    authenticate: Authenticator, means: TestMeans, chosen: Settings
) -> None:
    """Keys can be changed without ending anybody's session."""
    account = await new_account(means)
    token = issue_jwt(chosen, account.account_id, START)
    assert jwt.decode(token, NEW, ["HS256"], {"verify_exp": False}, issuer=ISSUER)["sub"] == str(account.account_id)
    own = claims(sub=str(account.account_id))
    assert (await authenticate(jwt.encode(own, OLD, "HS256"))).actor == account
    assert "not known" in await refused(authenticate, jwt.encode(own, FOREIGN, "HS256"))


def claims(**changed: Any) -> dict[str, Any]:
    """The claims of a good token; `None` takes one away."""
    now = int(START.timestamp())
    whole = {"iss": ISSUER, "sub": str(uuid4()), "iat": now, "exp": now + 60, **changed}
    return {name: value for name, value in whole.items() if value is not None}


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": None},
        {"iss": "somebody"},
        {"sub": None},
        {"sub": "nobody"},
        {"sub": 5},
        {"iat": None},
        {"iat": "today"},
        {"iat": int(START.timestamp()) + 3600},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"exp": 10**30},
        {"exp": -1},
        {"exp": 1.5e300},
    ],
)
def test_a_jwt_with_other_claims_is_unknown(changed: dict[str, Any]) -> None:
    """Each claim is needed, and each is what it should be."""
    token = jwt.encode(claims(**changed), NEW, "HS256")
    with pytest.raises(Unauthenticated, match="not known"):
        read_jwt((NEW,), token, START)


@pytest.mark.parametrize("algorithm", ["none", "HS384", "HS512"])
def test_another_algorithm_is_unknown(algorithm: str) -> None:
    """A token cannot choose how it is checked."""
    token = jwt.encode(claims(), None if algorithm == "none" else NEW * 2, algorithm)
    with pytest.raises(Unauthenticated, match="not known"):
        read_jwt((NEW * 2,), token, START)


def test_a_jwt_ends_at_its_instant() -> None:
    """The second before is good, the instant itself is not."""
    token = jwt.encode(claims(), NEW, "HS256")
    end = START + timedelta(seconds=60)
    assert read_jwt((NEW,), token, end - timedelta(microseconds=1))[1] == end
    with pytest.raises(Unauthenticated, match="expired"):
        read_jwt((NEW,), token, end)


@given(some.text(max_size=300))
def test_whatever_is_sent_is_answered_by_a_refusal(token: str) -> None:
    """No token makes a bug."""
    with pytest.raises(Unauthenticated):
        read_jwt((NEW,), token.encode("utf-8", "ignore").decode(), START)


async def test_odd_tokens_are_refused_before_anything_is_asked(authenticate: Authenticator) -> None:
    """Too long, not ASCII, a lone surrogate, deep JSON inside, an empty prefix."""
    deep = base64.urlsafe_b64encode(b"[" * 3000).decode().rstrip("=")
    for token in ("x" * 5000, "tökén", "\ud800", "ast_", "ast_\ud800", f"{deep}.e30.e30", "a.b.c", ".."):
        assert "not known" in await refused(authenticate, token)


async def issued(means: TestMeans, actor: Actor, *scopes: Scope) -> str:
    """An access token of an hour."""
    return await issue_access_token(means, actor.account_id, scopes or ALL_SCOPES, START + HOUR)


async def test_an_access_token_acts_as_its_maker_within_its_scopes(
    authenticate: Authenticator, means: TestMeans, chosen: Settings
) -> None:
    """An owner's token without FINANCE_READ looks as sales does."""
    team: Team = await new_seller(means)
    session = await authenticate(await issued(means, team.owner, Scope.ORDERS_READ, Scope.SHIPMENTS_WRITE))
    assert session.actor is not None
    assert session.actor.role is Role.OWNER
    assert session.actor.scopes == {Scope.ORDERS_READ, Scope.SHIPMENTS_WRITE}
    assert session.actor.viewer.role is Role.SALES
    assert session.actor.token_id is not None
    assert session.expires_at == START + HOUR


async def test_only_the_hash_of_an_access_token_is_kept(means: TestMeans, chosen: Settings) -> None:
    """The plain text is nowhere in the database."""
    account = await new_account(means)
    token = await issued(means, account)
    async with means.engine.connect() as connection:
        query = "SELECT access_tokens::text FROM access_tokens WHERE account_id = :id"
        row = str((await connection.execute(text(query), {"id": account.account_id})).scalar_one())
    assert hashed(token) in row
    assert token.removeprefix("ast_") not in row


ENDINGS: dict[str, tuple[str, str]] = {
    "expired": ("UPDATE access_tokens SET expires_at = :now WHERE account_id = :id", "expired"),
    "revoked": ("UPDATE access_tokens SET revoked_at = :now WHERE account_id = :id", "revoked"),
    "disabled": ("UPDATE accounts SET disabled_at = :now WHERE id = :id", "disabled"),
    "removed": ("UPDATE members SET removed_at = :now WHERE account_id = :id", "removed"),
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_what_ends_a_token_ends_its_open_sessions(
    ending: str, authenticate: Authenticator, means: TestMeans, chosen: Settings
) -> None:
    """An open session learns of it when it asks again, and a new one is refused with the reason."""
    owner = (await new_seller(means)).owner
    token = await issued(means, owner)
    session = await authenticate(token)
    assert session.still_valid is not None
    assert await session.still_valid()
    statement, word = ENDINGS[ending]
    values = {"id": owner.account_id, "now": START} if ":now" in statement else {"id": owner.account_id}
    await change(means, statement, **values)
    assert await session.still_valid() is False
    assert word in await refused(authenticate, token)


async def test_fewer_scopes_end_an_open_session(
    authenticate: Authenticator, means: TestMeans, chosen: Settings
) -> None:
    """What was allowed at the beginning is asked again."""
    account = await new_account(means)
    session = await authenticate(await issued(means, account))
    statement = "UPDATE access_tokens SET scopes = ARRAY['ORDERS_READ'] WHERE account_id = :id"
    await change(means, statement, id=account.account_id)
    assert session.still_valid is not None
    assert await session.still_valid() is False


async def test_a_jwt_of_a_disabled_or_deleted_account_is_refused(
    authenticate: Authenticator, means: TestMeans, chosen: Settings
) -> None:
    """A signature is not enough."""
    account = await new_account(means)
    token = issue_jwt(chosen, account.account_id, START)
    await change(means, "UPDATE accounts SET disabled_at = now() WHERE id = :id", id=account.account_id)
    assert "disabled" in await refused(authenticate, token)
    assert "not known" in await refused(authenticate, issue_jwt(chosen, uuid4(), START))


async def test_a_refusal_tells_nothing_of_the_account(
    authenticate: Authenticator, means: TestMeans, chosen: Settings
) -> None:
    """Neither e-mail nor id nor the token itself comes back."""
    account = await new_account(means)
    token = issue_jwt(chosen, account.account_id, START, timedelta(seconds=1))
    means.time.step(seconds=5)
    said = await refused(authenticate, token)
    assert said.endswith(".")
    assert not any(part in said for part in (account.email, str(account.account_id), token))


async def test_the_command_finds_an_account_by_its_email(means: TestMeans, pool: Pool, chosen: Settings) -> None:
    """Case and surrounding space make no difference (ORD-2)."""

    class Own:
        settings, read_pool, clock = chosen, pool, means.clock

    account = await new_account(means)
    token = await token_for(Own(), f"  {account.email.upper()} ")
    assert read_jwt((NEW,), token, START)[0] == account.account_id
    with pytest.raises(Refusal) as refusal:
        await token_for(Own(), "nobody@example.com")
    assert refusal.value.code is ErrorCode.NOT_FOUND


def test_claims_are_plain_json() -> None:
    """What a token says can be read by any library."""
    body = jwt.encode(claims(), NEW, "HS256").split(".")[1]
    assert set(json.loads(base64.urlsafe_b64decode(body + "=="))) == {"iss", "sub", "iat", "exp"}


async def test_as_many_sessions_are_known_as_are_bounded(pool: Pool, means: TestMeans, chosen: Settings) -> None:
    """The least recently used is given up, a refused token is none, and of a known one only the hash is kept."""
    authenticate = Authenticator(pool, chosen.jwt_secrets, means.clock, KnownSessions(most=2))
    first, second, third = [issue_jwt(chosen, (await new_account(means)).account_id, START) for _ in range(3)]
    for token in (first, second):
        await authenticate(token)
    assert authenticate.recall(first) is not None
    await authenticate(third)
    assert [authenticate.recall(token) is not None for token in (first, second, third)] == [True, False, True]
    assert authenticate.recall("x" * 5000) is authenticate.recall("\ud800") is authenticate.recall("") is None
    await refused(authenticate, jwt.encode(claims(), NEW, "HS256"))
    assert len(authenticate.known) == 2
    kept = str(authenticate.known._sessions)
    assert not any(part in kept for token in (first, third) for part in token.split(".")[1:])


OF_EVERYBODY, OF_TOKENS = {"person", "integration"}, {"integration"}
CHANGES = {
    "UPDATE accounts SET email = 'another' || email WHERE id = :id": OF_EVERYBODY,
    "UPDATE accounts SET email_verified = false WHERE id = :id": OF_EVERYBODY,
    "UPDATE accounts SET disabled_at = now() WHERE id = :id": OF_EVERYBODY,
    "UPDATE accounts SET operator = true WHERE id = :id": OF_EVERYBODY,
    "UPDATE members SET role = 'FINANCE' WHERE account_id = :id": OF_EVERYBODY,
    "UPDATE members SET removed_at = now() WHERE account_id = :id": OF_EVERYBODY,
    "DELETE FROM members WHERE account_id = :id": OF_EVERYBODY,
    "UPDATE sellers SET sales_see_all = false WHERE id = :seller": OF_EVERYBODY,
    "UPDATE access_tokens SET scopes = ARRAY['ORDERS_READ'] WHERE account_id = :id": OF_TOKENS,
    "UPDATE access_tokens SET revoked_at = now() WHERE account_id = :id": OF_TOKENS,
    "UPDATE access_tokens SET expires_at = expires_at + interval '1 s' WHERE account_id = :id": OF_TOKENS,
    "DELETE FROM access_tokens WHERE account_id = :id": OF_TOKENS,
    "UPDATE accounts SET name = 'Another' WHERE id = :id": set(),
    "UPDATE sellers SET version = version + 1 WHERE id = :seller": set(),
}


@pytest.mark.parametrize("statement", CHANGES)
async def test_a_known_session_rests_on_what_it_was_made_of(
    statement: str, authenticate: Authenticator, means: TestMeans, chosen: Settings, pool: Pool
) -> None:
    """Its premise no longer holds once any of that is another, and holds whatever else is."""
    team = await new_seller(means)
    sales = team.sales
    tokens = {"person": issue_jwt(chosen, sales.account_id, START), "integration": await issued(means, sales)}

    async def shaken() -> set[str]:
        found, premises = set(), []
        for name, token in tokens.items():
            session = authenticate.recall(token)
            assert session is not None and session.premise is not None
            premise = session.premise
            if await pool.fetchval(f"SELECT {premise.sql}", *premise.arguments) != premise.expected:
                found.add(name)
            premises.append(premise)
        assert [name in found for name in tokens] == [not held for held in await authenticate.holding(premises)]
        return found

    for token in tokens.values():
        await authenticate(token)
    assert await shaken() == set()
    values = {"id": sales.account_id, "seller": team.id}
    await change(means, statement, **{name: value for name, value in values.items() if f":{name}" in statement})
    assert await shaken() == CHANGES[statement]


async def test_the_look_at_premises_is_planned_for_any_number_of_them(
    authenticate: Authenticator, means: TestMeans, chosen: Settings, pool: Pool
) -> None:
    """PostgreSQL tries five plans made for what it is given, and then keeps one that is no worse for others."""
    session = await authenticate(issue_jwt(chosen, (await new_account(means)).account_id, START))
    assert session.premise is not None
    query = "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE statement LIKE $1"
    async with pool.acquire() as connection:
        alone = Authenticator(connection, chosen.jwt_secrets, means.clock)
        for number in (1, 1, 1, 2, 1, 3, 1, 1):
            assert await alone.holding([session.premise] * number) == [True] * number
        (made,) = await connection.fetch(query, "%IS NOT DISTINCT FROM asked.said%")
    assert made["custom_plans"] <= 5 < made["custom_plans"] + made["generic_plans"]
