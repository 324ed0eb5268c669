"""What actions need of the outside, in the tests' hands: a clock that stands still, and a bell that counts."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncEngine

from app.clock import Clock, SystemClock
from app.domain.destinations import Reach
from app.keyring import Keyring
from app.mint import SystemMint
from app.outgoing import Outgoing

# Outgoing webhooks that go nowhere
NOWHERE = Outgoing(Reach(), Keyring(()), cast(Any, None))
START = datetime(2024, 5, 6, 9, 0, tzinfo=UTC)


class StepClock(SystemClock):
    """A clock that moves only when it is told to."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def real(self) -> datetime:
        """The instant it was set to."""
        return self.at

    def step(self, **ahead: float) -> datetime:
        """Move ahead by a timedelta's arguments; the new instant."""
        self.at += timedelta(**ahead)
        return self.at


class CountingBell:
    """A bell that nobody hears, and that knows how often it was rung."""

    def __init__(self) -> None:
        self.rings = 0

    def committed(self) -> None:
        """Count one ring."""
        self.rings += 1


_NUMBERS = itertools.count(1)


class SteadyMint(SystemMint):
    """A mint whose order numbers never meet, though thousands of orders are made while the clock stands still."""

    def order_number(self, now: datetime) -> str:
        """As the real one's, but its tail is counted."""
        return f"{super().order_number(now)[:13]}{next(_NUMBERS) % 10**7:07d}"


@dataclass(frozen=True)
class TestMeans:
    """The means of an action on a test's engine; `clock` is a StepClock unless another one is given."""

    __test__ = False

    engine: AsyncEngine
    clock: Clock = field(default_factory=StepClock)
    mint: SystemMint = field(default_factory=SteadyMint)
    feeds: CountingBell = field(default_factory=CountingBell)

    @property
    def time(self) -> StepClock:
        """The clock, to be moved."""
        assert isinstance(self.clock, StepClock)
        return self.clock
