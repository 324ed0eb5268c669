"""What a run saw, as the page docs/benchmarks.md and as it is printed."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.ground import Ground
from benchmarks.limits import BOUND, Cost
from benchmarks.reads import Reads
from benchmarks.sweep import Proof, Sweep, Sweeps


@dataclass(frozen=True, slots=True)
class Run:
    """Everything one run measured."""

    ground: Ground
    reads: Reads
    sweeps: Sweeps
    proof: Proof
    costs: tuple[Cost, ...]


def page(run: Run) -> str:
    """The page."""
    parts = [*HEAD, *_ground(run.ground), *_reads(run.reads), *_sweeps(run.sweeps), *_proof(run.proof)]
    return "\n\n".join([*parts, *_costs(run.costs)]) + "\n"


def said(text: str) -> str:
    """A paragraph, broken into lines."""
    return textwrap.fill(" ".join(text.split()), 120, break_long_words=False, break_on_hyphens=False)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; figures stand to the right."""
    lines = [list(heads), ["---" if at == 0 else "---:" for at in range(len(heads))], *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


HEAD = (
    "# What the benchmarks saw",
    said("""
    Written by `python -m benchmarks`; each whole run replaces it. It fills a database with orders (an embedded one in
    `.data/benchmarks`, or an empty one that `DATABASE_URL` names), keeps it for the next run, and measures.
    `--orders N` takes another number, `--quick` makes a small run that leaves this page alone, `--fresh` begins with
    new data."""),
    said("""
    **How to read it: believe the ratios.** The load driver, the server and PostgreSQL share the machine's cores, so
    requests a second say as much about the machine as about the server. What stands in one table was measured in one
    run on the same data, and the two servers of the list in turn: their ratio is what carries over to another machine.
    CPU is what the operating system charged the Python process; PostgreSQL's own is not in it."""),
)


def _ground(ground: Ground) -> Iterable[str]:
    libraries = ", ".join(f"{name} {version}" for name, version in ground.libraries)
    rows = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in ground.rows)
    yield "## On what"
    yield said(f"""
    {ground.day}; {ground.cores} cores; PostgreSQL {ground.postgres}, shared_buffers {ground.shared_buffers};
    Python {ground.python}; {libraries}.""")
    yield said(f"""
    The data, after the run: {rows}; {ground.gigabytes:.1f} GB with its indexes. {ground.sellers:,} sellers, the largest
    with {ground.largest:,} orders. Every order is a copy of one made through the product's own actions, given to other
    people and another time.""")


def _reads(reads: Reads) -> Iterable[str]:
    rows: list[list[str]] = []
    for ours, bare, rate, cpu in zip(reads.product, reads.bare, reads.rate_ratio, reads.cpu_ratio, strict=True):
        rows.append([str(ours.connections), "the product", f"{ours.rate:,.0f}", f"{1000 * ours.cpu:.2f}", "", ""])
        speeds = [f"{bare.rate:,.0f}", f"{1000 * bare.cpu:.2f}", f"{rate:.1f}", f"{cpu:.1f}"]
        rows.append([str(bare.connections), "bare handler", *speeds])
    yield "## The seller's list"
    yield said(f"""
    Twenty orders with 13 fields, 5 amounts, 3 items, instalments, shipments and deadlines each: {reads.leaves:,}
    values, {reads.answer_bytes:,} bytes, asked of the seller with the most orders. The product is
    `python -m app serve` with one process, which also authenticates the token (a statement of its own), checks the
    limits and looks for deadlines meanwhile. The bare handler is an ASGI function over the same pool with one statement
    written by hand, for one seller, without any of that: the limit of what is possible. Their answers were compared
    before timing. Medians of interleaved rounds, {reads.rounds} in all.""")
    yield table(["connections", "server", "requests/s", "ms CPU/request", "× the rate", "× less CPU"], rows)
    yield said("""
    Where the time goes: one statement brings the whole list, and graphql-core then walks each of its values once more.
    The declarations already carry what is needed to send the statement's bytes on without that walk.""")


def _sweeps(sweeps: Sweeps) -> Iterable[str]:
    yield "## The sweep"
    yield said(f"""
    {sweeps.overdue.orders:,} deadlines due at once among all the orders, settled by one process in batches of 500, each
    batch one transaction. The statement by hand decides in the database what the product decides in its domain, and
    writes the same rows (compared); it knows this one kind of deadline only: the limit, not an alternative.""")
    rows = [
        _swept("dispatch deadlines lapse: overdue", sweeps.overdue),
        _swept("the same rows by a statement by hand", sweeps.by_hand),
        _swept("automatic receipts: completed, money released, fee charged", sweeps.received),
        _swept("a look that finds nothing due", sweeps.nothing),
    ]
    yield table(["what", "number", "seconds", "a second", "ms CPU each"], rows)
    yield said(f"""
    {sweeps.overdue.seconds / sweeps.by_hand.seconds:.0f} times the seconds of the statement by hand: an order is loaded
    whole, so that the same function judges it whoever comes first, a request or the sweep. A look that finds nothing
    is one question to the index of running deadlines. Numbering the events for the feed is not in these figures.""")


def _swept(what: str, seen: Sweep) -> list[str]:
    each = f"{1000 * seen.cpu / seen.orders:.3f}"
    return [what, f"{seen.orders:,}", f"{seen.seconds:.2f}", f"{seen.rate:,.0f}", each]


def _proof(proof: Proof) -> Iterable[str]:
    yield "## The proof of the ledger"
    yield said(f"""
    After all this `ledger check` proved every order's chain of hashes, every balance, every line of the statements and
    the whole: {proof.orders:,} orders with {proof.entries:,} entries in {proof.seconds:.1f} s. It is right.""")


def _costs(costs: Sequence[Cost]) -> Iterable[str]:
    most = max(cost.cpu for cost in costs)
    yield "## Documents"
    yield said(f"""
    CPU until a document runs or is refused: parsed, weighed against the limits and validated by the product's own
    schema, the least of several runs. The bound is {1000 * BOUND:.0f} ms; the costliest of these took
    {1000 * most:.0f} ms, {"within" if most < BOUND else "OVER"} it.""")
    rows = [[cost.name, f"{cost.size:,}", f"{1000 * cost.cpu:.3f}", cost.verdict] for cost in costs]
    yield table(["document", "bytes", "ms CPU", "verdict"], rows)
