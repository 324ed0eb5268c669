"""Sheets (DSK-3): a list of orders as a file, written in the background, scoped, cancelled, resumed and let go of."""

import asyncio
import io
import tracemalloc
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import orders, sheets
from app.db import tables as t
from app.db.engine import Pool
from app.domain.access import Actor, Scope
from app.domain.errors import ErrorCode, Refusal
from app.domain.sheets import LEASE, OPEN_MOST, SheetFormat, SheetState
from app.jobs import sheets as writing
from app.jobs.sheets import LOST, Ask, Writing
from app.papers import listing
from app.papers.listing import HEAD
from app.papers.spreadsheets import Csv, Xlsx
from tests.actions.desks import KEPT, Desk, new_desk, of_csv, of_xlsx, requested
from tests.domain.build import one_line
from tests.market import by, completed, confirmed, drafted, event_rows, new_seller, open_market, submitted
from tests.means import TestMeans
from tests.sizes import size

NUMBER, TOTAL, GOODS = HEAD.index("Order number"), HEAD.index("Agreed total"), HEAD.index("Goods")


@pytest.fixture
async def desk(fresh_engine: AsyncEngine, fresh_pool: Pool, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk of this test alone."""
    yield new_desk(await open_market(TestMeans(fresh_engine)), fresh_pool, tmp_path / "contents")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of two orders, each a part."""
    monkeypatch.setattr(writing, "PAGE", 2)
    monkeypatch.setattr(writing, "PAGES_A_PART", 1)


async def numbers(desk: Desk, made: list[UUID]) -> list[str]:
    """The numbers of orders."""
    async with desk.means.engine.connect() as connection:
        found = await connection.execute(select(t.orders.c.id, t.orders.c.number).where(t.orders.c.id.in_(made)))
        by_id = {row.id: row.number for row in found}
    return [by_id[each] for each in made]


async def many(desk: Desk, count: int) -> list[UUID]:
    """Orders, newest first."""
    made = []
    for _ in range(count):
        desk.means.time.step(seconds=1)
        made.append(await submitted(desk.market, one_line("10.00")))
    return made[::-1]


async def refused(asked: Any) -> ErrorCode:
    """The code something is refused with."""
    with pytest.raises(Refusal) as refusal:
        await asked
    return refusal.value.code


# --- what stands in it ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("format", "read"), [(SheetFormat.CSV, of_csv), (SheetFormat.XLSX, of_xlsx)])
async def test_every_order_that_one_sees_has_its_row(desk: Desk, format: SheetFormat, read: Any) -> None:
    """DSK-3: newest first, under the names of the columns, amounts as they were agreed; and nothing of anybody else."""
    own, other = desk.market, await new_seller(desk.means)
    first = await completed(own)
    desk.means.time.step(seconds=1)
    await drafted(own)
    stranger = await open_market(desk.means)
    await confirmed(stranger)
    sheet, content = await desk.written(own.seller.owner, format=format)
    head, *rows = read(content)
    assert (tuple(head), sheet.rows, sheet.total, sheet.size) == (tuple(HEAD), 2, 2, len(content))
    assert [row[NUMBER] for row in rows] == ["", *(await numbers(desk, [first]))]
    assert [row[TOTAL] for row in rows] == ["551.23", "551.23"]
    named = dict(zip(head, rows[1], strict=True))
    assert (named["Status"], named["Currency"], named["Transaction fee"], named["Funds"]) == (
        *("COMPLETED", "USD", "11.02", "FULLY_RECEIVED"),
    )
    sheet, content = await desk.written(other.owner, format=format)
    assert (read(content), sheet.rows) == ([list(HEAD)], 0)


async def test_sales_export_their_own_orders(desk: Desk) -> None:
    """DSK-3, section 13: scoped like the query: a salesperson's own, where sales see no others."""
    market = desk.market
    mine, _ = await confirmed(market), await confirmed(market)
    async with desk.means.engine.begin() as connection:
        own = update(t.sellers).where(t.sellers.c.id == market.seller.id)
        await connection.execute(own.values(sales_see_all=False))
    await orders.assign(market.means, by(market.seller.owner), mine, market.seller.sales.account_id)
    _, content = await desk.written(market.seller.sales)
    assert [row[NUMBER] for row in of_csv(content)[1:]] == await numbers(desk, [mine])


@pytest.mark.usefixtures("small")
async def test_chosen_orders_in_their_order(desk: Desk) -> None:
    """DSK-3: a selection, each once, as chosen; what one may not see is left out without a word."""
    made = await many(desk, 5)
    stranger = await open_market(desk.means)
    chosen = [made[3], made[0], await confirmed(stranger), made[3], uuid4(), made[4]]
    sheet, content = await desk.written(desk.market.seller.owner, order_ids=chosen)
    assert [row[NUMBER] for row in of_csv(content)[1:]] == await numbers(desk, [made[3], made[0], made[4]])
    assert (sheet.rows, sheet.total) == (3, 3)


@pytest.mark.usefixtures("small")
async def test_the_orders_of_a_filter(desk: Desk) -> None:
    """DSK-2, DSK-3: those that the list shows under the same filter, newest first; none of them chosen besides."""
    made = await many(desk, 5)
    agreed = [made[0], made[3], made[4]]
    for order_id in agreed:
        await orders.confirm(desk.means, by(desk.market.buyer), order_id)
    owner = desk.market.seller.owner
    sheet, content = await desk.written(owner, filter={"status": ["PENDING_PAYMENT"], "not": {"currency": ["EUR"]}})
    assert [row[NUMBER] for row in of_csv(content)[1:]] == await numbers(desk, agreed)
    assert (sheet.rows, sheet.total) == (3, 3)
    assert await refused(desk.request(owner, filter={}, order_ids=made)) is ErrorCode.INVALID


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t=", "\r=", "＝"])
def test_no_cell_of_a_csv_is_a_formula(begin: str) -> None:
    """DSK-3: whatever a spreadsheet takes for a formula stands behind an apostrophe; amounts stay numbers."""
    text = f"{begin}cmd|'/C calc'!A0"
    ((kept, amount),) = of_csv(b"\xef\xbb\xbf" + Csv().written([[text, Decimal(-1)]]))
    assert kept == f"'{text}"
    assert amount == "-1"


def test_texts_keep_their_commas_quotes_and_lines() -> None:
    """DSK-3: as RFC 4180 writes them, so that every reader reads what was written; in a workbook as well."""
    row = ['a,"b"', "two\nlines", " 碳纤维 ", "<&>", "", "\x07bell"]
    assert of_csv(b"\xef\xbb\xbf" + Csv().written([row])) == [row]
    file = io.BytesIO()
    whole = Xlsx().begun(file)
    whole.add(Xlsx().written([[*row, None, "=1+1"]]))
    whole.close()
    assert of_xlsx(file.getvalue()) == [[*row[:-1], "bell", "", "=1+1"]]


# --- who may, and how many --------------------------------------------------------------------------------------------


async def test_who_may_ask(desk: Desk) -> None:
    """DSK-3: the seller's people by their right to read orders; no buyer, no operator, nobody by another's id."""
    market = desk.market
    for stranger in (market.buyer, market.operator):
        assert await refused(requested(desk.means, stranger)) is ErrorCode.FORBIDDEN
    blind = type(market.seller.owner)(
        *(market.seller.owner.account_id, market.seller.owner.email, True, market.seller.owner.role),
        seller_id=market.seller.id,
        scopes=frozenset({Scope.ORDERS_WRITE}),
    )
    assert await refused(requested(desk.means, blind)) is ErrorCode.SCOPE_MISSING
    for member in (market.seller.owner, market.seller.sales, market.seller.finance):
        assert (await desk.row(await desk.request(member)))["state"] == SheetState.WAITING


async def test_how_much_may_be_asked(desk: Desk) -> None:
    """DSK-3: three sheets at once and 250 chosen orders at most; a retry by its key is the same sheet."""
    owner, sales = desk.market.seller.owner, desk.market.seller.sales
    assert await refused(desk.request(owner, order_ids=[])) is ErrorCode.REQUIRED
    assert await refused(desk.request(owner, order_ids=[uuid4() for _ in range(251)])) is ErrorCode.TOO_MANY
    again = [await desk.request(owner, key="again") for _ in range(2)]
    assert again[0] == again[1]
    for _ in range(OPEN_MOST - 1):
        await desk.request(owner)
    assert await refused(desk.request(owner)) is ErrorCode.TOO_MANY
    assert await desk.request(sales)
    assert await desk.writer().look()
    assert await desk.request(owner)


# --- on its way -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small")
async def test_it_says_how_far_it_is(desk: Desk) -> None:
    """DSK-3: a version and an event for each part, which reach the seller's side and whoever asked."""
    await many(desk, 5)
    sales = desk.market.seller.sales
    sheet, _ = await desk.written(sales)
    told = await event_rows(desk.means, sheet.id)
    facts = [{fact["name"]: fact["value"] for fact in row["data"]["facts"]} for row in told]
    assert [(each["state"], each["rows"], each.get("total")) for each in facts] == [
        *(("WAITING", "0", None), ("RUNNING", "2", "5"), ("RUNNING", "4", "5"), ("RUNNING", "5", "5")),
        ("READY", "5", "5"),
    ]
    assert {each["sheet"] for each in facts} == {f"sht_{sheet.id.hex}"}
    assert [row["version"] for row in told] == [1, 2, 3, 4, 5]
    assert {(row["seller_id"], row["salesperson_id"], row["buyer_id"]) for row in told} == {
        (desk.market.seller.id, sales.account_id, None)
    }


@pytest.mark.usefixtures("small")
async def test_another_writer_goes_on_behind_what_was_written(desk: Desk) -> None:
    """DSK-3: killed in the middle, it is taken up once its writer is silent for a minute: every row, and none twice."""
    made = await many(desk, 7)
    sheet_id = await desk.request(desk.market.seller.owner)
    killed = await _killed_after(desk, 3)
    assert (await desk.row(sheet_id))["rows"] == 4
    assert not await desk.writer().look(), "it is still being written, for all that others know"
    desk.means.time.step(seconds=LEASE.total_seconds() + 1)
    await many(desk, 1)
    before = len(desk.asked)
    assert await desk.writer().look()
    assert len(desk.asked) - before == 2, "only what was missing is read"
    sheet, content = await sheets.fetch(desk.means, sheet_id)
    rows = of_csv(b"".join([part async for part in content]))
    assert [row[NUMBER] for row in rows[1:]] == await numbers(desk, made)
    assert (sheet.rows, desk.files) == (7, {sheet_id.hex})
    assert killed.cancelled()


async def _killed_after(desk: Desk, pages: int) -> "asyncio.Task[bool]":
    """A writer that is gone while it asks for a page, and wrote what came before."""
    reached, asked = asyncio.Event(), desk.writing.ask
    count = 0

    async def ask(*given: Any, **variables: Any) -> Any:
        nonlocal count
        count += 1
        if count > pages:
            reached.set()
            await asyncio.Event().wait()
        return await asked(*given, **variables)

    writer = writing.Writer(Writing(desk.means, ask, desk.writing.recognize, KEPT))
    task = asyncio.create_task(writer.look())
    async with asyncio.timeout(30):
        await reached.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return task


@pytest.mark.usefixtures("small")
async def test_a_writer_that_was_silent_too_long_has_lost_its_sheet(desk: Desk) -> None:
    """DSK-3: whoever comes back late keeps nothing: the file is the other's alone, and no part is left lying."""
    made = await many(desk, 5)
    sheet_id = await desk.request(desk.market.seller.owner)
    reached, go, asked = asyncio.Event(), asyncio.Event(), desk.writing.ask

    async def slow(*given: Any, **variables: Any) -> Any:
        answer = await asked(*given, **variables)
        if "nodes" in str(answer) and not go.is_set():
            reached.set()
            await go.wait()
        return answer

    late = asyncio.create_task(writing.Writer(Writing(desk.means, slow, desk.writing.recognize, KEPT)).look())
    async with asyncio.timeout(30):
        await reached.wait()
    desk.means.time.step(seconds=LEASE.total_seconds() + 1)
    assert await desk.writer().look()
    go.set()
    assert await late
    sheet, content = await sheets.fetch(desk.means, sheet_id)
    rows = of_csv(b"".join([part async for part in content]))
    assert [row[NUMBER] for row in rows[1:]] == await numbers(desk, made)
    assert (sheet.state, desk.files) == (SheetState.READY, {sheet_id.hex})


@pytest.mark.usefixtures("small")
async def test_called_off_it_leaves_nothing(desk: Desk) -> None:
    """DSK-3: before it is begun, and in the middle; by whoever asked for it, and by nobody else."""
    await many(desk, 5)
    owner, sales = desk.market.seller.owner, desk.market.seller.sales
    waiting = await desk.request(owner)
    assert await refused(sheets.cancel(desk.means, by(sales), waiting)) is ErrorCode.NOT_FOUND
    assert await refused(sheets.cancel(desk.means, by(owner), uuid4())) is ErrorCode.NOT_FOUND
    await sheets.cancel(desk.means, by(owner), waiting)
    assert not await desk.writer().look()
    running, asked = await desk.request(owner), desk.writing.ask

    async def ask(*given: Any, **variables: Any) -> Any:
        answer = await asked(*given, **variables)
        if len(desk.files) == 2:
            await sheets.cancel(desk.means, by(owner), running)
        return answer

    assert await writing.Writer(Writing(desk.means, ask, desk.writing.recognize, KEPT)).look()
    for sheet_id in (waiting, running):
        assert (await desk.row(sheet_id))["state"] == SheetState.CANCELLED
        assert await refused(sheets.fetch(desk.means, sheet_id)) is ErrorCode.NOT_FOUND
        assert await refused(sheets.cancel(desk.means, by(owner), sheet_id)) is ErrorCode.STEP_NOT_ALLOWED
    assert desk.files == set()


@pytest.mark.usefixtures("small")
async def test_whoever_lost_their_place_gets_no_file(desk: Desk) -> None:
    """DSK-3, section 13: each page is read as its asker stands by then; a removed member's sheet ends."""
    await many(desk, 5)
    sales, asked = desk.market.seller.sales, desk.writing.ask
    sheet_id = await desk.request(sales)

    async def ask(*given: Any, **variables: Any) -> Any:
        answer = await asked(*given, **variables)
        if desk.files:
            async with desk.means.engine.begin() as connection:
                gone = update(t.members).where(t.members.c.account_id == sales.account_id)
                await connection.execute(gone.values(removed_at=desk.means.time.at))
        return answer

    assert await writing.Writer(Writing(desk.means, ask, desk.writing.recognize, KEPT)).look()
    row = await desk.row(sheet_id)
    assert (row["state"], row["failure"], desk.files) == (SheetState.FAILED, LOST, set())


async def test_a_mistake_of_ours_ends_the_sheet_and_says_so(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """DSK-3: it is not tried for ever; the next sheet is written all the same."""
    await many(desk, 1)
    sheet_id = await desk.request(desk.market.seller.owner)

    async def ask(*_given: Any, **_variables: Any) -> Any:
        raise RuntimeError("broken")

    assert await writing.Writer(Writing(desk.means, ask, desk.writing.recognize, KEPT)).look()
    assert (await desk.row(sheet_id))["state"] == SheetState.FAILED
    assert "could not be written" in caplog.text
    _, content = await desk.written(desk.market.seller.owner)
    assert len(of_csv(content)) == 2


async def test_it_is_kept_for_its_time(desk: Desk) -> None:
    """DSK-3: to the last second of it, then the file is gone; that it was asked for stays on record."""
    sheet, _ = await desk.written(desk.market.seller.owner)
    desk.means.time.step(seconds=KEPT.total_seconds() - 1)
    assert await sheets.forget_old(desk.means) == 0
    desk.means.time.step(seconds=1)
    assert await sheets.forget_old(desk.means) == 1
    assert await refused(sheets.fetch(desk.means, sheet.id)) is ErrorCode.NOT_FOUND
    assert ((await desk.row(sheet.id))["state"], desk.files) == (SheetState.EXPIRED, set())


# --- how much it takes ------------------------------------------------------------------------------------------------


async def test_memory_does_not_follow_the_number_of_rows(desk: Desk) -> None:
    """DSK-3: of many rows a thousand at a time are held: fifty times as many take at most 20 MB more."""
    await many(desk, 1)
    owner, asked = desk.market.seller.owner, desk.writing.ask
    page: Any = (await asked(owner, listing.PAGE, first=1, after=None))["viewer"]["orders"]
    whole = size("rows of a sheet")
    peaks = {}
    for rows in (whole // 50, whole):
        sheet_id = await requested(desk.means, owner, format=SheetFormat.XLSX)
        tracemalloc.start()
        assert await writing.Writer(Writing(desk.means, _endless(page, rows), desk.writing.recognize, KEPT)).look()
        peaks[rows] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        sheet = await desk.row(sheet_id)
        assert (sheet["state"], sheet["rows"]) == (SheetState.READY, rows)
    assert peaks[whole] - peaks[whole // 50] < 20_000_000


def _endless(page: Any, rows: int) -> Ask:
    """Answers as if there were so many orders like the one of a page."""

    async def ask(actor: Actor, text: str, **variables: Any) -> Any:
        if text == listing.HOW_MANY:
            return {"viewer": {"orders": {"totalCount": rows}}}
        end = int(variables["after"] or 0) + writing.PAGE
        info = {"hasNextPage": end < rows, "endCursor": str(end)}
        nodes = [{**page["nodes"][0], "number": str(at)} for at in range(end - writing.PAGE, min(end, rows))]
        return {"viewer": {"orders": {"nodes": nodes, "pageInfo": info}}}

    return ask
