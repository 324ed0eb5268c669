"""Rows as CSV and as XLSX, part by part: parts are written one after the other and put together in the end."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import BinaryIO, Protocol
from xml.sax.saxutils import escape

from app.papers.listing import Value

# What spreadsheets take for the beginning of a formula, whatever stands behind it
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
# What XML 1.0 cannot hold
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LONGEST = 32_767


class Whole(Protocol):
    """A file under way, to which parts are added in their order."""

    def add(self, part: bytes) -> None:
        """Take the next part."""

    def close(self) -> None:
        """Write what comes behind the rows."""


class Kind(Protocol):
    """A kind of file: how rows become a part, and parts a file."""

    @property
    def media_type(self) -> str:
        """What it is called over HTTP."""

    @property
    def suffix(self) -> str:
        """How the names of such files end."""

    def written(self, rows: Iterable[Sequence[Value]]) -> bytes:
        """Some rows, as a part."""

    def begun(self, file: BinaryIO) -> Whole:
        """A file that parts are added to."""


class Csv:
    """CSV as RFC 4180 writes it, in UTF-8 with the mark by which spreadsheets know it; no cell is a formula."""

    media_type = "text/csv; charset=utf-8"
    suffix = "csv"

    def written(self, rows: Iterable[Sequence[Value]]) -> bytes:
        """Some rows, each ended by CRLF."""
        made = io.StringIO(newline="")
        csv.writer(made, lineterminator="\r\n").writerows([_cell(value) for value in row] for row in rows)
        return made.getvalue().encode()

    def begun(self, file: BinaryIO) -> Whole:
        """A file with its mark."""
        file.write("\ufeff".encode())
        return _Plain(file)


def _cell(value: Value) -> str:
    """A value as text; what could be taken for a formula stands behind an apostrophe."""
    if not isinstance(value, str):
        return "" if value is None else f"{value:f}"
    return f"'{value}" if value.startswith(_FORMULA) else value


class _Plain:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def add(self, part: bytes) -> None:
        self._file.write(part)

    def close(self) -> None:
        """Nothing comes behind the rows."""


_SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_MEMBERS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
    f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_SPREADSHEET}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Orders" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
    f' Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
_HEAD = (
    f'{_XML}<worksheet xmlns="{_SPREADSHEET}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1"'
    ' topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
)


class Xlsx:
    """A workbook of one sheet (ECMA-376): texts as texts, which are no formulas, and amounts as numbers."""

    media_type = f"{_TYPE}.sheet"
    suffix = "xlsx"

    def written(self, rows: Iterable[Sequence[Value]]) -> bytes:
        """Some rows as elements of the sheet."""
        return "".join(f"<row>{''.join(_element(value) for value in row)}</row>" for row in rows).encode()

    def begun(self, file: BinaryIO) -> Whole:
        """An archive whose sheet is open."""
        return _Archive(file)


def _element(value: Value) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, Decimal):
        return f"<c><v>{value:f}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(_NO_XML.sub("", value)[:LONGEST])}</t></is></c>'


class _Archive:
    def __init__(self, file: BinaryIO) -> None:
        self._archive = zipfile.ZipFile(file, "w")
        for name, content in _MEMBERS.items():
            self._archive.writestr(zipfile.ZipInfo(name), _XML + content)
        sheet = zipfile.ZipInfo("xl/worksheets/sheet1.xml")
        sheet.compress_type = zipfile.ZIP_DEFLATED
        self._sheet = self._archive.open(sheet, "w", force_zip64=True)
        self._sheet.write(_HEAD.encode())

    def add(self, part: bytes) -> None:
        self._sheet.write(part)

    def close(self) -> None:
        self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()
        self._archive.close()
