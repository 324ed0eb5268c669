"""Many orders by one request: each is acted upon for itself, and one that is refused does not hold up the others."""

from collections.abc import Sized
from dataclasses import replace
from uuid import UUID

from app.actions import work
from app.actions.work import Call, Means
from app.domain import many


async def begin(means: Means, call: Call, items: Sized, field: str) -> None:
    """Keep the key of a request for many, before any of them is acted upon: with other items it is another request.

    A retry goes on where its first try was cut off.
    """
    many.check_number(items, field)
    async with means.engine.begin() as connection:
        if await work.claim(connection, call) is None:
            await work.remember(connection, call, means.mint.id())


def one_of(call: Call, order_id: UUID) -> Call:
    """The call for one order of many."""
    return call if call.key is None else replace(call, key=many.own_key(call.key, order_id))
