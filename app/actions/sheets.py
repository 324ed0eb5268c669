"""Sheets: asked for, written part by part by whoever holds the lease, cancelled, fetched, and let go of (DSK-3).

All of it happens in real time, as with uploaded files: the domain's clock may be moved.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.actions import work
from app.actions.files import Keeping
from app.actions.work import Call
from app.db import sheets as stored
from app.domain import sheets
from app.domain.access import Actor
from app.domain.errors import ErrorCode, Refusal
from app.domain.sheets import Choice, Sheet, SheetFormat, SheetState, Told

FORGOTTEN_AT_ONCE = 100
Decide = Callable[[Sheet, datetime], Told]


async def request(means: work.Means, call: Call, format: SheetFormat, choice: Choice) -> UUID:
    """Ask for a sheet; the id of it. It is written in the background."""
    act = call.act(means.clock.real(), means.mint)
    async with means.engine.begin() as connection:
        if (made := await work.claim(connection, call)) is not None:
            return made
        waiting = 0 if call.actor is None else await stored.number_open(connection, call.actor.account_id)
        sheet, happening = sheets.request(act, format, choice, waiting)
        await work.remember(connection, call, sheet.id)
        await stored.add(connection, (sheet, happening))
    means.feeds.committed()
    return sheet.id


async def cancel(means: Keeping, call: Call, sheet_id: UUID) -> UUID:
    """Stop writing a sheet of one's own; the id of it."""
    if call.actor is None:
        raise Refusal(ErrorCode.UNAUTHENTICATED, "Send a bearer token in the Authorization header.")
    async with means.engine.begin() as connection:
        before = sheets.require_own(await stored.lock(connection, sheet_id), call.actor)
        if await work.recall(connection, call) is not None:
            return sheet_id
        after, happening = sheets.cancel(before, call.act(means.clock.real(), means.mint))
        await work.remember(connection, call, sheet_id)
        await stored.save(connection, (after, happening))
    means.feeds.committed()
    await _let_go(means, before.parts)
    return sheet_id


async def take(means: Keeping, writer_id: UUID) -> Sheet | None:
    """The next sheet for a writer to write; None when there is nothing to do."""
    async with means.engine.begin() as connection:
        return await stored.take(connection, writer_id, means.clock.real())


async def settle(means: Keeping, sheet: Sheet, decide: Decide) -> Sheet | None:
    """Decide something about the sheet one writes; None when it is another's by now, or was cancelled."""
    now = means.clock.real()
    async with means.engine.begin() as connection:
        held = await stored.lock(connection, sheet.id)
        if held is None or held.state is not SheetState.RUNNING or held.writer_id != sheet.writer_id:
            return None
        after, happening = decide(held, now)
        await stored.save(connection, (after, happening))
    means.feeds.committed()
    if after.state is not SheetState.RUNNING:
        await _let_go(means, held.parts)
    return after


async def fetch(means: Keeping, sheet_id: UUID) -> tuple[Sheet, AsyncIterator[bytes]]:
    """A finished sheet and its content; NOT_FOUND for what is not there, or no more."""
    async with means.engine.connect() as connection:
        sheet = await stored.get(connection, sheet_id)
    content = None
    if sheet is not None and sheet.state is SheetState.READY:
        content = await means.storage.open(sheet_id)
    if sheet is None or content is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such sheet, or it is kept no more.", ("id",))
    return sheet, content


async def forget_old(means: Keeping) -> int:
    """Let go of the files that were kept long enough; how many there were."""
    now, gone = means.clock.real(), 0
    while True:
        async with means.engine.begin() as connection:
            old = await stored.kept_too_long(connection, now, FORGOTTEN_AT_ONCE)
            await stored.save(connection, *(sheets.expire(sheet, now) for sheet in old))
        await _let_go(means, [sheet.id for sheet in old])
        if not old:
            return gone
        means.feeds.committed()
        gone += len(old)


async def _let_go(means: Keeping, contents: Sequence[UUID]) -> None:
    for content in contents:
        await means.storage.delete(content)


def finishing(size: int, kept: timedelta) -> Decide:
    """That a sheet is whole."""
    return lambda sheet, now: sheets.finish(sheet, now, size, kept)


def failing(why: str) -> Decide:
    """That a sheet cannot be written."""
    return lambda sheet, now: sheets.fail(sheet, now, why)


async def is_ready(means: work.Means, actor: Actor, sheet_id: UUID) -> bool:
    """Whether a sheet of one's own can be fetched; NOT_FOUND for that of anybody else."""
    async with means.engine.connect() as connection:
        sheet = sheets.require_own(await stored.get(connection, sheet_id), actor)
    return sheet.state is SheetState.READY
