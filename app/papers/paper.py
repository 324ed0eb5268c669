"""A paper: what a document for people says, part by part, before it is set as HTML or as PDF.

What it says in our words it says in English and in Chinese; what people wrote stays as they wrote it.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeAlias

# What turns the direction of the text around it could make an amount read as another
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Words:
    """Words of ours, in both languages of a paper."""

    en: str
    zh: str


Text: TypeAlias = str | Words
# The first line of a cell is what it is about, the others tell more of it
Cell: TypeAlias = tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that the paper names, and what it is; in several lines, perhaps."""

    name: Words
    lines: Cell


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts under a title."""

    title: Words
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: numbers stand to the right, and the wide one takes the room that is left."""

    name: Words
    number: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a title, perhaps with what they add up to; the last sum is the one that counts."""

    title: Words
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sums: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """Paragraphs under a title."""

    title: Words
    lines: Cell


Part: TypeAlias = Facts | Table | Note


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole paper; `as_of` is the instant whose state it shows, `binding` whether it is agreed and stands."""

    title: Words
    number: str
    standing: Words
    binding: bool
    as_of: datetime
    stamps: tuple[Fact, ...]
    parties: tuple[Note, ...]
    parts: tuple[Part, ...]
    closing: Words

    def document(self) -> dict[str, Any]:
        """The paper as JSON, each part with its kind."""
        raw = asdict(self)
        raw["as_of"] = self.as_of.isoformat()
        raw["parts"] = [{"kind": type(part).__name__.lower(), **asdict(part)} for part in self.parts]
        return raw


def plain(text: str) -> str:
    """A text of somebody's as one line that can be printed: nothing in it is unseen, and nothing turns what is near."""
    text = _TURNING.sub("", unicodedata.normalize("NFC", text))
    seen = ("" if unicodedata.category(letter) in ("Cc", "Cs") else letter for letter in _spaced(text))
    return "".join(seen).strip()


def _spaced(text: str) -> str:
    return re.sub(r"[\s\u2028\u2029]+", " ", text)


def lines_of(text: str | None) -> Cell:
    """A text of somebody's line by line, without the empty ones."""
    lines: Iterable[str] = re.split(r"[\r\n\u2028\u2029]+", text or "")
    return tuple(line for each in lines if (line := plain(each)))
