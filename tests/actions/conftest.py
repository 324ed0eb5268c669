"""What the tests of actions share."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.market import Market, open_market
from tests.means import TestMeans


@pytest.fixture
async def market(engine: AsyncEngine) -> Market:
    """A market of this test on the worker's database."""
    return await open_market(TestMeans(engine))
