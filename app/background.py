"""What a process does whether it serves or not: settle deadlines, let go of what is old, write sheets, send webhooks.

Any number of processes may do so beside one another: what one of them is at is no other's.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from app.domain.deliveries import Terms
from app.jobs import retention, scheduler, sheets, webhooks
from app.jobs.sheets import Writing
from app.jobs.webhooks import Sending
from app.posting import Poster
from app.runtime import Runtime
from app.services import Services


@asynccontextmanager
async def working(runtime: Runtime) -> AsyncIterator[None]:
    """Do all of it for the length of a block; the feeds must be running."""
    made, chosen, again = runtime.made, runtime.settings, runtime.authenticate.again
    writing = Writing(made, runtime.ask, again, chosen.sheet_retention)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(scheduler.running(made, chosen.sweep_interval))
        await stack.enter_async_context(
            retention.running(made.read_pool, made.clock, chosen.retention, made, chosen.webhooks.retention)
        )
        await stack.enter_async_context(sheets.running(writing))
        # whoever has no key at all would take every endpoint for one whose secret is lost
        if runtime.keyring.newest is not None:
            await stack.enter_async_context(webhooks.running(sending(runtime), made.feeds.hub.followed))
        yield


def sending(runtime: Runtime) -> Sending:
    """What a process sends webhooks with."""
    made, chosen = runtime.made, runtime.settings.webhooks
    return Sending(
        means=made,
        shape=runtime.shaping,
        post=Poster(runtime.outgoing.reach, chosen.timeout.total_seconds()),
        secrets=runtime.keyring,
        recognize=runtime.authenticate.again,
        terms=Terms(chosen.attempts, chosen.first_wait, chosen.pause_after),
        at_once=chosen.at_once,
    )


@asynccontextmanager
async def alone(made: Services) -> AsyncIterator[None]:
    """Do all of it in a process that serves nothing, for the length of a block."""
    async with made.feeds.running(), working(Runtime(made)):
        yield
