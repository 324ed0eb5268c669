"""The secrets of webhook endpoints: made anew of a key of the settings each time, and so kept nowhere.

A copy of the database alone signs nothing. An endpoint remembers by name of which key its secret is made, so a key
signs for as long as it stands in the settings, and new secrets are made of the first.
"""

import hashlib
import hmac
from collections.abc import Sequence
from uuid import UUID


class Keyring:
    """The keys of the settings, the first of which new secrets are made of."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = {_name(key): hashlib.sha256(f"webhooks {key}".encode()).digest() for key in keys}

    @property
    def newest(self) -> str | None:
        """The name of the key that new secrets are made of; None when there is none."""
        return next(iter(self._keys), None)

    def secret(self, endpoint_id: UUID, name: str, number: int) -> bytes | None:
        """An endpoint's secret, 32 bytes; None when its key is not there any more."""
        key = self._keys.get(name)
        return None if key is None else hmac.new(key, f"{endpoint_id.hex} {number}".encode(), hashlib.sha256).digest()


def _name(key: str) -> str:
    """What is remembered of a key, from which nobody finds it."""
    return hashlib.sha256(f"name of {key}".encode()).hexdigest()[:16]
