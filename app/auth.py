"""From a bearer token to who acts: JWTs for people, opaque access tokens for integrations.

A token says only whose it is. E-mail, role and company are read anew from the database each time: by a statement, or
by the statement of what is asked, which then looks whether they are as they were when the token was last seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import jwt

from app.clock import Clock
from app.db.engine import Pool
from app.db.premise import Premise
from app.domain.access import ALL_SCOPES, Actor, Role, Scope, plain_email
from app.domain.errors import ErrorCode, Refusal
from app.domain.tokens import PREFIX, hashed
from app.graphql.errors import Unauthenticated
from app.graphql.sessions import Session
from app.known import KnownSessions
from app.looks import Looks
from app.settings import Settings
from app.usage import Usage

ISSUER = "assured"
ALGORITHM = "HS256"
LONGEST = 4_096
# another machine's clock may be ahead of ours by as much
CLOCK_SKEW = timedelta(minutes=1)

UNKNOWN = "This token is not known here. Get a new one, and send it as `Authorization: Bearer <token>`."
EXPIRED = "This token has expired. Get a new one."
REVOKED = "This token was revoked. Get a new one."
DISABLED = "This account is disabled. Ask the platform's operators about it."
REMOVED = "This account was removed from its company. Ask the company's owner to add it again."

# What a session is made of, and so rests on: in the order in which a statement says it again
_FACTS = {
    "id": "a.id",
    "email": "a.email",
    "email_verified": "a.email_verified",
    "operator": "a.operator",
    "disabled_at": "a.disabled_at",
    "role": "m.role",
    "seller_id": "m.seller_id",
    "removed_at": "m.removed_at",
    "sales_see_all": "s.sales_see_all",
    "token_id": "x.id",
    "scopes": "x.scopes",
    "expires_at": "x.expires_at",
    "revoked_at": "x.revoked_at",
    "previous_until": "x.previous_until",
}
_SAID = f"ROW({', '.join(_FACTS.values())})::text"
_WHO = f"SELECT {', '.join(f'{column} AS {name}' for name, column in _FACTS.items())}, {_SAID} AS said FROM"
_COMPANY = "LEFT JOIN members m ON m.account_id = a.id LEFT JOIN sellers s ON s.id = m.seller_id"
_BY_ACCOUNT = f"{_WHO} accounts a LEFT JOIN access_tokens x ON false {_COMPANY} WHERE a.id = $1"
# the text before a rotation is as good as the token, but ends sooner
_BY_TOKEN = (
    f"{_WHO.replace(' FROM', ', CASE WHEN x.hash = $1 THEN x.expires_at ELSE x.previous_until END AS ends_at FROM')}"
    f" access_tokens x JOIN accounts a ON a.id = x.account_id {_COMPANY} WHERE x.hash = $1 OR x.previous_hash = $1"
)
_AGAIN = f"{_WHO} accounts a LEFT JOIN access_tokens x ON x.id = $2 AND x.account_id = a.id {_COMPANY} WHERE a.id = $1"
_STILL = (
    f"(SELECT {_SAID} FROM accounts a LEFT JOIN access_tokens x ON x.id = $2::uuid AND x.account_id = a.id {_COMPANY}"
    " WHERE a.id = $1::uuid)"
)

# How many there are is hidden from the planner: for few it thinks a plan of their own worth making, each time anew
_HOLDING = f"""
SELECT {_STILL.replace("$1::uuid", "asked.account").replace("$2::uuid", "asked.token")} IS NOT DISTINCT FROM asked.said
FROM unnest((SELECT $1::uuid[]), (SELECT $2::uuid[]), (SELECT $3::text[])) WITH ORDINALITY
    AS asked(account, token, said, number)
ORDER BY asked.number
"""


class Issuing(Protocol):
    """What a command that makes tokens works with."""

    @property
    def settings(self) -> Settings:
        """The settings, with the keys."""

    @property
    def read_pool(self) -> Pool:
        """The pool to look accounts up in."""

    @property
    def clock(self) -> Clock:
        """The clock."""


class Looking(Protocol):
    """Where tokens are looked up."""

    async def fetch(self, sql: str, /, *arguments: Any) -> list[Any]:
        """The rows of one statement."""

    async def fetchrow(self, sql: str, /, *arguments: Any) -> Any:
        """The first row of one statement, None when it has none."""


@dataclass(slots=True)
class Authenticator:
    """The one function for the header and for `connection_init`; calling it answers the session of a token."""

    pool: Looking
    keys: tuple[str, ...]
    clock: Clock
    known: KnownSessions = field(default_factory=KnownSessions)
    usage: Usage = field(default_factory=Usage)
    looks: Looks = field(init=False)

    def __post_init__(self) -> None:
        self.looks = Looks(self.holding)

    async def __call__(self, bearer: str | None) -> Session:
        """The session of a bearer token; somebody without a token is nobody, and a token that is no good is refused."""
        if bearer is None:
            return Session(None)
        session = self._lasting(self.known.seen(bearer))
        if session is None or session.premise is None or not await self.looks.holds(session.premise):
            session = await self._look(bearer)
        self.known.keep(bearer, session)
        self._used(session)
        return session

    async def again(self, account_id: UUID, token_id: UUID | None) -> Actor | None:
        """Who an account is by now, by the access token it once came with; None for who could not come any more."""
        now = self.clock.real()
        row = await self.pool.fetchrow(_AGAIN, account_id, token_id)
        if row is None or row["token_id"] != token_id:
            return None
        try:
            return _actor(row, row["expires_at"] or now + CLOCK_SKEW, now)
        except Unauthenticated:
            return None

    def recall(self, bearer: str) -> Session | None:
        """The session of a token that was seen before, good for nothing but what looks at its premise."""
        session = self._lasting(self.known.get(bearer))
        if session is not None:
            self._used(session)
        return session

    async def holding(self, premises: Sequence[Premise]) -> list[bool]:
        """Which premises of sessions are as they were, by one statement; their tokens are in use."""
        accounts, tokens = zip(*(premise.arguments for premise in premises), strict=True)
        rows = await self.pool.fetch(_HOLDING, accounts, tokens, [premise.expected for premise in premises])
        held, now = [row[0] for row in rows], self.clock.real()
        for token_id, holds in zip(tokens, held, strict=True):
            if holds and token_id is not None:
                self.usage.note(token_id, now)
        return held

    def _lasting(self, session: Session | None) -> Session | None:
        """A session that was found before, unless it has expired."""
        if session is None or session.expires_at is None or session.expires_at > self.clock.real():
            return session
        return None

    def _used(self, session: Session) -> None:
        if session.actor is not None and session.actor.token_id is not None:
            self.usage.note(session.actor.token_id, self.clock.real())

    async def _look(self, bearer: str) -> Session:
        if len(bearer) > LONGEST or not bearer.isascii():
            raise Unauthenticated(UNKNOWN)
        now = self.clock.real()
        if bearer.startswith(PREFIX):
            row = await self.pool.fetchrow(_BY_TOKEN, hashed(bearer))
            expires_at = None if row is None else min(row["expires_at"], row["ends_at"])
        else:
            account_id, expires_at = self._signed(bearer, now)
            row = await self.pool.fetchrow(_BY_ACCOUNT, account_id)
        if row is None or expires_at is None:
            raise Unauthenticated(UNKNOWN)
        actor = _actor(row, expires_at, now)

        async def still_valid() -> bool:
            try:
                return (await self._look(bearer)).actor == actor
            except Unauthenticated:
                return False

        return Session(actor, expires_at, still_valid, Premise(_STILL, (actor.account_id, actor.token_id), row["said"]))

    def _signed(self, token: str, now: datetime) -> tuple[UUID, datetime]:
        """The account and the end of a JWT; what a signature says it says for good, so that each is verified once."""
        session = self.known.seen(token)
        if session is None or session.actor is None or session.expires_at is None or session.expires_at <= now:
            return read_jwt(self.keys, token, now)
        return session.actor.account_id, session.expires_at


def _actor(row: asyncpg.Record, expires_at: datetime, now: datetime) -> Actor:
    """Who a token's row stands for; whoever lost their place is told so, since they hold a token of their own."""
    if row["revoked_at"] is not None:
        raise Unauthenticated(REVOKED)
    if expires_at <= now:
        raise Unauthenticated(EXPIRED)
    if row["disabled_at"] is not None:
        raise Unauthenticated(DISABLED)
    if row["removed_at"] is not None:
        raise Unauthenticated(REMOVED)
    operator, member = row["operator"], row["role"]
    return Actor(
        account_id=row["id"],
        email=row["email"],
        email_verified=row["email_verified"],
        role=Role.OPERATOR if operator else Role(member) if member else Role.BUYER,
        seller_id=None if operator else row["seller_id"],
        sales_see_all=row["sales_see_all"] is not False,
        scopes=ALL_SCOPES if row["scopes"] is None else frozenset(map(Scope, row["scopes"])),
        token_id=row["token_id"],
    )


def read_jwt(keys: tuple[str, ...], token: str, now: datetime) -> tuple[UUID, datetime]:
    """The account and the end of a JWT that one of the keys has signed."""
    for key in keys:
        try:
            claims = jwt.decode(token, key, [ALGORITHM], {"verify_exp": False, "verify_iat": False}, issuer=ISSUER)
            account_id = UUID(claims["sub"])
            issued_at, expires_at = _instant(claims["iat"]), _instant(claims["exp"])
        except (jwt.InvalidTokenError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
            continue
        if expires_at <= now:
            raise Unauthenticated(EXPIRED)
        if issued_at <= now + CLOCK_SKEW:
            return account_id, expires_at
    raise Unauthenticated(UNKNOWN)


def _instant(claim: Any) -> datetime:
    if type(claim) is not int or not 0 <= claim < 10**11:
        raise ValueError("not an instant in seconds")
    return datetime.fromtimestamp(claim, UTC)


def issue_jwt(settings: Settings, account_id: UUID, now: datetime, lifetime: timedelta | None = None) -> str:
    """A bearer token of an account, signed by the first key."""
    issued = int(now.timestamp())
    claims = {
        "iss": ISSUER,
        "sub": str(account_id),
        "iat": issued,
        "exp": issued + int((lifetime or settings.token_lifetime).total_seconds()),
    }
    return jwt.encode(claims, settings.jwt_secrets[0], ALGORITHM)


async def token_for(issuing: Issuing, email: str) -> str:
    """A bearer token for the account with this e-mail."""
    found = await issuing.read_pool.fetchval(
        "SELECT id FROM accounts WHERE email = $1 AND disabled_at IS NULL", plain_email(email)
    )
    if found is None:
        raise Refusal(ErrorCode.NOT_FOUND, f"No account that may act has the e-mail {email}.", ("email",))
    return issue_jwt(issuing.settings, found, issuing.clock.real())
