"""Being told: a webhook that truly comes from the server rings, and whoever follows the orders asks what changed.

A webhook is a doorbell: nothing that it says is kept. The sync by cursor stays the truth, so a message that comes late,
twice or never does no harm.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime

import uvicorn
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from examples.erp.copy import Copy

PATH = "/hooks"
LARGEST = 1_048_576  # bytes of a message; the server sends none that is larger
PATIENCE = 10  # seconds for a message to arrive in
AT_ONCE = 100


def usable(secret: str) -> bool:
    """Whether a text is a secret that something could be signed by."""
    try:
        Webhook(secret)
    except (ValueError, EmptyWebhookSecretError):
        return False
    return True


class Doorbell:
    """Answers what is posted, and calls `ring` for each message that is signed by a secret and was not had before."""

    def __init__(self, copy: Copy, secrets: Sequence[str], ring: Callable[[], None]) -> None:
        self._copy = copy
        self._hooks = [Webhook(secret) for secret in secrets]
        self._ring = ring

    @property
    def app(self) -> Starlette:
        """What is served."""
        return Starlette(routes=[Route(PATH, self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(PATIENCE):
                body = await _whole(request)
        except (ClientDisconnect, TimeoutError):
            return Response(status_code=408)
        if body is None:
            return Response(status_code=413)
        if not any(_signed(hook, request, body) for hook in self._hooks):
            return Response(status_code=401)
        if self._copy.hear(request.headers["webhook-id"], datetime.now(UTC)):
            self._ring()
        return Response(status_code=204)


async def _whole(request: Request) -> bytes | None:
    """The body; None as soon as it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return None
    return bytes(body)


def _signed(hook: Webhook, request: Request, body: bytes) -> bool:
    try:
        hook.verify(body, dict(request.headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # the library does not expect headers that are no signatures
        return False
    return True


async def listen(bell: Doorbell, host: str, port: int, following: Coroutine[None, None, None]) -> None:
    """Answer webhooks for as long as the orders are followed, until the process is told to stop."""
    config = uvicorn.Config(
        bell.app, host, port, lifespan="off", log_level="warning", access_log=False, limit_concurrency=AT_ONCE
    )
    tasks = [asyncio.create_task(following), asyncio.create_task(uvicorn.Server(config).serve())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
