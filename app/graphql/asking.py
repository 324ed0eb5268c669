"""The product's own questions: asked of its own schema in somebody's name, and so answered as they would be."""

from collections.abc import Mapping
from typing import Any, Protocol

import orjson

from app.domain.access import Actor
from app.graphql.operations import Operations
from app.graphql.requests import GraphQLRequest
from app.graphql.sessions import ContextFor


class Ask(Protocol):
    """Answers a query of the product's own: its data, as the actor may see it."""

    async def __call__(self, actor: Actor, text: str, **variables: Any) -> Mapping[str, Any]: ...


class Asking:
    """Asks through the operations that answer everybody else; an error of the answer is a bug of the question."""

    def __init__(self, operations: Operations, context_for: ContextFor) -> None:
        self._operations = operations
        self._context_for = context_for

    async def __call__(self, actor: Actor, text: str, **variables: Any) -> Mapping[str, Any]:
        """The data of a query for an actor."""
        operation = self._operations.prepare(GraphQLRequest(text, variables, None))
        body = await self._operations.answer(operation, await self._context_for(actor))
        answer: Mapping[str, Any] = orjson.loads(body)
        if "errors" in answer:
            raise RuntimeError(f"a question of our own was answered with errors: {answer['errors']}")
        data: Mapping[str, Any] = answer["data"]
        return data
