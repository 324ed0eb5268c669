"""The chapters of the page: what was measured of one thing, what it was held to, and its charts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.charts import bars, figure
from benchmarks.lists import LIMIT, MERCURIUS, POSTGRAPHILE, PRODUCT, STOCK, TENTH, Lists
from benchmarks.markdown import said, table
from benchmarks.pages import Pages
from benchmarks.promises import Promise
from benchmarks.rounds import Measure, Rounds, Speed, cpu, middle, rate, ratio
from benchmarks.sweep import Sweep, Sweeps


@dataclass(frozen=True, slots=True)
class Chapter:
    """A heading, what stands under it, the promises it settles, and its charts by their file's name."""

    title: str
    parts: Sequence[str]
    promises: Sequence[Promise] = ()
    charts: Mapping[str, str] = field(default_factory=dict)


def the_list(seen: Lists, missing: str | None) -> Chapter:
    """The seller's list; `missing` says why nothing on Node took part."""
    rounds = seen.rounds
    about = said(f"""
    Twenty orders with 13 fields, 5 amounts, 3 items, instalments, shipments and deadlines each: {seen.leaves:,}
    values, {seen.answer_bytes:,} bytes, asked of the seller with the most orders over 16 connections. The product is
    `python -m app serve` with one process, which also authenticates the token, checks the limits and looks for
    deadlines meanwhile; those beside it do none of that. The bare handler is an ASGI function over the same pool with
    one statement written by hand, for one seller. Strawberry is as good as it gets without more: one set-based
    statement a table, plain objects, its own caches of documents, orjson.""")
    node = f"Left out: the servers on Node. {missing}"
    if missing is None:
        node = said("""
        PostGraphile 5 stands on the tables themselves with its Amber preset and asks a function for the seller's
        orders, as its documentation has it; its query selects leaf for leaf in its own names, amounts in minor units.
        Apollo Server runs on Express with a DataLoader for each list of children, Mercurius with its JIT and its
        loaders; both give ready rows to plain resolvers. All have one process and as many connections to the database
        as the product.""")
    otherwise = said(f"""
    Three rows are the product asked by the same query written otherwise: {_otherwise(seen)}. Every answer was compared
    before anything was timed, those of PostGraphile and of the rewritten queries once put in the same words.""")
    return Chapter(
        "The seller's list",
        [about, node, otherwise, speeds(rounds), *_pictures("list")],
        _list_promises(seen),
        _drawn("list", "The seller's list", {name: rounds[name] for name in rounds if name not in seen.rewritten}),
    )


def _otherwise(seen: Lists) -> str:
    return ", ".join(name.removeprefix(f"{PRODUCT}, ") for name in seen.rewritten)


def _list_promises(seen: Lists) -> list[Promise]:
    rounds = seen.rounds
    known: list[Promise] = []
    for other, what, measure, least, aim in (
        (POSTGRAPHILE, "requests/s against PostGraphile 5", rate, 2, 3),
        (POSTGRAPHILE, "CPU per request against PostGraphile 5", cpu, 0.25, 0.15),
        (MERCURIUS, "requests/s against Mercurius with its JIT", rate, 1.4, 2),
        (STOCK, "requests/s against stock Strawberry", rate, 8, 12),
        (LIMIT, "CPU per request against the bare handler", cpu, 1.6, 1.25),
    ):
        if other in rounds:
            seen_ratio = ratio(rounds, PRODUCT, other, measure)
            known.append(Promise(f"seller's list, {what}", seen_ratio, least, aim, more=measure is rate))
    others = [ratio(rounds, name, PRODUCT, cpu) for name in seen.rewritten]
    furthest = max(max(each, 1 / each) for each in others)
    known.append(Promise("… written otherwise, CPU, the furthest from the same", furthest, 1.1, 1.1))
    tenfold = ratio(rounds, TENTH, PRODUCT, rate)
    return [*known, Promise("… with ten times the stored orders, time per request", tenfold, 1.2, 1)]


def the_page(seen: Pages) -> Chapter:
    """The buyer's page of an order."""
    about = said(f"""
    Everything on the page of an order that is on its way, as its buyer asks for it: {seen.leaves:,} values,
    {seen.answer_bytes:,} bytes, many of its parts computed by the domain: stages, protection, the oracle of claims,
    what happens next, explanations, available actions and more. The bare handler reads by one statement written by
    hand, calls the same functions of the domain itself and splices what they answer into what PostgreSQL wrote;
    versions of the policy it keeps. Their answers were compared before timing.""")
    rounds = seen.rounds
    return Chapter(
        "The buyer's page of an order",
        [about, speeds(rounds), *_pictures("page")],
        [
            Promise(
                "order page, CPU per request against the bare handler", ratio(rounds, PRODUCT, LIMIT, cpu), 2.5, 1.6
            ),
            Promise(
                "… with ten times the stored orders, time per request", ratio(rounds, TENTH, PRODUCT, rate), 1.2, 1
            ),
        ],
        _drawn("page", "The buyer's page of an order", rounds),
    )


def speeds(rounds: Rounds, what: str = "requests/s") -> str:
    """A row a server; what is × is the product's to theirs, each the median of the ratios within a round."""
    rows = [
        [
            name,
            f"{middle(rounds, name, rate):,.0f}",
            f"{1000 * middle(rounds, name, cpu):.2f}",
            _database(rounds[name]),
            "" if name == PRODUCT else figure(ratio(rounds, PRODUCT, name, rate)),
            "" if name == PRODUCT else figure(ratio(rounds, PRODUCT, name, cpu)),
        ]
        for name in rounds
    ]
    heads = ["server", what, "ms CPU each", "ms of PostgreSQL's", "product's rate ×", "product's CPU ×"]
    return table(heads, rows)


def _database(speeds: Sequence[Speed]) -> str:
    known = sorted(speed.database_cpu for speed in speeds if speed.database_cpu is not None)
    return f"{1000 * known[len(known) // 2]:.2f}" if known else ""


def _drawn(name: str, title: str, rounds: Rounds) -> dict[str, str]:
    def values(measure: Measure, scale: float) -> dict[str, list[float]]:
        return {each: [scale * measure(speed) for speed in rounds[each]] for each in rounds}

    ours = [PRODUCT, TENTH]
    return {
        f"{name}-rate.svg": bars(f"{title}: requests a second", "/s", values(rate, 1), ours),
        f"{name}-cpu.svg": bars(f"{title}: CPU of the server per request", "ms", values(cpu, 1000), ours),
    }


def _pictures(*names: str) -> Iterable[str]:
    for name in names:
        yield f"![Requests a second](benchmarks/{name}-rate.svg)"
        yield f"![CPU per request](benchmarks/{name}-cpu.svg)"


def sweeps(seen: Sweeps, tenth: Sweeps) -> Chapter:
    """The sweep; `tenth` is of the database with a tenth of the orders."""
    about = said(f"""
    {seen.overdue.orders:,} deadlines due at once among all the orders, settled by one process in batches, each batch
    one transaction. The statement by hand decides in the database what the product decides in its domain, and writes
    the same rows (compared); it knows this one kind of deadline only: the limit, not an alternative. Numbering the
    events for the feed is not in these figures.""")
    rows = [
        _swept("dispatch deadlines lapse: overdue", seen.overdue),
        _swept("the same rows by a statement by hand", seen.by_hand),
        _swept("dispatch deadlines lapse, among a tenth of the orders", tenth.overdue),
        _swept("automatic receipts: completed, money released, fee charged", seen.received),
        _swept("a look that finds nothing due", seen.nothing),
    ]
    tenfold = seen.overdue.seconds / tenth.overdue.seconds
    promises = [
        Promise(f"sweep of {seen.overdue.orders:,}, time against the statement by hand", seen.ratio, 2, 1.2),
        Promise("… with ten times the stored orders, time", tenfold, 1.2, 1),
    ]
    heads = ["what", "number", "seconds", "a second", "ms CPU each"]
    plan = ["How PostgreSQL runs the statement by hand:", f"```text\n{seen.plan}\n```"]
    return Chapter("The sweep", [about, table(heads, rows), *plan], promises)


def _swept(what: str, seen: Sweep) -> list[str]:
    each = f"{1000 * seen.cpu / seen.orders:.3f}"
    return [what, f"{seen.orders:,}", f"{seen.seconds:.2f}", f"{seen.rate:,.0f}", each]
