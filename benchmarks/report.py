"""What a run saw, as the page docs/benchmarks.md and as it is printed."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.chapters import Chapter
from benchmarks.ground import Ground
from benchmarks.kept import Kept
from benchmarks.limits import BOUND, Cost
from benchmarks.markdown import said, table
from benchmarks.promises import promised
from benchmarks.sweep import Proof


def page(measured: Sequence[Kept]) -> str:
    """The page; a part that was measured on other data than the first, or on another day, says so."""
    chapters = [chapter for each in measured for chapter in each.chapters]
    promises = [promise for chapter in chapters for promise in chapter.promises]
    parts = [*HEAD, "## What it is held to", promised(promises), *_ground(measured[0].ground)]
    for each in measured:
        for chapter in each.chapters:
            parts += [f"## {chapter.title}", *_otherwise(each.ground, measured[0].ground), *chapter.parts]
    return "\n\n".join(parts) + "\n"


def keep(measured: Sequence[Kept], path: Path) -> None:
    """Write the page, and its charts into a folder of its name."""
    folder = path.with_suffix("")
    folder.mkdir(exist_ok=True)
    for each in measured:
        for chapter in each.chapters:
            for name, chart in chapter.charts.items():
                (folder / name).write_text(chart)
    path.write_text(page(measured))


def _otherwise(ground: Ground, first: Ground) -> Iterable[str]:
    if (ground.day, _stored(ground)) != (first.day, _stored(first)):
        yield f"Measured on {ground.day} with {_stored(ground)}."


def _stored(ground: Ground) -> str:
    return f"{ground.orders:,} orders, {ground.tenth:,} in the second database and {ground.hundredth:,} in the third"


HEAD = (
    "# What the benchmarks saw",
    said("""
    Written by `python -m benchmarks`; `--only` measures parts of it anew. It fills three databases with orders, the
    second with a tenth of them and the third with a hundredth (embedded in `.data/benchmarks`, or the empty one that
    `DATABASE_URL` names and two beside it), keeps them for the next run, and measures. `--orders N` takes another
    number, `--quick` makes a small run that leaves this page alone, `--fresh` begins with new data. With Node 22 or
    newer on the path, or named by `NODE`, the servers in `benchmarks/rivals` take part; they are installed by npm when
    they are first wanted."""),
    said("""
    **How to read it: believe the ratios.** The load driver, the server and PostgreSQL share the machine's cores, so
    requests a second say as much about the machine as about the server. What stands in one table was measured in one
    run on the same data, in rounds that ask each server in turn: a ratio is the median of the ratios within a round,
    and is what carries over to another machine. CPU is what the operating system charged the server's process and its
    children; PostgreSQL's own stands apart. The dots of the charts are the rounds."""),
)


def _ground(ground: Ground) -> Iterable[str]:
    versions = ", ".join(f"{name} {version}" for name, version in (*ground.libraries, *ground.rivals))
    rows = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in ground.rows)
    yield "## On what"
    yield said(f"""
    {ground.day}; {ground.cores} cores; PostgreSQL {ground.postgres}, shared_buffers {ground.shared_buffers};
    Python {ground.python}; {versions}.""")
    yield said(f"""
    The data, after the run: {rows}; {ground.gigabytes:.1f} GB with its indexes. {ground.sellers:,} sellers, the largest
    with {ground.largest:,} orders; in the second database {ground.tenth:,} orders, in the third {ground.hundredth:,}.
    Every order is a copy of one made through the product's own actions, given to other people and another time.""")


def proved(proof: Proof) -> Chapter:
    """The proof of the ledger."""
    about = said(f"""
    After all this `ledger check` proved every order's chain of hashes, every balance, every line of the statements and
    the whole: {proof.orders:,} orders with {proof.entries:,} entries in {proof.seconds:.1f} s. It is right.""")
    return Chapter("The proof of the ledger", [about])


def documents(costs: Sequence[Cost]) -> Chapter:
    """What documents cost before they run."""
    most = max(cost.cpu for cost in costs)
    about = said(f"""
    CPU until a document runs or is refused: parsed, weighed against the limits and validated by the product's own
    schema, the least of several runs. The bound is {1000 * BOUND:.0f} ms; the costliest of these took
    {1000 * most:.0f} ms, {"within" if most < BOUND else "OVER"} it.""")
    rows = [[cost.name, f"{cost.size:,}", f"{1000 * cost.cpu:.3f}", cost.verdict] for cost in costs]
    return Chapter("Documents", [about, table(["document", "bytes", "ms CPU", "verdict"], rows)])
