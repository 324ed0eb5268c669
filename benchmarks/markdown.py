"""Paragraphs and tables in Markdown."""

import textwrap
from collections.abc import Iterable, Sequence


def said(text: str) -> str:
    """A paragraph, broken into lines."""
    return textwrap.fill(" ".join(text.split()), 120, break_long_words=False, break_on_hyphens=False)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; figures stand to the right."""
    lines = [list(heads), ["---" if at == 0 else "---:" for at in range(len(heads))], *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
