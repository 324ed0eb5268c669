"""The writing of sheets: one at a time in a process, page by page as its asker may see the orders, resumed by anybody.

Each page is a question of whoever asked, as they stand now: who lost their place in the meantime gets no file. What is
written is kept in parts, so that after a restart another writer goes on behind the last of them.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Protocol, cast
from uuid import UUID

from app.actions import sheets
from app.actions.files import Keeping
from app.domain.access import Actor
from app.domain.sheets import Sheet, SheetFormat, advance
from app.events.tasks import forever, happened
from app.events.tunables import Tunables
from app.papers import listing
from app.papers.spreadsheets import Csv, Kind, Xlsx

log = logging.getLogger(__name__)

KINDS: Mapping[SheetFormat, Kind] = {SheetFormat.CSV: Csv(), SheetFormat.XLSX: Xlsx()}
PAGE = 100
PAGES_A_PART = 10
EVERY_SECONDS = 2.0
LOST = "Whoever asked for it may no longer read orders."
BROKEN = "Something went wrong on our side; ask for it again."


class Ask(Protocol):
    """Answers a question of ours as an actor would be answered."""

    async def __call__(self, actor: Actor, text: str, **variables: Any) -> Mapping[str, Any]: ...


# Who an account is now, by the token it came with; None for somebody who may not come any more
Recognize = Callable[[UUID, UUID | None], Awaitable[Actor | None]]


class LostPlace(Exception):
    """Whoever asked may no longer be answered."""


@dataclass(frozen=True, slots=True)
class Writing:
    """What a writer works with; `kept` is how long a finished sheet is kept."""

    means: Keeping
    ask: Ask
    recognize: Recognize
    kept: timedelta


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a sheet, and where the next ones begin; None behind the last."""

    content: bytes
    rows: int
    cursor: str | None


class Writer:
    """Writes sheets, one after the other."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing
        self._id = writing.means.mint.id()

    async def look(self) -> bool:
        """Write the next sheet, if there is one; whether there was."""
        sheet = await sheets.take(self._writing.means, self._id)
        if sheet is None:
            return False
        try:
            await self._write(sheet)
        except LostPlace:
            await sheets.settle(self._writing.means, sheet, sheets.failing(LOST))
        except Exception:
            log.exception("the sheet %s could not be written", sheet.id)
            await sheets.settle(self._writing.means, sheet, sheets.failing(BROKEN))
        return True

    async def _write(self, sheet: Sheet) -> None:
        """Part by part from where it stands, then the whole of it; a sheet that was cancelled is given up."""
        means, kind = self._writing.means, KINDS[sheet.format]
        total = await self._total(sheet) if sheet.total is None else sheet.total
        held: Sheet | None = sheet
        while held is not None and (not held.parts or held.cursor is not None):
            part = await self._part(held, kind)
            held = await self._keep(held, part, total)
        if held is None:
            return
        with TemporaryFile() as file:
            whole = cast(BinaryIO, file)
            size = await self._whole(held, kind, whole)
            await means.storage.put(held.id, whole)
        if await sheets.settle(means, held, sheets.finishing(size, self._writing.kept)) is None:
            await means.storage.delete(held.id)

    async def _asked(self, sheet: Sheet, text: str, **variables: Any) -> Mapping[str, Any]:
        actor = await self._writing.recognize(sheet.account_id, sheet.token_id)
        if actor is None or actor.seller_id != sheet.seller_id:
            raise LostPlace
        return await self._writing.ask(actor, text, **variables)

    async def _total(self, sheet: Sheet) -> int | None:
        if sheet.order_ids is not None:
            return len(sheet.order_ids)
        found: int | None = (await self._asked(sheet, listing.HOW_MANY, filter=sheet.filter))["viewer"]["orders"][
            "totalCount"
        ]
        return found

    async def _part(self, sheet: Sheet, kind: Kind) -> Part:
        """The next rows; of chosen orders the cursor is how many were looked at."""
        written, rows, cursor = [] if sheet.parts else [kind.written([listing.HEAD])], 0, sheet.cursor
        read = self._page if sheet.order_ids is None else self._chosen
        for _ in range(PAGES_A_PART):
            orders, cursor = await read(sheet, cursor)
            found = [each for each in orders if each]
            written.append(await asyncio.to_thread(_written, kind, found))
            rows += len(found)
            if cursor is None:
                break
        return Part(b"".join(written), rows, cursor)

    async def _page(self, sheet: Sheet, after: str | None) -> tuple[list[Any], str | None]:
        answer = await self._asked(sheet, listing.PAGE, first=PAGE, after=after, filter=sheet.filter)
        page = answer["viewer"]["orders"]
        return page["nodes"], page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None

    async def _chosen(self, sheet: Sheet, after: str | None) -> tuple[list[Any], str | None]:
        chosen, begin = sheet.order_ids or (), int(after or 0)
        end = begin + PAGE
        answer = await self._asked(sheet, listing.CHOSEN, ids=[f"ord_{id.hex}" for id in chosen[begin:end]])
        return answer["nodes"], str(end) if end < len(chosen) else None

    async def _keep(self, sheet: Sheet, part: Part, total: int | None) -> Sheet | None:
        """Keep a part before it is said to be there; one that is nobody's is let go of again."""
        means, part_id = self._writing.means, self._writing.means.mint.id()
        with TemporaryFile() as file:
            file.write(part.content)
            await means.storage.put(part_id, cast(BinaryIO, file))
        held = await sheets.settle(
            means,
            sheet,
            lambda held, now: advance(held, now, part.rows, part.cursor, part_id, total),
        )
        if held is None:
            await means.storage.delete(part_id)
        return held

    async def _whole(self, sheet: Sheet, kind: Kind, file: BinaryIO) -> int:
        """All parts as one file; how many bytes it has."""
        whole = await asyncio.to_thread(kind.begun, file)
        for part in sheet.parts:
            async for chunk in await self._content(part):
                await asyncio.to_thread(whole.add, chunk)
        await asyncio.to_thread(whole.close)
        return file.tell()

    async def _content(self, part: UUID) -> AsyncIterator[bytes]:
        content = await self._writing.means.storage.open(part)
        if content is None:
            raise FileNotFoundError(f"the part {part} is gone")
        return content


def _written(kind: Kind, orders: Sequence[listing.Json]) -> bytes:
    return kind.written(listing.rows(orders))


@asynccontextmanager
async def running(writing: Writing) -> AsyncIterator[None]:
    """Write sheets for the length of a block; what is not finished then is gone on with later."""
    writer, never = Writer(writing), asyncio.Event()

    async def turn() -> None:
        while await writer.look():
            pass
        await happened(never, EVERY_SECONDS)

    task = asyncio.create_task(forever("the writing of sheets", turn, Tunables()), name="sheets")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
