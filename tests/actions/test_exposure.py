"""What a seller may still have to pay for: read live, one statement by its index, and never a coupon (section 13)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.engine import Pool
from app.domain.access import Actor
from app.graphql.schema import schema
from app.reads import Reader
from tests.actions.promising import compensated, confirm_with, sweep
from tests.market import Market, new_account, new_seller, open_market, pay
from tests.means import TestMeans
from tests.test_statements import Context

ASK = """query Exposure($id: ID!) { node(id: $id) { ... on Seller { liabilityExposure {
  count amount { amount currencyCode } reservedCount reserved { amount } byDay { day count amount { amount } }
} } } }"""
Shown = dict[str, Any]


async def shown(market: Market, pool: Pool, actor: Actor) -> Shown | None:
    """What somebody sees of the seller's exposure, in one statement."""
    reader = Reader(pool)
    context = Context(actor.viewer, market.means.clock.now(), reader)
    with reader.recorded() as log:
        answer = await schema.execute(ASK, {"id": f"sel_{market.seller.id.hex}"}, context)
    assert answer.errors is None
    assert answer.data is not None
    assert len(log) == 1
    found: Shown | None = answer.data["node"]["liabilityExposure"]
    return found


def sums(found: Shown | None) -> tuple[Any, ...]:
    """How many and how much: in all, reserved, and day by day."""
    assert found is not None
    days = [(each["day"], each["count"], each["amount"]["amount"]) for each in found["byDay"]]
    reserved = (found["reservedCount"], found["reserved"]["amount"])
    return (found["count"], found["amount"]["amount"]), reserved, days


@pytest.fixture
async def market(engine: AsyncEngine) -> Market:
    """A market of this test."""
    return await open_market(TestMeans(engine))


async def test_a_coupon_is_exposure_from_its_issue_to_its_use(market: Market, pool: Pool) -> None:
    """COU-4: available it stands under its day, reserved apart, used nowhere; each day of issue has its own day."""
    owner = market.seller.owner
    assert sums(await shown(market, pool, owner)) == ((0, "0.00"), (0, "0.00"), [])
    _, first = await compensated(market)
    day = (market.means.clock.now().date() + timedelta(days=90)).isoformat()
    assert sums(await shown(market, pool, owner)) == ((1, "30.00"), (0, "0.00"), [(day, 1, "30.00")])
    _, second = await compensated(market)
    later = (market.means.clock.now().date() + timedelta(days=90)).isoformat()
    both = [(day, 1, "30.00"), (later, 1, "30.00")]
    assert sums(await shown(market, pool, owner)) == ((2, "60.00"), (0, "0.00"), both)
    await confirm_with(market, first)
    assert sums(await shown(market, pool, owner)) == ((2, "60.00"), (1, "30.00"), both[1:])
    await pay(market, await confirm_with(market, second))
    assert sums(await shown(market, pool, owner)) == ((1, "30.00"), (1, "30.00"), [])


async def test_what_has_run_out_is_none_before_any_sweep(market: Market, pool: Pool) -> None:
    """Section 14: until the last good second of its day, not after it, swept or not; one reserved in time stays."""
    _, kept = await compensated(market)
    _, lost = await compensated(market)
    await confirm_with(market, kept)
    async with market.means.engine.connect() as connection:
        query = text("SELECT expires_at FROM coupons WHERE id = :id")
        ends = (await connection.execute(query, {"id": lost})).scalar_one()
    market.means.time.at = ends + timedelta(microseconds=999_999)
    assert sums(await shown(market, pool, market.seller.finance))[0] == (2, "60.00")
    market.means.time.at = ends + timedelta(seconds=1)
    unswept = await shown(market, pool, market.seller.finance)
    assert sums(unswept) == ((1, "30.00"), (1, "30.00"), [])
    await sweep(market)
    # the order it was applied to was never paid for: long before, it came back, and has run out now like the other
    assert sums(await shown(market, pool, market.seller.finance)) == ((0, "0.00"), (0, "0.00"), [])


async def test_only_the_seller_s_finance_and_operators_see_it(market: Market, pool: Pool) -> None:
    """Section 13: neither buyers nor sales, and no other seller."""
    await compensated(market)
    other = await new_seller(market.means)
    for actor in (market.buyer, market.seller.sales, other.owner, await new_account(market.means)):
        assert await shown(market, pool, actor) is None
    seen = [await shown(market, pool, actor) for actor in (market.seller.owner, market.seller.finance, market.operator)]
    assert seen == [seen[0]] * 3
    assert sums(seen[0])[0] == (1, "30.00")


async def test_it_is_read_by_its_index(market: Market) -> None:
    """However many coupons there are, those of other sellers and those used are not looked at."""
    query = """EXPLAIN SELECT expires_at, status, count(*), sum(amount) FROM coupons
        WHERE seller_id = '00000000-0000-0000-0000-000000000001' AND status IN ('AVAILABLE', 'RESERVED')
        AND liability = 'SELLER' GROUP BY expires_at, status"""
    async with market.means.engine.connect() as connection:
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join((await connection.execute(text(query))).scalars())
    assert "ix_coupons_exposed" in plan
