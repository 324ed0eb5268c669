"""Signed links: whoever holds one may fetch what it names, without a token, until it expires."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from app.domain.errors import ErrorCode, Refusal

LIFETIME = timedelta(minutes=10)


class Links:
    """Signs and checks links by the keys of the bearer tokens: the first signs, all are accepted."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [hashlib.sha256(f"links {key}".encode()).digest() for key in keys]

    def signed(self, path: str, until: datetime) -> str:
        """The path with what lets it be fetched until an instant, to the second."""
        expires = int(until.timestamp())
        return f"{path}?expires={expires}&signature={_signature(self._keys[0], path, str(expires))}"

    def check(self, path: str, expires: str, signature: str, now: datetime) -> None:
        """Refuse a link that is not ours, is not whole, or has expired."""
        given = signature.encode("utf-8", "replace")
        # each is compared in full, so that the time it takes tells nothing
        right = any([hmac.compare_digest(given, _signature(key, path, expires).encode()) for key in self._keys])  # noqa: C419
        if not right or not expires.isdecimal() or int(expires) <= now.timestamp():
            raise Refusal(ErrorCode.FORBIDDEN, "This link has expired, or is not whole; ask for another one.")


def _signature(key: bytes, path: str, expires: str) -> str:
    return hmac.new(key, f"{path} {expires}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()
