"""Run every benchmark with one command: `python -m benchmarks`."""

import argparse
import asyncio
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.db import embedded, migrations
from app.db.engine import plain_url
from benchmarks import ground, limits, reads, seeding, sweep
from benchmarks.page import Run, page

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".data" / "benchmarks"
PAGE = ROOT / "docs" / "benchmarks.md"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    orders: int
    due: int
    rounds: int
    seconds: float


FULL = Size(orders=200_000, due=10_000, rounds=5, seconds=4)
QUICK = Size(orders=2_000, due=500, rounds=1, seconds=1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the page, and keep it unless the run was a quick one."""
    chosen = _parser().parse_args(arguments)
    size = QUICK if chosen.quick else FULL
    size = Size(chosen.orders or size.orders, chosen.due or size.due, size.rounds, size.seconds)
    try:
        with database(chosen.fresh) as url:
            migrations.upgrade(url)
            written = page(asyncio.run(run(url, size)))
    except (seeding.NotOurs, migrations.MigrationError, embedded.EmbeddedError) as error:
        print(error, file=sys.stderr)
        return 1
    print(written)
    if not chosen.quick:
        PAGE.write_text(written)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--orders", type=int, help=f"orders in the database ({FULL.orders:,})")
    parser.add_argument("--due", type=int, help=f"orders due at once in a sweep ({FULL.due:,})")
    parser.add_argument("--quick", action="store_true", help="a small run, which leaves docs/benchmarks.md alone")
    parser.add_argument("--fresh", action="store_true", help="throw the embedded data of earlier runs away first")
    return parser


@contextmanager
def database(fresh: bool) -> Iterator[str]:
    """The database to fill: DATABASE_URL, or one of the benchmarks' own."""
    given = os.environ.get("DATABASE_URL")
    if given:
        if fresh:
            raise seeding.NotOurs("`--fresh` throws embedded data away only. Name an empty database instead.")
        yield plain_url(given)
        return
    if fresh:
        shutil.rmtree(FOLDER, ignore_errors=True)
    with embedded.running(FOLDER / "postgres") as url:
        yield url


async def run(url: str, size: Size) -> Run:
    """Fill a migrated database, then measure one thing after another."""
    costs = limits.measure()
    await seeding.seed(url, size.orders, say)
    await sweep.settle_rest(url)
    seen = await reads.measure(url, size.rounds, size.seconds, say)
    swept = await sweep.measure(url, size.due, say)
    proof = await sweep.prove(url, say)
    return Run(await ground.survey(url), seen, swept, proof, costs)


def say(what: str) -> None:
    """Show progress."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
