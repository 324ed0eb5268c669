"""A sheet of more orders than anybody could hold at once (DSK-3)."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.actions import sheets
from app.db.engine import read_pool, write_engine
from app.domain.sheets import LEASE, Sheet, SheetState
from app.jobs.sheets import PAGE, Writer, Writing
from app.papers.listing import HEAD
from tests.actions.desks import KEPT, Desk, new_desk, of_csv
from tests.databases import copy_of
from tests.figures import Recorder
from tests.lists.crowd import LARGE, crowd
from tests.lists.world import world
from tests.market import Market, by
from tests.means import TestMeans
from tests.sizes import size

ROWS, EXAMPLES, CEILING = size("rows of a sheet"), 240, 100
ORDERS = round(ROWS / LARGE)
FEW = ROWS // 100
MOST_BYTES = 20_000_000
# What the owner sees: all but what its buyer has not sent yet
SEEN = """
SELECT number, created_at FROM orders WHERE seller_id = $1 AND NOT (status = 'DRAFT' AND drafted_by = 'BUYER')
ORDER BY created_at DESC, id DESC
"""


@dataclass
class Large:
    """A desk with very many orders, and what its owner sees of them, newest first."""

    desk: Desk
    seen: list[Any]

    async def begun(self, **asked: Any) -> UUID:
        """A sheet that the owner asked for."""
        return await self.desk.request(self.desk.market.seller.owner, **asked)

    async def content(self, sheet_id: UUID) -> tuple[Sheet, list[list[str]]]:
        """A finished sheet and its rows, the head left out."""
        sheet, content = await sheets.fetch(self.desk.means, sheet_id)
        head, *rows = of_csv(b"".join([part async for part in content]))
        assert head == list(HEAD)
        return sheet, rows

    async def killed_after(self, sheet_id: UUID, rows: int) -> None:
        """Write a part of a sheet, and be gone without a word."""
        task = asyncio.create_task(self.desk.writer().look())
        while (await self.desk.row(sheet_id))["rows"] < rows and not task.done():  # noqa: ASYNC110 - a task writes it
            await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        self.desk.means.time.step(seconds=LEASE.total_seconds() + 1)


@pytest.fixture
async def large(admin_url: str, template: str, tmp_path: Path) -> AsyncIterator[Large]:
    """A crowd on a database of its own."""
    with copy_of(template, admin_url) as url:
        engine, pool = write_engine(url), await read_pool(url)
        try:
            made = await world(TestMeans(engine), EXAMPLES, 7, CEILING)
            await crowd(made, url, ORDERS)
            market = Market(made.means, made.sellers[0], made.buyers[0], made.operator)
            yield Large(new_desk(market, pool, tmp_path), await pool.fetch(SEEN, market.seller.id))
        finally:
            await pool.close()
            await engine.dispose()


@contextmanager
def measured(peaks: dict[str, int], name: str) -> Iterator[None]:
    """Keep the most memory that was held at any time within the block."""
    tracemalloc.start()
    try:
        yield
        peaks[name] = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def test_a_sheet_of_very_many_orders(large: Large, figures: Recorder) -> None:
    """DSK-3: every order has its row, once called off, once gone on with by another, in the memory of a few."""
    desk, numbers, peaks = large.desk, [row["number"] or "" for row in large.seen], dict[str, int]()
    few = await large.begun(filter={"created": {"from": large.seen[FEW - 1]["created_at"].isoformat()}})
    with measured(peaks, "few"):
        assert await desk.writer().look()
    sheet, rows = await large.content(few)
    assert [row[HEAD.index("Order number")] for row in rows] == numbers[:FEW]
    called_off = await large.begun()
    asked = len(desk.asked)

    async def ask(*given: Any, **variables: Any) -> Any:
        if len(desk.asked) - asked == ROWS // PAGE // 5:
            await sheets.cancel(desk.means, by(desk.market.seller.owner), called_off)
        return await desk.writing.ask(*given, **variables)

    assert await Writer(Writing(desk.means, ask, desk.writing.recognize, KEPT)).look()
    assert (await desk.row(called_off))["state"] == SheetState.CANCELLED
    assert desk.files == {few.hex}
    all_of_them = await large.begun()
    with measured(peaks, "all"):
        await large.killed_after(all_of_them, ROWS // 3)
        kept = (await desk.row(all_of_them))["rows"]
        assert await desk.writer().look()
    sheet, rows = await large.content(all_of_them)
    assert ROWS // 3 <= kept < len(numbers)
    assert [row[HEAD.index("Order number")] for row in rows] == numbers
    assert (sheet.rows, sheet.total) == (len(numbers), len(numbers))
    assert abs(len(numbers) - ROWS) < ROWS / 10
    assert peaks["all"] - peaks["few"] < MOST_BYTES
    figures("rows of a sheet, and gone on with behind", f"{len(numbers):,}, {kept:,}")
    figures("peak memory above that of a hundredth of the rows", f"{(peaks['all'] - peaks['few']) / 1e6:.1f} MB")
