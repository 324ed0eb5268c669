"""The benchmarks in small: they run, what they compare is equal, and what they fill a database with is right."""

import asyncio
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import pytest
from graphql import parse, validate

from app.domain.records import Status
from app.graphql.schema import schema
from benchmarks import __main__ as benchmarks
from benchmarks import (
    charts,
    databases,
    desks,
    examples,
    fanout,
    kept,
    limits,
    lists,
    mutations,
    node,
    postgraphile,
    postgres,
    processes,
    report,
    seeding,
    storms,
    writes,
)
from benchmarks.load import Target
from benchmarks.parts import Course, Size
from benchmarks.processes import Process
from benchmarks.promises import Promise
from benchmarks.queries import LIST, PAGE
from benchmarks.recording import heard
from benchmarks.rewriting import rewritten
from benchmarks.rounds import Contender, Speed, cpu, rate, ratio
from tests import nursery
from tests.databases import administer, apart, copy_of
from tests.relays import Notice, Relay

SMALL = Size(orders=200, due=20, rounds=1, seconds=0.2, crowds=(40,), events=2, readings=1)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's programs are forked where the product is loaded, and nobody waits long for what is left behind."""

    async def forked(program: str, arguments: list[str], environ: Mapping[str, str], folder: Path) -> nursery.Child:
        assert (program, arguments[0], folder) == (sys.executable, "-m", nursery.ROOT)
        return await nursery.run(*arguments[1:], environ=environ, stderr=2)

    monkeypatch.setattr(processes, "started", forked)
    for module in (fanout, storms):
        monkeypatch.setattr(module, "SETTLING", 0.1)


@pytest.fixture(scope="module")
def filled_url(admin_url: str, template: str) -> Iterator[str]:
    """A database for all that is measured here; whoever comes first fills it."""
    with copy_of(template, admin_url) as url:
        yield url


def measured(url: str, *parts: str) -> list[kept.Kept]:
    """A small run; one database stands for all."""
    course = Course(databases.Databases(url, url, url), "Left out here.", SMALL, print)
    return apart(lambda: asyncio.run(benchmarks.run(course, parts)))


def test_a_small_run_compares_the_answers_and_leaves_the_ledger_right(filled_url: str, tmp_path: Path) -> None:
    """The queries beside their limits, the sweeps beside the statement by hand, the proof, the page and its charts."""
    seen = measured(filled_url, "list", "page", "sweep", "documents")
    assert apart(lambda: asyncio.run(statuses(filled_url))) == {str(status) for status in Status}
    (tmp_path / "docs").mkdir()
    report.keep(seen, tmp_path / "docs" / "benchmarks.md")
    written = (tmp_path / "docs" / "benchmarks.md").read_text()
    for name in (lists.LIMIT, lists.STOCK, lists.TENTH):
        assert f"| {name} |" in written
    assert max(map(len, written.splitlines())) < 400
    for chart in set(re.findall(r"\((benchmarks/[^)]+)\)", written)):
        assert (tmp_path / "docs" / chart).read_text().startswith("<svg")
    assert "Left out here." in written
    assert f"{SMALL.orders + 3 * SMALL.due + len(examples.EXAMPLES):,} orders with" in written


def test_mutations_are_measured_beside_pgbench(filled_url: str) -> None:
    """On a copy, which is gone afterwards."""

    async def run() -> writes.Writes:
        data = databases.Databases(filled_url, filled_url, filled_url)
        await data.fill(SMALL.orders, print)
        async with postgres.copied(filled_url) as copy:
            return await writes.measure(copy, SMALL.rounds, SMALL.seconds, print)

    seen = apart(lambda: asyncio.run(run()))
    chapter = mutations.mutations(seen, seen)
    assert [promise.seen for promise in chapter.promises[1::2]] == [1, 1]
    assert all(trips < 12 for trips in seen.trips.values())


def test_a_desk_is_measured_beside_its_limit(filled_url: str) -> None:
    """Lists that a filter and a word narrow have orders, tabs are counted, and each answers as by hand."""
    ((desk,),) = (each.chapters for each in measured(filled_url, "desk"))
    written = "\n".join(desk.parts)
    for question in desks.QUERIES:
        assert f"**{question.capitalize()}**" in written
    assert re.findall(r"\b0 orders", written) == []
    usual = [1.6, 1.2, 1.2]
    held = {question: [1.6, *usual] if question in desks.VARYING else usual for question in desks.QUERIES}
    assert [promise.least for promise in desk.promises] == [least for each in held.values() for least in each]


def test_pushes_are_measured_beside_their_limit(filled_url: str) -> None:
    """Each server has its row, and with some who stall the product has its promise."""
    written = report.page(measured(filled_url, "pushes"))
    for name in ("raw broadcast", "Strawberry's own handler", lists.TENTH):
        assert f"| {name} |" in written
    assert "20 stalled readers" in written
    assert "| subscribers who come back |" in written


async def test_the_others_stand_beside_the_first_database(fresh_database_url: str) -> None:
    """They are made once, on the same server, and keep what they hold."""
    data = await databases.beside(fresh_database_url)
    first, *others = (urlsplit(url).path.strip("/") for url in data.all)
    try:
        for url in data.all[1:]:
            administer(url, "CREATE TABLE kept ()")
        assert await databases.beside(fresh_database_url) == data
        for url in data.all[1:]:
            administer(url, "DROP TABLE kept")
    finally:
        for name in others:
            administer(fresh_database_url, f"DROP DATABASE {name} WITH (FORCE)")
    assert others == [f"{first}_tenth", f"{first}_hundredth"]


def test_hostile_documents_are_refused_and_their_cost_is_seen() -> None:
    """Whatever means harm is refused, whatever is let through has its cost in the table."""
    costs = limits.measure(1)
    assert {cost.verdict for cost in costs} >= {limits.ACCEPTED, "REPEAT_LIMIT", "COST_LIMIT", "TOKEN_LIMIT"}
    assert all(cost.verdict != limits.ACCEPTED for cost in costs if cost.name in limits.HOSTILE)


def test_the_query_written_otherwise_is_valid_and_its_answer_is_put_back() -> None:
    """Aliases, order and a fragment differ, and an answer to them says the same."""
    assert validate(schema._schema, parse(PAGE)) == []
    queries = rewritten(LIST, schema._schema)
    for query in queries:
        assert validate(schema._schema, parse(query.text)) == []
        assert query.text.split() != LIST.split()
    assert queries[0].restored({"nodes": [{"umbern": "1", "di": "x"}]}) == {"nodes": [{"number": "1", "id": "x"}]}
    assert "umbern: number" in queries[0].text
    assert rewritten(LIST, schema._schema) == queries


def test_a_ratio_is_the_median_of_the_ratios_within_a_round() -> None:
    """Not the ratio of medians: a slow round is slow for both."""
    rounds = {
        "a": [Speed(100, 0.2, None), Speed(10, 2.0, None), Speed(50, 0.4, None)],
        "b": [Speed(50, 0.1, None), Speed(10, 2.0, None), Speed(10, 0.1, None)],
    }
    assert ratio(rounds, "a", "b", rate) == 2
    assert ratio(rounds, "a", "b", cpu) == 2


@pytest.mark.parametrize(
    ("promise", "verdict"),
    [
        (Promise("rate", 3.1, 2, 3, more=True), "aim reached"),
        (Promise("rate", 2.5, 2, 3, more=True), "kept"),
        (Promise("rate", 1.9, 2, 3, more=True), "**missed**"),
        (Promise("CPU", 0.1, 0.25, 0.15), "aim reached"),
        (Promise("CPU", 0.2, 0.25, 0.15), "kept"),
        (Promise("CPU", 0.3, 0.25, 0.15), "**missed**"),
    ],
)
def test_a_promise_says_whether_it_is_kept(promise: Promise, verdict: str) -> None:
    """Both marks, either way round."""
    assert promise.verdict == verdict


async def test_a_server_that_answers_otherwise_is_not_measured() -> None:
    """There is nothing to compare: neither another answer nor an error is timed."""
    seller = lists.Asked(UUID(int=1), UUID(int=2), {"data": {"viewer": None}}, 10)
    for body in (b'{"data":{"viewer":{}}}', b'{"errors":[]}'):

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes = body) -> None:
            await reader.readuntil(b"{}")
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            target = Target.of(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", b"{}")
            among = lists.Field(seller)
            with pytest.raises(lists.Unequal):
                await among.join(Contender("other", Process("", 0), target), lambda said: said)
            with pytest.raises(lists.Unequal):
                await among.join(Contender("other", Process("", 0), target), postgraphile.mapped)
            assert among.contenders == []


@pytest.mark.parametrize(
    ("version", "said"), [("v20.1.0", "Node is 20.1.0, and PostGraphile 5 wants 22"), ("", "cannot be run")]
)
def test_without_a_new_enough_node_its_servers_are_left_out(
    version: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plain sentence, and nothing is installed."""
    program = tmp_path / "node"
    program.write_text(f"#!/bin/sh\necho {version}\n" if version else "")
    program.chmod(0o755 if version else 0o644)
    monkeypatch.setenv("NODE", str(program))
    with pytest.raises(node.NoNode, match=said):
        node.installed(tmp_path / "rivals")
    assert not (tmp_path / "rivals").exists()


def test_the_rivals_lock_names_no_registry() -> None:
    """Whoever installs them takes their own."""
    lock = json.loads((node.SOURCES / "package-lock.json").read_text())
    assert "resolved" not in json.dumps(lock)
    wanted = json.loads((node.SOURCES / "package.json").read_text())["dependencies"]
    assert lock["packages"][""]["dependencies"] == wanted
    assert all(lock["packages"][f"node_modules/{name}"]["version"] == version for name, version in wanted.items())


def test_a_chart_has_a_bar_for_each_and_a_dot_for_each_round() -> None:
    """Names are escaped, and the longest bar ends at the longest value."""
    chart = charts.bars("CPU", "ms", {"a & b": [1.0, 2.0, 3.0], "c": [4.0, 4.0, 4.0]}, ["c"])
    assert chart.count("<circle") == 6
    assert "a &amp; b" in chart
    assert chart.count(charts.OURS) == chart.count(charts.OTHERS) == 1


async def statuses(url: str) -> set[str]:
    """The statuses that copies have."""
    connection = await asyncpg.connect(url)
    try:
        query = (
            "SELECT DISTINCT o.status FROM orders o JOIN sellers s ON s.id = o.seller_id WHERE starts_with(s.name, $1)"
        )
        return {row["status"] for row in await connection.fetch(query, seeding.COMPANY)}
    finally:
        await connection.close()


def test_a_database_with_orders_of_its_own_is_left_alone(fresh_database_url: str) -> None:
    """Nobody fills the wrong database by a slip of DATABASE_URL."""
    administer(
        fresh_database_url,
        "INSERT INTO sellers VALUES (gen_random_uuid(), 'Ningbo', 'CN', 'PAID', 'ACTIVE', 0, true, 0, now())",
    )
    with pytest.raises(seeding.NotOurs, match="Ningbo"):
        apart(lambda: asyncio.run(seeding.seed(fresh_database_url, 1, print)))


def test_load_is_put_on_this_machine_only() -> None:
    """The driver refuses any other address."""
    with pytest.raises(ValueError, match="only"):
        Target.of("http://192.0.2.1:80/graphql", b"{}")


def test_what_runs_a_plan_is_written_out_as_what_was_planned() -> None:
    """pgbench knows no plan of the product's; of a second one in the same message nobody tells what it is of."""
    id = "0123456789abcdef" * 2
    relay = Relay("")
    said = f"statement: BEGIN; EXECUTE kept_1('{id}', NULL)"
    planned = "prepare: SELECT FROM t WHERE id = $1 AND ($2::uuid IS NULL OR seller = $2)"
    relay.heard.append(Notice("assured", said, planned))
    (statement,) = heard(relay)
    assert statement.text == "BEGIN; SELECT FROM t WHERE id = $1::uuid AND (NULL::uuid IS NULL OR seller = NULL)"
    assert statement.parameters == [id]
    relay.heard.append(Notice("assured", f"{said}; EXECUTE kept_2('{id}')", planned))
    with pytest.raises(ValueError, match="first of several"):
        heard(relay)
