"""Access tokens: made, given another text and ended by whoever may, in real time (INT-1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.actions import work
from app.actions.work import Call, Means
from app.db import tokens as stored
from app.domain import tokens
from app.domain.access import Scope
from app.domain.tokens import AccessToken
from app.domain.trade import Act


@dataclass(frozen=True, slots=True)
class Issued:
    """A token and its text; to a retry the text is not told again, for it is kept nowhere."""

    id: UUID
    text: str | None


async def create(
    means: Means, call: Call, label: str, scopes: Sequence[Scope], expires_at: datetime | None, lifetime: timedelta
) -> Issued:
    """Make an access token of one's own; `lifetime` is the longest there is."""
    act = call.act(means.clock.real(), means.mint)
    actor = tokens.maker(act)
    async with means.engine.begin() as connection:
        live = await stored.number_live(connection, actor.account_id, act.now)
        if (made := await work.recall(connection, call)) is not None:
            return Issued(made, None)
        token, text, happening = tokens.create(act, label, scopes, expires_at, live, lifetime)
        await work.remember(connection, call, token.id)
        await stored.add(connection, (token, happening))
    means.feeds.committed()
    return Issued(token.id, text)


async def rotate(
    means: Means, call: Call, token_id: UUID, overlap: timedelta, expires_at: datetime | None, lifetime: timedelta
) -> Issued:
    """Give a token of one's own another text; the one before goes on for an overlap."""
    act = call.act(means.clock.real(), means.mint)
    async with means.engine.begin() as connection:
        before = await _seen(connection, act, token_id)
        if (made := await work.recall(connection, call)) is not None:
            return Issued(made, None)
        token, text, happening = tokens.rotate(before, act, overlap, expires_at, lifetime)
        await work.remember(connection, call, token.id)
        await stored.save(connection, (token, happening))
    means.feeds.committed()
    return Issued(token.id, text)


async def revoke(means: Means, call: Call, token_id: UUID) -> UUID:
    """End a token of one's own or of one's company; its id."""
    act = call.act(means.clock.real(), means.mint)
    async with means.engine.begin() as connection:
        before = await _seen(connection, act, token_id)
        if await work.recall(connection, call) is None:
            decided = tokens.revoke(before, act)
            await work.remember(connection, call, token_id)
            await stored.save(connection, decided)
    means.feeds.committed()
    return token_id


async def end_all(connection: AsyncConnection, act: Act, account_id: UUID) -> None:
    """End every token of an account that goes; `act` is in real time."""
    live = await stored.live_of(connection, account_id, act.now)
    await stored.save(connection, *(tokens.end(token, act) for token in live))


async def _seen(connection: AsyncConnection, act: Act, token_id: UUID) -> AccessToken:
    """The token, locked, if whoever acts may end it."""
    actor = tokens.maker(act)
    return tokens.require_seen(await stored.lock(connection, token_id), actor)
