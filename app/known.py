"""The sessions that were found for tokens, kept for the next request with the same token."""

import hashlib
from collections import OrderedDict

from app.graphql.sessions import Session

MOST = 10_000


class KnownSessions:
    """Sessions by the hash of their token, the least recently used given up first."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._sessions: OrderedDict[bytes, Session] = OrderedDict()
        self._found = 0
        self._evicted = 0

    def __len__(self) -> int:
        return len(self._sessions)

    def figures(self) -> dict[str, int]:
        """How the store does."""
        return {"kept": len(self), "most": self._most, "found": self._found, "evicted": self._evicted}

    def get(self, token: str) -> Session | None:
        """The session that was last found for a token."""
        key = _key(token)
        session = self._sessions.get(key)
        if session is not None:
            self._found += 1
            self._sessions.move_to_end(key)
        return session

    def seen(self, token: str) -> Session | None:
        """The same, for whoever looks at it again all the same: it counts as none that was found."""
        return self._sessions.get(_key(token))

    def keep(self, token: str, session: Session) -> None:
        """Keep what was found for a token, in place of what was found before."""
        key = _key(token)
        self._sessions[key] = session
        self._sessions.move_to_end(key)
        if len(self._sessions) > self._most:
            self._sessions.popitem(last=False)
            self._evicted += 1


def _key(token: str) -> bytes:
    """A token itself is nowhere kept."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
