"""Which web pages may talk to the server: the browser's word about where a request comes from, checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.graphql.errors import Code, refused

_ALLOWED_HEADERS = "authorization, content-type, accept"
_PREFLIGHT_SECONDS = "600"


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins (`https://erp.example.com`) whose pages may call, beside the server's own."""

    allowed: frozenset[str] = frozenset()

    def check(self, headers: Mapping[str, str]) -> None:
        """Refuse a browser's request that comes from elsewhere; a client that is no browser says nothing of it."""
        if not self.welcome(headers):
            raise refused(Code.ORIGIN_NOT_ALLOWED, "Pages of this origin may not call this server.", 403)

    def welcome(self, headers: Mapping[str, str]) -> bool:
        """Whether a request comes from an allowed page or from no page at all."""
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
        return origin in self.allowed or _same(origin, headers.get("host", ""))

    def answer_headers(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """The headers with which a browser hands the answer to the page that asked."""
        origin = headers.get("origin")
        if origin is None or not self.welcome(headers):
            return {"vary": "Accept, Origin"}
        return {"vary": "Accept, Origin", "access-control-allow-origin": origin}

    def preflight_headers(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """The answer to a browser that asks before it sends."""
        return {
            **self.answer_headers(headers),
            "access-control-allow-methods": "GET, POST",
            "access-control-allow-headers": _ALLOWED_HEADERS,
            "access-control-max-age": _PREFLIGHT_SECONDS,
        }


def _same(origin: str, host: str) -> bool:
    """Whether an origin is the server's own, as the request addressed it; a proxy may have ended its TLS."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and parts.netloc.lower() == host.lower()
