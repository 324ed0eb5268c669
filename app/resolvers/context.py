"""What a root field works with: who asks, the time, and the means to read, to act and to follow."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias
from uuid import UUID

import strawberry

from app.actions.webhooks import Outgoing
from app.actions.work import Call, Means, call_of
from app.db.premise import Premise
from app.domain.access import Actor, Viewer
from app.domain.errors import ErrorCode, Refusal
from app.domain.money import minor_units
from app.events.feeds import Feeds
from app.links import Links
from app.reads import Reader
from app.schema.money import MoneyInput
from app.storage import Storage


class Kit(Means, Protocol):
    """What every operation shares: the means to act, the reader, the feeds, and where payments are started."""

    @property
    def feeds(self) -> Feeds:
        """The feeds of this process."""

    @property
    def reader(self) -> Reader:
        """The way to the database for reads."""

    @property
    def payment_provider(self) -> str:
        """The provider through which payments are started."""

    @property
    def storage(self) -> Storage:
        """Where contents are kept."""

    @property
    def links(self) -> Links:
        """What signs links that need no token."""

    @property
    def started(self) -> Callable[[UUID], Awaitable[None]]:
        """Called with each payment that was started; the demonstration provider answers it."""

    @property
    def token_lifetime(self) -> timedelta:
        """How long an access token works at most."""

    @property
    def outgoing(self) -> Outgoing:
        """By what webhooks are sent."""


@dataclass(slots=True)
class Context:
    """The context of one query or mutation; `now` is one reading of the clock.

    With a `premise` neither the actor nor the time counts but for what looks at it (see `db.premise`).
    """

    kit: Kit
    actor: Actor | None
    now: datetime
    premise: Premise | None = None

    @property
    def viewer(self) -> Viewer | None:
        """What the actor may see."""
        return None if self.actor is None else self.actor.viewer

    @property
    def payer(self) -> UUID | None:
        """Whose budget the operation is charged to."""
        return None if self.actor is None else self.actor.keeper

    @property
    def reader(self) -> Reader:
        """The way to the database for reads."""
        return self.kit.reader

    def tick(self) -> None:
        """Read the clock again, after something was done."""
        self.now = self.kit.clock.now()

    def signed_in(self) -> Actor:
        """The actor, or UNAUTHENTICATED."""
        if self.actor is None:
            raise _nobody()
        return self.actor

    def call(self, operation: str, input: object) -> Call:
        """The call of a mutation with this input."""
        key, given = getattr(input, "idempotency_key", None), dict[str, Any]()
        if key is not None and is_dataclass(input) and not isinstance(input, type):
            given = asdict(input)
            del given["idempotency_key"]
        return call_of(self.signed_in(), operation, given, key, getattr(input, "expected_version", None))


@dataclass(slots=True)
class Onlooker:
    """The context of a subscription: who looks, and nothing else of whoever asked, because others are told the same.

    `now` is one reading of the clock, taken anew for each message.
    """

    kit: Kit
    viewer: Viewer | None
    now: datetime

    @property
    def reader(self) -> Reader:
        """The way to the database for reads."""
        return self.kit.reader

    async def refresh(self) -> None:
        """Learn what time it is before another message, which may come from beyond a move of the clock."""
        self.now = await self.kit.clock.learn()

    def signed_in(self) -> Viewer:
        """Who looks, or UNAUTHENTICATED."""
        if self.viewer is None:
            raise _nobody()
        return self.viewer


def _nobody() -> Refusal:
    return Refusal(ErrorCode.UNAUTHENTICATED, "Send a bearer token in the Authorization header.")


Info: TypeAlias = strawberry.Info[Context, None]
Onlooking: TypeAlias = strawberry.Info[Onlooker, None]
GIVEN = strawberry.argument(description="What the mutation is given.")


def minor_of(amount: MoneyInput) -> int:
    """The minor units of an amount of the input, or a refusal that names it."""
    try:
        return minor_units(amount.amount, amount.currency_code)
    except ValueError as error:
        raise Refusal(
            ErrorCode.INVALID, f"{amount.amount} {amount.currency_code} is not an amount: {error}.", ("amount",)
        ) from None
