"""Many orders by one request: how many, and each under a key of its own (DSK-3)."""

from uuid import UUID

import pytest

from app.domain import many
from app.domain.errors import ErrorCode, Refusal

ORDERS = [UUID(int=number) for number in range(3)]


def test_so_many_at_once() -> None:
    """DSK-3: from 1 to 250."""
    for number in (1, 250):
        many.check_number([None] * number, "orderIds")
    for number in (0, 251):
        with pytest.raises(Refusal) as refused:
            many.check_number([None] * number, "orderIds")
        assert (refused.value.code, refused.value.field) == (ErrorCode.TOO_MANY, ("orderIds",))


def test_each_order_has_a_key_of_its_own() -> None:
    """DSK-3: another for each order and for each request, the same for a retry, and no longer than keys may be."""
    keys = [many.own_key(key, order) for key in ("a", "b", "a" * 200) for order in ORDERS]
    assert len(set(keys)) == 9
    assert keys == [many.own_key(key, order) for key in ("a", "b", "a" * 200) for order in ORDERS]
    assert max(map(len, keys)) <= 200
