"""A market whose events are sent to receivers on this machine, on a clock that stands still."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.destinations import Reach
from app.keyring import Keyring
from app.outgoing import Outgoing
from tests.api.pushing import staged
from tests.market import open_market
from tests.means import StepClock, TestMeans
from tests.sending import KEY, TERMS, PostRoom, sending_of


@pytest.fixture
async def room(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[PostRoom]:
    """A market of this test alone."""
    async with staged(fresh_database_url, tmp_path, StepClock(datetime.now(UTC))) as stage:
        means = TestMeans(stage.made.engine, stage.made.clock)
        sending = sending_of(stage, means, TERMS)
        outgoing = Outgoing(Reach(loopback=True), Keyring((KEY,)), sending.shape)
        made = PostRoom(await open_market(means), sending, outgoing)
        yield made
        for sender in made.senders:
            await sender.stop()
