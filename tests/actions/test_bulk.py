"""Many orders by one request: its key, and those of its items."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

import pytest

from app.actions import bulk, desk
from app.actions.work import Call, call_of
from app.domain.errors import ErrorCode, Refusal
from app.domain.many import ITEMS_MOST
from tests.actions.looking import look, refusal
from tests.market import Market, confirmed, event_rows, order_row

KEY = "many at once"


def request(market: Market, orders: list[UUID], label: str = "VIP", key: str = KEY) -> Call:
    """A salesperson's call about these orders."""
    given: Mapping[str, object] = {"orders": [str(order) for order in orders], "label": label}
    return call_of(market.seller.sales, "orderLabelMany", given, key)


async def label_all(market: Market, call: Call, orders: list[UUID]) -> None:
    """What the mutation does: its key first, and then one order after the other."""
    await bulk.begin(market.means, call, orders, "orderIds")
    for order in orders:
        await desk.label(market.means, bulk.one_of(call, order), order, ["VIP"], [])


@pytest.mark.parametrize("number", [0, ITEMS_MOST + 1])
async def test_none_and_too_many_are_refused(market: Market, number: int) -> None:
    """DSK-3: from 1 to 250 orders at once."""
    order = await confirmed(market)
    before = await look(market, order)
    refused = await refusal(bulk.begin(market.means, request(market, [order]), [order] * number, "orderIds"))
    assert (refused.code, refused.field) == (ErrorCode.TOO_MANY, ("orderIds",))
    assert await look(market, order) == before
    await bulk.begin(market.means, request(market, [order]), [order] * 250, "orderIds")


async def test_a_retry_goes_on_where_the_first_try_was_cut_off(market: Market) -> None:
    """DSK-3: what was done is not done again, and the rest is done."""
    orders = [await confirmed(market) for _ in range(3)]
    call = request(market, orders)
    await bulk.begin(market.means, call, orders, "orderIds")
    await desk.label(market.means, bulk.one_of(call, orders[0]), orders[0], ["VIP"], [])
    await desk.label(market.means, request(market, orders[:1], key="another"), orders[0], [], ["VIP"])
    await label_all(market, call, orders)
    assert [(await order_row(market.means, order))["labels"] for order in orders] == [[], ["VIP"], ["VIP"]]
    versions = [(await order_row(market.means, order))["version"] for order in orders]
    await label_all(market, call, orders)
    assert [(await order_row(market.means, order))["version"] for order in orders] == versions


async def test_other_items_under_a_key_are_another_request(market: Market) -> None:
    """DSK-3: refused as a whole, the items that it shares with the first and those it does not."""
    orders = [await confirmed(market) for _ in range(2)]
    await label_all(market, request(market, orders[:1]), orders[:1])
    refused = await refusal(label_all(market, request(market, orders), orders))
    assert refused.code is ErrorCode.IDEMPOTENCY_KEY_REUSED
    assert (await order_row(market.means, orders[1]))["labels"] == []


async def test_one_request_sent_ten_times_at_once_is_done_once(market: Market) -> None:
    """DSK-3: each order has one event; nobody is refused."""
    orders = [await confirmed(market) for _ in range(3)]
    call = request(market, orders)
    tries = await asyncio.gather(*(label_all(market, call, orders) for _ in range(10)), return_exceptions=True)
    assert [one for one in tries if isinstance(one, BaseException)] == []
    for order in orders:
        assert len(await event_rows(market.means, order, "LABELS_CHANGED")) == 1


async def test_a_key_without_letters_is_none(market: Market) -> None:
    """A key has 1 to 200 characters, whatever is made of it for each order."""
    order = await confirmed(market)
    for key in ("", "k" * 201):
        with pytest.raises(Refusal) as refused:
            await label_all(market, request(market, [order], key=key), [order])
        assert refused.value.field == ("idempotencyKey",)
    await label_all(market, request(market, [order], key="k" * 200), [order])
