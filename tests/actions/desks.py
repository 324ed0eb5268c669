"""Sheets in the tests' hands: a writer whose turns are taken by the test, and what was written read back."""

import csv
import io
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

from app.actions import sheets
from app.actions.work import call_of
from app.auth import Authenticator
from app.db import tables as t
from app.db.engine import Pool
from app.domain.access import Actor, Viewer
from app.domain.sheets import Choice, Sheet, SheetFormat
from app.graphql.asking import Asking
from app.graphql.limits import Limits
from app.graphql.operations import Operations
from app.graphql.schema import engine, schema
from app.jobs.sheets import Writer, Writing
from app.reads import Reader
from app.storage import LocalStorage
from tests.market import Market, row_of
from tests.means import TestMeans

KEPT = timedelta(days=7)
_CELL = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass
class Context:
    """The context of one question."""

    viewer: Viewer | None
    now: datetime
    reader: Reader


@dataclass(frozen=True)
class KeepingMeans(TestMeans):
    """The means of the tests, with a folder for contents."""

    __test__ = False

    storage: LocalStorage = None  # type: ignore[assignment]


@dataclass
class Desk:
    """A market with writers of sheets; `asked` are the questions of theirs."""

    market: Market
    means: KeepingMeans
    writing: Writing
    asked: list[str]

    def writer(self) -> Writer:
        """A writer as another process has one."""
        return Writer(self.writing)

    async def written(self, actor: Actor, **asked: Any) -> tuple[Sheet, bytes]:
        """A sheet that somebody asked for, and its content."""
        sheet_id = await self.request(actor, **asked)
        assert await self.writer().look()
        sheet, content = await sheets.fetch(self.means, sheet_id)
        return sheet, b"".join([part async for part in content])

    async def request(self, actor: Actor, **asked: Any) -> UUID:
        """The id of a sheet that somebody asked for."""
        return await requested(self.means, actor, **asked)

    async def row(self, sheet_id: UUID) -> Any:
        """The row of a sheet."""
        return await row_of(self.means, t.sheets, sheet_id)

    @property
    def files(self) -> set[str]:
        """The names of all contents that are kept."""
        folder = self.means.storage.folder
        return {file.name for file in folder.iterdir()} if folder.exists() else set()


async def requested(means: TestMeans, actor: Actor, key: str | None = None, **asked: Any) -> UUID:
    """Ask for a sheet: a CSV of everything, if nothing else is said."""
    format, choice = asked.get("format", SheetFormat.CSV), Choice(asked.get("order_ids"), asked.get("filter"))
    return await sheets.request(means, call_of(actor, "sheetRequest", asked, key), format, choice)


def new_desk(market: Market, pool: Pool, folder: Path) -> Desk:
    """A desk over a market; contents are kept in a folder."""
    old = market.means
    means = KeepingMeans(old.engine, old.clock, old.mint, old.feeds, storage=LocalStorage(folder))
    reader, asked = Reader(pool), list[str]()

    async def context_for(actor: Actor | None) -> Context:
        return Context(None if actor is None else actor.viewer, means.clock.now(), reader)

    asking = Asking(Operations(schema, Limits(), introspection=False, plans=engine.operations), context_for)

    async def ask(actor: Actor, text: str, **variables: Any) -> Any:
        asked.append(text)
        return await asking(actor, text, **variables)

    recognize = Authenticator(pool, ("a key of the tests that is long enough",), means.clock).again
    return Desk(market, means, Writing(means, ask, recognize, KEPT), asked)


def of_csv(content: bytes) -> list[list[str]]:
    """The rows of a CSV, as a spreadsheet reads them."""
    text = content.decode("utf-8-sig")
    assert content.startswith(b"\xef\xbb\xbf")
    assert text.endswith("\r\n")
    return list(csv.reader(io.StringIO(text, newline="")))


def of_xlsx(content: bytes) -> list[list[str]]:
    """The rows of a workbook's only sheet, its texts as they are and its numbers as they are written."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            ElementTree.fromstring(archive.read(name))
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    return [["".join(cell.itertext()) for cell in row] for row in sheet.iter(f"{_CELL}row")]
