"""What the doors beside GraphQL share: who comes in, and how a refusal is told."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.domain.access import Actor
from app.domain.errors import ErrorCode, Refusal
from app.graphql.errors import RequestRefused, Unauthenticated, failed, formatted, unauthenticated
from app.graphql.origins import Origins
from app.graphql.sessions import Authenticate, bearer

_STATUS = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.SCOPE_MISSING: 403,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.FILE_REFUSED: 422,
    ErrorCode.TOO_LONG: 413,
    ErrorCode.TOO_MANY: 429,
}
Answer = Callable[[Request, Actor], Awaitable[Response]]
PRIVATE = {"x-content-type-options": "nosniff", "cache-control": "private, no-cache"}


@dataclass(frozen=True, slots=True)
class Door:
    """Lets those in who have a bearer token and come from a page that may call."""

    authenticate: Authenticate
    origins: Origins

    async def answer(self, request: Request, answer: Answer, what: str) -> Response:
        """What is answered to whoever has a token, or the refusal; `what` names the request in the log."""

        async def known(request: Request) -> Response:
            return await answer(request, await self._actor(request))

        return await self.open(request, known, what)

    async def open(self, request: Request, answer: Callable[[Request], Awaitable[Response]], what: str) -> Response:
        """What is answered to anybody, or the refusal."""
        try:
            self.origins.check(request.headers)
            if request.method == "OPTIONS":
                return Response(status_code=204, headers=dict(self.origins.preflight_headers(request.headers)))
            response = await answer(request)
        except Refusal as refusal:
            facts = {"field": list(refusal.field), "params": refusal.params}
            error = formatted(refusal.code, refusal.message, **facts)
            response = _refused(RequestRefused([error], _STATUS.get(refusal.code, 400)))
        except RequestRefused as refusal:
            response = _refused(refusal)
        except Exception as error:
            response = _refused(failed(error, what))
        response.headers.update(self.origins.answer_headers(request.headers))
        return response

    async def _actor(self, request: Request) -> Actor:
        try:
            session = await self.authenticate(bearer(request.headers.get("authorization")))
        except (Unauthenticated, Refusal) as error:
            raise unauthenticated(error) from None
        if session.actor is None:
            raise Refusal(ErrorCode.UNAUTHENTICATED, "Send a bearer token in the Authorization header.")
        return session.actor


def _refused(refusal: RequestRefused) -> Response:
    status = refusal.status or 400
    response = JSONResponse({"errors": refusal.errors}, status, headers={"cache-control": "no-store"})
    if status == 401:
        response.headers["www-authenticate"] = "Bearer"
    # the body may not have been read to its end: a connection kept open would have to read it
    response.headers["connection"] = "close"
    return response
