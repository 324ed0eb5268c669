"""Webhook endpoints: made, changed, paused, tested and ended by whoever keeps them, in real time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

import orjson

from app.actions import work
from app.actions.work import Call, Means
from app.db import deliveries
from app.db import webhooks as stored
from app.domain import webhooks
from app.domain.access import Viewer
from app.domain.deliveries import PING, TESTS_MOST, Delivery, DeliveryState, again
from app.domain.destinations import Reach, destination_of
from app.domain.errors import ErrorCode, Refusal
from app.domain.trade import Act
from app.domain.webhooks import VARIABLES_LONGEST, Endpoint, Place, Told, Wanted

Decide = Callable[[Endpoint, Act], Told]


class Outgoing(Protocol):
    """By what webhooks are sent: where they may go, what can be sent, and what signs it."""

    @property
    def reach(self) -> Reach:
        """Where they may be sent."""

    @property
    def newest_key(self) -> str | None:
        """The name of the key that new secrets are made of; without one no endpoint can be made."""

    async def check(self, wanted: Wanted, viewer: Viewer) -> None:
        """Refuse a document that no events can be sent by."""

    def secret(self, endpoint_id: UUID, name: str, number: int) -> str | None:
        """A secret as whoever verifies with it is told it; None when it can be made no more."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for of an endpoint; None stays as it is. `variables` are a JSON object as text."""

    url: str | None = None
    document: str | None = None
    operation_name: str | None = None
    variables: str | None = None

    def of(self, before: Wanted) -> Wanted:
        """What is wanted from now on: another document comes with its own operation name and variables."""
        url = before.url if self.url is None else self.url
        variables = None if self.variables is None else _object(self.variables)
        if self.document is not None:
            return Wanted(url, self.document, self.operation_name, variables or {})
        return Wanted(
            url,
            before.document,
            before.operation_name if self.operation_name is None else self.operation_name,
            before.variables if variables is None else variables,
        )


NOTHING = Wanted("", "", None, {})


@dataclass(frozen=True, slots=True)
class Issued:
    """An endpoint, and its newest secret."""

    id: UUID
    secret: str | None


async def create(means: Means, outgoing: Outgoing, call: Call, asked: Asked, place: Place) -> Issued:
    """Make an endpoint that is told what comes behind a place of the feed."""
    act = call.act(means.clock.real(), means.mint)
    actor, wanted, key = webhooks.keeper(act), asked.of(NOTHING), _key(outgoing)
    await _check(outgoing, wanted, actor.viewer)
    async with means.engine.begin() as connection:
        if (made := await work.claim(connection, call)) is not None:
            return _issued(outgoing, webhooks.require_own(await stored.get(connection, made), actor))
        there = await stored.number(connection, actor)
        told = webhooks.create(act, wanted, place, key, there)
        await work.remember(connection, call, told[0].id)
        await stored.add(connection, told)
    means.feeds.committed()
    return _issued(outgoing, told[0])


async def change(means: Means, outgoing: Outgoing, call: Call, endpoint_id: UUID, asked: Asked) -> UUID:
    """Send events elsewhere or as something else; the id of the endpoint."""
    act = call.act(means.clock.real(), means.mint)
    actor = webhooks.keeper(act)
    async with means.engine.connect() as connection:
        before = webhooks.require_own(await stored.get(connection, endpoint_id), actor)
    await _check(outgoing, asked.of(before.wanted), actor.viewer)

    def changed(endpoint: Endpoint, act: Act) -> Told:
        if endpoint.version != before.version:
            raise Refusal(ErrorCode.VERSION_CONFLICT, "The endpoint was changed just now; look at it again.")
        return webhooks.change(endpoint, act, asked.of(endpoint.wanted))

    return await _decide(means, call, endpoint_id, changed)


async def pause(means: Means, call: Call, endpoint_id: UUID) -> UUID:
    """Send nothing more to an endpoint; the id of it."""
    return await _decide(means, call, endpoint_id, webhooks.pause)


async def resume(means: Means, call: Call, endpoint_id: UUID) -> UUID:
    """Go on sending to an endpoint where it was paused; the id of it."""
    return await _decide(means, call, endpoint_id, webhooks.resume, anew=True)


async def delete(means: Means, call: Call, endpoint_id: UUID) -> UUID:
    """End an endpoint; the id that it had."""
    return await _decide(means, call, endpoint_id, webhooks.delete)


async def redeliver(means: Means, call: Call, endpoint_id: UUID, place: Place) -> UUID:
    """Send everything behind a place of the feed again; the id of the endpoint."""

    def rewound(endpoint: Endpoint, act: Act) -> Told:
        return webhooks.redeliver(endpoint, act, place)

    return await _decide(means, call, endpoint_id, rewound, anew=True)


async def retry(means: Means, call: Call, delivery_id: UUID) -> UUID:
    """Try one event again that was given up, before what waits of its subject; the delivery's id."""
    act = call.act(means.clock.real(), means.mint)
    actor = webhooks.keeper(act)
    async with means.engine.begin() as connection:
        found = await deliveries.lock(connection, delivery_id)
        if (made := await work.recall(connection, call)) is not None:
            return made
        if found is None:
            raise webhooks.nothing_there("deliveryId")
        endpoint, delivery = webhooks.require_own(found[0], actor, "deliveryId"), found[1]
        await work.remember(connection, call, delivery_id)
        await deliveries.save(connection, again(delivery, act.now))
        await stored.save(connection, webhooks.retry(endpoint, act, delivery_id))
    means.feeds.committed()
    return delivery_id


async def rotate(means: Means, outgoing: Outgoing, call: Call, endpoint_id: UUID, overlap: timedelta) -> Issued:
    """Give an endpoint another secret; the one before signs beside it for an overlap."""
    key = _key(outgoing)
    await _decide(means, call, endpoint_id, lambda endpoint, act: webhooks.rotate(endpoint, act, key, overlap))
    async with means.engine.connect() as connection:
        endpoint = await stored.get(connection, endpoint_id)
    return Issued(endpoint_id, None) if endpoint is None else _issued(outgoing, endpoint)


async def test(means: Means, call: Call, endpoint_id: UUID) -> UUID:
    """Send an endpoint a message without an event, once, even while it is paused; the id of the delivery."""
    act = call.act(means.clock.real(), means.mint)
    actor = webhooks.keeper(act)
    async with means.engine.begin() as connection:
        endpoint = webhooks.require_own(await stored.lock(connection, endpoint_id), actor)
        if (made := await work.recall(connection, call)) is not None:
            return made
        if await deliveries.number_of_tests(connection, endpoint) >= TESTS_MOST:
            message = f"{TESTS_MOST} tests of this endpoint are on their way; wait for one of them."
            raise Refusal(ErrorCode.TOO_MANY, message, (), {"most": str(TESTS_MOST)})
        ping = Delivery(
            id=act.mint.id(),
            endpoint_id=endpoint.id,
            event_id=None,
            position=None,
            subject_id=endpoint.id,
            kind=PING,
            event_at=act.now,
            state=DeliveryState.WAITING,
            made_at=act.now,
            next_attempt_at=act.now,
        )
        await work.remember(connection, call, ping.id)
        await deliveries.take_up(connection, [ping])
    return ping.id


async def _decide(means: Means, call: Call, endpoint_id: UUID, decide: Decide, anew: bool = False) -> UUID:
    """Decide something about an endpoint of one's own; `anew` if what waits for it is to be tried at once."""
    act = call.act(means.clock.real(), means.mint)
    actor = webhooks.keeper(act)
    async with means.engine.begin() as connection:
        before = await stored.lock(connection, endpoint_id)
        if (made := await work.recall(connection, call)) is not None:
            return made
        endpoint, happening = decide(webhooks.require_own(before, actor), act)
        await work.remember(connection, call, endpoint_id)
        await stored.save(connection, (endpoint, happening))
        if anew:
            await deliveries.begin_anew(connection, endpoint, act.now)
    means.feeds.committed()
    return endpoint_id


async def _check(outgoing: Outgoing, wanted: Wanted, viewer: Viewer) -> None:
    destination_of(wanted.url, outgoing.reach)
    await outgoing.check(wanted, viewer)


def _issued(outgoing: Outgoing, endpoint: Endpoint) -> Issued:
    return Issued(endpoint.id, outgoing.secret(endpoint.id, endpoint.secret_key, endpoint.secret_number))


def _key(outgoing: Outgoing) -> str:
    if outgoing.newest_key is None:
        message = "This server has no key to sign webhooks with; its operators name one in WEBHOOK_KEYS."
        raise Refusal(ErrorCode.STEP_NOT_ALLOWED, message)
    return outgoing.newest_key


def _object(text: str) -> dict[str, Any]:
    """The JSON object of a text."""
    if len(text) > VARIABLES_LONGEST:
        message = f"Variables have at most {VARIABLES_LONGEST} characters."
        raise Refusal(ErrorCode.TOO_LONG, message, ("variables",))
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Refusal(ErrorCode.INVALID, "Write the variables as a JSON object.", ("variables",))
    return found
