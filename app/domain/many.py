"""Many orders by one request: how many, and under which keys, so that a retry does nothing twice (DSK-3)."""

import hashlib
from collections.abc import Sized
from uuid import UUID

from app.domain.errors import ErrorCode, Refusal

ITEMS_MOST = 250


def check_number(items: Sized, field: str) -> None:
    """Refuse a request for no order, and for more than are acted upon at once."""
    if not 0 < len(items) <= ITEMS_MOST:
        raise Refusal(ErrorCode.TOO_MANY, f"Name 1 to {ITEMS_MOST} orders.", (field,))


def own_key(key: str, order_id: UUID) -> str:
    """The key of one order of many: under one for all, each would be answered with what the first came to."""
    return hashlib.sha256(f"{key}:{order_id.hex}".encode()).hexdigest()
