"""Webhook endpoints and what was sent to them, as their keepers see them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, Text, and_, case, cast, false, func, literal, null
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain.access import Role
from app.domain.deliveries import PING, DeliveryFailure, DeliveryState
from app.domain.happenings import EventKind
from app.domain.webhooks import WebhookState, WebhookTrouble
from app.reads import Connection, Node, as_enum, column, many, one, page, public_id
from app.reads.visibility import Standing
from app.schema.enums import described
from app.schema.facts import UserError
from app.schema.inputs import KEY
from app.schema.payloads import ERRORS
from app.schema.people import Account

described(
    WebhookState,
    "WebhookState",
    "Whether events are sent to an endpoint.",
    """
    ACTIVE: Events are sent as they come.
    PAUSED: Nothing is sent until it is resumed; it goes on where it was.
    UNHEALTHY: The server paused it by itself, and `trouble` says why; it goes on where it was when it is resumed.
    DELETED: It was ended; nobody sees it.
    """,
)
described(
    WebhookTrouble,
    "WebhookTrouble",
    "Why the server paused an endpoint by itself.",
    """
    FAILING: It accepted nothing for so long.
    GONE: It answered 410, which says that nobody is there any more.
    LOST_PLACE: Whoever made, changed or resumed it last may no longer keep endpoints.
    DOCUMENT_UNFIT: Its document no longer fits the schema or the limits.
    CURSOR_LOST: The database was put back to an earlier state, and its place in the feed is not there any more.
    SECRET_LOST: The key that its secrets are made of is not in the settings any more; give it another secret.
    """,
)
described(
    DeliveryState,
    "WebhookDeliveryState",
    "What became of an event on its way to an endpoint.",
    """
    WAITING: It will be tried, at once or again.
    DELIVERED: The endpoint accepted it.
    DEAD: It was tried as often as things are tried, and given up; later events of its subject go on.
    WITHHELD: It was not sent: the endpoint's document asks for it no more, or its keeper may not hear of it any more.
    """,
)
described(
    DeliveryFailure,
    "WebhookFailure",
    "Why an attempt failed.",
    """
    STATUS: The answer's status is not one of success.
    REDIRECT: The answer points elsewhere; nobody is followed.
    TIMED_OUT: No answer came in time.
    UNREACHABLE: There was no connection, or it broke.
    ADDRESS_REFUSED: The name stands for an address that is not of the public internet.
    ANSWER_UNREADABLE: What came back is not HTTP.
    NOT_MADE: The message could not be made, through no fault of the endpoint's.
    """,
)


_e, _d, _a = t.webhook_endpoints.c, t.webhook_deliveries.c, t.webhook_attempts.c


def _text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(column, Text)


def _hex(id: ColumnElement[UUID]) -> ColumnElement[Any]:
    return func.replace(_text(id), "-", "", type_=Text)


def _cursor(position: ColumnElement[Any], event_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """The feed cursor of a place, as `app.events.cursors` writes it."""
    return literal("f.", Text) + _text(position) + literal(".", Text) + _text(event_id)


def kept(standing: Standing) -> ColumnElement[bool]:
    """The owners of the row's company, or its buyer, and operators, until it is deleted; no token that lacks scopes."""
    if not standing.whole:
        return false()
    there = _e.state != WebhookState.DELETED.value
    if standing.role is Role.OPERATOR:
        return there
    if standing.role is Role.OWNER:
        return and_(there, _e.seller_id == standing.seller_id)
    if standing.role is Role.BUYER:
        return and_(there, _e.seller_id.is_(None), _e.account_id == standing.account_id)
    return false()


@reads.reads(
    t.webhook_attempts, through=("WebhookDelivery", t.webhook_deliveries.c.id == t.webhook_attempts.c.delivery_id)
)
class WebhookAttempt:
    """An attempt at a delivery."""

    number: int = column(_a.number, "Which attempt it was, counted from 1.")
    at: datetime = column(_a.at, "When it was begun.")
    took_ms: int = column(_a.took_ms, "How long it took, in milliseconds.")
    status: int | None = column(_a.status, "The status of the answer; null without one.")
    failure: DeliveryFailure | None = column(as_enum(DeliveryFailure, _a.failure), "Why it failed; null if it did not.")
    answer: str | None = column(_a.answer, "How the answer begins, at most 500 characters.")


@reads.reads(
    t.webhook_deliveries,
    prefix="dlv",
    through=("WebhookEndpoint", t.webhook_endpoints.c.id == t.webhook_deliveries.c.endpoint_id),
)
class WebhookDelivery(Node):
    """An event on its way to an endpoint, or a test without one."""

    id: ID = column(public_id("dlv", _d.id), "The delivery's id.")
    message_id: str = column(
        literal("msg_", Text)
        + _hex(_d.endpoint_id)
        + literal("_", Text)
        + func.coalesce(_text(_d.event_id), _hex(_d.id)),
        "What every attempt says in the header `webhook-id`.",
    )
    kind: EventKind | None = column(
        as_enum(EventKind, case((_d.kind == PING, null()), else_=_d.kind)), "What happened; null for a test."
    )
    cursor: str | None = column(
        _cursor(_d.position, _d.event_id),
        "Where the event stands in the feed; null for a test.",
    )
    state: DeliveryState = column(as_enum(DeliveryState, _d.state), "What became of it.")
    attempts: int = column(
        _d.attempts, "Attempts so far, one under way included; they are counted anew when it is delivered again."
    )
    made_at: datetime = column(_d.made_at, "When it was taken up.")
    next_attempt_at: datetime | None = column(
        case((_d.state == DeliveryState.WAITING.value, _d.next_attempt_at), else_=null()),
        "When it is tried next, if nothing of its subject is before it and its endpoint is not left alone for longer.",
    )
    finished_at: datetime | None = column(_d.finished_at, "When it was accepted, given up or withheld.")
    log: list[WebhookAttempt] = many(
        t.webhook_attempts.c.delivery_id == t.webhook_deliveries.c.id,
        t.webhook_attempts.c.number,
        description="Every attempt, the first one first.",
    )


def narrow_deliveries(
    states: Annotated[
        list[DeliveryState] | None, strawberry.argument(description="Only those of which this became.")
    ] = None,
) -> list[Any]:
    """Which deliveries are shown."""
    return [] if states is None else [_d.state.in_(sorted({state.value for state in states}))]


@reads.reads(t.webhook_endpoints, prefix="whk", visible=kept)
class WebhookEndpoint(Node):
    """An address that events are sent to, each shaped by a subscription document. Buyers see their own, owners those of
    their company; a token that lacks any scope is shown none.
    """

    id: ID = column(public_id("whk", _e.id), "The endpoint's id.")
    url: str = column(_e.url, "Where events are sent.")
    document: str = column(_e.document, "The subscription document that shapes what is sent.")
    operation_name: str | None = column(_e.operation_name, "The operation of the document, if it has several.")
    variables: str = column(_text(_e.variables), "The variables of the document, a JSON object as text.")
    state: WebhookState = column(as_enum(WebhookState, _e.state), "Whether events are sent.")
    trouble: WebhookTrouble | None = column(
        as_enum(WebhookTrouble, _e.trouble), "Why the server paused it by itself; null if it did not."
    )
    cursor: str = column(
        _cursor(_e.position, _e.event_id),
        "How far events are taken up: everything before is delivered, given up, or among `deliveries`.",
    )
    failures: int = column(_e.failures, "Failed attempts in a row.")
    failing_since: datetime | None = column(_e.failing_since, "When the first of them was.")
    quiet_until: datetime | None = column(
        _e.quiet_until,
        "Until when its receiver asked last, by `Retry-After`, for nothing to be sent; null if it did not.",
    )
    previous_secret_until: datetime | None = column(
        _e.previous_until, "Until when the secret before the newest signs as well; null if there was none."
    )
    made_at: datetime = column(_e.made_at, "When it was made.")
    keeper: Account | None = one(
        t.accounts.c.id == t.webhook_endpoints.c.account_id,
        description="Whoever made, changed or resumed it last: what is sent is what they may see. Shown to themselves "
        "and to operators.",
    )
    deliveries: Connection[WebhookDelivery] = page(
        t.webhook_deliveries.c.endpoint_id == t.webhook_endpoints.c.id,
        t.webhook_deliveries.c.id.desc(),
        description="What is on its way or was sent lately, newest first.",
        narrow=narrow_deliveries,
    )


@strawberry.input(description="A new webhook endpoint.")
class WebhookEndpointCreateInput:
    """A new webhook endpoint."""

    url: str = strawberry.field(description="Where events are sent: an https address of the public internet.")
    document: str = strawberry.field(
        description="A subscription of the one field `events`; it shapes what is sent, and its `types` choose what is."
    )
    operation_name: str | None = strawberry.field(
        default=None, description="The operation of the document, if it has several."
    )
    variables: str | None = strawberry.field(
        default=None, description="The variables of the document, a JSON object as text."
    )
    after: str | None = strawberry.field(
        default=None, description="A cursor of your feed: what came since is sent first; from now on if left out."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="What is to be different of a webhook endpoint; what is left out stays.")
class WebhookEndpointChangeInput:
    """What is to be different of a webhook endpoint."""

    endpoint_id: ID = strawberry.field(description="The endpoint's id.")
    url: str | None = strawberry.field(default=None, description="Where events are sent.")
    document: str | None = strawberry.field(
        default=None, description="Another document; it comes with its own operation name and variables."
    )
    operation_name: str | None = strawberry.field(default=None, description="The operation of the document.")
    variables: str | None = strawberry.field(
        default=None, description="The variables of the document, a JSON object as text."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A webhook endpoint.")
class WebhookEndpointInput:
    """A webhook endpoint."""

    endpoint_id: ID = strawberry.field(description="The endpoint's id.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Another secret for a webhook endpoint.")
class WebhookSecretRotateInput:
    """Another secret for a webhook endpoint."""

    endpoint_id: ID = strawberry.field(description="The endpoint's id.")
    overlap_seconds: int = strawberry.field(
        default=86_400, description="For how long the secret before signs as well, at most 7 days; a day if left out."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="From where everything is delivered again.")
class WebhookRedeliverInput:
    """From where everything is delivered again."""

    endpoint_id: ID = strawberry.field(description="The endpoint's id.")
    after: str = strawberry.field(description="A cursor of your feed: what came since is sent, in order.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="Which delivery is tried again.")
class WebhookDeliveryRetryInput:
    """Which delivery is tried again."""

    delivery_id: ID = strawberry.field(description="The id of a delivery that is `DEAD`.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="A test of a webhook endpoint.")
class WebhookTestInput:
    """A test of a webhook endpoint."""

    endpoint_id: ID = strawberry.field(description="The endpoint's id.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="A webhook endpoint as it is now.")
class WebhookEndpointPayload:
    """A webhook endpoint as it is now."""

    endpoint: WebhookEndpoint | None = strawberry.field(description="The endpoint; null when there is none.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="A webhook endpoint with its newest secret.")
class WebhookSecretPayload:
    """A webhook endpoint with its newest secret."""

    endpoint: WebhookEndpoint | None = strawberry.field(description="The endpoint; null when there is none.")
    secret: str | None = strawberry.field(
        description="The secret by which you verify what is sent, as Standard Webhooks writes it. Keep it: no query "
        "shows it."
    )
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="What became of deleting a webhook endpoint.")
class WebhookEndpointDeletePayload:
    """What became of deleting a webhook endpoint."""

    deleted_id: ID | None = strawberry.field(description="The id that the endpoint had; null when it was not deleted.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="A delivery as it is now.")
class WebhookDeliveryPayload:
    """A delivery as it is now."""

    delivery: WebhookDelivery | None = strawberry.field(description="The delivery; null when there is none.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="A test on its way.")
class WebhookTestPayload:
    """A test on its way."""

    delivery: WebhookDelivery | None = strawberry.field(
        description="The test, to be asked for again; null when there is none."
    )
    user_errors: list[UserError] = strawberry.field(description=ERRORS)
