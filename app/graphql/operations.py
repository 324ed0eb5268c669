"""Operations: from a well-formed request to the bytes of its answer, for every transport alike."""

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any, TypeGuard, cast
from uuid import UUID

import orjson
from graphql import (
    ExecutionResult,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    create_source_event_stream,
)
from graphql.execution import Executor
from strawberry import Schema
from strawberry.execution.is_awaitable import optimized_is_awaitable

from app.db.premise import Unfounded
from app.events.follower import FeedInterruptedError
from app.graphql.budgets import Bill, Budgets
from app.graphql.coercing import Unsure
from app.graphql.documents import Document, Documents
from app.graphql.errors import Formatted, RequestRefused, failed, present, present_input
from app.graphql.executing import Head, PlannedExecutor
from app.graphql.limits import Limits, check_variables
from app.graphql.requests import GraphQLRequest
from app.graphql.variables import Coerced, Taken, Variables
from app.reads import Context, OperationPlans
from app.reads.kept import Counts, Kept
from app.reads.selection import Asked
from app.reads.writers import Unplannable

# what every answer says beside its data
Extensions = Callable[[], Mapping[str, Any]]

# Of queries as they were sent: so many, so long and so much together
SENT_KEPT, SENT_LONGEST, SENT_BYTES = 1_000, 8_192, 1_000_000
# and of those that came but once, signs alone: of no more, or each would be given up again before it comes once more
SENT_ONCE = SENT_KEPT

_is_awaitable = cast(Callable[[Any], TypeGuard[Awaitable[Any]]], optimized_is_awaitable)


# made for each request, and freezing would set each field by a call
@dataclass(slots=True)
class Operation:
    """One operation of a valid document, within the limits, with the variables it is to run with.

    `coerced` has what plans know it by, once somebody asked: None where only graphql-core can tell.
    """

    document: Document
    node: OperationDefinitionNode
    variables: Mapping[str, Any]
    cost: int = field(default=0, compare=False)
    coerced: list[Asked | None] = field(default_factory=list, compare=False, repr=False)

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.node.operation

    def asked(self, coerced: Coerced) -> Asked:
        """The operation as plans know it, with its coerced variables."""
        return Asked(self.document.text, self.document.node.definitions, self.node, *coerced)

    @property
    def name(self) -> str:
        """What the log calls it."""
        return self.node.name.value if self.node.name else f"an unnamed {self.kind.value}"


class Operations:
    """Runs operations of one schema. Every transport comes through here, and every answer leaves as bytes from here.

    With `plans` what they cover is answered by them, and graphql-core does the rest; without, it does everything.
    With `budgets` each operation is charged to whose it is.
    """

    def __init__(
        self,
        schema: Schema,
        limits: Limits,
        introspection: bool,
        extensions: Extensions = dict,
        plans: OperationPlans | None = None,
        budgets: Budgets | None = None,
    ) -> None:
        self._budgets = budgets
        self._schema = schema._schema
        self._executor_class = PlannedExecutor if plans else schema.execution_context_class
        self._limits = limits
        self._hide_suggestions = not introspection
        self._extensions = extensions
        self._plans = plans
        self._documents = Documents(self._schema, limits, introspection)
        self._variables = Variables(self._schema, limits.errors)
        self._sent: Kept[Operation] = Kept(SENT_KEPT, Counts(), SENT_BYTES)
        self._sent_once: set[int] = set()

    def figures(self) -> dict[str, Mapping[str, int]]:
        """How what is kept between requests does: the documents, and the plans if there are any."""
        plans = self._plans.figures() if self._plans else {}
        return {"documents": self._documents.figures(), "plans": plans}

    def prepare(self, request: GraphQLRequest) -> Operation:
        """Find the operation of a request, or refuse it; nothing of it runs yet."""
        document = self._documents.read(request.query)
        node, measured = document.operation(request.operation_name)
        check_variables(request.variables, self._limits)
        cost = self._documents.cost(measured, request.variables)
        return Operation(document, node, request.variables, cost)

    def again(self, body: bytes) -> Operation | None:
        """The query that was sent as these bytes before: all that is made of them depends on nothing else."""
        known = self._sent.get(body)
        if known is not None:
            self._documents.read(known.document.text)  # which is in use as well
        return known

    def keep(self, body: bytes, operation: Operation) -> None:
        """Keep a query when it comes a second time: most that come once never do, and to keep them has its price.

        What changes something is sent once, and holds what is nobody's.
        """
        if operation.kind is not OperationType.QUERY or len(body) > SENT_LONGEST:
            return
        if (sign := hash(body)) in self._sent_once:
            self._sent.put(body, operation, len(body))
            return
        if len(self._sent_once) >= SENT_ONCE:
            self._sent_once.clear()
        self._sent_once.add(sign)

    async def charge(self, operation: Operation, payer: UUID | None) -> Bill | None:
        """Charge an operation to whose it is, or refuse it; None where nobody is charged."""
        if self._budgets is None or payer is None:
            return None
        return await self._budgets.spend(payer, operation.cost)

    async def answer(self, operation: Operation, context: object) -> bytes:
        """Run a query or a mutation; the bytes are the whole JSON response, and a refusal has no data.

        A context that presumes something is answered by a plan alone, which looks at it; Unfounded when none can.
        """
        bill = await self.charge(operation, getattr(context, "payer", None))
        try:
            return await self._answer(operation, context, bill)
        except Unfounded:
            if bill is not None:
                bill.settle(0)
            raise

    async def _answer(self, operation: Operation, context: object, bill: Bill | None) -> bytes:
        plans = self._plans
        if plans is not None and operation.kind is OperationType.QUERY:
            try:
                asked = self._asked(operation)
                data = None if asked is None else await plans.data(asked, cast(Context, context))
            except Unplannable:
                data = None
            else:
                plans = None  # what a plan that was made cannot tell, graphql-core tells alone
            if data is not None:
                return self._spliced(data, bill)
        if getattr(context, "premise", None) is not None:
            raise Unfounded
        executor = self._executor(operation, context, plans)
        try:
            ran = executor.execute_operation()
            result = cast(ExecutionResult, await ran if isawaitable(ran) else ran)
        except GraphQLError as error:
            raise RequestRefused(present([error], operation.name)) from None
        return self._encoded(result, operation, bill)

    def _asked(self, operation: Operation) -> Asked | None:
        known = operation.coerced
        if not known:
            coerced = self._taken(operation).coerced(operation.variables)
            known.append(None if coerced is None else operation.asked(coerced))
        return known[0]

    def _taken(self, operation: Operation) -> Taken:
        """What the operation takes, found out once a document."""
        found, node = operation.document.found, operation.node
        key = Taken, node.name and node.name.value
        taken: Taken | None = found.get(key)
        if taken is None:
            taken = found[key] = self._variables.taken(node.variable_definitions or ())
        return taken

    async def source(self, operation: Operation, context: object) -> AsyncIterable[Any]:
        """What a subscription's resolver answers, or its refusal."""
        return await self._source(self._executor(operation, context, self._plans), operation)

    async def _source(self, executor: Executor[object], operation: Operation) -> AsyncIterable[Any]:
        made = create_source_event_stream(executor)
        source = await made if isawaitable(made) else made
        if isinstance(source, ExecutionResult):
            raise RequestRefused(present(source.errors or [], operation.name))
        return source

    async def events(self, operation: Operation, context: object) -> AsyncGenerator[bytes, None]:
        """Run a subscription; each item is a JSON response, and a refusal or an interruption ends the stream."""
        executor = self._executor(operation, context, self._plans)
        source = await self._source(executor, operation)
        async with aclosing(cast(AsyncGenerator[Any, None], aiter(source))) as payloads:
            try:
                async for payload in payloads:
                    yield await self._message(executor, operation, payload)
            except (RequestRefused, FeedInterruptedError):
                raise
            except Exception as error:
                raise self.failure(error, operation) from None

    def failure(self, error: Exception, operation: Operation) -> RequestRefused:
        """What a client is told of the error that ended its subscription."""
        wrapped = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
        return RequestRefused(present([wrapped], operation.name))

    async def message(self, operation: Operation, context: object, payload: object) -> bytes:
        """The JSON response of one message of a subscription, as it is for the context's viewer now."""
        return await self._message(self._executor(operation, context, self._plans), operation, payload)

    async def _message(self, executor: Executor[object], operation: Operation, payload: object) -> bytes:
        ran = executor.build_per_event_executor(payload).execute_operation(False)
        return self._encoded(cast(ExecutionResult, await ran if isawaitable(ran) else ran), operation)

    def refusal(self, errors: list[Formatted]) -> bytes:
        """The JSON response of a request that gets errors and no data."""
        return b'{"errors":%b%b}' % (orjson.dumps(errors), self._beside())

    def _spliced(self, data: bytes, bill: Bill | None) -> bytes:
        return b'{"data":%b%b}' % (data, self._beside(data, bill))

    def _beside(self, data: bytes = b"", bill: Bill | None = None) -> bytes:
        """What an answer says beside its data, which is what was read."""
        extensions = self._extensions()
        said = orjson.dumps(extensions)[1:-1] if extensions else b""
        if bill is not None:
            said += b'%b"cost":%b' % (b"," if said else b"", bill.settle(len(data)))
        return b',"extensions":{%b}' % said if said else b""

    def _encoded(self, result: ExecutionResult, operation: Operation, bill: Bill | None = None) -> bytes:
        try:
            data = orjson.dumps(result.data)
        except TypeError as error:  # a scalar that serialized to something JSON has no word for
            raise failed(error, operation.name) from None
        if not result.errors:
            return self._spliced(data, bill)
        errors = orjson.dumps(present(result.errors, operation.name))
        return b'{"errors":%b,"data":%b%b}' % (errors, data, self._beside(data, bill))

    def _executor(self, operation: Operation, context: object, plans: OperationPlans | None) -> Executor[object]:
        executor: Executor[Any] = self._begun(operation, context) or self._built(operation, context)
        if isinstance(executor, PlannedExecutor):
            executor.prepare(plans, operation.asked(Coerced(executor.variable_values.coerced, None)))
        return executor

    def _begun(self, operation: Operation, context: object) -> PlannedExecutor | None:
        """An executor of what was executed before, for variables that are plainly right."""
        head: Head | None = operation.document.found.get((Head, operation.name))
        if head is None:
            return None
        given = operation.variables
        try:
            coerced = self._taken(operation).plain(given).values
        except Unsure:
            return None
        return head.executor(
            context, given, coerced, is_awaitable=_is_awaitable, hide_suggestions=self._hide_suggestions
        )

    def _built(self, operation: Operation, context: object) -> Executor[object]:
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
        if isinstance(executor, PlannedExecutor):
            operation.document.found[Head, operation.name] = Head.of(executor)
        return executor
