"""A paper as one HTML page that needs nothing else: every text is escaped, and nothing in it can run or load."""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from pathlib import Path

from app.papers.paper import Cell, Column, Fact, Facts, Note, Paper, Part, Table, Text

STYLE = (Path(__file__).parent / "page.css").read_text()
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# said by the page itself, so that it also holds for a saved copy
POLICY = f"default-src 'none'; style-src 'sha256-{_DIGEST}'"


def page(paper: Paper) -> bytes:
    """The page in UTF-8."""
    title = f"{paper.title.en} {paper.title.zh} {paper.number}"
    body = _tag(
        "main",
        _heading(paper),
        _tag("div", *(_note(party) for party in paper.parties), kind="parties"),
        *(_part(part) for part in paper.parts),
        _tag("footer", _tag("p", _text(paper.closing))),
    )
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'.encode()


def _heading(paper: Paper) -> str:
    standing = _tag("p", _text(paper.standing), kind="standing" if paper.binding else "standing open")
    stamps = _tag("dl", *(_fact(stamp) for stamp in paper.stamps))
    return _tag("header", _tag("div", _tag("h1", _text(paper.title)), standing), stamps)


def _part(part: Part) -> str:
    if isinstance(part, Table):
        return _table(part)
    return _facts(part) if isinstance(part, Facts) else _note(part)


def _facts(part: Facts) -> str:
    return _tag("section", _tag("h2", _text(part.title)), _tag("dl", *(_fact(fact) for fact in part.facts)))


def _fact(fact: Fact) -> str:
    return _tag("dt", _text(fact.name)) + _tag("dd", _lines(fact.lines))


def _note(part: Note) -> str:
    return _tag("section", _tag("h2", _text(part.title)), *(_tag("p", _text(line)) for line in part.lines))


def _table(part: Table) -> str:
    head = _tag("tr", *(_tag("th", _text(column.name), kind=_kind(column)) for column in part.columns))
    rows = (
        _tag(
            "tr",
            *(_tag("td", _cell(cell), kind=_kind(column)) for column, cell in zip(part.columns, row, strict=True)),
        )
        for row in part.rows
    )
    table = _tag("table", _tag("thead", head), _tag("tbody", *rows))
    sums = _tag("dl", *(_fact(fact) for fact in part.sums), kind="sums") if part.sums else ""
    return _tag("section", _tag("h2", _text(part.title)), table, sums)


def _kind(column: Column) -> str:
    return "number" if column.number else "wide" if column.wide else ""


def _cell(cell: Cell) -> str:
    return _lines(cell[:1]) + "".join(_tag("small", _text(line)) for line in cell[1:])


def _lines(lines: Iterable[Text]) -> str:
    return "<br>".join(_text(line) for line in lines)


def _text(text: Text) -> str:
    """The text, kept apart from its surroundings whichever way it is read."""
    if isinstance(text, str):
        return f"<bdi>{escape(text)}</bdi>"
    return f'{escape(text.en)} <span lang="zh">{escape(text.zh)}</span>'


def _tag(name: str, *inside: str, kind: str = "") -> str:
    opened = f'<{name} class="{kind}">' if kind else f"<{name}>"
    return f"{opened}{''.join(inside)}</{name}>"
