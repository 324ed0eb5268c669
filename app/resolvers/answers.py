"""What a mutation about one object answers."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from app.domain.errors import Refusal
from app.reads import ref
from app.resolvers.context import Context
from app.schema.facts import user_errors

Payload = TypeVar("Payload")


async def about(
    context: Context, act: Callable[[], Awaitable[UUID]], payload: Callable[..., Payload], **shown: type[object]
) -> Payload:
    """A payload whose one field shows the object with the id that an act answers, or null and why it was refused."""
    ((name, kind),) = shown.items()
    try:
        id = await act()
    except Refusal as refusal:
        return payload(**{name: None}, user_errors=user_errors(refusal))
    context.tick()
    return payload(**{name: ref(kind, id)}, user_errors=[])
