"""Budgets: what a token or an account may spend on operations, in the fields they may read (`extensions.cost`).

A process takes a little more than an operation needs and spends the rest without asking, so that most operations cost
no statement; what an operation did not read is given back with the next question.
"""

import asyncio
import math
from collections import OrderedDict
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

from app.db import budgets as stored
from app.db.budgets import Rate
from app.db.engine import Pool
from app.graphql.errors import Code, RequestRefused, formatted

PART = 50  # a process holds about this part of a budget beforehand
KEPT = 10_000
# What a field of an answer takes at least, as a rule: its fields are not counted, because that takes as long as much
# of the rest
FIELD_BYTES = 16
_COST = b'{"requested":%d,"actual":%d,"available":%d,"maximum":%d,"restoreRate":%d}'


class Throttled(RequestRefused):
    """The budget does not hold what the operation may read; after `seconds` it does, if nobody else spends of it."""

    def __init__(self, cost: int, available: int, seconds: float) -> None:
        text = f"Your budget holds {available} of the {cost} that this operation may cost; try again in {seconds} s."
        facts = {"cost": cost, "available": available, "retryAfter": seconds}
        super().__init__([formatted(Code.THROTTLED, text, **facts)], 429)
        self.seconds = seconds


@dataclass(slots=True)
class _Purse:
    """What this process holds of a budget, and what the budget held when it was last looked at."""

    held: float = 0
    left: float = 0
    looked: float = 0
    # by one at a time: each of many who come at once would take a part for itself, and hold nearly all of it together
    filling: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class Bill:
    """What one operation was charged."""

    rate: Rate
    requested: int
    _purse: _Purse

    def settle(self, answered: int) -> bytes:
        """Charge by the bytes that were answered, if that is less than was requested; the JSON of `extensions.cost`."""
        actual = min(self.requested, -(-answered // FIELD_BYTES))
        self._purse.held += self.requested - actual
        return _COST % (self.requested, actual, self._available(), self.rate.size, self.rate.restore)

    def _available(self) -> int:
        """What of the budget could be spent now, as far as this process knows."""
        restored = self._purse.left + (monotonic() - self._purse.looked) * self.rate.restore
        return max(0, min(self.rate.size, int(self._purse.held + restored)))


class Budgets:
    """The budgets as one process knows them."""

    def __init__(self, pool: Pool, rate: Rate) -> None:
        self.rate = rate
        self._pool = pool
        self._purses: OrderedDict[UUID, _Purse] = OrderedDict()

    async def spend(self, payer: UUID, cost: int) -> Bill:
        """Charge an operation with what it may cost, or refuse it."""
        purse = self._purses.get(payer)
        if purse is None:
            purse = self._purses[payer] = _Purse()
            if len(self._purses) > KEPT:
                self._purses.popitem(last=False)
        else:
            self._purses.move_to_end(payer)
        if purse.held < cost:
            async with purse.filling:
                if purse.held < cost:
                    await self._fill(payer, purse, cost)
        purse.held -= cost
        return Bill(self.rate, cost, purse)

    async def _fill(self, payer: UUID, purse: _Purse, cost: int) -> None:
        back, purse.held = purse.held, 0
        wanted = cost + self.rate.size / PART
        taken = await stored.take(self._pool, payer, self.rate, least=cost, wanted=wanted, back=back)
        purse.held += taken.granted
        purse.left, purse.looked = taken.left, monotonic()
        if taken.granted < cost:
            seconds = (math.floor(1000 * (cost - taken.left) / self.rate.restore) + 1) / 1000
            raise Throttled(cost, int(taken.left), seconds)
