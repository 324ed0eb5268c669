"""The sending of webhooks: any process takes up what is new, makes the attempts that are due, logs what came of them.

A message is made anew for every attempt, as whoever keeps the endpoint may see the order by then. So nothing of an
order is kept beside it, and nobody is sent what they may no longer see.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import orjson

from app.actions import deliveries
from app.actions.deliveries import Outcome
from app.actions.work import Means
from app.db.feed import Event
from app.domain.access import Actor, Viewer
from app.domain.deliveries import PING, Delivery, DeliveryFailure, Terms
from app.domain.errors import Refusal
from app.domain.signatures import ID, SIGNATURE, TIMESTAMP, signature
from app.domain.webhooks import KEEPERS, Endpoint, Wanted, WebhookState, WebhookTrouble
from app.events.connections import DATABASE_TROUBLE
from app.events.cursors import event_cursor
from app.events.streams import FeedStream
from app.events.tasks import forever, happened
from app.events.tunables import Tunables
from app.schema.scalars import instant_text

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
# so that a look is not taken for each of many events
GATHER_SECONDS = 0.05
# besides the post itself: what the message takes to be made, and how much longer the lease lasts than all of that
MAKING_SECONDS, LEASE_SECONDS = 5.0, 5.0
BODY_MOST = 1_048_576


class NotMade(Exception):
    """A message could not be made, through no fault of its endpoint."""


class Shape(Protocol):
    """Makes messages of events by a document, as a viewer would be told them."""

    async def source(self, wanted: Wanted, viewer: Viewer) -> FeedStream:
        """What of the feed a document asks for; a refusal says why it cannot be sent by."""

    async def message(self, wanted: Wanted, viewer: Viewer, event: Event) -> bytes | None:
        """The response of one event; None for what is not the viewer's to hear."""


class Post(Protocol):
    """Posts a body to an address, whatever comes of it, within its time."""

    @property
    def seconds(self) -> float:
        """How long one post may take in all."""

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> "Posted":
        """What came of it."""


class Posted(Protocol):
    """What came of a post."""

    @property
    def took_ms(self) -> int: ...
    @property
    def status(self) -> int | None: ...
    @property
    def failure(self) -> DeliveryFailure | None: ...
    @property
    def text(self) -> str | None: ...
    @property
    def retry_after(self) -> str | None: ...


class Secrets(Protocol):
    """Finds the secrets of endpoints."""

    def secret(self, endpoint_id: UUID, name: str, number: int) -> bytes | None:
        """A secret; None when it can be made no more."""


# Who an account is now, by the token it came with; None for somebody who may not come any more
Recognize = Callable[[UUID, UUID | None], Awaitable[Actor | None]]
# Calls back whenever there are new events, for the length of a block
Followed = Callable[[Callable[[], None]], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Sending:
    """What a sender works with; `at_once` is how many attempts it makes at a time."""

    means: Means
    shape: Shape
    post: Post
    secrets: Secrets
    recognize: Recognize
    terms: Terms
    at_once: int


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an endpoint that can be served: whose it is now, what they are told, and its secrets."""

    endpoint: Endpoint
    viewer: Viewer
    stream: FeedStream
    secrets: list[bytes] = field(repr=False)


class Sender:
    """Looks for what is to be sent, and makes attempts side by side; what it holds is under its lease."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._lease = sending.means.mint.id()
        self._seconds = sending.post.seconds + MAKING_SECONDS
        self._lasting = timedelta(seconds=self._seconds + LEASE_SECONDS)
        self._attempts: set[asyncio.Task[None]] = set()
        self._rung = asyncio.Event()
        self._rung.set()

    def ring(self) -> None:
        """Say that there may be something to send."""
        self._rung.set()

    async def turn(self) -> None:
        """Wait for a ring or the time to look again, then look."""
        await happened(self._rung, EVERY_SECONDS)
        await asyncio.sleep(GATHER_SECONDS)
        self._rung.clear()
        await self.look()

    async def look(self) -> int:
        """Take up what is new and begin the attempts that are due, as far as there is room; how many were begun."""
        begun = 0
        for endpoint in await deliveries.with_work(self._sending.means):
            room = self._sending.at_once - len(self._attempts)
            if room <= 0:
                break
            begun += await self._serve(endpoint, room)
        return begun

    async def settled(self) -> None:
        """Wait until every attempt that was begun has come to its end."""
        while self._attempts:
            await asyncio.gather(*self._attempts)

    async def stop(self) -> None:
        """Break off every attempt, and give back what was leased."""
        attempts = list(self._attempts)
        for task in attempts:
            task.cancel()
        await asyncio.gather(*attempts, return_exceptions=True)
        if attempts:
            await deliveries.let_go(self._sending.means, self._lease)

    async def _serve(self, endpoint: Endpoint, room: int) -> int:
        """Have a turn at one endpoint; how many attempts were begun."""
        means = self._sending.means
        known = await self._known(endpoint)
        active = endpoint.state is WebhookState.ACTIVE
        if isinstance(known, WebhookTrouble) and active:
            await deliveries.report(means, endpoint, known)
            return 0
        stream = known.stream if active and isinstance(known, Known) else None
        done = await deliveries.turn(means, endpoint, stream, self._lease, self._lasting, room)
        for delivery in done.claimed:
            task = asyncio.create_task(self._attempt(endpoint, known, delivery))
            self._attempts.add(task)
            task.add_done_callback(self._ended)
        if done.more:
            self._rung.set()
        return len(done.claimed)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._attempts.discard(task)
        self._rung.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an attempt at a webhook could not be written down", exc_info=error)

    async def _known(self, endpoint: Endpoint) -> Known | WebhookTrouble:
        """What is needed to serve an endpoint now, or why it cannot be."""
        sending = self._sending
        actor = await sending.recognize(endpoint.account_id, None)
        if actor is None or actor.seller_id != endpoint.seller_id or actor.role not in KEEPERS:
            return WebhookTrouble.LOST_PLACE
        now = sending.means.clock.real()
        found = [sending.secrets.secret(endpoint.id, *name) for name in endpoint.secrets(now)]
        secrets = [secret for secret in found if secret is not None]
        if not secrets:
            return WebhookTrouble.SECRET_LOST
        try:
            stream = await sending.shape.source(endpoint.wanted, actor.viewer)
        except Refusal as refusal:
            log.info("the endpoint %s cannot be served: %s", endpoint.id, refusal)
            return WebhookTrouble.DOCUMENT_UNFIT
        return Known(endpoint, actor.viewer, stream, secrets)

    async def _attempt(self, endpoint: Endpoint, known: Known | WebhookTrouble, delivery: Delivery) -> None:
        """Make one attempt and write down what came of it; while the database is away, its lease runs out."""
        sending = self._sending
        at = sending.means.clock.real()
        try:
            outcome = await self._in_time(known, delivery, at)
            await deliveries.settle(sending.means, delivery, outcome, sending.terms)
        except DATABASE_TROUBLE:
            log.warning("an attempt at the webhook endpoint %s could not be written down", endpoint.id, exc_info=True)

    async def _in_time(self, known: Known | WebhookTrouble, delivery: Delivery, at: datetime) -> Outcome:
        """What an attempt comes to before its lease runs out: nothing is sent by whom nobody believes any more."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._outcome(known, delivery, at)
        except TimeoutError:
            return Outcome(at, round(self._seconds * 1000), failure=DeliveryFailure.NOT_MADE)

    async def _outcome(self, known: Known | WebhookTrouble, delivery: Delivery, at: datetime) -> Outcome:
        not_made = Outcome(at, 0, failure=DeliveryFailure.NOT_MADE)
        if isinstance(known, WebhookTrouble):
            return not_made
        try:
            body = await self._body(known, delivery)
        except NotMade:
            return not_made
        if body is None:
            return Outcome(at, 0)
        if len(body) > BODY_MOST:
            return replace(not_made, answer=f"The message has {len(body)} bytes; at most {BODY_MOST} are sent.")
        headers = signed(known.secrets, delivery.message_id, at, body)
        posted = await self._sending.post(known.endpoint.url, headers, body)
        return Outcome(at, posted.took_ms, posted.status, posted.failure, posted.text, posted.retry_after)

    async def _body(self, known: Known, delivery: Delivery) -> bytes | None:
        """What is sent: what kind of event, when, its cursor, and beside them what a subscriber would be told."""
        event = await deliveries.event_of(self._sending.means, delivery)
        if event is None:
            return orjson.dumps(
                {"type": PING, "timestamp": instant_text(delivery.event_at), "cursor": None, "data": None}
            )
        message = await self._sending.shape.message(known.endpoint.wanted, known.viewer, event)
        if message is None:
            return None
        said = {"type": event.kind, "timestamp": instant_text(event.at), "cursor": event_cursor(event)}
        head = orjson.dumps(said)
        return head[:-1] + b"," + message[1:]


def signed(secrets: list[bytes], id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers that go with a body: signed by every secret that works, the newest first."""
    timestamp = str(int(at.timestamp()))
    signatures = " ".join(signature(secret, id, timestamp, body) for secret in secrets)
    return {ID: id, TIMESTAMP: timestamp, SIGNATURE: signatures}


@asynccontextmanager
async def running(sending: Sending, followed: Followed) -> AsyncIterator[None]:
    """Send webhooks for the length of a block; what is under way then is gone on with by others, or later."""
    sender = Sender(sending)
    task = asyncio.create_task(forever("the sending of webhooks", sender.turn, Tunables()), name="webhooks")
    try:
        with followed(sender.ring):
            yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await sender.stop()
