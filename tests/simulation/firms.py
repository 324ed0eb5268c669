"""What simulated sellers do beside their orders: they withdraw their balance, leave the guarantee and come back."""

from functools import partial
from uuid import UUID

from app.actions import enrolment, sellers
from app.domain.errors import ErrorCode
from app.domain.policy import WithdrawalRoute
from tests.simulation.timeline import Life
from tests.simulation.world import Firm, World

BALANCE = """
    SELECT currency, amount FROM balances WHERE account = 'SELLER' AND owner_id = :seller AND amount > 0
    ORDER BY currency
"""
WEEKS = 24


async def life(world: World, firm: Firm) -> Life:
    """Week by week a seller looks after their money and their enrolment."""
    for _ in range(WEEKS):
        yield world.hours(24 * 5, 24 * 9)
        way = world.decks.draw("withdrawing", ALL=3, PART=1, NOTHING=1)
        for row in await world.rows(BALANCE, seller=firm.team.id):
            if way != "NOTHING":
                await _withdraw(world, firm, row.amount if way == "ALL" else max(1, row.amount // 2), row.currency)
        (row,) = await world.rows("SELECT enrolled_at FROM sellers WHERE id = :seller", seller=firm.team.id)
        enrolled = row.enrolled_at is not None
        if enrolled and world.decks.draw("leaving", STAY=12, LEAVE=1) == "LEAVE":
            await _enrol(world, firm, leave=True)
        elif not enrolled and world.decks.draw("joining", WAIT=1, JOIN=2) == "JOIN":
            await _enrol(world, firm, leave=False)


async def _enrol(world: World, firm: Firm, leave: bool) -> UUID | None:
    step, what = (enrolment.leave, "LEAVE") if leave else (enrolment.join, "JOIN")
    return await world.take(what, firm.team.owner, step, ErrorCode.ENROLMENT_NOT_POSSIBLE)


async def _withdraw(world: World, firm: Firm, amount: int, currency: str) -> None:
    """The balance or a part of it; where several routes are open, one of them has to be named."""
    for route in (None, *WithdrawalRoute):
        made = await world.take(
            "WITHDRAW",
            firm.team.finance,
            partial(sellers.withdraw, amount=amount, currency=currency, wanted=route),
            ErrorCode.BALANCE_TOO_SMALL,
            ErrorCode.REQUIRED,
            ErrorCode.INVALID,
        )
        if made is not None:
            return
