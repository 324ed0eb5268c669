"""When access tokens were last used: noted in memory, and written together now and then, off every request's path."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from itertools import islice
from uuid import UUID

from app.db import tokens
from app.db.engine import Pool
from app.events.connections import DATABASE_TROUBLE
from app.events.tasks import forever
from app.events.tunables import Tunables

EVERY_SECONDS = 5.0
AT_ONCE = 1_000
MOST = 10_000


class Usage:
    """The latest use of each token since the last writing; nothing within a minute of a use that was written."""

    def __init__(self) -> None:
        self._noted: dict[UUID, datetime] = {}
        self._written: dict[UUID, datetime] = {}

    def __len__(self) -> int:
        return len(self._noted)

    def note(self, token_id: UUID, at: datetime) -> None:
        """A token was used."""
        written = self._written.get(token_id)
        if written is not None and at - written < tokens.APART:
            return
        if token_id in self._noted or len(self._noted) < MOST:
            self._noted[token_id] = at

    async def write(self, pool: Pool) -> int:
        """Write what was noted; how many tokens that were. What cannot be written now is kept for the next time."""
        count = 0
        while batch := dict(islice(self._noted.items(), AT_ONCE)):
            await tokens.note_uses(pool, batch)
            if len(self._written) + len(batch) > MOST:
                self._written.clear()
            self._written |= batch
            for token_id in batch:
                del self._noted[token_id]
            count += len(batch)
        return count

    @asynccontextmanager
    async def running(self, pool: Pool) -> AsyncIterator[None]:
        """Write now and then for the length of a block, and once more at its end."""

        async def turn() -> None:
            await asyncio.sleep(EVERY_SECONDS)
            await self.write(pool)

        task = asyncio.create_task(forever("the writing of uses", turn, Tunables()), name="usage")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            with suppress(*DATABASE_TROUBLE):
                await self.write(pool)
