"""The story of one order through the actions on the real database, from draft to withdrawal."""

from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import sellers
from tests.domain.build import terms
from tests.market import by, completed, event_rows, open_market, order_row
from tests.means import TestMeans


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
async def test_an_order_goes_from_draft_to_withdrawal(engine: AsyncEngine, currency: str) -> None:
    """551.23 arrives in two instalments, 11.02 stay as the fee, and the rest is the seller's to withdraw."""
    means = TestMeans(engine)
    market = await open_market(means)
    order_id = await completed(market, terms(currency))
    order = await order_row(means, order_id)
    assert order["status"] == "COMPLETED"
    expected = {"USD": (551_23, 11_02), "JPY": (55_125, 1_103), "KWD": (551_230, 11_025)}
    assert (order["total"], order["fee_charged"]) == expected[currency]
    assert order["received"] == order["released"] == order["total"]
    rest = order["total"] - order["fee_charged"]
    await sellers.withdraw(means, by(market.seller.finance), rest, currency)
    async with engine.connect() as connection:
        left = await connection.execute(
            text("SELECT account, amount FROM balances WHERE owner_id IN (:order, :seller)"),
            {"order": order_id, "seller": market.seller.id},
        )
        assert {row.account: row.amount for row in left} == {"ESCROW": 0, "SELLER": 0}
    events = await event_rows(means, order_id)
    assert [event["version"] for event in events] == list(range(1, order["version"] + 1))
    assert Decimal(order["usd_rate"]) > 0
