"""The GraphiQL page: complete by itself, with no word to another host, and safe with whatever is put into it."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.web import pages
from app.web.pages import Example, ExampleError, PageToken, examples, graphiql_page

SOURCES = {"src", "href", "action", "data-src", "poster", "srcset"}


class Elements(HTMLParser):
    """The addresses that a page names, and the data in it."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.data = ""
        self._in_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element's addresses."""
        self.addresses += [value or "" for name, value in attrs if name in SOURCES]
        self._in_data = ("id", "data") in attrs

    def handle_endtag(self, tag: str) -> None:
        """The data ends with its element."""
        self._in_data = False

    def handle_data(self, data: str) -> None:
        """Gather the data."""
        if self._in_data:
            self.data += data


def read(page: bytes) -> Elements:
    """The page as a browser takes it apart."""
    elements = Elements()
    elements.feed(page.decode())
    return elements


def write(folder: Path, name: str, text: str) -> None:
    """Write a file of an example."""
    (folder / name).write_text(text)


def test_the_page_and_all_it_loads_come_from_here() -> None:
    """Every address on the page is this server's, and is answered."""
    client = TestClient(Starlette(routes=[pages.assets()]))
    addresses = [one for one in read(graphiql_page([], [])).addresses if not one.startswith("data:")]
    assert len(addresses) == 9
    for address in addresses:
        assert re.match(r"/graphiql/[a-z-]+\.(js|css)$", address)
        assert client.get(address).status_code == 200


def test_no_asset_loads_from_another_host() -> None:
    """Neither a style nor a script, nor a source map, imports an address; the policy of the page would refuse it."""
    for path in (pages.HERE / "graphiql").glob("*.*s"):
        text = path.read_text()
        loads = re.findall(r"(?:url\(|@import|importScripts\(|import\(|sourceMappingURL=)\s*[\"']?(https?:|//)", text)
        assert loads == [], path.name
        assert "sourceMappingURL" not in text
    sources = [part for directive in pages.POLICY.split("; ") for part in directive.split()[1:]]
    assert set(sources) <= {"'none'", "'self'", "data:", "'unsafe-inline'"}
    assert "script-src 'self'" in pages.POLICY.split("; ")


def test_nothing_in_the_data_ends_the_script() -> None:
    """A label or an example with markup in it stays data."""
    evil = "</script><script>alert(1)</script><!--"
    token = PageToken("buyer", evil, "secret")
    example = Example("x", "buyer", evil, "", "{ $a }", "")
    elements = read(graphiql_page([token], [example]))
    data = json.loads(elements.data)
    assert data["tokens"] == [{"role": "buyer", "label": evil, "token": "secret"}]
    assert data["examples"][0]["title"] == evil


def test_examples_are_read_by_name(tmp_path: Path) -> None:
    """Role and title from the heading, the rest of the comments as what it is about, variables from beside it."""
    write(tmp_path, "2_b.graphql", "# role: seller\n# title: Second\n\n{ b }\n")
    write(tmp_path, "1_a.graphql", "# title: First: a\n# role: buyer\n# What it\n# does.\n\nquery A($x: Int) { a }\n")
    write(tmp_path, "1_a.json", '{"x":1}')
    first, second = examples(tmp_path)
    assert first == Example(
        "1_a", "buyer", "First: a", "What it does.", "# What it\n# does.\n\nquery A($x: Int) { a }\n", '{\n  "x": 1\n}'
    )
    assert (second.role, second.title, second.query, second.variables) == ("seller", "Second", "{ b }\n", "")


@pytest.mark.parametrize("text", ["{ a }", "# role: buyer\n{ a }", "# title: A\n{ a }", "# role:\n# title: A\n{ a }"])
def test_an_example_without_its_heading_is_named(tmp_path: Path, text: str) -> None:
    """The message names the file and what is missing."""
    write(tmp_path, "broken.graphql", text)
    with pytest.raises(ExampleError, match=r"broken\.graphql must begin with"):
        examples(tmp_path)


def test_every_vendored_file_has_its_licence() -> None:
    """LICENSES.txt says of each file where it comes from."""
    folder = pages.HERE / "graphiql"
    notice = (folder / "LICENSES.txt").read_text()
    vendored = {path.name for path in folder.iterdir()} - {"LICENSES.txt", "page.js", "page.css"}
    assert vendored == {name for name in vendored if re.search(rf"\b{re.escape(name)}\b", notice)}
    assert len(vendored) == 7
