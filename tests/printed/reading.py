"""What stands on a paper, read back from its PDF and from its HTML, as somebody who looks at it reads it."""

import io
import re
from html.parser import HTMLParser

from pypdf import PdfReader


def squeezed(text: str) -> str:
    """A text without spaces, for where a line ends nobody said."""
    return re.sub(r"[\s\u200b]+", "", text)


def of_pdf(content: bytes) -> str:
    """All text of a PDF, as its own fonts map its glyphs to letters; spaces squeezed out."""
    return squeezed("".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages))


class Page(HTMLParser):
    """A page taken apart: its text, its tags and their attributes."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.said: list[str] = []
        self.feed(content.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        """Keep a text, but for what stands in the head."""
        if self.tags and self.tags[-1] not in ("style", "title"):
            self.said.append(data)

    @property
    def text(self) -> str:
        """All text of the page; spaces squeezed out."""
        return squeezed("".join(self.said))
