"""Asking the server: whatever fails on the way is asked again, and a budget that is spent is waited for."""

import asyncio
from typing import Any

import httpx
from gql import GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.exceptions import (
    TransportConnectionFailed,
    TransportProtocolError,
    TransportQueryError,
    TransportServerError,
)

AWAY = (TransportConnectionFailed, TransportProtocolError, TransportServerError, httpx.HTTPError, OSError)
FINAL = (400, 401, 403, 404)  # asking again would be answered the same
PATIENCE = 60
FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0


async def ask(session: AsyncClientSession, document: str, **variables: Any) -> dict[str, Any]:
    """The data of an operation; a mutation that is sent through here has a key, so that asking again is safe."""
    wait = FIRST_WAIT
    for _ in range(PATIENCE):
        try:
            answer: dict[str, Any] = await session.execute(GraphQLRequest(document, variable_values=variables))
        except TransportQueryError as error:
            if (seconds := retry_after(error)) is None:
                raise
            await asyncio.sleep(seconds)
        except AWAY as error:
            if isinstance(error, TransportServerError) and error.code in FINAL:
                raise
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)
        else:
            return answer
    raise TimeoutError("The server could not be reached for a long time; everything is kept, so start again later.")


def retry_after(error: TransportQueryError) -> float | None:
    """When to ask again, of an answer that says so: the budget is spent, or the server had no time."""
    for each in error.errors or ():
        if (seconds := each.get("extensions", {}).get("retryAfter")) is not None:
            return float(seconds)
    return None
