"""Whole operations by plan: one statement, its bytes spliced, holes that no data can forge, errors by graphql-core."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

import orjson
import pytest
from graphql import GraphQLField

from app.db.premise import Premise, Unfounded
from app.domain.access import Viewer
from app.domain.errors import ErrorCode, Refusal
from app.graphql.limits import Limits
from app.graphql.operations import SENT_KEPT, Operations
from app.graphql.requests import GraphQLRequest
from app.reads import OperationPlans, Reader
from app.reads import holes as holes_of
from app.reads.binds import Moment
from app.reads.holes import Hole, filled
from app.reads.kept import Counts, Kept
from tests.documents import Document
from tests.reads.comparing import Pair
from tests.reads.conftest import NOW, Context, Market

SEVERAL = """query S($size: Int!, $notes: Boolean!) {
    few: deals(first: $size) { nodes { ...Told note @include(if: $notes) } }
    many: deals(first: 50) { nodes { steps { name costs { amount currencyCode } since } } }
    who: __typename
    me { person { name } }
}
fragment Told on Deal { number status __typename happenings(first: 2) { edges { node { __typename id } } } }"""


def plans_of(shop: Market, kept: int = 50) -> OperationPlans:
    """Plans of the market's schema that nobody else uses."""
    return OperationPlans(shop.engine.catalog, kept)


def pair_of(shop: Market, plans: OperationPlans) -> Pair:
    """Both ways to answer."""
    return Pair(plans, lambda name: Context(shop.viewers[name], NOW, shop.reader), shop.schema)


async def ask(shop: Market, plans: OperationPlans, text: str, name: str = "operator", **variables: Any) -> bytes:
    """The planned answer."""
    operations = Operations(shop.schema, Limits(), True, plans=plans)
    operation = operations.prepare(GraphQLRequest(text, variables, None))
    return await operations.answer(operation, Context(shop.viewers[name], NOW, shop.reader))


@contextmanager
def computing(shop: Market, function: Callable[..., Any]) -> Iterator[None]:
    """`Deal.steps` is computed by this function meanwhile."""
    reads = shop.engine.catalog.entities["Deal"].fields["steps"].reads
    usual = reads.function  # type: ignore[attr-defined]
    object.__setattr__(reads, "function", function)
    try:
        yield
    finally:
        object.__setattr__(reads, "function", usual)


# --- one statement ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["operator", "owner", "buyer", "nobody"])
async def test_an_operation_with_several_roots_is_one_statement(shop: Market, name: str) -> None:
    plans = plans_of(shop)
    with shop.reader.recorded() as log:
        answer = await ask(shop, plans, SEVERAL, name, size=3, notes=True)
    assert len(log) == 1
    assert list(orjson.loads(answer)["data"]) == ["few", "many", "who", "me"]
    document = Document(SEVERAL, {"size": 3, "notes": True})
    await pair_of(shop, plans).compare(document, name)
    assert plans.counts.fallen_back == 0


async def test_what_postgresql_wrote_is_sent_unread(shop: Market) -> None:
    text = "{ deals(first: 2) { nodes { number } } }"
    plans = plans_of(shop)
    with shop.reader.recorded() as log:
        answer = await ask(shop, plans, text)
    (statement,) = log
    (row,) = await shop.reader.read(statement.sql, statement.arguments)
    assert answer == b'{"data":%b}' % row[0]


async def test_extensions_follow_the_data(shop: Market) -> None:
    text = "{ deals(first: 2) { nodes { number } } }"
    for plans in (plans_of(shop), None):
        operations = Operations(shop.schema, Limits(), True, lambda: {"clock": "SHIFTED"}, plans)
        operation = operations.prepare(GraphQLRequest(text, {}, None))
        answer = await operations.answer(operation, Context(None, NOW, shop.reader))
        assert list(orjson.loads(answer)) == ["data", "extensions"]
        assert answer.endswith(b',"extensions":{"clock":"SHIFTED"}}')


async def test_directives_make_a_plan_for_each_of_their_values(shop: Market) -> None:
    plans = plans_of(shop)
    for notes in (True, False):
        for size in (1, 2):
            data = orjson.loads(await ask(shop, plans, SEVERAL, size=size, notes=notes))["data"]
            assert ["note" in node for node in data["few"]["nodes"]] == [notes] * size
    assert plans.counts.compiled == 2
    assert plans.counts.planned == 4


async def test_standings_have_plans_of_their_own_and_viewers_have_not(shop: Market) -> None:
    plans = plans_of(shop)
    text = "{ deals(first: 100) { nodes { id note } } }"
    answers = {name: await ask(shop, plans, text, name) for name in ("buyer", "another buyer", "owner", "finance")}
    assert len(set(answers.values())) == 4
    assert plans.counts.compiled == 3


async def test_ids_have_a_plan_for_the_types_they_are_of(shop: Market) -> None:
    plans, tables = plans_of(shop), shop.tables
    text = "query N($id: ID!) { node(id: $id) { __typename id ... on Deal { number } ... on Line { text } } }"
    for row, prefix in ((tables.deals[0], "del"), (tables.deals[1], "del"), (tables.lines[0], "lin")):
        with shop.reader.recorded() as log:
            data = orjson.loads(await ask(shop, plans, text, id=f"{prefix}_{row.id.hex}"))["data"]
        assert data["node"]["id"] == f"{prefix}_{row.id.hex}"
        assert len(log) == 1
    assert plans.counts.compiled == 3
    assert orjson.loads(await ask(shop, plans, text, id="nonsense"))["data"] == {"node": None}


async def test_plans_are_bounded_and_counted(shop: Market) -> None:
    plans = plans_of(shop, kept=3)
    for at in range(6):
        await ask(shop, plans, f"{{ a{at}: deals(first: 1) {{ totalCount }} }}")
    assert len(plans) == 3
    assert (plans.counts.compiled, plans.counts.evicted, plans.counts.planned) == (6, 3, 6)
    await ask(shop, plans, "{ word }")
    await ask(shop, plans, "{ a5: deals(first: 1) { totalCount } }")
    assert len(plans) == 3


def test_what_is_kept_is_bounded_by_number_and_by_weight() -> None:
    counts = Counts()
    kept: Kept[str] = Kept(3, counts, heaviest=10)
    for at in range(4):
        kept.put(at, str(at), 1)
    assert [kept.get(at) for at in range(4)] == [None, "1", "2", "3"]
    kept.get(1)
    kept.put("heavy", "h", 9)
    assert [kept.get(at) for at in (1, 2, 3, "heavy")] == ["1", None, None, "h"]
    kept.put("too heavy", "t", 11)
    assert len(kept) == 0
    assert counts.evicted == 6


async def test_an_answer_stands_on_its_premise(shop: Market) -> None:
    plans, text = plans_of(shop), "query P($n: String!) { dealByNumber(number: $n) { number } __typename }"
    operations = Operations(shop.schema, Limits(), True, plans=plans)
    operation = operations.prepare(GraphQLRequest(text, {"n": "N1"}, None))

    async def on(premise: Premise, asked: str = text) -> bytes:
        context = Presuming(shop.viewers["operator"], NOW, shop.reader, premise)
        return await operations.answer(operations.prepare(GraphQLRequest(asked, {"n": "N1"}, None)), context)

    usual = await operations.answer(operation, Context(shop.viewers["operator"], NOW, shop.reader))
    assert await on(Premise("$1::text || $2::text", ("a", "b"), "ab")) == usual
    with pytest.raises(Unfounded):
        await on(Premise("$1::text || $2::text", ("a", "b"), "a"))
    with pytest.raises(Unfounded):
        await on(Premise("NULL::text", (), ""))
    with pytest.raises(Unfounded):  # no statement could look at it
        await on(Premise("'x'", (), "x"), "{ word }")


@dataclass
class Presuming:
    """A context that presumes something."""

    viewer: Viewer | None
    now: datetime
    reader: Reader
    premise: Premise


async def test_what_needs_no_row_is_computed_all_the_same(shop: Market) -> None:
    for name, told in (("buyer", "BUYER at 12:30"), ("nobody", "nobody at 12:30")):
        plans = plans_of(shop)
        answer = await pair_of(shop, plans).compare(Document("{ a: told deals { totalCount } __typename }", {}), name)
        assert answer.said["data"]["a"] == told
        assert (plans.counts.planned, plans.counts.fallen_back) == (1, 0)


# --- holes ------------------------------------------------------------------------------------------------------------

MARK = holes_of._MARK


def hole(at: str, moment: Moment | None = None) -> bytes:
    """What PostgreSQL writes in the place of a computed field."""
    return f'["{MARK}", {at}, "{MARK}"]'.encode()


def echo(*values: Any) -> Any:
    """A function that answers what it was given."""
    return list(values)


def test_holes_are_filled_at_any_depth_and_nothing_else_is_touched() -> None:
    made = Hole(echo, (lambda value, moment: value,) * 2, lambda value, later: value)
    other = Hole(lambda: "x", (), lambda value, later: value)
    holes = (made, other)
    data = b'{"a" : [%b,%b], "b":{ "c" :%b}}' % (hole('0, {"x": [1]}, null'), hole("1"), hole('0, "", 2'))
    moment = Moment({}, None, NOW)
    assert filled(data, holes, moment) == b'{"a" : [[{"x":[1]},null],"x"], "b":{ "c" :["",2]}}'
    assert filled(hole("1"), holes, moment) == b'"x"'
    assert filled(b'{"a" : null}', holes, moment) == b'{"a" : null}'


@pytest.mark.parametrize(
    "hostile",
    [
        '["$", 0, "$"]',
        '", 0, "',
        '"]',
        "\\",
        '\\"',
        '\\\\"',
        "\u2028\u0001é𝒳",
        f'"{MARK}"',
        f'["{MARK}", 0, "{MARK}"]',
        f'", "{MARK}", 0, "{MARK}"',
        f"{MARK} {MARK}",
    ],
    ids=count(),  # the mark is another in each process, and the tests' names may not be
)
def test_no_text_is_taken_for_a_hole(hostile: str) -> None:
    given = orjson.dumps({hostile: [hostile, {"$3": hostile}]})
    made = Hole(echo, (lambda value, moment: value,), lambda value, later: value)
    data = b'{"text" : %b, "hole" : %b}' % (given, hole(f"0, {given.decode()}"))
    answer = orjson.loads(filled(data, (made,), Moment({}, None, NOW)))
    assert answer == {"text": orjson.loads(given), "hole": [orjson.loads(given)]}


async def test_hostile_text_of_a_row_stays_beside_computed_fields(shop: Market) -> None:
    hostile = f'["{MARK}", 0, "{MARK}"] \\" $1 ⟪now⟫'
    deal = next(deal for deal in shop.tables.deals if deal.note)
    pool = shop.reader.lanes._pool
    await pool.execute("UPDATE market_deals SET note = $1 WHERE id = $2", hostile, deal.id)
    try:
        document = Document(
            "{ deals(first: 50) { nodes { note headline steps { name since } funds { lines { tags } } } } }", {}
        )
        answer = await pair_of(shop, plans_of(shop)).compare(document, "owner")
        told = await pair_of(shop, plans_of(shop)).compare(document, "operator")
    finally:
        await pool.execute("UPDATE market_deals SET note = $1 WHERE id = $2", deal.note, deal.id)
    assert hostile in [node["note"] for node in told.said["data"]["deals"]["nodes"]]
    assert answer.codes == []


async def test_the_same_inputs_are_computed_once_a_request(shop: Market) -> None:
    calls: list[Any] = []

    def counted(facts: Any, viewer: Any, now: Any) -> list[Any]:
        calls.append(facts)
        return []

    text = "{ a: deals(first: 5) { nodes { steps { name } } } b: deals(first: 5) { nodes { steps { name } } } }"
    with computing(shop, counted):
        plans = plans_of(shop)
        answer = orjson.loads(await ask(shop, plans, text))
        first = len(calls)
        await ask(shop, plans, text)
    assert [len(answer["data"][key]["nodes"]) for key in "ab"] == [5, 5]
    assert len(calls) == 2 * first


# --- what is left to graphql-core -------------------------------------------------------------------------------------

ERRORS = [
    ("{ deals(first: 1000) { totalCount } }", {}),
    ('{ deals(after: "x") { totalCount } a: deals { totalCount } }', {}),
    ("{ deals(first: 1, last: 1) { totalCount } }", {}),
    ("query Q($size: Int) { deals(first: $size) { nodes { id } } }", {"size": -1}),
    ("query Q($size: Int!) { deals(first: $size) { nodes { id } } }", {}),
    ("query Q($size: Int!) { deals(first: $size) { nodes { id } } }", {"size": "x"}),
    ("query Q($n: String!) { dealByNumber(number: $n) { id } people { id } }", {"n": "\ud800"}),
    ("{ __schema { queryType { name } } deals { totalCount } }", {}),
    ('{ word touched(id: "x") { note deal { id } others { id } } deals(first: 2) { nodes { id } } }', {}),
]


@pytest.mark.parametrize(("text", "variables"), ERRORS)
async def test_errors_and_what_python_answers_are_the_same(shop: Market, text: str, variables: Any) -> None:
    for name in ("operator", "nobody"):
        await pair_of(shop, plans_of(shop)).compare(Document(text, variables), name)


def _raises(facts: Any, viewer: Any, now: Any) -> Any:
    if facts.first is None:
        raise Refusal(ErrorCode.INVALID, "There is nothing to do.", ("steps",))
    return []


@pytest.mark.parametrize(
    "function",
    [
        _raises,
        lambda facts, viewer, now: None,
        lambda facts, viewer, now: [None],
        lambda facts, viewer, now: [object()],
    ],
    ids=["a refusal", "null for a list", "null in a list", "no such object"],
)
async def test_a_computed_field_that_cannot_be_written_fails_as_by_graphql_core(
    shop: Market, function: Any, caplog: pytest.LogCaptureFixture
) -> None:
    text = "{ deals(first: 50) { nodes { number steps { name } } } traders { name } }"
    plans = plans_of(shop)
    with computing(shop, function), caplog.at_level(logging.CRITICAL):
        answers = []
        for chosen in (plans, None):
            operations = Operations(shop.schema, Limits(), True, plans=chosen)
            operation = operations.prepare(GraphQLRequest(text, {}, None))
            context = Context(shop.viewers["operator"], NOW, shop.reader)
            answers.append(orjson.loads(await operations.answer(operation, context)))
    for answer in answers:
        assert answer["errors"]
        for error in answer["errors"]:
            error["extensions"].pop("requestId", None)
    assert answers[0] == answers[1]
    assert (plans.counts.planned, plans.counts.fallen_back) == (0, 1)


# --- payloads and messages --------------------------------------------------------------------------------------------

TOUCH = """mutation T($id: ID!) {
    one: touch(id: $id) { note deal { number steps { name } lines { text } } others { id __typename } it: deal { id } }
    two: touch(id: $id) { kind: __typename deal { seller { name } } }
}"""


@pytest.mark.parametrize("name", ["operator", "owner", "buyer", "nobody"])
async def test_everything_that_a_payload_refers_to_is_one_statement(shop: Market, name: str) -> None:
    for deal in (*shop.tables.deals[:3], None):
        plans = plans_of(shop)
        document = Document(TOUCH, {"id": f"del_{deal.id.hex}" if deal else "nonsense"})
        await pair_of(shop, plans).compare(document, name)
        assert (plans.counts.planned, plans.counts.fallen_back) == (2, 0)
        with shop.reader.recorded() as log:
            await ask(shop, plans, TOUCH, name, **document.variables)
        assert len(log) == (2 if deal else 1)


async def test_a_mutation_runs_once_whoever_writes_its_payload(shop: Market) -> None:
    field: GraphQLField = shop.schema._schema.mutation_type.fields["touch"]  # type: ignore[union-attr]
    usual, calls = field.resolve, []
    assert usual is not None

    def counted(source: Any, info: Any, **arguments: Any) -> Any:
        calls.append(arguments)
        return usual(source, info, **arguments)

    def unwritable(source: Any, info: Any, **arguments: Any) -> Any:
        made = counted(source, info, **arguments)
        made.note = 5j
        return made

    text = 'mutation { touch(id: "x") { note } }'
    try:
        field.resolve = counted
        assert orjson.loads(await ask(shop, plans_of(shop), text)) == {"data": {"touch": {"note": "seen"}}}
        field.resolve = unwritable
        plans = plans_of(shop)
        (error,) = orjson.loads(await ask(shop, plans, text))["errors"]
    finally:
        field.resolve = usual
    assert error["path"] == ["touch", "note"]
    assert len(calls) == 2
    assert plans.counts.fallen_back == 1


async def test_messages_are_written_by_plan(shop: Market) -> None:
    text = "subscription W($id: ID!) { seen: watched(id: $id) { deal { number steps { name } } others { id } } }"
    told: list[list[bytes]] = []
    for plans in (plans_of(shop), None):
        operations = Operations(shop.schema, Limits(), True, plans=plans)
        variables = {"id": f"del_{shop.tables.deals[0].id.hex}"}
        operation = operations.prepare(GraphQLRequest(text, variables, None))
        context = Context(shop.viewers["operator"], NOW, shop.reader)
        told.append([message async for message in operations.events(operation, context)])
        if plans is not None:
            assert (plans.counts.planned, plans.counts.fallen_back) == (2, 0)
    assert len(told[0]) == 2
    assert [orjson.loads(each) for each in told[0]] == [orjson.loads(each) for each in told[1]]


async def test_a_query_that_comes_again_is_read_once_and_answered_for_whoever_asks(shop: Market) -> None:
    """Kept when it comes a second time; who looks is filled in anew, and what changes something is never kept."""
    operations = Operations(shop.schema, Limits(), True, plans=plans_of(shop))
    request = GraphQLRequest(
        "query S($n: Int!) { deals(first: $n) { nodes { number } } me { person { name } } }", {"n": 2}, None
    )
    body = b"a body"
    operation = operations.prepare(request)
    for _ in range(2):
        assert operations.again(body) is None
        operations.keep(body, operation)
    assert operations.again(body) is operation
    for name in ("owner", "buyer", "owner", "nobody", "buyer"):
        context = Context(shop.viewers[name], NOW, shop.reader)
        fresh = Operations(shop.schema, Limits(), True, plans=plans_of(shop))
        assert await operations.answer(operation, context) == await fresh.answer(fresh.prepare(request), context)


async def test_queries_that_come_again_only_after_too_many_others_are_not_kept(shop: Market) -> None:
    """They would be given up again before they came; one that comes in between is kept all the same."""
    operations = Operations(shop.schema, Limits(), True, plans=plans_of(shop))
    operation = operations.prepare(GraphQLRequest("{ me { person { name } } }", {}, None))
    bodies = [b"%d" % number for number in range(2 * SENT_KEPT)]
    for body in [*bodies, *bodies]:
        operations.keep(body, operation)
    assert not any(map(operations.again, bodies))
    operations.keep(bodies[-1], operation)
    assert operations.again(bodies[-1]) is operation
