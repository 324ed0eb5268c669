"""What a run consists of: each part measures one thing on the filled databases and answers with its chapters."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from benchmarks import chapters, desk, desks, fanout, graphql_ws, limits, lists, pages, postgres, report, sweep, writes
from benchmarks.chapters import Chapter
from benchmarks.databases import Databases
from benchmarks.mutations import mutations
from benchmarks.node import Node
from benchmarks.pushes import pushes
from benchmarks.rounds import Say


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    orders: int
    due: int
    rounds: int
    seconds: float
    crowds: tuple[int, ...]
    events: int = 10
    sweeps: int = 1
    readings: int = 7


@dataclass(frozen=True, slots=True)
class Course:
    """One run: where, beside whom (or why beside nobody on Node), how much."""

    data: Databases
    rivals: Node | str
    size: Size
    say: Say

    @property
    def node(self) -> Node | None:
        """The servers on Node, where there are any."""
        return None if isinstance(self.rivals, str) else self.rivals


async def the_list(run: Course) -> list[Chapter]:
    """The seller's list."""
    size, missing = run.size, run.rivals if isinstance(run.rivals, str) else None
    seen = await lists.measure(run.data.whole, run.data.tenth, run.node, size.rounds, size.seconds, run.say)
    return [chapters.the_list(seen, missing)]


async def the_desk(run: Course) -> list[Chapter]:
    """The seller's filters and tabs, on copies that are thrown away."""
    seen = await desks.measure(run.data, run.size.rounds, run.size.seconds, run.say)
    return [desk.the_desk(seen)]


async def the_page(run: Course) -> list[Chapter]:
    """The buyer's page of an order."""
    seen = await pages.measure(run.data.whole, run.data.tenth, run.size.rounds, run.size.seconds, run.say)
    return [chapters.the_page(seen)]


async def the_writes(run: Course) -> list[Chapter]:
    """Mutations, on copies that are thrown away."""
    seen = []
    for url in (run.data.whole, run.data.tenth):
        async with postgres.copied(url) as copy:
            seen.append(await writes.measure(copy, run.size.rounds, run.size.seconds, run.say))
    return [mutations(*seen)]


async def the_pushes(run: Course) -> list[Chapter]:
    """Subscribers."""
    others = [fanout.serving(run.data.tenth, lists.TENTH)]
    if run.node is not None:
        others.insert(0, partial(graphql_ws.served, run.node))
    size = run.size
    seen = await fanout.measure(
        run.data.whole,
        size.rounds,
        run.say,
        others=others,
        crowds=size.crowds,
        events=size.events,
        stock=min(size.crowds),
    )
    return [pushes(seen)]


async def the_sweep(run: Course) -> list[Chapter]:
    """Deadlines that have run out, on copies that are thrown away, and the proof of all ledgers after them."""
    size = run.size
    async with postgres.copied(run.data.tenth) as copy:
        less = await sweep.measure(copy, size.due, run.say, size.sweeps)
    async with postgres.copied(run.data.whole) as copy:
        seen = await sweep.measure(copy, size.due, run.say, size.sweeps)
        proof = await sweep.prove(copy, run.say)
    return [chapters.sweeps(seen, less), report.proved(proof)]


async def the_documents(run: Course) -> list[Chapter]:
    """What documents cost before they run."""
    return [report.documents(limits.measure(run.size.readings))]


Part: TypeAlias = Callable[[Course], Awaitable[list[Chapter]]]
PARTS: Mapping[str, Part] = {
    "list": the_list,
    "desk": the_desk,
    "page": the_page,
    "writes": the_writes,
    "pushes": the_pushes,
    "sweep": the_sweep,
    "documents": the_documents,
}
