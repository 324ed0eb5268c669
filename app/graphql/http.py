"""GraphQL over HTTP: GET and POST, JSON and event streams, the status codes of the specification."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from graphql import OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.domain.errors import Refusal
from app.graphql.errors import Code, RequestRefused, Unauthenticated, masked, refused, unauthenticated
from app.graphql.limits import Limits
from app.graphql.negotiation import PLAIN_JSON, RESPONSE_JSON, Accepted, accepted
from app.graphql.operations import Operation, Operations
from app.graphql.origins import Origins
from app.graphql.requests import GraphQLRequest, in_url, posted
from app.graphql.sessions import Authenticate, ContextFor, Now, Session, bearer
from app.graphql.sse import EventStream, single

METHODS = "GET, POST, OPTIONS"
UNREAD = (403, 405, 406, 413, 415)  # refused before the body was read: keeping the connection would mean reading it
STREAMED = "A subscription is answered as an event stream (Accept: text/event-stream) or over a WebSocket."


@dataclass(frozen=True, slots=True)
class HttpTransport:
    """The HTTP side of the endpoint, as an ASGI application."""

    operations: Operations
    limits: Limits
    authenticate: Authenticate
    context_for: ContextFor
    origins: Origins
    now: Now
    page: bytes | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever goes wrong, the answer is a GraphQL error in JSON."""
        request = Request(scope, receive)
        accepts = accepted(request.headers.get("accept"))
        try:
            response = await self._respond(request, accepts)
        except ClientDisconnect:
            return
        except RequestRefused as refusal:
            response = self._refusal(request, accepts, refusal)
        except Exception as error:
            failure = RequestRefused([masked(error, "an HTTP request")], 500)
            response = self._refusal(request, accepts, failure)
        await response(scope, receive, send)

    async def _respond(self, request: Request, accepts: Accepted) -> ASGIApp:
        reads = request.method in ("GET", "HEAD")
        if reads and accepts.html and self.page is not None:
            return Response(self.page, media_type="text/html")
        self.origins.check(request.headers)
        if request.method == "OPTIONS":
            headers = self.origins.preflight_headers(request.headers)
            return Response(status_code=204, headers={**headers, "allow": METHODS})
        if not reads and request.method != "POST":
            raise refused(Code.METHOD_NOT_ALLOWED, f"Use one of {METHODS}, not {request.method}.", 405)
        if accepts.json is None and not accepts.events:
            message = f"Accept {RESPONSE_JSON}, {PLAIN_JSON} or, for subscriptions, text/event-stream."
            raise refused(Code.NOT_ACCEPTABLE, message, 406)
        asked = in_url(request.scope["query_string"]) if reads else await posted(request, self.limits)
        session = await self._session(request)
        return await self._run(request, accepts, asked, session)

    async def _session(self, request: Request) -> Session:
        try:
            return await self.authenticate(bearer(request.headers.get("authorization")))
        except (Unauthenticated, Refusal) as error:
            raise unauthenticated(error) from None

    async def _run(self, request: Request, accepts: Accepted, asked: GraphQLRequest, session: Session) -> ASGIApp:
        # first, so that what is refused is told by the same clock as what is answered
        context = await self.context_for(session.actor)
        try:
            operation = self.operations.prepare(asked)
            if operation.kind is OperationType.MUTATION and request.method != "POST":
                raise refused(Code.METHOD_NOT_ALLOWED, "A mutation must be sent by POST.", 405)
            if operation.kind is OperationType.SUBSCRIPTION:
                return self._stream(request, accepts, operation, context, session)
            body = await self.operations.answer(operation, context)
        except RequestRefused as refusal:
            if accepts.json is not None or refusal.status is not None:
                raise
            body = self.operations.refusal(refusal.errors)  # a client of event streams alone reads errors there
        if accepts.json is None:
            return self._open(request, single(body), session)
        return self._json(request, accepts.json, body, 200)

    def _stream(
        self, request: Request, accepts: Accepted, operation: Operation, context: object, session: Session
    ) -> ASGIApp:
        if not accepts.events:
            raise refused(Code.NOT_ACCEPTABLE, STREAMED, 406)
        return self._open(request, self.operations.events(operation, context), session)

    def _open(self, request: Request, events: AsyncGenerator[bytes, None], session: Session) -> EventStream:
        return EventStream(events, self.operations.refusal, session, self.now, self.limits, self._headers(request))

    def _refusal(self, request: Request, accepts: Accepted, refusal: RequestRefused) -> Response:
        media_type = accepts.json or PLAIN_JSON
        status = refusal.status or (400 if media_type == RESPONSE_JSON else 200)
        response = self._json(request, media_type, self.operations.refusal(refusal.errors), status)
        if status == 401:
            response.headers["www-authenticate"] = "Bearer"
        if status in UNREAD and request.method == "POST":
            response.headers["connection"] = "close"
        if status == 405:
            response.headers["allow"] = "POST" if request.method in ("GET", "HEAD") else METHODS
        return response

    def _json(self, request: Request, media_type: str, body: bytes, status: int) -> Response:
        headers = {"content-type": f"{media_type}; charset=utf-8", "cache-control": "no-store"}
        return Response(body, status, headers={**headers, **self._headers(request)})

    def _headers(self, request: Request) -> dict[str, str]:
        return dict(self.origins.answer_headers(request.headers))
