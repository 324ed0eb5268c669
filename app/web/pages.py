"""The GraphiQL page: everything it needs comes from this server, the examples and the tokens included."""

import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template

from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE / "examples"
ASSETS = "/graphiql"
HEADING = re.compile(r"(role|title):")
# Scripts and connections only of this server; the editor styles its lines by style attributes.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self' data:",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
)


class ExampleError(Exception):
    """A file of an example operation that the page cannot show."""


@dataclass(frozen=True, slots=True)
class PageToken:
    """Somebody of the demonstration in whose name the page may act; `role` is the one the examples name."""

    role: str
    label: str
    token: str


@dataclass(frozen=True, slots=True)
class Example:
    """An operation ready to run, for one role."""

    name: str
    role: str
    title: str
    about: str
    query: str
    variables: str


def examples(folder: Path = EXAMPLES) -> list[Example]:
    """The examples of a folder by file name: `*.graphql`, and beside one its variables as `*.json`."""
    return [_example(path) for path in sorted(folder.glob("*.graphql"))]


def graphiql_page(tokens: Sequence[PageToken], examples: Sequence[Example]) -> bytes:
    """The page; the tokens stand in it, so it is served only where they are no secret."""
    data = json.dumps({"tokens": [asdict(one) for one in tokens], "examples": [asdict(one) for one in examples]})
    page = Template((HERE / "graphiql.html").read_text())
    # inside a script element only `<` can end the text
    return page.substitute(policy=POLICY, assets=ASSETS, data=data.replace("<", "\\u003c")).encode()


def assets() -> Mount:
    """The route of the page's scripts and styles."""
    return Mount(ASSETS, StaticFiles(directory=HERE / "graphiql"), name="graphiql")


def _example(path: Path) -> Example:
    """Read one; it begins with the comments `# role: …` and `# title: …`, and may go on with what it is about."""
    lines = path.read_text().splitlines()
    comments = [line.lstrip("#").strip() for line in itertools.takewhile(lambda line: line.startswith("#"), lines)]
    named = dict(line.split(":", 1) for line in comments if HEADING.match(line))
    if named.keys() != {"role", "title"} or not all(value.strip() for value in named.values()):
        raise ExampleError(f"{path.name} must begin with the comments `# role: …` and `# title: …`.")
    variables = path.with_suffix(".json")
    return Example(
        name=path.stem,
        role=named["role"].strip(),
        title=named["title"].strip(),
        about=" ".join(line for line in comments if line and not HEADING.match(line)),
        query="\n".join(line for line in lines if not HEADING.match(line.lstrip("# "))).strip() + "\n",
        variables=json.dumps(json.loads(variables.read_text()), indent=2) if variables.exists() else "",
    )
