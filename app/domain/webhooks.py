"""Endpoints of webhooks: made, changed, paused and ended by a buyer or a seller's owner, each event of it told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Any
from uuid import UUID

from app.domain.access import Actor, By, Role, require_person
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind, Happening
from app.domain.trade import Act

ENDPOINTS_MOST = 10
VARIABLES_LONGEST = 16_384
KEEPERS = frozenset({Role.BUYER, Role.OWNER})
OVERLAP = timedelta(days=1)
OVERLAP_MOST = timedelta(days=7)
NOT_FOUND = "There is no such webhook endpoint or delivery, or it is not yours."


@unique
class WebhookState(StrEnum):
    """Whether events are sent to an endpoint."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    UNHEALTHY = "UNHEALTHY"
    DELETED = "DELETED"


@unique
class WebhookTrouble(StrEnum):
    """Why an endpoint was paused by the server itself."""

    FAILING = "FAILING"
    GONE = "GONE"
    LOST_PLACE = "LOST_PLACE"
    DOCUMENT_UNFIT = "DOCUMENT_UNFIT"
    CURSOR_LOST = "CURSOR_LOST"
    SECRET_LOST = "SECRET_LOST"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where events go and as what: a subscription document, the operation of it to run, and its variables."""

    url: str
    document: str
    operation_name: str | None
    variables: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the feed: events behind it are still to be delivered."""

    position: int
    event_id: int


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint; what it is told is what the account may see, and `seller_id` is that of an owner's company.

    Its secrets are kept nowhere: each is made of a key of the settings, by its name, and a number that counts them. The
    one before works until `previous_until`. `failures` are those since something was accepted, from `failing_since` on.
    Until `quiet_until` its receiver has asked to be left alone.
    """

    id: UUID
    version: int
    account_id: UUID
    seller_id: UUID | None
    url: str
    document: str
    operation_name: str | None
    variables: Mapping[str, Any]
    state: WebhookState
    made_at: datetime
    position: int
    event_id: int
    secret_key: str
    secret_number: int
    trouble: WebhookTrouble | None = None
    previous_key: str | None = None
    previous_number: int | None = None
    previous_until: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    quiet_until: datetime | None = None
    ended_at: datetime | None = None

    @property
    def place(self) -> Place:
        """How far its events are taken up."""
        return Place(self.position, self.event_id)

    @property
    def wanted(self) -> Wanted:
        """Where its events go and as what."""
        return Wanted(self.url, self.document, self.operation_name, self.variables)

    def sends(self, now: datetime) -> bool:
        """Whether events may be sent there now."""
        return self.state is WebhookState.ACTIVE and (self.quiet_until is None or self.quiet_until <= now)

    def secrets(self, now: datetime) -> list[tuple[str, int]]:
        """The secrets that work, the newest first, each by the name of its key and its number."""
        found = [(self.secret_key, self.secret_number)]
        if self.previous_key is not None and self.previous_number is not None and now < (self.previous_until or now):
            found.append((self.previous_key, self.previous_number))
        return found


Told = tuple[Endpoint, Happening]


def keeper(act: Act) -> Actor:
    """Whoever acts, if they may keep endpoints: a buyer or a seller's owner, in person."""
    actor = act.actor
    if actor is None or actor.role not in KEEPERS:
        raise Refusal(ErrorCode.FORBIDDEN, "Webhook endpoints are kept by buyers and owners.")
    require_person(actor)
    return actor


def nothing_there(named: str) -> Refusal:
    """What whoever names an endpoint or a delivery is told that is not there for them, by the field that names it."""
    return Refusal(ErrorCode.NOT_FOUND, NOT_FOUND, (named,))


def require_own(endpoint: Endpoint | None, actor: Actor, named: str = "endpointId") -> Endpoint:
    """The endpoint, if it is the actor's or their company's."""
    if endpoint is not None and endpoint.state is not WebhookState.DELETED:
        own = endpoint.account_id == actor.account_id and endpoint.seller_id == actor.seller_id
        if own or (endpoint.seller_id is not None and endpoint.seller_id == actor.seller_id):
            return endpoint
    raise nothing_there(named)


def create(act: Act, wanted: Wanted, place: Place, key: str, there: int) -> Told:
    """A new endpoint of whoever acts, told from a place of the feed on; `there` are those they have."""
    actor = keeper(act)
    if there >= ENDPOINTS_MOST:
        message = f"There are at most {ENDPOINTS_MOST} webhook endpoints; delete one of them."
        raise Refusal(ErrorCode.TOO_MANY, message, (), {"most": str(ENDPOINTS_MOST)})
    endpoint = Endpoint(
        id=act.mint.id(),
        version=0,
        account_id=actor.account_id,
        seller_id=actor.seller_id,
        url=wanted.url,
        document=wanted.document,
        operation_name=wanted.operation_name,
        variables=wanted.variables,
        state=WebhookState.ACTIVE,
        made_at=act.now,
        position=place.position,
        event_id=place.event_id,
        secret_key=key,
        secret_number=1,
    )
    return _by(endpoint, act, "CREATED")


def change(endpoint: Endpoint, act: Act, wanted: Wanted) -> Told:
    """Send events elsewhere, or as something else, as whoever changes it may see them."""
    actor = keeper(act)
    changed = replace(
        endpoint,
        account_id=actor.account_id,
        url=wanted.url,
        document=wanted.document,
        operation_name=wanted.operation_name,
        variables=wanted.variables,
        quiet_until=None,
    )
    return _by(changed, act, "CHANGED")


def pause(endpoint: Endpoint, act: Act) -> Told:
    """Send nothing more until it is resumed."""
    keeper(act)
    if endpoint.state is not WebhookState.ACTIVE:
        raise Refusal(ErrorCode.STEP_NOT_ALLOWED, "The endpoint is paused already.", ("endpointId",))
    return _by(replace(endpoint, state=WebhookState.PAUSED), act, "PAUSED")


def resume(endpoint: Endpoint, act: Act) -> Told:
    """Go on where it was paused, as whoever resumes it may see the events."""
    actor = keeper(act)
    if endpoint.state is WebhookState.ACTIVE:
        raise Refusal(ErrorCode.STEP_NOT_ALLOWED, "The endpoint is not paused.", ("endpointId",))
    return _by(replace(_well(endpoint), account_id=actor.account_id), act, "RESUMED")


def redeliver(endpoint: Endpoint, act: Act, place: Place) -> Told:
    """Deliver everything behind a place of the feed again; an endpoint that was paused is resumed."""
    actor = keeper(act)
    moved = replace(_well(endpoint), account_id=actor.account_id, position=place.position, event_id=place.event_id)
    return _by(moved, act, "REDELIVERED")


def retry(endpoint: Endpoint, act: Act, delivery_id: UUID) -> Told:
    """Try one event again that was given up; the endpoint stays as it is."""
    keeper(act)
    return _by(endpoint, act, "DELIVERY_RETRIED", delivery=f"dlv_{delivery_id.hex}")


def delete(endpoint: Endpoint, act: Act) -> Told:
    """Nothing is sent there any more, and nobody sees it."""
    keeper(act)
    return _by(replace(endpoint, state=WebhookState.DELETED, ended_at=act.now), act, "DELETED")


def rotate(endpoint: Endpoint, act: Act, key: str, overlap: timedelta) -> Told:
    """A new secret; both sign for an overlap, and an older one ends."""
    keeper(act)
    if not timedelta() <= overlap <= OVERLAP_MOST:
        most = str(int(OVERLAP_MOST.total_seconds()))
        message = f"The secret before goes on for 0 to {most} seconds."
        raise Refusal(ErrorCode.OUT_OF_RANGE, message, ("overlapSeconds",), {"most": most})
    rotated = replace(
        endpoint,
        secret_key=key,
        secret_number=endpoint.secret_number + 1,
        previous_key=endpoint.secret_key,
        previous_number=endpoint.secret_number,
        previous_until=act.now + overlap,
    )
    return _by(rotated, act, "SECRET_ROTATED")


def suspend(endpoint: Endpoint, now: datetime, trouble: WebhookTrouble) -> Told:
    """Pause an endpoint that cannot be served, and say so to whoever keeps it."""
    unhealthy = replace(endpoint, state=WebhookState.UNHEALTHY, trouble=trouble)
    facts = {"trouble": str(trouble), "failures": str(endpoint.failures)}
    if endpoint.failing_since is not None:
        facts["failingSince"] = endpoint.failing_since.isoformat()
    return _told(unhealthy, EventKind.WEBHOOK_UNHEALTHY, now, By.TIME, None, facts)


def _well(endpoint: Endpoint) -> Endpoint:
    well = WebhookState.ACTIVE
    return replace(endpoint, state=well, trouble=None, failures=0, failing_since=None, quiet_until=None)


def _by(endpoint: Endpoint, act: Act, what: str, **facts: str) -> Told:
    return _told(endpoint, EventKind.WEBHOOK_CHANGED, act.now, act.by, act.account_id, {"change": what, **facts})


def _told(
    endpoint: Endpoint, kind: EventKind, now: datetime, by: By, account_id: UUID | None, facts: Mapping[str, str]
) -> Told:
    """The endpoint one version on, and the event that says so to its buyer or its company's owners."""
    endpoint = replace(endpoint, version=endpoint.version + 1)
    return endpoint, Happening(
        kind=kind,
        version=endpoint.version,
        at=now,
        by=by,
        by_account_id=account_id,
        seller_id=endpoint.seller_id,
        salesperson_id=None,
        buyer_id=endpoint.account_id if endpoint.seller_id is None else None,
        facts={"endpoint": f"whk_{endpoint.id.hex}", **facts},
    )
