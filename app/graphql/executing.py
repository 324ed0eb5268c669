"""Execution by graphql-core, with the values of root fields read and written by plans where there is one."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import orjson
from graphql import (
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    default_field_resolver,
    default_type_resolver,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetails, FragmentDetails
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from app.reads import OperationPlans
from app.reads.selection import Asked, Info

Details = list[FieldDetails]


@dataclass(frozen=True, slots=True)
class Head:
    """What every executor of an operation begins with, whatever its variables are."""

    schema: GraphQLSchema
    node: OperationDefinitionNode
    fragment_definitions: dict[str, FragmentDefinitionNode]
    fragments: dict[str, FragmentDetails]
    signatures: Mapping[str, GraphQLVariableSignature]

    @classmethod
    def of(cls, executor: Executor[Any]) -> "Head":
        """The head of an executor that graphql-core has made, and so found nothing wrong with."""
        schema, node = executor.schema, executor.operation
        signatures = [get_variable_signature(schema, each) for each in node.variable_definitions or ()]
        named = {each.name: each for each in signatures if isinstance(each, GraphQLVariableSignature)}
        return cls(schema, node, executor.fragment_definitions, executor.fragments, named)

    def executor(
        self, context: object, given: Mapping[str, Any], coerced: dict[str, Any], **settings: Any
    ) -> "PlannedExecutor":
        """The executor that graphql-core would make for these variables."""
        sources = {
            name: VariableValueSource(signature, given.get(name, Undefined))
            for name, signature in self.signatures.items()
        }
        return PlannedExecutor(
            self.schema,
            self.fragment_definitions,
            self.fragments,
            None,
            context,
            self.node,
            VariableValues(sources, coerced),
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            **settings,
        )


class PlannedExecutor(StrawberryGraphQLCoreExecutionContext):
    """An executor that walks no value a plan has written: resolving, errors and their places stay graphql-core's."""

    _plans: OperationPlans | None = None
    _asked: Asked
    # the response keys whose values are graphql-core's to complete, as no plan could
    _left: set[Any]

    def prepare(self, plans: OperationPlans | None, asked: Asked) -> None:
        """Plan by these what is asked."""
        self._plans, self._asked, self._left = plans, asked, set()

    def build_per_event_executor(self, payload: Any) -> "PlannedExecutor":
        """The executor of one message, which owes nothing to the one before."""
        executor = cast(PlannedExecutor, super().build_per_event_executor(payload))
        executor._left = set()
        return executor

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, field_details_list: Details, path: Path, context: Any
    ) -> Any:
        """Read a root field by its plan; graphql-core reads it when the plan cannot."""
        walk = partial(super().execute_field, parent_type, source, field_details_list, path, context)
        plans = self._plans
        if plans is None or path.prev is not None or not plans.reads(parent_type.name, field_details_list):
            return walk()
        return self._first(plans.field(self._asked, str(path.key), self.context_value), path, walk)

    def complete_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: Details,
        info: Info,
        path: Path,
        result: Any,
        context: Any,
    ) -> Any:
        """Write what a root field was resolved to by its plan; graphql-core completes it when the plan cannot."""
        walk = partial(super().complete_value, return_type, field_details_list, info, path, result, context)
        plans = self._plans
        if plans is None or path.prev is not None or path.key in self._left:
            return walk()
        if result is None or isinstance(result, Exception):
            return walk()
        return self._first(plans.payloads.text(self._asked, str(path.key), result, self.context_value), path, walk)

    async def _first(self, planned: Awaitable[bytes | None], path: Path, walk: Callable[[], Any]) -> Any:
        text = await planned
        if text is not None:
            return orjson.Fragment(text)
        self._left.add(path.key)
        walked = walk()
        return await walked if self.is_awaitable(walked) else walked
