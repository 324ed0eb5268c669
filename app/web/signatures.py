"""Signatures of the webhooks that come in; several may stand side by side while a key changes."""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from app.domain.errors import ErrorCode, Refusal
from app.domain.signatures import ID, SIGNATURE, TIMESTAMP, signature

TOLERANCE = timedelta(minutes=5)
# more than a sender that changes its key has any use for
SIGNATURES_MOST = 8


def signed(secret: str, id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers that go with a body."""
    timestamp = str(int(at.timestamp()))
    return {ID: id, TIMESTAMP: timestamp, SIGNATURE: signature(secret.encode(), id, timestamp, body)}


def check(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Refuse a body that was not signed with this key, or not now."""
    id, timestamp, given = (headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    right = signature(secret.encode(), id, timestamp, body).encode()
    candidates = given.encode("latin-1", "replace").split()[:SIGNATURES_MOST]
    # each is compared in full, so that the time it takes tells nothing
    if not any([hmac.compare_digest(candidate, right) for candidate in candidates]):  # noqa: C419
        raise _refused("The signature does not fit: sign `id.timestamp.body` with the key agreed for this sender.")
    if not timestamp.isdecimal() or abs(int(timestamp[:15]) - now.timestamp()) > TOLERANCE.total_seconds():
        raise _refused("The timestamp is more than five minutes away from our clock: sign again and send at once.")


def _refused(message: str) -> Refusal:
    return Refusal(ErrorCode.SIGNATURE_INVALID, message)
