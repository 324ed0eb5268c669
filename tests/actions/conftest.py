"""What the tests of actions share."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.engine import write_engine
from tests.actions.ledgers import faults
from tests.market import Market, open_market
from tests.means import TestMeans


@pytest.fixture
async def market(engine: AsyncEngine) -> Market:
    """A market of this test on the worker's database."""
    return await open_market(TestMeans(engine))


@pytest.fixture
async def doors(market: Market, postgres_url: str) -> AsyncIterator[list[Market]]:
    """The market through two pools, as two processes see it."""
    engine = write_engine(postgres_url)
    yield [market, replace(market, means=replace(market.means, engine=engine))]
    await engine.dispose()
    assert await faults(market.means.engine, market.seller.id) == []
