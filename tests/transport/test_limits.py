"""The limits of one operation: each refuses what is over it and nothing else, in time linear in the document."""

import gc
import sys
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from graphql import DocumentNode, OperationDefinitionNode, build_schema, get_introspection_query, parse

from app.graphql.cost import SUMS_KEPT
from app.graphql.documents import Documents
from app.graphql.errors import RequestRefused
from app.graphql.limits import Limits
from app.graphql.measure import Measure, Measured
from tests.transport.probe import Seen, schema
from tests.transport.serving import ask, codes, endpoint

CORE = schema._schema
TIGHT = Limits(
    depth=4,
    aliases=3,
    directives=3,
    fragments=4,
    repeats=6,
    cost=500,
    page_size=50,
    default_page=10,
    list_items=5,
    document_bytes=1_000,
    body_bytes=5_000,
    introspection_depth=6,
    introspection_aliases=1,
)


async def tight(query: str, **body: Any) -> httpx.Response:
    """Ask an endpoint whose limits are small."""
    return await ask(query, endpoint(limits=TIGHT), **body)


def chain(depth: int) -> str:
    """An operation nested so many fields deep."""
    return "{ order " + "{ self " * (depth - 2) + "{ number" + " }" * depth


WITHIN_AND_OVER = {
    "DEPTH_LIMIT": (chain(4), chain(5)),
    "ALIAS_LIMIT": ("{ a: whoami b: whoami c: whoami }", "{ a: whoami b: whoami c: whoami d: whoami }"),
    "DIRECTIVE_LIMIT": (
        "{ " + "whoami @include(if: true) " * 3 + "}",
        "{ " + "whoami @include(if: true) " * 4 + "}",
    ),
    "REPEAT_LIMIT": ("{ " + "whoami " * 6 + "}", "{ " + "whoami " * 7 + "}"),
    "FRAGMENT_LIMIT": (
        "{ ...F0 ...F1 ...F2 ...F3 }" + "".join(f" fragment F{n} on Query {{ whoami }}" for n in range(4)),
        "{ ...F0 ...F1 ...F2 ...F3 ...F4 }" + "".join(f" fragment F{n} on Query {{ whoami }}" for n in range(5)),
    ),
    "PAGE_SIZE_LIMIT": ("{ orders(first: 50) { number } }", "{ orders(last: 51) { number } }"),
    "LIST_SIZE_LIMIT": (
        "{ nodes(ids: [1, 2, 3, 4, 5]) { number } }",
        "{ nodes(ids: [1, 2, 3, 4, 5, 6]) { number } }",
    ),
    "COST_LIMIT": (
        "{ orders(first: 20) { number items(first: 20) { number } } }",
        "{ orders(first: 22) { number items(first: 22) { number } } }",
    ),
    "DOCUMENT_TOO_LARGE": ("{ whoami }" + " " * 990, "{ whoami }" + " " * 991),
}


@pytest.mark.parametrize("code", WITHIN_AND_OVER)
async def test_the_limit_itself_is_allowed_and_one_more_is_not(code: str) -> None:
    """Both sides of each bound; the refusal is 4xx and says what the limit is."""
    within, over = WITHIN_AND_OVER[code]
    assert "errors" not in (await tight(within)).json()
    response = await tight(over)
    assert codes(response) == [code]
    assert 400 <= response.status_code < 500
    assert "data" not in response.json()


async def test_tokens_and_comments_are_counted_by_the_parser() -> None:
    """A document of ten tokens and two comments, at and over both limits."""
    query = "# one\n{ order { number total { amount } } } # two"
    for limits, code in (
        (Limits(tokens=10, comments=2), None),
        (Limits(tokens=9, comments=2), "TOKEN_LIMIT"),
        (Limits(tokens=10, comments=1), "TOKEN_LIMIT"),
    ):
        response = await ask(query, endpoint(limits=limits))
        assert (codes(response) if "errors" in response.json() else [None]) == [code]
    assert codes(await ask("{ order " * 300)) == ["DEPTH_LIMIT"]


async def test_nothing_of_an_operation_over_a_limit_runs() -> None:
    """A refused operation has no effect."""
    seen = Seen()
    query = "mutation { " + " ".join(f'a{n}: note(text: "{n}")' for n in range(4)) + " }"
    assert codes(await ask(query, endpoint(seen, limits=TIGHT))) == ["ALIAS_LIMIT"]
    assert seen.written == []


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("query Q($n: Int) { orders(first: $n) { number } }", {"n": 50}, None),
        ("query Q($n: Int) { orders(first: $n) { number } }", {"n": 51}, "PAGE_SIZE_LIMIT"),
        ("query Q($n: Int = 51) { orders(first: $n) { number } }", {}, "PAGE_SIZE_LIMIT"),
        ("query Q($n: Int = 51) { orders(first: $n) { number } }", {"n": 5}, None),
        ("query Q($n: Int = 51) { orders(first: $n) { number } }", {"n": None}, None),
        ("query Q($n: Int) { orders(first: $n) { items(first: $n) { number } } }", {"n": 20}, None),
        ("query Q($n: Int) { orders(first: $n) { items(first: $n) { number } } }", {"n": 23}, "COST_LIMIT"),
        ("query Q($n: Int) { orders(first: 50) { items(last: $n) { number } } }", {}, "COST_LIMIT"),
        ("query Q($n: Int) { orders(first: 50) { items(last: $n) { number } } }", {"n": 1}, None),
        ("query Q($i: [ID!]!) { nodes(ids: $i) { number } }", {"i": ["1"] * 5}, None),
        ("query Q($i: [ID!]!) { nodes(ids: $i) { number } }", {"i": ["1"] * 6}, "LIST_SIZE_LIMIT"),
        (
            "mutation M($i: NoteInput!) { notePut(input: $i) }",
            {"i": {"text": "a", "tags": ["x"] * 6}},
            "LIST_SIZE_LIMIT",
        ),
        ('mutation { notePut(input: {text: "a", tags: ["1","2","3","4","5","6"]}) }', {}, "LIST_SIZE_LIMIT"),
        ("query Q($i: [ID!]!) { nodes(ids: $i) { items(first: 50) { items(last: 3) { number } } } }", {"i": [1]}, None),
        (
            "query Q($i: [ID!]!) { nodes(ids: $i) { items(first: 50) { items(last: 3) { number } } } }",
            {"i": [1, 2, 3]},
            "COST_LIMIT",
        ),
    ],
)
async def test_variables_count_as_literals_do(query: str, variables: dict[str, Any], code: str | None) -> None:
    """Page sizes and lists given by variables, their defaults and their absence are weighed for each request."""
    response = await tight(query, variables=variables)
    assert (codes(response) if "errors" in response.json() else [None]) == [code]


async def test_fragments_count_wherever_they_are_spread() -> None:
    """A fragment spread three times brings its aliases three times; depth counts through it."""
    spread = "{ a: order { ...F } b: order { ...F } } fragment F on Order { x: number }"
    assert codes(await tight(spread)) == ["ALIAS_LIMIT"]
    deep = "{ order { self { ...F } } } fragment F on Order { self { total { amount } } }"
    assert codes(await tight(deep)) == ["DEPTH_LIMIT"]
    inline = "{ order { ... { self { ... on Order { total { amount } } } } } }"
    assert "errors" not in (await tight(inline)).json()


async def test_introspection_has_limits_of_its_own() -> None:
    """Deep or much aliased introspection is refused; the ordinary query of tools is not, by the usual limits."""
    assert codes(await tight("{ __schema { types { fields { type { ofType { ofType { name } } } } } } }")) == [
        "DEPTH_LIMIT"
    ]
    assert codes(await tight("{ a: __schema { b: types { name } } }")) == ["ALIAS_LIMIT"]
    response = await ask(get_introspection_query())
    assert response.json()["data"]["__schema"]["queryType"] == {"name": "Query", "kind": "OBJECT"}
    nested = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
    assert (await ask(nested)).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "{ __schema { queryType { name } } }",
        '{ whoami ...F } fragment F on Query { __type(name: "Order") { name } }',
        get_introspection_query(),
    ],
)
async def test_introspection_can_be_switched_off(query: str) -> None:
    """Neither plainly nor through a fragment, and errors suggest no names then; __typename still answers."""
    closed = endpoint(introspection=False)
    assert codes(await ask(query, closed)) == ["INTROSPECTION_DISABLED"]
    assert "Did you mean" not in (await ask("{ whoam }", closed)).text
    assert "Did you mean" in (await ask("{ whoam }")).text
    assert (await ask("{ __typename }", closed)).json() == {"data": {"__typename": "Query"}}


def doubling(depth: int) -> str:
    """Fragments that each spread the next one twice: 2^depth paths in a small text."""
    links = "".join(f"fragment F{n} on Query{{...F{n + 1} ...F{n + 1}}}" for n in range(depth))
    return "{...F0}" + links + f"fragment F{depth} on Query{{whoami}}"


def doubling_pages(depth: int) -> str:
    """The same with a page in each, whose size is a variable."""
    links = "".join(
        f"fragment F{n} on Order{{a:items(first:$n){{...F{n + 1}}} self{{...F{n + 1}}}}}" for n in range(depth)
    )
    return "query($n:Int){order{...F0}}" + links + f"fragment F{depth} on Order{{number}}"


HOSTILE = {
    "doubling": doubling(18),
    "doubling further": doubling(59),
    "doubling pages": doubling_pages(25),
    "self-recursive": "{ order { ...F } } fragment F on Order { self { ...F ...F } ...F number }",
    "recursive in a ring": "{ ...A } fragment A on Query { ...B ...B } fragment B on Query { ...C } "
    "fragment C on Query { ...A whoami }",
    "deep": "{ order " + "{ self " * 190 + "{ number" + " }" * 192,
    "too deep to parse": "{ order " * 2_000,
    "deep list": "{ nodes(ids: " + "[" * 180 + "]" * 180 + ") { number } }",
    "wide": "{ " + "order { number } " * 600 + "}",
    "repeating inside repeats": "{ " + ("order { " + "self { number } " * 12 + "} ") * 12 + "}",
    "many aliases": "{ " + " ".join(f"a{n}: whoami" for n in range(700)) + " }",
    "many directives": "{ whoami " + "@skip(if: false) " * 400 + "}",
    "many fragments": "{ "
    + " ".join(f"...F{n}" for n in range(300))
    + " }"
    + " ".join(f"fragment F{n} on Query {{ whoami }}" for n in range(300)),
    "unused fragment": "{ whoami } fragment U on Query { " + "order { number } " * 600 + "}",
    "comments": "#\n" * 15_000 + "{ whoami }",
    "unknown fields": "{ " + " ".join(f"x{n}" for n in range(1_400)) + " }",
    "long number": "{ orders(first: " + "9" * 5_000 + ") { number } }",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_refused_in_milliseconds(name: str) -> None:
    """With the limits as they are set by default; the bound is generous against a busy machine, not against 2^n."""
    documents = Documents(CORE, Limits(), introspection=True)
    gc.freeze()  # a collection of what other tests keep takes longer than the bound, and is none of the document's
    before = time.process_time()
    with pytest.raises(RequestRefused) as refusal:
        document = documents.read(HOSTILE[name])
        documents.cost(document.operation(None)[1], {"n": 100})
    assert time.process_time() - before < 0.5
    assert len(refusal.value.errors) <= Limits().errors + 1
    assert all(error["extensions"]["code"] for error in refusal.value.errors)


def test_the_doubling_document_is_the_small_one_it_is_meant_to_be() -> None:
    """Under 800 bytes are enough for a quarter of a million paths."""
    assert len(doubling(18)) < 800


def steps(document: DocumentNode) -> int:
    """How many function calls it takes to measure a document."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        measure = Measure(CORE, document, 20)
        for definition in document.definitions:
            if definition.kind == "operation_definition":
                measured = measure.operation(definition)  # type: ignore[arg-type]
                measured.costs.compute(measured.cost, {}, {"n": 1}, lambda size: None)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize(
    "shape",
    [
        doubling,
        doubling_pages,
        lambda n: "{ " + "order { number self { number } } " * n + "}",
        lambda n: "{ order " + "{ self " * n + "{ number" + " }" * (n + 2),
        lambda n: "{ " + " ".join(f"...F{i}" for i in range(n)) + " }" + doubling(n)[len("{...F0}") :],
    ],
)
def test_measuring_is_linear(shape: Callable[[int], str]) -> None:
    """Twice the document takes about twice the steps, whatever its fragments do."""
    small, large = steps(parse(shape(40))), steps(parse(shape(80)))
    assert large < 2.6 * small


def test_valid_documents_are_kept_within_bounds() -> None:
    """The store of documents is bounded by number and by bytes, and refused texts are not kept."""
    documents = Documents(CORE, Limits(cached_documents=3, cached_bytes=60), introspection=True)
    for n in range(10):
        documents.read(f"{{ a{n}: whoami }}")
        with pytest.raises(RequestRefused):
            documents.read(f"{{ b{n} }}")
    assert len(documents._kept) == 3
    documents.read("{ whoami }" + " " * 45)
    assert list(documents._kept) == ["{ whoami }" + " " * 45]
    documents.read("{ whoami }" + " " * 500)
    assert not documents._kept
    assert documents._kept_bytes == 0


SIZES_SAID: list[Any] = [None, 0, 1, 5, 5.0, 5.5, True, "5", [], ["a"], ["a"] * 5]


def cost_of(measured: Measured, variables: dict[str, Any]) -> int:
    """The cost of an operation for these variables."""
    return measured.costs.compute(measured.cost, measured.defaults, variables, lambda size: None)


def test_a_cost_that_is_kept_is_that_of_the_same_sizes() -> None:
    """Whatever was asked before, an operation costs what it costs a document that was never asked; few are kept."""
    document = parse("query Q($n: Int = 7, $ids: [ID!]!) { orders(first: $n) { number } nodes(ids: $ids) { number } }")
    (node,) = document.definitions
    assert isinstance(node, OperationDefinitionNode)

    def measured() -> Measured:
        return Measure(CORE, document, 20).operation(node)

    kept = measured()
    asked = [{"n": n, "ids": ids} for n in SIZES_SAID for ids in SIZES_SAID] + [{"ids": []}, {"n": 3, "other": 9}, {}]
    for variables in [*asked, *reversed(asked)]:
        assert cost_of(kept, variables) == cost_of(measured(), variables), variables
    assert {cost_of(kept, {"n": n, "ids": []}) for n in range(1, 1_000)} == {n + 3 for n in range(1, 1_000)}
    assert len(kept.costs._known) <= SUMS_KEPT


MANY = build_schema("""
type Query { whoami: String }
type Mutation { name(input: NameInput!): Payload, rename(input: RenameInput!): One }
input NameInput { words: [String!] = [], ids: [ID!]! }
input RenameInput { ids: [ID!]! }
type Payload { results: [Result!]!, refused: String }
type Result { id: ID, name: String }
type One { id: ID, name: String }
""")
FIVE = ["a"] * 5
INPUT_SAID: list[tuple[str, dict[str, Any], int]] = [
    ('mutation { name(input: {ids: ["a", "b", "c"], words: []}) { results { id name } } }', {}, 3),
    ("mutation M($i: NameInput!) { name(input: $i) { results { id name } } }", {"i": {"ids": FIVE, "words": ["x"]}}, 5),
    ("mutation M($ids: [ID!]!) { name(input: {ids: $ids}) { results { id name } } }", {"ids": FIVE}, 5),
    ('mutation M($i: NameInput = {ids: ["a", "b"]}) { name(input: $i) { results { id name } } }', {}, 2),
    (
        'mutation M($i: NameInput = {ids: ["a", "b"]}) { name(input: $i) { results { id name } } }',
        {"i": {"ids": FIVE}},
        5,
    ),
    ("mutation M($i: NameInput!) { name(input: $i) { results { id name } } }", {"i": {"ids": "a"}}, 1),
    ("mutation M($i: NameInput!) { name(input: $i) { results { id name } } }", {"i": None}, 1),
]


@pytest.mark.parametrize(("document", "variables", "items"), INPUT_SAID)
def test_what_is_answered_item_by_item_costs_as_much(document: str, variables: dict[str, Any], items: int) -> None:
    """A mutation of many reads what is selected for each, wherever its input says how many they are."""
    (node,) = parse(document).definitions
    assert isinstance(node, OperationDefinitionNode)
    assert cost_of(Measure(MANY, parse(document), 20).operation(node), variables) == 1 + items * 3


def test_a_list_that_is_answered_as_one_costs_once() -> None:
    """Many ids in the input of a mutation that answers one object make it no dearer."""
    document = parse("mutation M($i: RenameInput!) { rename(input: $i) { id name } }")
    (node,) = document.definitions
    assert isinstance(node, OperationDefinitionNode)
    assert cost_of(Measure(MANY, document, 20).operation(node), {"i": {"ids": FIVE}}) == 3
