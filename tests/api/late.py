"""Orders of a market on the real clock that were made days ago, and whose promise was broken since."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from app.domain.conditions import State
from tests.actions import promising
from tests.market import Market
from tests.means import StepClock


def days_ago(market: Market, days: int = 12) -> Market:
    """The market as it was so many days ago: nine of them pass while a promise is broken."""
    then = market.means.clock.real() - timedelta(days=days)
    return replace(market, means=replace(market.means, clock=StepClock(then)))


async def overdue(market: Market) -> UUID:
    """An order that was to leave days ago, of a seller who promised that it would."""
    return await promising.overdue(days_ago(market))


async def received_late(market: Market) -> UUID:
    """One that left late, and that the buyer has received."""
    return await promising.broken(days_ago(market), State.COMPLETED)


async def claimed(market: Market) -> UUID:
    """One that the buyer claims for."""
    order_id = await overdue(market)
    await promising.claim(market, order_id)
    return order_id


async def approved(market: Market) -> UUID:
    """One whose claim was approved."""
    order_id = await overdue(market)
    await promising.approve(market, await promising.claim(market, order_id))
    return order_id


async def waived(market: Market) -> UUID:
    """One whose claim would be refused, by a waiver."""
    order_id = await overdue(market)
    await promising.waive(market, order_id, compensate=False)
    return order_id
