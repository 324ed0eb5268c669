"""GraphQL over HTTP: GET and POST, JSON and event streams, the status codes of the specification."""

import math
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from graphql import OperationType
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from app.db.premise import Unfounded
from app.domain.errors import Refusal
from app.graphql.answers import Answer, RawHeaders, heard, length, raw
from app.graphql.budgets import Throttled
from app.graphql.errors import Code, RequestRefused, Unauthenticated, failed, refused, unauthenticated
from app.graphql.limits import Limits
from app.graphql.negotiation import PLAIN_JSON, RESPONSE_JSON, Accepted, accepted
from app.graphql.operations import Operation, Operations
from app.graphql.origins import Origins
from app.graphql.requests import GraphQLRequest, in_body, in_url, posted
from app.graphql.sessions import Authenticate, ContextFor, Presume, Session, bearer
from app.graphql.sse import EventStream, single
from app.graphql.subscriptions import Subscriptions
from app.graphql.vigil import Vigil

METHODS = "GET, POST, OPTIONS"
UNREAD = (403, 405, 406, 413, 415)  # refused before the body was read: keeping the connection would mean reading it
STREAMED = "A subscription is answered as an event stream (Accept: text/event-stream) or over a WebSocket."

_TYPED: dict[str, RawHeaders] = {
    media_type: raw({"content-type": f"{media_type}; charset=utf-8", "cache-control": "no-store"})
    for media_type in (PLAIN_JSON, RESPONSE_JSON)
}


@dataclass(slots=True)
class Exchange:
    """One request as far as its head tells, and where the rest of it comes from."""

    method: str
    headers: dict[str, str]
    accepts: Accepted
    query_string: bytes
    receive: Receive

    @property
    def reads(self) -> bool:
        """Whether the method is one that changes nothing."""
        return self.method in ("GET", "HEAD")

    @property
    def token(self) -> str | None:
        """The bearer token, if there is one."""
        return bearer(self.headers.get("authorization"))


@dataclass(frozen=True, slots=True)
class HttpTransport:
    """The HTTP side of the endpoint, as an ASGI application."""

    operations: Operations
    subscriptions: Subscriptions
    vigil: Vigil
    limits: Limits
    authenticate: Authenticate
    presume: Presume
    context_for: ContextFor
    origins: Origins
    page: bytes | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever goes wrong, the answer is a GraphQL error in JSON."""
        headers = heard(scope["headers"])
        exchange = Exchange(scope["method"], headers, accepted(headers.get("accept")), scope["query_string"], receive)
        try:
            response = await self._respond(exchange)
        except ClientDisconnect:
            return
        except RequestRefused as refusal:
            response = self._refusal(exchange, refusal)
        except Exception as error:
            response = self._refusal(exchange, failed(error, "an HTTP request"))
        await response(scope, receive, send)

    async def _respond(self, exchange: Exchange) -> ASGIApp:
        accepts, reads = exchange.accepts, exchange.reads
        if reads and accepts.html and self.page is not None:
            return Answer(200, [length(self.page), (b"content-type", b"text/html; charset=utf-8")], self.page)
        self.origins.check(exchange.headers)
        if exchange.method == "OPTIONS":
            return Answer(204, raw({**self.origins.preflight_headers(exchange.headers), "allow": METHODS}))
        if not reads and exchange.method != "POST":
            raise refused(Code.METHOD_NOT_ALLOWED, f"Use one of {METHODS}, not {exchange.method}.", 405)
        if accepts.json is None and not accepts.events:
            message = f"Accept {RESPONSE_JSON}, {PLAIN_JSON} or, for subscriptions, text/event-stream."
            raise refused(Code.NOT_ACCEPTABLE, message, 406)
        if reads:
            prepared = self._prepared(in_url(exchange.query_string))
        else:
            prepared = self._posted(await posted(exchange.headers, exchange.receive, self.limits))
        if accepts.json is not None and isinstance(prepared, Operation):
            body = await self._presumed(prepared, exchange.token)
            if body is not None:
                return self._json(exchange, accepts.json, body, 200)
        return await self._run(exchange, prepared, await self._session(exchange.token))

    def _posted(self, body: bytes) -> Operation | RequestRefused:
        """The operation in a body, or its refusal; a query that was sent before is not read again."""
        known = self.operations.again(body)
        if known is not None:
            return known
        prepared = self._prepared(in_body(body))
        if isinstance(prepared, Operation):
            self.operations.keep(body, prepared)
        return prepared

    def _prepared(self, asked: GraphQLRequest) -> Operation | RequestRefused:
        """The operation, or the refusal that whoever may ask at all is told."""
        try:
            return self.operations.prepare(asked)
        except RequestRefused as refusal:
            return refusal

    async def _presumed(self, operation: Operation, token: str | None) -> bytes | None:
        """The answer on the premise that a known session is as it was; None when that has to be looked at first."""
        if token is None or operation.kind is not OperationType.QUERY:
            return None
        context = self.presume(token)
        if context is None:
            return None
        try:
            return await self.operations.answer(operation, context)
        except Unfounded:
            return None

    async def _session(self, token: str | None) -> Session:
        try:
            return await self.authenticate(token)
        except (Unauthenticated, Refusal) as error:
            raise unauthenticated(error) from None

    async def _run(self, exchange: Exchange, prepared: Operation | RequestRefused, session: Session) -> ASGIApp:
        # first, so that what is refused is told by the same clock as what is answered
        context = await self.context_for(session.actor)
        accepts = exchange.accepts
        try:
            if isinstance(prepared, RequestRefused):
                raise prepared
            if prepared.kind is OperationType.MUTATION and exchange.method != "POST":
                raise refused(Code.METHOD_NOT_ALLOWED, "A mutation must be sent by POST.", 405)
            if prepared.kind is OperationType.SUBSCRIPTION:
                return await self._stream(exchange, prepared, session)
            body = await self.operations.answer(prepared, context)
        except RequestRefused as refusal:
            if accepts.json is not None or refusal.status is not None:
                raise
            body = self.operations.refusal(refusal.errors)  # a client of event streams alone reads errors there
        if accepts.json is None:
            return self._open(exchange, single(body), session)
        return self._json(exchange, accepts.json, body, 200)

    async def _stream(self, exchange: Exchange, operation: Operation, session: Session) -> ASGIApp:
        if not exchange.accepts.events:
            raise refused(Code.NOT_ACCEPTABLE, STREAMED, 406)
        await self.operations.charge(operation, session.payer)
        return self._open(exchange, self.subscriptions.events(operation, session.actor), session)

    def _open(self, exchange: Exchange, events: AsyncGenerator[bytes, None], session: Session) -> EventStream:
        headers = self.origins.answer_headers(exchange.headers)
        return EventStream(events, self.operations.refusal, session, self.vigil, self.limits, headers)

    def _refusal(self, exchange: Exchange, refusal: RequestRefused) -> Answer:
        media_type = exchange.accepts.json or PLAIN_JSON
        status = refusal.status or (400 if media_type == RESPONSE_JSON else 200)
        answer = self._json(exchange, media_type, self.operations.refusal(refusal.errors), status)
        if status == 401:
            answer.headers.append((b"www-authenticate", b"Bearer"))
        if isinstance(refusal, Throttled):
            answer.headers.append((b"retry-after", b"%d" % math.ceil(refusal.seconds)))
        if status in UNREAD and exchange.method == "POST":
            answer.headers.append((b"connection", b"close"))
        if status == 405:
            answer.headers.append((b"allow", b"POST" if exchange.reads else METHODS.encode()))
        return answer

    def _json(self, exchange: Exchange, media_type: str, body: bytes, status: int) -> Answer:
        beside = raw(self.origins.answer_headers(exchange.headers))
        return Answer(status, [*_TYPED[media_type], *beside, length(body)], body)
