"""Filing succeeds exactly when the oracle, asked at the same instant, said yes (CLM-9)."""

from collections import Counter
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import claims, work
from app.db import tables as t
from app.db.engine import Pool
from app.domain import claims as domain
from app.domain.calendar import SECOND
from app.domain.errors import ErrorCode, Refusal
from app.domain.remedies import Guarantee
from app.domain.trade import Act, Trade
from app.graphql.schema import schema
from app.reads import Reader
from tests.actions.courses import begun, scene
from tests.market import Market, by, row_of
from tests.means import TestMeans
from tests.sizes import size
from tests.test_statements import Context

ANSWERS = size("claims that the oracle answers")
ASK = """query Check($id: ID!) { node(id: $id) { ... on Order { claimCheck {
  claimable changesAt amount { amount } promises { guarantee claimable conditions { code met fact } }
} } } }"""


async def asked(market: Market, reader: Reader, order_id: UUID) -> dict[str, Any]:
    """What the buyer is told now, whether or not a sweep has come by."""
    context = Context(market.buyer.viewer, market.means.clock.now(), reader)
    answer = await schema.execute(ASK, {"id": f"ord_{order_id.hex}"}, context)
    assert answer.errors is None
    assert answer.data is not None
    found: dict[str, Any] = answer.data["node"]["claimCheck"]
    return found


class Undone(Exception):
    """What keeps a claim from being written."""


async def tried(market: Market, order_id: UUID, guarantee: Guarantee | None) -> bool:
    """Whether filing succeeds now; what is filed is not kept, so that it can be tried again later."""

    def file(trade: Trade, act: Act) -> Trade:
        domain.file(trade, act, guarantee, None)
        raise Undone

    try:
        await work.on_order(market.means, by(market.buyer), order_id, file)
    except Undone:
        return True
    except Refusal as refusal:
        assert refusal.code in (ErrorCode.CLAIM_NOT_POSSIBLE, ErrorCode.STEP_NOT_ALLOWED), refusal
        return False
    raise AssertionError("it was neither undone nor refused")


async def answered(market: Market, reader: Reader, order_id: UUID) -> dict[str, Any]:
    """What is told now, after filing has been tried for each promise and for any: it succeeds exactly if told so."""
    told = await asked(market, reader, order_id)
    assert told["claimable"] is any(each["claimable"] for each in told["promises"])
    for each in told["promises"]:
        assert each["claimable"] is all(condition["met"] for condition in each["conditions"])
        assert await tried(market, order_id, Guarantee(each["guarantee"])) is each["claimable"], told
    assert await tried(market, order_id, None) is told["claimable"], told
    return told


def promises(told: dict[str, Any]) -> list[bool]:
    """Which promise can be claimed."""
    return [each["claimable"] for each in told["promises"]]


async def filed(market: Market, order_id: UUID, told: dict[str, Any]) -> None:
    """The buyer claims in earnest, for what was told."""
    claim = await row_of(
        market.means, t.claims, await claims.file(market.means, by(market.buyer), order_id, None, None)
    )
    assert claim["amount"] == int(Decimal(told["amount"]["amount"]) * 100)
    assert {each["guarantee"]: each["claimable"] for each in told["promises"]}[claim["guarantee"]]


async def test_filing_succeeds_exactly_when_the_oracle_says_so(engine: AsyncEngine, pool: Pool) -> None:
    """Random orders and instants, no difference; and what changes by time alone changes at the instant told."""
    seen: Counter[str] = Counter()
    number, reader = 0, Reader(pool)
    while seen["answers"] < ANSWERS:
        number += 1
        rng = Random(number)
        story = await begun(await scene(TestMeans(engine)), rng)
        market, order_id, clock = story.market, story.order_id, story.market.means.time
        for _ in range(rng.randint(2, 12)):
            await story.step()
        for _ in range(4):
            told = await answered(market, reader, order_id)
            seen["answers"] += 1
            seen[f"claimable {told['claimable']}"] += 1
            if told["claimable"] and rng.random() < 0.2:
                await filed(market, order_id, told)
                seen["filed"] += 1
                continue
            if told["changesAt"] is None:
                clock.step(days=rng.randint(1, 40), seconds=rng.randint(0, 86_400))
                assert promises(await answered(market, reader, order_id)) == promises(told)
                continue
            changes = datetime.fromisoformat(told["changesAt"])
            clock.at = max(clock.at, changes - SECOND)
            assert promises(await answered(market, reader, order_id)) == promises(told)
            clock.at = changes
            assert promises(await answered(market, reader, order_id)) != promises(told)
            seen["changed"] += 1
            seen["answers"] += 2
            clock.step(seconds=rng.choice([0, 1, 3_600, 86_400]))
    assert min(seen[kind] for kind in ("claimable True", "claimable False", "filed", "changed")) >= ANSWERS // 50, seen
