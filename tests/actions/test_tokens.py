"""Access tokens in the database: made once a key, counted under a lock, ended with whoever made them (INT-1)."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select, text

from app.actions import members, tokens
from app.actions.tokens import Issued
from app.actions.work import Call, call_of
from app.auth import Authenticator
from app.db import tables as t
from app.db.engine import Pool
from app.domain.access import Actor, Role, Scope
from app.domain.errors import ErrorCode
from app.domain.tokens import LIVE_MOST, hashed
from app.usage import Usage
from tests.actions.looking import refusal
from tests.actions.racing import at_once, codes, won
from tests.market import Market, by, new_account, row_of
from tests.means import TestMeans

LIFETIME, DAY = timedelta(days=90), timedelta(days=1)
SCOPES = [Scope.ORDERS_READ]


async def made(market: Market, actor: Actor | None = None, call: Call | None = None, label: str = "ERP") -> Issued:
    """A token of the owner, or of somebody else."""
    until = market.means.clock.real() + DAY
    chosen = call or by(actor or market.seller.owner)
    return await tokens.create(market.means, chosen, label, SCOPES, until, LIFETIME)


async def row(market: Market, token_id: UUID) -> RowMapping:
    """A token's row."""
    return await row_of(market.means, t.access_tokens, token_id)


async def told_of(market: Market, token_id: UUID) -> list[str]:
    """What the events say became of a token."""
    query = select(t.events.c.data).where(t.events.c.subject_id == token_id).order_by(t.events.c.version)
    async with market.means.engine.connect() as connection:
        return [data["facts"][-1]["value"] for data in (await connection.execute(query)).scalars()]


async def test_a_text_is_told_once(market: Market) -> None:
    """INT-1: a retry is answered the same token without its text; another input under the key is refused."""
    owner, means = market.seller.owner, market.means
    call = call_of(owner, "accessTokenCreate", {"label": "ERP"}, "k")
    first = await made(market, call=call)
    assert first.text is not None and (await row(market, first.id))["hash"] == hashed(first.text)
    assert await made(market, call=call) == Issued(first.id, None)
    other = call_of(owner, "accessTokenCreate", {"label": "Another"}, "k")
    assert (await refusal(made(market, call=other))).code is ErrorCode.IDEMPOTENCY_KEY_REUSED
    rotation = call_of(owner, "accessTokenRotate", {}, "r")
    second = await tokens.rotate(means, rotation, first.id, DAY, None, LIFETIME)
    assert second.text not in (None, first.text)
    assert await tokens.rotate(means, rotation, first.id, DAY, None, LIFETIME) == Issued(first.id, None)
    ending = call_of(owner, "accessTokenRevoke", {}, "e")
    assert [await tokens.revoke(means, ending, first.id) for _ in range(2)] == [first.id, first.id]
    assert await told_of(market, first.id) == ["CREATED", "ROTATED", "REVOKED"]


async def test_of_many_at_once_as_many_are_made_as_may_work(doors: list[Market]) -> None:
    """INT-1: fifty through two doors make twenty; one that ends makes room for one."""
    market = doors[0]
    (outcomes,) = await at_once(doors, made)
    assert (won(outcomes), codes(outcomes)) == (LIVE_MOST, {ErrorCode.TOO_MANY})
    ended = next(outcome for outcome in outcomes if isinstance(outcome, Issued))
    await tokens.revoke(market.means, by(market.seller.owner), ended.id)
    await made(market)
    assert (await refusal(made(market))).code is ErrorCode.TOO_MANY
    market.means.time.step(days=1)
    await made(market)


async def test_of_many_with_one_key_one_is_made(doors: list[Market]) -> None:
    """INT-1: whoever was first is told the text, all others the token alone."""
    call = call_of(doors[0].seller.owner, "accessTokenCreate", {}, "one")

    async def one(door: Market) -> Issued:
        return await made(door, call=call)

    (outcomes,) = await at_once(doors, one)
    issued = [outcome for outcome in outcomes if isinstance(outcome, Issued)]
    assert (len(issued), len({each.id for each in issued})) == (len(outcomes), 1)
    assert sum(each.text is not None for each in issued) == 1


async def test_of_two_rotations_at_once_both_count(doors: list[Market]) -> None:
    """INT-1: one after the other; the text of the first is the one that goes on."""
    market = doors[0]
    first = await made(market)

    async def rotated(door: Market) -> Issued:
        return await tokens.rotate(door.means, by(market.seller.owner), first.id, DAY, None, LIFETIME)

    texts = [hashed(each.text or "") for each in await asyncio.gather(*map(rotated, doors))]
    found = await row(market, first.id)
    assert {found["hash"], found["previous_hash"]} == set(texts)
    assert found["version"] == 3


async def test_whoever_is_removed_loses_their_tokens(market: Market) -> None:
    """DSK-3, INT-1: those that work are ended and told of; the company's other tokens go on."""
    means, seller = market.means, market.seller
    partner = await new_account(means, Role.OWNER, seller.id)
    theirs, mine = await made(market, partner), await made(market)
    async with means.engine.connect() as connection:
        query = select(t.members.c.id).where(t.members.c.account_id == partner.account_id)
        member = (await connection.execute(query)).scalar_one()
    await members.remove(means, by(seller.owner), member, None)
    assert (await row(market, theirs.id))["revoked_at"] == means.clock.real()
    assert await told_of(market, theirs.id) == ["CREATED", "REVOKED"]
    assert (await row(market, mine.id))["revoked_at"] is None


async def uses(pool: Pool, market: Market) -> list[Any]:
    """When the tokens of the owner were last used."""
    query = "SELECT last_used_at FROM access_tokens WHERE account_id = $1 ORDER BY id"
    return [found[0] for found in await pool.fetch(query, market.seller.owner.account_id)]


async def test_uses_are_written_together_and_at_most_once_a_minute(market: Market, pool: Pool) -> None:
    """INT-1: however often a token is used, by how many processes; a token that ended keeps its last use."""
    means = market.means
    ids, usage, other = [(await made(market)).id for _ in range(3)], Usage(), Usage()
    first = means.clock.real()
    for _ in range(100):
        for token_id in ids:
            usage.note(token_id, means.clock.real())
    assert (len(usage), await usage.write(pool), len(usage)) == (3, 3, 0)
    assert await uses(pool, market) == [first] * 3
    means.time.step(seconds=59)
    usage.note(ids[0], means.clock.real())
    other.note(ids[0], means.clock.real())
    assert (await usage.write(pool), await other.write(pool)) == (0, 1)
    assert await uses(pool, market) == [first] * 3
    await tokens.revoke(means, by(market.seller.owner), ids[1])
    second = means.time.step(seconds=1)
    for token_id in ids[:2]:
        usage.note(token_id, second)
    assert await usage.write(pool) == 2
    assert await uses(pool, market) == [second, first, first]


async def test_what_cannot_be_written_is_kept_for_the_next_time(market: Market, pool: Pool) -> None:
    """A database that is away for a moment costs no use."""
    issued, usage = await made(market), Usage()
    usage.note(issued.id, market.means.clock.real())

    class Away:
        async def execute(self, *_: object) -> None:
            raise ConnectionRefusedError

    away: Any = Away()
    with suppress(ConnectionRefusedError):
        await usage.write(away)
    assert (len(usage), await usage.write(pool)) == (1, 1)
    assert await uses(pool, market) == [market.means.clock.real()]


async def test_what_counts_as_a_use(market: Market, pool: Pool) -> None:
    """INT-1: a request of a token that is good, also one that is known, and an open connection; no refused one."""
    means: TestMeans = market.means
    authenticate = Authenticator(pool, ("k" * 40,), means.clock)
    issued = await made(market)
    assert issued.text is not None
    for using in (authenticate(issued.text), _recalled(authenticate, issued.text), _watched(authenticate, issued.text)):
        means.time.step(minutes=2)
        await using
        await authenticate.usage.write(pool)
        assert await uses(pool, market) == [means.clock.real()]
    last = means.clock.real()
    await tokens.revoke(means, by(market.seller.owner), issued.id)
    means.time.step(minutes=2)
    await _watched(authenticate, issued.text)
    assert authenticate.recall(issued.text) is not None
    await authenticate.usage.write(pool)
    assert await uses(pool, market) == [last]


async def _recalled(authenticate: Authenticator, bearer: str) -> None:
    assert authenticate.recall(bearer) is not None


async def _watched(authenticate: Authenticator, bearer: str) -> None:
    session = authenticate.known.get(bearer)
    assert session is not None and session.premise is not None
    await authenticate.holding([session.premise])


async def test_the_text_before_a_rotation(market: Market, pool: Pool) -> None:
    """INT-1: both texts are the same actor; the one before ends at its instant, and an older one at once."""
    means, owner = market.means, market.seller.owner
    authenticate = Authenticator(pool, ("k" * 40,), means.clock)
    texts = [(await made(market)).text or ""]
    first = await authenticate(texts[0])
    assert first.actor is not None and first.actor.token_id is not None
    for overlap in (timedelta(hours=1), timedelta(minutes=1)):
        issued = await tokens.rotate(means, by(owner), first.actor.token_id, overlap, None, LIFETIME)
        texts.append(issued.text or "")
    sessions = [await authenticate(each) for each in texts[1:]]
    assert [session.actor for session in sessions] == [first.actor, first.actor]
    assert [session.expires_at for session in sessions] == [
        means.clock.real() + timedelta(minutes=1),
        means.clock.real() + DAY,
    ]
    assert first.still_valid is not None and not await first.still_valid()
    means.time.step(minutes=1)
    assert [session.still_valid is not None and await session.still_valid() for session in sessions] == [False, True]
    assert authenticate.recall(texts[1]) is None


async def test_no_text_of_a_token_is_kept(market: Market) -> None:
    """INT-1: neither in its row nor in the events nor with the key of the request."""
    call = call_of(market.seller.owner, "accessTokenCreate", {}, "kept nowhere")
    issued = await made(market, call=call)
    assert issued.text is not None
    secret = issued.text[8:]
    async with market.means.engine.connect() as connection:
        for table in ("access_tokens", "events", "idempotency_keys"):
            kept = text(f"SELECT count(*) FROM {table} WHERE {table}::text LIKE :secret")
            assert (await connection.execute(kept, {"secret": f"%{secret}%"})).scalar_one() == 0


async def test_a_token_revokes_nothing(market: Market) -> None:
    """INT-2: not even itself."""
    issued = await made(market)
    program = replace(market.seller.owner, token_id=issued.id)
    assert (await refusal(tokens.revoke(market.means, by(program), issued.id))).code is ErrorCode.PERSON_NEEDED
