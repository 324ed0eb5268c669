"""Public ids: a noun's prefix, an underscore and the 32 hexadecimal digits of its key."""

import re
from uuid import UUID

from app.domain.errors import ErrorCode, Refusal

_ID = re.compile(r"([a-z]{3})_([0-9a-f]{32})")


def key(prefix: str, public: str, *field: str | int) -> UUID:
    """The key of a public id of this noun; NOT_FOUND for anything else, for there can be no such thing."""
    found = _ID.fullmatch(public)
    if found is None or found[1] != prefix:
        raise Refusal(ErrorCode.NOT_FOUND, f"There is nothing with this id here; it begins with {prefix}_.", field)
    return UUID(found[2])
