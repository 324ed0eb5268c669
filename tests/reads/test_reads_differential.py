"""The engine's answers against the oracle's: hand-written and generated documents, for everybody who may look, planned
and by graphql-core.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLNamedType, parse, validate

from app import reads
from app.reads.paging import Page
from tests.documents import Document, Generator
from tests.reads import market
from tests.reads.conftest import Market
from tests.reads.oracle import SORTED
from tests.sizes import size

VIEWERS = ["operator", "buyer", "another buyer", "owner", "finance", "sales", "own sales", "blind", "nobody"]


# Of an order that was not asked for cursors are refused: most generated ones are of the one that goes without saying
PLACES = {"Query.deals": "Query.deals NEWEST"}
# What an argument is refused for, also where no row is found to apply it to
EAGER = {"CURSOR_INVALID", "OUT_OF_RANGE", "INVALID"}


async def compare(shop: Market, document: Document, name: str) -> str:
    """Ask the plan, graphql-core and the oracle, and hold the statements to one a field; how it went."""
    with shop.reader.recorded() as log:
        engine = await shop.pair.ask(shop.pair.reference, document, name)
    await shop.pair.compare(document, name)
    oracle = shop.oracle(shop.viewers[name]).answer(document.text, document.variables)
    shown = f"{name}\n{document.text}\n{document.variables}"
    counted = Counter(statement.path for statement in log)
    assert all(times == 1 for times in counted.values()), f"{counted}\n{shown}"
    assert all(len(path) == 1 or path[1:] in {("deal",), ("others",)} or _aliased(path) for path in counted), shown
    if oracle.errors:
        codes, told = {_code(error) for error in oracle.errors}, set(engine.codes)
        # of several arguments that are refused, each of them tells the one it meets first
        assert told & codes or (told and told | codes <= EAGER), f"{oracle.errors}\n{engine.said}\n{shown}"
        return "refused"
    if engine.codes and set(engine.codes) <= EAGER:
        return "refused early"
    assert not engine.codes, f"{engine.said}\n{shown}"
    assert not (found := _difference(engine.said["data"], oracle.data)), f"{found}\n{shown}"
    return "equal"


def _aliased(path: tuple[Any, ...]) -> bool:
    """A ref under aliases: still the field of an object that Python made, not of a row."""
    return len(path) == 2


def _code(error: Any) -> str:
    assert error.original_error is not None, error
    return str(error.original_error.code)


def _difference(engine: Any, oracle: Any, path: str = "") -> str:
    """Where two answers first differ; the order of keys counts."""
    if isinstance(engine, dict) and isinstance(oracle, dict):
        if list(engine) != list(oracle):
            return f"{path}: {list(engine)} != {list(oracle)}"
        return next(filter(None, (_difference(engine[key], oracle[key], f"{path}.{key}") for key in engine)), "")
    if isinstance(engine, list) and isinstance(oracle, list) and len(engine) == len(oracle):
        pairs = enumerate(zip(engine, oracle, strict=True))
        return next(filter(None, (_difference(one, two, f"{path}[{at}]") for at, (one, two) in pairs)), "")
    return "" if type(engine) is type(oracle) and engine == oracle else f"{path}: {engine!r} != {oracle!r}"


def make_values(shop: Market, chance: random.Random) -> Any:
    """What the market's arguments may be: ids, numbers and cursors that exist, and some that do not."""
    tables = shop.tables
    ids = [f"{prefix}_{row.id.hex}" for prefix, rows in (("del", tables.deals), ("lin", tables.lines[:9]),
           ("trd", tables.traders), ("per", tables.people), ("pay", tables.payouts)) for row in rows]  # fmt: skip
    ids += ["del_0", "nonsense", f"del_{'f' * 32}", "hap_1", "trd_" + "é" * 32]
    numbers = [row.number for row in tables.deals if row.number] + ["N'0", ""]
    instants = ["2026-03-29T12:00:00Z", "2026-03-29T13:30:15.12+02:00", "2026-03-20T00:00:00Z"]
    wrong = ["", "x", "000000.1", shop.cursors["Me.deals"][0], f"{shop.signatures['Query.deals NEWEST']}.1"]

    def values(coordinate: str, path: str, type_: GraphQLNamedType) -> Sequence[Any]:
        if path in ("after", "before"):
            return wrong if chance.random() < 0.02 else shop.cursors[PLACES.get(coordinate, coordinate)]
        if path == "sort":
            return ["NEWEST"] if chance.random() < 0.8 else list(SORTED)
        if path in ("first", "last"):
            return [101, -1] if chance.random() < 0.02 else []
        known: dict[str, Sequence[Any]] = {"ID": ids, "String": numbers, "DateTime": instants}
        return known.get(type_.name, [])

    return values


BY_HAND = (Path(__file__).parent / "by_hand.graphql").read_text().strip().split("\n\n")


@pytest.mark.parametrize("name", VIEWERS)
@pytest.mark.parametrize("text", BY_HAND, ids=lambda text: text.split()[1])
async def test_hand_written_documents_agree_with_the_oracle(shop: Market, text: str, name: str) -> None:
    assert await compare(shop, Document(text, {}), name) == "equal"


@pytest.mark.parametrize("name", VIEWERS)
async def test_generated_documents_agree_with_the_oracle(shop: Market, name: str) -> None:
    chance = random.Random(f"reads {name}")
    generator = Generator(shop.schema._schema, chance, make_values(shop, chance))
    outcomes: Counter[str] = Counter()
    for _ in range(size("documents a viewer")):
        document = generator.document()
        assert not (wrong := validate(shop.schema._schema, parse(document.text))), f"{wrong}\n{document.text}"
        outcomes[await compare(shop, document, name)] += 1
    assert outcomes["equal"] > outcomes["refused"] * 3
    assert outcomes["refused early"] < outcomes.total() / 10


@pytest.mark.parametrize("sort", SORTED)
@pytest.mark.parametrize("way", ["forward", "backward"])
@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("name", ["operator", "owner", "buyer"])
async def test_walking_a_list_page_by_page_agrees_with_the_oracle(
    shop: Market, name: str, step: int, way: str, sort: str
) -> None:
    arguments = "first: $size, after: $at" if way == "forward" else "last: $size, before: $at"
    selection = "{ nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount }"
    text = f"query W($size: Int, $at: String) {{ deals(sort: {sort}, {arguments}) {selection} }}"
    all_of_it = f"{{ deals(sort: {sort}, first: 100) {{ nodes {{ id }} }} }}"
    whole = (await shop.ask(all_of_it, shop.viewers[name])).data["deals"]["nodes"]
    seen: list[Any] = []
    at: str | None = None
    for _ in range(20):
        document = Document(text, {"size": step, "at": at})
        assert await compare(shop, document, name) == "equal"
        page = (await shop.ask(text, shop.viewers[name], document.variables)).data["deals"]
        info = page["pageInfo"]
        seen = seen + page["nodes"] if way == "forward" else page["nodes"] + seen
        more, at = ("hasNextPage", info["endCursor"]) if way == "forward" else ("hasPreviousPage", info["startCursor"])
        if not info[more]:
            break
    assert seen == whole


def _loose(self: Page, alias: str, side: str, values: list[str]) -> str:
    keys, operator = ", ".join(self._keys(alias)), f"{side[0]}="
    flipped = {">=": "<=", "<=": ">="}[operator] if self.descending else operator
    return f"({keys}) {flipped} ({', '.join(values)})"


# in what plans and graphql-core share, so that only the oracle can tell
SHARED: dict[str, tuple[str, Any]] = {
    "a page that begins with its cursor": ("app.reads.paging.Page._compare", _loose),
    "a role's field shown": ("app.reads.compiling.Compiler._shown", lambda c, f, *rest: c._value(f, f.reads, *rest)),
    "a stranger's rows shown": ("app.reads.compiling.Compiler.visible", lambda *_: []),
    "nobody left out of a page": ("app.reads.paging.Page._limit", lambda *_: "100"),
}


@pytest.mark.parametrize("fault", SHARED)
async def test_a_fault_in_what_both_ways_share_is_found(
    shop: Market, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(*SHARED[fault])
    schema = market.build()
    spoilt = replace(shop, schema=schema, engine=reads.install(schema))
    chance = random.Random("faults")
    generator = Generator(schema._schema, chance, make_values(shop, chance))
    with pytest.raises(AssertionError, match="!="):
        for _ in range(150):
            await compare(spoilt, generator.document(), chance.choice(VIEWERS))
