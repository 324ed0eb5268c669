"""Mutations of webhook endpoints."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import strawberry

from app.actions import webhooks
from app.actions.webhooks import Asked, Issued
from app.actions.work import Call
from app.domain.errors import Refusal
from app.domain.webhooks import Place
from app.reads import ref
from app.resolvers.answers import about
from app.resolvers.context import GIVEN, Info, Kit
from app.resolvers.roots import mutation
from app.schema.facts import user_errors
from app.schema.ids import key
from app.schema.webhooks import (
    WebhookDelivery,
    WebhookDeliveryPayload,
    WebhookDeliveryRetryInput,
    WebhookEndpoint,
    WebhookEndpointChangeInput,
    WebhookEndpointCreateInput,
    WebhookEndpointDeletePayload,
    WebhookEndpointInput,
    WebhookEndpointPayload,
    WebhookRedeliverInput,
    WebhookSecretPayload,
    WebhookSecretRotateInput,
    WebhookTestInput,
    WebhookTestPayload,
)


@strawberry.type
class WebhookMutations:
    """Webhook endpoints."""

    @mutation
    async def webhook_endpoint_create(
        self, info: Info, input: Annotated[WebhookEndpointCreateInput, GIVEN]
    ) -> WebhookSecretPayload:
        """Have your events sent to an address, each as a message of the subscription in `document`. What is sent is
        what you may see at that time. Buyers and owners, in person.
        """
        kit, call = info.context.kit, info.context.call("webhookEndpointCreate", input)
        asked = Asked(input.url, input.document, input.operation_name, input.variables)

        async def create() -> Issued:
            return await webhooks.create(kit, kit.outgoing, call, asked, await _place(kit, input.after))

        return await _secret(create())

    @mutation
    async def webhook_endpoint_change(
        self, info: Info, input: Annotated[WebhookEndpointChangeInput, GIVEN]
    ) -> WebhookEndpointPayload:
        """Have events sent elsewhere, or as something else; what is still on its way goes there, too."""
        kit, call = info.context.kit, info.context.call("webhookEndpointChange", input)
        asked = Asked(input.url, input.document, input.operation_name, input.variables)

        async def change() -> UUID:
            return await webhooks.change(kit, kit.outgoing, call, key("whk", input.endpoint_id, "endpointId"), asked)

        return await about(info.context, change, WebhookEndpointPayload, endpoint=WebhookEndpoint)

    @mutation
    async def webhook_endpoint_pause(
        self, info: Info, input: Annotated[WebhookEndpointInput, GIVEN]
    ) -> WebhookEndpointPayload:
        """Send nothing more to an endpoint until it is resumed."""
        return await _endpoint(info, "webhookEndpointPause", input, webhooks.pause)

    @mutation
    async def webhook_endpoint_resume(
        self, info: Info, input: Annotated[WebhookEndpointInput, GIVEN]
    ) -> WebhookEndpointPayload:
        """Go on sending where the endpoint was paused; what waits is tried at once."""
        return await _endpoint(info, "webhookEndpointResume", input, webhooks.resume)

    @mutation
    async def webhook_endpoint_delete(
        self, info: Info, input: Annotated[WebhookEndpointInput, GIVEN]
    ) -> WebhookEndpointDeletePayload:
        """End an endpoint; nothing is sent there any more."""
        kit, call = info.context.kit, info.context.call("webhookEndpointDelete", input)
        try:
            await webhooks.delete(kit, call, key("whk", input.endpoint_id, "endpointId"))
        except Refusal as refusal:
            return WebhookEndpointDeletePayload(deleted_id=None, user_errors=user_errors(refusal))
        return WebhookEndpointDeletePayload(deleted_id=input.endpoint_id, user_errors=[])

    @mutation
    async def webhook_secret_rotate(
        self, info: Info, input: Annotated[WebhookSecretRotateInput, GIVEN]
    ) -> WebhookSecretPayload:
        """Give an endpoint another secret; for a while both sign, so that nothing is refused meanwhile."""
        kit, call = info.context.kit, info.context.call("webhookSecretRotate", input)

        async def rotate() -> Issued:
            endpoint_id, overlap = key("whk", input.endpoint_id, "endpointId"), timedelta(seconds=input.overlap_seconds)
            return await webhooks.rotate(kit, kit.outgoing, call, endpoint_id, overlap)

        return await _secret(rotate())

    @mutation
    async def webhook_redeliver(
        self, info: Info, input: Annotated[WebhookRedeliverInput, GIVEN]
    ) -> WebhookEndpointPayload:
        """Deliver everything behind a cursor again, in order, with the same `webhook-id`s; an endpoint that was paused
        is resumed.
        """
        kit, call = info.context.kit, info.context.call("webhookRedeliver", input)

        async def redeliver() -> UUID:
            endpoint_id = key("whk", input.endpoint_id, "endpointId")
            return await webhooks.redeliver(kit, call, endpoint_id, await _place(kit, input.after))

        return await about(info.context, redeliver, WebhookEndpointPayload, endpoint=WebhookEndpoint)

    @mutation
    async def webhook_delivery_retry(
        self, info: Info, input: Annotated[WebhookDeliveryRetryInput, GIVEN]
    ) -> WebhookDeliveryPayload:
        """Try one event again that was given up, with the same `webhook-id` and all attempts before it. What waits of
        its subject comes after it; while its endpoint is paused it waits, too.
        """
        kit, call = info.context.kit, info.context.call("webhookDeliveryRetry", input)

        async def retry() -> UUID:
            return await webhooks.retry(kit, call, key("dlv", input.delivery_id, "deliveryId"))

        return await about(info.context, retry, WebhookDeliveryPayload, delivery=WebhookDelivery)

    @mutation
    async def webhook_test(self, info: Info, input: Annotated[WebhookTestInput, GIVEN]) -> WebhookTestPayload:
        """Send an endpoint a message of the type `PING`, once, even while it is paused; the delivery's log says what
        was answered.
        """
        kit, call = info.context.kit, info.context.call("webhookTest", input)

        async def test() -> UUID:
            return await webhooks.test(kit, call, key("whk", input.endpoint_id, "endpointId"))

        return await about(info.context, test, WebhookTestPayload, delivery=WebhookDelivery)


async def _place(kit: Kit, after: str | None) -> Place:
    """The place of the feed that a cursor names, or its end."""
    mark = await kit.feeds.mark(after)
    return Place(mark.position, mark.id)


async def _endpoint(
    info: Info, operation: str, input: WebhookEndpointInput, act: Callable[[Kit, Call, UUID], Awaitable[UUID]]
) -> WebhookEndpointPayload:
    kit, call = info.context.kit, info.context.call(operation, input)

    async def done() -> UUID:
        return await act(kit, call, key("whk", input.endpoint_id, "endpointId"))

    return await about(info.context, done, WebhookEndpointPayload, endpoint=WebhookEndpoint)


async def _secret(act: Awaitable[Issued]) -> WebhookSecretPayload:
    try:
        issued = await act
    except Refusal as refusal:
        return WebhookSecretPayload(endpoint=None, secret=None, user_errors=user_errors(refusal))
    return WebhookSecretPayload(endpoint=ref(WebhookEndpoint, issued.id), secret=issued.secret, user_errors=[])
