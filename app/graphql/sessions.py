"""A session: who is authenticated, until when, and how to learn that it is over."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.db.premise import Premise
from app.domain.access import Actor
from app.events.flights import Nexts

log = logging.getLogger("app.graphql")

Authenticate = Callable[[str | None], Awaitable["Session"]]
Now = Callable[[], datetime]
ContextFor = Callable[[Actor | None], Awaitable[object]]
# the context of a token's session as it was last seen, or None; who runs in it looks whether it still is so
Presume = Callable[[str], object | None]


@dataclass(frozen=True, slots=True)
class Session:
    """What a bearer token stands for; `actor` is None for somebody who gave none.

    `still_valid` is asked now and then while a connection is open: it answers False when the token was revoked or the
    actor's role or scopes are no longer the same. `premise` is what a statement looks at in order to know that.
    """

    actor: Actor | None
    expires_at: datetime | None = None
    still_valid: Callable[[], Awaitable[bool]] | None = None
    premise: Premise | None = None

    @property
    def payer(self) -> UUID | None:
        """Whose budget operations are charged to."""
        return None if self.actor is None else self.actor.keeper

    @property
    def ends(self) -> bool:
        """Whether anything can end this session while a connection is open."""
        return self.expires_at is not None or self.still_valid is not None


class Introductions:
    """Authenticates those who open connections; who comes with the same token at the same time is looked at together.

    Every look begins after they came, so nobody is let in by what a revocation has ended before.
    """

    def __init__(self, authenticate: Authenticate) -> None:
        self._authenticate = authenticate
        self._looks: Nexts[str, Session] = Nexts()

    async def __call__(self, token: str | None) -> Session:
        """The session of a token."""
        if token is None:
            return await self._authenticate(None)
        return await self._looks.share(token, lambda: self._authenticate(token))


def nothing_presumed(_token: str) -> None:
    """Every session is looked at before anything is run."""


def bearer(authorization: str | None) -> str | None:
    """The token of an `Authorization: Bearer …` value; a value of another kind is no token."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
