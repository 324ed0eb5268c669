"""The GraphQL endpoint: a schema, its limits and its session put together into routes."""

from dataclasses import dataclass, field
from functools import cached_property

from starlette.routing import BaseRoute, Route, WebSocketRoute
from strawberry import Schema

from app.graphql.budgets import Budgets
from app.graphql.http import HttpTransport
from app.graphql.limits import Limits
from app.graphql.operations import Extensions, Operations
from app.graphql.origins import Origins
from app.graphql.sessions import Authenticate, ContextFor, Introductions, Now, Presume, nothing_presumed
from app.graphql.subscriptions import Onlook, Subscriptions
from app.graphql.vigil import Holding, Vigil
from app.graphql.websocket import WebSocketTransport
from app.reads import OperationPlans


@dataclass(frozen=True, kw_only=True)
class GraphQLEndpoint:
    """Everything the transports need; `page` is what a browser that opens the address is shown, `extensions` is what
    every answer says beside its data, `plans` are those of the schema, and `onlook` makes the contexts of what is
    pushed to all who may see the same, `holding` looks at the premises of many sessions at once, and `budgets` say what
    each token or account may still spend.
    """

    schema: Schema
    limits: Limits
    authenticate: Authenticate
    context_for: ContextFor
    now: Now
    presume: Presume = nothing_presumed
    extensions: Extensions = dict
    origins: Origins = field(default_factory=Origins)
    introspection: bool = False
    page: bytes | None = None
    plans: OperationPlans | None = None
    onlook: Onlook | None = None
    holding: Holding | None = None
    budgets: Budgets | None = None

    @cached_property
    def operations(self) -> Operations:
        """What runs the operations of every transport."""
        return Operations(self.schema, self.limits, self.introspection, self.extensions, self.plans, self.budgets)

    def routes(self, path: str = "/graphql") -> list[BaseRoute]:
        """The routes: HTTP (JSON and event streams) and WebSocket at one address."""
        operations = self.operations
        subscriptions = Subscriptions(operations, self.context_for, self.onlook)
        vigil = Vigil(self.now, self.limits.recheck_every, self.holding)
        http = HttpTransport(
            operations,
            subscriptions,
            vigil,
            self.limits,
            self.authenticate,
            self.presume,
            self.context_for,
            self.origins,
            self.page,
        )
        introduce = Introductions(self.authenticate)
        socket = WebSocketTransport(
            operations, subscriptions, vigil, self.limits, introduce, self.context_for, self.origins
        )
        return [Route(path, http, name="graphql"), WebSocketRoute(path, socket, name="graphql-ws")]
