"""Operations: from a well-formed request to the bytes of its answer, for every transport alike."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, TypeGuard, cast

import orjson
from graphql import (
    ExecutionResult,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    create_source_event_stream,
    map_source_to_response_event,
)
from graphql.execution import Executor
from strawberry import Schema
from strawberry.execution.is_awaitable import optimized_is_awaitable

from app.events.follower import FeedInterruptedError
from app.graphql.documents import Document, Documents
from app.graphql.errors import Formatted, RequestRefused, masked, present, present_input
from app.graphql.limits import Limits, check_variables
from app.graphql.requests import GraphQLRequest

# what every answer says beside its data
Extensions = Callable[[], Mapping[str, Any]]

_is_awaitable = cast(Callable[[Any], TypeGuard[Awaitable[Any]]], optimized_is_awaitable)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a valid document, within the limits, with the variables it is to run with."""

    document: Document
    node: OperationDefinitionNode
    variables: Mapping[str, Any]

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.node.operation

    @property
    def name(self) -> str:
        """What the log calls it."""
        return self.node.name.value if self.node.name else f"an unnamed {self.kind.value}"


class Operations:
    """Runs operations of one schema. Every transport comes through here, and every answer leaves as bytes from here."""

    def __init__(self, schema: Schema, limits: Limits, introspection: bool, extensions: Extensions = dict) -> None:
        self._schema = schema._schema
        self._executor_class = schema.execution_context_class
        self._limits = limits
        self._hide_suggestions = not introspection
        self._extensions = extensions
        self._documents = Documents(self._schema, limits, introspection)

    def prepare(self, request: GraphQLRequest) -> Operation:
        """Find the operation of a request, or refuse it; nothing of it runs yet."""
        document = self._documents.read(request.query)
        node, measured = document.operation(request.operation_name)
        check_variables(request.variables, self._limits)
        self._documents.check_variables(measured, request.variables)
        return Operation(document, node, request.variables)

    async def answer(self, operation: Operation, context: object) -> bytes:
        """Run a query or a mutation; the bytes are the whole JSON response, and a refusal has no data."""
        executor = self._executor(operation, context)
        try:
            ran = executor.execute_operation()
            result = cast(ExecutionResult, await ran if isawaitable(ran) else ran)
        except GraphQLError as error:
            raise RequestRefused(present([error], operation.name)) from None
        return self._encoded(result, operation)

    async def events(self, operation: Operation, context: object) -> AsyncGenerator[bytes, None]:
        """Run a subscription; each item is a JSON response, and a refusal or an interruption ends the stream."""
        executor = self._executor(operation, context)
        source = create_source_event_stream(executor)
        started = await source if isawaitable(source) else source
        if isinstance(started, ExecutionResult):
            raise RequestRefused(present(started.errors or [], operation.name))
        responses = map_source_to_response_event(executor, started)
        async with aclosing(responses):
            try:
                async for result in responses:
                    yield self._encoded(result, operation)
            except (RequestRefused, FeedInterruptedError):
                raise
            except Exception as error:
                wrapped = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
                raise RequestRefused(present([wrapped], operation.name)) from None

    def refusal(self, errors: list[Formatted]) -> bytes:
        """The JSON response of a request that gets errors and no data."""
        return orjson.dumps({"errors": errors, **self._beside()})

    def _beside(self) -> dict[str, Any]:
        extensions = self._extensions()
        return {"extensions": extensions} if extensions else {}

    def _encoded(self, result: ExecutionResult, operation: Operation) -> bytes:
        response: dict[str, Any] = {"data": result.data, **self._beside()}
        if result.errors:
            response = {"errors": present(result.errors, operation.name), **response}
        try:
            return orjson.dumps(response)
        except TypeError as error:  # a scalar that serialized to something JSON has no word for
            raise RequestRefused([masked(error, operation.name)], 500) from None

    def _executor(self, operation: Operation, context: object) -> Executor[object]:
        name = operation.node.name
        executor = cast(type[Executor[object]], self._executor_class).build(
            self._schema,
            operation.document.node,
            context_value=context,
            raw_variable_values=dict(operation.variables),
            operation_name=name.value if name else None,
            max_coercion_errors=self._limits.errors,
            is_awaitable=_is_awaitable,
            hide_suggestions=self._hide_suggestions,
        )
        if isinstance(executor, list):
            raise RequestRefused(present_input(executor, operation.name))
        return executor
