"""Deliveries: events taken up for an endpoint in order, leased for one attempt each, and judged by what was answered.

Every step locks the endpoint first. All of it happens in real time, as networks do: the domain's clock may be moved.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.actions.work import Means
from app.db import deliveries as stored
from app.db import driver, feed, webhooks
from app.db.feed import Event
from app.domain import deliveries
from app.domain.access import Viewer
from app.domain.deliveries import WINDOW, Attempt, Delivery, DeliveryFailure, DeliveryState, Terms
from app.domain.webhooks import Endpoint, WebhookState, WebhookTrouble, suspend
from app.events.cursors import mark_of

PAGE = 200
FORGOTTEN_AT_ONCE = 1_000
ENDPOINTS_A_LOOK = 200


class Source(Protocol):
    """What of the feed an endpoint is told."""

    @property
    def viewer(self) -> Viewer:
        """Who looks."""

    def shows(self, event: Event) -> bool:
        """Whether the event is among what was asked for."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn at an endpoint has brought: attempts to be made, and whether there is more to take up."""

    claimed: Sequence[Delivery] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt came to; without an answer and without a failure it was withheld."""

    at: datetime
    took_ms: int
    status: int | None = None
    failure: DeliveryFailure | None = None
    answer: str | None = None
    retry_after: str | None = None


async def with_work(means: Means) -> list[Endpoint]:
    """Endpoints for which there may be something to do."""
    ids = await stored.endpoints_with_work(means.engine, means.clock.real(), ENDPOINTS_A_LOOK)
    if not ids:
        return []
    async with means.engine.connect() as connection:
        return await webhooks.those(connection, ids)


async def turn(means: Means, seen: Endpoint, source: Source | None, lease: UUID, lasting: timedelta, most: int) -> Turn:
    """Take up what is new for an endpoint, and lease its next attempts, at most so many; nothing if another is at it.

    `source` is what it is told, as whoever looked found it; without one only tests are leased.
    """
    now = means.clock.real()
    async with means.engine.begin() as connection:
        endpoint = await webhooks.lock(connection, seen.id, wait=False)
        if endpoint is None or endpoint.state is WebhookState.DELETED or endpoint.version != seen.version:
            return Turn()
        under_way = await stored.under_way(connection, endpoint, now)
        more = False
        # what was sent before somebody had all delivered again must have come to its end
        if source is not None and all((position or 0) <= endpoint.position for position in under_way):
            endpoint, more = await _take_up(connection, means, endpoint, source, now)
        free = min(most, deliveries.room(endpoint, len(under_way)))
        claimed = await stored.claim(connection, endpoint, lease, now, now + lasting, free) if free else []
    if endpoint.version != seen.version:
        means.feeds.committed()
    return Turn(claimed, more)


async def _take_up(
    connection: AsyncConnection, means: Means, endpoint: Endpoint, source: Source, now: datetime
) -> tuple[Endpoint, bool]:
    """The next page of an endpoint's events as deliveries, unless enough are waiting; whether there may be more."""
    if endpoint.state is not WebhookState.ACTIVE or await stored.number_open(connection, endpoint) >= WINDOW:
        return endpoint, False
    session = await driver.within(connection)
    bounds = await feed.bounds(session, endpoint.position)
    if bounds.head.position < endpoint.position or bounds.id_there != endpoint.event_id:
        told = suspend(endpoint, now, WebhookTrouble.CURSOR_LOST)
        await webhooks.save(connection, told)
        return told[0], False
    events = await feed.read_feed(session, source.viewer, endpoint.position, PAGE)
    if not events:
        return endpoint, False
    made = [_delivery(means, endpoint, event, now) for event in events if source.shows(event)]
    await stored.take_up(connection, made)
    last = mark_of(events[-1])
    endpoint = replace(endpoint, position=last.position, event_id=last.id)
    await webhooks.keep(connection, endpoint)
    return endpoint, len(events) == PAGE


def _delivery(means: Means, endpoint: Endpoint, event: Event, now: datetime) -> Delivery:
    return Delivery(
        id=means.mint.id(),
        endpoint_id=endpoint.id,
        event_id=event.id,
        position=event.position,
        subject_id=event.subject_id,
        kind=event.kind,
        event_at=event.at,
        state=DeliveryState.WAITING,
        made_at=now,
        next_attempt_at=now,
    )


async def settle(means: Means, delivery: Delivery, outcome: Outcome, terms: Terms) -> Delivery | None:
    """Write what an attempt came to; None when its lease has passed to somebody else."""
    now = means.clock.real()
    async with means.engine.begin() as connection:
        endpoint = await webhooks.lock(connection, delivery.endpoint_id)
        held = await stored.held(connection, delivery)
        if endpoint is None or held is None:
            return None
        if outcome.status is None and outcome.failure is None:
            after = deliveries.withhold(held, now)
            await stored.save(connection, after)
            return after
        attempt = _attempt(means, held, outcome)
        if attempt.failure is None:
            after = deliveries.accept(held, now)
        else:
            after = deliveries.fail(held, now, terms, means.mint.chance())
        await stored.save(connection, after, attempt)
        if delivery.event_id is not None:
            health = deliveries.judged(endpoint, now, attempt, terms, outcome.retry_after)
            await _keep(connection, endpoint, health, now)
    means.feeds.committed()
    return after


async def _keep(
    connection: AsyncConnection, before: Endpoint, health: tuple[Endpoint, WebhookTrouble | None], now: datetime
) -> None:
    """Write how an endpoint does, and pause it if it must be."""
    judged, trouble = health
    if trouble is not None and judged.state is WebhookState.ACTIVE:
        await webhooks.save(connection, suspend(judged, now, trouble))
    elif judged != before:
        await webhooks.keep(connection, judged)


def _attempt(means: Means, delivery: Delivery, outcome: Outcome) -> Attempt:
    return Attempt(
        id=means.mint.id(),
        delivery_id=delivery.id,
        number=delivery.tries,
        at=outcome.at,
        took_ms=outcome.took_ms,
        status=outcome.status,
        failure=outcome.failure,
        answer=outcome.answer,
    )


async def report(means: Means, seen: Endpoint, trouble: WebhookTrouble) -> None:
    """Pause an endpoint that cannot be served as it was seen to be, and say so."""
    async with means.engine.begin() as connection:
        endpoint = await webhooks.lock(connection, seen.id)
        if endpoint is None or endpoint.version != seen.version or endpoint.state is not WebhookState.ACTIVE:
            return
        await webhooks.save(connection, suspend(endpoint, means.clock.real(), trouble))
    means.feeds.committed()


async def let_go(means: Means, lease: UUID) -> None:
    """Give back everything under a lease whose holder stops."""
    async with means.engine.begin() as connection:
        await stored.let_go(connection, lease)


async def event_of(means: Means, delivery: Delivery) -> Event | None:
    """The event of a delivery; None for a test."""
    if delivery.event_id is None:
        return None
    async with means.engine.connect() as connection:
        return await feed.read_event(await driver.within(connection), delivery.event_id)


async def forget_old(means: Means, kept: timedelta) -> int:
    """Let go of deliveries with their logs, and of deleted endpoints, that were kept long enough; how many."""
    now, gone = means.clock.real(), 0
    while True:
        async with means.engine.begin() as connection:
            done = await stored.forget(connection, now, kept, FORGOTTEN_AT_ONCE)
            if not done:
                return gone + await webhooks.forget(connection, now - kept, FORGOTTEN_AT_ONCE)
        gone += done
