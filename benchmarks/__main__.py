"""Run every benchmark with one command: `python -m benchmarks`."""

import argparse
import asyncio
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import uvloop

from app.db import embedded, migrations
from benchmarks import databases, ground, kept, node, report, seeding
from benchmarks.kept import Kept
from benchmarks.parts import PARTS, Course, Size

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".data" / "benchmarks"
PAGE = ROOT / "docs" / "benchmarks.md"
FULL = Size(orders=1_000_000, due=100_000, rounds=5, seconds=4, crowds=(1_000, 5_000), sweeps=3)
QUICK = Size(orders=2_000, due=200, rounds=1, seconds=1, crowds=(50,))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the page, and keep it if everything was measured in full."""
    chosen = _parser().parse_args(arguments)
    size = QUICK if chosen.quick else FULL
    size = replace(
        size,
        orders=chosen.orders or size.orders,
        due=chosen.due or size.due,
        sweeps=chosen.sweeps or size.sweeps,
    )
    folder = chosen.folder.absolute()
    try:
        rivals = _rivals(folder, chosen.quick)
        with (
            databases.server(folder, chosen.fresh) as url,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            data = runner.run(databases.beside(url))
            for each in data.all:
                migrations.upgrade(each)
            course = Course(data, rivals, size, say)
            seen = runner.run(run(course, chosen.only or PARTS, None if chosen.quick else folder / "measured"))
    except (seeding.NotOurs, migrations.MigrationError, embedded.EmbeddedError) as error:
        print(error, file=sys.stderr)
        return 1
    print(report.page(seen))
    if not chosen.quick and len(known := kept.all_of(folder / "measured", PARTS)) == len(PARTS):
        report.keep(known, PAGE)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--orders", type=int, help=f"orders in the database ({FULL.orders:,})")
    parser.add_argument("--due", type=int, help=f"orders due at once in a sweep ({FULL.due:,})")
    parser.add_argument("--sweeps", type=int, help=f"how often that is swept ({FULL.sweeps})")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=PARTS,
        help="measure these alone; docs/benchmarks.md keeps the others",
    )
    parser.add_argument("--quick", action="store_true", help="a small run, which leaves the page alone")
    parser.add_argument("--fresh", action="store_true", help="throw the embedded data of earlier runs away first")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the embedded data and the rivals are kept")
    return parser


def _rivals(folder: Path, quick: bool) -> node.Node | str:
    """The servers on Node, or why there are none."""
    if quick:
        return "A quick run leaves them out."
    try:
        return node.installed(folder / "rivals")
    except node.NoNode as error:
        return str(error)


async def run(course: Course, parts: Iterable[str], folder: Path | None = None) -> list[Kept]:
    """Fill the migrated databases, then measure one thing after another; each is kept as soon as it is measured."""
    await course.data.fill(course.size.orders, course.say)
    measured = []
    for name in parts:
        course.say(f"== {name}")
        chapters = await PARTS[name](course)
        measured.append(Kept(await ground.survey(course.data, course.node), chapters))
        if folder is not None:
            kept.keep(folder, name, measured[-1])
    return measured


def say(what: str) -> None:
    """Show progress."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
