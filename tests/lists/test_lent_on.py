"""Which orders a lender may lend on, from agreement to receipt, as the seller's list and the order say it (DSK-2)."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import disputes, fulfilment
from app.db.engine import Pool, read_pool
from app.domain.access import Actor
from app.domain.remedies import DisputeReason
from app.graphql.schema import schema
from app.reads import Reader
from tests.actions import promising
from tests.market import Market, by, confirmed, open_market, pay
from tests.means import TestMeans
from tests.reads.conftest import Context

ASKED = """query Lent($id: ID!) {
  node(id: $id) { ... on Order { loanEligible } }
  viewer { orders(filter: { services: [LOAN_ELIGIBLE] }) { nodes { id } } } }"""


@pytest.fixture
async def market(fresh_engine: AsyncEngine) -> Market:
    """A market alone on a database."""
    return await open_market(TestMeans(fresh_engine))


@pytest.fixture
async def pool(market: Market, fresh_database_url: str) -> AsyncIterator[Pool]:
    """Where it is asked."""
    made = await read_pool(fresh_database_url)
    yield made
    await made.close()


async def lent_on(market: Market, pool: Pool, order_id: UUID, actor: Actor | None = None) -> tuple[bool | None, bool]:
    """What somebody, by default the owner, is told of an order: the flag, and whether the list has it."""
    viewer, public = (actor or market.seller.owner).viewer, f"ord_{order_id.hex}"
    answer = await schema.execute(ASKED, {"id": public}, Context(viewer, market.means.clock.now(), Reader(pool)))
    assert not answer.errors and answer.data, answer.errors
    listed = [node["id"] for node in answer.data["viewer"]["orders"]["nodes"]]
    return answer.data["node"]["loanEligible"], public in listed


YES, NO = (True, True), (False, False)


async def test_an_order_is_lent_on_while_its_money_waits(market: Market, pool: Pool) -> None:
    """DSK-2: from when the money that its dispatch waits for is in until receipt releases it."""
    order_id = await confirmed(market)
    assert await lent_on(market, pool, order_id) == NO
    await pay(market, order_id)
    assert await lent_on(market, pool, order_id) == YES
    await promising.send(market, order_id, some=True)
    assert await lent_on(market, pool, order_id) == YES
    await promising.send(market, order_id)
    assert await lent_on(market, pool, order_id) == YES
    await fulfilment.confirm_receipt(market.means, by(market.buyer), order_id)
    assert await lent_on(market, pool, order_id) == NO


async def test_an_order_in_dispute_is_not_lent_on(market: Market, pool: Pool) -> None:
    """DSK-2: its money may go back; once the dispute is over, and the order is not, it is as before."""
    order_id = await promising.promised(market)
    dispute_id = await disputes.apply_for_refund(
        market.means, by(market.buyer), order_id, DisputeReason.QUALITY, None, None
    )
    assert await lent_on(market, pool, order_id) == NO
    await disputes.withdraw(market.means, by(market.buyer), dispute_id, None)
    assert await lent_on(market, pool, order_id) == YES


async def test_an_overdue_order_is_not_lent_on(market: Market, pool: Pool) -> None:
    """DSK-2: nor is one that was dispatched late."""
    order_id = await promising.promised(market)
    assert await lent_on(market, pool, order_id) == YES
    market.means.time.step(days=9)
    await promising.settle(market, order_id)
    assert await lent_on(market, pool, order_id) == NO
    await promising.send(market, order_id)
    assert await lent_on(market, pool, order_id) == NO


async def test_it_is_the_sellers_side_s_to_know(market: Market, pool: Pool) -> None:
    """DSK-2, section 13: members and operators are told, the buyer is not, and finds nothing by it."""
    order_id = await promising.promised(market)
    team = market.seller
    for actor in (team.owner, team.finance, team.sales, market.operator):
        assert await lent_on(market, pool, order_id, actor) == YES
    assert await lent_on(market, pool, order_id, market.buyer) == (None, False)
